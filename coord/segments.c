#include "coord/segments.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "coord/memory.h"

/* Where the segment that begins at @end hangs, once its page is there. */
static void **segment_place(struct dd__segments *segments, size_t end)
{
    if (end < DD__SEGMENT_ITEMS) {
        return &segments->small[dd__highest_bit(end) / 2 - 1];
    }
    size_t segment = end >> DD__SEGMENT_BITS;
    struct dd__segment_page *page = segments->directory->pages[segment >> DD__PAGE_BITS];
    return &page->at[segment & (DD__PAGE_ITEMS - 1)];
}

/* Items of the segment that begins at @end: three times all before it, while it
 * is small, so that a tiny array stays tiny. */
static size_t segment_items(size_t end)
{
    return end < DD__SEGMENT_ITEMS ? 3 * end : DD__SEGMENT_ITEMS;
}

/* The end that segments had before their newest one, which ends at @end. */
static size_t segment_begin(size_t end)
{
    return end <= DD__SEGMENT_ITEMS ? end / 4 : end - DD__SEGMENT_ITEMS;
}

/* The first big segment is number 1 (number 0 would hold the small ones), so
 * the directory comes and goes with that one. */
static bool is_first_of_directory(size_t end)
{
    return end == DD__SEGMENT_ITEMS;
}

static bool is_first_of_page(size_t end)
{
    return end >> DD__SEGMENT_BITS == 1 || ((end >> DD__SEGMENT_BITS) & (DD__PAGE_ITEMS - 1)) == 0;
}

static void directory_drop(struct dd__segments *segments, const struct dd_allocator *allocator,
                           size_t end)
{
    if (is_first_of_directory(end)) {
        dd__free(allocator, segments->directory, sizeof(*segments->directory));
        segments->directory = NULL;
    }
}

/* Without the segment that begins at @end nothing may be left of what it hung in
 * alone. */
static void page_drop(struct dd__segments *segments, const struct dd_allocator *allocator,
                      size_t end)
{
    if (end >= DD__SEGMENT_ITEMS && is_first_of_page(end)) {
        size_t number = end >> (DD__SEGMENT_BITS + DD__PAGE_BITS);
        dd__free(allocator, segments->directory->pages[number], sizeof(struct dd__segment_page));
        directory_drop(segments, allocator, end);
    }
}

/* Have the page in which the segment that begins at @end will hang. Neither it
 * nor the directory is cleared: below `end` everything has been set. */
static enum dd_status page_make(struct dd__segments *segments, const struct dd_allocator *allocator,
                                size_t end)
{
    if (end < DD__SEGMENT_ITEMS || !is_first_of_page(end)) {
        return DD_OK;
    }
    if (is_first_of_directory(end)) {
        segments->directory = dd__alloc(allocator, sizeof(*segments->directory));
        if (segments->directory == NULL) {
            return DD_ENOMEM;
        }
    }
    struct dd__segment_page *page = dd__alloc(allocator, sizeof(*page));
    if (page == NULL) {
        directory_drop(segments, allocator, end);
        return DD_ENOMEM;
    }
    segments->directory->pages[end >> (DD__SEGMENT_BITS + DD__PAGE_BITS)] = page;
    return DD_OK;
}

void dd__segments_init(struct dd__segments *segments)
{
    memset(segments, 0, sizeof(*segments));
    segments->end = DD__SEGMENTS_FIRST;
}

enum dd_status dd__segments_grow(struct dd__segments *segments,
                                 const struct dd_allocator *allocator, size_t item_size)
{
    size_t end = segments->end;
    if (end >= DD__SEGMENTS_END) {
        return DD_ENOMEM;
    }
    enum dd_status status = page_make(segments, allocator, end);
    if (status != DD_OK) {
        return status;
    }
    void *segment = dd__alloc(allocator, segment_items(end) * item_size);
    if (segment == NULL) {
        page_drop(segments, allocator, end);
        return DD_ENOMEM;
    }
    *segment_place(segments, end) = segment;
    segments->end = end + segment_items(end);
    return DD_OK;
}

void dd__segments_trim(struct dd__segments *segments, const struct dd_allocator *allocator,
                       size_t item_size, size_t end)
{
    while (segments->end > DD__SEGMENTS_FIRST && segment_begin(segments->end) >= end) {
        size_t begin = segment_begin(segments->end);
        dd__free(allocator, *segment_place(segments, begin), segment_items(begin) * item_size);
        page_drop(segments, allocator, begin);
        segments->end = begin;
    }
}

void dd__segments_release(struct dd__segments *segments, const struct dd_allocator *allocator,
                          size_t item_size)
{
    dd__segments_trim(segments, allocator, item_size, DD__SEGMENTS_FIRST);
    assert(segments->end == DD__SEGMENTS_FIRST);
}
