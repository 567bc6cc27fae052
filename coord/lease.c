#include "coord/lease.h"

#include <assert.h>
#include <string.h>

#define UNTOLD_ONE (UINT32_C(1) << DD__CALLER_KIND_BITS)
#define UNTOLD_MAX (UINT32_MAX / UNTOLD_ONE)

/* A lease is one of millions: this is what its row in `make bench` is made of. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct dd__held) == 40, "a lease has grown");

static struct dd__held *lease_of(struct dd__record *record)
{
    return DD__CONTAINER(record, struct dd__held, record);
}

extern inline struct dd__held *dd__lease_reserve(struct dd_coord *coord,
                                                 const struct dd__caller *caller)
{
    struct dd__record *record = dd__ledger_reserve(&coord->leases);
    struct dd__held *lease;

    if (record == NULL) {
        return NULL;
    }
    lease = lease_of(record);
    if (!dd__caller_keep(&lease->caller, caller, &coord->env.allocator)) {
        dd__ledger_discard(&coord->leases, record);
        return NULL;
    }
    lease->number = 0;
    lease->kind_and_untold = caller->kind;
    return lease;
}

static void lease_drop_caller(struct dd_coord *coord, struct dd__held *lease)
{
    dd__caller_drop(&lease->caller, dd__lease_caller_kind(lease), &coord->env.allocator);
}

void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare)
{
    if (spare != NULL) {
        lease_drop_caller(coord, spare);
        dd__ledger_discard(&coord->leases, &spare->record);
    }
}

uint64_t dd__lease_hash(const void *coord, const struct dd__record *record)
{
    const struct dd__held *lease = DD__CONTAINER(record, const struct dd__held, record);
    const struct dd__sipkey *key = &((const struct dd_coord *)coord)->key;

    return dd__lease_pair_hash(lease->image,
                               dd__caller_hash(&lease->caller, dd__lease_caller_kind(lease), key));
}

struct pair {
    const struct dd__image *image;
    const struct dd__caller *caller;
};

static inline bool lease_is(const struct dd__record *record, const void *key)
{
    const struct dd__held *lease = DD__CONTAINER(record, const struct dd__held, record);
    const struct pair *pair = key;

    return lease->image == pair->image && dd__lease_caller_kind(lease) == pair->caller->kind &&
           dd__caller_is(&lease->caller, pair->caller);
}

static inline struct dd__held *lease_find(const struct dd_coord *coord,
                                          const struct dd__bucket *bucket, uint64_t hash,
                                          struct pair pair)
{
    struct dd__record *record = dd__ledger_find(&coord->leases, bucket, hash, lease_is, &pair);

    return record == NULL ? NULL : lease_of(record);
}

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const struct dd__caller *caller)
{
    uint64_t hash = dd__lease_pair_hash(image, caller->hash);

    return lease_find(coord, dd__ledger_bucket_of(&coord->leases, hash), hash,
                      (struct pair){ .image = image, .caller = caller });
}

extern inline struct dd__held *dd__lease_grant(struct dd_coord *coord, struct dd__image *image,
                                               const struct dd__caller *caller,
                                               struct dd__held **spare, const char *reference)
{
    uint64_t hash = dd__lease_pair_hash(image, caller->hash);
    struct dd__bucket *bucket = dd__ledger_bucket_of(&coord->leases, hash);
    struct dd__held *lease =
        lease_find(coord, bucket, hash, (struct pair){ .image = image, .caller = caller });

    if (lease == NULL) {
        lease = *spare;
        *spare = NULL;
        lease->image = image;
        dd__ledger_enter(&coord->leases, bucket, &lease->record, hash);
        dd__image_leased(coord, image);
        dd__emit_image(coord, image,
                       (struct dd_event){ .kind = DD_EVENT_COUNT_UP,
                                          .reference = reference,
                                          .caller = caller->text,
                                          .count = image->lease_count });
    }
    assert(dd__lease_untold(lease) < UNTOLD_MAX);
    lease->kind_and_untold += UNTOLD_ONE;
    return lease;
}

uint64_t dd__lease_tell(struct dd_coord *coord, struct dd__held *lease)
{
    assert(dd__lease_untold(lease) > 0);
    lease->kind_and_untold -= UNTOLD_ONE;
    lease->number = ++coord->last_lease;
    return lease->number;
}

/* The lease ends if nobody was told and nobody will be. */
static void lease_maybe_end(struct dd_coord *coord, struct dd__held *lease,
                            const struct dd__caller *caller)
{
    struct dd__image *image = lease->image;

    if (lease->number == 0 && dd__lease_untold(lease) == 0) {
        lease_drop_caller(coord, lease);
        dd__ledger_remove(&coord->leases, &lease->record, dd__lease_pair_hash(image, caller->hash));
        dd__image_unleased(coord, image);
    }
}

void dd__lease_take_back(struct dd_coord *coord, struct dd__held *lease,
                         const struct dd__caller *caller, uint64_t operation)
{
    assert(dd__lease_untold(lease) > 0);
    dd__emit_image(coord, lease->image,
                   (struct dd_event){ .kind = DD_EVENT_TAKEN_BACK,
                                      .caller = caller->text,
                                      .operation = operation });
    lease->kind_and_untold -= UNTOLD_ONE;
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
    struct dd__ledger_cursor cursor = { 0 };
    struct dd__record *record;

    while ((record = dd__ledger_each(&coord->leases, &cursor)) != NULL) {
        lease_drop_caller(coord, lease_of(record));
    }
}
