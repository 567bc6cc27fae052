/**
 * Leases: who holds which image. One a (image, caller), whatever the number of
 * operations that were granted it (DESIGN: "never counts twice").
 *
 * A lease counts from the grant. Its number is given at the telling, and takes
 * the place of an older one (H17). Until then it is *untold*, once for each
 * operation that was granted it and has not been told (H35).
 */
#ifndef COORD_LEASE_H
#define COORD_LEASE_H

#include "coord/image.h"

struct dd__held {
    struct dd__node by_pair; /* image and caller */
    struct dd__image *image;
    uint64_t number;       /* 0: nobody was told yet */
    uint32_t untold_count; /* operations granted and not told */
    unsigned char caller_length;
    char caller[]; /* with a NUL */
};

/** A lease of @caller's, on no image yet; NULL without memory. */
struct dd__held *dd__lease_reserve(struct dd_coord *coord, const char *caller);
/** NULL is fine. */
void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare);

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const char *caller);

/** Grant @image to the caller of *spare, for one operation that will be told; the
 * lease is a new one (*spare, NULL afterwards) or the one that it has. */
struct dd__held *dd__lease_grant(struct dd_coord *coord, struct dd__image *image,
                                 struct dd__held **spare, const char *reference);

/** Number the lease, as its operation is told. */
uint64_t dd__lease_tell(struct dd_coord *coord, struct dd__held *lease);

/** Take back one grant that was not told; the lease may go, and with it the
 * image's last. */
void dd__lease_take_back(struct dd_coord *coord, struct dd__held *lease, uint64_t operation);

/** What was told ends; the lease stays for operations that are not told. */
void dd__lease_release(struct dd_coord *coord, struct dd__held *lease);

/** At close: forget all. */
void dd__leases_drop(struct dd_coord *coord);

uint64_t dd__lease_hash(const void *coord, const struct dd__node *node);

#endif
