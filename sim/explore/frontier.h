/**
 * What is left to do of a search that was broken off, and what it has seen: tapes and
 * numbers, never memory, so that another process, on another day, can go on from there.
 *
 *     drydock frontier 1
 *     scenario scenarios/explore/coord-6-2.json
 *     digest 8d3c5fb7b8b1aa91          (of the scenario, as on tapes)
 *     symmetry yes
 *     counts 100 250 3 4               (states, transitions, ends, completions)
 *     stack 0*6 2*5 1:1/2 -*3          (a way: moves by their number, the answers in
 *                                       them and of how many; `*6`: of the six moves of
 *                                       this state those after it are left; `-`: all are)
 *     seen 00c0ffee00c0ffee …          (fingerprints)
 *     end
 *
 * Ownership: a frontier owns all that it holds; release with sim_frontier_release.
 * Errors:    reading: false, and a message. Aborts without memory.
 */
#ifndef SIM_EXPLORE_FRONTIER_H
#define SIM_EXPLORE_FRONTIER_H

#include <stdio.h>

#include "sim/explore/stepper.h"

/* Of a state on a way: how many moves it has, if some are left; and whether all are. */
#define SIM_LEFT_NOTHING 0
#define SIM_LEFT_ALL UINT16_C(0x8000)

/** A way, and what is left of the states on it. */
struct sim_stack {
    struct sim_alternative *way;
    uint16_t *left; /* of the state before each move of the way */
    size_t count;
};

struct sim_frontier {
    char *path; /* of the scenario */
    uint64_t digest;
    bool symmetry;
    bool whole; /* nothing is missing: it can be gone on from */
    uint64_t state_count;
    uint64_t transition_count;
    uint64_t end_count;
    uint64_t completed_count;
    struct sim_stack *stacks;
    size_t stack_count;
    size_t stack_capacity;
    uint64_t *seen;
    size_t seen_count;
    size_t seen_capacity;
};

void sim_frontier_release(struct sim_frontier *frontier);

/** Copy a stack; one of which nothing is left is not kept. */
void sim_frontier_add(struct sim_frontier *frontier, const struct sim_alternative *way,
                      const uint16_t *left, size_t count);
void sim_frontier_add_seen(struct sim_frontier *frontier, uint64_t fingerprint);

void sim_frontier_write(const struct sim_frontier *frontier, FILE *out);

#define SIM_FRONTIER_MESSAGE_SIZE 512

bool sim_frontier_read(const char *path, struct sim_frontier *out,
                       char message[SIM_FRONTIER_MESSAGE_SIZE]);
/** Likewise, of what is open already; @path is what messages call it. */
bool sim_frontier_take(FILE *in, const char *path, struct sim_frontier *out,
                       char message[SIM_FRONTIER_MESSAGE_SIZE]);

#endif
