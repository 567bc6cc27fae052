/**
 * The Docker client interface: what the coordinator asks of an engine.
 *
 * A call object lies inside the coordinator's own objects. From a start that
 * answered DD_OK until its `done` was called, it belongs to the client, which
 * may use `client` as it likes. Each started call completes exactly once, never
 * inside the function that started or cancelled it. The client decodes; what
 * an answer *means* (its class, the progress, the digest, the closing line) is
 * the coordinator's to judge, so that a simulation judges the same code.
 *
 * Ownership: requests are borrowed for the starting call; lines and answers are
 *            borrowed for the callback that brings them.
 * Threading: strand only, both ways.
 */
#ifndef DRYDOCK_DOCKER_H
#define DRYDOCK_DOCKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a call ended on the wire. */
enum dd_transport {
    DD_TRANSPORT_ANSWERED, /* an HTTP answer came, and its body ended cleanly */
    DD_TRANSPORT_UNSENT,   /* the engine never saw the request */
    DD_TRANSPORT_LOST,     /* the connection broke: it may have been executed */
    DD_TRANSPORT_CANCELLED /* dd_docker_ops.cancel came first: likewise */
};

/** Several strings; `at` may be NULL if `count` is 0. None of the strings is NULL;
 * the coordinator skips one in an answer that is. */
struct dd_strings {
    const char *const *at;
    size_t count;
};

/** One line of a pull's stream. Strings are NULL where the line has none. */
struct dd_line {
    const char *status; /* "Downloading", "Digest: sha256:…", … */
    const char *id;     /* a layer's short ID, or the tag on the first line */
    uint64_t current_bytes;
    uint64_t total_bytes;
    const char *error; /* the error line's message */
};

/** One image of a list answer. */
struct dd_listed {
    const char *id;
    struct dd_strings tags;
    struct dd_strings digests;
    uint64_t size_bytes;
};

/** A completion. What does not belong to the call, or did not come, is 0. */
struct dd_answer {
    enum dd_transport transport;
    unsigned http_status;           /* 200, 404, …; 0 if none came */
    const char *text;               /* the engine's or the wire's error message */
    uint64_t instance;              /* changes when the engine is known to have
                                       restarted: of the engine that answered; of a
                                       call that was lost or cancelled, the newest
                                       that it can have reached; 0: unknown */
    const char *id;                 /* identify: the engine's; inspect: the image's */
    bool closing_lines;             /* identify: pulls end with a "Status:" line */
    struct dd_strings tags;         /* inspect: RepoTags */
    struct dd_strings digests;      /* inspect: RepoDigests */
    struct dd_strings untagged;     /* remove */
    struct dd_strings deleted;      /* remove */
    const struct dd_listed *listed; /* list */
    size_t listed_count;
};

struct dd_call {
    /* Set by the coordinator before the start. `line` is for pulls only, and is
     * called any number of times before `done`. */
    void (*line)(struct dd_call *call, const struct dd_line *line);
    void (*done)(struct dd_call *call, const struct dd_answer *answer);
    void *client;
};

/** What a registry asks for. All NULL: anonymous. Never logged or kept. */
struct dd_credentials {
    const char *username;
    const char *password;
    const char *identity_token;
    const char *server_address;
};

struct dd_pull_spec {
    const char *repository;                   /* "redis", "host:5000/team/app" */
    const char *tag;                          /* "7"; NULL for a pull by digest */
    const char *digest;                       /* "sha256:…"; NULL for a pull by tag */
    const char *platform;                     /* "linux/arm64"; NULL: the engine's own */
    const struct dd_credentials *credentials; /* NULL: anonymous */
};

struct dd_docker_ops {
    /* Each: DD_OK: exactly one completion of @call follows. Anything else:
     * nothing was started, and none does. */
    enum dd_status (*identify)(void *ctx, struct dd_call *call);
    enum dd_status (*pull)(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec);
    /* @name: a reference, repository@digest, or an image ID. */
    enum dd_status (*inspect)(void *ctx, struct dd_call *call, const char *name);
    /* Never by force. */
    enum dd_status (*remove)(void *ctx, struct dd_call *call, const char *name);
    enum dd_status (*list)(void *ctx, struct dd_call *call);
    /* At most once for each call. The completion still comes, once, as
     * DD_TRANSPORT_CANCELLED or as what happened first. */
    void (*cancel)(void *ctx, struct dd_call *call);
};

struct dd_docker {
    const struct dd_docker_ops *ops;
    void *ctx;
};

#ifdef __cplusplus
}
#endif

#endif
