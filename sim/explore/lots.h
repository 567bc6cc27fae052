/**
 * States with work left in them, handed by workers that have much to those that have
 * nothing: each lot is a saved state, its moves, and the way to it, in memory that all
 * of a crew see.
 *
 * Threading: one thread in each process.
 * Errors:    none; what does not fit is not handed over. Aborts without memory.
 */
#ifndef SIM_EXPLORE_LOTS_H
#define SIM_EXPLORE_LOTS_H

#include "sim/explore/crew.h"

struct sim_lots_shared;

struct sim_lots {
    struct sim_lots_shared *shared;
    size_t size;
    size_t count; /* of places */
};

/** With room for what @job_count workers hand to each other. */
void sim_lots_init(struct sim_lots *lots, unsigned job_count);
void sim_lots_release(struct sim_lots *lots);

/** A state on the way, of which not all was gone through. */
struct sim_lot {
    const unsigned char *saved; /* as by sim_region_save */
    size_t used;
    const struct sim_move *moves;
    size_t move_count;
    const struct sim_alternative *way; /* the last is the alternative that is next */
    size_t way_count;
};

/** Whether somebody has nothing to do, and nothing lies there for him. */
bool sim_lots_wanted(const struct sim_lots *lots);

/** Copy @lot for somebody else. False: there is no room for it now. */
bool sim_lots_put(struct sim_lots *lots, const struct sim_lot *lot);

/** Wait for a lot while others may put one. False: all is done, or @crew is to stop.
 * @take is called with it, and has to copy what it needs. */
bool sim_lots_wait(struct sim_lots *lots, struct sim_crew *crew,
                   void (*take)(void *ctx, const struct sim_lot *lot), void *ctx);

/** Call @each with every lot that nobody took; no worker may be there any more. */
void sim_lots_each(const struct sim_lots *lots, void (*each)(void *ctx, const struct sim_lot *lot),
                   void *ctx);

#endif
