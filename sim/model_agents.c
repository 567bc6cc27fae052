/* What the agents ask and let go: operations and leases. Part of the model
 * (model_state.h). */
#include <string.h>

#include "sim/model_state.h"

/* --- leases -------------------------------------------------------------------------- */

static struct model_lease *lease_find(struct sim_model *model, uint32_t image, uint32_t caller)
{
    for (size_t i = 0; i < model->lease_count; i++) {
        if (model->leases[i].image == image && model->leases[i].caller == caller) {
            return &model->leases[i];
        }
    }
    return NULL;
}

/* A caller holds at most one lease on an image. */
static void lease_grant(struct sim_model *model, uint32_t image, uint32_t caller)
{
    struct model_lease *lease = lease_find(model, image, caller);
    if (lease == NULL) {
        model->leases = model_grow(model->leases, &model->lease_capacity, model->lease_count,
                                   sizeof(*model->leases));
        lease = &model->leases[model->lease_count++];
        *lease = (struct model_lease){ .image = image, .caller = caller };
        model_held(model, image);
        model_image_find(model, image)->holder_count++;
    }
    lease->untold++;
}

/* It ends if nobody was told of it, and nobody will be. */
static void lease_maybe_end(struct sim_model *model, struct model_lease *lease)
{
    uint32_t image = lease->image;
    if (lease->number == 0 && lease->untold == 0) {
        *lease = model->leases[--model->lease_count];
        if (--model_image_find(model, image)->holder_count == 0) {
            model_let_go(model, image);
        }
    }
}

/* --- operations ------------------------------------------------------------------------ */

struct model_operation *model_operation_of(struct sim_model *model, uint32_t index)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        if (model->operations[i].index == index) {
            return &model->operations[i];
        }
    }
    return NULL;
}

struct model_operation *model_operation_numbered(struct sim_model *model, uint64_t number)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        if (model->operations[i].number == number) {
            return &model->operations[i];
        }
    }
    return NULL;
}

static void conclude(struct sim_model *model, struct model_operation *operation)
{
    uint32_t pull = operation->pull;
    bool posted = operation->concluded;
    operation->concluded = true;
    operation->pull = 0;
    if (model_look_abandon(model, &operation->look)) {
        model_stray_add(model, operation->look.call, false);
    }
    operation->look.state = MODEL_LOOK_NONE;
    operation->look.wanted = SIM_NONE;
    if (!posted) {
        model_post(model, (struct model_task){ .kind = MODEL_TELLS,
                                               .order = ++model->last_order,
                                               .index = operation->index });
    }
    if (pull != 0 && operation->phase == MODEL_ENDED) {
        model_pull_left(model, pull);
    }
}

void model_grant(struct sim_model *model, struct model_operation *operation, uint32_t image)
{
    for (size_t i = 0; i < operation->binding_count; i++) {
        model_bind(model, image, operation->bindings[i]);
    }
    lease_grant(model, image, operation->caller);
    operation->phase = MODEL_GRANTED;
    operation->image = image;
    conclude(model, operation);
}

void model_fail(struct sim_model *model, struct model_operation *operation,
                struct model_class result)
{
    operation->phase = MODEL_ENDED;
    operation->result = result;
    conclude(model, operation);
}

/* Cancelled, past its deadline, or the coordinator closes. */
void model_leave(struct sim_model *model, struct model_operation *operation, enum dd_status status)
{
    enum model_phase was = operation->phase;
    if (was == MODEL_ENDED && status != DD_ECANCELLED) {
        return; /* how it failed is what it will be told */
    }
    operation->phase = MODEL_ENDED;
    operation->result = (struct model_class){ .status = status };
    if (was == MODEL_WAITING) {
        conclude(model, operation);
    } else if (was == MODEL_GRANTED) {
        struct model_lease *lease = lease_find(model, operation->image, operation->caller);
        lease->untold--;
        lease_maybe_end(model, lease);
    }
}

/* --- asking ------------------------------------------------------------------------------ */

void sim_model_asking(struct sim_model *model, uint32_t index, const struct sim_asked *asked)
{
    if (!model->on) {
        return;
    }
    struct sim_oracle *oracle = model->oracle;
    struct model_operation *operation = &model->asking;
    model->pending = index;
    *operation = (struct model_operation){
        .index = index,
        .caller = oracle_caller_of(oracle, asked->caller),
        .reference = asked->image == NULL ? oracle_name_of(oracle, asked->reference) : SIM_NONE,
        .image = asked->image != NULL ? oracle_image_of(oracle, asked->image) : SIM_NONE,
        .secret = asked->secret,
        .due_ns = MODEL_NEVER,
        .policy = asked->policy,
        .retains = asked->image != NULL,
        .look = { .name = SIM_NONE, .image = SIM_NONE, .wanted = SIM_NONE },
    };
    if (asked->bindings.count > 0) {
        operation->bindings =
            fake_memory_grow(NULL, asked->bindings.count, sizeof(*operation->bindings));
    }
    for (size_t i = 0; i < asked->bindings.count; i++) {
        uint32_t name = model_listed_name(model, asked->bindings.at[i]);
        if (name != SIM_NONE) {
            operation->bindings[operation->binding_count++] = name;
        }
    }
    operation->due_ns = asked->deadline_ns;
}

static void begin_pull(struct sim_model *model, struct model_operation *operation)
{
    if (operation->policy == DD_PULL_ALWAYS) {
        model_pull_join(model, operation);
        return;
    }
    operation->look.name = operation->reference;
    operation->look.gate = true;
    operation->look.grants = true;
    model_look_ask(model, &operation->look);
}

static void begin_retain(struct sim_model *model, struct model_operation *operation)
{
    struct model_look *look = &operation->look;
    const struct model_image *image = model_image_know(model, operation->image);
    look->image = operation->image;
    look->grants = true;
    if (image->state == DD_IMAGE_REMOVING) {
        look->state = MODEL_LOOK_WAITS;
        look->order = ++model->last_order;
    } else if (image->state == DD_IMAGE_ABSENT) {
        model_look_ask(model, look);
    } else {
        model_grant(model, operation, operation->image);
    }
}

void model_operation_accept(struct sim_model *model, uint64_t number)
{
    if (model->pending == SIM_NONE) {
        model_object(model, SIM_NONE, "nobody asks for anything, and something is asked for");
        return;
    }
    model->operations = model_grow(model->operations, &model->operation_capacity,
                                   model->operation_count, sizeof(*model->operations));
    struct model_operation *operation = &model->operations[model->operation_count++];
    *operation = model->asking;
    operation->number = number;
    operation->due_ns = operation->due_ns == 0 ? MODEL_NEVER : model_due(model, operation->due_ns);
    model->pending = SIM_NONE;
    model_touch(model);
    if (operation->retains) {
        (void)model_image_know(model, operation->image);
        model_rescue(model); /* it is wanted: a removal that can be called off is */
        begin_retain(model, operation);
    } else {
        model_rescue(model);
        begin_pull(model, operation);
    }
    model_settle(model);
}

void sim_model_asked(struct sim_model *model, uint32_t index, enum dd_status status)
{
    if (!model->on) {
        return;
    }
    if (status != DD_OK && model->pending == index) {
        fake_memory_free(model->asking.bindings);
        model->pending = SIM_NONE;
    } else if (status == DD_OK && model->pending == index) {
        model_object(model, SIM_NONE,
                     "an operation that was accepted is announced, and %s's is not",
                     oracle_caller_text(model->oracle, model->asking.caller));
    }
}

/* Their look found something: the policies, and retain. */
void model_operation_found(struct sim_model *model, struct model_operation *operation,
                           struct model_class found, uint32_t image)
{
    struct model_class gone = { .status = DD_EGONE };
    bool absent = found.status == DD_ENOTFOUND;
    if (operation->retains && found.status == DD_OK && image == operation->image) {
        model_grant(model, operation, image);
    } else if (operation->retains) {
        model_fail(model, operation, found.status == DD_OK || absent ? gone : found);
    } else if (found.status == DD_OK) {
        uint32_t pull = operation->pull;
        operation->pull = 0;
        model_pull_left(model, pull);
        (void)model_image_know(model, image);
        model_grant(model, operation, image);
    } else if (operation->pull != 0) {
        operation->look.wanted = SIM_NONE; /* its pull's result is what it waits for */
    } else if (operation->second) {
        model_fail(model, operation, operation->result);
    } else if (absent && operation->policy == DD_PULL_IF_MISSING) {
        operation->look.wanted = SIM_NONE;
        model_pull_join(model, operation);
    } else {
        model_fail(model, operation, found);
    }
}

/* --- letting go ---------------------------------------------------------------------------- */

enum dd_status sim_model_cancel(struct sim_model *model, uint64_t number)
{
    if (!model->on) {
        return DD_STATUS_COUNT;
    }
    struct model_operation *operation = model_operation_numbered(model, number);
    if (model->closing) {
        return DD_ECLOSED;
    }
    if (operation == NULL) {
        return DD_EALREADY;
    }
    model_touch(model);
    model_leave(model, operation, DD_ECANCELLED);
    model_settle(model);
    return DD_OK;
}

enum dd_status sim_model_release(struct sim_model *model, struct dd_lease lease)
{
    if (!model->on) {
        return DD_STATUS_COUNT;
    }
    if (model->closing) {
        return DD_ECLOSED;
    }
    struct model_lease *held = lease_find(model, oracle_image_of(model->oracle, lease.image),
                                          oracle_caller_of(model->oracle, lease.caller));
    if (held == NULL || held->number == 0 || held->number != lease.number) {
        return DD_ENOLEASE; /* H17: an old number changes nothing */
    }
    model_touch(model);
    held->number = 0;
    lease_maybe_end(model, held);
    model_settle(model);
    return DD_OK;
}

/* The operation of @caller that was accepted after @operation (NULL: the first). */
static struct model_operation *next_of(struct sim_model *model, uint32_t caller,
                                       const struct model_operation *operation)
{
    uint64_t after = operation != NULL ? operation->number : 0;
    struct model_operation *next = NULL;
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_operation *other = &model->operations[i];
        if (other->caller == caller && other->number > after &&
            (next == NULL || other->number < next->number)) {
            next = other;
        }
    }
    return next;
}

static void take_back(struct sim_model *model, uint32_t image, uint32_t caller)
{
    struct model_operation *operation = NULL;
    while ((operation = next_of(model, caller, operation)) != NULL) {
        if (operation->phase == MODEL_GRANTED && operation->image == image) {
            model_leave(model, operation, DD_ECANCELLED);
        }
    }
}

enum dd_status sim_model_release_image(struct sim_model *model, const char *image_text,
                                       const char *caller_text)
{
    if (!model->on) {
        return DD_STATUS_COUNT;
    }
    if (model->closing) {
        return DD_ECLOSED;
    }
    if (strlen(image_text) > DD_IMAGE_ID_MAX) {
        return DD_STATUS_COUNT; /* no ID: the coordinator may say so */
    }
    uint32_t image = oracle_image_of(model->oracle, image_text);
    uint32_t caller = oracle_caller_of(model->oracle, caller_text);
    struct model_lease *held = lease_find(model, image, caller);
    if (held == NULL) {
        return DD_ENOLEASE;
    }
    model_touch(model);
    held->number = 0;
    lease_maybe_end(model, held);
    take_back(model, image, caller);
    model_settle(model);
    return DD_OK;
}

enum dd_status sim_model_release_caller(struct sim_model *model, const char *caller_text)
{
    if (!model->on) {
        return DD_STATUS_COUNT;
    }
    if (model->closing) {
        return DD_ECLOSED;
    }
    uint32_t caller = oracle_caller_of(model->oracle, caller_text);
    enum dd_status status = DD_ENOLEASE;
    struct model_operation *operation = NULL;
    while ((operation = next_of(model, caller, operation)) != NULL) {
        model_leave(model, operation, DD_ECANCELLED);
        status = DD_OK;
    }
    for (size_t i = model->lease_count; i-- > 0;) {
        if (model->leases[i].caller == caller) {
            model->leases[i].number = 0;
            lease_maybe_end(model, &model->leases[i]);
            status = DD_OK;
        }
    }
    model_touch(model);
    model_settle(model);
    return status;
}

void sim_model_answered(struct sim_model *model, const char *call, enum dd_status expected,
                        enum dd_status status)
{
    if (model->on && expected != DD_STATUS_COUNT && expected != status &&
        !(expected == DD_ENOLEASE && status == DD_EINVAL)) {
        model_object(model, SIM_NONE, "%s answers \"%s\", and it answered \"%s\"", call,
                     dd_status_text(expected), dd_status_text(status));
    }
}

/* --- telling ------------------------------------------------------------------------------- */

static void check_telling(struct sim_model *model, const struct model_operation *operation,
                          const struct dd_result *result)
{
    const struct sim_oracle *oracle = model->oracle;
    const char *caller = oracle_caller_text(oracle, operation->caller);
    bool granted = operation->phase == MODEL_GRANTED;
    enum dd_status status = granted ? DD_OK : operation->result.status;
    struct model_advice advice = model_advice_of(status);
    if (status != result->status) {
        model_object(model, SIM_NONE, "%s is told \"%s\", and it is told \"%s\"", caller,
                     dd_status_text(status), dd_status_text(result->status));
    } else if (!granted && (advice.recoverable != result->recoverable ||
                            advice.wait_ns != result->retry_after_ns)) {
        model_object(
            model, SIM_NONE,
            "%s may %stry again, after %llums, and it is told that it may %s, after %llums", caller,
            advice.recoverable ? "" : "not ", (unsigned long long)(advice.wait_ns / 1000000),
            result->recoverable ? "" : "not",
            (unsigned long long)(result->retry_after_ns / 1000000));
    } else if (!granted && operation->result.conflict != result->conflict) {
        model_object(model, SIM_NONE, "%s is told of a conflict \"%s\", and it is told \"%s\"",
                     caller, dd_conflict_text(operation->result.conflict),
                     dd_conflict_text(result->conflict));
    } else if (granted &&
               (result->lease.image == NULL ||
                oracle_image_of(model->oracle, result->lease.image) != operation->image)) {
        model_object(model, operation->image, "%s is told %s, and it is told %s", caller,
                     oracle_image_text(oracle, operation->image),
                     result->lease.image != NULL ? result->lease.image : "nothing");
    } else if (granted && result->lease.number <= model->last_lease) {
        model_object(model, operation->image,
                     "%s's lease on %s has a number of its own, "
                     "and it is told %llu, which was there before",
                     caller, oracle_image_text(oracle, operation->image),
                     (unsigned long long)result->lease.number);
    }
}

void sim_model_told(struct sim_model *model, uint32_t index, const struct dd_result *result)
{
    if (!model->on) {
        return;
    }
    struct model_operation *operation = model_operation_of(model, index);
    if (operation == NULL || model->telling != index) {
        model_object(model, SIM_NONE, "it is not %s's turn to be told, and it is told",
                     operation != NULL ? oracle_caller_text(model->oracle, operation->caller)
                                       : "that one");
        return;
    }
    check_telling(model, operation, result);
    if (!model->on) {
        return;
    }
    model->telling = SIM_NONE;
    model_touch(model);
    if (operation->phase == MODEL_GRANTED) {
        struct model_lease *lease = lease_find(model, operation->image, operation->caller);
        lease->untold--;
        lease->number = result->lease.number;
        model->last_lease = result->lease.number;
    }
    fake_memory_free(operation->bindings);
    *operation = model->operations[--model->operation_count];
}
