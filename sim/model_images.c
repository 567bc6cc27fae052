/* Images: their states, what is bound, and what is wanted. Part of the model
 * (model_state.h). */
#include <string.h>

#include "sim/model_state.h"

/* --- what is known ---------------------------------------------------------------- */

struct model_image *model_image_find(struct sim_model *model, uint32_t image)
{
    for (size_t i = 0; i < model->image_count; i++) {
        if (model->images[i].image == image) {
            return &model->images[i];
        }
    }
    return NULL;
}

struct model_image *model_image_know(struct sim_model *model, uint32_t image)
{
    struct model_image *known = model_image_find(model, image);
    if (known == NULL) {
        model->images = model_grow(model->images, &model->image_capacity, model->image_count,
                                   sizeof(*model->images));
        known = &model->images[model->image_count++];
        *known = (struct model_image){ .image = image,
                                       .state = DD_IMAGE_ABSENT,
                                       .due_ns = MODEL_NEVER,
                                       .retry_ns = MODEL_NEVER,
                                       .answer_ns = MODEL_NEVER,
                                       .name = SIM_NONE };
    }
    return known;
}

/* --- bindings -------------------------------------------------------------------------- */

static struct model_binding *binding_find(struct sim_model *model, uint32_t image, uint32_t name)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image && model->bindings[i].name == name) {
            return &model->bindings[i];
        }
    }
    return NULL;
}

void model_bind(struct sim_model *model, uint32_t image, uint32_t name)
{
    if (!model->config.cleanup) {
        return;
    }
    struct model_binding *binding = binding_find(model, image, name);
    if (binding == NULL) {
        model->bindings = model_grow(model->bindings, &model->binding_capacity,
                                     model->binding_count, sizeof(*model->bindings));
        binding = &model->bindings[model->binding_count++];
        *binding = (struct model_binding){ .image = image, .name = name };
        model_image_know(model, image)->ours = true;
    }
    binding->fresh = true;
    model_rescue(model);
}

void model_unbind(struct sim_model *model, uint32_t image, uint32_t name)
{
    struct model_binding *binding = binding_find(model, image, name);
    size_t at = (size_t)(binding - model->bindings);
    memmove(binding, binding + 1, (--model->binding_count - at) * sizeof(*binding));
}

/* --- busy, wanted, gated ------------------------------------------------------------------ */

/* Somebody waits for a pull of it, or an engine pull of it is not over, or the inspect
 * that it owes is not answered. */
bool model_repository_is_busy(const struct sim_model *model, uint32_t repository)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        const struct model_operation *operation = &model->operations[i];
        if (!operation->concluded && operation->reference != SIM_NONE &&
            model_repository(model, operation->reference) == repository) {
            return true;
        }
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number != 0 &&
            model_repository(model, model->pulls[i].reference) == repository) {
            return true;
        }
    }
    return false;
}

/* A retain of it waits, or a pull or a policy waits for the end of its removal. */
static bool is_waited_for(const struct sim_model *model, uint32_t image)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        const struct model_operation *operation = &model->operations[i];
        if (!operation->concluded && ((operation->retains && operation->image == image) ||
                                      operation->look.wanted == image)) {
            return true;
        }
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number != 0 && model->pulls[i].look.wanted == image) {
            return true;
        }
    }
    return false;
}

bool model_is_wanted(const struct sim_model *model, uint32_t image)
{
    if (is_waited_for(model, image)) {
        return true;
    }
    for (size_t i = 0; i < model->binding_count; i++) {
        const struct model_binding *binding = &model->bindings[i];
        if (binding->image == image &&
            model_repository_is_busy(model, model_repository(model, binding->name))) {
            return true;
        }
    }
    return false;
}

bool model_is_gated(const struct sim_model *model, uint32_t repository)
{
    for (size_t i = 0; i < model->image_count; i++) {
        const struct model_image *image = &model->images[i];
        for (size_t k = 0; image->unanswered && k < model->binding_count; k++) {
            const struct model_binding *binding = &model->bindings[k];
            if (binding->image == image->image &&
                model_repository(model, binding->name) == repository) {
                return true;
            }
        }
    }
    return false;
}

/* --- states ------------------------------------------------------------------------------- */

/* A new lease ends the delay, and forgets earlier refusals. */
void model_held(struct sim_model *model, uint32_t index)
{
    struct model_image *image = model_image_know(model, index);
    if (image->state == DD_IMAGE_REMOVING) {
        model_object(model, index, "%s is being removed, and a lease on it is granted",
                     oracle_image_text(model->oracle, index));
    }
    if (image->state == DD_IMAGE_IDLE || image->state == DD_IMAGE_BLOCKED) {
        image->backoff = 0;
    }
    image->state = DD_IMAGE_HELD;
    image->due = false;
    image->due_ns = MODEL_NEVER;
    image->reason = (struct model_class){ .status = DD_OK };
}

static void start_delay(struct sim_model *model, struct model_image *image)
{
    image->state = DD_IMAGE_IDLE;
    image->due = false;
    image->due_ns = model_due(model, model->config.remove_delay_ns);
    image->reason = (struct model_class){ .status = DD_OK };
}

/* What was never ours is forgotten with its last lease. */
void model_let_go(struct sim_model *model, uint32_t index)
{
    struct model_image *image = model_image_find(model, index);
    if (image->ours) {
        start_delay(model, image);
    } else {
        image->state = DD_IMAGE_ABSENT;
    }
}

void model_image_found(struct sim_model *model, uint32_t index)
{
    struct model_image *image = model_image_know(model, index);
    if (image->state == DD_IMAGE_BLOCKED && image->ours) {
        start_delay(model, image);
    }
}

void model_image_time_over(struct sim_model *model, struct model_image *image)
{
    (void)model;
    image->due = true;
    image->retry_ns = MODEL_NEVER;
}

void model_rescue(struct sim_model *model)
{
    for (size_t i = 0; i < model->image_count; i++) {
        struct model_image *image = &model->images[i];
        if (image->state == DD_IMAGE_REMOVING && !image->unanswered &&
            model_is_wanted(model, image->image)) {
            model_removal_ends(model, image);
            image->state = DD_IMAGE_IDLE;
            image->due = true; /* its deadline stands: whoever wanted it may come to nothing */
        }
    }
}

static void forget(struct sim_model *model, size_t at)
{
    for (size_t i = model->binding_count; i-- > 0;) {
        if (model->bindings[i].image == model->images[at].image) {
            model_unbind(model, model->bindings[i].image, model->bindings[i].name);
        }
    }
    memmove(&model->images[at], &model->images[at + 1],
            (--model->image_count - at) * sizeof(*model->images));
}

static void forget_pulls(struct sim_model *model)
{
    size_t kept = 0;
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number != 0) {
            if (kept != i) {
                model->pulls[kept] = model->pulls[i];
            }
            kept++;
        }
    }
    model->pull_count = kept;
}

void model_settle(struct sim_model *model)
{
    model_rescue(model);
    forget_pulls(model);
    for (size_t i = model->image_count; i-- > 0;) {
        struct model_image *image = &model->images[i];
        if (image->state != DD_IMAGE_ABSENT) {
            continue;
        }
        if (image->ours) {
            start_delay(model, image);
        } else if (!is_waited_for(model, image->image)) {
            forget(model, i);
        }
    }
    model_looks_open(model);
}
