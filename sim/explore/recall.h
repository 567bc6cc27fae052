/**
 * What a random search remembers: the states that it met, each saved once, and what
 * became of the alternatives that it made there. An alternative that was made once leads
 * to the same state again, with the same invariants looked at: it is not made again.
 *
 * Ownership: everything in it is its own.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_RECALL_H
#define SIM_EXPLORE_RECALL_H

#include "sim/explore/stepper.h"
#include "sim/names.h"

struct sim_recalled {
    unsigned char *saved;
    size_t used;
    struct sim_move *moves;
    size_t move_count;
    uint64_t fingerprint;
    uint32_t parent;                    /* SIM_NONE: the beginning */
    uint32_t depth;                     /* moves from there */
    struct sim_alternative alternative; /* from the parent */
    bool counted;                       /* as often as it counts */
    bool completed;                     /* it was gone on from to the end */
};

struct sim_recall {
    struct sim_recalled *at;
    size_t count;
    size_t capacity;
    struct sim_map index_of; /* of a fingerprint */
    struct sim_map outcomes; /* of a move, and of answers in it: see recall.c */
    size_t bytes;
    size_t byte_max;
};

void sim_recall_init(struct sim_recall *recall, size_t byte_max);
void sim_recall_release(struct sim_recall *recall);

/** The state with @fingerprint; SIM_NONE: it is not remembered. */
uint32_t sim_recall_find(const struct sim_recall *recall, uint64_t fingerprint);

/** Remember the state that @stepper is in, with its @moves; SIM_NONE: there is no room. */
uint32_t sim_recall_add(struct sim_recall *recall, struct sim_stepper *stepper,
                        uint64_t fingerprint, const struct sim_move *moves, size_t move_count);

/** What is known of making a move: where it leads, or that a choice comes up. */
struct sim_outcome_known {
    uint32_t state;  /* SIM_NONE: not known, or a choice */
    uint32_t choice; /* how many answers there are; 0: none comes up, or not known */
};

/** A key for a move of a state, and for that and one more answer. */
uint64_t sim_recall_move(uint32_t state, size_t move);
uint64_t sim_recall_answer(uint64_t key, uint64_t answer);

struct sim_outcome_known sim_recall_outcome(const struct sim_recall *recall, uint64_t key);

/** @alternative, made in @state, led to @to. */
void sim_recall_made(struct sim_recall *recall, uint32_t state,
                     const struct sim_alternative *alternative, uint32_t to);

#endif
