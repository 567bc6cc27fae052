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

/* Share a pull like its own, or begin its own. */
static void join_or_begin(struct dd__operation *operation)
{
    struct dd__reference *reference = operation->reference;
    struct dd__pull *own = operation->spare_pull;
    struct dd__pull *pull = dd__pull_find_like(reference, own);

    operation->spare_pull = NULL;
    if (pull == NULL) {
        pull = own;
        dd__pull_queue_add(pull, reference);
        dd__pull_join(pull, operation);
    } else {
        dd__pull_join(pull, operation);
        dd__pull_unuse(own);
    }
}

/* H10: the answer and the grant are one step. */
static void policy_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__operation *operation = inquiry->owner;
    struct dd_coord *coord = operation->coord;

    if (finding->verdict.status == DD_OK) {
        struct dd__image *image = dd__image_know(coord, &finding->id, &operation->spare_image);
        dd__operation_grant(coord, operation, image);
    } else if (operation->is_second) {
        dd__operation_fail(
            coord, operation,
            (struct dd__verdict){ .status = operation->status, .conflict = operation->conflict },
            operation->text);
    } else if (finding->verdict.status == DD_ENOTFOUND && operation->policy == DD_PULL_IF_MISSING) {
        dd__inquiry_unwant(inquiry);
        join_or_begin(operation);
    } else {
        dd__operation_fail_by(operation, finding);
    }
}

/* All that its policy needs, or nothing. */
static bool policy_reserve(struct dd_coord *coord, struct dd__operation *operation,
                           const struct dd_pull *pull, const struct dd_reference *parsed)
{
    if (pull->policy != DD_PULL_NEVER) {
        operation->spare_pull = dd__pull_create(coord, parsed, pull->platform, pull->credentials);
        if (operation->spare_pull == NULL) {
            return false;
        }
    }
    if (pull->policy != DD_PULL_ALWAYS) {
        operation->spare_image = dd__image_reserve(coord);
        return operation->spare_image != NULL &&
               dd__operation_add_inquiry(coord, operation) == DD_OK;
    }
    return true;
}

static void policy_begin(struct dd__operation *operation)
{
    static const struct dd__asking policy = { .granting = true,
                                              .found = policy_found,
                                              .over = dd__operation_inquiry_over };
    struct dd__inquiry *inquiry = operation->inquiry;

    if (operation->policy == DD_PULL_ALWAYS) {
        join_or_begin(operation);
        return;
    }
    inquiry->owner = operation;
    inquiry->gate = operation->reference->repository;
    inquiry->asking = &policy;
    inquiry->name = operation->reference->text;
    dd__inquiry_ask(inquiry);
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
    if (!pull_is_valid(pull) || !dd__caller_read(coord, pull->caller, &asked.caller) ||
        dd_reference_parse(pull->reference, &parsed, NULL) != DD_OK) {
        return DD_EINVAL;
    }
    asked.name_length = strlen(parsed.text);
    operation = dd__operation_create(coord, &asked);
    if (operation == NULL) {
        return DD_ENOMEM;
    }
    operation->policy = pull->policy;
    dd__enter(coord);
    /* The reference last: being busy is an effect. */
    if (!policy_reserve(coord, operation, pull, &parsed) ||
        (operation->reference = dd__reference_use(coord, &parsed)) == NULL) {
        dd__operation_discard(coord, operation);
        dd__leave(coord);
        return DD_ENOMEM;
    }
    dd__operation_accept(coord, operation, pull->deadline_ns);
    *out = (struct dd_operation){ .number = operation->number };
    policy_begin(operation);
    dd__leave(coord);
    return DD_OK;
}
