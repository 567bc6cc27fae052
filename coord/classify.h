/**
 * What an engine's answer means: its class, from HTTP status *and* text (H14),
 * because engines give one status to many causes (docs/ENGINE.md).
 *
 * Units:     only the first DD__CLASSIFIED_MAX bytes of a text are read.
 * Ownership: arguments borrowed for the call.
 * Threading: any. Errors: none: what no row knows is DD_EENGINE.
 */
#ifndef DD__CLASSIFY_H
#define DD__CLASSIFY_H

#include "drydock/docker.h"
#include "drydock/status.h"

#define DD__CLASSIFIED_MAX 2048

struct dd__verdict {
    enum dd_status status;
    enum dd_conflict conflict; /* DD_CONFLICT_NONE unless DD_ECONFLICT */
};

/** Of an answer, failed or not. */
struct dd__verdict dd__classify(const struct dd_answer *answer);

/** Of an answer about one object, an inspect's or a DELETE's: DD_ENOTFOUND is the
 * engine's 404 and nothing else, whatever words another answer has. */
struct dd__verdict dd__classify_object(const struct dd_answer *answer);

/** Of an error line inside a 200 stream; never DD_OK. NULL: DD_EENGINE. */
struct dd__verdict dd__classify_text(const char *text);

#endif
