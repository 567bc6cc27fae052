#include "sim/reached.h"

#include <stdio.h>
#include <stdlib.h>

#include "fakes/memory.h"
#include "sim/world_state.h"

#define NOTE_SIZE 320

void sim_reached_init(struct sim_reached *reached, size_t step_count)
{
    *reached = (struct sim_reached){ .steps = fake_memory_alloc(step_count + 1),
                                     .step_count = step_count };
}

void sim_reached_release(struct sim_reached *reached)
{
    free(reached->steps);
    *reached = (struct sim_reached){ .steps = NULL };
}

static unsigned char reached_of(const struct sim_step_state *state)
{
    unsigned char reached = 0;
    for (unsigned i = 0; i < state->count; i++) {
        if (state->instances[i].done) {
            return SIM_REACHED_DUE | SIM_REACHED_DONE;
        }
        reached = state->instances[i].scheduled ? SIM_REACHED_DUE : reached;
    }
    return reached;
}

void sim_world_reached(const struct sim_world *world, struct sim_reached *reached)
{
    for (size_t i = 0; i < reached->step_count && reached->done_count < reached->step_count; i++) {
        if ((reached->steps[i] & SIM_REACHED_DONE) == 0) {
            reached->steps[i] |= reached_of(&world->steps[i]);
            reached->done_count += (reached->steps[i] & SIM_REACHED_DONE) != 0 ? 1 : 0;
        }
    }
}

/* --- in words ------------------------------------------------------------------------- */

/* "p1", or "steps[3]" of one without a label. */
static const char *step_name(const struct sim_scenario *scenario, size_t index, char out[32])
{
    if (scenario->steps[index].label != NULL) {
        return scenario->steps[index].label;
    }
    (void)snprintf(out, 32, "steps[%zu]", index);
    return out;
}

/* Why a step whose time came did nothing. */
static void why_undone(const struct sim_scenario *scenario, const struct sim_step *step,
                       char out[NOTE_SIZE])
{
    char buffer[32];
    if (step->target == SIM_NO_STEP) {
        (void)snprintf(out, NOTE_SIZE, "the run was over by then");
        return;
    }
    (void)snprintf(out, NOTE_SIZE, "%s was not %s by then",
                   step_name(scenario, step->target, buffer),
                   step->kind == SIM_STEP_RELEASE_LEASE ? "granted" : "begun");
}

static void why_never_due(const struct sim_scenario *scenario, const struct sim_step *step,
                          char out[NOTE_SIZE])
{
    static const char *const never[] = {
        [SIM_OUTCOME_DONE] = "never happened",
        [SIM_OUTCOME_GRANTED] = "was never granted",
        [SIM_OUTCOME_FAILED] = "never failed",
        [SIM_OUTCOME_TOLD] = "was never told anything",
    };
    char buffer[32];
    if (step->when) {
        const char *name = step->when_name;
        (void)snprintf(out, NOTE_SIZE, "\"%s\"%s%.200s never happened%s",
                       dd_event_word(step->when_event), name != NULL ? " of " : "",
                       name != NULL ? name : "", step->when_nth > 1 ? " that often" : "");
    } else if (step->after_count > 0) { /* the first of what it waits for stands for all */
        (void)snprintf(out, NOTE_SIZE, "%s %s", step_name(scenario, step->after[0].step, buffer),
                       never[step->after[0].outcome]);
    } else {
        (void)snprintf(out, NOTE_SIZE, "the run was over by then");
    }
}

void sim_reached_note(const struct sim_reached *reached, const struct sim_scenario *scenario,
                      struct report_scenario *out)
{
    size_t count = reached->step_count - reached->done_count;
    if (count == 0) {
        return;
    }
    out->notes = fake_memory_alloc(count * sizeof(*out->notes));
    for (size_t i = 0; i < reached->step_count; i++) {
        const struct sim_step *step = &scenario->steps[i];
        char why[NOTE_SIZE];
        char note[NOTE_SIZE + 96];
        if ((reached->steps[i] & SIM_REACHED_DONE) != 0) {
            continue;
        }
        if ((reached->steps[i] & SIM_REACHED_DUE) != 0) {
            why_undone(scenario, step, why);
        } else {
            why_never_due(scenario, step, why);
        }
        (void)snprintf(note, sizeof(note), "steps[%zu] (line %u) never happened: %s", i, step->line,
                       why);
        out->notes[out->note_count++] = fake_memory_copy(note);
    }
}
