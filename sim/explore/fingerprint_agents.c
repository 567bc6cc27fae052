/* What agents and others have still before them: the steps of the scenario, as far as
 * they can come to matter. Part of the fingerprinter (fingerprint_parts.h). */
#include "sim/explore/fingerprint_parts.h"

/* --- how far each step is ------------------------------------------------------------- */

static enum printer_stage stage_of(const struct sim_fingerprinter *printer, size_t step,
                                   unsigned number)
{
    return printer->stages[printer->first_stage[step] + number];
}

/* Whether an instance that is @stage can still get to @outcome. */
static bool may_reach(enum printer_stage stage, enum sim_outcome outcome)
{
    return stage == PRINTER_UNREACHED || stage == PRINTER_PENDING ||
           (stage == PRINTER_ASKING && outcome != SIM_OUTCOME_DONE);
}

static bool any_may_reach(const unsigned char *stages, unsigned count, enum sim_outcome outcome)
{
    for (unsigned k = 0; k < count; k++) {
        if (may_reach(stages[k], outcome)) {
            return true;
        }
    }
    return false;
}

/* Whether what the instances of step @index wait for can still come, of each a bit in
 * @each, and in the result, if it can come for all of them: steps wait for earlier ones,
 * so how far those are is known already. */
static bool may_be_scheduled(const struct sim_fingerprinter *printer, size_t index,
                             unsigned char *each)
{
    const struct sim_world *world = printer->world;
    const struct sim_step *step = &world->scenario->steps[index];
    unsigned count = world->steps[index].count;
    bool all = step->when && world->steps[index].seen < step->when_nth;
    for (size_t i = 0; i < step->after_count; i++) {
        struct sim_after after = step->after[i];
        const unsigned char *stages = &printer->stages[printer->first_stage[after.step]];
        if (world->steps[after.step].count != count) {
            all = all || any_may_reach(stages, world->steps[after.step].count, after.outcome);
            continue;
        }
        for (unsigned k = 0; k < count; k++) {
            each[k] |= may_reach(stages[k], after.outcome) ? 1 : 0;
        }
    }
    return all;
}

static enum printer_stage find_stage(const struct sim_instance *instance, bool may_be_scheduled)
{
    if (fake_queue_pending(&instance->event)) {
        return PRINTER_PENDING;
    }
    if (instance->asked && !instance->told) {
        return PRINTER_ASKING;
    }
    return !instance->scheduled && may_be_scheduled ? PRINTER_UNREACHED : PRINTER_OVER;
}

static void find_stages(struct sim_fingerprinter *printer)
{
    const struct sim_world *world = printer->world;
    memset(printer->asking_count, 0, printer->callers.count * sizeof(*printer->asking_count));
    printer->asks_twice = false;
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        const struct sim_step_state *state = &world->steps[i];
        unsigned char *stages = &printer->stages[printer->first_stage[i]];
        memset(stages, 0, state->count);
        bool all = may_be_scheduled(printer, i, stages);
        for (unsigned k = 0; k < state->count; k++) {
            enum printer_stage stage = find_stage(&state->instances[k], all || stages[k] != 0);
            stages[k] = (unsigned char)stage;
            if (stage == PRINTER_ASKING) {
                uint32_t caller = printer->owner_of[i][k].caller;
                printer->asks_twice = printer->asking_count[caller]++ > 0 || printer->asks_twice;
            }
        }
    }
}

/* --- what else of them is needed --------------------------------------------------------- */

/* The lease that it was told: whether its caller's is still that one. */
static uint64_t put_lease(const struct sim_fingerprinter *printer, uint64_t hash,
                          const struct sim_instance *instance)
{
    const struct dd_coord *coord = printer->world->coord;
    struct dd__id id;
    bool current = false;
    if (instance->lease == 0) {
        return hash;
    }
    if (coord != NULL && dd__id_read(&id, sim_instance_image(instance))) {
        const struct dd__image *image = dd__image_find(coord, &id);
        struct dd__caller caller;
        const struct dd__held *held =
            image != NULL && dd__caller_read(&caller, instance->caller, &coord->key)
                ? dd__lease_find(coord, image, &caller)
                : NULL;
        current = held != NULL && held->number == instance->lease;
    }
    hash = put_named(printer, hash, SIM_FIELD_STEP_RESULT, &printer->world->told, instance->image);
    return put(printer, hash, SIM_FIELD_LEASE_CURRENT, current ? 2 : 1);
}

/* What steps that are about @instance's operation find, as far as they are not over. */
static uint64_t put_target(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct sim_instance *instance)
{
    const struct sim_scenario *scenario = printer->world->scenario;
    size_t by = printer->steps[instance->step_index].targeted_by;
    for (; by != SIM_NO_STEP; by = printer->steps[by].also_by) {
        if (stage_of(printer, by, instance->number) == PRINTER_OVER) {
            continue;
        }
        hash = put(printer, hash, SIM_FIELD_STEP, instance->handle.number != 0 ? 1 : 0);
        if (scenario->steps[by].kind == SIM_STEP_RELEASE_LEASE) {
            hash = put_lease(printer, hash, instance);
        }
    }
    return hash;
}

/* What the caller means by a reference when it releases that (agents.c). */
static uint64_t put_meant(const struct sim_fingerprinter *printer, uint64_t hash,
                          const struct sim_instance *instance)
{
    const struct sim_instance *asker =
        instance->asks != SIM_NONE ? printer->world->askers[instance->asks] : NULL;
    for (; asker != NULL; asker = asker->next_asking) {
        if (asker->image != SIM_NONE && !asker->released) {
            return put_named(printer, hash, SIM_FIELD_STEP_RESULT, &printer->world->told,
                             asker->image);
        }
    }
    return hash;
}

static uint64_t put_result(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct sim_instance *instance)
{
    hash = put(printer, hash, SIM_FIELD_STEP_RESULT,
               (uint64_t)instance->status << 2 | (instance->recoverable ? 2U : 0U) |
                   (instance->told ? 1U : 0U));
    hash = put(printer, hash, SIM_FIELD_STEP_RESULT, instance->retry_after_ns);
    hash = put_named(printer, hash, SIM_FIELD_STEP_RESULT, &printer->world->told, instance->text);
    return put_named(printer, hash, SIM_FIELD_STEP_RESULT, &printer->world->told, instance->image);
}

/* --- all of them ---------------------------------------------------------------------------- */

/* Of a step that is over nothing is left but what others want to know of it. */
static void print_instance(struct sim_fingerprinter *printer, const struct sim_instance *instance,
                           enum printer_stage stage)
{
    const struct printer_step *needs = &printer->steps[instance->step_index];
    uint64_t nothing = sim_hash_number(SIM_HASH_START, instance->step_index);
    uint64_t hash = nothing;
    if (stage != PRINTER_OVER) {
        hash = put(printer, hash, SIM_FIELD_STEP, stage);
    }
    if (stage == PRINTER_PENDING && printer->timed) {
        hash =
            put(printer, hash, SIM_FIELD_STEP_TIME, ticks_to(printer, instance->event.earliest_ns));
        hash =
            put(printer, hash, SIM_FIELD_STEP_TIME, ticks_to(printer, instance->event.latest_ns));
    }
    if (needs->result_needed && instance->done) {
        hash = put_result(printer, hash, instance);
    }
    if (needs->releases && stage != PRINTER_OVER) {
        hash = put_meant(printer, hash, instance);
    }
    if (needs->is_target) {
        hash = put_target(printer, hash, instance);
    }
    if (hash != nothing) {
        add(sim_printer_instance_owner(printer, instance), hash);
    }
}

static void print_instances(struct sim_fingerprinter *printer, size_t step)
{
    const struct sim_step_state *state = &printer->world->steps[step];
    const unsigned char *stages = &printer->stages[printer->first_stage[step]];
    bool needed = printer->steps[step].result_needed || printer->steps[step].is_target;
    for (unsigned k = 0; k < state->count; k++) {
        if (needed || stages[k] != PRINTER_OVER) {
            print_instance(printer, &state->instances[k], stages[k]);
        }
    }
}

static bool any_is_unreached(const struct sim_fingerprinter *printer, size_t step)
{
    const unsigned char *stages = &printer->stages[printer->first_stage[step]];
    for (unsigned k = 0; k < printer->world->steps[step].count; k++) {
        if (stages[k] == PRINTER_UNREACHED) {
            return true;
        }
    }
    return false;
}

/* How much of what a step that has not begun waits for has come. */
static uint64_t put_awaited(const struct sim_fingerprinter *printer, uint64_t hash,
                            size_t step_index)
{
    const struct sim_world *world = printer->world;
    const struct sim_step *step = &world->scenario->steps[step_index];
    if ((step->after_count == 0 && !step->when) || !any_is_unreached(printer, step_index)) {
        return hash;
    }
    for (size_t i = 0; i < step->after_count; i++) {
        const struct sim_step_state *awaited = &world->steps[step->after[i].step];
        if (awaited->count != step->count) {
            hash = put(printer, hash, SIM_FIELD_STEP, awaited->reached[step->after[i].outcome]);
        }
    }
    return step->when ? put(printer, hash, SIM_FIELD_STEP, world->steps[step_index].seen) : hash;
}

void sim_print_agents(struct sim_fingerprinter *printer)
{
    const struct sim_world *world = printer->world;
    uint64_t core =
        put(printer, SIM_HASH_START, SIM_FIELD_COORD_LIFE,
            (world->closing ? 1U : 0U) | (world->drained ? 2U : 0U) | (world->closed ? 4U : 0U));
    find_stages(printer);
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        print_instances(printer, i);
        core = put_awaited(printer, core, i);
    }
    add(core_of(printer), core);
}
