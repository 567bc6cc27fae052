/**
 * Something tried in a process of its own, so that a failed assert, a bad address or a
 * step without an end is a failure like any other, and not the end of everything.
 *
 * Ownership: nothing is handed over.
 * Threading: one thread; the process is forked from it.
 * Errors:    aborts if there can be no process.
 */
#ifndef SIM_EXPLORE_ATTEMPT_H
#define SIM_EXPLORE_ATTEMPT_H

#include "sim/explore/tape.h"

/** How something failed. Two failures are the same if their invariants are, and, of
 * processes that broke, their messages, and, of expectations, what is expected. */
struct sim_failure {
    char invariant[12]; /* "S1"; "assert": the process broke; "": it did not fail */
    char message[512];
    char subject[192];
    char where[192]; /* expectations: the place in the file; or "" */
};

/** What was tried, as handed back. */
struct sim_attempted {
    struct sim_failure failure;
    size_t made_count;    /* replays: as in struct sim_replayed */
    size_t missing_count; /* likewise */
    uint64_t cpu_us;      /* that its process took; of no use but to bound the next one's */
};

void sim_failure_of(const struct sim_violation *violation, struct sim_failure *failure);
bool sim_failure_is(const struct sim_failure *one, const struct sim_failure *other);

/** Go @tape's way through @scenario, and on to the end. */
void sim_attempt_tape(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                      struct sim_attempted *out);

/** Run @scenario by @seed, as `drydock run` does. */
void sim_attempt_run(const struct sim_scenario *scenario, uint64_t seed, struct sim_attempted *out);

/** Run @body, which fills in @out there, so that it is filled in here. */
void sim_attempt(void (*body)(void *arg, struct sim_attempted *out), void *arg,
                 struct sim_attempted *out);

/** Likewise; what @body writes to its @file there, is written to @to here, whatever
 * becomes of the process: it is flushed by whoever wants that. */
void sim_attempt_telling(void (*body)(void *arg, FILE *file, struct sim_attempted *out), void *arg,
                         FILE *to, struct sim_attempted *out);

#endif
