#include "coord/removal.h"

#include <assert.h>

#include "coord/inquiry.h"
#include "coord/text.h"
#include "coord/transition.h"

static void place_answered(struct dd__request *request, const struct dd_answer *answer);

static size_t places_size(const struct dd_coord *coord)
{
    return coord->config.parallel_removal_max * sizeof *coord->places;
}

enum dd_status dd__places_open(struct dd_coord *coord)
{
    unsigned count = coord->config.parallel_removal_max;

    coord->places = dd__alloc(&coord->env.allocator, places_size(coord));
    if (coord->places == NULL) {
        return DD_ENOMEM;
    }
    for (unsigned i = 0; i < count; i++) {
        struct dd__place *place = &coord->places[i];

        *place = (struct dd__place){ .image = NULL };
        dd__request_init(&place->request, coord, place_answered);
        dd__lane_timer_init(&place->timer, DD__TIMER_PLACE);
    }
    return DD_OK;
}

void dd__places_release(struct dd_coord *coord)
{
    if (coord->places != NULL) {
        dd__free(&coord->env.allocator, coord->places, places_size(coord));
        coord->places = NULL;
    }
}

void dd__places_cancel(struct dd_coord *coord)
{
    for (unsigned i = 0; i < coord->config.parallel_removal_max; i++) {
        dd__request_cancel(&coord->places[i].request);
    }
}

void dd__place_time_over(struct dd__place *place)
{
    place->is_late = true;
    dd__request_cancel(&place->request);
}

static struct dd__place *place_take(struct dd_coord *coord, struct dd__image *image)
{
    struct dd__place *place = coord->places;

    while (place->image != NULL || place->request.in_flight) {
        place++;
        assert(place < coord->places + coord->config.parallel_removal_max);
    }
    coord->places_taken++;
    place->image = image;
    place->generation = image->generation;
    place->binding = NULL;
    place->was_absent = false;
    image->place = place;
    return place;
}

/* The removal goes on later, elsewhere, or not at all. */
static void place_leave(struct dd__place *place)
{
    struct dd_coord *coord = place->request.coord;

    assert(!place->request.in_flight && coord->places_taken > 0);
    if (place->image != NULL) {
        place->image->place = NULL;
        place->image = NULL;
    }
    coord->places_taken--;
}

static void place_answered(struct dd__request *request, const struct dd_answer *answer)
{
    struct dd__place *place = DD__CONTAINER(request, struct dd__place, request);
    struct dd_coord *coord = request->coord;
    struct dd__verdict verdict = dd__classify_object(answer);

    dd__lane_timer_disarm(&coord->timers, &place->timer);
    /* H06: the removal that asked is not any more. */
    if (place->image == NULL) {
        dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_STALE_ANSWER,
                                           .generation = place->generation,
                                           .http_status = answer->http_status });
        place_leave(place);
        return;
    }
    assert(place->generation == place->image->generation);
    if (verdict.status == DD_ECANCELLED && place->is_late) {
        verdict.status = DD_ETIMEDOUT;
    }
    dd__step_answered(place, answer, verdict);
}

void dd__removal_begin(struct dd_coord *coord, struct dd__image *image)
{
    dd__image_stop_timer(coord, image);
    image->generation++;
    image->tries = 0;
    dd__bindings_examine_anew(image);
    dd__emit_image(
        coord, image,
        (struct dd_event){ .kind = DD_EVENT_REMOVAL_STARTED, .generation = image->generation });
    dd__step_ask_id(place_take(coord, image));
}

void dd__removal_resume(struct dd_coord *coord, struct dd__image *image)
{
    struct dd__place *place = place_take(coord, image);

    if (image->in_doubt) {
        dd__step_probe(place);
        return;
    }
    dd__bindings_examine_anew(image);
    dd__step_ask_id(place);
}

void dd__removal_end(struct dd_coord *coord, struct dd__image *image)
{
    struct dd__place *place = image->place;

    assert(!image->unanswered);
    dd__image_stop_timer(coord, image);
    if (place != NULL && place->request.in_flight) {
        image->place = NULL;
        place->image = NULL;
        dd__request_cancel(&place->request); /* its place is wanted */
    } else if (place != NULL) {
        place_leave(place);
    }
}

uint64_t dd__backed_off(const struct dd_coord *coord, uint64_t wait_ns)
{
    uint64_t max_ns = coord->config.backoff_max_ns;

    return wait_ns >= max_ns / 2 ? max_ns : 2 * wait_ns;
}

/* Names of others are only looked at again at the longest. Up to an eighth is
 * added by chance, so that what was blocked together is not tried together. */
void dd__removal_back_off(struct dd_coord *coord, struct dd__image *image)
{
    uint64_t wait_ns = coord->config.backoff_min_ns;

    for (unsigned i = 0; i < image->backoff && wait_ns < coord->config.backoff_max_ns; i++) {
        wait_ns = dd__backed_off(coord, wait_ns);
    }
    if (image->conflict == DD_CONFLICT_NAMES) {
        wait_ns = coord->config.backoff_max_ns;
    }
    if (image->backoff < UINT8_MAX) {
        image->backoff++;
    }
    if (wait_ns < coord->config.backoff_max_ns) {
        wait_ns += coord->env.entropy.ops->next(coord->env.entropy.ctx) % (wait_ns / 8 + 1);
    }
    if (wait_ns > coord->config.backoff_max_ns) {
        wait_ns = coord->config.backoff_max_ns;
    }
    image->deadline_ns = coord->now_ns + wait_ns;
    if (!coord->close_begun) {
        dd__image_set_timer(coord, image, image->deadline_ns);
    }
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_BLOCKED,
                                      .status = (enum dd_status)image->reason,
                                      .conflict = (enum dd_conflict)image->conflict,
                                      .after_ns = wait_ns,
                                      .message = dd__image_reason(image) });
}

void dd__removal_gone(struct dd__place *place, bool by_us)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    while (image->bindings != NULL) {
        dd__unbind(coord, image->bindings, "the image is gone");
    }
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = by_us ? DD_EVENT_REMOVED : DD_EVENT_NOT_THERE,
                                      .generation = image->generation });
    dd__image_happens(coord, image, DD__IMAGE_GONE);
    dd__inquiries_wake(image);
    dd__image_settle(coord, image);
}

void dd__removal_refused(struct dd__place *place, struct dd__verdict verdict)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    image->reason = (unsigned char)verdict.status;
    image->conflict = (unsigned char)verdict.conflict;
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_STILL_IN_USE,
                                      .status = verdict.status,
                                      .conflict = verdict.conflict });
    dd__image_happens(coord, image, DD__IMAGE_REFUSED);
}

void dd__removal_wait(struct dd__place *place, uint64_t wait_ns)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    place_leave(place);
    dd__image_set_timer(coord, image, coord->now_ns + wait_ns);
}

void dd__removal_failed(struct dd__place *place, struct dd__verdict verdict, const char *message)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;
    char buffer[DD__MESSAGE_MAX + 1];
    struct dd__text text;

    image->tries++;
    dd__text_init(&text, buffer, sizeof buffer);
    dd__text_redacted(&text, message != NULL ? message : dd_status_text(verdict.status));
    dd__emit_image(coord, image,
                   (struct dd_event){ .kind = DD_EVENT_ATTEMPT_FAILED,
                                      .attempt = image->tries,
                                      .status = verdict.status,
                                      .message = buffer });
    if (image->tries < coord->config.try_max) {
        dd__removal_wait(place, coord->config.retry_ns);
        return;
    }
    /* H07: never "removed", never forgotten. */
    image->reason = (unsigned char)verdict.status;
    image->conflict = DD_CONFLICT_NONE;
    dd__image_happens(coord, image, DD__IMAGE_REFUSED);
}

/* The instance is the one that was asked, as far as the client knows: a newer one
 * cannot execute what that had been asked. */
void dd__removal_in_doubt(struct dd__place *place, const struct dd_answer *answer)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    image->in_doubt = true;
    image->doubt_instance = answer->instance;
    image->doubt_until_ns = coord->now_ns + coord->config.delete_settling_ns;
    dd__emit_image(
        coord, image,
        (struct dd_event){ .kind = DD_EVENT_DELETE_IN_DOUBT, .generation = image->generation });
    dd__removal_wait(place, 0);
}

void dd__removal_verdict(struct dd__place *place)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    coord->verdicts++;
    image->in_doubt = false;
    dd__bindings_unanswered(image, false);
}
