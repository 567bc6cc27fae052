/** Results for tests. */
#ifndef REPORT_TEST_RESULTS_H
#define REPORT_TEST_RESULTS_H

#include <stdio.h>

#include "reports/result.h"

/** A scenario that passed; one that failed with a story; one that is invalid; one that was
 * skipped. */
struct report_scenario *results_add_passed(struct report_result *result, const char *path);
struct report_scenario *results_add_failed(struct report_result *result, const char *path);
struct report_scenario *results_add_invalid(struct report_result *result, const char *path);
struct report_scenario *results_add_skipped(struct report_result *result, const char *path);

/** A copy on the heap; and all of @file, which is closed. */
char *results_copy(const char *text);
char *results_text(FILE *file);

#endif
