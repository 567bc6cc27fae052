module example.org/drydock-agent

go 1.19
