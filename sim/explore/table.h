/**
 * The states that were visited: a set of fingerprints, 8 bytes each over the load.
 *
 * Errors: none; aborts without memory.
 */
#ifndef SIM_EXPLORE_TABLE_H
#define SIM_EXPLORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_visited {
    uint64_t *slots; /* 0: free */
    size_t slot_count;
    size_t count;
    size_t byte_max;
};

/** Use at most @byte_max bytes. */
void sim_visited_init(struct sim_visited *visited, size_t byte_max);
void sim_visited_release(struct sim_visited *visited);

enum sim_visit { SIM_VISIT_NEW, SIM_VISIT_SEEN, SIM_VISIT_FULL };

/** Add @fingerprint, which is not 0. FULL: there is no room for it. */
enum sim_visit sim_visited_add(struct sim_visited *visited, uint64_t fingerprint);

bool sim_visited_has(const struct sim_visited *visited, uint64_t fingerprint);

#endif
