#include "coord/close.h"

#include <assert.h>

#include "coord/image.h"
#include "coord/lease.h"
#include "coord/open.h"
#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/removal.h"
#include "coord/text.h"
#include "coord/transition.h"

/* Waiters are told, what was granted and not told is taken back; with their last
 * waiter, pulls are aborted. */
static void leave_operations(struct dd_coord *coord)
{
    struct dd__list *link;

    DD__LIST_EACH (link, &coord->all_operations) {
        struct dd__operation *operation = DD__CONTAINER(link, struct dd__operation, all);

        if (operation->phase != DD__ENDED) {
            dd__operation_leave(coord, operation, DD_ECLOSED);
        }
    }
}

static void forgo_pulls(struct dd_coord *coord)
{
    struct dd__list *link;
    struct dd__list *after;

    DD__LIST_EACH_SAFE (link, after, &coord->all_pulls) {
        dd__pull_forgo(DD__CONTAINER(link, struct dd__pull, all));
    }
}

/* Draining: what nobody uses has its turn now, BLOCKED images one try. Otherwise
 * removals end here, but for DELETEs that were sent. */
static void turn_images(struct dd_coord *coord)
{
    struct dd__list *link;

    DD__LIST_EACH (link, &coord->all_images) {
        struct dd__image *image = DD__CONTAINER(link, struct dd__image, all);
        enum dd_image_state state = dd__image_state(image);

        if (dd__is_draining(coord)) {
            if (state == DD_IMAGE_IDLE || state == DD_IMAGE_BLOCKED) {
                dd__image_make_due(coord, image);
            }
        } else if (state == DD_IMAGE_REMOVING && !image->unanswered) {
            dd__image_happens(coord, image, DD__IMAGE_RESCUED);
        } else if (state != DD_IMAGE_REMOVING) {
            dd__image_stop_timer(coord, image);
        }
    }
}

static void close_begin(struct dd_task *task)
{
    struct dd_coord *coord = DD__CONTAINER(task, struct dd_coord, life_task);

    dd__enter(coord);
    coord->close_begun = true;
    coord->is_late = false; /* an open may have been, and yet have come to something */
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_CLOSING,
                                       .message = coord->close.drain ? "draining" : "leaving",
                                       .after_ns = coord->close.deadline_ns });
    dd__timer_arm(&coord->timers, &coord->life_timer, dd__due_ns(coord, coord->close.deadline_ns));
    leave_operations(coord);
    if (!coord->close.drain) {
        forgo_pulls(coord);
    }
    turn_images(coord);
    dd__leave(coord);
}

void dd__close_time_over(struct dd_coord *coord)
{
    struct dd__list *link;

    coord->is_late = true;
    forgo_pulls(coord);
    DD__LIST_EACH (link, &coord->all_pulls) {
        dd__request_cancel(&DD__CONTAINER(link, struct dd__pull, all)->request);
    }
    dd__places_cancel(coord);
}

/* Why an image is still there, in the order in which the last event tells it. */
enum left { LEFT_HELD, LEFT_IDLE, LEFT_BLOCKED, LEFT_REMOVING, LEFT_IN_DOUBT, LEFT_KIND_COUNT };

static enum left left_kind(const struct dd__image *image)
{
    switch (dd__image_state(image)) {
    case DD_IMAGE_HELD:
        return LEFT_HELD;
    case DD_IMAGE_BLOCKED:
        return LEFT_BLOCKED;
    case DD_IMAGE_REMOVING:
        return image->in_doubt ? LEFT_IN_DOUBT : LEFT_REMOVING;
    default:
        return LEFT_IDLE;
    }
}

static const char *why_left(const struct dd__image *image)
{
    static const char *const why[LEFT_KIND_COUNT] = {
        [LEFT_HELD] = "somebody holds it",
        [LEFT_IDLE] = "nobody uses it",
        [LEFT_REMOVING] = "its removal has no end",
        [LEFT_IN_DOUBT] = "whether it was removed is unknown",
    };
    enum left kind = left_kind(image);

    return kind == LEFT_BLOCKED ? dd__image_reason(image) : why[kind];
}

/* Five numbers and their words at most. */
#define LEFT_TEXT_MAX 160

/* "1 held, 2 idle", or "none". */
static void left_write(const uint64_t counts[LEFT_KIND_COUNT], char out[LEFT_TEXT_MAX])
{
    static const char *const words[LEFT_KIND_COUNT] = {
        [LEFT_HELD] = " held",         [LEFT_IDLE] = " idle",         [LEFT_BLOCKED] = " blocked",
        [LEFT_REMOVING] = " removing", [LEFT_IN_DOUBT] = " in doubt",
    };
    struct dd__text text;

    dd__text_init(&text, out, LEFT_TEXT_MAX);
    for (size_t kind = 0; kind < LEFT_KIND_COUNT; kind++) {
        if (counts[kind] > 0) {
            dd__text_string(&text, text.length > 0 ? ", " : "");
            dd__text_u64(&text, counts[kind]);
            dd__text_string(&text, words[kind]);
        }
    }
    if (text.length == 0) {
        dd__text_string(&text, "none");
    }
}

/* How many there were; in @counts, by why they are left. */
static uint64_t drop_images(struct dd_coord *coord, uint64_t counts[LEFT_KIND_COUNT])
{
    struct dd__list *link;
    struct dd__list *after;
    uint64_t count = 0;

    DD__LIST_EACH_SAFE (link, after, &coord->all_images) {
        struct dd__image *image = DD__CONTAINER(link, struct dd__image, all);

        count++;
        counts[left_kind(image)]++;
        dd__emit_image(coord, image,
                       (struct dd_event){ .kind = DD_EVENT_LEFT,
                                          .count = image->lease_count,
                                          .status = (enum dd_status)image->reason,
                                          .conflict = (enum dd_conflict)image->conflict,
                                          .message = why_left(image) });
        if (image->unanswered) {
            dd__bindings_unanswered(image, false);
        }
        dd__image_drop(coord, image);
    }
    return count;
}

/* Close completes last: an event of its own, after every telling. */
static void close_finish(struct dd_task *task)
{
    struct dd_coord *coord = DD__CONTAINER(task, struct dd_coord, life_task);
    uint64_t counts[LEFT_KIND_COUNT] = { 0 };
    char message[LEFT_TEXT_MAX];
    uint64_t left;

    dd__enter(coord);
    assert(coord->calls_in_flight == 0 && dd__list_is_empty(&coord->all_operations));
    dd__leases_drop(coord);
    left = drop_images(coord, counts);
    left_write(counts, message);
    coord->env.host_lock.ops->let_go(coord->env.host_lock.ctx, coord->engine_id);
    coord->life = DD__CLOSED;
    dd__emit(coord,
             (struct dd_event){ .kind = DD_EVENT_CLOSED, .count = left, .message = message });
    dd__coord_empty(coord);
    dd__life_call(coord);
}

void dd__close_check(struct dd_coord *coord)
{
    bool is_over;

    if (!coord->close_begun || coord->is_finishing) {
        return;
    }
    is_over = dd__list_is_empty(&coord->all_operations) && dd__list_is_empty(&coord->all_pulls) &&
              coord->calls_in_flight == 0;
    if (!coord->is_late) {
        is_over =
            is_over && coord->removing_count == 0 && (!coord->close.drain || coord->due.count == 0);
    }
    if (is_over) {
        coord->is_finishing = true;
        dd__timer_disarm(&coord->timers, &coord->life_timer);
        coord->life_task.run = close_finish;
        coord->env.executor.ops->post(coord->env.executor.ctx, &coord->life_task);
    }
}

enum dd_status dd_close(struct dd_coord *coord, const struct dd_close *close)
{
    enum dd_status status = dd__accepting(coord);

    if (status != DD_OK) {
        return status;
    }
    if (close->closed == NULL) {
        return DD_EINVAL;
    }
    coord->life = DD__CLOSING;
    coord->close = *close;
    coord->life_task.run = close_begin;
    coord->env.executor.ops->post(coord->env.executor.ctx, &coord->life_task);
    return DD_OK;
}
