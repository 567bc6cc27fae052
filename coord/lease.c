#include "coord/lease.h"

#include <assert.h>
#include <string.h>

static size_t lease_size(const struct dd__held *lease)
{
    return sizeof *lease + lease->caller_length + 1U;
}

struct dd__held *dd__lease_reserve(struct dd_coord *coord, const char *caller)
{
    size_t length = strlen(caller);
    struct dd__held *lease = dd__alloc(&coord->env.allocator, sizeof *lease + length + 1);

    assert(length <= DD_CALLER_MAX);
    if (lease != NULL) {
        *lease = (struct dd__held){.caller_length = (unsigned char)length};
        memcpy(lease->caller, caller, length + 1);
    }
    return lease;
}

void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare)
{
    if (spare != NULL) {
        dd__free(&coord->env.allocator, spare, lease_size(spare));
    }
}

static uint64_t pair_hash(const struct dd_coord *coord, const struct dd__image *image,
                          const char *caller, size_t length)
{
    return image->hash ^ dd__hash(coord, caller, length);
}

uint64_t dd__lease_hash(const void *coord, const struct dd__node *node)
{
    const struct dd__held *lease = DD__CONTAINER(node, const struct dd__held, by_pair);

    return pair_hash(coord, lease->image, lease->caller, lease->caller_length);
}

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const char *caller)
{
    uint64_t hash = pair_hash(coord, image, caller, strlen(caller));
    struct dd__node *node;

    for (node = dd__table_first(&coord->leases, hash); node != NULL; node = node->next) {
        struct dd__held *lease = DD__CONTAINER(node, struct dd__held, by_pair);
        if (lease->image == image && strcmp(lease->caller, caller) == 0) {
            return lease;
        }
    }
    return NULL;
}

struct dd__held *dd__lease_grant(struct dd_coord *coord, struct dd__image *image,
                                 struct dd__held **spare, const char *reference)
{
    struct dd__held *lease = dd__lease_find(coord, image, (*spare)->caller);

    if (lease == NULL) {
        lease = *spare;
        *spare = NULL;
        lease->image = image;
        dd__table_insert(&coord->leases, &lease->by_pair,
                         dd__lease_hash(coord, &lease->by_pair));
        dd__image_leased(coord, image);
        dd__emit(coord, (struct dd_event){.kind = DD_EVENT_COUNT_UP,
                                          .reference = reference,
                                          .image = image->id,
                                          .caller = lease->caller,
                                          .count = image->lease_count});
    }
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
static void lease_maybe_end(struct dd_coord *coord, struct dd__held *lease)
{
    struct dd__image *image = lease->image;

    if (lease->number == 0 && lease->untold_count == 0) {
        dd__table_remove(&coord->leases, &lease->by_pair,
                         dd__lease_hash(coord, &lease->by_pair));
        dd__lease_discard(coord, lease);
        dd__image_unleased(coord, image);
    }
}

void dd__lease_take_back(struct dd_coord *coord, struct dd__held *lease, uint64_t operation)
{
    assert(lease->untold_count > 0);
    dd__emit(coord, (struct dd_event){.kind = DD_EVENT_TAKEN_BACK,
                                      .image = lease->image->id,
                                      .caller = lease->caller,
                                      .operation = operation});
    lease->untold_count--;
    lease_maybe_end(coord, lease);
}

void dd__lease_release(struct dd_coord *coord, struct dd__held *lease)
{
    assert(lease->number != 0);
    dd__emit(coord, (struct dd_event){.kind = DD_EVENT_RELEASED,
                                      .image = lease->image->id,
                                      .caller = lease->caller,
                                      .lease = lease->number});
    lease->number = 0;
    lease_maybe_end(coord, lease);
}

void dd__leases_drop(struct dd_coord *coord)
{
    struct dd__table_cursor cursor = {0};
    struct dd__node *node;

    while ((node = dd__table_each(&coord->leases, &cursor)) != NULL) {
        dd__lease_discard(coord, DD__CONTAINER(node, struct dd__held, by_pair));
    }
}
