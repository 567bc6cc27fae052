/**
 * The one place that calls the allocator.
 *
 * Units:     bytes.
 * Ownership: blocks are returned, release with dd__free and the same size;
 *            strings with dd__strfree.
 */
#ifndef DD__MEMORY_H
#define DD__MEMORY_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "drydock/env.h"

/** NULL if there is none. The content is open. */
static inline void *dd__alloc(const struct dd_allocator *allocator, size_t size)
{
    assert(size > 0);
    return allocator->ops->alloc(allocator->ctx, size);
}

/** @block may be NULL. */
static inline void dd__free(const struct dd_allocator *allocator, void *block, size_t size)
{
    if (block != NULL) {
        allocator->ops->free(allocator->ctx, block, size);
    }
}

/** A copy of @s, or NULL if there is no memory. */
static inline char *dd__strdup(const struct dd_allocator *allocator, const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = dd__alloc(allocator, size);
    if (copy != NULL) {
        memcpy(copy, s, size);
    }
    return copy;
}

/** Free a dd__strdup whose length is still the same; NULL is fine. */
static inline void dd__strfree(const struct dd_allocator *allocator, char *s)
{
    if (s != NULL) {
        dd__free(allocator, s, strlen(s) + 1);
    }
}

/** Overwrite a secret. Volatile, for the compiler may drop stores to memory
 * that is freed next. */
static inline void dd__wipe(void *block, size_t size)
{
    volatile unsigned char *at = block;
    while (size-- > 0) {
        *at++ = 0;
    }
}

/** dd__strfree for a secret: wiped first. */
static inline void dd__strfree_wiped(const struct dd_allocator *allocator, char *s)
{
    if (s != NULL) {
        size_t size = strlen(s) + 1;
        dd__wipe(s, size);
        dd__free(allocator, s, size);
    }
}

#endif
