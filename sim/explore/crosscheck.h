/**
 * The coordinator's states held against the abstract coordinator's: each state of an
 * exploration of coord-N-R must look (projection.h) like one that the abstract one can
 * be in, or be one of the few that are known to be finer than it has words for.
 *
 * Errors: none; aborts without memory.
 */
#ifndef SIM_EXPLORE_CROSSCHECK_H
#define SIM_EXPLORE_CROSSCHECK_H

#include "sim/explore/abstract.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"

/** Why a state of the coordinator looks like none of the abstract one's. */
enum sim_finer {
    SIM_FINER_NONE,        /* it does not: it looks like one of them */
    SIM_FINER_LOOKS_AGAIN, /* a failed pull's waiter inspects once more */
    SIM_FINER_LOOKS_UP,    /* a pull's image is there, and was found by somebody else
                              before the pull itself has looked it up */
    SIM_FINER_FOUND_AGAIN, /* at its second look, a failed pull's waiter found what
                              another pull had brought: nobody was told the failure */
    SIM_FINER_UNKNOWN,     /* none of these: a finding */
    SIM_FINER_COUNT
};

struct sim_crosschecked {
    uint64_t abstract_count;             /* states of the abstract coordinator */
    uint64_t looks_count;                /* of them that a world looks like */
    uint64_t state_count;                /* of the coordinator's */
    uint64_t by_reason[SIM_FINER_COUNT]; /* of these */
    struct sim_abstract unknown;         /* the first of SIM_FINER_UNKNOWN */
};

struct sim_crosscheck;

/** Explore the abstract coordinator of @limits, whole. */
struct sim_crosscheck *sim_crosscheck_create(const struct sim_abstract_limits *limits,
                                             bool symmetry, size_t byte_max);
void sim_crosscheck_destroy(struct sim_crosscheck *check);

/** Hold the state in which @world is against it. */
void sim_crosscheck_look(struct sim_crosscheck *check, const struct sim_world *world);

const struct sim_crosschecked *sim_crosschecked(const struct sim_crosscheck *check);

/** "a failed pull's waiter inspects once more". Static storage. */
const char *sim_finer_text(enum sim_finer reason);

#endif
