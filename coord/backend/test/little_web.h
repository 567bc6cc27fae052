/**
 * A web server for tests, on the loop of the one it answers: it says what the test
 * told it to, byte for byte, and remembers what it was asked. No thread, no waiting.
 */
#ifndef BACKEND_TEST_LITTLE_WEB_H
#define BACKEND_TEST_LITTLE_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "coord/backend/loop.h"

#define WEB_REQUEST_MAX 16
#define WEB_REPLY_MAX 16
#define WEB_CONNECTION_MAX 32

/** What follows the bytes of a reply. */
enum web_end {
    WEB_CLOSES, /* the connection ends */
    WEB_HANGS   /* nothing, for ever */
};

struct web_reply {
    const char *bytes;
    size_t size;
    enum web_end end;
};

struct web;

struct web_connection {
    struct web *web;
    struct dd__watch watch;
    char *request; /* what has come of it */
    size_t request_size;
    const struct web_reply *reply; /* NULL: not asked yet */
    size_t sent;
    bool is_over; /* the other side is gone */
};

struct web {
    struct dd_loop *loop;
    struct dd__watch listener;
    char folder[64];
    char address[128]; /* "unix:///tmp/…/socket" */
    char *requests[WEB_REQUEST_MAX];
    size_t request_count;
    struct web_reply replies[WEB_REPLY_MAX]; /* the nth request gets the nth */
    size_t reply_count;
    struct web_connection connections[WEB_CONNECTION_MAX];
    size_t connection_count;
};

/** Listens at a unix socket of its own in a new folder below /tmp. */
void web_open(struct web *web, struct dd_loop *loop);
void web_close(struct web *web);

/** The next request without a reply gets these bytes (borrowed until web_close). */
void web_say(struct web *web, const void *bytes, size_t size, enum web_end end);
void web_say_text(struct web *web, const char *text);

/** Likewise: status line, Content-Length, and @body. */
void web_say_json(struct web *web, unsigned status, const char *body);

/** The first line of the nth request, from 0; "" if it did not come. */
const char *web_asked(const struct web *web, size_t index, char line[512]);

/** Whether the other side of the nth connection is gone. */
bool web_is_left(const struct web *web, size_t index);

#endif
