/**
 * `drydock live`: scenarios, played on a real engine.
 *
 * Errors: as docs/COMMAND.md says; one line each.
 */
#ifndef SIM_LIVE_COMMAND_H
#define SIM_LIVE_COMMAND_H

#include <signal.h>
#include <stdio.h>

/** Play until all have been played, or @stop is set; the exit code. */
int sim_live_command(int argc, char **argv, FILE *out, FILE *err,
                     const volatile sig_atomic_t *stop);

#endif
