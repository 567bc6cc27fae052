/**
 * A sweep of allocation failures: one scenario and seed, run again and again with
 * the coordinator's 1st, 2nd, … nth allocation failing, until a run asks for fewer;
 * first each alone, then each with all that come after it.
 *
 * Errors: none; aborts without memory. It stops at the first run that is wrong.
 */
#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include "sim/world.h"

struct sim_sweep {
    uint64_t seed;
    uint64_t nth_max; /* of each kind; 0: until a run needs no more */
    /* Told before each run, for whoever must say which one broke; NULL: nobody is. */
    void (*running)(void *ctx, uint64_t nth, bool onwards);
    void *ctx;
};

struct sim_swept {
    uint64_t run_count;
    uint64_t refused_count; /* allocations failed */
    uint64_t nomem_count;   /* calls that answered DD_ENOMEM */
    uint64_t nth;           /* of the run that was wrong; 0: none was */
    bool onwards;
    struct sim_violation violation; /* of that run */
};

/** Sweep @world's scenario. False, and @out's violation, if a run was wrong. */
bool sim_sweep_run(struct sim_world *world, const struct sim_sweep *sweep, struct sim_swept *out);

#endif
