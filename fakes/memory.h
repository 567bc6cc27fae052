/**
 * Memory for the fakes and the simulator themselves: the one door through which all
 * of it comes and goes (the coordinator's has rules of its own, allocator.h).
 * A simulation cannot go on without memory and has nobody to tell: it says so on
 * stderr and aborts, so that no caller has an error path to get wrong.
 *
 * Where it comes from can be set: malloc, unless an exploration wants all that a
 * run can change in one place, to save and restore it by one copy.
 *
 * Threading: the source is each thread's own.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/** Where memory comes from, instead of malloc. */
struct fake_memory_source {
    void *(*take)(void *ctx, size_t size);              /* content open; NULL: none left */
    void *(*grow)(void *ctx, void *block, size_t size); /* @block is its own */
    void (*give)(void *ctx, void *block);
    bool (*owns)(void *ctx, const void *block);
    void *ctx;
};

/** Take memory from @wanted from now on, which must outlive what is taken; NULL:
 * from malloc. Blocks of both kinds can be given back at any time while their
 * source is set. Returns the source until now. */
const struct fake_memory_source *fake_memory_set_source(const struct fake_memory_source *wanted);

/** @size bytes, all zero. Returned, release with fake_memory_free. Never NULL. */
void *fake_memory_alloc(size_t size);

/** Likewise, content open; NULL if there is none. */
void *fake_memory_take(size_t size);

/** @block (NULL: none yet) with room for @count items of @item_size bytes. Taken;
 * returned, release with fake_memory_free. Never NULL. */
void *fake_memory_grow(void *block, size_t count, size_t item_size);

/** A copy of @text; NULL for NULL. Returned, release with fake_memory_free. */
char *fake_memory_copy(const char *text);

/** NULL is fine. */
void fake_memory_free(void *block);

#endif
