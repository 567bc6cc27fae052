/* gnu: MAP_ANONYMOUS and MAP_NORESERVE are not in POSIX 2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/explore/snapshot.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GRAIN ((size_t)16)
#define SMALL_COUNT 64 /* classes of up to 1,024 bytes, a grain apart */
#define CLASS_COUNT 128

/* At the region's beginning, and so saved with it. Offsets instead of pointers. */
struct region_head {
    uint64_t used;
    uint32_t free_at[CLASS_COUNT]; /* 0: none; the next one's offset is in the block */
};

/* In front of each block. */
struct block_head {
    uint32_t class;
    uint32_t size; /* as asked for */
    uint64_t padding;
};

static struct region_head *head_of(const struct sim_region *region)
{
    return (struct region_head *)(void *)region->base;
}

/* Four classes to a doubling beyond the small ones. */
static uint32_t class_of(size_t size, size_t *room)
{
    size_t grains = (size + GRAIN - 1) / GRAIN;
    if (grains <= SMALL_COUNT) {
        *room = grains * GRAIN;
        return (uint32_t)grains - 1;
    }
    size_t base = SMALL_COUNT;
    uint32_t class = SMALL_COUNT;
    while (grains > 2 * base) {
        base *= 2;
        class += 4;
    }
    size_t quarter = base / 4;
    size_t step = (grains - base + quarter - 1) / quarter;
    *room = (base + step * quarter) * GRAIN;
    return class + (uint32_t)step - 1;
}

static struct block_head *head_of_block(void *block)
{
    return (struct block_head *)block - 1;
}

static void *region_take(void *ctx, size_t size)
{
    const struct sim_region *region = ctx;
    struct region_head *head = head_of(region);
    size_t room;
    uint32_t class = class_of(size, &room);
    uint64_t at = head->free_at[class];
    assert(class < CLASS_COUNT);
    if (at != 0) {
        memcpy(&head->free_at[class], region->base + at + sizeof(struct block_head),
               sizeof(uint32_t));
    } else {
        at = head->used;
        if (room + sizeof(struct block_head) > region->size - at) {
            return NULL;
        }
        head->used += room + sizeof(struct block_head);
    }
    struct block_head *block = (struct block_head *)(void *)(region->base + at);
    *block = (struct block_head){ .class = class, .size = (uint32_t)size };
    return block + 1;
}

static void region_give(void *ctx, void *memory)
{
    const struct sim_region *region = ctx;
    struct region_head *head = head_of(region);
    struct block_head *block = head_of_block(memory);
    uint32_t at = (uint32_t)((unsigned char *)block - region->base);
    memcpy(memory, &head->free_at[block->class], sizeof(uint32_t));
    head->free_at[block->class] = at;
}

static void *region_grow(void *ctx, void *memory, size_t size)
{
    struct block_head *block = head_of_block(memory);
    size_t room;
    if (class_of(size, &room) == block->class) {
        block->size = (uint32_t)size;
        return memory;
    }
    void *grown = region_take(ctx, size);
    if (grown != NULL) {
        memcpy(grown, memory, block->size < size ? block->size : size);
        region_give(ctx, memory);
    }
    return grown;
}

static bool region_owns(void *ctx, const void *memory)
{
    const struct sim_region *region = ctx;
    uintptr_t at = (uintptr_t)memory;
    return at >= (uintptr_t)region->base && at < (uintptr_t)region->base + region->size;
}

void sim_region_open(struct sim_region *region, size_t size)
{
    assert(size > sizeof(struct region_head) && size < UINT32_MAX);
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        (void)fputs("drydock: the simulation is out of memory\n", stderr);
        abort();
    }
    *region = (struct sim_region){
        .base = base,
        .size = size,
        .source = { .take = region_take,
                    .grow = region_grow,
                    .give = region_give,
                    .owns = region_owns,
                    .ctx = region },
    };
    head_of(region)->used = (sizeof(struct region_head) + GRAIN - 1) / GRAIN * GRAIN;
}

void sim_region_close(struct sim_region *region)
{
    (void)munmap(region->base, region->size);
    region->base = NULL;
}

size_t sim_region_used(const struct sim_region *region)
{
    return (size_t)head_of(region)->used;
}

void sim_region_save(const struct sim_region *region, void *out)
{
    memcpy(out, region->base, sim_region_used(region));
}

void sim_region_restore(struct sim_region *region, const void *saved, size_t used)
{
    memcpy(region->base, saved, used);
}
