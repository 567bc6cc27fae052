/**
 * Leases: who holds which image. One a (image, caller), whatever the number of
 * operations that were granted it: it never counts twice (H17).
 *
 * A lease counts from the grant. Its number is given at the telling, and takes
 * the place of an older one (H17). Until then it is *untold*, once for each
 * operation that was granted it and has not been told (H35).
 */
#ifndef COORD_LEASE_H
#define COORD_LEASE_H

#include "coord/caller.h"
#include "coord/image.h"

struct dd__held {
    struct dd__record record; /* in coord->leases, by image and caller */
    uint32_t kind_and_untold; /* the caller's kind; above that, see dd__lease_untold */
    struct dd__image *image;
    uint64_t number; /* 0: nobody was told yet */
    union dd__caller_name caller;
};

static inline uint32_t dd__lease_caller_kind(const struct dd__held *lease)
{
    return lease->kind_and_untold & ((1U << DD__CALLER_KIND_BITS) - 1);
}

/** How many operations it was granted that are not told. */
static inline uint32_t dd__lease_untold(const struct dd__held *lease)
{
    return lease->kind_and_untold >> DD__CALLER_KIND_BITS;
}

static inline uint64_t dd__lease_pair_hash(const struct dd__image *image, uint64_t caller_hash)
{
    return image->hash ^ caller_hash;
}

/** A lease of @caller's, on no image yet; NULL without memory. */
struct dd__held *dd__lease_reserve(struct dd_coord *coord, const struct dd__caller *caller);
/** NULL is fine. */
void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare);

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const struct dd__caller *caller);

/** Have what says whether @caller holds @image fetched meanwhile. */
static inline void dd__lease_expect(const struct dd_coord *coord, const struct dd__image *image,
                                    const struct dd__caller *caller)
{
    dd__ledger_expect(&coord->leases, dd__lease_pair_hash(image, caller->hash));
}

/** Grant @image to @caller, for one operation that will be told; the lease is a
 * new one (*spare, NULL afterwards) or the one that it has. */
struct dd__held *dd__lease_grant(struct dd_coord *coord, struct dd__image *image,
                                 const struct dd__caller *caller, struct dd__held **spare,
                                 const char *reference);

/** Number the lease, as its operation is told. */
uint64_t dd__lease_tell(struct dd_coord *coord, struct dd__held *lease);

/** Take back the grant of @caller's @operation, which was not told; the lease may
 * go, and with it the image's last. May free @lease and its image. */
void dd__lease_take_back(struct dd_coord *coord, struct dd__held *lease,
                         const struct dd__caller *caller, uint64_t operation);

/** What @caller was told ends; the lease stays for operations that are not told. May
 * free @lease and its image. */
void dd__lease_release(struct dd_coord *coord, struct dd__held *lease,
                       const struct dd__caller *caller);

/** At close: forget all. */
void dd__leases_drop(struct dd_coord *coord);

/** The name of the caller whose it is. */
static inline void dd__lease_caller(const struct dd__held *lease, char out[DD_CALLER_MAX + 1])
{
    dd__caller_write(&lease->caller, dd__lease_caller_kind(lease), out);
}

uint64_t dd__lease_hash(const void *coord, const struct dd__record *record);

#endif
