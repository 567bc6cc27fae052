/* What is asked of the engine, and which answer is whose. Part of the model
 * (model_state.h). */
#include <string.h>

#include "sim/model_state.h"

/* --- what is to be cancelled ------------------------------------------------------------ */

static struct model_cancel *cancel_of(struct sim_model *model, const struct dd_call *call)
{
    for (size_t i = 0; i < model->cancel_count; i++) {
        if (model->cancels[i].call == call) {
            return &model->cancels[i];
        }
    }
    model->cancels = model_grow(model->cancels, &model->cancel_capacity, model->cancel_count,
                                sizeof(*model->cancels));
    struct model_cancel *cancel = &model->cancels[model->cancel_count++];
    *cancel = (struct model_cancel){ .call = call };
    return cancel;
}

/* A call whose start was refused has nobody to be cancelled at: its end is posted. */
static bool is_refused(const struct sim_model *model, const struct dd_call *call)
{
    for (size_t i = model->task_first; i < model->task_count; i++) {
        if (model->tasks[i].kind == MODEL_REFUSES && model->tasks[i].call == call) {
            return true;
        }
    }
    return false;
}

void model_call_cancel(struct sim_model *model, const struct dd_call *call)
{
    if (!is_refused(model, call)) {
        cancel_of(model, call)->expected = true;
    }
}

void sim_model_cancels(struct sim_model *model, const struct dd_call *call)
{
    if (model->on) {
        model->stirred = true;
        cancel_of(model, call)->seen = true;
    }
}

/* --- what is started ----------------------------------------------------------------------- */

static bool is_due(const struct sim_model *model, const struct model_look *look, const char *name,
                   const struct model_look *first)
{
    return look->state == MODEL_LOOK_DUE && strcmp(model_look_text(model, look), name) == 0 &&
           (first == NULL || look->order < first->order);
}

static struct model_look *look_due(struct sim_model *model, const char *name)
{
    struct model_look *first = NULL;
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_look *look = &model->operations[i].look;
        first = is_due(model, look, name, first) ? look : first;
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_look *look = &model->pulls[i].look;
        first = model->pulls[i].number != 0 && is_due(model, look, name, first) ? look : first;
    }
    return first;
}

/* Returns its place among what this step decided: the coordinator asks at once, and the
 * model hears of it when it has decided everything. */
static uint32_t look_starts(struct sim_model *model, const struct dd_call *call, const char *name)
{
    struct model_look *look = look_due(model, name);
    if (look == NULL) {
        model_object(model, SIM_NONE, "nothing asks about %s now, and it is inspected", name);
        return 0;
    }
    look->state = MODEL_LOOK_ASKED;
    look->call = call;
    look->stale = false;
    look->due_ns = model_due(model, model->config.inspect_timeout_ns);
    return look->order;
}

static void removal_starts(struct sim_model *model, bool deletes, const struct dd_call *call,
                           const char *name)
{
    for (size_t i = 0; i < model->image_count; i++) {
        struct model_image *image = &model->images[i];
        bool is_delete =
            image->step == MODEL_STEP_DELETE_ID || image->step == MODEL_STEP_DELETE_NAME;
        bool expected = image->call_due && is_delete == deletes;
        if (strcmp(model_removal_text(model, image), name) == 0 &&
            (expected || (!deletes && model_removal_resumes(model, image)))) {
            image->call = call;
            image->call_due = false;
            return;
        }
    }
    model_object(model, SIM_NONE, "no removal is so far, and it %s %s",
                 deletes ? "DELETEs" : "inspects", name);
}

static void pull_starts(struct sim_model *model, const struct dd_call *call, const char *name,
                        bool refused)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->number != 0 && pull->phase == MODEL_PULL_DUE &&
            strcmp(oracle_name_text(model->oracle, pull->reference), name) == 0) {
            if (pull->secret != model->secret) {
                model_object(model, SIM_NONE,
                             "%s is pulled with its callers' credentials for their platform, and "
                             "it is with others",
                             name);
            }
            pull->phase = MODEL_PULL_RUNNING;
            pull->call = call;
            pull->in_flight = true;
            pull->started = !refused;
            pull->quiet_ns = model_due(model, model->config.progress_timeout_ns);
            pull->whole_ns = model_due(model, model->config.pull_timeout_ns);
            return;
        }
    }
    model_object(model, SIM_NONE, "no pull of %s begins now, and the engine is asked for one",
                 name);
}

void sim_model_pulling(struct sim_model *model, uint64_t secret)
{
    model->secret = secret;
}

void sim_model_starts(struct sim_model *model, enum fake_call_kind kind, const struct dd_call *call,
                      const char *name, enum dd_status status)
{
    if (!model->on) {
        return;
    }
    bool asks = model->is_asking;
    model->stirred = true;
    uint32_t order = ++model->last_order;
    model->is_asking = false;
    if (kind == FAKE_CALL_PULL) {
        pull_starts(model, call, name, status != DD_OK);
    } else if (kind == FAKE_CALL_INSPECT && asks) {
        order = look_starts(model, call, name);
    } else {
        removal_starts(model, kind == FAKE_CALL_REMOVE, call, name);
    }
    if (status != DD_OK && model->on) {
        model_post(model,
                   (struct model_task){ .kind = MODEL_REFUSES, .order = order, .call = call });
    }
}

/* --- what is answered ---------------------------------------------------------------------- */

void model_stray_add(struct sim_model *model, const struct dd_call *call, bool place)
{
    model->strays = model_grow(model->strays, &model->stray_capacity, model->stray_count,
                               sizeof(*model->strays));
    model->strays[model->stray_count++] = (struct model_stray){ .call = call, .place = place };
}

static bool stray_answered(struct sim_model *model, const struct dd_call *call)
{
    for (size_t i = 0; i < model->stray_count; i++) {
        if (model->strays[i].call == call) {
            model->strays[i] = model->strays[--model->stray_count];
            return true;
        }
    }
    return false;
}

static bool look_answered(struct sim_model *model, const struct dd_call *call,
                          const struct dd_answer *answer)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_operation *operation = &model->operations[i];
        struct model_class found;
        if (operation->look.state != MODEL_LOOK_ASKED || operation->look.call != call) {
            continue;
        }
        if (model_look_answered(model, &operation->look, answer, &found)) {
            uint32_t image =
                found.status == DD_OK ? oracle_image_of(model->oracle, answer->id) : SIM_NONE;
            if (image == SIM_NONE || !model_look_waits(model, &operation->look, image)) {
                model_operation_found(model, operation, found, image);
            }
        }
        return true;
    }
    return false;
}

static bool pull_answered(struct sim_model *model, const struct dd_call *call,
                          const struct dd_answer *answer)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->number != 0 && pull->in_flight && pull->call == call) {
            model_pull_answered(model, pull, answer);
            return true;
        }
        if (pull->number != 0 && pull->look.state == MODEL_LOOK_ASKED && pull->look.call == call) {
            model_pull_looked(model, pull, answer);
            return true;
        }
    }
    return false;
}

static bool removal_answered(struct sim_model *model, const struct dd_call *call,
                             const struct dd_answer *answer)
{
    for (size_t i = 0; i < model->image_count; i++) {
        struct model_image *image = &model->images[i];
        if (image->step != MODEL_STEP_NONE && !image->call_due && image->call == call) {
            model_removal_answered(model, image, answer);
            return true;
        }
    }
    return false;
}

static void answered(struct sim_model *model, const struct dd_call *call,
                     const struct dd_answer *answer)
{
    model_touch(model);
    if (!stray_answered(model, call) && !look_answered(model, call, answer) &&
        !pull_answered(model, call, answer) && !removal_answered(model, call, answer)) {
        model_object(model, SIM_NONE, "a call was asked for by nobody, and it is answered");
    }
    model_settle(model);
}

void model_call_refused(struct sim_model *model, const struct dd_call *call)
{
    const struct dd_answer refused = { .transport = DD_TRANSPORT_ANSWERED, .text = "refused" };
    answered(model, call, &refused);
}

void sim_model_delivers(struct sim_model *model, const struct fake_delivery *delivery)
{
    if (delivery->kind == FAKE_CALL_IDENTIFY && delivery->answer != NULL) {
        model->closing_lines = delivery->answer->closing_lines;
    }
    if (!model->on) {
        return;
    }
    if (delivery->answer != NULL) {
        answered(model, delivery->call, delivery->answer);
        return;
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->number != 0 && pull->in_flight && pull->call == delivery->call) {
            model_pull_line(model, pull, delivery->line);
            return;
        }
    }
}
