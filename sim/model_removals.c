/* Removals, round by round. Part of the model (model_state.h). */
#include <string.h>

#include "sim/model_state.h"

/* --- places ------------------------------------------------------------------------------ */

unsigned model_places_taken(const struct sim_model *model)
{
    unsigned taken = 0;
    for (size_t i = 0; i < model->image_count; i++) {
        taken += model->images[i].place ? 1 : 0;
    }
    for (size_t i = 0; i < model->stray_count; i++) {
        taken += model->strays[i].place ? 1 : 0;
    }
    return taken;
}

/* Its time has come, and nothing is in the way but the number of places. */
static bool may_go_on(const struct sim_model *model, const struct model_image *image)
{
    bool idle = image->state == DD_IMAGE_IDLE || image->state == DD_IMAGE_BLOCKED;
    bool waits = image->state == DD_IMAGE_REMOVING && image->step == MODEL_STEP_NONE;
    return image->due && ((idle && !model_is_wanted(model, image->image)) || waits);
}

/* The earliest deadline first. */
const struct model_image *model_removal_next(const struct sim_model *model)
{
    const struct model_image *next = NULL;
    for (size_t i = 0; i < model->image_count; i++) {
        const struct model_image *image = &model->images[i];
        if (image->due && (next == NULL || image->due_ns < next->due_ns) &&
            may_go_on(model, image)) {
            next = image;
        }
    }
    return next != NULL && model_places_taken(model) < model->config.parallel_removal_max ? next
                                                                                          : NULL;
}

/* Of several with one deadline, any. */
static bool has_its_turn(const struct sim_model *model, const struct model_image *image)
{
    const struct model_image *next = model_removal_next(model);
    return next != NULL && may_go_on(model, image) && image->due_ns == next->due_ns;
}

static void leave_place(struct model_image *image)
{
    image->place = false;
    image->step = MODEL_STEP_NONE;
    image->name = SIM_NONE;
    image->call_due = false;
    image->answer_ns = MODEL_NEVER;
}

/* --- steps ----------------------------------------------------------------------------------- */

static void grow_old(struct sim_model *model, uint32_t image)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image) {
            model->bindings[i].fresh = false;
        }
    }
}

static void examine_anew(struct sim_model *model, uint32_t image)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image) {
            model->bindings[i].examined = false;
        }
    }
}

static bool any_fresh(const struct sim_model *model, uint32_t image)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image && model->bindings[i].fresh) {
            return true;
        }
    }
    return false;
}

/* Tags before digests; NULL: all were examined in this round. */
static struct model_binding *next_binding(struct sim_model *model, uint32_t image)
{
    struct model_binding *digest = NULL;
    for (size_t i = 0; i < model->binding_count; i++) {
        struct model_binding *binding = &model->bindings[i];
        if (binding->image != image || binding->examined) {
            continue;
        }
        if (!model->oracle->name_at[binding->name].by_digest) {
            return binding;
        }
        digest = digest == NULL ? binding : digest;
    }
    return digest;
}

static void take_step(struct sim_model *model, struct model_image *image, enum model_step step)
{
    bool deletes = step == MODEL_STEP_DELETE_ID || step == MODEL_STEP_DELETE_NAME;
    grow_old(model, image->image);
    image->step = step;
    image->call_due = true;
    image->late = false;
    image->sent_ns = model_now(model);
    image->unanswered = image->unanswered || deletes;
    image->answer_ns = deletes ? MODEL_NEVER : model_due(model, model->config.inspect_timeout_ns);
}

static void examine_next(struct sim_model *model, struct model_image *image)
{
    struct model_binding *binding = next_binding(model, image->image);
    if (binding == NULL) {
        take_step(model, image, MODEL_STEP_ASK_ID);
        return;
    }
    binding->examined = true;
    image->name = binding->name;
    take_step(model, image, MODEL_STEP_ASK_NAME);
}

void model_removal_begins(struct sim_model *model, uint32_t index)
{
    struct model_image *image = model_image_find(model, index);
    const struct model_image *next = model_removal_next(model);
    if (image == NULL || !has_its_turn(model, image)) {
        model_object(model, index, "%s is removed next, and the removal of %s begins",
                     next != NULL ? oracle_image_text(model->oracle, next->image) : "nothing",
                     oracle_image_text(model->oracle, index));
        return;
    }
    image->state = DD_IMAGE_REMOVING;
    image->retry_ns = MODEL_NEVER;
    image->reason = (struct model_class){ .status = DD_OK };
    image->tries = 0;
    image->due = false;
    image->place = true;
    image->was_absent = false;
    examine_anew(model, index);
    take_step(model, image, MODEL_STEP_ASK_ID);
}

bool model_removal_resumes(struct sim_model *model, struct model_image *image)
{
    if (image->state != DD_IMAGE_REMOVING || image->step != MODEL_STEP_NONE ||
        !has_its_turn(model, image)) {
        return false;
    }
    image->due = false;
    image->place = true;
    image->was_absent = false;
    if (image->in_doubt) {
        take_step(model, image, MODEL_STEP_PROBE);
    } else {
        examine_anew(model, image->image);
        take_step(model, image, MODEL_STEP_ASK_ID);
    }
    return true;
}

const char *model_removal_text(const struct sim_model *model, const struct model_image *image)
{
    bool by_name = image->step == MODEL_STEP_ASK_NAME || image->step == MODEL_STEP_DELETE_NAME;
    return by_name ? oracle_name_text(model->oracle, image->name)
                   : sim_names_text(&model->oracle->image_ids, image->image);
}

/* --- how it ends -------------------------------------------------------------------------------
 */

void model_removal_ends(struct sim_model *model, struct model_image *image)
{
    if (image->step != MODEL_STEP_NONE && !image->call_due) {
        if (!image->late) {
            model_call_cancel(model, image->call);
        }
        model_stray_add(model, image->call, true);
    }
    leave_place(image);
    image->due = false;
    image->retry_ns = MODEL_NEVER;
}

void model_removal_time_over(struct sim_model *model, struct model_image *image)
{
    if (image->step == MODEL_STEP_DELETE_NAME || image->step == MODEL_STEP_DELETE_ID) {
        model_object(model, image->image, "a DELETE is not given up (H32), and this one is");
        return;
    }
    image->late = true;
    image->answer_ns = MODEL_NEVER;
    model_call_cancel(model, image->call);
}

/* It goes on after @wait_ns. */
static void wait_for(struct sim_model *model, struct model_image *image, uint64_t wait_ns)
{
    leave_place(image);
    image->due = false;
    image->retry_ns = model_due(model, wait_ns);
}

static void block(struct model_image *image, struct model_class reason)
{
    leave_place(image);
    image->state = DD_IMAGE_BLOCKED;
    image->reason = reason;
    image->due = false;
    image->backs_off = true;
}

/* Three tries at an unknown error, and it is BLOCKED; it is never forgotten (H07). */
static void failed(struct sim_model *model, struct model_image *image, struct model_class why)
{
    image->tries++;
    if (image->tries < model->config.try_max) {
        wait_for(model, image, model->config.retry_ns);
    } else {
        why.conflict = DD_CONFLICT_NONE;
        block(image, why);
    }
}

static void gone(struct sim_model *model, struct model_image *image)
{
    uint32_t index = image->image;
    for (size_t i = model->binding_count; i-- > 0;) {
        if (model->bindings[i].image == index) {
            model_unbind(model, index, model->bindings[i].name);
        }
    }
    leave_place(image);
    image->state = DD_IMAGE_ABSENT;
    image->due = false;
    image->due_ns = MODEL_NEVER;
    image->ours = false;
    image->backoff = 0;
    model_looks_wake(model, index);
}

/* The engine does not have it; unless a pull of ours brought it again since (H38). */
static void absent(struct sim_model *model, struct model_image *image)
{
    if (any_fresh(model, image->image)) {
        take_step(model, image, MODEL_STEP_ASK_ID);
    } else {
        gone(model, image);
    }
}

static uint64_t backoff_of(const struct sim_model *model, const struct model_image *image)
{
    uint64_t wait_ns = model->config.backoff_min_ns;
    uint64_t most_ns = model->config.backoff_max_ns;
    for (unsigned i = 0; i < image->backoff && wait_ns < most_ns; i++) {
        wait_ns = wait_ns >= most_ns / 2 ? most_ns : 2 * wait_ns;
    }
    return image->reason.conflict == DD_CONFLICT_NAMES || wait_ns > most_ns ? most_ns : wait_ns;
}

/* How long, it says itself; it may add up to an eighth, by chance. */
void model_removal_backs_off(struct sim_model *model, const struct dd_event *event)
{
    uint32_t index = oracle_image_of(model->oracle, event->image);
    struct model_image *image = model_image_find(model, index);
    if (image == NULL || !image->backs_off) {
        model_object(model, index, "%s is not refused now, and it is BLOCKED",
                     oracle_image_text(model->oracle, index));
        return;
    }
    uint64_t least_ns = backoff_of(model, image);
    if (event->after_ns < least_ns || event->after_ns > least_ns + least_ns / 8 ||
        event->after_ns > model->config.backoff_max_ns) {
        model_object(model, index, "%s is tried again after %llums, and it is after %llums",
                     oracle_image_text(model->oracle, index),
                     (unsigned long long)(least_ns / 1000000),
                     (unsigned long long)(event->after_ns / 1000000));
        return;
    }
    image->backs_off = false;
    image->backoff += image->backoff < UINT8_MAX ? 1 : 0;
    image->due_ns = model_due(model, event->after_ns);
}

/* --- what is answered
 * ----------------------------------------------------------------------------- */

static bool is_about(struct sim_model *model, const struct model_image *image,
                     const struct dd_answer *answer)
{
    return oracle_image_of(model->oracle, answer->id) == image->image;
}

static void id_answered(struct sim_model *model, struct model_image *image,
                        const struct dd_answer *answer, struct model_class found)
{
    if (found.status == DD_ENOTFOUND) {
        absent(model, image);
    } else if (found.status != DD_OK) {
        failed(model, image, found);
    } else if (!is_about(model, image, answer)) {
        failed(model, image, (struct model_class){ .status = DD_EENGINE });
    } else if (next_binding(model, image->image) != NULL) {
        examine_next(model, image);
    } else if (answer->tags.count + answer->digests.count > 0) {
        block(image, (struct model_class){ DD_ECONFLICT, DD_CONFLICT_NAMES });
    } else {
        take_step(model, image, MODEL_STEP_DELETE_ID);
    }
}

/* The name means nothing, or something else: it is left alone. */
static void lose_name(struct sim_model *model, struct model_image *image)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        const struct model_binding *binding = &model->bindings[i];
        if (binding->image == image->image && binding->name == image->name && !binding->fresh) {
            model_unbind(model, image->image, image->name);
            break;
        }
    }
    examine_next(model, image);
}

/* Podman knows an image by digests that are none of its names, and cannot remove those. */
static bool is_no_name(struct sim_model *model, const struct model_image *image,
                       const struct dd_answer *answer)
{
    if (strchr(oracle_name_text(model->oracle, image->name), '@') == NULL) {
        return false;
    }
    for (size_t i = 0; i < answer->digests.count; i++) {
        if (model_listed_name(model, answer->digests.at[i]) == image->name) {
            return false;
        }
    }
    return true;
}

static void name_answered(struct sim_model *model, struct model_image *image,
                          const struct dd_answer *answer, struct model_class found)
{
    if (found.status == DD_ENOTFOUND ||
        (found.status == DD_OK &&
         (!is_about(model, image, answer) || is_no_name(model, image, answer)))) {
        lose_name(model, image);
    } else if (found.status != DD_OK) {
        failed(model, image, found);
    } else {
        take_step(model, image, MODEL_STEP_DELETE_NAME);
    }
}

static void drop_untagged(struct sim_model *model, const struct model_image *image,
                          const struct dd_answer *answer)
{
    for (size_t i = 0; i < answer->untagged.count; i++) {
        uint32_t name = model_listed_name(model, answer->untagged.at[i]);
        for (size_t k = model->binding_count; k-- > 0;) {
            const struct model_binding *binding = &model->bindings[k];
            if (binding->image == image->image && binding->name == name && !binding->fresh) {
                model_unbind(model, image->image, name);
            }
        }
    }
}

/* Podman leaves "sha256:" out. */
static bool lists_deleted(const struct sim_model *model, const struct model_image *image,
                          const struct dd_answer *answer)
{
    const char *id = sim_names_text(&model->oracle->image_ids, image->image);
    const char *colon = strchr(id, ':');
    for (size_t i = 0; i < answer->deleted.count; i++) {
        const char *listed = answer->deleted.at[i] != NULL ? answer->deleted.at[i] : "";
        if (strcmp(listed, id) == 0 || (colon != NULL && strcmp(listed, colon + 1) == 0)) {
            return true;
        }
    }
    return false;
}

static void outcome_known(struct sim_model *model, struct model_image *image)
{
    image->unanswered = false;
    image->in_doubt = false;
    model_looks_grow_stale(model);
}

/* What is wanted is rescued, and those that waited ask again. */
static bool rescued(struct sim_model *model, struct model_image *image)
{
    if (!model_is_wanted(model, image->image)) {
        return false;
    }
    model_removal_ends(model, image);
    image->state = DD_IMAGE_IDLE;
    image->due = true;
    model_looks_wake(model, image->image);
    return true;
}

static void delete_answered(struct sim_model *model, struct model_image *image,
                            const struct dd_answer *answer, struct model_class found)
{
    bool by_name = image->step == MODEL_STEP_DELETE_NAME;
    if (answer->transport == DD_TRANSPORT_LOST || answer->transport == DD_TRANSPORT_CANCELLED) {
        image->in_doubt = true;
        image->doubt_instance = answer->instance;
        image->doubt_until_ns = model_due(model, model->config.delete_settling_ns);
        wait_for(model, image, 0);
        return;
    }
    outcome_known(model, image);
    bool deleted = false;
    if (found.status == DD_OK) {
        drop_untagged(model, image, answer);
        deleted = lists_deleted(model, image, answer);
    }
    if (deleted && !any_fresh(model, image->image)) {
        gone(model, image);
        return;
    }
    image->call_due = true; /* there is no call to be cancelled */
    if (rescued(model, image)) {
        return;
    }
    if (deleted) {
        take_step(model, image, MODEL_STEP_ASK_ID);
    } else if (found.status == DD_OK && by_name) {
        examine_next(model, image);
    } else if (found.status == DD_OK) {
        failed(model, image, (struct model_class){ .status = DD_EENGINE });
    } else if (found.status == DD_ENOTFOUND && by_name) {
        lose_name(model, image);
    } else if (found.status == DD_ENOTFOUND && !image->was_absent) {
        image->was_absent = true; /* only an inspect says that it is gone */
        take_step(model, image, MODEL_STEP_ASK_ID);
    } else if (found.status == DD_ECONFLICT) {
        block(image, found);
    } else {
        failed(model, image, found);
    }
}

/* The DELETE whose connection was lost is over when the image is gone, or is there on an
 * engine that never heard of it, or is there after the settling time. */
static void probe_answered(struct sim_model *model, struct model_image *image,
                           const struct dd_answer *answer, struct model_class found)
{
    bool newer = image->doubt_instance != 0 && answer->instance != 0 &&
                 answer->instance != image->doubt_instance;
    bool over = newer || image->sent_ns >= image->doubt_until_ns;
    image->call_due = true; /* there is no call to be cancelled */
    if (found.status == DD_ENOTFOUND) {
        outcome_known(model, image);
        if (!any_fresh(model, image->image) || !rescued(model, image)) {
            absent(model, image);
        }
    } else if (found.status == DD_OK && over && is_about(model, image, answer)) {
        outcome_known(model, image);
        if (!rescued(model, image)) {
            failed(model, image, (struct model_class){ .status = DD_ENETWORK });
        }
    } else {
        uint64_t wait_ns = model->config.retry_ns;
        if (model_now(model) < image->doubt_until_ns &&
            image->doubt_until_ns - model_now(model) < wait_ns) {
            wait_ns = image->doubt_until_ns - model_now(model);
        }
        wait_for(model, image, wait_ns);
    }
}

void model_removal_answered(struct sim_model *model, struct model_image *image,
                            const struct dd_answer *answer)
{
    struct model_class found = model_class_of_object(answer);
    bool deletes = image->step == MODEL_STEP_DELETE_ID || image->step == MODEL_STEP_DELETE_NAME;
    image->answer_ns = MODEL_NEVER;
    if (found.status == DD_ECANCELLED && image->late) {
        found.status = DD_ETIMEDOUT;
    }
    if (found.status == DD_OK && !deletes && (answer->id == NULL || answer->id[0] == '\0')) {
        found.status = DD_EENGINE;
    }
    if (image->step == MODEL_STEP_ASK_ID) {
        id_answered(model, image, answer, found);
    } else if (image->step == MODEL_STEP_ASK_NAME) {
        name_answered(model, image, answer, found);
    } else if (deletes) {
        delete_answered(model, image, answer, found);
    } else {
        probe_answered(model, image, answer, found);
    }
}
