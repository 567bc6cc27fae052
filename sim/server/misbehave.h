/**
 * An engine that misbehaves on request: hooks of a relay (relay.h) that break the
 * answers to chosen calls. The engine itself has done what it was asked for.
 *
 * Ownership: the caller's, until the relay is closed.
 * Threading: the relay's.
 * Errors:    reading says in one line what is wrong; aborts without memory.
 */
#ifndef SIM_SERVER_MISBEHAVE_H
#define SIM_SERVER_MISBEHAVE_H

#include "sim/server/relay.h"

#define SIM_MISBEHAVIOUR_MAX 8

/* What it does instead of answering; docs/COMMAND.md has the same table. */
#define SIM_MISBEHAVIOUR_MAP(X)                                                                    \
    X(STALL, "stall")               /* no answer ever comes */                                     \
    X(STALL_MIDWAY, "stall-midway") /* the head and half a part of the body; then none */          \
    X(SLOW, "slow")                 /* the answer comes half a second late */                      \
    X(ONE_BYTE, "one-byte")         /* it comes byte by byte */                                    \
    X(EARLY_CLOSE, "early-close")   /* the connection is closed instead */                         \
    X(TRUNCATE, "truncate")         /* after the head and half a part of the body */               \
    X(REORDER, "reorder")           /* another call's answer, and that one gets this */            \
    X(ENDLESS_LINE, "endless-line") /* a gigabyte without an end of line */                        \
    X(ENDLESS_HEAD, "endless-head") /* likewise a header */                                        \
    X(GARBAGE, "garbage")           /* 4096 bytes of chance */                                     \
    X(STATUS_500, "500")            /* an engine's error */                                        \
    X(HTML, "html")                 /* 200 and a page */                                           \
    X(HTML_404, "html-404")         /* 404 and a page */                                           \
    X(REDIRECT, "redirect")         /* 301, to a place where nobody listens */                     \
    X(EMPTY, "empty")               /* 200 without a body */                                       \
    X(NUL, "nul")                   /* 200 and 64 bytes of zero */                                 \
    X(DEEP, "deep")                 /* 200 and JSON, 100,000 arrays deep */                        \
    X(SHORT_LENGTH, "short-length") /* a length that ends within the body */                       \
    X(LONG_LENGTH, "long-length")   /* a length that the body does not reach */                    \
    X(BAD_CHUNK, "bad-chunk")       /* a chunk whose size is no number */

enum sim_misbehaviour_kind {
#define SIM__MISBEHAVIOUR_ENUM(name, word) SIM_MISBEHAVIOUR_##name,
    SIM_MISBEHAVIOUR_MAP(SIM__MISBEHAVIOUR_ENUM)
#undef SIM__MISBEHAVIOUR_ENUM
        SIM_MISBEHAVIOUR_COUNT
};

/* What a client asks for. */
#define SIM_ENDPOINT_MAP(X)                                                                        \
    X(ANY, "any")                                                                                  \
    X(VERSION, "version") /* a ping, too */                                                        \
    X(INFO, "info")                                                                                \
    X(PULL, "pull")                                                                                \
    X(INSPECT, "inspect")                                                                          \
    X(REMOVE, "remove")                                                                            \
    X(LIST, "list")

enum sim_endpoint {
#define SIM__ENDPOINT_ENUM(name, word) SIM_ENDPOINT_##name,
    SIM_ENDPOINT_MAP(SIM__ENDPOINT_ENUM)
#undef SIM__ENDPOINT_ENUM
        SIM_ENDPOINT_COUNT
};

struct sim_misbehaviour {
    enum sim_misbehaviour_kind kind;
    enum sim_endpoint call;
    unsigned nth; /* of such calls, from 1; 0: each */
};

/** "KIND[:CALL[:N]]"; false, and @message says what is wrong. */
bool sim_misbehaviour_read(const char *text, struct sim_misbehaviour *out, char message[384]);

/** Static storage. */
const char *sim_misbehaviour_word(enum sim_misbehaviour_kind kind);

/** What a request asks for; SIM_ENDPOINT_ANY: anything else. */
enum sim_endpoint sim_endpoint_of(const char *method, const char *path);

/** The context of the hooks. */
struct sim_misbehave {
    struct sim_misbehaviour list[SIM_MISBEHAVIOUR_MAX]; /* the first that fits counts */
    size_t count;
    unsigned asked[SIM_MISBEHAVIOUR_MAX]; /* how often each has fitted; 0 at first */
    struct sim__withheld *withheld;       /* what goes wrong now; NULL at first */
    struct sim_server *server;            /* server.c's own */
};

extern const struct sim_relay_hooks sim_misbehave_hooks;

/** Instead of an answer: what @kind says, all of it; false: it has no such words. */
bool sim_misbehaviour_words(enum sim_misbehaviour_kind kind, struct fake_bytes *out);

#endif
