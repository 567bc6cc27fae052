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

/** What the engine has: YARD_REPOSITORY "<number>:v1". */
#define YARD_REPOSITORY "reg.example.com/app"

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

struct yard_call {
    struct dd_task task;
    struct dd_call *call;
    int kind;
    struct yard_call *next_free;
    char name[DD_REFERENCE_MAX + 1];
};

struct yard {
    struct yard_allocator allocator;
    struct dd_task *first;
    struct dd_task **last;
    struct dd_task *alarm;
    uint64_t alarm_ns;
    uint64_t now_ns;
    uint64_t entropy;
    struct yard_call *free_calls;
    struct dd_answer pulled;
    struct dd_answer inspected;
    struct dd_coord *coord;
    uint64_t told_count;
    enum dd_status told;
    struct dd_lease lease; /* of the last telling */
    char image[DD_IMAGE_ID_MAX + 1];
};

/** Open a coordinator in a fresh yard; aborts if it cannot. Its first @arena_bytes
 * of memory are touched beforehand, so that the kernel's part in them is not
 * measured. */
void yard_open(struct yard *yard, const struct dd_config *config, size_t arena_bytes);
/** Close it, leaving what is there. */
void yard_close(struct yard *yard);

/** Run all that is posted. */
void yard_run(struct yard *yard);
/** Let time pass to the alarm, and run. */
void yard_pass_to_alarm(struct yard *yard);

/** Counts the telling, and keeps its lease. */
void yard_told(void *arg, const struct dd_result *result);
/** For one who knows the image, and asks for no lease number: only looks whether it was
 * granted. */
void yard_retained(void *arg, const struct dd_result *result);

#endif
