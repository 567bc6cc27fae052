/**
 * A scenario's result as bytes, to hand it from one process to another of the same
 * program. Read with suspicion: a process that broke may have written anything.
 *
 * Ownership: strings are copied both ways.
 * Errors:    false without memory, or if it is larger than REPORT_RECORD_MAX; when
 *            read, also if the bytes are no record. Outputs are empty then.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "reports/result.h"

#define REPORT_RECORD_MAX ((size_t)64 * 1024 * 1024)

/** *@bytes: returned, release with free. */
bool report_record_write(const struct report_scenario *scenario, unsigned char **bytes,
                         size_t *count);

/** @out: released with report_scenario_release. */
bool report_record_read(const unsigned char *bytes, size_t count, struct report_scenario *out);

#endif
