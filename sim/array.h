/** Growing arrays of the simulator, which aborts without memory (fakes/memory.h). */
#ifndef SIM_ARRAY_H
#define SIM_ARRAY_H

#include <stddef.h>

#include "fakes/memory.h"

/** @block with room for at least @needed items; *@capacity grows by half, so that what an
 * exploration copies has little in it that is not used.
 * Ownership: @block taken; returned, release with fake_memory_free. */
static inline void *sim_array_grow(void *block, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity) {
        return block;
    }
    size_t wanted = *capacity + *capacity / 2 + 1;
    *capacity = wanted < needed ? needed : wanted;
    return fake_memory_grow(block, *capacity, item_size);
}

#endif
