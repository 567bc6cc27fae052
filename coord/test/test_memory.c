/* The wrappers around the allocator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/memory.h"
#include "coord/test/heap.h"

/* A block goes back with its size, and nothing back is fine. */
static void test_memory_blocks(void **state)
{
    (void)state;
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    void *block = dd__alloc(&allocator, 8);
    assert_non_null(block);
    assert_int_equal(heap.live_bytes, 8);
    dd__free(&allocator, block, 8);
    dd__free(&allocator, NULL, 12);
    assert_int_equal(heap.live_blocks, 0);
    assert_int_equal(heap.wrong_sizes, 0);
}

/* Without memory there is no block. */
static void test_memory_none(void **state)
{
    (void)state;
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    heap.calls_left = 0;
    assert_null(dd__alloc(&allocator, 1));
}

struct looking_heap {
    struct test_heap heap;
    size_t bytes_left; /* that were not zero when they came back */
};

static void *looking_alloc(void *ctx, size_t size)
{
    struct looking_heap *looking = ctx;
    return test_heap_alloc(&looking->heap, size);
}

static void looking_free(void *ctx, void *block, size_t size)
{
    struct looking_heap *looking = ctx;
    const char *bytes = block;
    for (size_t i = 0; i < size; i++) {
        looking->bytes_left += bytes[i] != 0;
    }
    test_heap_free(&looking->heap, block, size);
}

/* Of a secret that is wiped nothing is left when its memory is given back. */
static void test_memory_wiped(void **state)
{
    (void)state;
    static const struct dd_allocator_ops ops = { .alloc = looking_alloc, .free = looking_free };
    struct looking_heap looking = { .bytes_left = 0 };
    (void)test_heap_init(&looking.heap);
    struct dd_allocator allocator = { .ops = &ops, .ctx = &looking };
    for (size_t wiped = 0; wiped <= 7; wiped += 7) {
        char *secret = dd__alloc(&allocator, 8);
        memcpy(secret, "hunter2", 8);
        dd__wipe(secret, wiped);
        dd__free(&allocator, secret, 8);
        assert_int_equal(looking.bytes_left, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_blocks),
        cmocka_unit_test(test_memory_none),
        cmocka_unit_test(test_memory_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
