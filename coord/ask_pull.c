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

/* The others whose spare @pull was: it is theirs all the same, for there is no memory
 * for another one. They asked before it began (H02), and look for themselves meanwhile. */
static void join_those_who_share(struct dd__pull *pull)
{
    struct dd__list *link;

    DD__LIST_EACH (link, &pull->coord->all_operations) {
        struct dd__operation *operation = DD__CONTAINER(link, struct dd__operation, all);

        if (operation->spare_pull == pull) {
            operation->spare_pull = NULL;
            pull->user_count--; /* as a spare; joining counts it again */
            dd__pull_join(pull, operation);
        }
    }
}

/* Begin a pull: @operation's spare, or, if that is others' too, one like it. */
static void begin(struct dd__operation *operation, struct dd__pull *spare)
{
    struct dd__reference *reference = operation->reference;
    struct dd__pull *pull = spare;

    if (spare->user_count > 1) {
        struct dd__pull_wish wish = dd__pull_wish_of(spare, reference);

        pull = dd__pull_create(operation->coord, &wish);
    }
    if (pull == NULL) {
        pull = spare;
    } else if (pull != spare) {
        dd__pull_unuse(spare);
    }
    dd__list_remove(&pull->in_reference);
    dd__pull_queue_add(pull, reference);
    dd__pull_join(pull, operation);
    if (pull == spare) {
        join_those_who_share(pull);
    }
}

/* Share a pull that it wishes for, or begin its spare. */
static void join_or_begin(struct dd__operation *operation, const struct dd__pull_wish *wish)
{
    struct dd__pull *spare = operation->spare_pull;
    struct dd__pull *pull = dd__pull_find(&operation->reference->pulls, wish);

    operation->spare_pull = NULL;
    if (pull == NULL) {
        begin(operation, spare);
        return;
    }
    dd__pull_join(pull, operation);
    if (spare != NULL) {
        dd__pull_unuse(spare);
    }
}

static void share_or_begin(struct dd__operation *operation)
{
    struct dd__pull_wish wish = dd__pull_wish_of(operation->spare_pull, operation->reference);

    join_or_begin(operation, &wish);
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
        dd__inquiry_unwant(inquiry);
        share_or_begin(operation);
    } else {
        dd__operation_fail_by(operation, finding);
    }
}

/* A pull to be begun. Those who would share it share it already, as long as it is a
 * spare: what is reserved is enough for one. */
static struct dd__pull *spare_use(struct dd_coord *coord, const struct dd__reference *reference,
                                  const struct dd__pull_wish *wish)
{
    struct dd__pull *spare = reference == NULL ? NULL : dd__pull_find(&reference->spares, wish);

    if (spare == NULL) {
        return dd__pull_create(coord, wish);
    }
    spare->user_count++;
    return spare;
}

/* All that its policy needs, or nothing. @reference is NULL if it is not busy. */
static bool policy_reserve(struct dd_coord *coord, struct dd__operation *operation,
                           const struct dd__reference *reference, const struct dd__pull_wish *wish)
{
    if (operation->policy == DD_PULL_ALWAYS) {
        if (reference != NULL && dd__pull_find(&reference->pulls, wish) != NULL) {
            return true;
        }
        operation->spare_pull = dd__pull_create(coord, wish);
        return operation->spare_pull != NULL;
    }
    if (operation->policy == DD_PULL_IF_MISSING) {
        operation->spare_pull = spare_use(coord, reference, wish);
        if (operation->spare_pull == NULL) {
            return false;
        }
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
        dd__list_is_empty(&operation->spare_pull->in_reference)) {
        dd__list_add_last(&operation->reference->spares, &operation->spare_pull->in_reference);
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
    struct dd__pull_wish wish = { .suffix = dd_reference_suffix(parsed),
                                  .by_digest = parsed->by_digest,
                                  .platform = pull->platform == NULL ? "" : pull->platform,
                                  .credentials = pull->credentials };
    uint64_t hash;
    struct dd__reference *reference = dd__reference_find(coord, parsed, &hash);

    operation->policy = (unsigned char)pull->policy;
    if (dd__fingerprint_take(coord, pull->credentials, &wish.fingerprint) != DD_OK ||
        !policy_reserve(coord, operation, reference, &wish)) {
        return DD_ENOMEM;
    }
    if (reference != NULL) {
        reference->user_count++;
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
    if (!pull_is_valid(pull) || !dd__caller_read(&asked.caller, pull->caller, &coord->key) ||
        dd_reference_parse(pull->reference, &parsed, NULL) != DD_OK) {
        return DD_EINVAL;
    }
    asked.name_length = strlen(parsed.text);
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
