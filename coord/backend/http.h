/**
 * HTTP exchanges on the loop: one request and its answer each, on a connection of
 * its own that is never used again. libcurl does the speaking.
 *
 * libcurl must not be called from inside its own callbacks, and a completion may
 * start the next exchange: so what libcurl tells is kept until it has returned,
 * and `received` and `done` are called then, from the loop.
 *
 * Threading: strand only.
 */
#ifndef DD__BACKEND_HTTP_H
#define DD__BACKEND_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "coord/backend/buffer.h"
#include "coord/list.h"
#include "drydock/docker.h"
#include "drydock/loop.h"

/** Everything exchanges share. Lies inside its owner. */
struct dd__http {
    struct dd_loop *loop;
    CURLM *multi;
    struct dd_task timeout; /* libcurl's own timer */
    bool timeout_is_armed;
    struct dd__list received;  /* exchanges with bytes that were not handed on */
    struct dd__list broken;    /* exchanges that cannot go on */
    struct dd__list exchanges; /* all of them */
};

/** @connection_max: others wait; 0: no bound. Errors: DD_ENOMEM: nothing is open. */
DD_MUST_USE enum dd_status dd__http_open(struct dd__http *http, struct dd_loop *loop,
                                         long connection_max);

/** There are no exchanges any more. Not from inside `received` or `done`. */
void dd__http_close(struct dd__http *http);

struct dd__http_request {
    const char *method;        /* "GET", "POST" (an empty body) or "DELETE" */
    const char *url;           /* whole */
    const char *socket_path;   /* NULL: over TCP */
    const char *secret_header; /* "X-Registry-Auth: …" or NULL */
    size_t body_max;           /* bytes of the answer's body that are kept at a time */
    uint64_t body_total_max;   /* and of the whole body */
};

/** Why an exchange has no answer, beside what the network does. */
enum dd__http_fault { DD__HTTP_FINE, DD__HTTP_TOO_LONG, DD__HTTP_NO_MEMORY };

/** Lies inside its owner; all zeros but for the callbacks before its first start. */
struct dd__exchange {
    /* More of the body is in `body`; the callee may take it (clear it). NULL: the
     * whole body is collected. */
    void (*received)(struct dd__exchange *exchange);
    /* It is over: `transport` and what follows say how. The last call; from here
     * on it may be started anew, or its memory freed after dd__exchange_release. */
    void (*done)(struct dd__exchange *exchange);

    struct dd__buffer body;
    enum dd_transport transport; /* never CANCELLED */
    unsigned http_status;        /* 0: none came */
    bool is_framed;              /* the body's end was told from a broken connection */
    uint64_t instance;           /* of the engine it reached; 0: unknown */
    enum dd__http_fault fault;
    CURLcode curl_code;
    long system_error;           /* errno of a failed connect, or 0 */
    char error[CURL_ERROR_SIZE]; /* libcurl's words, or "" */

    /* http.c's own. */
    struct dd__http *http;
    CURL *easy;
    struct curl_slist *headers;
    int fd;
    bool is_local;
    size_t body_max;
    uint64_t body_left;
    size_t head_left;
    struct dd__list in_received;
    struct dd__list in_broken;
    struct dd__list in_http;
};

/**
 * Begin. `done` follows exactly once, unless dd__exchange_stop comes first.
 *
 * Ownership: @request is borrowed for the call; the copy of its secret is wiped
 *            when the answer begins.
 * Errors:    DD_ENOMEM: nothing has begun.
 */
DD_MUST_USE enum dd_status dd__exchange_start(struct dd__http *http, struct dd__exchange *exchange,
                                              const struct dd__http_request *request);

/** The status of the answer that has begun; 0: none has. For `received`. */
unsigned dd__exchange_status(const struct dd__exchange *exchange);

/** Close its connection; nothing is called any more. Of one that is over: nothing. */
void dd__exchange_stop(struct dd__exchange *exchange);

/** Free its body. It is over, or was stopped. */
void dd__exchange_release(struct dd__exchange *exchange);

#endif
