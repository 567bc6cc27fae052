/**
 * Tapes of explorations: a way through a scenario in words, one line each, so that it
 * can be read, edited, replayed and shrunk, and survives changes of the code where it
 * can.
 *
 *     drydock tape 1
 *     scenario scenarios/explore/coord-4-2.json
 *     move step 0.1
 *     move inspect-executed app:1 #2       (the second of two that are called so)
 *     choose fault app:1 1
 *     finish
 *
 * `choose` is the answer to a choice that came up in the move before it; choices that
 * are not there are answered 0. `finish`: from there it went on by default.
 *
 * Ownership: a tape owns its texts; release with sim_way_tape_release.
 */
#ifndef SIM_EXPLORE_TAPE_H
#define SIM_EXPLORE_TAPE_H

#include <stdio.h>

#include "sim/explore/search.h"

struct sim_tape_choice {
    char *label; /* "fault app:1" */
    uint64_t answer;
};

struct sim_tape_move {
    char *name;
    unsigned nth; /* of those that are called so; from 1 */
    struct sim_tape_choice choices[SIM_ANSWER_MAX];
    size_t choice_count;
    bool left_out; /* by a shrinker */
};

struct sim_way_tape {
    char *path; /* of the scenario */
    struct sim_tape_move *moves;
    size_t count;
    size_t capacity;
    bool finished;
};

void sim_way_tape_release(struct sim_way_tape *tape);

/** Write down @way of @scenario by going it once more. */
void sim_way_tape_record(const struct sim_scenario *scenario, const struct sim_way *way,
                         struct sim_way_tape *out);

void sim_way_tape_write(const struct sim_way_tape *tape, FILE *out);

/** Errors: false, and @message says what is wrong and in which line. */
bool sim_way_tape_read(const char *path, struct sim_way_tape *out, char message[512]);

/** What going a tape came to. */
struct sim_replayed {
    struct sim_violation violation;
    size_t made_count;    /* moves that were made */
    size_t missing_count; /* moves of the tape that could not be made when they came */
    size_t first_missing; /* the first of them */
    char *story;          /* if it was kept */
};

struct sim_replay {
    bool keep;    /* the trace, for a story */
    bool finish;  /* go on by default, whatever the tape says */
    size_t until; /* stop after so many moves; 0: all */
    /* Told before each move; NULL: nobody is. */
    void (*before)(void *ctx, size_t index, const char *name, struct sim_world *world);
    void *ctx;
};

/** Go @tape's way through @scenario. What cannot be done when it comes is left out. */
void sim_way_tape_replay(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                         const struct sim_replay *replay, struct sim_replayed *out);

/** Leave out of @tape what its violation of @invariant does not need, until nothing
 * more can be left out alone; returns how many replays that took. */
size_t sim_way_tape_shrink(const struct sim_scenario *scenario, struct sim_way_tape *tape,
                           const char *invariant);

#endif
