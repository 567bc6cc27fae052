/**
 * The renderer's answers with a body of their own: inspect, list, remove,
 * version. What the coordinator never looks at (an image's configuration, where
 * its layers lie) is in structs beside the decoded answer, with defaults that a
 * real client accepts.
 *
 * Ownership: all arguments are borrowed for the call.
 * Errors:    an answer whose status is not 200 is rendered as its error, whatever
 *            the call.
 */
#ifndef FAKE_HTTP_BODY_H
#define FAKE_HTTP_BODY_H

#include <stdint.h>

#include "drydock/docker.h"
#include "fakes/bytes.h"
#include "fakes/http.h"

/** What inspect says of an image beside ID and names. Members named json are
 * JSON texts, written as they are. */
struct fake_http_image {
    const char *parent; /* image ID, or "" */
    const char *comment;
    const char *created;   /* "2026-11-23T08:31:38.152743911Z" */
    const char *container; /* the ID of the one it was built in, or "" */
    const char *container_config_json;
    const char *docker_version;
    const char *author;
    const char *config_json;
    const char *architecture;
    const char *os;
    uint64_t size_bytes;
    const char *graph_driver_json;
    struct dd_strings layers; /* "sha256:…" each */
    const char *last_tag_time;
};

/** An image of @size_bytes without anything special. */
struct fake_http_image fake_http_image(uint64_t size_bytes);

/** Each answer's body alone, for whoever has a server of his own; of a success. */
void fake_http_inspect_body(struct fake_bytes *body, const struct dd_answer *answer,
                            const struct fake_http_image *image);
void fake_http_remove_body(struct fake_bytes *body, const struct dd_answer *answer);
void fake_http_list_body(struct fake_bytes *body, const struct dd_answer *answer,
                         const uint64_t *created_s);

/** The answer to GET /images/NAME/json. @image is read only for status 200. */
void fake_http_inspect(struct fake_bytes *out, const struct fake_http_host *host,
                       const struct dd_answer *answer, const struct fake_http_image *image);

/** The answer to DELETE /images/NAME. */
void fake_http_remove(struct fake_bytes *out, const struct fake_http_host *host,
                      const struct dd_answer *answer);

/** When each image of fake_http_image was made, as a list tells it (Unix), and in words. */
#define FAKE_HTTP_CREATED_S UINT64_C(1767225600)
#define FAKE_HTTP_CREATED "2026-01-01T00:00:00Z"

/** The answer to GET /images/json; @created_s has the creation time (Unix) of
 * each listed image. */
void fake_http_list(struct fake_bytes *out, const struct fake_http_host *host,
                    const struct dd_answer *answer, const uint64_t *created_s);

/** What GET /version says beside the host's API version and OS. */
struct fake_http_version {
    const char *component; /* "Engine" */
    const char *engine;    /* "20.10.24+dfsg1" */
    const char *engine_commit;
    const char *min_api_version;
    const char *go;
    const char *architecture;
    const char *kernel;
    const char *build_time;
    const char *containerd;
    const char *containerd_commit;
    const char *runc;
    const char *runc_commit;
    const char *init;
    const char *init_commit;
};

/** The versions of Debian 12's docker.io. */
struct fake_http_version fake_http_version(void);

void fake_http_version_body(struct fake_bytes *body, const struct fake_http_host *host,
                            const struct fake_http_version *version);

/** The answer to GET /version. */
void fake_http_version_answer(struct fake_bytes *out, const struct fake_http_host *host,
                              const struct fake_http_version *version);

#endif
