/* Who holds what, and gives it back: S2, S4. Part of the oracle (oracle_state.h). */
#include <assert.h>

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
        oracle_timing_held(oracle, hold->image);
        return;
    }
    assert(image->held_count > 0 && oracle->lease_count > 0);
    oracle->lease_count--;
    if (--image->held_count == 0) {
        image->released = true;
        image->released_ns = oracle->now_ns;
        oracle_timing_released(oracle, hold->image);
    }
}

static void hold_give_up(struct sim_oracle *oracle, struct oracle_hold *hold)
{
    bool counted = hold_counts(hold);
    hold->told = false;
    hold->untold = 0;
    hold_changed(oracle, hold, counted);
}

void oracle_hold_grant(struct sim_oracle *oracle, struct oracle_operation *operation,
                       uint32_t image)
{
    struct oracle_hold *hold = hold_of(oracle, image, operation->caller);
    bool counted = hold_counts(hold);
    operation->granted = image;
    hold->untold++;
    hold_changed(oracle, hold, counted);
}

bool oracle_hold_is_granted(const struct sim_oracle *oracle,
                            const struct oracle_operation *operation, uint32_t image)
{
    const struct oracle_hold *hold = hold_find(oracle, image, operation->caller);
    return operation->granted == image && hold != NULL && hold->untold > 0;
}

void oracle_hold_tell(struct sim_oracle *oracle, struct oracle_operation *operation, uint32_t image,
                      uint64_t number)
{
    struct oracle_hold *hold = hold_of(oracle, image, operation->caller);
    bool counted = hold_counts(hold);
    hold->told = true;
    hold->number = number;
    hold->untold -= hold->untold > 0 ? 1 : 0;
    operation->granted = SIM_NONE;
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

/* What was granted to it and not told counts no more. */
void oracle_hold_ungrant(struct sim_oracle *oracle, struct oracle_operation *operation)
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

void oracle_hold_ungrant_all(struct sim_oracle *oracle, uint32_t image, uint32_t caller)
{
    const struct oracle_hold *hold = hold_find(oracle, image, caller);
    for (size_t i = 0; hold != NULL && hold->untold > 0 && i < oracle->operation_count; i++) {
        if (oracle->operation_at[i].caller == caller && oracle->operation_at[i].granted == image) {
            oracle_hold_ungrant(oracle, &oracle->operation_at[i]);
        }
    }
}

/* --- what is given back ------------------------------------------------------------------ */

static void check_released(struct sim_oracle *oracle, const struct oracle_hold *hold, bool held,
                           enum dd_status status)
{
    if (held == (status == DD_OK)) {
        return;
    }
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
    oracle_hold_ungrant_all(oracle, image, caller);
    hold_give_up(oracle, hold_of(oracle, image, caller));
}

/* Its pending operations complete CANCELLED. */
static void cancel_all(struct sim_oracle *oracle, uint32_t caller, enum dd_status status)
{
    for (size_t i = 0; i < oracle->operation_count; i++) {
        struct oracle_operation *operation = &oracle->operation_at[i];
        if (operation->caller != caller || operation->told || operation->refused) {
            continue;
        }
        if (status == DD_ENOLEASE) {
            sim_oracle_object(oracle, "S2", "", "%s lets go of everything, and still waits",
                              oracle_caller_text(oracle, caller));
        }
        operation->cancelled = operation->cancelled || status == DD_OK;
    }
}

void sim_oracle_released_caller(struct sim_oracle *oracle, uint64_t now_ns, const char *caller_text,
                                enum dd_status status)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    uint32_t caller = oracle_caller_of(oracle, caller_text);
    cancel_all(oracle, caller, status);
    for (uint32_t i = oracle->caller_at[caller].holds; i != SIM_NONE; i = oracle->hold_at[i].next) {
        struct oracle_hold *hold = &oracle->hold_at[i];
        if (hold->told && status == DD_ENOLEASE) {
            check_released(oracle, hold, true, status);
        }
        if (status == DD_OK) {
            oracle_hold_ungrant_all(oracle, hold->image, caller);
            hold_give_up(oracle, hold);
        }
    }
}
