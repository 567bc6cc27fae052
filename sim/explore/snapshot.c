/* gnu: MAP_ANONYMOUS and MAP_NORESERVE are not in POSIX 2008. */
#define _DEFAULT_SOURCE /* NOLINT: that is its name */

#include "sim/explore/snapshot.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks follow each other without a gap, each behind a head of its own; free
 * neighbours are one block, and what is free at the end is not in use at all: so the
 * part that is copied stays small, whatever was taken and given back before. Free blocks
 * lie in lists by size, with a bit for each list that has one (as in TLSF, Masmano and
 * others 2004). */
#define GRAIN ((size_t)16)
#define EXACT_COUNT 32 /* lists of up to 512 bytes, a grain apart; then two to a doubling */
#define LIST_COUNT 80
#define OPEN_STEP ((size_t)1 << 20)

/* In front of each block. Offsets and sizes are in bytes, and include the head. */
struct block_head {
    uint32_t size;   /* its lowest bit: in use */
    uint32_t before; /* the size of the block before this one; 0: it is the first */
};

/* In a free block, behind its head. 0: none. */
struct block_links {
    uint32_t next;
    uint32_t previous;
};

/* At the region's beginning, and so saved with it. */
struct region_head {
    uint32_t end; /* of the last block: the head of none lies here */
    uint32_t free_at[LIST_COUNT];
    uint64_t has_free[(LIST_COUNT + 63) / 64];
};

/* What blocks hold is aligned to a grain: heads lie half a grain before. */
#define FIRST_AT                                                                                   \
    ((sizeof(struct region_head) + GRAIN - 1) / GRAIN * GRAIN + sizeof(struct block_head))

static struct region_head *head_of(const struct sim_region *region)
{
    return (struct region_head *)(void *)region->base;
}

static struct block_head *block_at(const struct sim_region *region, uint32_t at)
{
    return (struct block_head *)(void *)(region->base + at);
}

static struct block_links *links_at(const struct sim_region *region, uint32_t at)
{
    return (struct block_links *)(void *)(region->base + at + sizeof(struct block_head));
}

static uint32_t offset_of(const struct sim_region *region, const void *memory)
{
    size_t at = (size_t)((const unsigned char *)memory - region->base);
    return (uint32_t)(at - sizeof(struct block_head));
}

static bool is_used(const struct block_head *block)
{
    return (block->size & 1) != 0;
}

/* The list of blocks of @size. */
static unsigned list_of(uint32_t size)
{
    uint32_t grains = size / (uint32_t)GRAIN;
    if (grains <= EXACT_COUNT) {
        return grains - 1;
    }
    unsigned top = 31U - (unsigned)__builtin_clz(grains); /* 5 and more */
    return EXACT_COUNT + 2 * (top - 5) + (grains >> (top - 1) & 1);
}

static void link_block(const struct sim_region *region, uint32_t at)
{
    struct region_head *head = head_of(region);
    unsigned list = list_of(block_at(region, at)->size);
    uint32_t next = head->free_at[list];
    *links_at(region, at) = (struct block_links){ .next = next };
    if (next != 0) {
        links_at(region, next)->previous = at;
    }
    head->free_at[list] = at;
    head->has_free[list / 64] |= UINT64_C(1) << list % 64;
}

static void unlink_block(const struct sim_region *region, uint32_t at)
{
    struct region_head *head = head_of(region);
    unsigned list = list_of(block_at(region, at)->size);
    struct block_links links = *links_at(region, at);
    if (links.next != 0) {
        links_at(region, links.next)->previous = links.previous;
    }
    if (links.previous != 0) {
        links_at(region, links.previous)->next = links.next;
        return;
    }
    head->free_at[list] = links.next;
    if (links.next == 0) {
        head->has_free[list / 64] &= ~(UINT64_C(1) << list % 64);
    }
}

/* A free block of @size or more; 0: there is none. In its own list not all are of the
 * size, beyond it they are. */
static uint32_t find_free(const struct sim_region *region, uint32_t size)
{
    const struct region_head *head = head_of(region);
    unsigned list = list_of(size);
    for (uint32_t at = head->free_at[list]; at != 0; at = links_at(region, at)->next) {
        if (block_at(region, at)->size >= size) {
            return at;
        }
    }
    list++;
    for (unsigned word = list / 64; word < sizeof(head->has_free) / sizeof(head->has_free[0]);
         word++) {
        uint64_t bits = head->has_free[word];
        bits &= word == list / 64 ? ~UINT64_C(0) << list % 64 : ~UINT64_C(0);
        if (bits != 0) {
            return head->free_at[64 * word + (unsigned)__builtin_ctzll(bits)];
        }
    }
    return 0;
}

/* Make [at, at + size) a block in use; its neighbours hear of its size. */
static void set_used(const struct sim_region *region, uint32_t at, uint32_t size)
{
    block_at(region, at)->size = size | 1;
    block_at(region, at + size)->before = size;
}

/* Cut @size off the beginning of the free block at @at, which is in no list. */
static void split(const struct sim_region *region, uint32_t at, uint32_t size)
{
    uint32_t rest = block_at(region, at)->size - size;
    if (rest < 2 * GRAIN) {
        set_used(region, at, size + rest);
        return;
    }
    set_used(region, at, size);
    block_at(region, at + size)->size = rest;
    block_at(region, at + size + rest)->before = rest;
    link_block(region, at + size);
}

static _Noreturn void abort_without_memory(void)
{
    (void)fputs("drydock: the simulation is out of memory\n", stderr);
    abort();
}

/* Let the first @size bytes be used: the system gives what is asked for in steps, so that
 * what looks at all memory of a process (a search for leaks) has little to look at, and a
 * write far beyond what is in use is a fault. */
static void open_up(struct sim_region *region, size_t size)
{
    if (size <= region->open) {
        return;
    }
    size_t open = (size + OPEN_STEP - 1) / OPEN_STEP * OPEN_STEP;
    if (open > region->size) {
        open = region->size;
    }
    if (mprotect(region->base, open, PROT_READ | PROT_WRITE) != 0) {
        abort_without_memory();
    }
    region->open = open;
}

/* Is there room behind the last block? It can be used, then. */
static bool has_room(struct sim_region *region, size_t size)
{
    size_t end = head_of(region)->end + sizeof(struct block_head);
    if (size > region->size - end) {
        return false;
    }
    open_up(region, end + size);
    return true;
}

static size_t whole_size(size_t size)
{
    return (size + sizeof(struct block_head) + GRAIN - 1) / GRAIN * GRAIN;
}

static void *region_take(void *ctx, size_t asked)
{
    struct sim_region *region = ctx;
    struct region_head *head = head_of(region);
    if (asked > region->size) {
        return NULL;
    }
    uint32_t size = (uint32_t)whole_size(asked);
    uint32_t at = find_free(region, size);
    if (at != 0) {
        unlink_block(region, at);
        split(region, at, size);
    } else if (has_room(region, size)) {
        at = head->end;
        head->end += size;
        set_used(region, at, size);
    } else {
        return NULL;
    }
    return region->base + at + sizeof(struct block_head);
}

static void region_give(void *ctx, void *memory)
{
    const struct sim_region *region = ctx;
    struct region_head *head = head_of(region);
    uint32_t at = offset_of(region, memory);
    struct block_head *block = block_at(region, at);
    assert(is_used(block));
    uint32_t size = block->size - 1;
    uint32_t before = block->before;
    if (before != 0 && !is_used(block_at(region, at - before))) {
        at -= before;
        size += before;
        unlink_block(region, at);
    }
    if (at + size < head->end && !is_used(block_at(region, at + size))) {
        uint32_t behind = at + size;
        size += block_at(region, behind)->size;
        unlink_block(region, behind);
    }
    if (at + size == head->end) {
        head->end = at;
        return;
    }
    block_at(region, at)->size = size;
    block_at(region, at + size)->before = size;
    link_block(region, at);
}

static void *region_grow(void *ctx, void *memory, size_t asked)
{
    struct sim_region *region = ctx;
    struct region_head *head = head_of(region);
    uint32_t at = offset_of(region, memory);
    uint32_t had = block_at(region, at)->size - 1;
    size_t size = whole_size(asked);
    if (asked <= region->size && size <= had) {
        return memory;
    }
    if (at + had == head->end && asked <= region->size && has_room(region, size - had)) {
        head->end = at + (uint32_t)size;
        set_used(region, at, (uint32_t)size);
        return memory;
    }
    void *grown = region_take(ctx, asked);
    if (grown != NULL) {
        memcpy(grown, memory, had - sizeof(struct block_head));
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
    void *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        abort_without_memory();
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
    open_up(region, FIRST_AT + sizeof(struct block_head));
    head_of(region)->end = FIRST_AT;
}

void sim_region_close(struct sim_region *region)
{
    (void)munmap(region->base, region->size);
    region->base = NULL;
}

size_t sim_region_used(const struct sim_region *region)
{
    return head_of(region)->end + sizeof(struct block_head);
}

void sim_region_save(const struct sim_region *region, void *out)
{
    memcpy(out, region->base, sim_region_used(region));
}

void sim_region_restore(struct sim_region *region, const void *saved, size_t used)
{
    open_up(region, used);
    memcpy(region->base, saved, used);
}
