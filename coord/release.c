/*
 * Letting go: dd_cancel and the three forms of release. None of them needs
 * memory.
 */
#include <string.h>

#include "coord/lease.h"
#include "coord/operation.h"

enum dd_status dd_cancel(struct dd_coord *coord, struct dd_operation operation)
{
    enum dd_status status = dd__accepting(coord);
    struct dd__operation *found;

    if (status != DD_OK) {
        return status;
    }
    found = dd__operation_find(coord, operation.number);
    if (found == NULL) {
        return DD_EALREADY;
    }
    dd__enter(coord);
    dd__operation_leave(coord, found, DD_ECANCELLED);
    dd__leave(coord);
    return DD_OK;
}

static enum dd_status release_unknown(struct dd_coord *coord, const char *image, const char *caller,
                                      uint64_t lease)
{
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_RELEASE_UNKNOWN,
                                       .image = image,
                                       .caller = caller,
                                       .lease = lease });
    return DD_ENOLEASE;
}

/* The lease of @caller_text on @image_id, or NULL in *held; *caller is read. */
static enum dd_status find_held(struct dd_coord *coord, const char *image_id,
                                const char *caller_text, struct dd__caller *caller,
                                struct dd__held **held)
{
    enum dd_status status = dd__accepting(coord);
    struct dd__image *image;
    struct dd__id id;

    if (status != DD_OK) {
        return status;
    }
    if (!dd__image_read(coord, image_id, &id, &image) ||
        !dd__caller_read(caller, caller_text, &coord->key)) {
        return DD_EINVAL;
    }
    *held = image == NULL ? NULL : dd__lease_find(coord, image, caller);
    return DD_OK;
}

enum dd_status dd_release(struct dd_coord *coord, struct dd_lease lease)
{
    struct dd__caller caller;
    struct dd__held *held;
    enum dd_status status = find_held(coord, lease.image, lease.caller, &caller, &held);

    if (status != DD_OK) {
        return status;
    }
    dd__enter(coord);
    /* H17: an old number changes nothing. */
    if (held == NULL || held->number == 0 || held->number != lease.number) {
        status = release_unknown(coord, lease.image, lease.caller, lease.number);
    } else {
        dd__lease_release(coord, held, &caller);
    }
    dd__leave(coord);
    return status;
}

/* Take back what was granted to @caller on @image and not told. */
static void take_back_untold(struct dd_coord *coord, const struct dd__image *image,
                             const struct dd__caller *caller)
{
    struct dd__operation *operation = NULL;

    while ((operation = dd__operation_next(coord, caller, operation)) != NULL) {
        if (operation->phase == DD__GRANTED && operation->image == image) {
            dd__operation_leave(coord, operation, DD_ECANCELLED);
        }
    }
}

enum dd_status dd_release_image(struct dd_coord *coord, const char *image_id,
                                const char *caller_text)
{
    struct dd__caller caller;
    struct dd__held *held;
    enum dd_status status = find_held(coord, image_id, caller_text, &caller, &held);

    if (status != DD_OK) {
        return status;
    }
    dd__enter(coord);
    if (held == NULL) {
        status = release_unknown(coord, image_id, caller_text, 0);
    } else {
        /* What was told first: the lease itself may end with what was not. */
        const struct dd__image *image = held->image;
        bool was_told = held->number != 0;
        bool untold = dd__lease_untold(held) > 0;

        if (was_told) {
            dd__lease_release(coord, held, &caller);
        }
        if (untold) {
            take_back_untold(coord, image, &caller);
        }
    }
    dd__leave(coord);
    return status;
}

enum dd_status dd_release_caller(struct dd_coord *coord, const char *caller_text)
{
    enum dd_status status = dd__accepting(coord);
    struct dd__caller caller;
    struct dd__operation *operation = NULL;
    struct dd__list *link;
    struct dd__list *after;
    bool any = false;

    if (status != DD_OK) {
        return status;
    }
    if (!dd__caller_read(&caller, caller_text, &coord->key)) {
        return DD_EINVAL;
    }
    dd__enter(coord);
    while ((operation = dd__operation_next(coord, &caller, operation)) != NULL) {
        dd__operation_leave(coord, operation, DD_ECANCELLED);
        any = true;
    }
    DD__LIST_EACH_SAFE (link, after, &coord->all_images) {
        struct dd__image *image = DD__CONTAINER(link, struct dd__image, all);
        struct dd__held *held = dd__lease_find(coord, image, &caller);

        if (held != NULL) {
            dd__lease_release(coord, held, &caller);
            any = true;
        }
    }
    if (!any) {
        status = release_unknown(coord, NULL, caller_text, 0);
    }
    dd__leave(coord);
    return status;
}
