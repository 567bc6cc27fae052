/**
 * `drydock explore`, `drydock replay` and `drydock shrink`, without their main().
 *
 * Standard output is the same bytes for the same input, but for the last line,
 * "took …", and for what a budget of wall time cut short.
 */
#ifndef SIM_EXPLORE_COMMAND_H
#define SIM_EXPLORE_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

/** Whether @verb is one of these. */
bool sim_explore_is_verb(const char *verb);

/** @argv[1] is the verb. @stop: nonzero: break off. Returns the exit code
 * (sim/command.h). */
int sim_explore_command(int argc, char **argv, FILE *out, FILE *err,
                        const volatile sig_atomic_t *stop);

#endif
