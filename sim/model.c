#include "sim/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/model_state.h"

/* --- life -------------------------------------------------------------------------- */

struct sim_model *sim_model_create(struct sim_oracle *oracle)
{
    struct sim_model *model = fake_memory_alloc(sizeof(*model));
    model->oracle = oracle;
    return model;
}

static void empty(struct sim_model *model)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        fake_memory_free(model->operations[i].bindings);
    }
    if (model->pending != SIM_NONE) {
        fake_memory_free(model->asking.bindings);
    }
    model->pending = SIM_NONE;
    model->operation_count = 0;
    model->lease_count = 0;
    model->pull_count = 0;
    model->image_count = 0;
    model->binding_count = 0;
    model->stray_count = 0;
    model->task_first = 0;
    model->task_count = 0;
    model->cancel_count = 0;
}

void sim_model_destroy(struct sim_model *model)
{
    if (model == NULL) {
        return;
    }
    empty(model);
    fake_memory_free(model->operations);
    fake_memory_free(model->leases);
    fake_memory_free(model->pulls);
    fake_memory_free(model->images);
    fake_memory_free(model->bindings);
    fake_memory_free(model->strays);
    fake_memory_free(model->tasks);
    fake_memory_free(model->cancels);
    fake_memory_free(model);
}

void sim_model_begin(struct sim_model *model, const struct dd_config *config,
                     const uint64_t *now_ns, bool scarce)
{
    empty(model);
    model->config = *config;
    model->now_ns = now_ns;
    model->scarce = scarce;
    model->closing_lines = false;
    model->on = false;
    model->closing = false;
    model->last_pull = 0;
    model->last_order = 0;
    model->last_lease = 0;
    model->touched = false;
    model->skipped = 0;
    model->stirred = false;
    model->rested = 0;
    model->telling = SIM_NONE;
    model->secret = 0;
    model->is_asking = false;
    model->explained_count = 0;
}

void sim_model_opened(struct sim_model *model)
{
    model->on = true;
}

void *model_grow(void *block, size_t *capacity, size_t count, size_t item_size)
{
    if (count < *capacity) {
        return block;
    }
    *capacity = *capacity == 0 ? 1 : 2 * *capacity;
    return fake_memory_grow(block, *capacity, item_size);
}

void model_object(struct sim_model *model, uint32_t image, const char *format, ...)
{
    char text[384];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sim_oracle_object(model->oracle, "S9",
                      image != SIM_NONE ? oracle_image_text(model->oracle, image) : "",
                      "the model says that %s", text);
    model->on = false;
}

uint64_t model_due(const struct sim_model *model, uint64_t duration_ns)
{
    return duration_ns > MODEL_NEVER - model_now(model) ? MODEL_NEVER
                                                        : model_now(model) + duration_ns;
}

/* --- what was posted ------------------------------------------------------------------ */

void model_post(struct sim_model *model, struct model_task task)
{
    model->tasks =
        model_grow(model->tasks, &model->task_capacity, model->task_count, sizeof(*model->tasks));
    size_t at = model->task_count++;
    for (; at > 0 && model->tasks[at - 1].order > task.order; at--) {
        model->tasks[at] = model->tasks[at - 1];
    }
    model->tasks[at] = task;
}

void sim_model_closing(struct sim_model *model)
{
    model->closing = true;
    if (model->on) {
        model_post(model,
                   (struct model_task){ .kind = MODEL_CLOSES, .order = ++model->last_order });
    }
}

void sim_model_runs(struct sim_model *model)
{
    if (!model->on) {
        return;
    }
    model_check_told(model);
    model->stirred = true;
    if (model->task_first == model->task_count) {
        model_object(model, SIM_NONE, "nothing is posted, and something runs");
        return;
    }
    struct model_task task = model->tasks[model->task_first++];
    if (model->task_first == model->task_count) {
        model->task_first = 0;
        model->task_count = 0;
    }
    struct model_operation *operation;
    switch (task.kind) {
    case MODEL_TELLS:
        operation = model_operation_of(model, task.index);
        if (operation != NULL && model->closing) {
            model_leave(model, operation, DD_ECLOSED);
        }
        model->telling = task.index;
        break;
    case MODEL_REFUSES:
        model_call_refused(model, task.call);
        break;
    case MODEL_CLOSES:
        model->on = false; /* what follows is the oracle's matter */
        break;
    }
}

/* --- time ------------------------------------------------------------------------------ */

static bool look_is_over(const struct sim_model *model, const struct model_look *look)
{
    return look->state == MODEL_LOOK_ASKED && !look->abandoned && !look->late &&
           look->due_ns <= model_now(model);
}

/* The operation whose deadline was first, and is over; NULL. */
static struct model_operation *overdue(struct sim_model *model)
{
    struct model_operation *first = NULL;
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_operation *operation = &model->operations[i];
        bool before = first == NULL || operation->due_ns < first->due_ns ||
                      (operation->due_ns == first->due_ns && operation->number < first->number);
        first = operation->due_ns <= model_now(model) && before ? operation : first;
    }
    return first;
}

static void operation_times(struct sim_model *model)
{
    struct model_operation *operation;
    while ((operation = overdue(model)) != NULL) {
        operation->due_ns = MODEL_NEVER;
        model_leave(model, operation, DD_ETIMEDOUT);
    }
    for (size_t i = 0; i < model->operation_count; i++) {
        if (look_is_over(model, &model->operations[i].look)) {
            model_look_time_over(model, &model->operations[i].look);
        }
    }
}

static void pull_times(struct sim_model *model)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->quiet_ns <= model_now(model)) {
            model_pull_give_up(model, pull, DD_ESTALLED);
        }
        if (pull->whole_ns <= model_now(model)) {
            model_pull_give_up(model, pull, DD_ETIMEDOUT);
        }
        if (pull->phase == MODEL_PULL_SETTLING && pull->settled_ns <= model_now(model)) {
            model_pull_check(model, pull);
        }
        if (look_is_over(model, &pull->look)) {
            model_look_time_over(model, &pull->look);
        }
    }
}

static void image_times(struct sim_model *model)
{
    for (size_t i = 0; i < model->image_count; i++) {
        struct model_image *image = &model->images[i];
        if (image->answer_ns <= model_now(model)) {
            model_removal_time_over(model, image);
        }
        uint64_t due_ns = image->state == DD_IMAGE_REMOVING ? image->retry_ns : image->due_ns;
        if (!image->due && due_ns <= model_now(model)) {
            model_image_time_over(model, image);
        }
    }
}

void sim_model_alarm(struct sim_model *model)
{
    if (!model->on) {
        return;
    }
    model_touch(model);
    operation_times(model);
    pull_times(model);
    image_times(model);
    model_settle(model);
}

static struct model_pull *pull_of_call(struct sim_model *model, const struct dd_call *call)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number != 0 && model->pulls[i].call == call) {
            return &model->pulls[i];
        }
    }
    return NULL;
}

static void pull_goes_off(struct sim_model *model, enum sim_model_timer timer,
                          const struct dd_call *call)
{
    struct model_pull *pull = pull_of_call(model, call);
    if (pull == NULL) {
        model_object(model, SIM_NONE, "no pull waits for that time");
    } else if (timer == SIM_MODEL_SETTLED) {
        model_pull_check(model, pull);
    } else {
        model_pull_give_up(model, pull, timer == SIM_MODEL_STALLED ? DD_ESTALLED : DD_ETIMEDOUT);
    }
}

static void inspect_goes_off(struct sim_model *model, const struct dd_call *call)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_look *look = &model->operations[i].look;
        if (look->state == MODEL_LOOK_ASKED && look->call == call) {
            model_look_time_over(model, look);
        }
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_look *look = &model->pulls[i].look;
        if (look->state == MODEL_LOOK_ASKED && look->call == call) {
            model_look_time_over(model, look);
        }
    }
    for (size_t i = 0; i < model->image_count; i++) {
        struct model_image *image = &model->images[i];
        if (image->state == DD_IMAGE_REMOVING && image->call == call) {
            model_removal_time_over(model, image);
        }
    }
}

void sim_model_image_goes_off(struct sim_model *model, const char *id)
{
    struct model_image *image =
        model->on ? model_image_find(model, oracle_image_of(model->oracle, id)) : NULL;
    if (image != NULL) {
        model_touch(model);
        model_image_time_over(model, image);
        model_settle(model);
    }
}

void sim_model_deadline_goes_off(struct sim_model *model, uint64_t number)
{
    struct model_operation *operation = model->on ? model_operation_numbered(model, number) : NULL;
    if (operation != NULL) {
        model_touch(model);
        operation->due_ns = MODEL_NEVER;
        model_leave(model, operation, DD_ETIMEDOUT);
        model_settle(model);
    }
}

void sim_model_call_goes_off(struct sim_model *model, enum sim_model_timer timer,
                             const struct dd_call *call)
{
    if (!model->on) {
        return;
    }
    model_touch(model);
    if (timer == SIM_MODEL_UNANSWERED) {
        inspect_goes_off(model, call);
    } else {
        pull_goes_off(model, timer, call);
    }
    model_settle(model);
}

/* --- what the coordinator says -------------------------------------------------------------- */

void sim_model_saw(struct sim_model *model, const struct dd_event *event)
{
    if (!model->on) {
        return;
    }
    switch (event->kind) {
    case DD_EVENT_PULL_ASKED:
    case DD_EVENT_RETAIN_ASKED:
        model_operation_accept(model, event->operation);
        break;
    case DD_EVENT_INSPECT_STARTED:
        model->is_asking = true;
        break;
    case DD_EVENT_PULL_BEFORE:
        model_pull_begins(model, oracle_name_of(model->oracle, event->reference));
        break;
    case DD_EVENT_PULL_JOINED:
        if (model->scarce) {
            model_pull_joined(model, event->operation);
        }
        break;
    case DD_EVENT_REMOVAL_STARTED:
        model_removal_begins(model, oracle_image_of(model->oracle, event->image));
        break;
    case DD_EVENT_BLOCKED:
        model_removal_backs_off(model, event);
        break;
    case DD_EVENT_PULL_PROGRESS:
        return;
    default:
        model_touch(model);
        model_compare_saw(model, event);
        break;
    }
    model->stirred = true;
}
