/**
 * Fault sweeps: a scenario runs again and again, and each time one more of its engine
 * calls fails: the first, the second, … until there is none; each in every way in which
 * a call of its kind can fail. Expectations are not checked then, for they are about
 * runs without that failure; every invariant is.
 *
 * Ownership: a sweep borrows the scenario.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_FAULTS_H
#define SIM_EXPLORE_FAULTS_H

#include "sim/explore/limits.h"
#include "sim/world.h"

/** One failure: "inspect:3:lose". */
struct sim_failing {
    size_t way; /* index among the ways */
    unsigned nth;
};

#define SIM_FAILING_SIZE 48

/** Errors: false if @text names none. */
bool sim_failing_read(const char *text, struct sim_failing *out);
void sim_failing_write(const struct sim_failing *failing, char out[SIM_FAILING_SIZE]);
/** The fault as a scenario's file would have it. Static storage, but for "nth". */
const char *sim_failing_fault(const struct sim_failing *failing);

/** A schedule: the default one (every choice the first), or a seed's. */
struct sim_faults_schedule {
    bool is_seed;
    uint64_t seed;
};

struct sim_faults_swept {
    uint64_t run_count;
    uint64_t call_count; /* that failed, in as many runs */
    uint64_t way_count;  /* in how many ways some call did */
    bool complete;       /* no limit was reached */

    /* Of the run that was wrong; invariant "": none was. */
    struct sim_violation violation;
    struct sim_faults_schedule schedule;
    struct sim_failing failing;
};

/** One run in which @failing happens; @keep: with the trace's lines. False: there is no
 * such call. */
bool sim_faults_run(struct sim_world *world, const struct sim_faults_schedule *schedule,
                    const struct sim_failing *failing, bool keep, struct sim_run *out);

/** All of them, over @count schedules; stops at the first run that is wrong. */
void sim_faults_sweep(const struct sim_scenario *scenario, const struct sim_limits *limits,
                      const struct sim_faults_schedule *schedules, size_t count,
                      struct sim_faults_swept *out);

#endif
