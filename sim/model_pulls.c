/* Pulls. Part of the model (model_state.h). */
#include <stdio.h>
#include <string.h>

#include "sim/model_state.h"

/* --- waiters -------------------------------------------------------------------------- */

struct model_pull *model_pull_numbered(struct sim_model *model, uint32_t number)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        if (model->pulls[i].number == number) {
            return &model->pulls[i];
        }
    }
    return NULL;
}

/* Whoever has the same credentials and platform shares it (H03). */
static struct model_pull *joinable(struct sim_model *model, const struct model_operation *operation)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->number != 0 && pull->joinable && pull->reference == operation->reference &&
            pull->secret == operation->secret) {
            return pull;
        }
    }
    return NULL;
}

static struct model_pull *pull_new(struct sim_model *model, const struct model_operation *operation)
{
    model->pulls =
        model_grow(model->pulls, &model->pull_capacity, model->pull_count, sizeof(*model->pulls));
    struct model_pull *pull = &model->pulls[model->pull_count++];
    *pull =
        (struct model_pull){ .number = ++model->last_pull,
                             .reference = operation->reference,
                             .secret = operation->secret,
                             .phase = MODEL_PULL_QUEUED,
                             .joinable = true,
                             .digest = SIM_NONE,
                             .before = SIM_NONE,
                             .image = SIM_NONE,
                             .quiet_ns = MODEL_NEVER,
                             .whole_ns = MODEL_NEVER,
                             .settled_ns = MODEL_NEVER,
                             .look = { .name = SIM_NONE, .image = SIM_NONE, .wanted = SIM_NONE } };
    return pull;
}

void model_pull_join(struct sim_model *model, struct model_operation *operation)
{
    struct model_pull *pull = joinable(model, operation);
    if (pull == NULL) {
        pull = pull_new(model, operation);
    }
    operation->pull = pull->number;
    operation->joined = ++model->last_order;
}

void model_pull_joined(struct sim_model *model, uint64_t number)
{
    struct model_operation *operation = model_operation_numbered(model, number);
    bool is_early = model->on && operation != NULL && !operation->concluded &&
                    operation->pull == 0 && operation->policy == DD_PULL_IF_MISSING;
    if (is_early && joinable(model, operation) != NULL) {
        model_pull_join(model, operation);
    } else if (is_early) {
        model->on = false; /* that pull's end is known here already */
    }
}

/* Who waits for it: the one who joined first; NULL. */
static struct model_operation *first_waiter(struct sim_model *model, const struct model_pull *pull)
{
    struct model_operation *first = NULL;
    for (size_t i = 0; i < model->operation_count; i++) {
        struct model_operation *operation = &model->operations[i];
        if (operation->pull == pull->number &&
            (first == NULL || operation->joined < first->joined)) {
            first = operation;
        }
    }
    return first;
}

/* --- how it ends ------------------------------------------------------------------------ */

static void finish(struct model_pull *pull)
{
    pull->number = 0; /* nobody knows it any more; its record goes in model_settle */
    pull->slot = false;
    pull->look.state = MODEL_LOOK_NONE;
    pull->look.wanted = SIM_NONE;
}

/* The engine is told to stop, and its name is looked at when it has. */
static void cut_short(struct sim_model *model, struct model_pull *pull)
{
    pull->phase = MODEL_PULL_ENDING;
    pull->unsettled = true;
    pull->quiet_ns = MODEL_NEVER;
    pull->whole_ns = MODEL_NEVER;
    model_call_cancel(model, pull->call);
}

/* What it may have left is looked at: after the settling time, if the engine may still
 * be at it. */
static void pay(struct sim_model *model, struct model_pull *pull)
{
    if (!pull->started || pull->learned) {
        finish(pull);
    } else if (pull->unsettled) {
        pull->phase = MODEL_PULL_SETTLING;
        pull->settled_ns = model_due(model, model->config.pull_settling_ns);
    } else {
        model_pull_check(model, pull);
    }
}

static void end_look(struct sim_model *model, struct model_pull *pull, bool pays)
{
    pull->pays = pays;
    if (model_look_abandon(model, &pull->look)) {
        pull->phase = MODEL_PULL_ENDING;
    } else if (pays) {
        pull->phase = MODEL_PULL_ENDING;
        pay(model, pull);
    } else {
        finish(pull);
    }
}

/* Its last waiter has left. */
static void abort_pull(struct sim_model *model, struct model_pull *pull)
{
    pull->joinable = false;
    switch (pull->phase) {
    case MODEL_PULL_QUEUED:
        finish(pull);
        break;
    case MODEL_PULL_BEFORE:
        end_look(model, pull, false);
        break;
    case MODEL_PULL_RUNNING:
        cut_short(model, pull);
        break;
    default:
        /* What ended well is looked up all the same, for its binding. */
        if (pull->learned) {
            end_look(model, pull, false);
        }
        break;
    }
}

void model_pull_left(struct sim_model *model, uint32_t number)
{
    struct model_pull *pull = number != 0 ? model_pull_numbered(model, number) : NULL;
    if (pull != NULL && first_waiter(model, pull) == NULL) {
        abort_pull(model, pull);
    }
}

/* All fail in one step; whoever asked "if missing" looks once more for itself. */
static void fail(struct sim_model *model, struct model_pull *pull, struct model_class result)
{
    struct model_operation *operation;
    pull->joinable = false;
    pull->whole_ns = MODEL_NEVER;
    while ((operation = first_waiter(model, pull)) != NULL) {
        operation->pull = 0;
        if (operation->policy == DD_PULL_IF_MISSING) {
            operation->second = true;
            operation->result = result;
            if (operation->look.state == MODEL_LOOK_NONE) {
                model_look_ask(model, &operation->look);
            }
        } else {
            model_fail(model, operation, result);
        }
    }
    if (pull->in_flight) {
        cut_short(model, pull);
    } else {
        end_look(model, pull, true);
    }
}

void model_pull_give_up(struct sim_model *model, struct model_pull *pull, enum dd_status status)
{
    pull->quiet_ns = MODEL_NEVER;
    fail(model, pull, (struct model_class){ .status = status });
}

/* --- its turn ------------------------------------------------------------------------------- */

static bool has_slot_free(const struct sim_model *model)
{
    unsigned taken = 0;
    for (size_t i = 0; i < model->pull_count; i++) {
        taken += model->pulls[i].number != 0 && model->pulls[i].slot ? 1 : 0;
    }
    return taken < model->config.parallel_pull_max;
}

/* One engine pull a reference; none while a DELETE in its repository is unanswered. */
static bool may_begin(const struct sim_model *model, const struct model_pull *pull)
{
    if (pull->number == 0 || pull->phase != MODEL_PULL_QUEUED ||
        model_is_gated(model, model_repository(model, pull->reference))) {
        return false;
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        const struct model_pull *other = &model->pulls[i];
        if (other->number != 0 && other->reference == pull->reference && other->begun &&
            !other->owes && !other->paid) {
            return false;
        }
    }
    return true;
}

const struct model_pull *model_pull_next(const struct sim_model *model)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        if (may_begin(model, &model->pulls[i])) {
            return has_slot_free(model) ? &model->pulls[i] : NULL;
        }
    }
    return NULL;
}

void model_pull_begins(struct sim_model *model, uint32_t reference)
{
    const struct model_pull *next = model_pull_next(model);
    if (next == NULL || next->reference != reference) {
        model_object(model, SIM_NONE, "%s has its turn, and %s begins",
                     next != NULL ? oracle_name_text(model->oracle, next->reference) : "no pull",
                     oracle_name_text(model->oracle, reference));
        return;
    }
    struct model_pull *pull = model_pull_numbered(model, next->number);
    pull->phase = MODEL_PULL_BEFORE;
    pull->begun = true;
    pull->slot = true;
    pull->look.name = reference;
    pull->look.gate = true;
    model_look_ask(model, &pull->look);
}

void model_pull_line(struct sim_model *model, struct model_pull *pull, const struct dd_line *line)
{
    const char *status = line->status != NULL ? line->status : "";
    if (strncmp(status, "Digest: ", 8) == 0 && dd_digest_is_valid(status + 8)) {
        char text[2 * DD_REFERENCE_MAX];
        const struct sim_oracle *oracle = model->oracle;
        (void)snprintf(text, sizeof(text), "%s@%s",
                       oracle_name_text(oracle, model_repository(model, pull->reference)),
                       status + 8);
        pull->digest = oracle_name_of(model->oracle, text);
    } else if (strncmp(status, "Status: Downloaded newer image for ", 35) == 0) {
        pull->newer = pull->closed = true;
    } else if (strncmp(status, "Status: Image is up to date for ", 32) == 0) {
        pull->newer = false;
        pull->closed = true;
    }
    if (line->error != NULL && !pull->failed) {
        pull->failed = true; /* the first error is the cause */
        pull->failure = model_class_of_text(line->error);
    }
    if (pull->phase == MODEL_PULL_RUNNING) {
        pull->quiet_ns = model_due(model, model->config.progress_timeout_ns);
    }
}

/* --- the engine's pull is over --------------------------------------------------------------- */

/* No success without a clean end, and a closing line where there are such. */
static struct model_class judge(const struct sim_model *model, const struct model_pull *pull,
                                const struct dd_answer *answer)
{
    struct model_class result = model_class_of(answer);
    if (result.status != DD_OK) {
        return result;
    }
    if (pull->failed) {
        return pull->failure;
    }
    if (model->closing_lines && !pull->closed) {
        return (struct model_class){ .status = DD_ENETWORK };
    }
    return result;
}

void model_pull_answered(struct sim_model *model, struct model_pull *pull,
                         const struct dd_answer *answer)
{
    struct model_class result = judge(model, pull, answer);
    pull->in_flight = false;
    pull->slot = false;
    pull->quiet_ns = MODEL_NEVER;
    if (result.status == DD_OK) {
        pull->phase = MODEL_PULL_LOOKING_UP;
        pull->joinable = false;
        pull->unsettled = false;
        pull->look.name = pull->digest != SIM_NONE ? pull->digest : pull->reference;
        pull->look.gate = false;
        pull->look.grants = true;
        model_look_ask(model, &pull->look);
        return;
    }
    pull->unsettled =
        answer->transport == DD_TRANSPORT_LOST || answer->transport == DD_TRANSPORT_CANCELLED;
    if (pull->phase == MODEL_PULL_RUNNING) {
        fail(model, pull, result);
    } else {
        pay(model, pull);
    }
}

/* --- what is ours by it ----------------------------------------------------------------------- */

/* The digest of the pull's repository that the image bears: the stream's, if there was
 * one; SIM_NONE. */
static uint32_t digest_borne(struct sim_model *model, const struct model_pull *pull,
                             const struct dd_answer *answer)
{
    for (size_t i = 0; i < answer->digests.count; i++) {
        uint32_t name = model_listed_name(model, answer->digests.at[i]);
        if (name != SIM_NONE && model->oracle->name_at[name].by_digest &&
            model_repository(model, name) == model_repository(model, pull->reference) &&
            (pull->digest == SIM_NONE || pull->digest == name)) {
            return name;
        }
    }
    return SIM_NONE;
}

static bool is_bound(const struct sim_model *model, uint32_t image, uint32_t name)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        if (model->bindings[i].image == image && model->bindings[i].name == name) {
            return true;
        }
    }
    return false;
}

/* H42: then the digest, which all tags of a repository share, may be somebody else's. */
static bool bears_tag_of_others(struct sim_model *model, const struct model_pull *pull,
                                uint32_t image, const struct dd_answer *answer)
{
    for (size_t i = 0; i < answer->tags.count; i++) {
        uint32_t name = model_listed_name(model, answer->tags.at[i]);
        if (name != SIM_NONE && !model->oracle->name_at[name].by_digest &&
            model_repository(model, name) == model_repository(model, pull->reference) &&
            !is_bound(model, image, name)) {
            return true;
        }
    }
    return false;
}

static void bind_brought(struct sim_model *model, const struct model_pull *pull, uint32_t image,
                         const struct dd_answer *answer)
{
    uint32_t digest = digest_borne(model, pull, answer);
    (void)model_image_know(model, image);
    model_bind(model, image, pull->reference);
    if (!model->oracle->name_at[pull->reference].by_digest && digest != SIM_NONE &&
        !bears_tag_of_others(model, pull, image, answer)) {
        model_bind(model, image, digest);
    }
}

/* What the name means now, and did not before, is this pull's doing, if it bears a
 * digest of the repository. */
static void check_judge(struct sim_model *model, const struct model_pull *pull,
                        struct model_class found, const struct dd_answer *answer)
{
    if (found.status != DD_OK || !pull->before_known) {
        return;
    }
    uint32_t image = oracle_image_of(model->oracle, answer->id);
    if (image != pull->before && digest_borne(model, pull, answer) != SIM_NONE) {
        bind_brought(model, pull, image, answer);
        model_image_found(model, image);
    }
}

/* --- its looks are answered ---------------------------------------------------------------------
 */

/* The next pull's *before* pays the checks that failed. */
static void pay_debts(struct sim_model *model, uint32_t reference, struct model_class found,
                      const struct dd_answer *answer)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        struct model_pull *pull = &model->pulls[i];
        if (pull->number == 0 || !pull->owes || pull->reference != reference) {
            continue;
        }
        pull->owes = false;
        pull->paid = true;
        pull->settled_ns = MODEL_NEVER;
        check_judge(model, pull, found, answer);
        end_look(model, pull, false);
    }
}

static bool is_owing(const struct sim_model *model, uint32_t reference)
{
    for (size_t i = 0; i < model->pull_count; i++) {
        const struct model_pull *pull = &model->pulls[i];
        if (pull->number != 0 && pull->owes && pull->reference == reference) {
            return true;
        }
    }
    return false;
}

static void before_found(struct sim_model *model, struct model_pull *pull, struct model_class found,
                         const struct dd_answer *answer)
{
    pull->before_known = found.status == DD_OK || found.status == DD_ENOTFOUND;
    pull->before = SIM_NONE;
    if (found.status == DD_OK) {
        pull->before = oracle_image_of(model->oracle, answer->id);
    }
    if (pull->before_known) {
        pay_debts(model, pull->reference, found, answer);
    } else if (is_owing(model, pull->reference)) {
        fail(model, pull, found); /* it would hide what an earlier pull may have left */
        return;
    }
    if (model_is_gated(model, model_repository(model, pull->reference))) {
        model_look_ask(model, &pull->look);
        return;
    }
    pull->phase = MODEL_PULL_DUE;
}

/* All that wait are granted in one step. */
static void succeed(struct sim_model *model, struct model_pull *pull)
{
    struct model_operation *operation;
    (void)model_image_know(model, pull->image);
    while ((operation = first_waiter(model, pull)) != NULL) {
        operation->pull = 0;
        model_grant(model, operation, pull->image);
    }
    finish(pull);
}

static void look_up_found(struct sim_model *model, struct model_pull *pull,
                          struct model_class found, const struct dd_answer *answer)
{
    uint32_t image = found.status == DD_OK ? oracle_image_of(model->oracle, answer->id) : SIM_NONE;
    if (found.status == DD_OK && !pull->learned) {
        bool made =
            model->config.adopt ||
            (model->closing_lines ? pull->newer : pull->before_known && pull->before != image);
        pull->learned = true;
        pull->image = image;
        pull->look.name = pull->reference; /* from here on under its own name */
        if (made) {
            bind_brought(model, pull, image, answer);
        }
    }
    if (found.status == DD_OK && model_look_waits(model, &pull->look, image)) {
        return;
    }
    if (found.status == DD_OK && pull->image == image) {
        succeed(model, pull);
    } else if (found.status == DD_OK || found.status == DD_ENOTFOUND) {
        fail(model, pull, (struct model_class){ .status = DD_EGONE });
    } else {
        fail(model, pull, found);
    }
}

/* Later, as after an unknown error of a removal; the next pull need not wait for it. */
static void check_later(struct sim_model *model, struct model_pull *pull)
{
    uint64_t wait_ns = model->config.retry_ns;
    uint64_t most_ns = model->config.backoff_max_ns;
    for (unsigned i = model->config.try_max; i <= pull->tries; i++) {
        wait_ns = wait_ns >= most_ns / 2 ? most_ns : 2 * wait_ns;
    }
    pull->tries += pull->tries < UINT8_MAX ? 1 : 0;
    pull->owes = true;
    pull->phase = MODEL_PULL_SETTLING;
    pull->settled_ns = model_due(model, wait_ns);
}

void model_pull_check(struct sim_model *model, struct model_pull *pull)
{
    pull->phase = MODEL_PULL_CHECKING;
    pull->settled_ns = MODEL_NEVER;
    pull->look.name = pull->reference;
    pull->look.gate = false;
    pull->look.grants = false;
    pull->look.wanted = SIM_NONE;
    model_look_ask(model, &pull->look);
}

void model_pull_looked(struct sim_model *model, struct model_pull *pull,
                       const struct dd_answer *answer)
{
    struct model_class found;
    if (pull->look.abandoned) {
        pull->look.state = MODEL_LOOK_NONE;
        pull->look.abandoned = false;
        if (pull->pays) {
            pay(model, pull);
        } else {
            finish(pull);
        }
        return;
    }
    if (!model_look_answered(model, &pull->look, answer, &found)) {
        return;
    }
    if (pull->phase == MODEL_PULL_BEFORE) {
        before_found(model, pull, found, answer);
    } else if (pull->phase == MODEL_PULL_LOOKING_UP) {
        look_up_found(model, pull, found, answer);
    } else if (found.status == DD_OK || found.status == DD_ENOTFOUND) {
        check_judge(model, pull, found, answer);
        finish(pull);
    } else {
        check_later(model, pull);
    }
}
