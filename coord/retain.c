#include "coord/retain.h"

#include <string.h>

#include "coord/binding.h"

struct dd__vouched {
    struct dd__repository *repository; /* used */
    struct dd__binding *spare;
    struct dd_reference name;
};

void dd__vouched_discard(struct dd_coord *coord, struct dd__operation *operation)
{
    for (size_t i = 0; i < operation->vouched_count; i++) {
        struct dd__vouched *vouched = &operation->vouched[i];
        dd__binding_discard(coord, vouched->spare);
        if (vouched->repository != NULL) {
            dd__repository_unuse(coord, vouched->repository);
        }
    }
    dd__free(&coord->env.allocator, operation->vouched,
             operation->vouched_count * sizeof *operation->vouched);
    operation->vouched = NULL;
    operation->vouched_count = 0;
}

static enum dd_status vouched_reserve(struct dd_coord *coord, struct dd__operation *operation,
                                      const struct dd_strings *names)
{
    size_t size = names->count * sizeof *operation->vouched;

    if (names->count == 0) {
        return DD_OK;
    }
    operation->vouched = dd__alloc(&coord->env.allocator, size);
    if (operation->vouched == NULL) {
        return DD_ENOMEM;
    }
    memset(operation->vouched, 0, size);
    operation->vouched_count = (unsigned char)names->count;
    for (size_t i = 0; i < names->count; i++) {
        struct dd__vouched *vouched = &operation->vouched[i];

        if (dd_reference_parse(names->at[i], &vouched->name, NULL) != DD_OK) {
            return DD_EINVAL;
        }
        vouched->spare =
            dd__binding_reserve(coord, vouched->name.length - vouched->name.repository_length - 1U);
        vouched->repository =
            dd__repository_use(coord, vouched->name.text, vouched->name.repository_length);
        if (vouched->spare == NULL || vouched->repository == NULL) {
            return DD_ENOMEM;
        }
    }
    return DD_OK;
}

/* What the agent vouches for counts from the grant. */
static inline void retain_grant(struct dd__operation *operation, struct dd__image *image)
{
    struct dd_coord *coord = operation->coord;

    for (size_t i = 0; i < operation->vouched_count; i++) {
        struct dd__vouched *vouched = &operation->vouched[i];
        dd__bind(coord, image,
                 &(struct dd__bound_name){ .repository = vouched->repository,
                                           .suffix = dd_reference_suffix(&vouched->name),
                                           .is_digest = vouched->name.by_digest },
                 &vouched->spare);
    }
    dd__operation_grant(coord, operation, image);
}

static void retain_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__operation *operation = inquiry->owner;
    struct dd_coord *coord = operation->coord;
    struct dd__verdict gone = { .status = DD_EGONE };

    if (finding->verdict.status == DD_OK && dd__id_equal(&finding->id, &operation->image->id)) {
        retain_grant(operation, operation->image);
    } else if (finding->verdict.status == DD_OK || finding->verdict.status == DD_ENOTFOUND) {
        dd__operation_fail(coord, operation, gone, "");
    } else {
        dd__operation_fail_by(operation, finding);
    }
}

/* The image is wanted from here on: a removal that can be called off is. */
static void retain_wait(struct dd__operation *operation)
{
    static const struct dd__asking retain = { .granting = true,
                                              .found = retain_found,
                                              .over = dd__operation_inquiry_over };
    struct dd__inquiry *inquiry = operation->inquiry;
    struct dd__image *image = operation->image;

    operation->is_wanting = true;
    dd__image_want(operation->coord, image);
    inquiry->owner = operation;
    inquiry->asking = &retain;
    inquiry->name = operation->name;
    switch (dd__image_state(image)) {
    case DD_IMAGE_REMOVING:
        dd__inquiry_wait(inquiry, image);
        break;
    case DD_IMAGE_ABSENT:
        dd__inquiry_ask(inquiry);
        break;
    default: /* rescued at once */
        retain_grant(operation, image);
        break;
    }
}

/* Whether the image's state settles the matter at once. */
static bool is_there(const struct dd__image *image)
{
    return dd__image_state(image) != DD_IMAGE_REMOVING && dd__image_state(image) != DD_IMAGE_ABSENT;
}

/* What it needs besides: for the names that are vouched for, and if it may have to wait.
 * Most need nothing. @image is NULL if it is unknown. */
static enum dd_status retain_reserve(struct dd_coord *coord, struct dd__operation *operation,
                                     const struct dd_retain *retain, const struct dd__image *image)
{
    enum dd_status status = vouched_reserve(coord, operation, &retain->bindings);

    if (status != DD_OK || (image != NULL && is_there(image))) {
        operation->is_bare = retain->bindings.count == 0 && !operation->has_deadline;
        return status;
    }
    operation->spare_image = dd__image_reserve(coord);
    return operation->spare_image == NULL ? DD_ENOMEM : dd__operation_add_inquiry(coord, operation);
}

static bool retain_is_valid(const struct dd_retain *retain)
{
    return retain->done != NULL && retain->bindings.count <= DD_VOUCHED_MAX;
}

enum dd_status dd_retain(struct dd_coord *coord, const struct dd_retain *retain,
                         struct dd_operation *out)
{
    enum dd_status status = dd__accepting(coord);
    struct dd__asked asked = { .name = retain->image,
                               .deadline_ns = retain->deadline_ns,
                               .done = retain->done,
                               .arg = retain->arg };
    struct dd__operation *operation;
    struct dd__image *image;
    struct dd__id id;

    if (status != DD_OK) {
        return status;
    }
    if (!retain_is_valid(retain) || !dd__caller_read(&asked.caller, retain->caller, &coord->key) ||
        !dd__image_read(coord, retain->image, &id, &image)) {
        return DD_EINVAL;
    }
    if (image != NULL) {
        dd__lease_expect(coord, image, &asked.caller);
    }
    asked.name_length = image != NULL ? image->id.length : id.length;
    operation = dd__operation_create(coord, &asked);
    if (operation == NULL) {
        return DD_ENOMEM;
    }
    operation->is_retain = true;
    dd__enter(coord);
    status = retain_reserve(coord, operation, retain, image);
    if (status != DD_OK) {
        dd__operation_discard(coord, operation);
        dd__leave(coord);
        return status;
    }
    operation->image = image != NULL ? image : dd__image_know(coord, &id, &operation->spare_image);
    dd__operation_accept(coord, operation, retain->deadline_ns);
    *out = (struct dd_operation){ .number = operation->number };
    if (is_there(operation->image)) {
        retain_grant(operation, operation->image);
    } else {
        retain_wait(operation);
    }
    dd__leave(coord);
    return DD_OK;
}
