/* The coordinator's memory in a simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/heap.h"

/* What is given back is gone; what is not is counted, until all of it is dropped. */
static void test_heap_counts_and_drops(void **state)
{
    struct sim_heap heap;
    (void)state;
    sim_heap_init(&heap);
    sim_heap_begin(&heap, 0x55);
    struct dd_allocator allocator = sim_heap_interface(&heap);
    unsigned char *blocks[3];
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = allocator.ops->alloc(allocator.ctx, 10 + i);
        assert_int_equal(blocks[i][9], 0x55);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], 1, 10 + i);
    }
    allocator.ops->free(allocator.ctx, blocks[1], 11);
    assert_int_equal(heap.allocator.live_count, 2);
    allocator.ops->free(allocator.ctx, blocks[2], 12);
    allocator.ops->free(allocator.ctx, blocks[0], 10);
    assert_int_equal(heap.allocator.live_bytes, 0);
    assert_non_null(allocator.ops->alloc(allocator.ctx, 1));
    sim_heap_begin(&heap, 0xAA);
    assert_int_equal(heap.allocator.live_bytes, 0);
    assert_null(allocator.ops->alloc(allocator.ctx, SIZE_MAX));
    sim_heap_drop(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap_counts_and_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
