#include "coord/image.h"

#include <assert.h>
#include <string.h>

#include "coord/binding.h"
#include "coord/lease.h"
#include "coord/removal.h"
#include "coord/repository.h"
#include "coord/transition.h"

/* Member by member, for every pull reserves a record; ID and hash come later. */
static void image_init(struct dd__image *image)
{
    dd__list_init(&image->all);
    dd__list_init(&image->waiters);
    image->bindings = NULL;
    image->place = NULL;
    image->deadline_ns = 0;
    image->doubt_until_ns = 0;
    image->doubt_instance = 0;
    dd__timer_init(&image->timer, DD__TIMER_IMAGE);
    image->lease_count = 0;
    image->want_count = 0;
    image->generation = 0;
    image->state = DD_IMAGE_ABSENT;
    image->reason = DD_OK;
    image->conflict = DD_CONFLICT_NONE;
    image->backoff = 0;
    image->tries = 0;
    image->ours = false;
    image->in_due = false;
    image->deferred = false;
    image->unanswered = false;
    image->in_doubt = false;
}

struct dd__image *dd__image_reserve(struct dd_coord *coord)
{
    struct dd__image *image;

    if (dd__timers_reserve(&coord->timers, 1) != DD_OK) {
        return NULL;
    }
    if (dd__timers_reserve(&coord->due, 1) != DD_OK) {
        goto fail_timers;
    }
    image = dd__alloc(&coord->env.allocator, sizeof *image);
    if (image == NULL) {
        goto fail_due;
    }
    image_init(image);
    return image;

fail_due:
    dd__timers_unreserve(&coord->due, 1);
fail_timers:
    dd__timers_unreserve(&coord->timers, 1);
    return NULL;
}

void dd__image_discard(struct dd_coord *coord, struct dd__image *spare)
{
    if (spare != NULL) {
        dd__free(&coord->env.allocator, spare, sizeof *spare);
        dd__timers_unreserve(&coord->due, 1);
        dd__timers_unreserve(&coord->timers, 1);
    }
}

static struct dd__image *image_find(const struct dd_coord *coord, const struct dd__id *id,
                                    uint64_t hash)
{
    struct dd__node *node;

    for (node = dd__table_first(&coord->images, hash); node != NULL; node = node->next) {
        struct dd__image *image = DD__CONTAINER(node, struct dd__image, by_id);
        if (dd__id_equal(&image->id, id)) {
            return image;
        }
    }
    return NULL;
}

struct dd__image *dd__image_find(const struct dd_coord *coord, const struct dd__id *id)
{
    return image_find(coord, id, dd__id_hash(&coord->key, id));
}

static bool was_read(const struct dd_coord *coord, const char *text)
{
    return coord->read_id.length > 0 && text != NULL && strcmp(coord->read_text, text) == 0;
}

bool dd__image_id_read(struct dd_coord *coord, struct dd__id *out, const char *text)
{
    if (was_read(coord, text)) {
        *out = coord->read_id;
        return true;
    }
    if (!dd__id_read(out, text)) {
        return false;
    }
    coord->read_id = *out;
    memcpy(coord->read_text, text, out->length + 1U);
    coord->read_image = NULL;
    return true;
}

extern inline bool dd__image_read(struct dd_coord *coord, const char *text, struct dd__id *id,
                                  struct dd__image **out)
{
    if (coord->read_image == NULL || !was_read(coord, text)) {
        if (!dd__image_id_read(coord, id, text)) {
            return false;
        }
        coord->read_image = dd__image_find(coord, id);
    }
    *out = coord->read_image;
    return true;
}

void dd__image_id_write(const struct dd_coord *coord, const struct dd__image *image,
                        char out[DD_IMAGE_ID_MAX + 1])
{
    if (coord->read_image == image) {
        memcpy(out, coord->read_text, sizeof coord->read_text);
    } else {
        dd__id_write(&image->id, out);
    }
}

struct dd__image *dd__image_know(struct dd_coord *coord, const struct dd__id *id,
                                 struct dd__image **spare)
{
    bool is_read = dd__id_equal(&coord->read_id, id);
    struct dd__image *image;
    uint64_t hash;

    if (is_read && coord->read_image != NULL) {
        return coord->read_image;
    }
    hash = dd__id_hash(&coord->key, id);
    image = image_find(coord, id, hash);
    if (image == NULL) {
        image = *spare;
        assert(image != NULL);
        *spare = NULL;
        image->id = *id;
        image->hash = hash;
        dd__table_insert(&coord->images, &image->by_id, hash);
        dd__list_add_last(&coord->all_images, &image->all);
    }
    if (is_read) {
        coord->read_image = image;
    }
    return image;
}

void dd__image_drop(struct dd_coord *coord, struct dd__image *image)
{
    assert(dd__list_is_empty(&image->waiters) && image->place == NULL);
    if (coord->read_image == image) {
        coord->read_image = NULL;
    }
    dd__image_stop_timer(coord, image);
    dd__bindings_drop(coord, image);
    dd__list_remove(&image->all);
    dd__table_remove(&coord->images, &image->by_id, image->hash);
    dd__image_discard(coord, image);
}

void dd__image_settle(struct dd_coord *coord, struct dd__image *image)
{
    if (dd__image_state(image) != DD_IMAGE_ABSENT) {
        return;
    }
    if (image->ours) {
        dd__image_happens(coord, image, DD__IMAGE_FOUND);
    } else if (image->want_count == 0) {
        dd__image_drop(coord, image);
    }
}

void dd__image_found(struct dd_coord *coord, struct dd__image *image)
{
    if (dd__image_state(image) == DD_IMAGE_BLOCKED && image->ours) {
        dd__image_happens(coord, image, DD__IMAGE_FOUND);
    } else {
        dd__image_settle(coord, image);
    }
}

bool dd__image_is_wanted(const struct dd__image *image)
{
    const struct dd__binding *binding;

    if (image->want_count > 0) {
        return true;
    }
    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        if (binding->repository->busy_count > 0) {
            return true;
        }
    }
    return false;
}

void dd__image_wanted_now(struct dd_coord *coord, struct dd__image *image)
{
    if (dd__image_state(image) == DD_IMAGE_REMOVING && !image->unanswered) {
        dd__image_happens(coord, image, DD__IMAGE_RESCUED);
    }
}

/* Every repository that could cease to want it shall say so. */
static void image_defer(struct dd__image *image)
{
    struct dd__binding *binding;

    image->deferred = true;
    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        binding->repository->deferring = true;
    }
}

void dd__image_maybe_unwanted(struct dd_coord *coord, struct dd__image *image)
{
    if (!image->deferred) {
        return;
    }
    if (dd__image_is_wanted(image)) {
        image_defer(image);
    } else {
        dd__image_make_due(coord, image);
    }
}

void dd__image_want(struct dd_coord *coord, struct dd__image *image)
{
    image->want_count++;
    dd__image_wanted_now(coord, image);
}

void dd__image_unwant(struct dd_coord *coord, struct dd__image *image)
{
    assert(image->want_count > 0);
    image->want_count--;
    dd__image_maybe_unwanted(coord, image);
    dd__image_settle(coord, image);
}

extern inline void dd__image_leased(struct dd_coord *coord, struct dd__image *image)
{
    image->lease_count++;
    dd__image_happens(coord, image, DD__IMAGE_LEASED);
}

void dd__image_unleased(struct dd_coord *coord, struct dd__image *image)
{
    assert(image->lease_count > 0);
    image->lease_count--;
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_COUNT_DOWN, .count = image->lease_count });
    if (image->lease_count > 0) {
        dd__image_happens(coord, image, DD__IMAGE_RELEASED);
    } else if (image->ours) {
        dd__image_happens(coord, image, DD__IMAGE_LET_GO);
    } else {
        dd__image_happens(coord, image, DD__IMAGE_FORSAKEN);
        dd__image_settle(coord, image);
    }
}

void dd__image_stop_timer(struct dd_coord *coord, struct dd__image *image)
{
    dd__timer_disarm(image->in_due ? &coord->due : &coord->timers, &image->timer);
    image->in_due = false;
    image->deferred = false;
}

void dd__image_set_delay(struct dd_coord *coord, struct dd__image *image)
{
    assert(!image->in_doubt);
    dd__image_stop_timer(coord, image);
    dd__lane_timer_arm(&coord->timers, DD__LANE_DELAY, &image->delay, image->deadline_ns);
}

void dd__image_set_timer(struct dd_coord *coord, struct dd__image *image, uint64_t due_ns)
{
    dd__image_stop_timer(coord, image);
    dd__timer_arm(&coord->timers, &image->timer, due_ns);
}

void dd__image_make_due(struct dd_coord *coord, struct dd__image *image)
{
    dd__image_stop_timer(coord, image);
    image->in_due = true;
    dd__timer_arm(&coord->due, &image->timer, image->deadline_ns);
}

void dd__image_time_over(struct dd_coord *coord, struct dd__image *image)
{
    dd__image_make_due(coord, image);
}

/* The next whose removal may go on or begin, earliest deadline first; one that is
 * wanted when its turn comes is put aside until it is wanted no more. A close that
 * leaves things as they are only ends what is in doubt. */
static struct dd__image *next_removable(struct dd_coord *coord)
{
    struct dd__timer *timer;

    while ((timer = dd__timers_pop_due(&coord->due, UINT64_MAX)) != NULL) {
        struct dd__image *image = DD__CONTAINER(timer, struct dd__image, timer);

        image->in_due = false;
        if (dd__is_leaving(coord) && dd__image_state(image) != DD_IMAGE_REMOVING) {
            continue;
        }
        if (dd__image_state(image) == DD_IMAGE_REMOVING || !dd__image_is_wanted(image)) {
            return image;
        }
        image_defer(image);
    }
    return NULL;
}

void dd__removals_start(struct dd_coord *coord)
{
    struct dd__image *image;

    if (coord->close_begun && coord->is_late) {
        return;
    }
    while (coord->places_taken < coord->config.parallel_removal_max &&
           (image = next_removable(coord)) != NULL) {
        if (dd__image_state(image) == DD_IMAGE_REMOVING) {
            dd__removal_resume(coord, image);
        } else {
            dd__image_happens(coord, image, DD__IMAGE_BEGUN);
        }
    }
}

void dd__emit_image_event(const struct dd_coord *coord, const struct dd__image *image,
                          struct dd_event *event)
{
    char id[DD_IMAGE_ID_MAX + 1];

    dd__id_write(&image->id, id);
    event->image = id;
    dd__emit_event(coord, event);
}
