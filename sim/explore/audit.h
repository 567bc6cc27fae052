/**
 * The audit of the fingerprints: of worlds that share one, the same must be able to
 * happen. Whenever a search by this module reaches a state that it has met, by another
 * way, the successors of both worlds are compared as multisets of fingerprints; then both
 * make the same step, drawn by lot, and are compared again, a dozen times.
 *
 * Errors: none; aborts without memory.
 */
#ifndef SIM_EXPLORE_AUDIT_H
#define SIM_EXPLORE_AUDIT_H

#include "sim/explore/search.h"

struct sim_audited {
    uint64_t state_count;
    uint64_t merge_count;     /* pairs of worlds that were compared */
    uint64_t different_count; /* pairs of which something else can happen */
    char difference[1024];    /* the first: what each world can do */
};

/** Audit one in @sample of the merges among at most @state_max states (breadth first). */
void sim_audit(struct sim_stepper *stepper, uint64_t state_max, uint64_t sample,
               struct sim_audited *out);

#endif
