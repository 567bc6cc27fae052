/*
 * How a pull is made, with all that it reserves, kept for the next one, and relied on by
 * those who may come to need it.
 */
#include <assert.h>
#include <string.h>

#include "coord/pull.h"

/* Everything that granting, binding and failing will need, or nothing. */
static bool pull_reserve(struct dd__pull *pull, const struct dd__pull_wish *wish)
{
    struct dd_coord *coord = pull->coord;

    pull->spare_image = dd__image_reserve(coord);
    pull->spare_name = dd__binding_reserve(coord, wish->suffix_length);
    if (pull->spare_image == NULL || pull->spare_name == NULL) {
        return false;
    }
    if (!wish->by_digest) {
        pull->spare_digest = dd__binding_reserve_digest(coord);
        return pull->spare_digest != NULL;
    }
    return true;
}

static void pull_unreserve(struct dd__pull *pull)
{
    dd__binding_discard(pull->coord, pull->spare_digest);
    dd__binding_discard(pull->coord, pull->spare_name);
    dd__image_discard(pull->coord, pull->spare_image);
}

/* What a pull is that is not begun, but for its key and what it reserves. Member by
 * member: the texts, most of the block, need no clearing. */
static void pull_reset(struct dd__pull *pull)
{
    pull->relied_count = 0;
    pull->user_count = 0;
    pull->phase = DD__PULL_QUEUED;
    pull->has_slot = false;
    pull->has_started = false;
    pull->is_unsettled = false;
    pull->before_known = false;
    pull->is_learned = false;
    pull->has_failed = false;
    pull->tries = 0;
    pull->before.length = 0;
    dd__stream_init(&pull->stream);
}

static void pull_init(struct dd__pull *pull, struct dd_coord *coord)
{
    pull->coord = coord;
    pull->reference = NULL;
    dd__list_init(&pull->in_reference);
    dd__list_init(&pull->in_queue);
    dd__list_init(&pull->all);
    dd__list_init(&pull->waiters);
    pull->waiter_count = 0;
    pull->secret = NULL;
    dd__request_init(&pull->request, coord, dd__pull_answered);
    dd__inquiry_init(&pull->inquiry, coord);
    dd__lane_timer_init(&pull->progress, DD__TIMER_PROGRESS);
    dd__lane_timer_init(&pull->whole, DD__TIMER_PULL);
    dd__timer_init(&pull->settling, DD__TIMER_SETTLING);
    pull->spare_image = NULL;
    pull->spare_name = NULL;
    pull->spare_digest = NULL;
    dd__message_init(&pull->message);
    pull_reset(pull);
}

static size_t pull_size(size_t platform_length)
{
    return offsetof(struct dd__pull, platform) + platform_length + 1;
}

static struct dd__pull *pull_make(struct dd_coord *coord, const struct dd__pull_wish *wish)
{
    size_t platform_length = strlen(wish->platform);
    struct dd__pull *pull = dd__alloc(&coord->env.allocator, pull_size(platform_length));

    if (pull == NULL) {
        return NULL;
    }
    pull_init(pull, coord);
    pull->platform_length = (unsigned char)platform_length;
    memcpy(pull->platform, wish->platform, platform_length + 1);
    bool has_timer = dd__timers_reserve(&coord->timers, 1) == DD_OK;
    if (has_timer && pull_reserve(pull, wish)) {
        return pull;
    }
    pull_unreserve(pull);
    dd__timers_unreserve(&coord->timers, has_timer ? 1 : 0);
    dd__free(&coord->env.allocator, pull, pull_size(platform_length));
    return NULL;
}

static void pull_destroy(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;

    pull_unreserve(pull);
    dd__timers_unreserve(&coord->timers, 1);
    dd__free(&coord->env.allocator, pull, pull_size(pull->platform_length));
}

/* --- rest: most pulls bring nothing new, and end with all that they reserved. One of
 * those is kept for the next that is made. ------------------------------------------ */

/* Bytes that a name's room may be too large. */
#define ROOM_MORE_MAX 8

/* The one that rests, if @wish can have it; it does not rest any more. */
static struct dd__pull *pull_wake(struct dd_coord *coord, const struct dd__pull_wish *wish)
{
    struct dd__pull *pull = coord->resting_pull;
    size_t room;

    if (pull == NULL || wish->platform[0] != '\0' || wish->by_digest) {
        return NULL;
    }
    room = wish->suffix_length + 1;
    if (pull->spare_name->room < room || pull->spare_name->room > room + ROOM_MORE_MAX) {
        return NULL;
    }
    coord->resting_pull = NULL;
    pull_reset(pull);
    return pull;
}

static bool pull_rests(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;

    if (coord->resting_pull != NULL || coord->life != DD__OPEN || pull->platform_length > 0 ||
        pull->spare_image == NULL || pull->spare_name == NULL || pull->spare_digest == NULL) {
        return false;
    }
    coord->resting_pull = pull;
    return true;
}

void dd__pull_rest_is_over(struct dd_coord *coord)
{
    if (coord->resting_pull != NULL) {
        pull_destroy(coord->resting_pull);
        coord->resting_pull = NULL;
    }
}

struct dd__pull *dd__pull_create(struct dd_coord *coord, const struct dd__pull_wish *wish)
{
    struct dd__pull *pull = pull_wake(coord, wish);

    pull = pull == NULL ? pull_make(coord, wish) : pull;
    if (pull == NULL) {
        return NULL;
    }
    pull->fingerprint = wish->fingerprint;
    if (dd__secret_keep(coord, wish->credentials, &pull->secret) != DD_OK) {
        pull_destroy(pull);
        return NULL;
    }
    return pull;
}

struct dd__pull_wish dd__pull_wish_of(const struct dd__pull *pull,
                                      const struct dd__reference *reference)
{
    return (struct dd__pull_wish){
        .suffix_length = reference->text_length - reference->repository->name_length - 1U,
        .by_digest = reference->by_digest,
        .platform = pull->platform,
        .fingerprint = pull->fingerprint,
        .credentials = dd__secret_view(pull->secret),
    };
}

void dd__pull_go(struct dd__pull *pull)
{
    struct dd_coord *coord = pull->coord;

    assert(pull->reference == NULL && dd__list_is_empty(&pull->waiters));
    dd__list_remove(&pull->in_reference);
    dd__inquiry_release(&pull->inquiry);
    dd__message_release(&pull->message, &coord->env.allocator);
    dd__secret_wipe(coord, &pull->secret);
    if (!pull_rests(pull)) {
        pull_destroy(pull);
    }
}

void dd__pull_rely(struct dd__operation *operation, struct dd__pull *pull)
{
    assert(operation->reserve == NULL);
    operation->reserve = pull;
    pull->relied_count++;
    pull->user_count++;
}

void dd__pull_unrely(struct dd__operation *operation)
{
    struct dd__pull *pull = operation->reserve;

    if (pull != NULL) {
        operation->reserve = NULL;
        pull->relied_count--;
        dd__pull_unuse(pull);
    }
}

bool dd__pull_is_reliable(const struct dd__pull *pull)
{
    return pull->fingerprint.is_anonymous || pull->secret != NULL;
}

void dd__pull_part(struct dd__pull *pull)
{
    struct dd__pull_wish wish;
    struct dd__pull *spare;
    struct dd__list *link;

    if (pull->relied_count == 0) {
        return;
    }
    wish = dd__pull_wish_of(pull, pull->reference);
    spare = dd__pull_create(pull->coord, &wish);
    if (spare != NULL) {
        dd__list_add_last(&pull->reference->spares, &spare->in_reference);
    }
    DD__LIST_EACH (link, &pull->coord->all_operations) {
        struct dd__operation *operation = DD__CONTAINER(link, struct dd__operation, all);

        if (operation->reserve == pull) {
            dd__pull_unrely(operation);
            if (spare != NULL) {
                dd__pull_rely(operation, spare);
            } else {
                dd__pull_join(pull, operation);
            }
        }
    }
}

/* H03: the key holds the credentials' fingerprint. */
struct dd__pull *dd__pull_find(const struct dd__list *among, const struct dd__pull_wish *wish)
{
    struct dd__list *link;

    DD__LIST_EACH (link, among) {
        struct dd__pull *pull = DD__CONTAINER(link, struct dd__pull, in_reference);
        if (dd__fingerprint_equal(&pull->fingerprint, &wish->fingerprint) &&
            strcmp(pull->platform, wish->platform) == 0) {
            return pull;
        }
    }
    return NULL;
}
