/**
 * A growing array whose items never move: 3/4 of the room is in the newest
 * segment while it is small (12, 48, … 3,072 items), then segments of 4,096
 * items hang in a directory of two levels. Growing copies nothing and clears
 * nothing (Larson 1988).
 *
 * Indices begin at DD__SEGMENTS_FIRST: whoever uses this keeps its first few
 * items elsewhere, or adds the difference. The size of an item is given to each
 * call, and must always be the same.
 *
 * Ownership: the segments belong to the array, release with
 *            dd__segments_release; the items are not looked at.
 */
#ifndef DD__SEGMENTS_H
#define DD__SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "drydock/env.h"
#include "drydock/status.h"

#define DD__SEGMENTS_FIRST 4
#define DD__SEGMENTS_SMALL 5 /* segments before those of equal size */
#define DD__SEGMENT_BITS 12
#define DD__SEGMENT_ITEMS ((size_t)1 << DD__SEGMENT_BITS)
#define DD__PAGE_BITS 9
#define DD__PAGE_ITEMS ((size_t)1 << DD__PAGE_BITS)
#define DD__SEGMENTS_END ((size_t)1 << (DD__SEGMENT_BITS + 2 * DD__PAGE_BITS))

struct dd__segment_page {
    void *at[(size_t)1 << DD__PAGE_BITS];
};

struct dd__segment_directory {
    struct dd__segment_page *pages[(size_t)1 << DD__PAGE_BITS];
};

struct dd__segments {
    size_t end; /* the first index for which there is no room */
    void *small[DD__SEGMENTS_SMALL];
    struct dd__segment_directory *directory;
};

void dd__segments_init(struct dd__segments *segments);
void dd__segments_release(struct dd__segments *segments, const struct dd_allocator *allocator,
                          size_t item_size);

/**
 * Add one segment; its items are open.
 * Errors: DD_ENOMEM (no memory, or DD__SEGMENTS_END reached): `end` stays.
 */
DD_MUST_USE enum dd_status dd__segments_grow(struct dd__segments *segments,
                                             const struct dd_allocator *allocator,
                                             size_t item_size);

/** Free the newest segments, as long as `end` stays at least @end. */
void dd__segments_trim(struct dd__segments *segments, const struct dd_allocator *allocator,
                       size_t item_size, size_t end);

/** The position of the highest bit that is set; @number is not 0. */
static inline unsigned dd__highest_bit(size_t number)
{
    /* gnu: C11 has no such operation, and a loop here would be in every look-up. */
    return (unsigned)(63 - __builtin_clzll((unsigned long long)number));
}

/** The item at @index, DD__SEGMENTS_FIRST <= @index < end. */
static inline void *dd__segments_at(const struct dd__segments *segments, size_t index,
                                    size_t item_size)
{
    if (index < DD__SEGMENT_ITEMS) {
        unsigned level = dd__highest_bit(index) / 2;
        size_t begin = (size_t)1 << (2 * level);
        return (char *)segments->small[level - 1] + (index - begin) * item_size;
    }
    size_t segment = index >> DD__SEGMENT_BITS;
    const struct dd__segment_page *page = segments->directory->pages[segment >> DD__PAGE_BITS];
    return (char *)page->at[segment & (DD__PAGE_ITEMS - 1)] +
           (index & (DD__SEGMENT_ITEMS - 1)) * item_size;
}

#endif
