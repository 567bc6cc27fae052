/**
 * A bump allocator: what is taken from it lives until all of it is released, and is
 * for what is made once: an exploration neither saves nor restores it.
 *
 * Threading: any, one thread at a time.
 * Errors:    none; the simulator cannot go on without memory, it aborts.
 */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>

struct sim_arena_block;

struct sim_arena {
    struct sim_arena_block *blocks; /* newest first */
};

void sim_arena_init(struct sim_arena *arena);
void sim_arena_release(struct sim_arena *arena);

/** @count times @size bytes, all zero, aligned for any type; never NULL. */
void *sim_arena_alloc(struct sim_arena *arena, size_t count, size_t size);

/** A copy of @text; of its first @length bytes, with a NUL. */
char *sim_arena_text(struct sim_arena *arena, const char *text);
char *sim_arena_bytes(struct sim_arena *arena, const char *bytes, size_t length);

/** printf into the arena. */
char *sim_arena_format(struct sim_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
