/**
 * `drydock engine`: the fake engine, served to real clients.
 *
 * Errors: as docs/COMMAND.md says; one line each.
 */
#ifndef SIM_SERVER_COMMAND_H
#define SIM_SERVER_COMMAND_H

#include <signal.h>
#include <stdio.h>

/** Serve until @stop is set; the exit code. */
int sim_server_command(int argc, char **argv, FILE *out, FILE *err,
                       const volatile sig_atomic_t *stop);

#endif
