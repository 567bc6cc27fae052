/**
 * A world that can be stepped, saved and restored: what all searches are made of. In
 * its place another *subject* can be searched (the abstract coordinator of abstract.h).
 *
 * One *alternative* is a move and the answers to the choices that came up in it. The
 * alternatives of a state are gone through by making one, which finds out about its
 * choices, and asking for the next; between two of them the state is restored.
 *
 * Ownership: a stepper owns its world, which lies in the stepper's region of memory,
 *            and everything else outside of it. The scenario outlives it.
 * Threading: one thread at a time; while a stepper is open, the thread's fakes take
 *            their memory from its region only inside the functions below.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_STEPPER_H
#define SIM_EXPLORE_STEPPER_H

#include "sim/explore/fingerprint.h"
#include "sim/explore/moves.h"
#include "sim/explore/snapshot.h"

#define SIM_ANSWER_MAX 12 /* choices within one move */

struct sim_alternative {
    uint16_t move; /* index among the state's moves */
    uint8_t answer_count;
    uint8_t counts[SIM_ANSWER_MAX]; /* how many answers there were */
    uint8_t answers[SIM_ANSWER_MAX];
};

/* The choices of the move that is being made. */
struct sim_answers {
    struct fake_chooser chooser;
    struct sim_alternative *alternative; /* NULL: always the first answer */
    uint8_t given;                       /* answers that are set already */
    uint8_t asked;
    char crowded[SIM_MOVE_NAME_SIZE]; /* the choice that there was no room for; "": none */
    /* Told of each choice and its answer; NULL: nobody is. */
    void (*chosen)(void *ctx, struct fake_label label, uint64_t count, uint64_t answer);
    /* Asked instead; NULL: nobody is. */
    uint64_t (*choose)(void *ctx, uint64_t count, struct fake_label label);
    void *ctx;
};

/** There is no room for this choice, and it is not gone through: whoever makes the move
 * finds its name. */
void sim_answers_crowd(struct sim_answers *answers, struct fake_label label);

/** What is searched in a world's place. Its state lies in the stepper's region. */
struct sim_subject {
    size_t (*moves)(void *ctx, struct sim_move moves[SIM_MOVE_MAX]);
    void (*make)(void *ctx, const struct sim_move *moves, size_t index);
    uint64_t (*fingerprint)(void *ctx);
    const struct sim_violation *(*violation)(const void *ctx);
    void (*finish)(void *ctx);
};

struct sim_stepper {
    const struct sim_scenario *scenario;
    struct sim_region region;
    struct sim_answers answers;
    struct sim_world *world;
    struct sim_fingerprinter *printer;
    const struct sim_subject *subject; /* NULL: the world */
    void *subject_ctx;
    struct sim_map completed; /* fingerprints of states from which it was gone to the end */
};

struct sim_stepper_options {
    bool symmetry;
    bool keep; /* the trace, for a story */
    unsigned char fill;
};

/** A world at its beginning: the coordinator is open, and nothing else has happened. */
void sim_stepper_open(struct sim_stepper *stepper, const struct sim_scenario *scenario,
                      const struct sim_stepper_options *options);
/** @subject instead, with a state of @size bytes, all 0: its ctx, which is returned. */
void *sim_stepper_open_subject(struct sim_stepper *stepper, const struct sim_subject *subject,
                               size_t size);
void sim_stepper_close(struct sim_stepper *stepper);

size_t sim_stepper_moves(struct sim_stepper *stepper, struct sim_move moves[SIM_MOVE_MAX]);

/** Make @alternative's move, one of @moves: answers that it has are given, others are
 * the first, and written down in it. */
void sim_stepper_make(struct sim_stepper *stepper, const struct sim_move *moves,
                      struct sim_alternative *alternative);

/** The alternative after @alternative, which was made, of a state with @move_count
 * moves. False: that was the last. */
bool sim_alternative_next(struct sim_alternative *alternative, size_t move_count);

/** Go on by default to the end and look at that (sim_world_finish). */
void sim_stepper_finish(struct sim_stepper *stepper);
/** Likewise, but not from a state, by its fingerprint, from which that was done before. */
void sim_stepper_complete(struct sim_stepper *stepper);

/** In a new state: compare all that the coordinator says with the plain model (S9). */
void sim_stepper_look(struct sim_stepper *stepper);

uint64_t sim_stepper_fingerprint(struct sim_stepper *stepper);
const struct sim_violation *sim_stepper_violation(const struct sim_stepper *stepper);

#endif
