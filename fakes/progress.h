/**
 * The progress text of a pull's line: "[==>      ]  36.45kB/700.4kB", as the
 * engine prints it where it has no terminal.
 *
 * Units: bytes.
 */
#ifndef FAKE_PROGRESS_H
#define FAKE_PROGRESS_H

#include <stdint.h>

#include "fakes/bytes.h"

/** Add "36.45kB": four significant digits, powers of 1000. */
void fake_progress_size(struct fake_bytes *out, uint64_t size_bytes);

/** Add bar and numbers; nothing if both are 0; no bar if only the total is. */
void fake_progress_text(struct fake_bytes *out, uint64_t current_bytes, uint64_t total_bytes);

#endif
