/* The segmented array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/segments.h"
#include "coord/test/heap.h"

struct fixture {
    struct test_heap heap;
    struct dd_allocator allocator;
    struct dd__segments segments;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return -1;
    }
    f->allocator = test_heap_init(&f->heap);
    dd__segments_init(&f->segments);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    dd__segments_release(&f->segments, &f->allocator, sizeof(uint64_t));
    int bad = f->heap.live_blocks != 0 || f->heap.wrong_sizes != 0;
    free(f);
    return bad;
}

static void grow_to(struct fixture *f, size_t end)
{
    while (f->segments.end < end) {
        assert_int_equal(dd__segments_grow(&f->segments, &f->allocator, sizeof(uint64_t)), DD_OK);
    }
}

static uint64_t *item_at(const struct fixture *f, size_t index)
{
    return dd__segments_at(&f->segments, index, sizeof(uint64_t));
}

/* Nothing is allocated before it is asked for, and the first segment is tiny. */
static void test_segments_start_tiny(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->heap.calls, 0);
    grow_to(f, DD__SEGMENTS_FIRST + 1);
    assert_int_equal(f->segments.end, 16);
    assert_int_equal(f->heap.live_bytes, 12 * sizeof(uint64_t));
}

/* Each index has a place of its own, which stays where it is while the array
 * grows past small segments, one page and into the next. */
static void test_segments_places_are_distinct_and_stay(void **state)
{
    struct fixture *f = *state;
    size_t end = DD__SEGMENT_ITEMS * (DD__PAGE_ITEMS + 2);
    grow_to(f, 20);
    uint64_t *early = item_at(f, 19);
    grow_to(f, end);
    assert_ptr_equal(item_at(f, 19), early);
    for (size_t i = DD__SEGMENTS_FIRST; i < end; i++) {
        *item_at(f, i) = i;
    }
    for (size_t i = DD__SEGMENTS_FIRST; i < end; i++) {
        if (*item_at(f, i) != i) {
            fail_msg("index %zu was overwritten", i);
        }
    }
}

/* No single piece of memory is larger than a segment of equal size. */
static void test_segments_grow_in_small_pieces(void **state)
{
    struct fixture *f = *state;
    grow_to(f, DD__SEGMENT_ITEMS * 8);
    assert_true(f->heap.largest <= DD__SEGMENT_ITEMS * sizeof(uint64_t));
}

/* When any of a growth's allocations fails, all is as before and nothing leaks. */
static void test_segments_out_of_memory(void **state)
{
    struct fixture *f = *state;
    size_t marks[] = { DD__SEGMENTS_FIRST, DD__SEGMENT_ITEMS, DD__SEGMENT_ITEMS * 2,
                       DD__SEGMENT_ITEMS * DD__PAGE_ITEMS };
    size_t pieces[] = { 1, 3, 1, 2 }; /* directory, page, segment */
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        f->heap.calls_left = SIZE_MAX;
        grow_to(f, marks[i]);
        size_t bytes = f->heap.live_bytes;
        for (size_t allowed = 0; allowed < pieces[i]; allowed++) {
            f->heap.calls_left = allowed;
            assert_int_equal(dd__segments_grow(&f->segments, &f->allocator, sizeof(uint64_t)),
                             DD_ENOMEM);
            assert_int_equal(f->segments.end, marks[i]);
            assert_int_equal(f->heap.live_bytes, bytes);
        }
        f->heap.calls_left = pieces[i];
        assert_int_equal(dd__segments_grow(&f->segments, &f->allocator, sizeof(uint64_t)), DD_OK);
    }
}

/* Trimming frees whole segments only, and growing again brings back the same. */
static void test_segments_trim(void **state)
{
    struct fixture *f = *state;
    grow_to(f, DD__SEGMENT_ITEMS);
    size_t bytes = f->heap.live_bytes;
    grow_to(f, DD__SEGMENT_ITEMS * (DD__PAGE_ITEMS + 1));
    dd__segments_trim(&f->segments, &f->allocator, sizeof(uint64_t), DD__SEGMENT_ITEMS * 3 - 1);
    assert_int_equal(f->segments.end, DD__SEGMENT_ITEMS * 3);
    dd__segments_trim(&f->segments, &f->allocator, sizeof(uint64_t), DD__SEGMENT_ITEMS * 2 + 1);
    assert_int_equal(f->segments.end, DD__SEGMENT_ITEMS * 3);
    dd__segments_trim(&f->segments, &f->allocator, sizeof(uint64_t), DD__SEGMENT_ITEMS);
    assert_int_equal(f->segments.end, DD__SEGMENT_ITEMS);
    assert_int_equal(f->heap.live_bytes, bytes);
    grow_to(f, DD__SEGMENT_ITEMS * 2);
    *item_at(f, DD__SEGMENT_ITEMS * 2 - 1) = 7;
}

/* At its limit the array answers DD_ENOMEM instead of running over. */
static void test_segments_limit(void **state)
{
    struct fixture *f = *state;
    struct dd__segments full = { .end = DD__SEGMENTS_END };
    assert_int_equal(dd__segments_grow(&full, &f->allocator, sizeof(uint64_t)), DD_ENOMEM);
    assert_int_equal(f->heap.calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_segments_start_tiny),
        TEST(test_segments_places_are_distinct_and_stay),
        TEST(test_segments_grow_in_small_pieces),
        TEST(test_segments_out_of_memory),
        TEST(test_segments_trim),
        TEST(test_segments_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
