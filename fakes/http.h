/**
 * The renderer: the same decoded lines and answers that the fake engine gives
 * the coordinator, as the bytes that Docker Engine 20.10 sends for them.
 *
 * Each function adds a part of a connection's output to @out. An answer in one
 * piece is one call (fake_http_error here; http_body.h has the others). A pull
 * is a stream: fake_http_stream_begin, a fake_http_stream_line each, and
 * fake_http_stream_end, unless the connection breaks first; what each of them
 * adds can be sent at once, and a line is one chunk, as the engine flushes it. A
 * pull that fails before its first line is fake_http_error instead.
 *
 * Ownership: all arguments are borrowed for the call.
 * Errors:    none; aborts without memory.
 */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "drydock/docker.h"
#include "fakes/bytes.h"

/** What every answer of an engine says about it. */
struct fake_http_host {
    const char *api_version; /* "1.41" */
    const char *os_type;     /* "linux" */
    const char *server;      /* "Docker/20.10.24+dfsg1 (linux)" */
    bool experimental;
    uint64_t unix_time_s; /* of the answer, for its Date */
};

/** The host of the recordings: Debian 12's docker.io, at @unix_time_s. */
struct fake_http_host fake_http_host(uint64_t unix_time_s);

/** "Not Found"; "" for statuses that the engine does not use. Static storage. */
const char *fake_http_reason(unsigned status);

/** Add "Mon, 23 Nov 2026 08:31:39 GMT". */
void fake_http_date(struct fake_bytes *out, uint64_t unix_time_s);

/** A whole JSON answer: the head, and @body in the framing that the engine would
 * choose: a Content-Length up to 2048 bytes, one chunk beyond. */
void fake_http_json(struct fake_bytes *out, const struct fake_http_host *host, unsigned status,
                    const struct fake_bytes *body);

/** {"message":…} and a newline. */
void fake_http_error_body(struct fake_bytes *body, const char *message);

/** A whole error answer. */
void fake_http_error(struct fake_bytes *out, const struct fake_http_host *host, unsigned status,
                     const char *message);

/** The answer to GET or HEAD /_ping; it has no JSON. */
void fake_http_ping(struct fake_bytes *out, const struct fake_http_host *host, bool head_only);

/** A pull's head: 200, chunked. */
void fake_http_stream_begin(struct fake_bytes *out, const struct fake_http_host *host);

/** One line of a pull, as one chunk. */
void fake_http_stream_line(struct fake_bytes *out, const struct dd_line *line);

/** The end of a stream that ends cleanly. */
void fake_http_stream_end(struct fake_bytes *out);

/** A line of a pull without its chunk: JSON and "\r\n". */
void fake_http_line(struct fake_bytes *out, const struct dd_line *line);

#endif
