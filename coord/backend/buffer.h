/**
 * Bytes that grow up to a bound.
 *
 * Ownership: the bytes are the buffer's; release with dd__buffer_release. All
 *            zeros is an empty buffer.
 * Errors:    DD_ENOMEM; DD_EINVAL: it would be longer than it may be. The content
 *            stays as it was.
 */
#ifndef DD__BACKEND_BUFFER_H
#define DD__BACKEND_BUFFER_H

#include <stddef.h>

#include "drydock/status.h"

struct dd__buffer {
    char *at; /* ended by a NUL that does not count, once something was added */
    size_t size;
    size_t capacity;
};

DD_MUST_USE enum dd_status dd__buffer_add(struct dd__buffer *buffer, const char *bytes, size_t size,
                                          size_t size_max);
void dd__buffer_clear(struct dd__buffer *buffer);
void dd__buffer_release(struct dd__buffer *buffer);

#endif
