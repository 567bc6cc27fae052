/**
 * Going the way that a tape tells, move by move.
 *
 * A move that cannot be made yet is waited for: as long as it takes, oldest first, but
 * no longer than SIM_WAIT_MAX moves; if it does not come it is left out, and nothing
 * was waited for.
 *
 * Ownership: the tape and the scenario are borrowed for the call.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_TAPE_REPLAY_H
#define SIM_EXPLORE_TAPE_REPLAY_H

#include "sim/explore/tape.h"

#define SIM_WAIT_MAX 300

/** One move on the way. */
struct sim_going {
    struct sim_stepper *stepper;
    const struct sim_move *moves; /* what could be done */
    size_t move_count;
    size_t move;                        /* which of them it is */
    size_t number;                      /* of the moves made, from 1 */
    const struct sim_tape_move *wanted; /* of the tape; NULL: it went by default */
};

struct sim_replay {
    bool keep;    /* the trace, for a story */
    bool finish;  /* go on by default, whatever the tape says */
    size_t until; /* stop after so many moves; 0: all */
    /* Each may be NULL: told before and after each move, of each choice in it; of a move
     * that does not come (`move_count` could be done instead). */
    void (*before)(void *ctx, const struct sim_going *going);
    void (*after)(void *ctx, const struct sim_going *going);
    void (*chosen)(void *ctx, struct fake_label label, uint64_t count, uint64_t answer);
    void (*missed)(void *ctx, const struct sim_going *going);
    /* And at the end of the tape, before it goes on by default. */
    void (*ended)(void *ctx, struct sim_stepper *stepper);
    /* And after that. */
    void (*finished)(void *ctx, struct sim_stepper *stepper);
    void *ctx;
};

/** What going a tape came to. */
struct sim_replayed {
    struct sim_violation violation;
    size_t made_count;    /* moves that were made */
    size_t default_count; /* of them, by default */
    size_t missing_count; /* moves of the tape that could not be made */
    char *story;          /* if it was kept; release with fake_memory_free */
};

/** The index among @moves of the one that @wanted is, or @count: it cannot be made. */
size_t sim_tape_find(struct sim_world *world, const struct sim_move *moves, size_t count,
                     const struct sim_tape_move *wanted);
/** What @given (NULL: none) answers to the choice @label, below @count; *@next is the
 * first of its choices that did not come up yet. */
uint64_t sim_tape_answer(const struct sim_tape_move *given, size_t *next, uint64_t count,
                         struct fake_label label);

void sim_way_tape_replay(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                         const struct sim_replay *replay, struct sim_replayed *out);

#endif
