/**
 * What the lines of a pull's stream say: the digest, the closing status line,
 * the error line (a failure inside a 200, docs/ENGINE.md), and for people the
 * phase of a layer.
 *
 * Ownership: lines are borrowed for the call; all that is kept is copied.
 * Threading: any. Errors: none.
 */
#ifndef DD__STREAM_H
#define DD__STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "coord/classify.h"
#include "coord/id.h"
#include "drydock/docker.h"
#include "drydock/reference.h"

/** Without one, a stream that ended cleanly is no success (H21). */
enum dd__closing {
    DD__CLOSING_NONE,
    DD__CLOSING_NEWER,     /* "Status: Downloaded newer image for …" */
    DD__CLOSING_UP_TO_DATE /* "Status: Image is up to date for …" */
};

struct dd__stream {
    char digest[DD_DIGEST_MAX + 1]; /* "" if none came, or none that is one */
    struct dd__id digest_id;        /* the same in binary; empty if it is of another form */
    enum dd__closing closing;
    bool failed;                /* an error line came, wherever in the stream */
    struct dd__verdict failure; /* of the first one */
};

void dd__stream_init(struct dd__stream *stream);
/** True: @line is the first error line. */
bool dd__stream_line(struct dd__stream *stream, const struct dd_line *line);

/** What a layer is doing (H26). */
#define DD__PHASE_MAP(X)                                                                           \
    X(WAITING, "waiting")                                                                          \
    X(DOWNLOADING, "downloading")                                                                  \
    X(VERIFYING, "verifying")                                                                      \
    X(DOWNLOADED, "downloaded")                                                                    \
    X(EXTRACTING, "extracting")                                                                    \
    X(COMPLETE, "complete")                                                                        \
    X(OTHER, "other")

enum dd__phase {
#define DD__PHASE_ENUM(name, word) DD__PHASE_##name,
    DD__PHASE_MAP(DD__PHASE_ENUM)
#undef DD__PHASE_ENUM
        DD__PHASE_COUNT
};

enum dd__phase dd__phase_of(const struct dd_line *line);

/** "downloading". Static storage. */
const char *dd__phase_word(enum dd__phase phase);

#endif
