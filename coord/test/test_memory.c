/* The wrappers around the allocator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/memory.h"
#include "coord/test/heap.h"

/* A copied string is the same text elsewhere, and goes back with its size. */
static void test_memory_strings(void **state)
{
    (void)state;
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    const char *s = "redis:7";
    char *copy = dd__strdup(&allocator, s);
    assert_string_equal(copy, s);
    assert_ptr_not_equal(copy, s);
    assert_int_equal(heap.live_bytes, 8);
    dd__strfree(&allocator, copy);
    dd__strfree_wiped(&allocator, dd__strdup(&allocator, ""));
    dd__strfree_wiped(&allocator, dd__strdup(&allocator, "secret"));
    dd__strfree(&allocator, NULL);
    dd__strfree_wiped(&allocator, NULL);
    dd__free(&allocator, NULL, 12);
    assert_int_equal(heap.live_blocks, 0);
    assert_int_equal(heap.wrong_sizes, 0);
}

/* Without memory there is no string. */
static void test_memory_none(void **state)
{
    (void)state;
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    heap.calls_left = 0;
    assert_null(dd__alloc(&allocator, 1));
    assert_null(dd__strdup(&allocator, "x"));
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

/* Of a secret nothing is left when its memory is given back. */
static void test_memory_wiped(void **state)
{
    (void)state;
    static const struct dd_allocator_ops ops = { .alloc = looking_alloc, .free = looking_free };
    struct looking_heap looking = { .bytes_left = 0 };
    (void)test_heap_init(&looking.heap);
    struct dd_allocator allocator = { .ops = &ops, .ctx = &looking };
    dd__strfree_wiped(&allocator, dd__strdup(&allocator, "hunter2"));
    assert_int_equal(looking.bytes_left, 0);
    dd__strfree(&allocator, dd__strdup(&allocator, "redis"));
    assert_int_equal(looking.bytes_left, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_strings),
        cmocka_unit_test(test_memory_none),
        cmocka_unit_test(test_memory_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
