/**
 * The fake engine, served over HTTP to real clients (the docker command, the
 * production backend): virtual time goes with the monotonic clock.
 *
 * libmicrohttpd speaks HTTP; each request becomes an *exchange*, which is answered at
 * once, or when the fake engine's call has completed. All in one thread.
 *
 * Ownership: what a server is opened with is borrowed until it is closed.
 * Threading: one thread at a time.
 * Errors:    opening says in one line what is wrong; aborts without memory.
 */
#ifndef SIM_SERVER_SERVER_H
#define SIM_SERVER_SERVER_H

#include <signal.h>
#include <stdbool.h>

#include "fakes/engine.h"
#include "sim/scenario.h"

struct sim_misbehave;
struct sim_server;

struct sim_server_options {
    int listening;                       /* a socket that listens; it is closed with the server */
    const struct sim_scenario *scenario; /* its registry, timing and faults; NULL: none */
    enum fake_personality personality;
    uint64_t seed;                   /* of what could go either way */
    struct sim_misbehave *misbehave; /* between it and its clients; NULL: nothing */
};

/** NULL, and @message says why. */
struct sim_server *sim_server_open(const struct sim_server_options *options, char message[256]);
void sim_server_close(struct sim_server *server);

/** Serve until @stop is set, which a signal must do that interrupts the waiting. */
void sim_server_run(struct sim_server *server, const volatile sig_atomic_t *stop);

/** A socket that listens at @address: "unix:///path" (not there yet) or
 * "tcp://127.0.0.1:2375"; -1, and @message says why. */
int sim_server_listen(const char *address, char message[256]);

/** The port of what sim_server_listen returned; 0: it is no TCP. */
unsigned sim_server_port(int listening);

/** What listening left in the file system is removed. */
void sim_server_unlisten(const char *address);

#endif
