/**
 * A small HTTP client that waits: for whoever plays somebody else on an engine or a
 * registry. (The coordinator's own is coord/backend's, which never waits.)
 *
 * Units:     milliseconds, bytes.
 * Ownership: a request is borrowed for the call; an answer is the caller's, to be
 *            released.
 * Threading: any; each call is for itself.
 * Errors:    a request without an answer has status 0, and `why` says why. Aborts
 *            without memory.
 */
#ifndef SIM_LIVE_HTTP_H
#define SIM_LIVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fakes/bytes.h"

#define SIM_LIVE_HTTP_WHY_SIZE 256
#define SIM_LIVE_HTTP_HEADER_SIZE 2048

struct sim_live_http_request {
    const char *method;         /* "GET" */
    const char *address;        /* "unix:///run/docker.sock", "127.0.0.1:5000" */
    const char *path;           /* "/v2/"; or a whole address, "http://…", as a Location is */
    const char *const *headers; /* "Content-Type: text/plain"; NULL at the end; NULL: none */
    const void *body;           /* NULL: none */
    size_t body_size;
    const char *username; /* basic authentication; NULL: none */
    const char *password;
    uint64_t timeout_ms; /* of the whole exchange; 0: a minute */
    size_t answer_max;   /* of the answer's body; more is an error. 0: 16 MB */
    const char *wanted;  /* the answer's header that the caller wants; NULL: none */
    /* More of the body came, which is not kept then; false: hang up. NULL: it is kept. */
    bool (*received)(void *ctx, const char *bytes, size_t size);
    void *ctx;
};

struct sim_live_http_answer {
    unsigned status; /* 0: none came, or not to its end */
    bool refused;    /* nobody listens there */
    struct fake_bytes body;
    char header[SIM_LIVE_HTTP_HEADER_SIZE]; /* the wanted one's value; "" */
    char why[SIM_LIVE_HTTP_WHY_SIZE];
};

/** Ask, and wait for the answer. @out is initialised here. */
void sim_live_http(const struct sim_live_http_request *request, struct sim_live_http_answer *out);
void sim_live_http_release(struct sim_live_http_answer *answer);

/** Add @text to @bytes as a part of a path: all but letters, digits and "-._~" as "%XX". */
void sim_live_http_escape(struct fake_bytes *bytes, const char *text);

#endif
