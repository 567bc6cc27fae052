/**
 * The states that were visited: a set of fingerprints, 8 bytes each over the load, in
 * memory that all processes forked from its maker see. They add to it without locks, by
 * compare and swap; only while it grows do all but one of them wait.
 *
 * Threading: one thread in each process; see sim_visited_join.
 * Errors:    none but FULL; aborts without memory.
 */
#ifndef SIM_EXPLORE_TABLE_H
#define SIM_EXPLORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_VISITED_WORKER_MAX 256

struct sim_visited_shared;

/** A process's view of it. */
struct sim_visited {
    struct sim_visited_shared *shared;
    size_t shared_size;
    void *areas[2]; /* one of them is in use; the other is for growing */
    size_t area_size;
    unsigned worker;
};

/** Use at most @byte_max bytes. */
void sim_visited_init(struct sim_visited *visited, size_t byte_max);
void sim_visited_release(struct sim_visited *visited);

/** In a process forked after init: from here on it is that worker, below
 * SIM_VISITED_WORKER_MAX, and no other is. Without it, it is worker 0. */
void sim_visited_join(struct sim_visited *visited, unsigned worker);

enum sim_visit { SIM_VISIT_NEW, SIM_VISIT_SEEN, SIM_VISIT_FULL };

/** Add @fingerprint, which is not 0. FULL: there is no room for it. */
enum sim_visit sim_visited_add(struct sim_visited *visited, uint64_t fingerprint);

#define SIM_VISITED_MEET_MAX 3

/** Count how often @fingerprint was met, this time included, up to SIM_VISITED_MEET_MAX;
 * 0: there is no room for it. A set in which things are counted is used for nothing else,
 * and tells fingerprints apart by all but their last two bits. */
unsigned sim_visited_meet(struct sim_visited *visited, uint64_t fingerprint);

bool sim_visited_has(struct sim_visited *visited, uint64_t fingerprint);

/** How many there are. */
uint64_t sim_visited_count(const struct sim_visited *visited);

/** Call @each with all that are in it; nobody may add to it meanwhile. */
void sim_visited_each(const struct sim_visited *visited,
                      void (*each)(void *ctx, uint64_t fingerprint), void *ctx);

#endif
