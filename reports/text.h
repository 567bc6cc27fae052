/**
 * A result for a reader: a line for each scenario, the story of each failure,
 * and the sums. The same result gives the same bytes, but for report_took.
 *
 * Errors: what @out remembers (ferror); nothing else can go wrong.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/result.h"

struct report_text_style {
    bool color;   /* escape sequences for a terminal */
    bool verbose; /* what each scenario retells, its hazards and trace hash */
};

/** One scenario: its line, and why it failed. */
void report_text_scenario(FILE *out, const struct report_scenario *scenario,
                          struct report_text_style style);

/** How many scenarios there were, and how many of each verdict. */
void report_text_verdicts(FILE *out, const struct report_result *result);

/** Why scenarios were skipped: each reason once, and how many. */
void report_text_skipped(FILE *out, const struct report_result *result);

/** The sums: runs, distinct schedules, events, simulated time. */
void report_text_totals(FILE *out, const struct report_result *result);

/** The last line, which alone holds wall time and rates. */
void report_took(FILE *out, const struct report_result *result, uint64_t wall_ns);

#endif
