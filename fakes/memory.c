#include "fakes/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local const struct fake_memory_source *source;

const struct fake_memory_source *fake_memory_set_source(const struct fake_memory_source *wanted)
{
    const struct fake_memory_source *was = source;
    source = wanted;
    return was;
}

static void *checked(void *block)
{
    if (block == NULL) {
        (void)fputs("drydock: the simulation is out of memory\n", stderr);
        abort();
    }
    return block;
}

void *fake_memory_take(size_t size)
{
    size_t asked = size > 0 ? size : 1;
    return source != NULL ? source->take(source->ctx, asked) : malloc(asked);
}

void *fake_memory_alloc(size_t size)
{
    if (source == NULL) {
        return checked(calloc(1, size > 0 ? size : 1));
    }
    return memset(checked(fake_memory_take(size)), 0, size);
}

void *fake_memory_grow(void *block, size_t count, size_t item_size)
{
    if (item_size == 0 || count == 0) {
        count = 1;
        item_size = 1;
    }
    if (count > SIZE_MAX / item_size) {
        return checked(NULL);
    }
    if (source != NULL && (block == NULL || source->owns(source->ctx, block))) {
        return checked(block == NULL ? source->take(source->ctx, count * item_size)
                                     : source->grow(source->ctx, block, count * item_size));
    }
    return checked(realloc(block, count * item_size));
}

char *fake_memory_copy(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    return memcpy(fake_memory_alloc(size), text, size);
}

void fake_memory_free(void *block)
{
    if (source != NULL && block != NULL && source->owns(source->ctx, block)) {
        source->give(source->ctx, block);
    } else {
        free(block);
    }
}
