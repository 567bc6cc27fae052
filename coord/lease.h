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

#include "coord/image.h"

struct dd__held {
    struct dd__node by_pair; /* image and caller */
    struct dd__image *image;
    uint64_t number;            /* 0: nobody was told yet */
    uint32_t untold_count : 24; /* operations granted and not told */
    uint32_t caller_length : 8;
    char caller[]; /* without a NUL: there may be millions of these */
};

/** A caller as leases are looked for: measured and hashed once a call. */
struct dd__caller {
    const char *text;
    size_t length;
    uint64_t hash;
};

/** Read @text, which is borrowed as long as *out is used. False: it is no caller's
 * name, and *out is open. */
bool dd__caller_read(const struct dd_coord *coord, const char *text, struct dd__caller *out);

/** A lease of @caller's, on no image yet; NULL without memory. */
struct dd__held *dd__lease_reserve(struct dd_coord *coord, const struct dd__caller *caller);
/** NULL is fine. */
void dd__lease_discard(struct dd_coord *coord, struct dd__held *spare);

struct dd__held *dd__lease_find(const struct dd_coord *coord, const struct dd__image *image,
                                const struct dd__caller *caller);

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

uint64_t dd__lease_hash(const void *coord, const struct dd__node *node);

#endif
