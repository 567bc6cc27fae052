/**
 * What relay.c and relay_link.c have between them: a client's connection, the one to
 * the engine that was made for it, and what lies between.
 */
#ifndef SIM_SERVER_RELAY_LINK_H
#define SIM_SERVER_RELAY_LINK_H

#include "coord/list.h"
#include "sim/server/connect.h"
#include "sim/server/relay.h"

struct sim__link;

/** One of a relay's descriptors. */
struct sim__side {
    struct sim__link *link; /* NULL: the relay's own */
    int file;               /* -1: closed */
    unsigned watched;       /* epoll's events; 0: not watched at all */
};

/** One direction. */
struct sim__flow {
    struct sim_message message;
    struct fake_bytes held; /* was read, and waits */
    struct fake_bytes out;  /* to be sent */
    size_t sent;            /* of it */
    bool has_ended;         /* nothing more will be read */
};

struct sim__link {
    struct sim_relay *relay;
    struct dd__list in_links;
    struct sim__side client;
    struct sim__side engine;
    bool is_connecting;
    bool is_tunnel;        /* no HTTP, or no more */
    bool is_touched;       /* by a hook, at any time: what follows is not done yet */
    struct sim__flow up;   /* to the engine */
    struct sim__flow down; /* to the client */
    struct sim_relay_exchange exchange;
    size_t pace_size; /* 0: none */
    uint64_t pace_ns;
    uint64_t paused_until_ns; /* 0: it is not */
};

struct sim_relay {
    struct sim_relay_hooks hooks; /* none is NULL */
    void *ctx;
    struct sim_address upstream;
    int (*connect)(void *ctx); /* NULL: to `upstream` */
    int epoll;
    struct sim__side listener;
    struct sim__side timer;
    struct sim__side stopper;
    bool is_stopped;
    uint64_t now_ns;
    uint64_t accept_ns; /* not before */
    uint64_t exchange_count;
    struct dd__list links;
    unsigned link_count;
};

/** Watch @side for @events; 0: no more. */
void sim__side_watch(struct sim_relay *relay, struct sim__side *side, unsigned events);
/** One that is closed stays so. */
void sim__side_close(struct sim_relay *relay, struct sim__side *side);

/** @client and @engine are taken; @engine may be -1. */
struct sim__link *sim__link_create(struct sim_relay *relay, int client, int engine);
/** Nobody is told of an exchange of its. */
void sim__link_destroy(struct sim__link *link);

/** Something happened at @side. */
void sim__link_ready(struct sim__side *side, unsigned events);
/** Its time has come. */
void sim__link_due(struct sim__link *link);
/** When that will be; UINT64_MAX: never. */
uint64_t sim__link_due_ns(const struct sim__link *link);
/** Whether both of its ends are closed. */
bool sim__link_is_over(const struct sim__link *link);
/** The client is gone, or is treated so. */
void sim__link_leave(struct sim__link *link);

#endif
