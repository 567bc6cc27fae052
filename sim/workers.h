/**
 * Runs scenarios in worker processes, and hands their results on in the scenarios'
 * order. A run that breaks its worker (a failed assert, a bad address, a step without
 * an end) is a failure of its scenario, with the story up to there; the others go on.
 *
 * Ownership: all of the order is borrowed for the call.
 * Threading: one thread, and no other in the process: it forks.
 * Errors:    none; where there can be no process at all, this one does the work.
 */
#ifndef SIM_WORKERS_H
#define SIM_WORKERS_H

#include "sim/runner.h"

#define SIM_WORKERS_MAX 256

struct sim_workers {
    struct sim_runner runner;              /* `stop` is heard by the workers, too; not `running` */
    struct sim_scenario *const *scenarios; /* NULL: nothing is to be done for that one */
    size_t count;
    unsigned job_count;    /* 1 to SIM_WORKERS_MAX */
    uint64_t run_limit_ns; /* CPU time that one run may take */
    /* The scenario with that index is done: @result is taken; NULL if there was none. */
    void (*finished)(void *ctx, size_t index, struct report_scenario *result);
    /* Something to show, some times a second: the first that is being run. */
    void (*progress)(void *ctx, size_t done_count, size_t index, uint64_t seed);
    /* What a worker said on stderr. */
    void (*said)(void *ctx, const char *text);
    void *ctx;
};

/** What became of it all. */
struct sim_workers_end {
    bool broken_off;   /* not everything was run */
    bool worker_broke; /* a worker broke outside any run; `said` has what it said */
};

struct sim_workers_end sim_workers_run(const struct sim_workers *order);

/** How many processors there are; at least 1, at most SIM_WORKERS_MAX. */
unsigned sim_workers_processors(void);

#endif
