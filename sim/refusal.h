/**
 * Memory that runs out: in a run with refusals the coordinator's nth allocation
 * fails, alone or with all that come after it. What its agents may see of that is
 * checked here (M1): DD_ENOMEM from a call that may answer it, from no other, only
 * when an allocation was refused, and then nothing has changed.
 *
 * Part of the world (world_state.h); the looks that the simulation itself takes at
 * the coordinator do not count as allocations.
 */
#ifndef SIM_REFUSAL_H
#define SIM_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "drydock/drydock.h"

struct sim_world;
struct sim_world_options;

/** What was there before a call that may be refused. */
struct sim_refusal {
    bool on; /* allocations fail in this run */
    uint64_t refused_count;
    uint64_t entry_count; /* of the trace */
    uint64_t task_count;
    uint64_t queue_count;
    uint64_t signature;   /* of all that dd_explain says */
    uint64_t nomem_count; /* calls that answered DD_ENOMEM in this run */
};

void sim_refusal_begin(struct sim_world *world, const struct sim_world_options *options);

/** Around a call that may be refused (dd_pull, dd_retain); @what names it. */
void sim_refusal_before(struct sim_world *world);
void sim_refusal_after(struct sim_world *world, const char *what, enum dd_status status);

/** A call that never fails for want of memory answered @status. */
void sim_refusal_never(struct sim_world *world, const char *what, enum dd_status status);

/** dd_explain, for the simulation's own use. With refusals it is tried under them
 * first, then done without. */
enum dd_status sim_refusal_explain(struct sim_world *world, dd_explained_fn visit, void *arg);

/** dd_explain as if no allocation were refused, or counted. */
enum dd_status sim_refusal_look(struct sim_world *world, dd_explained_fn visit, void *arg);

#endif
