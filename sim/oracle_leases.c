/* Operations and leases: S2, S4, S5. Part of the oracle (oracle_state.h). */
#include <assert.h>
#include <stdlib.h>

#include "sim/array.h"
#include "sim/oracle_state.h"

/* --- holds ------------------------------------------------------------------------- */

static bool hold_counts(const struct oracle_hold *hold)
{
    return hold->told || hold->untold > 0;
}

static struct oracle_hold *hold_find(const struct sim_oracle *oracle, uint32_t image,
                                     uint32_t caller)
{
    uint32_t index = sim_map_find(&oracle->holds, oracle_key(image, caller));
    return index == SIM_NONE ? NULL : &oracle->hold_at[index];
}

static struct oracle_hold *hold_of(struct sim_oracle *oracle, uint32_t image, uint32_t caller)
{
    struct oracle_hold *found = hold_find(oracle, image, caller);
    if (found != NULL) {
        return found;
    }
    oracle->hold_at = sim_array_grow(oracle->hold_at, &oracle->hold_capacity,
                                     oracle->hold_count + 1, sizeof(*oracle->hold_at));
    uint32_t index = (uint32_t)oracle->hold_count++;
    oracle->hold_at[index] = (struct oracle_hold){ .image = image,
                                                   .caller = caller,
                                                   .next = oracle->caller_at[caller].holds };
    oracle->caller_at[caller].holds = index;
    sim_map_put(&oracle->holds, oracle_key(image, caller), index);
    return &oracle->hold_at[index];
}

/* @counted is whether it counted before it changed. */
static void hold_changed(struct sim_oracle *oracle, struct oracle_hold *hold, bool counted)
{
    struct oracle_image *image = &oracle->image_at[hold->image];
    if (hold_counts(hold) == counted) {
        return;
    }
    if (!counted) {
        image->held_count++;
        oracle->lease_count++;
        return;
    }
    assert(image->held_count > 0 && oracle->lease_count > 0);
    oracle->lease_count--;
    if (--image->held_count == 0) {
        image->released = true;
        image->released_ns = oracle->now_ns;
    }
}

static void hold_give_up(struct sim_oracle *oracle, struct oracle_hold *hold)
{
    bool counted = hold_counts(hold);
    hold->told = false;
    hold->untold = 0;
    hold_changed(oracle, hold, counted);
}

const char *oracle_holder_text(const struct sim_oracle *oracle, uint32_t image)
{
    for (size_t i = 0; i < oracle->hold_count; i++) {
        const struct oracle_hold *hold = &oracle->hold_at[i];
        if (hold->image == image && hold_counts(hold)) {
            return oracle_caller_text(oracle, hold->caller);
        }
    }
    return "";
}

/* --- operations ---------------------------------------------------------------------- */

uint32_t sim_oracle_asking(struct sim_oracle *oracle, const struct sim_asked *asked)
{
    oracle->operation_at =
        sim_array_grow(oracle->operation_at, &oracle->operation_capacity,
                       oracle->operation_count + 1, sizeof(*oracle->operation_at));
    struct oracle_operation *operation = &oracle->operation_at[oracle->operation_count];
    *operation = (struct oracle_operation){
        .caller = oracle_caller_of(oracle, asked->caller),
        .reference = asked->reference != NULL ? oracle_name_of(oracle, asked->reference) : SIM_NONE,
        .policy = asked->policy,
        .secret = asked->secret,
        .asking = true,
        .granted = SIM_NONE,
    };
    if (asked->bindings.count > 0) {
        operation->bindings =
            fake_memory_grow(NULL, asked->bindings.count, sizeof(*operation->bindings));
        for (size_t i = 0; i < asked->bindings.count; i++) {
            operation->bindings[i] = oracle_name_of(oracle, asked->bindings.at[i]);
        }
        operation->binding_count = asked->bindings.count;
    }
    oracle->pending_count++;
    if (operation->reference != SIM_NONE) {
        oracle->name_at[operation->reference].asked_count++;
    }
    return (uint32_t)oracle->operation_count++;
}

static void operation_over(struct sim_oracle *oracle, const struct oracle_operation *operation)
{
    oracle->pending_count--;
    if (operation->reference != SIM_NONE) {
        oracle->name_at[operation->reference].asked_count--;
    }
}

void sim_oracle_asked(struct sim_oracle *oracle, uint32_t index, enum dd_status status,
                      struct dd_operation handle)
{
    struct oracle_operation *operation = &oracle->operation_at[index];
    operation->asking = false;
    if (status != DD_OK) {
        operation->refused = true;
        operation_over(oracle, operation);
        return;
    }
    if (handle.number == 0 || (sim_map_find(&oracle->numbers, handle.number) != SIM_NONE &&
                               sim_map_find(&oracle->numbers, handle.number) != index)) {
        sim_oracle_object(oracle, "S2", "", "%s was given a handle that is not its own",
                          oracle_caller_text(oracle, operation->caller));
        return;
    }
    operation->number = handle.number;
    sim_map_put(&oracle->numbers, handle.number, index);
}

/* The operation that an event is about; while its call has not returned, the
 * coordinator alone knows its number. */
static struct oracle_operation *operation_numbered(struct sim_oracle *oracle, uint64_t number)
{
    uint32_t index = sim_map_find(&oracle->numbers, number);
    if (index == SIM_NONE && number != 0 && oracle->operation_count > 0 &&
        oracle->operation_at[oracle->operation_count - 1].asking) {
        index = (uint32_t)oracle->operation_count - 1;
    }
    return index == SIM_NONE ? NULL : &oracle->operation_at[index];
}

/* What was granted to it and not told counts no more. */
static void operation_ungrant(struct sim_oracle *oracle, struct oracle_operation *operation)
{
    if (operation->granted == SIM_NONE) {
        return;
    }
    struct oracle_hold *hold = hold_find(oracle, operation->granted, operation->caller);
    operation->granted = SIM_NONE;
    if (hold != NULL && hold->untold > 0) {
        bool counted = hold_counts(hold);
        hold->untold--;
        hold_changed(oracle, hold, counted);
    }
}

static void ungrant_all(struct sim_oracle *oracle, uint32_t image, uint32_t caller)
{
    const struct oracle_hold *hold = hold_find(oracle, image, caller);
    for (size_t i = 0; hold != NULL && hold->untold > 0 && i < oracle->operation_count; i++) {
        if (oracle->operation_at[i].caller == caller && oracle->operation_at[i].granted == image) {
            operation_ungrant(oracle, &oracle->operation_at[i]);
        }
    }
}

/* S5: whoever insists on asking the registry is granted only what a pull with its
 * own credentials brought. */
static void check_credentials(struct sim_oracle *oracle, const struct oracle_operation *operation,
                              uint32_t image)
{
    if (operation->reference == SIM_NONE || operation->policy != DD_PULL_ALWAYS) {
        return;
    }
    const struct oracle_name *name = &oracle->name_at[operation->reference];
    if (!name->pulled || name->secret != operation->secret) {
        sim_oracle_object(
            oracle, "S5", oracle_image_text(oracle, image),
            "%s is granted %s by a pull of %s that was %s",
            oracle_caller_text(oracle, operation->caller), oracle_image_text(oracle, image),
            oracle_name_text(oracle, operation->reference),
            name->pulled ? "made with other credentials or for another platform" : "never made");
    }
}

static void saw_grant(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_operation *operation = operation_numbered(oracle, event->operation);
    if (operation == NULL || event->image == NULL) {
        sim_oracle_object(oracle, "S2", "", "something is granted that nobody asked for");
        return;
    }
    uint32_t image = oracle_image_of(oracle, event->image);
    uint32_t caller = operation->caller;
    if (operation->told || operation->refused || operation->granted != SIM_NONE) {
        sim_oracle_object(oracle, "S2", oracle_image_text(oracle, image),
                          "%s is granted %s by an operation that is over",
                          oracle_caller_text(oracle, caller), oracle_image_text(oracle, image));
        return;
    }
    check_credentials(oracle, operation, image);
    operation->granted = image;
    for (size_t i = 0; i < operation->binding_count; i++) {
        oracle_pair_record(oracle, operation->bindings[i], image);
    }
    struct oracle_hold *hold = hold_of(oracle, image, caller);
    bool counted = hold_counts(hold);
    hold->untold++;
    hold_changed(oracle, hold, counted);
    oracle_delete_granted(oracle, image, caller);
}

/* Without a number: whatever that caller was granted on that image. */
static void saw_taken_back(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_operation *operation = operation_numbered(oracle, event->operation);
    if (operation != NULL) {
        operation_ungrant(oracle, operation);
        return;
    }
    if (event->image == NULL || event->caller == NULL) {
        return;
    }
    ungrant_all(oracle, oracle_image_of(oracle, event->image),
                oracle_caller_of(oracle, event->caller));
}

static void saw_success(struct sim_oracle *oracle, const struct dd_event *event)
{
    uint32_t index = oracle_name_of(oracle, event->reference);
    struct oracle_name *name = &oracle->name_at[index];
    name->succeeded = oracle->sequence;
    name->owed_count -= name->owed_count > 0 ? 1 : 0;
    oracle_pull_succeeded(oracle, index);
}

static void saw_settling(struct sim_oracle *oracle, const struct dd_event *event)
{
    struct oracle_name *name = &oracle->name_at[oracle_name_of(oracle, event->reference)];
    name->settling = true;
    name->settling_ns = event->time_ns;
}

void sim_oracle_saw(struct sim_oracle *oracle, const struct dd_event *event)
{
    oracle->sequence++;
    oracle->now_ns = event->time_ns;
    if (event->kind == DD_EVENT_GRANTED) {
        saw_grant(oracle, event);
    } else if (event->kind == DD_EVENT_TAKEN_BACK) {
        saw_taken_back(oracle, event);
    } else if (event->kind == DD_EVENT_PULL_SUCCEEDED && event->reference != NULL) {
        saw_success(oracle, event);
    } else if (event->kind == DD_EVENT_PULL_SETTLED && event->reference != NULL) {
        saw_settling(oracle, event);
    } else if (event->kind == DD_EVENT_LEFT && event->image != NULL) {
        oracle->image_at[oracle_image_of(oracle, event->image)].left = true;
    }
}

/* --- what is told ---------------------------------------------------------------------- */

/* S2. False if nothing more can be said about this telling. */
static bool check_telling(struct sim_oracle *oracle, const struct oracle_operation *operation)
{
    const char *caller = oracle_caller_text(oracle, operation->caller);
    if (operation->asking) {
        sim_oracle_object(oracle, "S2", "", "%s is told inside the call that asked", caller);
    } else if (operation->refused) {
        sim_oracle_object(oracle, "S2", "", "%s is told of an operation that was refused", caller);
    } else if (operation->told) {
        sim_oracle_object(oracle, "S2", "", "%s is told twice of one operation", caller);
    } else if (oracle->closed) {
        sim_oracle_object(oracle, "S2", "", "%s is told after the close was", caller);
    } else {
        return true;
    }
    return false;
}

/* S4 and S5. */
static void check_lease(struct sim_oracle *oracle, struct oracle_operation *operation,
                        const struct dd_lease *lease, bool allowed)
{
    const char *caller = oracle_caller_text(oracle, operation->caller);
    if (lease->image == NULL || lease->number == 0) {
        sim_oracle_object(oracle, "S4", "", "%s is told that all went well, without a lease",
                          caller);
        return;
    }
    uint32_t image = oracle_image_of(oracle, lease->image);
    const char *words = oracle_image_text(oracle, image);
    const struct oracle_image *told = &oracle->image_at[image];
    struct oracle_hold *hold = hold_of(oracle, image, operation->caller);
    if (operation->granted != image || hold->untold == 0) {
        sim_oracle_object(oracle, "S4", words, "%s is told %s, on which it holds no lease", caller,
                          words);
    } else if (oracle->closing) {
        sim_oracle_object(oracle, "S4", words,
                          "%s is told %s after a close was asked for, and cannot let go any more",
                          caller, words);
    } else if (!told->exists && !told->gone_excused) {
        sim_oracle_object(oracle, "S4", words,
                          "%s is told %s, which the engine does not have, and nobody else "
                          "removed it",
                          caller, words);
    } else if (!allowed) {
        sim_oracle_object(oracle, "S5", words,
                          "%s is granted %s, which the registry would not give it for its "
                          "credentials",
                          caller, words);
    }
    bool counted = hold_counts(hold);
    hold->told = true;
    hold->number = lease->number;
    hold->untold -= hold->untold > 0 ? 1 : 0;
    operation->granted = SIM_NONE;
    hold_changed(oracle, hold, counted);
}

void sim_oracle_told(struct sim_oracle *oracle, uint32_t index, const struct dd_result *result,
                     bool allowed)
{
    struct oracle_operation *operation = &oracle->operation_at[index];
    oracle->sequence++;
    if (!check_telling(oracle, operation)) {
        return;
    }
    operation->told = true;
    operation_over(oracle, operation);
    if (result->status == DD_OK) {
        check_lease(oracle, operation, &result->lease,
                    allowed || operation->policy != DD_PULL_ALWAYS);
    } else {
        operation_ungrant(oracle, operation);
    }
}

/* --- what is given back ------------------------------------------------------------------ */

static void check_released(struct sim_oracle *oracle, const struct oracle_hold *hold, bool held,
                           enum dd_status status)
{
    const char *image = oracle_image_text(oracle, hold->image);
    const char *caller = oracle_caller_text(oracle, hold->caller);
    if (held && status == DD_ENOLEASE) {
        sim_oracle_object(oracle, "S4", image, "%s cannot give back its lease of %s", caller,
                          image);
    } else if (!held && status == DD_OK) {
        sim_oracle_object(oracle, "S4", image,
                          "%s gives back a lease of %s that it does not hold any more", caller,
                          image);
    }
}

void sim_oracle_released(struct sim_oracle *oracle, uint64_t now_ns, struct dd_lease lease,
                         enum dd_status status)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    uint32_t image = oracle_image_of(oracle, lease.image);
    struct oracle_hold *hold = hold_of(oracle, image, oracle_caller_of(oracle, lease.caller));
    bool held = hold->told && hold->number == lease.number;
    check_released(oracle, hold, held, status);
    if (held && status == DD_OK) {
        bool counted = hold_counts(hold);
        hold->told = false;
        hold_changed(oracle, hold, counted);
    }
}

void sim_oracle_released_image(struct sim_oracle *oracle, uint64_t now_ns, const char *image_id,
                               const char *caller_text, enum dd_status status)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    uint32_t image = oracle_image_of(oracle, image_id);
    uint32_t caller = oracle_caller_of(oracle, caller_text);
    if (status != DD_OK) {
        if (hold_of(oracle, image, caller)->told) {
            check_released(oracle, hold_of(oracle, image, caller), true, status);
        }
        return;
    }
    ungrant_all(oracle, image, caller);
    hold_give_up(oracle, hold_of(oracle, image, caller));
}

void sim_oracle_released_caller(struct sim_oracle *oracle, uint64_t now_ns, const char *caller_text,
                                enum dd_status status)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    uint32_t caller = oracle_caller_of(oracle, caller_text);
    for (uint32_t i = oracle->caller_at[caller].holds; i != SIM_NONE; i = oracle->hold_at[i].next) {
        struct oracle_hold *hold = &oracle->hold_at[i];
        if (hold->told && status == DD_ENOLEASE) {
            check_released(oracle, hold, true, status);
        }
        if (status == DD_OK) {
            ungrant_all(oracle, hold->image, caller);
            hold_give_up(oracle, hold);
        }
    }
}

void sim_oracle_closed(struct sim_oracle *oracle)
{
    oracle->sequence++;
    for (size_t i = 0; i < oracle->operation_count; i++) {
        const struct oracle_operation *operation = &oracle->operation_at[i];
        if (!operation->told && !operation->refused) {
            sim_oracle_object(oracle, "S2", "", "the close is told before %s is",
                              oracle_caller_text(oracle, operation->caller));
        }
    }
    oracle->closed = true;
}
