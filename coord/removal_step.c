/*
 * The steps of a removal: what each asks of the engine, and what its answer
 * leads to.
 */
#include <assert.h>
#include <string.h>

#include "coord/inquiry.h"
#include "coord/removal.h"
#include "coord/transition.h"

static void ask(struct dd__place *place, enum dd__step step, const char *name)
{
    struct dd_coord *coord = place->request.coord;

    place->step = step;
    place->is_late = false;
    place->sent_ns = coord->now_ns;
    dd__bindings_grow_old(place->image);
    dd__lane_timer_arm(&coord->timers, DD__LANE_INSPECT, &place->timer,
                       coord->now_ns + coord->config.inspect_timeout_ns);
    dd__request_inspect(&place->request, name);
}

static void ask_by_id(struct dd__place *place, enum dd__step step)
{
    char id[DD_IMAGE_ID_MAX + 1];

    dd__id_write(&place->image->id, id);
    ask(place, step, id);
}

void dd__step_ask_id(struct dd__place *place)
{
    ask_by_id(place, DD__STEP_ASK_ID);
}

void dd__step_probe(struct dd__place *place)
{
    ask_by_id(place, DD__STEP_PROBE);
}

/* A DELETE has no deadline of ours: an abandoned one is still executed (H32). */
static void send_delete(struct dd__place *place, enum dd__step step, const char *name)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    assert(!dd__image_is_wanted(image));
    place->step = step;
    dd__bindings_grow_old(image);
    dd__bindings_unanswered(image, true);
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_DELETE_SENT,
                                       .reference = step == DD__STEP_DELETE_NAME ? name : NULL,
                                       .image = step == DD__STEP_DELETE_ID ? name : NULL,
                                       .generation = image->generation });
    dd__request_remove(&place->request, name);
}

/* Tags before digests: the engine drops digests with a repository's last tag. */
static struct dd__binding *next_binding(const struct dd__image *image)
{
    struct dd__binding *digest = NULL;
    struct dd__binding *binding;

    for (binding = image->bindings; binding != NULL; binding = binding->next) {
        if (!binding->examined && !binding->is_digest) {
            return binding;
        }
        if (!binding->examined && digest == NULL) {
            digest = binding;
        }
    }
    return digest;
}

/* Look at the next binding; if there is none left, at the ID once more. */
static void go_on(struct dd__place *place)
{
    char name[DD_REFERENCE_MAX + 1];

    place->binding = next_binding(place->image);
    if (place->binding == NULL) {
        dd__step_ask_id(place);
        return;
    }
    place->binding->examined = true;
    dd__binding_name(place->binding, name);
    ask(place, DD__STEP_ASK_NAME, name);
}

/* The engine does not have it. Unless one of our pulls has made it again since
 * the call was sent: an answer never takes that away (H38). */
static void absent(struct dd__place *place, bool by_us)
{
    if (dd__bindings_any_fresh(place->image)) {
        dd__step_ask_id(place);
    } else {
        dd__removal_gone(place, by_us);
    }
}

/* An answer about another image than the one that was asked for is none. */
static bool is_about(const struct dd__place *place, const struct dd_answer *answer)
{
    struct dd__id id;

    return dd__id_read(&id, answer->id) && dd__id_equal(&id, &place->image->id);
}

static void id_answered(struct dd__place *place, const struct dd_answer *answer,
                        struct dd__verdict verdict)
{
    char id[DD_IMAGE_ID_MAX + 1];

    if (verdict.status == DD_ENOTFOUND) {
        absent(place, false);
    } else if (verdict.status != DD_OK) {
        dd__removal_failed(place, verdict, answer->text);
    } else if (!is_about(place, answer)) {
        dd__removal_failed(place, (struct dd__verdict){ .status = DD_EENGINE },
                           "the engine answered about another image");
    } else if (next_binding(place->image) != NULL) {
        go_on(place);
    } else if (answer->tags.count + answer->digests.count > 0) {
        dd__removal_refused(
            place, (struct dd__verdict){ .status = DD_ECONFLICT, .conflict = DD_CONFLICT_NAMES });
    } else {
        dd__id_write(&place->image->id, id);
        send_delete(place, DD__STEP_DELETE_ID, id);
    }
}

/* The binding's name means something else, or nothing. */
static void lose_binding(struct dd__place *place, const char *why)
{
    struct dd__binding *binding = place->binding;

    place->binding = NULL;
    if (!binding->fresh) {
        dd__unbind(place->request.coord, binding, why);
    }
    go_on(place);
}

/* Podman finds an image by any repository's name for its digest, and removes none that the
 * image does not list (docs/ENGINE.md, podman-digest-of-any-repository). */
static bool lists_digest(const struct dd__place *place, const struct dd_answer *answer)
{
    for (size_t i = 0; i < answer->digests.count; i++) {
        if (dd__binding_find_listed(place->image, answer->digests.at[i]) == place->binding) {
            return true;
        }
    }
    return false;
}

static void name_answered(struct dd__place *place, const struct dd_answer *answer,
                          struct dd__verdict verdict)
{
    char name[DD_REFERENCE_MAX + 1];

    if (verdict.status == DD_ENOTFOUND) {
        lose_binding(place, "the name is gone");
    } else if (verdict.status != DD_OK) {
        dd__removal_failed(place, verdict, answer->text);
    } else if (!is_about(place, answer)) {
        lose_binding(place, "the name means another image");
    } else if (place->binding->is_digest && !lists_digest(place, answer)) {
        lose_binding(place, "the image is not called so");
    } else {
        dd__binding_name(place->binding, name);
        send_delete(place, DD__STEP_DELETE_NAME, name);
    }
}

/* Names that the answer lists as untagged are not bound any more. */
static void drop_untagged(struct dd__place *place, const struct dd_answer *answer)
{
    for (size_t i = 0; i < answer->untagged.count; i++) {
        struct dd__binding *binding = dd__binding_find_listed(place->image, answer->untagged.at[i]);

        if (binding != NULL && !binding->fresh) {
            if (binding == place->binding) {
                place->binding = NULL;
            }
            dd__unbind(place->request.coord, binding, "untagged");
        }
    }
}

/* Podman leaves the algorithm out. */
static bool is_same_id(const char *id, const char *listed)
{
    const char *colon = strchr(id, ':');

    return strcmp(id, listed) == 0 || (colon != NULL && strcmp(colon + 1, listed) == 0);
}

static bool lists_deleted(const struct dd__place *place, const struct dd_answer *answer)
{
    char id[DD_IMAGE_ID_MAX + 1];

    dd__id_write(&place->image->id, id);
    for (size_t i = 0; i < answer->deleted.count; i++) {
        if (answer->deleted.at[i] != NULL && is_same_id(id, answer->deleted.at[i])) {
            return true;
        }
    }
    return false;
}

/* What is wanted is rescued as soon as its DELETE is answered, whatever the answer
 * was, and those that waited ask again. So is what a close leaves behind. */
static bool rescue(struct dd__place *place)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;

    if (!dd__image_is_wanted(image) && !dd__is_leaving(coord)) {
        return false;
    }
    dd__image_happens(coord, image, DD__IMAGE_RESCUED);
    dd__inquiries_wake(image);
    return true;
}

static void delete_answered(struct dd__place *place, const struct dd_answer *answer,
                            struct dd__verdict verdict)
{
    struct dd_coord *coord = place->request.coord;
    bool is_deleted = false;

    dd__emit_image(coord, place->image,
                   (struct dd_event){ .kind = DD_EVENT_DELETE_ANSWERED,
                                      .generation = place->image->generation,
                                      .http_status = answer->http_status,
                                      .status = verdict.status,
                                      .conflict = verdict.conflict });
    if (answer->transport == DD_TRANSPORT_LOST || answer->transport == DD_TRANSPORT_CANCELLED) {
        dd__removal_in_doubt(place, answer);
        return;
    }
    dd__removal_verdict(place);
    if (verdict.status == DD_OK) {
        drop_untagged(place, answer);
        is_deleted = lists_deleted(place, answer);
        if (is_deleted && !dd__bindings_any_fresh(place->image)) {
            dd__removal_gone(place, true);
            return;
        }
    }
    if (rescue(place)) {
        return;
    }
    if (is_deleted) {
        dd__step_ask_id(place); /* H38: made again meanwhile, or not any more */
    } else if (verdict.status == DD_OK && place->step == DD__STEP_DELETE_NAME) {
        go_on(place);
    } else if (verdict.status == DD_OK) {
        dd__removal_failed(place, (struct dd__verdict){ .status = DD_EENGINE },
                           "the engine says it did, and did not");
    } else if (verdict.status == DD_ENOTFOUND && place->step == DD__STEP_DELETE_NAME) {
        lose_binding(place, "the name is gone");
    } else if (verdict.status == DD_ENOTFOUND && !place->was_absent) {
        place->was_absent = true; /* only an inspect says that it is gone */
        dd__step_ask_id(place);
    } else if (verdict.status == DD_ECONFLICT) {
        dd__removal_refused(place, verdict);
    } else {
        dd__removal_failed(place, verdict, answer->text);
    }
}

/* H32: the DELETE whose connection was lost may be executed late. It is over when
 * the image is gone, or is there on an engine that never heard of it, or is there
 * after the settling time. */
static void probe_answered(struct dd__place *place, const struct dd_answer *answer,
                           struct dd__verdict verdict)
{
    struct dd_coord *coord = place->request.coord;
    struct dd__image *image = place->image;
    bool is_newer = image->doubt_instance != 0 && answer->instance != 0 &&
                    answer->instance != image->doubt_instance;
    bool is_over = is_newer || place->sent_ns >= image->doubt_until_ns;

    if (verdict.status == DD_ENOTFOUND) {
        dd__removal_verdict(place);
        if (dd__bindings_any_fresh(image) && rescue(place)) {
            return;
        }
        absent(place, true);
    } else if (verdict.status == DD_OK && is_over && is_about(place, answer)) {
        dd__emit_image(coord, image, (struct dd_event){ .kind = DD_EVENT_DOUBT_ENDED });
        dd__removal_verdict(place);
        if (!rescue(place)) {
            dd__removal_failed(place, (struct dd__verdict){ .status = DD_ENETWORK },
                               "the connection was lost");
        }
    } else {
        uint64_t wait_ns = coord->config.retry_ns;

        if (coord->now_ns < image->doubt_until_ns &&
            image->doubt_until_ns - coord->now_ns < wait_ns) {
            wait_ns = image->doubt_until_ns - coord->now_ns;
        }
        dd__removal_wait(place, wait_ns);
    }
}

/* A close whose time is over asks nothing more, though an answer came first. */
static bool leave_undone(struct dd__place *place)
{
    struct dd_coord *coord = place->request.coord;

    if (!dd__is_leaving(coord) ||
        (place->step != DD__STEP_ASK_ID && place->step != DD__STEP_ASK_NAME)) {
        return false;
    }
    dd__image_happens(coord, place->image, DD__IMAGE_RESCUED);
    return true;
}

void dd__step_answered(struct dd__place *place, const struct dd_answer *answer,
                       struct dd__verdict verdict)
{
    struct dd__id id;

    if (leave_undone(place)) {
        return;
    }
    /* An inspect's answer without an ID says nothing: not that a name means another
     * image, and least of all that the image has no names. */
    if (verdict.status == DD_OK && place->step != DD__STEP_DELETE_NAME &&
        place->step != DD__STEP_DELETE_ID && !dd__id_read(&id, answer->id)) {
        verdict.status = DD_EENGINE;
    }
    switch (place->step) {
    case DD__STEP_ASK_ID:
        id_answered(place, answer, verdict);
        break;
    case DD__STEP_ASK_NAME:
        name_answered(place, answer, verdict);
        break;
    case DD__STEP_DELETE_NAME:
    case DD__STEP_DELETE_ID:
        delete_answered(place, answer, verdict);
        break;
    case DD__STEP_PROBE:
        probe_answered(place, answer, verdict);
        break;
    }
}
