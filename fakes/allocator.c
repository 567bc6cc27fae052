#include "fakes/allocator.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"

#define LIVE UINT64_C(0x6c6976652d626c6b)
#define FREED UINT64_C(0x66726565642d626c)

/* In front of each block, and as strictly aligned as the block must be. */
union header {
    struct {
        uint64_t state; /* LIVE or FREED */
        size_t size;
    } is;
    max_align_t alignment;
};

static bool must_refuse(const struct fake_allocator *allocator)
{
    if (allocator->refuse_at == 0) {
        return false;
    }
    return allocator->refuse_onwards ? allocator->asked_count >= allocator->refuse_at
                                     : allocator->asked_count == allocator->refuse_at;
}

static void *allocator_alloc(void *ctx, size_t size)
{
    struct fake_allocator *allocator = ctx;
    assert(size > 0);
    allocator->asked_count++;
    union header *header = NULL;
    if (!must_refuse(allocator) && size <= SIZE_MAX - sizeof(*header)) {
        header = fake_memory_take(sizeof(*header) + size);
    }
    if (header == NULL) {
        allocator->refused_count++;
        return NULL;
    }
    header->is.state = LIVE;
    header->is.size = size;
    allocator->live_bytes += size;
    allocator->live_count++;
    if (allocator->live_bytes > allocator->peak_bytes) {
        allocator->peak_bytes = allocator->live_bytes;
    }
    return memset(header + 1, allocator->fresh_fill, size);
}

static void allocator_free(void *ctx, void *block, size_t size)
{
    struct fake_allocator *allocator = ctx;
    assert(block != NULL);
    union header *header = (union header *)block - 1;
    assert(header->is.state == LIVE);
    assert(header->is.size == size);
    assert(allocator->live_count > 0 && allocator->live_bytes >= size);
    allocator->live_bytes -= size;
    allocator->live_count--;
    memset(block, allocator->freed_fill, size);
    header->is.state = FREED;
    fake_memory_free(header);
}

static const struct dd_allocator_ops allocator_ops = {
    .alloc = allocator_alloc,
    .free = allocator_free,
};

void fake_allocator_init(struct fake_allocator *allocator)
{
    *allocator = (struct fake_allocator){ .fresh_fill = 0xAA, .freed_fill = 0xDD };
}

struct dd_allocator fake_allocator_interface(struct fake_allocator *allocator)
{
    return (struct dd_allocator){ .ops = &allocator_ops, .ctx = allocator };
}

void fake_allocator_refuse(struct fake_allocator *allocator, uint64_t nth, bool onwards)
{
    allocator->refuse_at = nth > 0 ? allocator->asked_count + nth : 0;
    allocator->refuse_onwards = onwards;
}
