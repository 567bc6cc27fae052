#include "coord/lease.h"

#include <assert.h>
#include <string.h>

#define UNTOLD_MAX ((UINT32_C(1) << 24) - 1)

static size_t lease_size(size_t caller_length)
{
    return offsetof(struct dd__held, caller) + caller_length;
}

bool dd__caller_read(const struct dd_coord *coord, const char *text, struct dd__caller *out)
{
    size_t length = text == NULL ? 0 : strnlen(text, DD_CALLER_MAX + 1);

    if (length == 0 || length > DD_CALLER_MAX) {
        return false;
    }
    *out = (struct dd__caller){ .text = text,
                                .length = length,
                                .hash = dd__hash(coord, text, length) };
    return true;
}

struct dd__held *dd__lease_reserve(struct dd_coord *coord, const struct dd__caller *caller)
{
    struct dd__held *lease = dd__alloc(&coord->env.allocator, lease_size(caller->length));

    assert(caller->length <= DD_CALLER_MAX);
    if (lease != NULL) {
        lease->number = 0;
        lease->untold_count = 0;
        lease->caller_length = (unsigned char)caller->length;
        memcpy(lease->caller, caller->text, caller->length);
    }
    return lease;
}

void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare)
{
    if (spare != NULL) {
        dd__free(&coord->env.allocator, spare, lease_size(spare->caller_length));
    }
}

static uint64_t pair_hash(const struct dd__image *image, uint64_t caller_hash)
{
    return image->hash ^ caller_hash;
}

uint64_t dd__lease_hash(const void *coord, const struct dd__node *node)
{
    const struct dd__held *lease = DD__CONTAINER(node, const struct dd__held, by_pair);

    return pair_hash(lease->image, dd__hash(coord, lease->caller, lease->caller_length));
}

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const struct dd__caller *caller)
{
    struct dd__node *node = dd__table_first(&coord->leases, pair_hash(image, caller->hash));

    for (; node != NULL; node = node->next) {
        struct dd__held *lease = DD__CONTAINER(node, struct dd__held, by_pair);
        if (lease->image == image && lease->caller_length == caller->length &&
            memcmp(lease->caller, caller->text, caller->length) == 0) {
            return lease;
        }
    }
    return NULL;
}

struct dd__held *dd__lease_grant(struct dd_coord *coord, struct dd__image *image,
                                 const struct dd__caller *caller, struct dd__held **spare,
                                 const char *reference)
{
    struct dd__held *lease = dd__lease_find(coord, image, caller);

    if (lease == NULL) {
        lease = *spare;
        *spare = NULL;
        lease->image = image;
        dd__table_insert(&coord->leases, &lease->by_pair, pair_hash(image, caller->hash));
        dd__image_leased(coord, image);
        dd__emit_image(coord, image,
                       (struct dd_event){ .kind = DD_EVENT_COUNT_UP,
                                          .reference = reference,
                                          .caller = caller->text,
                                          .count = image->lease_count });
    }
    assert(lease->untold_count < UNTOLD_MAX);
    lease->untold_count++;
    return lease;
}

uint64_t dd__lease_tell(struct dd_coord *coord, struct dd__held *lease)
{
    assert(lease->untold_count > 0);
    lease->untold_count--;
    lease->number = ++coord->last_lease;
    return lease->number;
}

/* The lease ends if nobody was told and nobody will be. */
static void lease_maybe_end(struct dd_coord *coord, struct dd__held *lease,
                            const struct dd__caller *caller)
{
    struct dd__image *image = lease->image;

    if (lease->number == 0 && lease->untold_count == 0) {
        dd__table_remove(&coord->leases, &lease->by_pair, pair_hash(image, caller->hash));
        dd__lease_discard(coord, lease);
        dd__image_unleased(coord, image);
    }
}

void dd__lease_take_back(struct dd_coord *coord, struct dd__held *lease,
                         const struct dd__caller *caller, uint64_t operation)
{
    assert(lease->untold_count > 0);
    dd__emit_image(coord, lease->image,
                   (struct dd_event){ .kind = DD_EVENT_TAKEN_BACK,
                                      .caller = caller->text,
                                      .operation = operation });
    lease->untold_count--;
    lease_maybe_end(coord, lease, caller);
}

void dd__lease_release(struct dd_coord *coord, struct dd__held *lease,
                       const struct dd__caller *caller)
{
    assert(lease->number != 0);
    dd__emit_image(coord, lease->image,
                   (struct dd_event){
                       .kind = DD_EVENT_RELEASED, .caller = caller->text, .lease = lease->number });
    lease->number = 0;
    lease_maybe_end(coord, lease, caller);
}

void dd__leases_drop(struct dd_coord *coord)
{
    struct dd__table_cursor cursor = { 0 };
    struct dd__node *node;

    while ((node = dd__table_each(&coord->leases, &cursor)) != NULL) {
        dd__lease_discard(coord, DD__CONTAINER(node, struct dd__held, by_pair));
    }
}
