/**
 * The result record: what replaying scenarios found, before anybody has decided
 * how to show it. Filled by the simulator, read by the reports.
 *
 * Ownership: strings are the record's own; release with report_result_release.
 */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum report_verdict {
    REPORT_PASSED,
    REPORT_FAILED,           /* an invariant or an expectation did not hold */
    REPORT_INVALID,          /* the file could not be read */
    REPORT_NONDETERMINISTIC, /* the same tape gave another trace */
    REPORT_INTERRUPTED,      /* not all seeds were run; none of those that were failed */
    REPORT_VALID,            /* the file could be read; nothing was run */
    REPORT_SKIPPED,          /* it could not be played on a real engine */
    REPORT_VERDICT_COUNT
};

/** Why a run failed, and the story of how it came to that. */
struct report_failure {
    char *invariant; /* "S1", "expect", … */
    char *message;   /* one sentence */
    char *where;     /* "steps[4].expect.holders (line 17)"; NULL */
    uint64_t seed;
    char *story;   /* lines: time, who, what; ends with a newline */
    char *command; /* to paste: "./drydock run FILE --seed 7" */
};

/** One scenario over all its seeds. */
struct report_scenario {
    char *path;
    char *name; /* NULL if the file could not be read */
    char *retells;
    char **hazards;
    size_t hazard_count;
    enum report_verdict verdict;
    uint64_t seed_first;
    uint64_t seed_last;
    uint64_t run_count;
    uint64_t distinct_count; /* distinct trace hashes */
    uint64_t trace_hash;     /* of all runs, in the order of seeds */
    uint64_t event_count;
    uint64_t simulated_ns;
    uint64_t skipped_count; /* steps whose `after` did not happen */
    uint64_t late_count;    /* DELETEs executed past the settling time */
    uint64_t *moves;        /* how often each cell of the table was reached; NULL */
    size_t move_count;
    char **notes; /* what is odd, and no failure: one sentence each */
    size_t note_count;
    struct report_failure *failure; /* of the first failing seed; NULL */
    char *error;                    /* INVALID: the message, with file and line;
                                       SKIPPED: why */
};

/** What can happen to something that has states. Cell i is the happening i /
 * state_count in the state i % state_count. */
struct report_table {
    const char *const *states;
    size_t state_count;
    const char *const *happenings;
    size_t happening_count;
    const char *const *next; /* of each cell: the state that follows; NULL: it cannot be */
};

struct report_result {
    const struct report_table *table; /* that `moves` are of; borrowed; NULL: not counted */
    struct report_scenario *scenarios;
    size_t scenario_count;
    size_t scenario_capacity;
    bool checked; /* files were read, and nothing was to be run */
    bool interrupted;
};

/** Free what @scenario owns, not itself. */
void report_scenario_release(struct report_scenario *scenario);

void report_result_init(struct report_result *result);
void report_result_release(struct report_result *result);

/** A new scenario at the end, all zero; NULL without memory. */
struct report_scenario *report_result_add(struct report_result *result);

/** "passed". Static storage. */
const char *report_verdict_word(enum report_verdict verdict);

/** Sums over the scenarios. */
struct report_totals {
    uint64_t scenario_count;
    uint64_t verdict_count[REPORT_VERDICT_COUNT];
    uint64_t run_count;
    uint64_t distinct_count;
    uint64_t event_count;
    uint64_t simulated_ns;
    uint64_t skipped_count;
    uint64_t late_count;
};

struct report_totals report_result_totals(const struct report_result *result);

#endif
