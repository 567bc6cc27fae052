/**
 * The yard: a world around a coordinator that costs as little as can be, so that
 * what is measured is the coordinator. The engine answers every call at once, by
 * a post; the clock is a number; memory comes from free lists by size.
 */
#ifndef BENCH_YARD_H
#define BENCH_YARD_H

#include <stddef.h>
#include <stdint.h>

#include "drydock/drydock.h"

#define YARD_CLASS_COUNT 512 /* of 8 bytes each: blocks below 4 KiB */

struct yard_block {
    struct yard_block *next;
};

struct yard_allocator {
    struct yard_block *free[YARD_CLASS_COUNT];
    char *at;
    size_t left;
    size_t live_bytes;
};

/** An image that the engine has, "reg.example.com/app<n>:v1", with all that it says of
 * it; ID and digest are n in hexadecimal, filled up to 64 digits. */
struct yard_image {
    char id[DD_IMAGE_ID_MAX + 1];
    char reference[48];
    char digest[48 + DD_IMAGE_ID_MAX];
    char digest_line[8 + DD_IMAGE_ID_MAX + 1];
    const char *tags[1];
    const char *digests[1];
    struct dd_answer inspected;
};

struct yard {
    struct yard_allocator allocator;
    struct dd_task *first;
    struct dd_task **last;
    uint64_t entropy;
    const struct yard_image *asked; /* the one of which the engine is asked now */
    struct dd_call *call;           /* in flight, or NULL */
    struct dd_task answering;
    struct dd_coord *coord;
    uint64_t lease_number; /* of the last telling */
};

/** Images number 0 to @count - 1; aborts without memory. Release with free(). */
struct yard_image *yard_images_make(size_t count);

/** Open a coordinator in a fresh yard; aborts if it cannot. Its first @arena_bytes
 * of memory are touched beforehand, so that the kernel's part in them is not
 * measured. */
void yard_open(struct yard *yard, const struct dd_config *config, size_t arena_bytes);
/** Close it, leaving what is there. */
void yard_close(struct yard *yard);

/** Run all that is posted. */
void yard_run(struct yard *yard);
/** Looks whether it was granted, and keeps the lease's number. */
void yard_told(void *arg, const struct dd_result *result);
/** For one who asks for no lease number: only looks whether it was granted. */
void yard_retained(void *arg, const struct dd_result *result);

#endif
