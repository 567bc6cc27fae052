/**
 * Which cells of a table of states were reached, how often, and by which scenario
 * first.
 */
#ifndef REPORT_STATES_H
#define REPORT_STATES_H

#include <stdint.h>
#include <stdio.h>

#include "reports/result.h"

struct report_reached {
    uint64_t count;
    const char *first; /* path of the first scenario that did; NULL: none. Borrowed */
};

/** Summed over @result's scenarios, which has a table. */
struct report_reached report_table_reached(const struct report_result *result, size_t cell);

/** The table with the counts in it, then each cell with who reached it first.
 * Errors: what @out remembers (ferror). */
void report_states(FILE *out, const struct report_result *result);

#endif
