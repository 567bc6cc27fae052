/**
 * A pull's stream: bytes, however they are cut, into decoded lines.
 *
 * A line that is no JSON object, or is longer than a line may be, is handed on as
 * an error line: a pull in whose stream something was not understood has not
 * succeeded.
 *
 * Ownership: a reader lies inside its owner; all zeros is a new one. Lines are
 *            borrowed for the callback.
 * Threading: any.
 */
#ifndef DD__BACKEND_STREAM_READER_H
#define DD__BACKEND_STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "coord/backend/buffer.h"
#include "drydock/docker.h"
#include "drydock/status.h"

#define DD__STREAM_LINE_MAX ((size_t)256 * 1024) /* bytes of a line */
#define DD__STREAM_VALUE_MAX ((size_t)1000)      /* values in it; engines send six */

struct dd__stream_reader {
    struct dd__buffer part;  /* of a line whose end has not come */
    bool is_skipping;        /* the rest of a line that is too long */
    bool was_not_understood; /* one line at least */
};

/** Told of each line; false: no more. */
typedef bool (*dd__line_fn)(void *ctx, const struct dd_line *line);

/** Read on. Errors: DD_ENOMEM: lines are missing from here on. DD_ECANCELLED: the
 * callback wanted no more. */
DD_MUST_USE enum dd_status dd__stream_reader_feed(struct dd__stream_reader *reader,
                                                  const char *bytes, size_t size, dd__line_fn told,
                                                  void *ctx);

/** The stream is over: hand on a last line without an end. */
void dd__stream_reader_end(struct dd__stream_reader *reader, dd__line_fn told, void *ctx);

void dd__stream_reader_release(struct dd__stream_reader *reader);

#endif
