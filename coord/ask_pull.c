/*
 * dd_pull: how a caller's wish becomes an operation, and what the policies do
 * before there is a pull.
 */
#include <string.h>

#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/pull_queue.h"

static bool pull_is_valid(const struct dd_pull *pull)
{
    return pull->done != NULL && (unsigned)pull->policy <= DD_PULL_NEVER &&
           (pull->platform == NULL ||
            (pull->platform[0] != '\0' && strlen(pull->platform) <= DD__PLATFORM_MAX)) &&
           dd__credentials_are_valid(pull->credentials);
}

/* Share a pull that it wishes for, or begin the one that it relies on: as long as that is
 * begun it can be shared, or nobody would rely on it any more. */
static void join_or_begin(struct dd__operation *operation, const struct dd__pull_wish *wish)
{
    struct dd__pull *pull = dd__pull_find(&operation->reference->pulls, wish);

    if (pull == NULL) {
        pull = operation->reserve;
        dd__pull_queue_add(pull, operation->reference);
    }
    dd__pull_join(pull, operation);
    dd__pull_unrely(operation);
}

/* H10: the answer and the grant are one step. */
static void policy_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__operation *operation = inquiry->owner;
    struct dd_coord *coord = operation->coord;

    if (finding->verdict.status == DD_OK) {
        if (!dd__list_is_empty(&operation->in_pull)) {
            dd__pull_leave(operation->pull, operation);
        }
        dd__operation_grant(coord, operation,
                            dd__image_know(coord, &finding->id, &operation->spare_image));
    } else if (!dd__list_is_empty(&operation->in_pull)) {
        dd__inquiry_unwant(inquiry); /* its pull's result is what it waits for */
    } else if (operation->is_second) {
        dd__operation_fail(coord, operation,
                           (struct dd__verdict){
                               .status = (enum dd_status)operation->status,
                               .conflict = (enum dd_conflict)operation->conflict,
                           },
                           operation->message.text);
    } else if (finding->verdict.status == DD_ENOTFOUND && operation->policy == DD_PULL_IF_MISSING) {
        struct dd__pull_wish wish = dd__pull_wish_of(operation->reserve, operation->reference);

        dd__inquiry_unwant(inquiry);
        join_or_begin(operation, &wish);
    } else {
        dd__operation_fail_by(operation, finding);
    }
}

/* A pull that it can rely on: it can share it, or it can begin it. */
static struct dd__pull *find_reserve(const struct dd__reference *reference,
                                     const struct dd__pull_wish *wish)
{
    struct dd__pull *pull = dd__pull_find(&reference->pulls, wish);

    return pull != NULL && dd__pull_is_reliable(pull) ? pull
                                                      : dd__pull_find(&reference->spares, wish);
}

/* All that its policy needs, or nothing. @reference is NULL, or rests, if it is not busy. */
static bool policy_reserve(struct dd_coord *coord, struct dd__operation *operation,
                           const struct dd__reference *reference, const struct dd__pull_wish *wish)
{
    struct dd__pull *reserve = NULL;

    if (operation->policy == DD_PULL_ALWAYS && reference != NULL &&
        dd__pull_find(&reference->pulls, wish) != NULL) {
        return true;
    }
    if (operation->policy == DD_PULL_IF_MISSING && reference != NULL) {
        reserve = find_reserve(reference, wish);
    }
    if (operation->policy != DD_PULL_NEVER) {
        if (reserve == NULL && (reserve = dd__pull_create(coord, wish)) == NULL) {
            return false;
        }
        dd__pull_rely(operation, reserve);
    }
    if (operation->policy == DD_PULL_ALWAYS) {
        return true;
    }
    operation->spare_image = dd__image_reserve(coord);
    return operation->spare_image != NULL && dd__operation_add_inquiry(coord, operation) == DD_OK;
}

static void policy_begin(struct dd__operation *operation, const struct dd__pull_wish *wish)
{
    static const struct dd__asking policy = { .granting = true,
                                              .found = policy_found,
                                              .over = dd__operation_inquiry_over };
    struct dd__inquiry *inquiry = operation->inquiry;

    if (operation->policy == DD_PULL_ALWAYS) {
        join_or_begin(operation, wish);
        return;
    }
    if (operation->policy == DD_PULL_IF_MISSING &&
        dd__list_is_empty(&operation->reserve->in_reference)) {
        dd__list_add_last(&operation->reference->spares, &operation->reserve->in_reference);
    }
    inquiry->owner = operation;
    inquiry->gate = operation->reference->repository;
    inquiry->asking = &policy;
    inquiry->name = operation->reference->text;
    dd__inquiry_ask(inquiry);
}

/* Being busy is an effect: a reference that was not begins to be so last. */
static enum dd_status pull_accept(struct dd_coord *coord, const struct dd_pull *pull,
                                  const struct dd_reference *parsed,
                                  struct dd__operation *operation)
{
    struct dd__pull_wish wish = { .suffix_length = parsed->length - parsed->repository_length - 1U,
                                  .by_digest = parsed->by_digest,
                                  .platform = pull->platform == NULL ? "" : pull->platform,
                                  .credentials = pull->credentials };
    uint64_t hash;
    struct dd__reference *reference;

    operation->policy = (unsigned char)pull->policy;
    if (dd__fingerprint_take(coord, pull->credentials, &wish.fingerprint) != DD_OK) {
        return DD_ENOMEM;
    }
    reference = dd__reference_find(coord, parsed, &hash);
    if (!policy_reserve(coord, operation, reference, &wish)) {
        return DD_ENOMEM;
    }
    if (reference != NULL) {
        dd__reference_use(coord, reference);
    } else if ((reference = dd__reference_begin(coord, parsed, hash)) == NULL) {
        return DD_ENOMEM;
    }
    operation->reference = reference;
    dd__operation_accept(coord, operation, pull->deadline_ns);
    policy_begin(operation, &wish);
    return DD_OK;
}

enum dd_status dd_pull(struct dd_coord *coord, const struct dd_pull *pull, struct dd_operation *out)
{
    enum dd_status status = dd__accepting(coord);
    struct dd_reference parsed;
    struct dd__asked asked = {
        .name = parsed.text, .deadline_ns = pull->deadline_ns, .done = pull->done, .arg = pull->arg
    };
    struct dd__operation *operation;

    if (status != DD_OK) {
        return status;
    }
    if (!pull_is_valid(pull) || dd_reference_parse(pull->reference, &parsed, NULL) != DD_OK ||
        !dd__caller_read(&asked.caller, pull->caller, &coord->key)) {
        return DD_EINVAL;
    }
    asked.name_length = parsed.length;
    operation = dd__operation_create(coord, &asked);
    if (operation == NULL) {
        return DD_ENOMEM;
    }
    dd__enter(coord);
    status = pull_accept(coord, pull, &parsed, operation);
    if (status == DD_OK) {
        *out = (struct dd_operation){ .number = operation->number };
    } else {
        dd__operation_discard(coord, operation);
    }
    dd__leave(coord);
    return status;
}
