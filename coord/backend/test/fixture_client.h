/**
 * A Docker client on a loop, in front of a little web server, and calls that
 * remember what they were told.
 */
#ifndef BACKEND_TEST_FIXTURE_CLIENT_H
#define BACKEND_TEST_FIXTURE_CLIENT_H

#include "coord/backend/test/little_web.h"
#include "drydock/client.h"

#define PROBE_LINE_MAX 64

/** A call and what came of it; strings are copies. */
struct probe {
    struct dd_call call;
    struct client_fixture *fixture;
    unsigned done_count;
    enum dd_transport transport;
    unsigned http_status;
    uint64_t instance;
    bool closing_lines;
    char *text; /* "" if there was none */
    char *id;
    char *names;                 /* "tag tag | digest | untagged | deleted | id id" */
    char *lines[PROBE_LINE_MAX]; /* "id status current/total !error" */
    size_t line_count;
    size_t cancel_at; /* cancelled when it was told so many lines; 0: never */
};

struct client_fixture {
    struct dd_loop *loop;
    struct web web;
    struct dd_client *client;
    struct dd_docker docker;
};

/** @recorded: the little web server answers the first question like a real engine. */
struct client_fixture *client_fixture_create(bool recorded);
void client_fixture_destroy(struct client_fixture *f);

void probe_init(struct probe *probe, struct client_fixture *f);
void probe_release(struct probe *probe);

/** Dispatch until it is done; the test fails if that takes a minute. */
void probe_await(struct probe *probe);

/** Dispatch until the little web server was asked @count times in all. */
void client_fixture_await_requests(struct client_fixture *f, size_t count);

void probe_cancel(struct probe *probe);

/** Let the little web server say a recorded answer next. */
void client_fixture_say_recorded(struct client_fixture *f, const char *name);

/** Start an inspect of @name and await it. */
void probe_inspect(struct probe *probe, const char *name);

/** Start a pull of team/app:7 without credentials. */
void probe_pull(struct probe *probe);

#endif
