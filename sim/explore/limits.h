/**
 * How far a search goes.
 */
#ifndef SIM_EXPLORE_LIMITS_H
#define SIM_EXPLORE_LIMITS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_frontier;

struct sim_limits {
    uint64_t transition_max;           /* 0: none */
    uint64_t wall_ns;                  /* 0: none */
    size_t byte_max;                   /* of memory, for states and what is to be done */
    const volatile sig_atomic_t *stop; /* nonzero: break off; NULL: never */
    unsigned job_count;                /* worker processes; 0: this one does the work */
    uint64_t move_ns;                  /* CPU time that a worker's move may take; 0: 10 s */

    uint64_t completion;             /* of the states one in so many is gone from to the end;
                                        0: as usual */
    uint64_t first_walk;             /* random: the number of the first schedule */
    const struct sim_frontier *from; /* depth first: go on from there; NULL: begin */
    struct sim_frontier *left;       /* depth first: what is left if it is broken off, to be
                                        released; NULL: that is not wanted */

    /* Depth first, in this process: told of each new state, in which the world is; NULL: nobody is.
     */
    void (*reached)(void *ctx);
    void *reached_ctx;
};

/** A look at the limits while a search is going on. */
struct sim_watch {
    struct sim_limits limits;
    uint64_t end_ns; /* wall time; 0: none */
    uint64_t look_count;
};

void sim_watch_begin(struct sim_watch *watch, const struct sim_limits *limits);
/** Whether a limit is reached, but for memory. Looks at the clock now and then. */
bool sim_watch_is_over(struct sim_watch *watch, uint64_t transition_count);

#endif
