/**
 * Credentials: a copy for the time until the engine's pull has started, and a
 * fingerprint that tells them apart for as long as the pull is shared (H03).
 */
#ifndef COORD_CREDENTIALS_H
#define COORD_CREDENTIALS_H

#include "coord/coord.h"

#define DD__SECRET_MAX 65536 /* bytes of one of the strings */

/** A keyed hash (SipHash-2-4, 128 bits; the key is this coordinator's own). */
struct dd__fingerprint {
    struct dd__digest128 digest;
    bool is_anonymous;
};

/** One block, wiped before it is freed. */
struct dd__secret {
    struct dd_credentials view; /* into the bytes */
    size_t size;
    char bytes[];
};

/** NULL: anonymous. */
static inline const struct dd_credentials *dd__secret_view(const struct dd__secret *secret)
{
    return secret == NULL ? NULL : &secret->view;
}

/** Whether each string is short enough. */
bool dd__credentials_are_valid(const struct dd_credentials *credentials);

/** Copy @credentials; *out is NULL if they are NULL, or have no string: anonymous.
 * Release with dd__secret_wipe. */
DD_MUST_USE enum dd_status dd__secret_copy(struct dd_coord *coord,
                                           const struct dd_credentials *credentials,
                                           struct dd__secret **out);
/** The same, and for most, who have none, at once. */
DD_MUST_USE static inline enum dd_status dd__secret_keep(struct dd_coord *coord,
                                                         const struct dd_credentials *credentials,
                                                         struct dd__secret **out)
{
    *out = NULL;
    return credentials == NULL ? DD_OK : dd__secret_copy(coord, credentials, out);
}

/** NULL is fine. *@secret is NULL afterwards. */
void dd__secret_wipe(struct dd_coord *coord, struct dd__secret **secret);

/** Errors: DD_ENOMEM. What it needed is wiped. */
DD_MUST_USE enum dd_status dd__fingerprint_make(struct dd_coord *coord,
                                                const struct dd_credentials *credentials,
                                                struct dd__fingerprint *out);
/** The same, and for most, who have none, at once. */
DD_MUST_USE static inline enum dd_status dd__fingerprint_take(
    struct dd_coord *coord, const struct dd_credentials *credentials, struct dd__fingerprint *out)
{
    *out = (struct dd__fingerprint){ .is_anonymous = true };
    return credentials == NULL ? DD_OK : dd__fingerprint_make(coord, credentials, out);
}

bool dd__fingerprint_equal(const struct dd__fingerprint *a, const struct dd__fingerprint *b);

#endif
