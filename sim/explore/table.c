/* gnu: MAP_ANONYMOUS, MAP_NORESERVE and MADV_REMOVE are not in POSIX 2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/explore/table.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FIRST_SLOTS ((size_t)1 << 14)
#define LINE_BYTES 64
#define COUNT_BITS UINT64_C(3) /* of what is met */

typedef _Atomic uint64_t slot;

/* Whether a worker is in the table just now; a line of memory for each, so that they do
 * not get into each other's way. */
struct presence {
    _Alignas(LINE_BYTES) atomic_int inside;
};

struct sim_visited_shared {
    struct presence workers[SIM_VISITED_WORKER_MAX];
    atomic_int growing;
    atomic_uint area;
    atomic_size_t slot_count; /* a power of 2 */
    _Alignas(LINE_BYTES) atomic_size_t count;
    size_t byte_max;
};

static void *map_shared(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        (void)fputs("drydock: there is no memory for the states that are visited\n", stderr);
        abort();
    }
    return memory;
}

void sim_visited_init(struct sim_visited *visited, size_t byte_max)
{
    size_t first = FIRST_SLOTS * sizeof(slot);
    *visited = (struct sim_visited){ .shared_size = sizeof(struct sim_visited_shared),
                                     .area_size = byte_max > first ? byte_max : first };
    visited->shared = map_shared(visited->shared_size);
    visited->areas[0] = map_shared(visited->area_size);
    visited->areas[1] = map_shared(visited->area_size);
    visited->shared->slot_count = FIRST_SLOTS;
    visited->shared->byte_max = byte_max;
}

void sim_visited_release(struct sim_visited *visited)
{
    if (visited->shared != NULL) {
        (void)munmap(visited->areas[0], visited->area_size);
        (void)munmap(visited->areas[1], visited->area_size);
        (void)munmap(visited->shared, visited->shared_size);
        visited->shared = NULL;
    }
}

void sim_visited_join(struct sim_visited *visited, unsigned worker)
{
    assert(worker < SIM_VISITED_WORKER_MAX);
    visited->worker = worker;
}

/* --- nobody may be inside while it grows ------------------------------------------------ */

static void enter(const struct sim_visited *visited)
{
    struct sim_visited_shared *shared = visited->shared;
    atomic_int *inside = &shared->workers[visited->worker].inside;
    for (;;) {
        /* Said before it is asked, and by the grower in the other order: one of the two
         * sees the other (Dekker). */
        atomic_store(inside, 1);
        if (!atomic_load(&shared->growing)) {
            return;
        }
        atomic_store(inside, 0);
        while (atomic_load(&shared->growing)) {
            (void)sched_yield();
        }
    }
}

static void leave(const struct sim_visited *visited)
{
    atomic_store_explicit(&visited->shared->workers[visited->worker].inside, 0,
                          memory_order_release);
}

static bool anybody_inside(struct sim_visited_shared *shared)
{
    for (size_t i = 0; i < SIM_VISITED_WORKER_MAX; i++) {
        if (atomic_load(&shared->workers[i].inside)) {
            return true;
        }
    }
    return false;
}

/* --- slots -------------------------------------------------------------------------------- */

/* Fingerprints are mixed well: their own bits are the hash. The last two count what is
 * met, and do not matter for the place. */
static size_t first_place(uint64_t fingerprint, size_t slot_count)
{
    return (size_t)(fingerprint >> 2) & (slot_count - 1);
}

static slot *slots_of(const struct sim_visited *visited)
{
    return visited->areas[atomic_load_explicit(&visited->shared->area, memory_order_relaxed)];
}

static void move_all(slot *from, size_t from_count, slot *to, size_t to_count)
{
    for (size_t i = 0; i < from_count; i++) {
        uint64_t value = atomic_load_explicit(&from[i], memory_order_relaxed);
        if (value == 0) {
            continue;
        }
        size_t at = first_place(value, to_count);
        while (atomic_load_explicit(&to[at], memory_order_relaxed) != 0) {
            at = (at + 1) & (to_count - 1);
        }
        atomic_store_explicit(&to[at], value, memory_order_relaxed);
    }
}

/* Two thirds full at most. */
static bool is_crowded(struct sim_visited_shared *shared)
{
    return (atomic_load_explicit(&shared->count, memory_order_relaxed) + 1) * 3 >
           atomic_load_explicit(&shared->slot_count, memory_order_relaxed) * 2;
}

/* Both areas are there while it grows. False: there is no room. */
static bool grow(struct sim_visited *visited)
{
    struct sim_visited_shared *shared = visited->shared;
    int free_to_grow = 0;
    if (!atomic_compare_exchange_strong(&shared->growing, &free_to_grow, 1)) {
        return true; /* somebody else does */
    }
    while (anybody_inside(shared)) {
        (void)sched_yield();
    }
    size_t had = shared->slot_count;
    unsigned area = shared->area;
    bool fits = 3 * had * sizeof(slot) <= shared->byte_max;
    if (fits && is_crowded(shared)) {
        move_all(visited->areas[area], had, visited->areas[1 - area], 2 * had);
        shared->area = 1 - area;
        shared->slot_count = 2 * had;
        /* It must be empty when its turn comes; that gives its memory back, too. */
        if (madvise(visited->areas[area], had * sizeof(slot), MADV_REMOVE) != 0) {
            slot *old = visited->areas[area];
            for (size_t i = 0; i < had; i++) {
                atomic_store_explicit(&old[i], 0, memory_order_relaxed);
            }
        }
    }
    atomic_store(&shared->growing, 0);
    return fits;
}

/* Where @wanted is, or the slot that would take it; what is in it goes to @found. @mask
 * says which bits tell fingerprints apart. Inside only. */
static slot *find(const struct sim_visited *visited, uint64_t wanted, uint64_t mask,
                  uint64_t *found)
{
    slot *slots = slots_of(visited);
    size_t slot_count = atomic_load_explicit(&visited->shared->slot_count, memory_order_relaxed);
    size_t at = first_place(wanted, slot_count);
    for (;;) {
        *found = atomic_load_explicit(&slots[at], memory_order_relaxed);
        if (*found == 0 || ((*found ^ wanted) & mask) == 0) {
            return &slots[at];
        }
        at = (at + 1) & (slot_count - 1);
    }
}

enum sim_visit sim_visited_add(struct sim_visited *visited, uint64_t fingerprint)
{
    struct sim_visited_shared *shared = visited->shared;
    assert(fingerprint != 0);
    for (;;) {
        uint64_t found;
        enter(visited);
        slot *place = find(visited, fingerprint, UINT64_MAX, &found);
        if (found != 0) {
            leave(visited);
            return SIM_VISIT_SEEN;
        }
        bool crowded = is_crowded(shared);
        bool added = !crowded && atomic_compare_exchange_strong(place, &found, fingerprint);
        if (added) {
            atomic_fetch_add_explicit(&shared->count, 1, memory_order_relaxed);
        }
        leave(visited);
        if (added) {
            return SIM_VISIT_NEW;
        }
        if (crowded && !grow(visited)) {
            return SIM_VISIT_FULL;
        }
    }
}

unsigned sim_visited_meet(struct sim_visited *visited, uint64_t fingerprint)
{
    struct sim_visited_shared *shared = visited->shared;
    uint64_t wanted = fingerprint & ~COUNT_BITS;
    for (;;) {
        uint64_t found;
        enter(visited);
        slot *place = find(visited, wanted, ~COUNT_BITS, &found);
        unsigned met = (unsigned)(found & COUNT_BITS);
        bool crowded = found == 0 && is_crowded(shared);
        bool counted = !crowded && met == SIM_VISITED_MEET_MAX;
        if (!crowded && !counted) {
            met++;
            counted = atomic_compare_exchange_strong(place, &found, wanted | met);
            if (counted && met == 1) {
                atomic_fetch_add_explicit(&shared->count, 1, memory_order_relaxed);
            }
        }
        leave(visited);
        if (counted) {
            return met;
        }
        if (crowded && !grow(visited)) {
            return 0;
        }
    }
}

bool sim_visited_has(struct sim_visited *visited, uint64_t fingerprint)
{
    uint64_t found;
    enter(visited);
    (void)find(visited, fingerprint, UINT64_MAX, &found);
    leave(visited);
    return found != 0;
}

uint64_t sim_visited_count(const struct sim_visited *visited)
{
    return visited->shared->count;
}

void sim_visited_each(const struct sim_visited *visited,
                      void (*each)(void *ctx, uint64_t fingerprint), void *ctx)
{
    slot *slots = slots_of(visited);
    size_t slot_count = visited->shared->slot_count;
    for (size_t i = 0; i < slot_count; i++) {
        uint64_t value = atomic_load_explicit(&slots[i], memory_order_relaxed);
        if (value != 0) {
            each(ctx, value);
        }
    }
}
