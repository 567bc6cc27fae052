/**
 * Image references, parsed whole and normalised (H13, H15).
 *
 * "redis", "redis:latest", "docker.io/redis" and "docker.io/library/redis:latest"
 * are one reference, and its normal form is what the engine itself lists:
 * "redis:latest". A reference with a tag and a digest is pulled by digest, and
 * its normal form is "repository@digest".
 */
#ifndef DRYDOCK_REFERENCE_H
#define DRYDOCK_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DD_REPOSITORY_MAX 255 /* bytes, without the NUL */
#define DD_TAG_MAX 128
#define DD_DIGEST_MAX 160
#define DD_REFERENCE_MAX (DD_REPOSITORY_MAX + 1 + DD_DIGEST_MAX)
/* Image IDs: "sha256:" and 64 lower-case hexadecimal digits, or the digits alone;
 * any other text of up to 32 bytes is taken for one, too. */
#define DD_IMAGE_ID_MAX 71

/** A parsed reference: owns its text; copy it by assignment. */
struct dd_reference {
    char text[DD_REFERENCE_MAX + 1];  /* "host:5000/team/app:7", normal form */
    unsigned short length;            /* bytes of `text`, without its NUL */
    unsigned short repository_length; /* bytes of it before ':' or '@' */
    bool by_digest;                   /* what follows is a digest, not a tag */
};

/**
 * Parse @text.
 *
 * Units:     none.
 * Ownership: @text borrowed for the call; @out is the caller's, @why is static
 *            storage (may be NULL if the caller does not care).
 * Threading: any.
 * Errors:    DD_EINVAL if @text is NULL or no reference; @out stays as it was,
 *            and *@why says in a few words what was expected.
 */
DD_MUST_USE enum dd_status dd_reference_parse(const char *text, struct dd_reference *out,
                                              const char **why);

/** The tag or the digest: what follows the repository and its separator. */
const char *dd_reference_suffix(const struct dd_reference *reference);

/** Whether @text can be a digest: algorithm, colon, at least 32 hex digits. */
bool dd_digest_is_valid(const char *text);

#ifdef __cplusplus
}
#endif

#endif
