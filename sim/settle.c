/* When a run is over: nothing moves any more, but retries that change nothing.
 * Part of the world (world_state.h). */
#include <string.h>

#include "sim/hash.h"
#include "sim/world_state.h"

unsigned sim_alarm_count(const struct sim_world *world)
{
    unsigned count = 0;
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        count += world->clock.alarms[i].task != NULL ? 1 : 0;
    }
    return count;
}

/* What one look at the coordinator and the engine gives. */
struct look {
    uint64_t signature;      /* but for how far tries at a removal are */
    uint64_t reasons;        /* of what is BLOCKED */
    uint64_t retry_ns;       /* the last of the retries that are planned */
    uint64_t first_retry_ns; /* and the first */
    bool restless;           /* an image is neither held nor blocked */
};

static void look_at(void *arg, const struct dd_explained *explained)
{
    struct look *look = arg;
    /* One that is tried again and again is REMOVING and BLOCKED by turns. */
    bool is_tried = explained->state == DD_IMAGE_REMOVING || explained->state == DD_IMAGE_BLOCKED;
    uint64_t hash = sim_hash_string(look->signature, explained->image);
    hash = sim_hash_number(hash, is_tried ? DD_IMAGE_BLOCKED : explained->state);
    hash = sim_hash_number(hash, explained->lease_count);
    look->reasons = sim_hash_number(look->reasons, (uint64_t)explained->status << 32 |
                                                       (uint64_t)explained->conflict);
    look->signature = sim_hash_number(hash, explained->bindings.count);
    if (explained->state == DD_IMAGE_BLOCKED) {
        look->retry_ns = explained->next_ns > look->retry_ns ? explained->next_ns : look->retry_ns;
        if (explained->next_ns < look->first_retry_ns) {
            look->first_retry_ns = explained->next_ns;
        }
    } else if (explained->state != DD_IMAGE_HELD) {
        look->restless = true;
    }
}

/* Longer than anything that the coordinator waits for before it tries again. */
static uint64_t patience_ns(const struct dd_config *config)
{
    return 2 * config->backoff_max_ns + config->remove_delay_ns + config->pull_timeout_ns +
           config->progress_timeout_ns + config->delete_settling_ns + config->pull_settling_ns;
}

static bool only_alarms_pending(const struct sim_world *world)
{
    if (world->real != NULL && world->outside.ops->calls_open(world->outside.ctx) > 0) {
        return false;
    }
    return world->queue.count == sim_alarm_count(world);
}

/* A fault that was added is not waited for: there may be no such call. */
static uint64_t fault_progress(const struct sim_world *world)
{
    return world->engine == NULL
               ? 0
               : fake_engine_fault_progress(world->engine, world->fault != NULL ? 1 : 0);
}

bool sim_settled(struct sim_world *world)
{
    if (!only_alarms_pending(world)) {
        return false;
    }
    if (world->queue.count == 0) {
        return true;
    }
    struct look look = { .signature = SIM_HASH_START,
                         .reasons = SIM_HASH_START,
                         .first_retry_ns = UINT64_MAX };
    if (!world->closed && sim_refusal_explain(world, look_at, &look) != DD_OK) {
        look.restless = true;
    }
    look.signature = sim_hash_number(look.signature, world->untold_count);
    look.signature = sim_hash_number(look.signature, world->truth_changes);
    look.signature = sim_hash_number(look.signature, fault_progress(world));
    uint64_t now_ns = world->queue.now_ns;
    struct sim_settling *settling = &world->settling;
    bool changed = settling->signature != look.signature ||
                   (!look.restless && settling->reasons != look.reasons);
    if (!settling->watching || changed) {
        *settling = (struct sim_settling){
            .watching = true,
            .signature = look.signature,
            .reasons = look.reasons,
            .since_ns = now_ns,
            .until_ns = look.retry_ns,
        };
        return false;
    }
    uint64_t due_ns = 0;
    bool other_alarm = fake_clock_due(&world->clock, &due_ns) && due_ns < look.first_retry_ns;
    if (look.restless || other_alarm || world->untold_count > 0) {
        return now_ns >= settling->since_ns + patience_ns(&world->scenario->config);
    }
    return now_ns >= settling->until_ns;
}
