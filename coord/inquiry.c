#include "coord/inquiry.h"

#include <assert.h>
#include <string.h>

static void inquiry_answered(struct dd__request *request, const struct dd_answer *answer);

void dd__inquiry_init(struct dd__inquiry *inquiry, struct dd_coord *coord)
{
    dd__request_init(&inquiry->request, coord, inquiry_answered);
    dd__lane_timer_init(&inquiry->timer, DD__TIMER_INQUIRY);
    dd__list_init(&inquiry->link);
    inquiry->gate = NULL;
    inquiry->wanted = NULL;
    inquiry->verdicts = 0;
    inquiry->asking = NULL;
    inquiry->owner = NULL;
    inquiry->name = "";
    inquiry->digest = NULL;
    inquiry->is_late = false;
    inquiry->is_abandoned = false;
}

const char *dd__inquiry_name(const struct dd__inquiry *inquiry, char room[DD_REFERENCE_MAX + 1])
{
    size_t length = inquiry->repository_length;

    if (inquiry->digest == NULL) {
        return inquiry->name;
    }
    memcpy(room, inquiry->name, length);
    room[length] = '@';
    memcpy(room + length + 1, inquiry->digest, strlen(inquiry->digest) + 1);
    return room;
}

void dd__inquiry_unwant(struct dd__inquiry *inquiry)
{
    struct dd__image *image = inquiry->wanted;

    if (image != NULL) {
        inquiry->wanted = NULL;
        dd__image_unwant(inquiry->request.coord, image);
    }
}

void dd__inquiry_release(struct dd__inquiry *inquiry)
{
    assert(!inquiry->request.in_flight);
    dd__list_remove(&inquiry->link);
    dd__inquiry_unwant(inquiry);
    dd__lane_timer_disarm(&inquiry->request.coord->timers, &inquiry->timer);
}

void dd__inquiry_ask(struct dd__inquiry *inquiry)
{
    struct dd_coord *coord = inquiry->request.coord;
    char room[DD_REFERENCE_MAX + 1];
    const char *name;

    assert(dd__list_is_empty(&inquiry->link) && !inquiry->is_abandoned);
    if (inquiry->gate != NULL && inquiry->gate->unanswered_count > 0) {
        dd__list_add_last(&coord->gated, &inquiry->link);
        return;
    }
    inquiry->verdicts = coord->verdicts;
    inquiry->is_late = false;
    dd__lane_timer_arm(&coord->timers, DD__LANE_INSPECT, &inquiry->timer,
                       coord->now_ns + coord->config.inspect_timeout_ns);
    name = dd__inquiry_name(inquiry, room);
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_INSPECT_STARTED, .reference = name });
    dd__request_inspect(&inquiry->request, name);
}

void dd__inquiries_open_gates(struct dd_coord *coord)
{
    struct dd__list *link;
    struct dd__list *after;

    DD__LIST_EACH_SAFE (link, after, &coord->gated) {
        struct dd__inquiry *inquiry = DD__CONTAINER(link, struct dd__inquiry, link);
        if (inquiry->gate->unanswered_count == 0) {
            dd__list_remove(link);
            dd__inquiry_ask(inquiry);
        }
    }
}

void dd__inquiries_wake(struct dd__image *image)
{
    struct dd__list waiters;
    struct dd__list *link;

    dd__list_init(&waiters);
    dd__list_move_all(&waiters, &image->waiters);
    while ((link = dd__list_first(&waiters)) != NULL) {
        dd__list_remove(link);
        dd__inquiry_ask(DD__CONTAINER(link, struct dd__inquiry, link));
    }
}

bool dd__inquiry_abandon(struct dd__inquiry *inquiry)
{
    inquiry->is_abandoned = true;
    dd__list_remove(&inquiry->link);
    dd__inquiry_unwant(inquiry);
    dd__lane_timer_disarm(&inquiry->request.coord->timers, &inquiry->timer);
    if (!inquiry->request.in_flight) {
        return false;
    }
    dd__request_cancel(&inquiry->request);
    return true;
}

void dd__inquiry_time_over(struct dd__inquiry *inquiry)
{
    inquiry->is_late = true;
    dd__request_cancel(&inquiry->request);
}

static void inquiry_judge(struct dd__inquiry *inquiry, const struct dd_answer *answer,
                          struct dd__finding *out)
{
    out->answer = answer;
    out->text = answer->text;
    out->verdict = dd__classify_object(answer);
    if (out->verdict.status == DD_ECANCELLED && inquiry->is_late) {
        out->verdict.status = DD_ETIMEDOUT;
        out->text = "the engine did not answer an inspect in time";
    } else if (out->verdict.status == DD_OK &&
               !dd__image_id_read(inquiry->request.coord, &out->id, answer->id)) {
        out->verdict.status = DD_EENGINE;
        out->text = "the engine's answer has no image ID";
    }
}

void dd__inquiry_wait(struct dd__inquiry *inquiry, struct dd__image *image)
{
    char room[DD_REFERENCE_MAX + 1];

    dd__emit_image(inquiry->request.coord, image,
                   (struct dd_event){ .kind = DD_EVENT_PULL_WAITS,
                                      .reference = dd__inquiry_name(inquiry, room) });
    dd__list_add_last(&image->waiters, &inquiry->link);
}

/* Whether the image that it is to grant is being removed, and the inquiry waits. */
static bool inquiry_waits(struct dd__inquiry *inquiry, const struct dd__id *id)
{
    struct dd_coord *coord = inquiry->request.coord;
    struct dd__image *image;

    if (coord->removing_count == 0 && inquiry->wanted == NULL) {
        return false;
    }
    image = dd__image_find(coord, id);
    if (image == inquiry->wanted && image != NULL && dd__image_state(image) != DD_IMAGE_REMOVING) {
        return false;
    }
    dd__inquiry_unwant(inquiry);
    image = dd__image_find(coord, id);
    if (image == NULL || dd__image_state(image) != DD_IMAGE_REMOVING) {
        return false;
    }
    inquiry->wanted = image;
    dd__image_want(coord, image);
    if (dd__image_state(image) != DD_IMAGE_REMOVING) {
        return false; /* rescued at once */
    }
    dd__inquiry_wait(inquiry, image);
    return true;
}

static void inquiry_answered(struct dd__request *request, const struct dd_answer *answer)
{
    struct dd__inquiry *inquiry = DD__CONTAINER(request, struct dd__inquiry, request);
    struct dd_coord *coord = request->coord;
    const struct dd__asking *asking = inquiry->asking;
    struct dd__finding finding;
    char room[DD_REFERENCE_MAX + 1];

    dd__lane_timer_disarm(&inquiry->request.coord->timers, &inquiry->timer);
    if (inquiry->is_abandoned) {
        asking->over(inquiry);
        return;
    }
    inquiry_judge(inquiry, answer, &finding);
    if (inquiry->verdicts != coord->verdicts &&
        (finding.verdict.status == DD_OK || finding.verdict.status == DD_ENOTFOUND)) {
        dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_INSPECT_AGAIN,
                                           .reference = dd__inquiry_name(inquiry, room) });
        dd__inquiry_ask(inquiry);
        return;
    }
    if (finding.verdict.status == DD_OK && asking->granting) {
        if (asking->learned != NULL) {
            asking->learned(inquiry, &finding);
        }
        if (inquiry_waits(inquiry, &finding.id)) {
            return;
        }
    }
    asking->found(inquiry, &finding);
}
