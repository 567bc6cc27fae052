/**
 * The drydock command, without its main(): reads the arguments, runs or checks
 * the files, writes the report.
 *
 * Standard output is the same bytes for the same input, but for one last line,
 * "took …" (in JSON there is none).
 */
#ifndef SIM_COMMAND_H
#define SIM_COMMAND_H

#include <stdio.h>

#include "reports/result.h"

enum sim_exit {
    SIM_EXIT_PASSED = 0,
    SIM_EXIT_FAILED = 1,
    SIM_EXIT_USAGE = 2, /* or bad input */
    SIM_EXIT_NONDETERMINISTIC = 3,
    SIM_EXIT_INTERRUPTED = 130
};

/** @out and @err instead of stdout and stderr. Returns the exit code. */
int sim_command(int argc, char **argv, FILE *out, FILE *err);

/** What a result's worst verdict means for the process. */
enum sim_exit sim_command_exit(const struct report_result *result);

#endif
