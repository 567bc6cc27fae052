/**
 * The searches: depth first, through all states; breadth first, for the shortest way
 * to a violation; and random walks.
 *
 * Errors: none; aborts without memory.
 */
#ifndef SIM_EXPLORE_SEARCH_H
#define SIM_EXPLORE_SEARCH_H

#include "sim/explore/limits.h"
#include "sim/explore/stepper.h"

/** A way through states: what was done in each. */
struct sim_way {
    struct sim_alternative *at;
    size_t count;
    size_t capacity;
    bool finished; /* then it went on by default to the end */
    bool broke;    /* what was done last did not come back */
};

void sim_way_release(struct sim_way *way);

/** Of the states in which something can happen, one in so many is gone from by default
 * to the end, to see that it has one (L1). */
#define SIM_COMPLETION_SAMPLE 64 /* unless told */

static inline bool sim_is_completed(const struct sim_limits *limits, uint64_t fingerprint)
{
    uint64_t sample = limits->completion > 0 ? limits->completion : SIM_COMPLETION_SAMPLE;
    return fingerprint % sample == 0;
}

struct sim_searched {
    uint64_t state_count;
    uint64_t transition_count;
    uint64_t end_count;       /* states in which nothing can happen any more */
    uint64_t completed_count; /* states from which the way by default was gone to the end */
    uint64_t depth_max;
    uint64_t saved_bytes; /* of all states that were saved, each once */
    uint64_t saved_count;
    uint64_t walk_count;              /* random: how many */
    uint64_t next_walk;               /* random: all schedules before that one were gone */
    uint64_t recalled_count;          /* random: transitions that were known, and not made again */
    uint64_t estimate;                /* random: of how many states there are */
    bool complete;                    /* every state was seen */
    bool full;                        /* it ended for want of memory */
    bool stopped;                     /* it was told to stop */
    char crowded[SIM_MOVE_NAME_SIZE]; /* it ended at a choice that is one too many; "": no */
    bool astray;                      /* what it was to go on from does not fit */
    struct sim_violation violation;   /* invariant "": none */
    struct sim_way way;               /* to it */
};

void sim_searched_release(struct sim_searched *searched);

void sim_search_depth(struct sim_stepper *stepper, const struct sim_limits *limits,
                      struct sim_searched *out);

/** Until the first violation; @out's way is then the shortest. */
void sim_search_breadth(struct sim_stepper *stepper, const struct sim_limits *limits,
                        struct sim_searched *out);

/** Random walks, drawn from @seed; @limits->transition_max limits their number. */
void sim_search_random(struct sim_stepper *stepper, const struct sim_limits *limits, uint64_t seed,
                       struct sim_searched *out);

#endif
