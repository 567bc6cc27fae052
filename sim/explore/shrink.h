/**
 * Making a failure small: whatever can be left out of its scenario and of its tape is,
 * as long as it still fails in the same way, until nothing can be left out alone: no
 * step, no fault, no image, no setting, no move that is not the default one.
 *
 * Known as delta debugging (Zeller and Hildebrandt 2002): halves first, then ever
 * smaller parts.
 *
 * Each candidate is tried in a process of its own (attempt.h).
 */
#ifndef SIM_EXPLORE_SHRINK_H
#define SIM_EXPLORE_SHRINK_H

#include <signal.h>

#include "sim/explore/attempt.h"
#include "sim/explore/case.h"

struct sim_shrinking {
    struct sim_case best;       /* the smallest so far; has its scenario */
    struct sim_failure failure; /* what it must be, and how the best puts it */
    size_t attempt_count;
    bool stopped;                      /* broken off: the best is not yet the smallest */
    const volatile sig_atomic_t *stop; /* nonzero: break off; NULL: never */
    /* Told of each attempt; NULL: nobody is. */
    void (*tried)(void *ctx, const struct sim_shrinking *shrinking);
    void *ctx;
};

/** Begin with @tape's way through @scenario; set `stop` and `tried` then. False: it does
 * not fail, and there is nothing to release. */
bool sim_shrink_begin(struct sim_shrinking *shrinking, const struct sim_scenario *scenario,
                      const struct sim_way_tape *tape);
void sim_shrink(struct sim_shrinking *shrinking);
void sim_shrink_release(struct sim_shrinking *shrinking);

#endif
