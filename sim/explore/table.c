#include "sim/explore/table.h"

#include <assert.h>

#include "fakes/memory.h"

#define FIRST_SLOTS ((size_t)1 << 14)

/* Fingerprints are mixed well: their own bits are the hash. */
static size_t slot_of(const struct sim_visited *visited, uint64_t fingerprint)
{
    size_t slot = (size_t)fingerprint & (visited->slot_count - 1);
    while (visited->slots[slot] != 0 && visited->slots[slot] != fingerprint) {
        slot = (slot + 1) & (visited->slot_count - 1);
    }
    return slot;
}

void sim_visited_init(struct sim_visited *visited, size_t byte_max)
{
    *visited = (struct sim_visited){ .slot_count = FIRST_SLOTS, .byte_max = byte_max };
    visited->slots = fake_memory_alloc(FIRST_SLOTS * sizeof(*visited->slots));
}

void sim_visited_release(struct sim_visited *visited)
{
    fake_memory_free(visited->slots);
    visited->slots = NULL;
}

/* Both tables are there while it grows. */
static bool grow(struct sim_visited *visited)
{
    size_t wider = 2 * visited->slot_count;
    if ((wider + visited->slot_count) * sizeof(*visited->slots) > visited->byte_max) {
        return false;
    }
    struct sim_visited grown = *visited;
    grown.slot_count = wider;
    grown.slots = fake_memory_alloc(wider * sizeof(*grown.slots));
    for (size_t i = 0; i < visited->slot_count; i++) {
        if (visited->slots[i] != 0) {
            grown.slots[slot_of(&grown, visited->slots[i])] = visited->slots[i];
        }
    }
    fake_memory_free(visited->slots);
    *visited = grown;
    return true;
}

enum sim_visit sim_visited_add(struct sim_visited *visited, uint64_t fingerprint)
{
    assert(fingerprint != 0);
    size_t slot = slot_of(visited, fingerprint);
    if (visited->slots[slot] != 0) {
        return SIM_VISIT_SEEN;
    }
    /* Two thirds full at most. */
    if ((visited->count + 1) * 3 > visited->slot_count * 2) {
        if (!grow(visited)) {
            return SIM_VISIT_FULL;
        }
        slot = slot_of(visited, fingerprint);
    }
    visited->slots[slot] = fingerprint;
    visited->count++;
    return SIM_VISIT_NEW;
}

bool sim_visited_has(const struct sim_visited *visited, uint64_t fingerprint)
{
    return visited->slots[slot_of(visited, fingerprint)] != 0;
}
