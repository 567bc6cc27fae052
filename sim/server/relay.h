/**
 * A relay of HTTP/1.1 between clients and an engine, which knows where requests and
 * answers begin and end: whoever looks at them gets hooks, and may change, delay or
 * break an answer.
 *
 * Each client has a connection of its own to the engine, made when it comes and closed
 * with it. Bytes are passed on as they came. What is no HTTP, or ceases to be (101, an
 * attached container), is passed on unseen. While a request is unanswered the next one
 * on its connection waits. An engine that is not there is a connection that is closed;
 * the next one is tried anew. (The peer of a client's socket is the relay: the kernel's
 * word on the engine's process is lost, docs/ENGINE.md `api-listener`.)
 *
 * Bounded: SIM_RELAY_LINK_MAX clients, the others wait; for each, two heads and some
 * SIM_RELAY_PENDING_MAX bytes each way, and what its hooks say.
 *
 * Ownership: what a relay is opened with is borrowed until it is closed, but for the
 *            listening socket, which is the relay's.
 * Threading: one thread at a time; hooks are called by it, one after the other. Only
 *            sim_relay_stop may be called by others, and by signal handlers.
 * Errors:    opening says in one line what is wrong; aborts without memory.
 */
#ifndef SIM_SERVER_RELAY_H
#define SIM_SERVER_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/server/message.h"

#define SIM_RELAY_LINK_MAX 1024
#define SIM_RELAY_PENDING_MAX ((size_t)64 * 1024)

struct sim_relay;

/** How an exchange ended. */
enum sim_relay_end {
    SIM_RELAY_ANSWERED, /* the answer is whole */
    SIM_RELAY_LOST,     /* the engine hung up before its end, or was not there */
    SIM_RELAY_LEFT,     /* the client hung up before its end */
    SIM_RELAY_CUT,      /* sim_relay_cut */
    SIM_RELAY_STRANGE   /* what came is no HTTP; it was passed on */
};

/** A request and its answer. */
struct sim_relay_exchange {
    uint64_t number; /* from 1, in the order in which requests' heads came */
    /* Of the request: method, path, sim_message_header, sim_message_query. Credentials
     * in its head are masked. */
    const struct sim_message *request;
    const struct sim_message *answer; /* status; headers, once its head is there */
    uint64_t body_bytes;              /* of the answer's body, until now */
    void *owner;                      /* the hooks' own; NULL at first */

    /* The relay's own. */
    bool is_open, request_is_over, answer_has_ended, answer_is_over;
    bool (*source)(struct sim_relay_exchange *exchange, struct fake_bytes *out);
    uint64_t wake_ns; /* UINT64_MAX: never */
};

/** Each may be NULL. */
struct sim_relay_hooks {
    /* A piece of the request has come, and has been passed on; its end, too. */
    void (*asked)(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece);
    /* A piece of the answer has come. True: it is passed on. False: it is not (the
     * hook says something else, or nothing). An end that is not passed on, or a
     * SIM_PIECE_BROKEN, which is an engine's that hung up, leaves the exchange open
     * until sim_relay_finish or sim_relay_cut, or the client leaves. */
    bool (*answered)(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece);
    /* What sim_relay_wake asked for. */
    void (*woken)(void *ctx, struct sim_relay_exchange *exchange);
    /* It is over; the last call. */
    void (*over)(void *ctx, struct sim_relay_exchange *exchange, enum sim_relay_end end);
};

struct sim_relay_options {
    int listening;        /* a socket that listens; it is closed with the relay */
    const char *upstream; /* "unix:///PATH" or "tcp://127.0.0.1:PORT" */
    /* Instead of `upstream`, unless NULL: a connected socket; -1: nobody is there. */
    int (*connect)(void *ctx);
    const struct sim_relay_hooks *hooks; /* NULL: none */
    void *ctx;                           /* of hooks and `connect` */
};

/** NULL, and @message says why; the socket is closed then, too. */
struct sim_relay *sim_relay_open(const struct sim_relay_options *options, char message[256]);

/** All connections are closed; the exchanges that are open end as SIM_RELAY_LEFT. */
void sim_relay_close(struct sim_relay *relay);

/** Relay until sim_relay_stop. */
void sim_relay_run(struct sim_relay *relay);
void sim_relay_stop(struct sim_relay *relay);

/** For a loop of others: when this descriptor can be read, dispatch, which never waits. */
int sim_relay_descriptor(const struct sim_relay *relay);
void sim_relay_dispatch(struct sim_relay *relay);

/** Connections of clients that are open now. */
unsigned sim_relay_link_count(const struct sim_relay *relay);

/* --- for the hooks, about an exchange that is not over ---------------------------------- */

/** Say @bytes to the client. */
void sim_relay_say(struct sim_relay_exchange *exchange, const void *bytes, size_t size);

/** Whenever all was sent, @source adds more, until it answers false. */
void sim_relay_say_from(struct sim_relay_exchange *exchange,
                        bool (*source)(struct sim_relay_exchange *exchange,
                                       struct fake_bytes *out));

/** From now on the client is sent @size bytes at most every @every_ns, until the
 * exchange is over and all was sent. */
void sim_relay_pace(struct sim_relay_exchange *exchange, size_t size, uint64_t every_ns);

/** Nothing is sent to the client for @for_ns. */
void sim_relay_pause(struct sim_relay_exchange *exchange, uint64_t for_ns);

/** `woken` is called in @after_ns; a later call counts instead. */
void sim_relay_wake(struct sim_relay_exchange *exchange, uint64_t after_ns);

/** The answer is whole. `over` is called, but not before `answered` or `woken` has
 * returned. */
void sim_relay_finish(struct sim_relay_exchange *exchange);

/** The engine's connection is closed now, the client's when all was sent. `over` is
 * called at once. */
void sim_relay_cut(struct sim_relay_exchange *exchange);

#endif
