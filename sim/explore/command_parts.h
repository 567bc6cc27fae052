/**
 * The parts of the commands that explore, and what they share: command.c reads the
 * arguments, explore_command.c searches, replay_command.c goes tapes, shrink_command.c
 * makes them small.
 */
#ifndef SIM_EXPLORE_COMMAND_PARTS_H
#define SIM_EXPLORE_COMMAND_PARTS_H

#include <stdio.h>

#include "sim/command.h"
#include "sim/explore/explore_options.h"
#include "sim/explore/tape.h"

/** One command on its way. */
struct sim_exploring {
    struct sim_explore_options options;
    struct sim_limits limits;
    const char *program; /* as it was called, to be called again */
    FILE *out;
    FILE *err;
    enum sim_exit worst;
    uint64_t transition_count;
    uint64_t saved_bytes; /* of all states that were saved */
    uint64_t saved_count;
    uint64_t walk_count;
    uint64_t search_ns;
};

void sim_exploring_worsen(struct sim_exploring *exploring, enum sim_exit exit_code);
/** Print a line that can be pasted: @verb with the file @path, then @more as it is, or "". */
void sim_exploring_command(struct sim_exploring *exploring, const char *verb, const char *path,
                           const char *more);
/** NULL, and it was said why. Release with sim_scenario_destroy. */
struct sim_scenario *sim_exploring_read(struct sim_exploring *exploring, const char *path);

/** `explore`. */
void sim_explore_paths(struct sim_exploring *exploring);

/** `explore --strategy faults`, of one scenario. */
void sim_explore_faults(struct sim_exploring *exploring, const struct sim_scenario *scenario);

/** `replay`, of @tape, which lies at @path. */
void sim_replay_tape(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                     const struct sim_way_tape *tape, const char *path);

/** `shrink`, likewise. */
void sim_shrink_tape(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                     const struct sim_way_tape *tape, const char *path);

/** Tell the story of @tape. */
void sim_tape_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape);
void sim_tape_save(struct sim_exploring *exploring, const char *path,
                   const struct sim_way_tape *tape);

/** Shrink @tape's way through @scenario, say how small it became, tell the story, and write
 * the smallest tape to @path and, if asked to, the scenario. */
void sim_shrink_and_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                         const struct sim_way_tape *tape, const char *path);

/* crosscheck_command.c */
void sim_crosscheck_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario);

#endif
