#include "coord/pull_outcome.h"

#include <assert.h>
#include <string.h>

#include "coord/pull_queue.h"
#include "coord/removal.h"

/* An if-missing waiter looks once more for itself: somebody else may have brought
 * the image. It keeps the pull for the text of the failure. (If it came to wait before
 * its first look was over, that is the one.) */
static void look_again(struct dd__operation *operation, struct dd__verdict verdict,
                       const char *text)
{
    operation->is_second = true;
    operation->status = (unsigned char)verdict.status;
    operation->conflict = (unsigned char)verdict.conflict;
    operation->message.text = text;
    if (!dd__inquiry_is_busy(operation->inquiry)) {
        dd__inquiry_ask(operation->inquiry);
    }
}

/* Its time was over while it was looked up: that call has ended now. */
static void result_over(struct dd__inquiry *inquiry)
{
    dd__pull_pay(DD__CONTAINER(inquiry, struct dd__pull, inquiry));
}

static const struct dd__asking ended = { .over = result_over };

void dd__pull_fail(struct dd__pull *pull, struct dd__verdict verdict, const char *message)
{
    struct dd_coord *coord = pull->coord;
    struct dd__list *link;

    dd__lane_timer_disarm(&pull->coord->timers, &pull->whole);
    dd__pull_part(pull);
    /* Once: what was told, or will be, does not change when more is learned. */
    dd__pull_say(pull, message);
    pull->has_failed = true;
    dd__emit(coord,
             (struct dd_event){ .kind = pull->phase == DD__PULL_LOOKING_UP ? DD_EVENT_LOOKUP_FAILED
                                                                           : DD_EVENT_PULL_FAILED,
                                .reference = pull->reference->text,
                                .status = verdict.status,
                                .message = pull->message.text });
    dd__list_remove(&pull->in_reference);
    while ((link = dd__list_first(&pull->waiters)) != NULL) {
        struct dd__operation *operation = DD__CONTAINER(link, struct dd__operation, in_pull);

        dd__list_remove(link);
        pull->waiter_count--;
        if (operation->policy == DD_PULL_IF_MISSING) {
            look_again(operation, verdict, pull->message.text);
        } else {
            dd__operation_fail(coord, operation, verdict, pull->message.text);
        }
    }
    if (pull->request.in_flight) {
        dd__pull_cut_short(pull);
        return;
    }
    pull->phase = DD__PULL_ENDING;
    pull->inquiry.asking = &ended;
    if (!dd__inquiry_abandon(&pull->inquiry)) {
        dd__pull_pay(pull);
    }
}

/* H42: the digest is shared by all tags of the repository. If the image bears one
 * that is not ours, neither is the digest. */
static bool has_foreign_tag(const struct dd__pull *pull, const struct dd__image *image,
                            const struct dd_answer *answer)
{
    struct dd_reference room;
    const char *own = dd__reference_suffix(pull->reference);
    bool is_digest;

    for (size_t i = 0; i < answer->tags.count; i++) {
        const char *tag = answer->tags.at[i];
        const char *suffix;

        if (tag != NULL && strcmp(tag, pull->reference->text) == 0) {
            continue; /* its own, which most images bear alone */
        }
        suffix = dd__listed_suffix(pull->reference->repository, tag, &is_digest, &room);
        if (suffix != NULL && !is_digest && strcmp(suffix, own) != 0 &&
            dd__binding_find(image, &(struct dd__bound_name){
                                        .repository = pull->reference->repository,
                                        .suffix = suffix,
                                    }) == NULL) {
            return true;
        }
    }
    return false;
}

/* The digest of this repository that the image bears: the stream's, if it printed
 * one; NULL if there is none. */
static const char *digest_of(const struct dd__pull *pull, const struct dd_answer *answer,
                             struct dd_reference *room)
{
    const char *printed = pull->stream.digest;
    bool is_digest;

    for (size_t i = 0; i < answer->digests.count; i++) {
        const char *suffix =
            dd__listed_suffix(pull->reference->repository, answer->digests.at[i], &is_digest, room);
        if (suffix != NULL && is_digest &&
            (printed[0] == '\0' ? dd_digest_is_valid(suffix) : strcmp(printed, suffix) == 0)) {
            return suffix;
        }
    }
    return NULL;
}

static void pull_bind(struct dd__pull *pull, struct dd__image *image,
                      const struct dd_answer *answer)
{
    struct dd_coord *coord = pull->coord;
    struct dd__reference *reference = pull->reference;
    struct dd_reference room;
    const char *digest;

    dd__bind(coord, image,
             &(struct dd__bound_name){ .repository = reference->repository,
                                       .suffix = dd__reference_suffix(reference),
                                       .is_digest = reference->by_digest },
             &pull->spare_name);
    digest = reference->by_digest ? NULL : digest_of(pull, answer, &room);
    if (digest != NULL && !has_foreign_tag(pull, image, answer)) {
        dd__bind(
            coord, image,
            &(struct dd__bound_name){
                .repository = reference->repository,
                .suffix = digest,
                .is_digest = true,
                .digest_id = pull->stream.digest_id.length > 0 ? &pull->stream.digest_id : NULL,
            },
            &pull->spare_digest);
    }
}

/* Whether this pull made or moved its name: the engine's own word, where it has
 * one. */
static bool made_the_name(const struct dd__pull *pull)
{
    const struct dd_coord *coord = pull->coord;

    if (coord->config.adopt) {
        return true;
    }
    if (coord->closing_lines) {
        return pull->stream.closing == DD__CLOSING_NEWER;
    }
    return pull->before_known && !dd__id_equal(&pull->before, &pull->image);
}

/* The success is known: its binding is recorded in this step, whoever waits for
 * whatever. From here on the image is looked for under this pull's own name. */
static void success_learned(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__pull *pull = DD__CONTAINER(inquiry, struct dd__pull, inquiry);
    struct dd_coord *coord = pull->coord;

    if (pull->is_learned) {
        return;
    }
    pull->is_learned = true;
    pull->image = finding->id;
    inquiry->digest = NULL;
    dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_PULL_SUCCEEDED,
                                       .reference = pull->reference->text,
                                       .image = finding->answer->id });
    if (made_the_name(pull)) {
        pull_bind(pull, dd__image_know(coord, &pull->image, &pull->spare_image), finding->answer);
    }
}

/* H11: all waiters are granted in one step, before any of them is told. */
static void pull_succeed(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;
    struct dd__image *image = dd__image_know(coord, &pull->image, &pull->spare_image);
    struct dd__list *link;

    dd__list_remove(&pull->in_reference);
    while ((link = dd__list_first(&pull->waiters)) != NULL) {
        dd__list_remove(link);
        pull->waiter_count--;
        dd__operation_grant(coord, DD__CONTAINER(link, struct dd__operation, in_pull), image);
    }
    /* In this order: once it is wanted no more, the image may be forgotten. */
    dd__image_settle(coord, image);
    dd__inquiry_unwant(&pull->inquiry);
    dd__pull_finish(pull);
}

static void success_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__pull *pull = DD__CONTAINER(inquiry, struct dd__pull, inquiry);
    struct dd__verdict gone = { .status = DD_EGONE };

    if (finding->verdict.status == DD_OK && dd__id_equal(&pull->image, &finding->id)) {
        pull_succeed(pull);
    } else if (finding->verdict.status == DD_OK || finding->verdict.status == DD_ENOTFOUND) {
        /* H23: it went away between its pull and this answer. */
        dd__pull_fail(pull, gone, dd_status_text(DD_EGONE));
    } else {
        dd__pull_fail(pull, finding->verdict, finding->text);
    }
}

/* H20: by the digest that the stream reported, for the tag may move. */
void dd__pull_look_up(struct dd__pull *pull)
{
    static const struct dd__asking looking_up = { .granting = true,
                                                  .learned = success_learned,
                                                  .found = success_found,
                                                  .over = dd__pull_inquiry_over };

    if (dd__is_leaving(pull->coord)) {
        dd__pull_finish(pull);
        return;
    }
    /* H02: who asks from now on asks the registry anew. */
    dd__list_remove(&pull->in_reference);
    pull->phase = DD__PULL_LOOKING_UP;
    pull->is_unsettled = false;
    dd__pull_ask(pull, &looking_up, pull->stream.digest[0] == '\0' ? NULL : pull->stream.digest);
}

/* H33, H41: a pull that failed may have left an image nobody knows. Ours is what
 * the name means now, if that is not what it meant before. Without a *before*
 * nothing is ours; it is asked all the same, for the reference stays busy until
 * the engine is done with the name (H37). */
static void check_judge(struct dd__pull *pull, const struct dd__finding *finding)
{
    struct dd_coord *coord = pull->coord;
    struct dd_reference room;

    if (finding->verdict.status == DD_OK && pull->before_known &&
        !dd__id_equal(&finding->id, &pull->before) &&
        digest_of(pull, finding->answer, &room) != NULL) {
        struct dd__image *image = dd__image_know(coord, &finding->id, &pull->spare_image);

        dd__emit(coord, (struct dd_event){ .kind = DD_EVENT_PULL_ORPHAN,
                                           .reference = pull->reference->text,
                                           .image = finding->answer->id });
        pull_bind(pull, image, finding->answer);
        dd__image_found(coord, image);
    }
}

/* The check failed: again later, as for an unknown error of a removal, and never
 * forgotten. The next pull need not wait for that, for the engine has settled. */
static void check_later(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;
    struct dd__reference *reference = pull->reference;
    uint64_t wait_ns = coord->config.retry_ns;

    for (unsigned i = coord->config.try_max; i <= pull->tries; i++) {
        wait_ns = dd__backed_off(coord, wait_ns);
    }
    if (pull->tries < UINT8_MAX) {
        pull->tries++;
    }
    if (reference->running == pull) {
        reference->running = NULL;
        dd__list_add_last(&reference->owing, &pull->in_reference);
    }
    pull->phase = DD__PULL_SETTLING;
    dd__timer_arm(&coord->timers, &pull->settling, coord->now_ns + wait_ns);
}

static void check_found(struct dd__inquiry *inquiry, const struct dd__finding *finding)
{
    struct dd__pull *pull = DD__CONTAINER(inquiry, struct dd__pull, inquiry);

    if (finding->verdict.status == DD_OK || finding->verdict.status == DD_ENOTFOUND) {
        check_judge(pull, finding);
        dd__pull_finish(pull);
    } else {
        check_later(pull);
    }
}

/* What the next pull of the name would otherwise hide. */
void dd__pull_debts_paid(struct dd_coord *coord, struct dd__reference *reference,
                         const struct dd__finding *finding)
{
    struct dd__list *link;
    struct dd__list *after;

    DD__LIST_EACH_SAFE (link, after, &reference->owing) {
        struct dd__pull *pull = DD__CONTAINER(link, struct dd__pull, in_reference);

        dd__list_remove(link);
        dd__timer_disarm(&coord->timers, &pull->settling);
        check_judge(pull, finding);
        if (pull->phase == DD__PULL_SETTLING || !dd__inquiry_abandon(&pull->inquiry)) {
            dd__pull_finish(pull);
        }
    }
}

void dd__pull_inquiry_over(struct dd__inquiry *inquiry)
{
    dd__pull_finish(DD__CONTAINER(inquiry, struct dd__pull, inquiry));
}

void dd__pull_check(struct dd__pull *pull)
{
    static const struct dd__asking checking = { .found = check_found,
                                                .over = dd__pull_inquiry_over };

    pull->phase = DD__PULL_CHECKING;
    dd__emit(pull->coord, (struct dd_event){ .kind = DD_EVENT_PULL_SETTLED,
                                             .reference = pull->reference->text });
    dd__inquiry_unwant(&pull->inquiry);
    dd__pull_ask(pull, &checking, NULL);
}

void dd__pull_pay(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;

    if (!pull->has_started || pull->is_learned || dd__is_leaving(coord)) {
        dd__pull_finish(pull);
        return;
    }
    /* The next pull of the name waits: it would hide what this one brought. */
    if (pull->is_unsettled) {
        pull->phase = DD__PULL_SETTLING;
        dd__timer_arm(&coord->timers, &pull->settling,
                      coord->now_ns + coord->config.pull_settling_ns);
    } else {
        dd__pull_check(pull);
    }
}

void dd__pull_finish(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;
    struct dd__reference *reference = pull->reference;

    assert(dd__list_is_empty(&pull->waiters) && !pull->request.in_flight);
    assert(pull->relied_count == 0);
    dd__pull_slot_free(pull);
    dd__lane_timer_disarm(&pull->coord->timers, &pull->whole);
    dd__timer_disarm(&coord->timers, &pull->settling);
    dd__list_remove(&pull->in_reference);
    dd__list_remove(&pull->in_queue);
    dd__list_remove(&pull->all);
    if (reference->running == pull) {
        reference->running = NULL;
    }
    dd__inquiry_unwant(&pull->inquiry);
    pull->reference = NULL;
    dd__pull_unuse(pull);
    dd__reference_unuse(coord, reference);
}

void dd__pull_forgo(struct dd__pull *pull)
{
    switch (pull->phase) {
    case DD__PULL_SETTLING:
        dd__pull_finish(pull);
        break;
    case DD__PULL_CHECKING:
    case DD__PULL_LOOKING_UP:
        if (!pull->inquiry.is_abandoned && !dd__inquiry_abandon(&pull->inquiry)) {
            dd__pull_finish(pull);
        }
        break;
    default:
        break;
    }
}
