/**
 * The coordinator's memory in a simulation: the fake allocator, and a list of all
 * that it gave out, so that a coordinator whose run failed can be given up whole.
 *
 * Threading: one thread at a time.
 */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>

#include "fakes/allocator.h"

struct sim_heap_block;

struct sim_heap {
    struct fake_allocator allocator;
    struct sim_heap_block *blocks; /* newest first */
    bool lean; /* set before anything is given out: no headers and no list; whoever runs
                  it takes all memory back at once (explorations) */
};

void sim_heap_init(struct sim_heap *heap);

/** Free all that is left, and begin anew; @fill is what fresh memory holds. */
void sim_heap_begin(struct sim_heap *heap, unsigned char fill);

/** Free all that is left. */
void sim_heap_drop(struct sim_heap *heap);

/** The interface to give to a coordinator; @heap must outlive it. */
struct dd_allocator sim_heap_interface(struct sim_heap *heap);

#endif
