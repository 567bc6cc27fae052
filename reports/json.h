/**
 * A result for a program: one JSON object, in UTF-8, the same bytes for the same
 * result. Bytes of a path that are not UTF-8 are written as U+FFFD.
 *
 * Errors: what @out remembers (ferror).
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdio.h>

#include "reports/result.h"

void report_json(FILE *out, const struct report_result *result);

#endif
