#include "sim/explore/abstract_subject.h"

#include <stdio.h>

struct subject {
    struct sim_abstract state;
    struct sim_abstract_limits limits;
    bool symmetry;
    const char *broken; /* the rule, or NULL */
};

static size_t subject_moves(void *ctx, struct sim_move moves[SIM_MOVE_MAX])
{
    const struct subject *subject = ctx;
    struct sim_abstract_event events[SIM_ABSTRACT_EVENT_MAX];
    size_t count = sim_abstract_events(&subject->state, &subject->limits, events);
    for (size_t i = 0; i < count; i++) {
        moves[i] = (struct sim_move){ .kind = SIM_MOVE_EVENT };
    }
    return count;
}

/* The events of a state always have the same order. */
static void subject_make(void *ctx, const struct sim_move *moves, size_t index)
{
    struct subject *subject = ctx;
    struct sim_abstract_event events[SIM_ABSTRACT_EVENT_MAX];
    (void)moves;
    (void)sim_abstract_events(&subject->state, &subject->limits, events);
    subject->broken = sim_abstract_make(&subject->state, &subject->limits, events[index]);
}

static uint64_t subject_fingerprint(void *ctx)
{
    const struct subject *subject = ctx;
    return sim_abstract_fingerprint(&subject->state, &subject->limits, subject->symmetry);
}

/* It lies outside of the region: a state has only the rule's name. */
static const struct sim_violation *subject_violation(const void *ctx)
{
    static _Thread_local struct sim_violation violation;
    const struct subject *subject = ctx;
    if (subject->broken == NULL) {
        return NULL;
    }
    violation = (struct sim_violation){ .invariant = "abstract" };
    (void)snprintf(violation.message, sizeof(violation.message), "%s", subject->broken);
    return &violation;
}

/* From a state in which nothing can happen any more, or, by the first event of each
 * state, from any other. */
static void subject_finish(void *ctx)
{
    struct subject *subject = ctx;
    struct sim_abstract_event events[SIM_ABSTRACT_EVENT_MAX];
    while (subject->broken == NULL &&
           sim_abstract_events(&subject->state, &subject->limits, events) > 0) {
        subject->broken = sim_abstract_make(&subject->state, &subject->limits, events[0]);
    }
    if (subject->broken == NULL) {
        subject->broken = sim_abstract_end(&subject->state);
    }
}

void sim_abstract_open(struct sim_stepper *stepper, const struct sim_abstract_limits *limits,
                       bool symmetry)
{
    static const struct sim_subject abstract = {
        .moves = subject_moves,
        .make = subject_make,
        .fingerprint = subject_fingerprint,
        .violation = subject_violation,
        .finish = subject_finish,
    };
    struct subject *subject = sim_stepper_open_subject(stepper, &abstract, sizeof(*subject));
    *subject = (struct subject){ .limits = *limits, .symmetry = symmetry };
}

const struct sim_abstract *sim_abstract_state(const struct sim_stepper *stepper)
{
    const struct subject *subject = stepper->subject_ctx;
    return &subject->state;
}
