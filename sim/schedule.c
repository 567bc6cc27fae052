/* When steps happen: at a time, after an earlier step got somewhere, or when the
 * coordinator says something. Part of the world (world_state.h). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/world_state.h"

static void instance_fire(struct fake_event *event)
{
    struct sim_instance *instance =
        (struct sim_instance *)(void *)((char *)event - offsetof(struct sim_instance, event));
    struct sim_world *world = instance->world;
    if (world->opened) {
        sim_step_carry_out(instance);
        return;
    }
    world->early = sim_array_grow(world->early, &world->early_capacity, world->early_count + 1,
                                  sizeof(struct sim_instance *));
    world->early[world->early_count++] = instance;
}

static void instance_schedule(struct sim_instance *instance, struct fake_window window)
{
    if (!instance->scheduled) {
        instance->scheduled = true;
        fake_queue_add(&instance->world->queue, &instance->event, window);
    }
}

static void step_schedule(struct sim_step_state *state, struct fake_window window)
{
    for (unsigned i = 0; i < state->count; i++) {
        instance_schedule(&state->instances[i], window);
    }
}

/* --- once for a scenario ----------------------------------------------------- */

/* "{n}" in @text replaced by @number. */
static const char *expanded(struct sim_world *world, const char *text, unsigned number)
{
    const char *place = text != NULL ? strstr(text, "{n}") : NULL;
    if (place == NULL) {
        return text;
    }
    return sim_arena_format(&world->arena, "%.*s%u%s", (int)(place - text), text, number,
                            place + 3);
}

/* Whoever asks for a reference can be found again when it is released. */
static void instance_index(struct sim_world *world, struct sim_instance *instance)
{
    instance->asks = SIM_NONE;
    if (instance->caller != NULL && instance->reference != NULL) {
        instance->asks =
            sim_names_add(&world->asking, sim_arena_format(&world->arena, "%s\n%s",
                                                           instance->caller, instance->reference));
    }
}

static void instance_create(struct sim_world *world, size_t step_index, unsigned number)
{
    const struct sim_step *step = &world->scenario->steps[step_index];
    struct sim_instance *instance = &world->steps[step_index].instances[number];
    bool many = step->count > 1;
    instance->event.fire = instance_fire;
    instance->event.label.kind = "step";
    instance->event.label.identity =
        many ? sim_arena_format(&world->arena, "%zu.%u", step_index, number + 1)
             : sim_arena_format(&world->arena, "%zu", step_index);
    instance->world = world;
    instance->step = step;
    instance->step_index = (uint32_t)step_index;
    instance->number = number;
    instance->caller = many ? expanded(world, step->caller, number + 1) : step->caller;
    instance->name = many ? expanded(world, step->name, number + 1) : step->name;
    instance->reference = many ? expanded(world, step->normal, number + 1) : step->normal;
    instance_index(world, instance);
}

static bool waits_for(const struct sim_step *step, size_t index)
{
    for (size_t i = 0; i < step->after_count; i++) {
        if (step->after[i].step == index) {
            return true;
        }
    }
    return false;
}

/* Whether it waits for just that of step @index. */
static bool waits_for_outcome(const struct sim_step *step, size_t index, enum sim_outcome outcome)
{
    for (size_t i = 0; i < step->after_count; i++) {
        if (step->after[i].step == index && step->after[i].outcome == outcome) {
            return true;
        }
    }
    return false;
}

static void step_create(struct sim_world *world, size_t index)
{
    const struct sim_step *step = &world->scenario->steps[index];
    struct sim_step_state *state = &world->steps[index];
    state->count = step->count;
    state->instances = fake_memory_alloc(state->count * sizeof(*state->instances));
    for (unsigned i = 0; i < state->count; i++) {
        instance_create(world, index, i);
    }
    size_t step_count = world->scenario->step_count;
    uint32_t *dependents = sim_arena_alloc(&world->arena, step_count, sizeof(*dependents));
    for (size_t i = index + 1; i < step_count; i++) {
        if (waits_for(&world->scenario->steps[i], index)) {
            dependents[state->dependent_count++] = (uint32_t)i;
        }
    }
    state->dependents = dependents;
}

void sim_schedule_create(struct sim_world *world)
{
    size_t step_count = world->scenario->step_count;
    world->steps = fake_memory_alloc(step_count * sizeof(*world->steps));
    for (size_t i = 0; i < step_count; i++) {
        step_create(world, i);
        world->waits_for_events = world->waits_for_events || world->scenario->steps[i].when;
    }
    world->askers = fake_memory_alloc(world->asking.count * sizeof(struct sim_instance *));
}

void sim_schedule_destroy(struct sim_world *world)
{
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        fake_memory_free(world->steps[i].instances);
    }
    fake_memory_free(world->steps);
    fake_memory_free(world->askers);
}

/* --- in a run ------------------------------------------------------------------ */

static void instance_begin(struct sim_instance *instance)
{
    instance->text = SIM_NONE;
    instance->event.slot = 0;
    instance->next_asking = NULL;
    instance->scheduled = false;
    instance->done = false;
    instance->asked = false;
    instance->told = false;
    instance->released = false;
    instance->handle.number = 0;
    instance->status = DD_OK;
    instance->recoverable = false;
    instance->image = SIM_NONE;
    instance->lease = 0;
}

void sim_schedule_begin(struct sim_world *world)
{
    world->early_count = 0;
    sim_names_clear(&world->told);
    for (size_t i = 0; i < world->asking.count; i++) {
        world->askers[i] = NULL;
    }
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        const struct sim_step *step = &world->scenario->steps[i];
        struct sim_step_state *state = &world->steps[i];
        state->seen = 0;
        memset(state->reached, 0, sizeof(state->reached));
        for (unsigned k = 0; k < state->count; k++) {
            instance_begin(&state->instances[k]);
        }
        if (step->after_count == 0 && !step->when) {
            step_schedule(state, step->window);
        }
    }
}

void sim_schedule_opened(struct sim_world *world)
{
    uint64_t now_ns = world->queue.now_ns;
    assert(world->opened);
    for (size_t i = 0; i < world->early_count; i++) {
        struct fake_event *event = &world->early[i]->event;
        uint64_t left_ns = event->latest_ns > now_ns ? event->latest_ns - now_ns : 0;
        fake_queue_add(&world->queue, event, (struct fake_window){ 0, left_ns });
    }
    world->early_count = 0;
}

/* Steps that are carried out equally often go pairwise; any other waits for all
 * of what it waits for. */
void sim_schedule_reached(struct sim_instance *instance, enum sim_outcome outcome)
{
    struct sim_world *world = instance->world;
    struct sim_step_state *state = &world->steps[instance->step_index];
    state->reached[outcome]++;
    for (size_t i = 0; i < state->dependent_count; i++) {
        const struct sim_step *step = &world->scenario->steps[state->dependents[i]];
        struct sim_step_state *dependent = &world->steps[state->dependents[i]];
        if (!waits_for_outcome(step, instance->step_index, outcome)) {
            continue;
        }
        if (dependent->count == state->count) {
            instance_schedule(&dependent->instances[instance->number], step->window);
        } else if (state->reached[outcome] == state->count) {
            step_schedule(dependent, step->window);
        }
    }
}

static bool is_awaited(const struct sim_world *world, const struct sim_step *step,
                       const struct dd_event *event)
{
    if (!step->when || step->when_event != event->kind) {
        return false;
    }
    if (step->when_name == NULL) {
        return true;
    }
    return (event->reference != NULL && strcmp(event->reference, step->when_name) == 0) ||
           (event->image != NULL && sim_image_ever(world, step->when_name, event->image));
}

void sim_schedule_saw(struct sim_world *world, const struct dd_event *event)
{
    for (size_t i = 0; world->waits_for_events && i < world->scenario->step_count; i++) {
        const struct sim_step *step = &world->scenario->steps[i];
        struct sim_step_state *state = &world->steps[i];
        if (is_awaited(world, step, event) && ++state->seen == step->when_nth) {
            step_schedule(state, step->window);
        }
    }
}

uint64_t sim_schedule_skipped(const struct sim_world *world)
{
    uint64_t skipped = 0;
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        for (unsigned k = 0; k < world->steps[i].count; k++) {
            skipped += world->steps[i].instances[k].done ? 0 : 1;
        }
    }
    return skipped;
}
