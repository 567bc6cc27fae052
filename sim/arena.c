#include "sim/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

struct sim_arena_block {
    struct sim_arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void sim_arena_init(struct sim_arena *arena)
{
    arena->blocks = NULL;
}

void sim_arena_release(struct sim_arena *arena)
{
    while (arena->blocks != NULL) {
        struct sim_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        fake_memory_free(block);
    }
}

static struct sim_arena_block *block_create(size_t size)
{
    /* What lies here is made once and does not change: an exploration does not save it. */
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    struct sim_arena_block *block = fake_memory_alloc(sizeof(*block) + size);
    (void)fake_memory_set_source(source);
    block->size = size;
    return block;
}

void *sim_arena_alloc(struct sim_arena *arena, size_t count, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    assert(size == 0 || count <= (SIZE_MAX / 2) / size); /* callers bound what they read */
    size_t wanted = (count * size + alignment - 1) / alignment * alignment;
    struct sim_arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < wanted) {
        block = block_create(wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += wanted;
    return memory;
}

char *sim_arena_bytes(struct sim_arena *arena, const char *bytes, size_t length)
{
    char *copy = sim_arena_alloc(arena, length + 1, 1);
    if (length != 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

char *sim_arena_text(struct sim_arena *arena, const char *text)
{
    return sim_arena_bytes(arena, text, strlen(text));
}

char *sim_arena_format(struct sim_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *text = sim_arena_alloc(arena, (size_t)length + 1, 1);
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
