/**
 * The abstract coordinator: N callers, one image, R rounds, as a transition system so
 * small that it can be counted by other means. A caller pulls and releases; callers
 * that come while the image is not there wait for one pull, which succeeds or 404s;
 * the last release arms a removal, which the next caller calls off, or which succeeds
 * or is refused with 409; at most F of these faults. It is explored by the same
 * searches as the world, which says that they miss nothing, and the world's states are
 * held against its own (projection.h).
 *
 * Ownership: plain values.
 * Errors:    none; what must not be is a broken rule, which says what it is.
 */
#ifndef SIM_EXPLORE_ABSTRACT_H
#define SIM_EXPLORE_ABSTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_ABSTRACT_CALLER_MAX 16

enum sim_abstract_image {
    SIM_ABSTRACT_ABSENT,
    SIM_ABSTRACT_PULLING,
    SIM_ABSTRACT_PRESENT,
    SIM_ABSTRACT_DELETING
};

enum sim_abstract_place { SIM_ABSTRACT_IDLE, SIM_ABSTRACT_WAITING, SIM_ABSTRACT_HOLDING };

struct sim_abstract_caller {
    uint8_t place;
    uint8_t rounds; /* that are over */
};

struct sim_abstract {
    uint8_t image;
    uint8_t lease_count;
    uint8_t waiter_count;
    uint8_t timer; /* 1: the removal is armed */
    uint8_t pull_count;
    uint8_t fault_count;
    struct sim_abstract_caller callers[SIM_ABSTRACT_CALLER_MAX];
};

struct sim_abstract_limits {
    uint8_t callers; /* at most SIM_ABSTRACT_CALLER_MAX */
    uint8_t rounds;
    uint8_t faults;
};

enum sim_abstract_kind {
    SIM_ABSTRACT_PULL,    /* a caller asks */
    SIM_ABSTRACT_RELEASE, /* a caller gives back */
    SIM_ABSTRACT_PULLED,
    SIM_ABSTRACT_PULL_FAILED,
    SIM_ABSTRACT_DELAY_OVER,
    SIM_ABSTRACT_DELETED,
    SIM_ABSTRACT_DELETE_REFUSED
};

struct sim_abstract_event {
    uint8_t kind;
    uint8_t caller; /* of a PULL or a RELEASE */
};

#define SIM_ABSTRACT_EVENT_MAX (2 * SIM_ABSTRACT_CALLER_MAX + 5)

/** What can happen in @state; returns how many events. */
size_t sim_abstract_events(const struct sim_abstract *state,
                           const struct sim_abstract_limits *limits,
                           struct sim_abstract_event out[SIM_ABSTRACT_EVENT_MAX]);

/** Let @event happen. The rule that it breaks, or NULL. */
const char *sim_abstract_make(struct sim_abstract *state, const struct sim_abstract_limits *limits,
                              struct sim_abstract_event event);

/** Where nothing can happen any more: the rule that is broken, or NULL. */
const char *sim_abstract_end(const struct sim_abstract *state);

/** One number for each state, or, with @symmetry, for all that differ in who is who
 * only; never 0. */
uint64_t sim_abstract_fingerprint(const struct sim_abstract *state,
                                  const struct sim_abstract_limits *limits, bool symmetry);

#endif
