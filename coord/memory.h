/**
 * The one place that calls the allocator.
 *
 * Units:     bytes.
 * Ownership: blocks are returned, release with dd__free and the same size.
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

/** Overwrite a secret. Volatile, for the compiler may drop stores to memory
 * that is freed next. */
static inline void dd__wipe(void *block, size_t size)
{
    volatile unsigned char *at = block;
    while (size-- > 0) {
        *at++ = 0;
    }
}

#endif
