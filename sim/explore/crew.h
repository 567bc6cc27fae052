/**
 * A crew: the worker processes of a search. What they have to tell each other lies on a
 * board in memory that all of them see; a worker's world lies in its own copy of the
 * stepper's region, at the same address in all of them, so that a saved state is good in
 * each. A worker that breaks (a failed assert, a bad address, a step without an end) is a
 * violation like any other: the way that it was going lies on the board.
 *
 * Ownership: a crew lives as long as sim_crew_search; what a body has of it is borrowed.
 * Threading: one thread in each process; the workers are forked from it.
 * Errors:    none; where there can be no process, or none is asked for, this one works.
 */
#ifndef SIM_EXPLORE_CREW_H
#define SIM_EXPLORE_CREW_H

#include <stdatomic.h>

#include "sim/explore/search.h"
#include "sim/explore/table.h"

#define SIM_WAY_MAX ((size_t)1 << 20) /* moves from the beginning to a state */

/** Why a search ended before its end. */
enum sim_crew_stop {
    SIM_CREW_GOES_ON,
    SIM_CREW_LIMIT,   /* of transitions, schedules or time */
    SIM_CREW_STOPPED, /* by whoever asked for it */
    SIM_CREW_FULL,    /* there is no memory for more */
    SIM_CREW_ASTRAY,  /* what it was to go on from is none of this scenario's */
    SIM_CREW_CROWDED, /* a move has more choices than there is room for */
    SIM_CREW_FAILED   /* something is wrong */
};

/** What a worker counted. */
struct sim_counts {
    uint64_t state_count;
    uint64_t transition_count;
    uint64_t end_count;
    uint64_t completed_count;
    uint64_t walk_count;
    uint64_t recalled_count;
    uint64_t depth_max;
    uint64_t saved_bytes;
    uint64_t saved_count;
};

/** A worker as the others see it. */
struct sim_worker {
    _Atomic uint64_t done_count;  /* transitions or schedules, against the limit */
    volatile uint64_t run_number; /* of the move that is being made, for the watchdog */
    volatile bool done;           /* with all: how its process ends is nothing to the search */
    volatile bool finishing;      /* it goes by default to the end */
    volatile size_t way_count;
    struct sim_counts counts;
    volatile uint64_t number;   /* of those that are shared out: what it is at */
    volatile bool has_left;     /* it has said what is left: */
    uint16_t left[SIM_WAY_MAX]; /* of the states on its way (frontier.h) */
    struct sim_alternative way[SIM_WAY_MAX];
};

struct sim_board {
    atomic_int stop;          /* enum sim_crew_stop */
    atomic_uint worker_count; /* 0: not all of them are there */
    atomic_int told;          /* a violation is on the board, or is being put there */
    struct sim_violation violation;
    unsigned failed_worker;
    char crowded[SIM_MOVE_NAME_SIZE]; /* the choice that is one too many */
    bool broke;                       /* it did, instead of finding something wrong */
    _Atomic uint64_t next;            /* for bodies that share out numbers */
    struct sim_worker workers[];
};

/** A process's view of it. */
struct sim_crew {
    struct sim_board *board;
    size_t board_size;
    unsigned worker_count;
    unsigned index; /* of the worker that this process is */
    struct sim_worker *self;
    struct sim_counts *counts; /* its own, on the board */
    struct sim_stepper *stepper;
    struct sim_watch watch;
    uint64_t others_done; /* as seen last */
    uint64_t look_count;
    void *arg;
};

/** What a crew is to do. */
struct sim_crew_task {
    void (*body)(struct sim_crew *crew);        /* what each worker does */
    void (*ended)(const struct sim_crew *crew); /* all have ended; NULL: nothing */
    void *arg;
};

/** Let @limits->job_count workers (0: this process alone) do @task, beginning in the
 * stepper's first state; @out gets what they counted and what was wrong. Returns why it
 * ended. */
enum sim_crew_stop sim_crew_search(struct sim_stepper *stepper, const struct sim_limits *limits,
                                   const struct sim_crew_task *task, struct sim_searched *out);

/* --- in a worker ------------------------------------------------------------------- */

/** Whether it is time to stop; to be asked again and again, or the watchdog ends the worker. */
bool sim_crew_is_over(struct sim_crew *crew);
/** Let all of them stop. */
void sim_crew_stop(struct sim_crew *crew, enum sim_crew_stop why);
/** Count one more against the limit. */
void sim_crew_did(struct sim_crew *crew);

/** Make the last alternative of the worker's way, one of @moves. */
void sim_crew_make(struct sim_crew *crew, const struct sim_move *moves);
/** Go on by default to the end. */
void sim_crew_finish(struct sim_crew *crew);
/** Likewise, as far as that is not known from before. */
void sim_crew_complete(struct sim_crew *crew);
/** Whether something is wrong: then it is put on the board, with the worker's way, and all
 * of them stop. */
bool sim_crew_is_wrong(struct sim_crew *crew, bool finished);

#endif
