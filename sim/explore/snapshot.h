/**
 * All that an exploration's runs can change, in one place: a region of memory, mapped
 * once, from which the world, the fakes and the coordinator take theirs, so that a
 * state is saved and restored by one copy of the part in use. Pointers into it stay
 * right, for it never moves. The allocator lies in the region, whole: to restore a
 * state is to restore what is free, too.
 *
 * Ownership: what is taken from the region is given back with it.
 * Threading: one thread at a time.
 * Errors:    none; the simulation aborts where there is no memory, or no room left.
 */
#ifndef SIM_EXPLORE_SNAPSHOT_H
#define SIM_EXPLORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "fakes/memory.h"

struct sim_region {
    unsigned char *base;
    size_t size;
    size_t open; /* as much of it can be used yet; more is opened up when it is needed */
    struct fake_memory_source source; /* to be set while runs take memory */
};

/** Map a region of @size bytes, of which only those in use cost anything. */
void sim_region_open(struct sim_region *region, size_t size);
void sim_region_close(struct sim_region *region);

/** Bytes from its beginning that are in use. */
size_t sim_region_used(const struct sim_region *region);

/** Copy what is in use to @out, which has sim_region_used bytes of room. */
void sim_region_save(const struct sim_region *region, void *out);
/** Make it what it was: @saved holds @used bytes. */
void sim_region_restore(struct sim_region *region, const void *saved, size_t used);

#endif
