/**
 * A result as JUnit XML, for what shows tests: a suite for each folder, a case for
 * each scenario, its story in the failure. The same result gives the same bytes, so
 * every time is 0: wall time is in the last line of the text alone, and simulated time
 * (in system-out) is not what the one who reads such times wants to add up.
 *
 * Bytes that XML cannot have are written as U+FFFD.
 * Errors: what @out remembers (ferror).
 */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include <stdio.h>

#include "reports/result.h"

void report_junit(FILE *out, const struct report_result *result);

#endif
