/* gnu: MAP_ANONYMOUS and MAP_NORESERVE are not in POSIX 2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/explore/lots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define LOT_MAX 32
#define LOT_BYTES ((size_t)32 << 20) /* of address space; what is not used costs nothing */
#define LOOK_NS 20000

enum place_state { FREE, FILLING, FULL, TAKING };

struct place {
    atomic_int state;
    size_t used;
    size_t move_count;
    size_t way_count;
};

struct sim_lots_shared {
    atomic_uint idle_count;
    atomic_uint full_count;
    struct place places[LOT_MAX];
    _Alignas(64) unsigned char bytes[];
};

static size_t aligned(size_t size)
{
    return (size + 63) / 64 * 64;
}

static unsigned char *bytes_of(const struct sim_lots *lots, size_t index)
{
    return lots->shared->bytes + index * LOT_BYTES;
}

void sim_lots_init(struct sim_lots *lots, unsigned job_count)
{
    /* One that lies there and one that is being taken, for each of them. */
    lots->count = job_count < LOT_MAX / 2 ? 2 * (size_t)job_count + 1 : LOT_MAX;
    lots->size = sizeof(struct sim_lots_shared) + lots->count * LOT_BYTES;
    lots->shared = mmap(NULL, lots->size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (lots->shared == MAP_FAILED) {
        (void)fputs("drydock: there is no memory for the workers\n", stderr);
        abort();
    }
}

void sim_lots_release(struct sim_lots *lots)
{
    (void)munmap(lots->shared, lots->size);
    lots->shared = NULL;
}

bool sim_lots_wanted(const struct sim_lots *lots)
{
    unsigned idle = atomic_load_explicit(&lots->shared->idle_count, memory_order_relaxed);
    return idle > atomic_load_explicit(&lots->shared->full_count, memory_order_relaxed);
}

static size_t lot_bytes(const struct sim_lot *lot)
{
    return aligned(lot->used) + aligned(lot->move_count * sizeof(*lot->moves)) +
           lot->way_count * sizeof(*lot->way);
}

static struct sim_lot lot_at(const struct sim_lots *lots, size_t index)
{
    const struct place *place = &lots->shared->places[index];
    const unsigned char *bytes = bytes_of(lots, index);
    size_t moves_at = aligned(place->used);
    size_t way_at = moves_at + aligned(place->move_count * sizeof(struct sim_move));
    return (struct sim_lot){ .saved = bytes,
                             .used = place->used,
                             .moves = (const void *)(bytes + moves_at),
                             .move_count = place->move_count,
                             .way = (const void *)(bytes + way_at),
                             .way_count = place->way_count };
}

static void fill(struct sim_lots *lots, size_t index, const struct sim_lot *lot)
{
    struct place *place = &lots->shared->places[index];
    unsigned char *bytes = bytes_of(lots, index);
    size_t moves_at = aligned(lot->used);
    size_t way_at = moves_at + aligned(lot->move_count * sizeof(*lot->moves));
    place->used = lot->used;
    place->move_count = lot->move_count;
    place->way_count = lot->way_count;
    memcpy(bytes, lot->saved, lot->used);
    memcpy(bytes + moves_at, lot->moves, lot->move_count * sizeof(*lot->moves));
    memcpy(bytes + way_at, lot->way, lot->way_count * sizeof(*lot->way));
}

static bool change(struct place *place, int from, int to)
{
    return atomic_compare_exchange_strong(&place->state, &from, to);
}

bool sim_lots_put(struct sim_lots *lots, const struct sim_lot *lot)
{
    if (lot_bytes(lot) > LOT_BYTES) {
        return false;
    }
    for (size_t i = 0; i < lots->count; i++) {
        struct place *place = &lots->shared->places[i];
        if (change(place, FREE, FILLING)) {
            fill(lots, i, lot);
            atomic_fetch_add(&lots->shared->full_count, 1);
            atomic_store(&place->state, FULL);
            return true;
        }
    }
    return false;
}

static bool take_one(struct sim_lots *lots, void (*take)(void *ctx, const struct sim_lot *lot),
                     void *ctx)
{
    for (size_t i = 0; i < lots->count; i++) {
        struct place *place = &lots->shared->places[i];
        if (change(place, FULL, TAKING)) {
            const struct sim_lot lot = lot_at(lots, i);
            take(ctx, &lot);
            /* Before the place is free: who sees it free must see a worker at work. */
            atomic_fetch_sub(&lots->shared->idle_count, 1);
            atomic_fetch_sub(&lots->shared->full_count, 1);
            atomic_store(&place->state, FREE);
            return true;
        }
    }
    return false;
}

/* Nobody works, so nobody can put anything; and nothing lies there. */
static bool all_is_done(const struct sim_lots *lots, unsigned worker_count)
{
    struct sim_lots_shared *shared = lots->shared;
    if (atomic_load(&shared->idle_count) < worker_count) {
        return false;
    }
    for (size_t i = 0; i < lots->count; i++) {
        if (atomic_load(&shared->places[i].state) != FREE) {
            return false;
        }
    }
    return atomic_load(&shared->idle_count) == worker_count;
}

bool sim_lots_wait(struct sim_lots *lots, struct sim_crew *crew,
                   void (*take)(void *ctx, const struct sim_lot *lot), void *ctx)
{
    const struct timespec pause = { .tv_nsec = LOOK_NS };
    atomic_fetch_add(&lots->shared->idle_count, 1);
    while (!sim_crew_is_over(crew) && !all_is_done(lots, crew->worker_count)) {
        if (take_one(lots, take, ctx)) {
            return true;
        }
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

void sim_lots_each(const struct sim_lots *lots, void (*each)(void *ctx, const struct sim_lot *lot),
                   void *ctx)
{
    for (size_t i = 0; i < lots->count; i++) {
        if (lots->shared->places[i].state == FULL) {
            const struct sim_lot lot = lot_at(lots, i);
            each(ctx, &lot);
        }
    }
}
