/**
 * JSON as the engine writes it: Go's encoding/json escapes more than it must.
 */
#ifndef FAKE_JSON_TEXT_H
#define FAKE_JSON_TEXT_H

#include "drydock/docker.h"
#include "fakes/bytes.h"

/** How Go's encoder treats <, > and &. */
enum fake_json_style {
    FAKE_JSON_PLAIN, /* as they are: the engine's answers (SetEscapeHTML(false)) */
    FAKE_JSON_HTML   /* \u003c, \u003e, \u0026: the lines of a pull's stream */
};

/** Add @text as a JSON string. Bytes that are not UTF-8 become \ufffd, each. */
void fake_json_string(struct fake_bytes *out, const char *text, enum fake_json_style style);

/** Add @strings as an array, in the plain style; "[]" if there are none. */
void fake_json_strings(struct fake_bytes *out, struct dd_strings strings);

#endif
