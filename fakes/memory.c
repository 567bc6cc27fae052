#include "fakes/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *block)
{
    if (block == NULL) {
        (void)fputs("drydock: the simulation is out of memory\n", stderr);
        abort();
    }
    return block;
}

void *fake_memory_alloc(size_t size)
{
    return checked(calloc(1, size > 0 ? size : 1));
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
