/* Looks: inspects for a pull, a policy or a retain. Part of the model (model_state.h). */
#include "sim/model_state.h"

void model_look_ask(struct sim_model *model, struct model_look *look)
{
    bool shut = look->gate && model_is_gated(model, model_repository(model, look->name));
    look->state = shut ? MODEL_LOOK_GATED : MODEL_LOOK_DUE;
    look->order = ++model->last_order;
    look->late = false;
    look->abandoned = false;
}

bool model_look_abandon(struct sim_model *model, struct model_look *look)
{
    bool asked = look->state == MODEL_LOOK_ASKED;
    look->wanted = SIM_NONE;
    if (!asked) {
        look->state = MODEL_LOOK_NONE;
        return false;
    }
    if (!look->abandoned && !look->late) {
        model_call_cancel(model, look->call);
    }
    look->abandoned = true;
    return true;
}

void model_look_time_over(struct sim_model *model, struct model_look *look)
{
    look->late = true;
    look->due_ns = MODEL_NEVER;
    model_call_cancel(model, look->call);
}

static void each(struct sim_model *model, void (*visit)(struct sim_model *, struct model_look *))
{
    for (size_t i = 0; i < model->operation_count; i++) {
        visit(model, &model->operations[i].look);
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number != 0) {
            visit(model, &model->pulls[i].look);
        }
    }
}

static void grow_stale(struct sim_model *model, struct model_look *look)
{
    (void)model;
    look->stale = true;
}

void model_looks_grow_stale(struct sim_model *model)
{
    each(model, grow_stale);
}

static bool may_ask(const struct sim_model *model, const struct model_look *look,
                    const struct model_look *first)
{
    return look->state == MODEL_LOOK_GATED && (first == NULL || look->order < first->order) &&
           !model_is_gated(model, model_repository(model, look->name));
}

void model_looks_open(struct sim_model *model)
{
    for (;;) {
        struct model_look *first = NULL;
        for (size_t i = 0; i < model->operation_count; i++) {
            struct model_look *look = &model->operations[i].look;
            first = may_ask(model, look, first) ? look : first;
        }
        for (size_t i = 0; i < model->pull_count; i++) {
            struct model_look *look = &model->pulls[i].look;
            first = may_ask(model, look, first) ? look : first;
        }
        if (first == NULL) {
            return;
        }
        model_look_ask(model, first);
    }
}

/* In the order in which they began to wait. */
void model_looks_wake(struct sim_model *model, uint32_t image)
{
    for (;;) {
        struct model_look *first = NULL;
        for (size_t i = 0; i < model->operation_count; i++) {
            struct model_look *look = &model->operations[i].look;
            bool waits = look->state == MODEL_LOOK_WAITS &&
                         (look->wanted == image ||
                          (model->operations[i].retains && model->operations[i].image == image));
            first = waits && (first == NULL || look->order < first->order) ? look : first;
        }
        for (size_t i = 0; i < model->pull_count; i++) {
            struct model_look *look = &model->pulls[i].look;
            bool waits = look->state == MODEL_LOOK_WAITS && look->wanted == image;
            first = waits && (first == NULL || look->order < first->order) ? look : first;
        }
        if (first == NULL) {
            return;
        }
        model_look_ask(model, first);
    }
}

bool model_look_answered(struct sim_model *model, struct model_look *look,
                         const struct dd_answer *answer, struct model_class *found)
{
    look->state = MODEL_LOOK_NONE;
    look->due_ns = MODEL_NEVER;
    *found = model_class_of_object(answer);
    if (found->status == DD_ECANCELLED && look->late) {
        found->status = DD_ETIMEDOUT;
    }
    if (found->status == DD_OK && (answer->id == NULL || answer->id[0] == '\0')) {
        found->status = DD_EENGINE;
    }
    if (look->stale && (found->status == DD_OK || found->status == DD_ENOTFOUND)) {
        model_look_ask(model, look);
        return false;
    }
    return true;
}

bool model_look_waits(struct sim_model *model, struct model_look *look, uint32_t image)
{
    const struct model_image *known = model_image_find(model, image);
    if (known == NULL || known->state != DD_IMAGE_REMOVING) {
        look->wanted = look->wanted == image ? image : SIM_NONE;
        return false;
    }
    look->wanted = image;
    model_rescue(model);
    if (known->state != DD_IMAGE_REMOVING) {
        return false; /* rescued at once */
    }
    look->state = MODEL_LOOK_WAITS;
    look->order = ++model->last_order;
    return true;
}

const char *model_look_text(const struct sim_model *model, const struct model_look *look)
{
    return look->name != SIM_NONE ? oracle_name_text(model->oracle, look->name)
                                  : sim_names_text(&model->oracle->image_ids, look->image);
}
