/**
 * Memory for the fakes themselves (the coordinator's comes from allocator.h).
 * A simulation cannot go on without memory and has nobody to tell: it says so on
 * stderr and aborts, so that no caller has an error path to get wrong.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <stddef.h>

/** @size bytes, all zero. Returned, release with free. Never NULL. */
void *fake_memory_alloc(size_t size);

/** @block (NULL: none yet) with room for @count items of @item_size bytes. Taken;
 * returned, release with free. Never NULL. */
void *fake_memory_grow(void *block, size_t count, size_t item_size);

/** A copy of @text; NULL for NULL. Returned, release with free. */
char *fake_memory_copy(const char *text);

#endif
