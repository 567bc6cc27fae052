#include <stdio.h>

#include "sim/command.h"

int main(int argc, char **argv)
{
    return sim_command(argc, argv, stdout, stderr);
}
