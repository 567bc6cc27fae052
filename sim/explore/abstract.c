#include "sim/explore/abstract.h"

#include "sim/hash.h"

/* --- what can happen ------------------------------------------------------------- */

struct events {
    struct sim_abstract_event *at;
    size_t count;
};

static void add(struct events *events, enum sim_abstract_kind kind, size_t caller)
{
    events->at[events->count++] =
        (struct sim_abstract_event){ .kind = (uint8_t)kind, .caller = (uint8_t)caller };
}

static void add_engine(struct events *events, const struct sim_abstract *state, bool may_fail)
{
    if (state->image == SIM_ABSTRACT_PULLING) {
        add(events, SIM_ABSTRACT_PULLED, 0);
        if (may_fail) {
            add(events, SIM_ABSTRACT_PULL_FAILED, 0);
        }
    }
    if (state->image == SIM_ABSTRACT_PRESENT && state->timer != 0) {
        add(events, SIM_ABSTRACT_DELAY_OVER, 0);
    }
    if (state->image == SIM_ABSTRACT_DELETING) {
        add(events, SIM_ABSTRACT_DELETED, 0);
        if (may_fail) {
            add(events, SIM_ABSTRACT_DELETE_REFUSED, 0);
        }
    }
}

size_t sim_abstract_events(const struct sim_abstract *state,
                           const struct sim_abstract_limits *limits,
                           struct sim_abstract_event out[SIM_ABSTRACT_EVENT_MAX])
{
    struct events events = { .at = out };
    for (size_t i = 0; i < limits->callers; i++) {
        const struct sim_abstract_caller *caller = &state->callers[i];
        if (caller->place == SIM_ABSTRACT_IDLE && caller->rounds < limits->rounds) {
            add(&events, SIM_ABSTRACT_PULL, i);
        } else if (caller->place == SIM_ABSTRACT_HOLDING) {
            add(&events, SIM_ABSTRACT_RELEASE, i);
        }
    }
    add_engine(&events, state, state->fault_count < limits->faults);
    return events.count;
}

/* --- and what it does ---------------------------------------------------------------- */

static const char *begin_pull(struct sim_abstract *state)
{
    if (state->pull_count != 0) {
        return "two pulls are in flight together";
    }
    state->image = SIM_ABSTRACT_PULLING;
    state->pull_count++;
    return NULL;
}

static const char *pull(struct sim_abstract *state, struct sim_abstract_caller *caller)
{
    if (state->image == SIM_ABSTRACT_PRESENT) {
        state->timer = 0;
        state->lease_count++;
        caller->place = SIM_ABSTRACT_HOLDING;
        return NULL;
    }
    state->waiter_count++;
    caller->place = SIM_ABSTRACT_WAITING;
    return state->image == SIM_ABSTRACT_ABSENT ? begin_pull(state) : NULL;
}

static void arm_if_unused(struct sim_abstract *state)
{
    if (state->lease_count == 0) {
        state->timer = 1;
    }
}

static void release(struct sim_abstract *state, struct sim_abstract_caller *caller)
{
    caller->place = SIM_ABSTRACT_IDLE;
    caller->rounds++;
    state->lease_count--;
    arm_if_unused(state);
}

/* Every waiter's turn is over: with a lease, or with nothing. */
static void answer_waiters(struct sim_abstract *state, const struct sim_abstract_limits *limits,
                           bool granted)
{
    for (size_t i = 0; i < limits->callers; i++) {
        struct sim_abstract_caller *caller = &state->callers[i];
        if (caller->place == SIM_ABSTRACT_WAITING) {
            caller->place = granted ? SIM_ABSTRACT_HOLDING : SIM_ABSTRACT_IDLE;
            caller->rounds = (uint8_t)(caller->rounds + (granted ? 0 : 1));
            state->lease_count = (uint8_t)(state->lease_count + (granted ? 1 : 0));
            state->waiter_count--;
        }
    }
}

static const char *begin_removal(struct sim_abstract *state)
{
    state->timer = 0;
    state->image = SIM_ABSTRACT_DELETING;
    return state->lease_count != 0 ? "an image with a lease is removed" : NULL;
}

const char *sim_abstract_make(struct sim_abstract *state, const struct sim_abstract_limits *limits,
                              struct sim_abstract_event event)
{
    struct sim_abstract_caller *caller = &state->callers[event.caller];
    switch ((enum sim_abstract_kind)event.kind) {
    case SIM_ABSTRACT_PULL:
        return pull(state, caller);
    case SIM_ABSTRACT_RELEASE:
        release(state, caller);
        return NULL;
    case SIM_ABSTRACT_PULLED:
    case SIM_ABSTRACT_PULL_FAILED:
        state->pull_count--;
        if (event.kind == SIM_ABSTRACT_PULL_FAILED) {
            state->fault_count++;
            state->image = SIM_ABSTRACT_ABSENT;
        } else {
            state->image = SIM_ABSTRACT_PRESENT;
        }
        answer_waiters(state, limits, event.kind == SIM_ABSTRACT_PULLED);
        return NULL;
    case SIM_ABSTRACT_DELAY_OVER:
        return begin_removal(state);
    case SIM_ABSTRACT_DELETED:
        state->image = SIM_ABSTRACT_ABSENT;
        return state->waiter_count > 0 ? begin_pull(state) : NULL;
    case SIM_ABSTRACT_DELETE_REFUSED:
        state->fault_count++;
        state->image = SIM_ABSTRACT_PRESENT;
        answer_waiters(state, limits, true);
        arm_if_unused(state);
        return NULL;
    }
    return NULL;
}

const char *sim_abstract_end(const struct sim_abstract *state)
{
    bool owed = state->lease_count != 0 || state->waiter_count != 0 || state->pull_count != 0;
    return owed ? "something is owed at the end" : NULL;
}

/* --- telling states apart --------------------------------------------------------------- */

uint64_t sim_abstract_fingerprint(const struct sim_abstract *state,
                                  const struct sim_abstract_limits *limits, bool symmetry)
{
    uint64_t hash = SIM_HASH_START;
    uint64_t callers = 0;
    hash = sim_hash_number(hash, state->image);
    hash = sim_hash_number(hash, state->lease_count);
    hash = sim_hash_number(hash, state->waiter_count);
    hash = sim_hash_number(hash, state->timer);
    hash = sim_hash_number(hash, state->pull_count);
    hash = sim_hash_number(hash, state->fault_count);
    for (size_t i = 0; i < limits->callers; i++) {
        uint64_t word = (uint64_t)state->callers[i].place << 8 | state->callers[i].rounds;
        word = sim_hash_number(sim_hash_number(SIM_HASH_START, symmetry ? 0 : i + 1), word);
        callers += sim_hash_finish(word);
    }
    hash = sim_hash_finish(sim_hash_number(hash, callers));
    return hash != 0 ? hash : 1;
}
