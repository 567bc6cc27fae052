#include "sim/heap.h"

#include <stddef.h>
#include <string.h>

#include "fakes/memory.h"

/* In front of each block, and as strictly aligned as the block must be. */
struct sim_heap_block {
    _Alignas(max_align_t) struct sim_heap_block *next;
    struct sim_heap_block **link; /* what points here */
    size_t size;                  /* with this header */
};

static void block_unlink(struct sim_heap_block *block)
{
    *block->link = block->next;
    if (block->next != NULL) {
        block->next->link = block->link;
    }
}

static void *lean_alloc(struct sim_heap *heap, size_t size)
{
    void *block = fake_memory_take(size);
    if (block != NULL) {
        heap->allocator.live_bytes += size;
        memset(block, heap->allocator.fresh_fill, size);
    }
    return block;
}

static void *heap_alloc(void *ctx, size_t size)
{
    struct sim_heap *heap = ctx;
    struct dd_allocator inner = fake_allocator_interface(&heap->allocator);
    if (heap->lean) {
        return lean_alloc(heap, size);
    }
    if (size > SIZE_MAX - sizeof(struct sim_heap_block)) {
        return NULL;
    }
    size += sizeof(struct sim_heap_block);
    struct sim_heap_block *block = inner.ops->alloc(inner.ctx, size);
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    block->next = heap->blocks;
    block->link = &heap->blocks;
    if (block->next != NULL) {
        block->next->link = &block->next;
    }
    heap->blocks = block;
    return block + 1;
}

static void block_free(struct sim_heap *heap, struct sim_heap_block *block)
{
    struct dd_allocator inner = fake_allocator_interface(&heap->allocator);
    block_unlink(block);
    inner.ops->free(inner.ctx, block, block->size);
}

static void heap_free(void *ctx, void *memory, size_t size)
{
    struct sim_heap *heap = ctx;
    if (heap->lean) {
        heap->allocator.live_bytes -= size;
        fake_memory_free(memory);
        return;
    }
    struct sim_heap_block *block = (struct sim_heap_block *)memory - 1;
    struct dd_allocator inner = fake_allocator_interface(&heap->allocator);
    block_unlink(block);
    /* With the size that the coordinator says, so that a wrong one is seen. */
    inner.ops->free(inner.ctx, block, size + sizeof(*block));
}

static const struct dd_allocator_ops heap_ops = {
    .alloc = heap_alloc,
    .free = heap_free,
};

void sim_heap_init(struct sim_heap *heap)
{
    fake_allocator_init(&heap->allocator);
    heap->blocks = NULL;
    heap->lean = false;
}

void sim_heap_drop(struct sim_heap *heap)
{
    while (heap->blocks != NULL) {
        block_free(heap, heap->blocks);
    }
}

void sim_heap_begin(struct sim_heap *heap, unsigned char fill)
{
    sim_heap_drop(heap);
    sim_heap_init(heap);
    heap->allocator.fresh_fill = fill;
}

struct dd_allocator sim_heap_interface(struct sim_heap *heap)
{
    return (struct dd_allocator){ .ops = &heap_ops, .ctx = heap };
}
