/**
 * The arguments of `drydock explore`, `replay` and `shrink`, read.
 *
 * Errors: false, and `message` says in one line what was wrong and what is valid.
 */
#ifndef SIM_EXPLORE_EXPLORE_OPTIONS_H
#define SIM_EXPLORE_EXPLORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/explore/faults.h"
#include "sim/option_values.h"

enum sim_strategy {
    SIM_STRATEGY_AUTO, /* exhaustive; random where that does not come to its end */
    SIM_STRATEGY_EXHAUSTIVE,
    SIM_STRATEGY_RANDOM,
    SIM_STRATEGY_FAULTS /* every engine call fails once, in every way */
};

struct sim_explore_options {
    enum sim_strategy strategy;
    uint64_t budget_ns;    /* 0: none */
    uint64_t budget_count; /* transitions, or walks; 0: none */
    uint64_t seed;
    bool has_seed;  /* it was given */
    bool has_fault; /* faults: just this one, told as a story */
    struct sim_failing fault;
    uint64_t memory_bytes;
    unsigned job_count;  /* worker processes */
    uint64_t until;      /* replay: stop after so many moves; 0: all */
    uint64_t break_at;   /* replay: stop for a debugger before this move; 0: never */
    const char *around;  /* replay: only moves near those whose names have this; NULL: all */
    uint64_t completion; /* 0: as usual */
    bool no_symmetry;
    bool no_shrink; /* a failure's tape is the way as it was found */
    bool audit;
    bool crosscheck;
    const char *scenario; /* shrink: where to write it; NULL: nowhere */
    const char *frontier; /* where to write what is left; NULL: NAME.frontier, if interrupted */
    uint64_t first;       /* of random schedules */
    const char *resume;   /* what to go on from; NULL: begin */
    const char *tape;     /* where to write it; NULL: beside where we are */
    char **paths;         /* in the arguments */
    int path_count;
    char message[SIM_OPTION_MESSAGE_SIZE];
};

bool sim_explore_options_read(struct sim_explore_options *options, int argc, char **argv);

#endif
