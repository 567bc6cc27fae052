/**
 * The coordinator's memory, simulated: malloc that counts, that fails when it is
 * told to, that checks each size given back, and that fills blocks, so that
 * nothing can depend on what memory happened to hold.
 */
#ifndef FAKE_ALLOCATOR_H
#define FAKE_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/env.h"

struct fake_allocator {
    /* Read by whoever likes. */
    size_t live_bytes; /* as asked for, without headers */
    size_t live_count;
    size_t peak_bytes;
    uint64_t asked_count; /* allocations asked for, those refused among them */
    uint64_t refused_count;

    unsigned char fresh_fill; /* what a new block holds: 0xAA unless set */
    unsigned char freed_fill; /* what a block is left with: 0xDD unless set */

    uint64_t refuse_at; /* in terms of asked_count; 0: never */
    bool refuse_onwards;
};

void fake_allocator_init(struct fake_allocator *allocator);

/** The interface to give to a coordinator; @allocator must outlive it. */
struct dd_allocator fake_allocator_interface(struct fake_allocator *allocator);

/** Refuse the @nth allocation from now on (1: the next; 0: none), once, or, if
 * @onwards, that and all after it. Replaces what was said before. */
void fake_allocator_refuse(struct fake_allocator *allocator, uint64_t nth, bool onwards);

#endif
