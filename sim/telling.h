/**
 * The story of a run that broke its process: the run is made again in a child, which
 * hands back each line of the story as it is said, so that all of them are safe when
 * it dies, too.
 *
 * Ownership: sim_telling_begin's @telling is released by sim_telling_end.
 * Threading: one thread.
 * Errors:    none, but that a child cannot be made.
 */
#ifndef SIM_TELLING_H
#define SIM_TELLING_H

#include "sim/child.h"
#include "sim/runner.h"
#include "sim/trace.h"

/** Which run broke, as its worker left it. */
struct sim_broken {
    const struct sim_runner *runner;
    const struct sim_scenario *scenario;
    uint64_t seed;
    unsigned char fill;
    uint64_t limit_ns;             /* CPU time of one run */
    struct report_scenario so_far; /* numbers only */
    char *words;                   /* why; taken */
};

struct sim_telling {
    struct sim_broken broken;
    struct sim_trace trace;
    bool ended; /* the run came to its end this time */
};

/** False, with errno, if there can be no child; the telling has begun all the same. */
bool sim_telling_begin(struct sim_telling *telling, const struct sim_broken *broken,
                       struct sim_child *child);

/** Take what @child has handed back so far. False if it makes no sense. */
bool sim_telling_hear(struct sim_telling *telling, struct sim_child *child);

/** What came of it, whether @child has been heard to its end or not (NULL: there was
 * none). @out is filled with strings of its own. */
void sim_telling_end(struct sim_telling *telling, const struct sim_child *child,
                     struct report_scenario *out);

#endif
