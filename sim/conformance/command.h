/**
 * `drydock conformance`: the rows of docs/ENGINE.md on the fake, in process and over HTTP,
 * and on the real engines that are named.
 *
 * Errors: as docs/COMMAND.md says; one line each.
 */
#ifndef SIM_CONFORMANCE_COMMAND_H
#define SIM_CONFORMANCE_COMMAND_H

#include <stdio.h>

/** The exit code. */
int sim_conformance_command(int argc, char **argv, FILE *out, FILE *err);

#endif
