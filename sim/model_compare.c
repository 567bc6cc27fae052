/* The comparison, after every event. Part of the model (model_state.h). */
#include <string.h>

#include "sim/model_state.h"

/* Of so many events one is followed by a look at everything; and of more, the more
 * there is to look at. */
#define LOOK_EVERY 16
#define MANY_OPERATIONS 16
#define SMALL_WORLD 16 /* leases, images and bindings */

static uint64_t size_of(const struct sim_model *model)
{
    return model->lease_count + model->image_count + model->binding_count;
}

bool sim_model_is_curious(const struct sim_model *model)
{
    return model->on && model->touched && !model->closing &&
           model->skipped >=
               LOOK_EVERY - 1 + size_of(model) * size_of(model) / SMALL_WORLD / SMALL_WORLD;
}

/* --- what events say ---------------------------------------------------------------------- */

static void saw_bound(struct sim_model *model, const struct dd_event *event, bool bound)
{
    uint32_t image = oracle_image_of(model->oracle, event->image);
    uint32_t name = oracle_name_of(model->oracle, event->reference);
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image && model->bindings[i].name == name) {
            model->bindings[i].said = bound;
            return;
        }
    }
    if (bound) {
        model_object(model, image, "%s of %s is not bound, and the coordinator binds it",
                     event->reference, oracle_image_text(model->oracle, image));
    }
}

static void saw_image(struct sim_model *model, const struct dd_event *event)
{
    uint32_t index = oracle_image_of(model->oracle, event->image);
    struct model_image *image = model_image_find(model, index);
    if (image != NULL && event->kind == DD_EVENT_MOVED) {
        image->said = event->state;
    } else if (image != NULL) {
        image->said_count = event->count;
    } else if (event->kind == DD_EVENT_MOVED && event->state != DD_IMAGE_ABSENT) {
        model_object(model, index, "%s is not known, and the coordinator says it is %s",
                     oracle_image_text(model->oracle, index), dd_image_state_word(event->state));
    }
}

void model_compare_saw(struct sim_model *model, const struct dd_event *event)
{
    if (event->kind == DD_EVENT_BOUND || event->kind == DD_EVENT_UNBOUND) {
        saw_bound(model, event, event->kind == DD_EVENT_BOUND);
    } else if (event->kind == DD_EVENT_MOVED || event->kind == DD_EVENT_COUNT_UP ||
               event->kind == DD_EVENT_COUNT_DOWN) {
        saw_image(model, event);
    }
}

static void check_said(struct sim_model *model)
{
    for (size_t i = 0; model->on && i < model->image_count; i++) {
        const struct model_image *image = &model->images[i];
        if (image->state != image->said) {
            model_object(model, image->image, "%s is %s, and the coordinator says it is %s",
                         oracle_image_text(model->oracle, image->image),
                         dd_image_state_word(image->state), dd_image_state_word(image->said));
        } else if (image->holder_count != image->said_count) {
            model_object(model, image->image, "%u hold %s, and the coordinator counts %llu",
                         image->holder_count, oracle_image_text(model->oracle, image->image),
                         (unsigned long long)image->said_count);
        }
    }
    for (size_t i = 0; model->on && i < model->binding_count; i++) {
        const struct model_binding *binding = &model->bindings[i];
        if (!binding->said) {
            model_object(model, binding->image, "%s of %s is bound, and the coordinator does not",
                         oracle_name_text(model->oracle, binding->name),
                         oracle_image_text(model->oracle, binding->image));
        }
    }
}

/* --- images -------------------------------------------------------------------------------- */

static bool holds(const struct sim_model *model, uint32_t image, uint32_t caller)
{
    for (size_t i = 0; i < model->lease_count; i++) {
        if (model->leases[i].image == image && model->leases[i].caller == caller) {
            return true;
        }
    }
    return false;
}

static void check_holders(struct sim_model *model, uint32_t image,
                          const struct dd_explained *explained)
{
    unsigned count = model_image_find(model, image)->holder_count;
    if (count != explained->lease_count || count != explained->holders.count) {
        model_object(model, image, "%u hold %s, and the coordinator counts %llu, %zu by name",
                     count, oracle_image_text(model->oracle, image),
                     (unsigned long long)explained->lease_count, explained->holders.count);
        return;
    }
    for (size_t i = 0; i < explained->holders.count; i++) {
        if (!holds(model, image, oracle_caller_of(model->oracle, explained->holders.at[i]))) {
            model_object(model, image, "%s does not hold %s, and the coordinator says it does",
                         explained->holders.at[i], oracle_image_text(model->oracle, image));
            return;
        }
    }
}

static void check_bindings(struct sim_model *model, uint32_t image,
                           const struct dd_explained *explained)
{
    size_t at = 0;
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image != image) {
            continue;
        }
        const char *name = oracle_name_text(model->oracle, model->bindings[i].name);
        if (at >= explained->bindings.count || strcmp(explained->bindings.at[at], name) != 0) {
            model_object(model, image, "%s of %s is bound, and the coordinator says %s", name,
                         oracle_image_text(model->oracle, image),
                         at < explained->bindings.count ? explained->bindings.at[at] : "it is not");
            return;
        }
        at++;
    }
    if (at < explained->bindings.count) {
        model_object(model, image, "%s of %s is not bound, and the coordinator says it is",
                     explained->bindings.at[at], oracle_image_text(model->oracle, image));
    }
}

/* Whether @next_ns may be when something happens next to @image. */
static bool is_next(const struct sim_model *model, const struct model_image *image,
                    uint64_t next_ns)
{
    if (image->state == DD_IMAGE_HELD || (!image->due && image->step != MODEL_STEP_NONE)) {
        return next_ns == 0;
    }
    if (image->due) {
        return next_ns == image->due_ns || (next_ns == 0 && model_is_wanted(model, image->image));
    }
    return next_ns == (image->state == DD_IMAGE_REMOVING ? image->retry_ns : image->due_ns);
}

static void check_rest(struct sim_model *model, const struct model_image *image,
                       const struct dd_explained *explained)
{
    bool blocked = image->state == DD_IMAGE_BLOCKED;
    bool wanted = model_is_wanted(model, image->image);
    if (image->ours != explained->ours) {
        model_object(model, image->image, "%s is %sours, and the coordinator says it is%s",
                     oracle_image_text(model->oracle, image->image), image->ours ? "" : "not ",
                     explained->ours ? "" : " not");
    } else if (wanted != explained->wanted) {
        model_object(model, image->image, "%s is %swanted, and the coordinator says it is%s",
                     oracle_image_text(model->oracle, image->image), wanted ? "" : "not ",
                     explained->wanted ? "" : " not");
    } else if (blocked && (image->reason.status != explained->status ||
                           image->reason.conflict != explained->conflict)) {
        model_object(model, image->image,
                     "%s is BLOCKED by \"%s: %s\", and the coordinator says \"%s: %s\"",
                     oracle_image_text(model->oracle, image->image),
                     dd_status_text(image->reason.status), dd_conflict_text(image->reason.conflict),
                     dd_status_text(explained->status), dd_conflict_text(explained->conflict));
    } else if (!is_next(model, image, explained->next_ns)) {
        uint64_t next_ns = image->state == DD_IMAGE_REMOVING ? image->retry_ns : image->due_ns;
        model_object(model, image->image,
                     "something happens next to %s at %llums, and the coordinator says at %llums",
                     oracle_image_text(model->oracle, image->image),
                     (unsigned long long)(next_ns / 1000000),
                     (unsigned long long)(explained->next_ns / 1000000));
    }
}

void sim_model_explained(struct sim_model *model, const struct dd_explained *explained)
{
    if (!model->on) {
        return;
    }
    uint32_t index = oracle_image_of(model->oracle, explained->image);
    const struct model_image *image = model_image_find(model, index);
    enum dd_image_state state = image != NULL ? image->state : DD_IMAGE_ABSENT;
    model->explained_count++;
    if (state != explained->state) {
        model_object(model, index, "%s is %s, and the coordinator says it is %s",
                     oracle_image_text(model->oracle, index), dd_image_state_word(state),
                     dd_image_state_word(explained->state));
        return;
    }
    check_holders(model, index, explained);
    check_bindings(model, index, explained);
    check_rest(model, image, explained);
}

static void check_explained(struct sim_model *model)
{
    size_t known = 0;
    for (size_t i = 0; i < model->image_count; i++) {
        known += model->images[i].state != DD_IMAGE_ABSENT ? 1 : 0;
    }
    if (model->on && known != model->explained_count) {
        model_object(model, SIM_NONE, "there are %zu images, and the coordinator knows %zu", known,
                     model->explained_count);
    }
    model->touched = false;
    model->skipped = 0;
}

/* --- what must have begun ----------------------------------------------------------------------
 */

static void check_look(struct sim_model *model, const struct model_look *look)
{
    if (model->on && look->state == MODEL_LOOK_DUE) {
        model_object(model, SIM_NONE, "%s is inspected now, and it is not",
                     model_look_text(model, look));
    }
}

static void check_started(struct sim_model *model)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        check_look(model, &model->operations[i].look);
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        const struct model_pull *pull = &model->pulls[i];
        check_look(model, &pull->look);
        if (model->on && pull->phase == MODEL_PULL_DUE) {
            model_object(model, SIM_NONE, "the engine is asked to pull %s now, and it is not",
                         oracle_name_text(model->oracle, pull->reference));
        }
    }
    for (size_t i = 0; i < model->image_count; i++) {
        const struct model_image *image = &model->images[i];
        if (model->on && image->call_due) {
            model_object(model, image->image, "the removal of %s asks about %s now, and does not",
                         oracle_image_text(model->oracle, image->image),
                         model_removal_text(model, image));
        } else if (model->on && image->backs_off) {
            model_object(model, image->image, "%s is BLOCKED now, and it is not",
                         oracle_image_text(model->oracle, image->image));
        }
    }
}

static void check_waiting(struct sim_model *model)
{
    const struct model_pull *pull = model_pull_next(model);
    const struct model_image *image = model_removal_next(model);
    if (model->on && pull != NULL) {
        model_object(model, SIM_NONE, "nothing is in the way of the pull of %s, and it waits",
                     oracle_name_text(model->oracle, pull->reference));
    } else if (model->on && image != NULL) {
        model_object(model, image->image,
                     "nothing is in the way of the removal of %s, and it waits",
                     oracle_image_text(model->oracle, image->image));
    }
}

static bool look_is_late(const struct sim_model *model, const struct model_look *look)
{
    return look->state == MODEL_LOOK_ASKED && !look->late && !look->abandoned &&
           look->due_ns < model_now(model);
}

/* What something that waits for a time is about, if that is over; SIM_NONE. */
static uint32_t overdue_name(const struct sim_model *model)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        const struct model_operation *operation = &model->operations[i];
        bool late = operation->due_ns < model_now(model) || look_is_late(model, &operation->look);
        if (late && !operation->retains) {
            return operation->reference;
        }
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        const struct model_pull *pull = &model->pulls[i];
        uint64_t due_ns = pull->quiet_ns < pull->whole_ns ? pull->quiet_ns : pull->whole_ns;
        due_ns = due_ns < pull->settled_ns ? due_ns : pull->settled_ns;
        if (due_ns < model_now(model) || look_is_late(model, &pull->look)) {
            return pull->reference;
        }
    }
    return SIM_NONE;
}

static uint32_t overdue_image(const struct sim_model *model)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        const struct model_operation *operation = &model->operations[i];
        bool late = operation->due_ns < model_now(model) || look_is_late(model, &operation->look);
        if (late && operation->retains) {
            return operation->image;
        }
    }
    for (size_t i = 0; i < model->image_count; i++) {
        const struct model_image *image = &model->images[i];
        uint64_t due_ns = image->state == DD_IMAGE_REMOVING ? image->retry_ns : image->due_ns;
        if (image->answer_ns < model_now(model) || (!image->due && due_ns < model_now(model))) {
            return image->image;
        }
    }
    return SIM_NONE;
}

/* What is due at this very instant may happen yet. */
static void check_overdue(struct sim_model *model)
{
    uint32_t name = overdue_name(model);
    uint32_t image = overdue_image(model);
    if (model->on && name != SIM_NONE) {
        model_object(model, SIM_NONE, "the time for what waits for %s is over, and it waits",
                     oracle_name_text(model->oracle, name));
    } else if (model->on && image != SIM_NONE) {
        model_object(model, image, "the time for %s has come, and nothing happens",
                     oracle_image_text(model->oracle, image));
    }
}

static void check_cancelled(struct sim_model *model)
{
    for (size_t i = 0; model->on && i < model->cancel_count; i++) {
        const struct model_cancel *cancel = &model->cancels[i];
        if (cancel->expected != cancel->seen) {
            model_object(model, SIM_NONE, "%s, and %s",
                         cancel->expected ? "a call is cancelled" : "no call is cancelled",
                         cancel->expected ? "none is" : "one is");
        }
    }
    model->cancel_count = 0;
}

void model_check_told(struct sim_model *model)
{
    if (model->on && model->telling != SIM_NONE) {
        const struct model_operation *operation = model_operation_of(model, model->telling);
        model_object(model, SIM_NONE, "%s is told now, and it is not",
                     operation != NULL ? oracle_caller_text(model->oracle, operation->caller)
                                       : "somebody");
    }
}

/* Where hardly anything happened there is nothing to find; with many operations it can
 * be found a few events later. */
static bool may_rest(struct sim_model *model)
{
    model->rested++;
    if (!model->stirred || model->rested <= model->operation_count / MANY_OPERATIONS) {
        return true;
    }
    model->stirred = false;
    model->rested = 0;
    return false;
}

void sim_model_check(struct sim_model *model, bool explained)
{
    if (!model->on || (!explained && may_rest(model))) {
        return;
    }
    if (explained) {
        check_explained(model);
    } else {
        model->skipped += model->touched ? 1 : 0;
    }
    model->explained_count = 0;
    check_said(model);
    check_cancelled(model);
    check_started(model);
    check_waiting(model);
    check_overdue(model);
    model_check_told(model);
}
