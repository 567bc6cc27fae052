/**
 * The engine's answers in one piece, decoded: what a JSON body says, and nothing of
 * what it means.
 *
 * Ownership: bodies are borrowed for the call. What is decoded points into a
 *            struct dd__decoded, which is the caller's: all zeros before the call,
 *            dd__decoded_release after it, whatever it answered.
 * Threading: any.
 * Errors:    DD_EENGINE: it is not what such an answer is; DD_ENOMEM. Nothing is
 *            decoded then.
 */
#ifndef DD__BACKEND_ANSWERS_H
#define DD__BACKEND_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "drydock/docker.h"
#include "drydock/status.h"

struct cJSON;

#define DD__ANSWER_VALUE_MAX ((size_t)1 << 19) /* values of an answer; some 40 MB in memory */

/** What decoded strings lie in. */
struct dd__decoded {
    struct cJSON *root;
    const char **strings;
    struct dd_listed *listed;
    bool is_excessive; /* it was not read, for it has too many values */
};

void dd__decoded_release(struct dd__decoded *decoded);

/** GET /images/NAME/json: id, tags, digests into @answer. */
DD_MUST_USE enum dd_status dd__decode_inspect(const char *body, size_t size,
                                              struct dd__decoded *decoded,
                                              struct dd_answer *answer);

/** DELETE /images/NAME: untagged, deleted into @answer. */
DD_MUST_USE enum dd_status dd__decode_remove(const char *body, size_t size,
                                             struct dd__decoded *decoded, struct dd_answer *answer);

/** GET /images/json: listed into @answer. */
DD_MUST_USE enum dd_status dd__decode_list(const char *body, size_t size,
                                           struct dd__decoded *decoded, struct dd_answer *answer);

/** The message of an answer that is an error; NULL if it has none. */
const char *dd__decode_error(const char *body, size_t size, struct dd__decoded *decoded);

/** GET /version. */
struct dd__version_answer {
    const char *api;     /* "1.41"; never NULL */
    const char *api_min; /* "1.12"; NULL if the engine does not say */
    bool is_podman;
};

DD_MUST_USE enum dd_status dd__decode_version(const char *body, size_t size,
                                              struct dd__decoded *decoded,
                                              struct dd__version_answer *out);

/** GET /info. */
struct dd__info_answer {
    const char *id;   /* never NULL */
    const char *name; /* of the host; likewise "" */
    const char *root; /* where it keeps its data; likewise "" */
};

DD_MUST_USE enum dd_status dd__decode_info(const char *body, size_t size,
                                           struct dd__decoded *decoded,
                                           struct dd__info_answer *out);

#endif
