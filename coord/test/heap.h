/**
 * An allocator for tests of the primitives: counts what lives, checks the sizes
 * that come back, fills blocks with rubbish, and fails when told to.
 */
#ifndef COORD_TEST_HEAP_H
#define COORD_TEST_HEAP_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drydock/env.h"

struct test_heap {
    size_t live_bytes;
    size_t live_blocks;
    size_t calls;
    size_t calls_left; /* then every call fails; SIZE_MAX: never */
    size_t largest;
    size_t wrong_sizes;
};

static void *test_heap_alloc(void *ctx, size_t size)
{
    struct test_heap *heap = ctx;
    heap->calls++;
    if (heap->calls_left == 0) {
        return NULL;
    }
    if (heap->calls_left != SIZE_MAX) {
        heap->calls_left--;
    }
    size_t *block = malloc(16 + size);
    if (block == NULL) {
        abort();
    }
    block[0] = size;
    memset(block + 2, 0xAA, size);
    heap->live_bytes += size;
    heap->live_blocks++;
    heap->largest = size > heap->largest ? size : heap->largest;
    return block + 2;
}

static void test_heap_free(void *ctx, void *block, size_t size)
{
    struct test_heap *heap = ctx;
    size_t *begin = (size_t *)block - 2;
    heap->wrong_sizes += begin[0] != size;
    heap->live_bytes -= begin[0];
    heap->live_blocks--;
    free(begin);
}

static const struct dd_allocator_ops test_heap_ops = { .alloc = test_heap_alloc,
                                                       .free = test_heap_free };

static inline struct dd_allocator test_heap_init(struct test_heap *heap)
{
    *heap = (struct test_heap){ .calls_left = SIZE_MAX };
    return (struct dd_allocator){ .ops = &test_heap_ops, .ctx = heap };
}

/* The same numbers in every run, on every machine (xorshift64*, Vigna 2016). */
static inline uint64_t test_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

#endif
