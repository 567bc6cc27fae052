/*
 * What a coordinator costs, in a yard that costs as little as can be.
 *
 *   bench pullrelease N K   N times: pull one of K images, be told, release it
 *   bench leases N K        N leases more on K held images, then all given back
 *   bench pending N         N images with one tag and one digest, then all let go
 *   bench longest N         the longest single operation while N leases are added
 *
 * One line each, "name value" pairs; times in nanoseconds, memory in bytes.
 * Callers are named by 36 characters, made before the clock starts.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/yard.h"

#define NAME_SIZE 64
#define ARENA_BYTES ((size_t)1 << 20)
#define LEASE_BYTES 80
#define IMAGE_BYTES 600 /* with all that it needs */

struct names {
    size_t count;
    char (*at)[NAME_SIZE];
};

static void stop(const char *why)
{
    (void)fprintf(stderr, "bench: %s\n", why);
    exit(2);
}

static uint64_t clock_ns(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * DD_SECOND_NS + (uint64_t)at.tv_nsec;
}

static struct names names_make(size_t count, const char *format)
{
    struct names names = { .count = count, .at = calloc(count, NAME_SIZE) };

    if (names.at == NULL) {
        stop("no memory");
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names.at[i], NAME_SIZE, format, i, i);
    }
    return names;
}

static struct names callers_make(size_t count)
{
    return names_make(count, "%08zx-6f2a-4c1e-9d3b-%012zx");
}

static struct names references_make(size_t count)
{
    return names_make(count, YARD_REPOSITORY "%zu:v1");
}

static void pull(struct yard *yard, const char *reference, const char *caller)
{
    struct dd_operation operation;

    if (dd_pull(yard->coord,
                &(struct dd_pull){
                    .reference = reference, .caller = caller, .done = yard_told, .arg = yard },
                &operation) != DD_OK) {
        stop("a pull was refused");
    }
    yard_run(yard);
}

static void retain(struct yard *yard, const char *image, const char *caller)
{
    struct dd_operation operation;

    if (dd_retain(
            yard->coord,
            &(struct dd_retain){ .image = image, .caller = caller, .done = yard_told, .arg = yard },
            &operation) != DD_OK) {
        stop("a retain was refused");
    }
    yard_run(yard);
}

static void release(struct yard *yard, const char *image, const char *caller)
{
    if (dd_release_image(yard->coord, image, caller) != DD_OK) {
        stop("a release was refused");
    }
}

static void bench_pull_release(size_t count, size_t image_count)
{
    struct names callers = callers_make(count);
    struct names references = references_make(image_count);
    struct yard yard;
    struct dd_config config;
    uint64_t began_ns;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + image_count * IMAGE_BYTES);
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        pull(&yard, references.at[i % image_count], callers.at[i]);
        yard.lease.caller = callers.at[i];
        if (dd_release(yard.coord, yard.lease) != DD_OK) {
            stop("a release was refused");
        }
    }
    (void)printf("pullrelease_ns %.1f\n", (double)(clock_ns() - began_ns) / (double)count);
    yard_close(&yard);
    free(callers.at);
    free(references.at);
}

/* Pull each of the images once, for a caller of its own; their IDs. */
static struct names hold(struct yard *yard, const struct names *references)
{
    struct names images = { .count = references->count, .at = NULL };

    images.at = calloc(references->count, 2 * NAME_SIZE);
    if (images.at == NULL) {
        stop("no memory");
    }
    for (size_t i = 0; i < references->count; i++) {
        pull(yard, references->at[i], "the-first");
        memcpy((char *)images.at + i * 2 * NAME_SIZE, yard->image, sizeof yard->image);
    }
    return images;
}

static const char *image_at(const struct names *images, size_t i)
{
    return (const char *)images->at + i * 2 * NAME_SIZE;
}

static void bench_leases(size_t count, size_t image_count)
{
    struct names callers = callers_make(count);
    struct names references = references_make(image_count);
    struct yard yard;
    struct dd_config config;
    struct names images;
    uint64_t began_ns;
    size_t before;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * LEASE_BYTES + image_count * IMAGE_BYTES);
    images = hold(&yard, &references);
    before = yard.allocator.live_bytes;
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        retain(&yard, image_at(&images, i % image_count), callers.at[i]);
    }
    (void)printf("lease_ns %.1f lease_bytes %.1f\n",
                 (double)(clock_ns() - began_ns) / (double)count,
                 (double)(yard.allocator.live_bytes - before) / (double)count);
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        release(&yard, image_at(&images, i % image_count), callers.at[i]);
    }
    (void)printf("release_ns %.1f\n", (double)(clock_ns() - began_ns) / (double)count);
    yard_close(&yard);
    free(images.at);
    free(callers.at);
    free(references.at);
}

static void bench_pending(size_t count)
{
    struct names references = references_make(count);
    struct yard yard;
    struct dd_config config;
    struct names images;
    size_t empty;
    size_t held;
    size_t holder = sizeof "the-first";

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * IMAGE_BYTES);
    empty = yard.allocator.live_bytes;
    images = hold(&yard, &references);
    held = yard.allocator.live_bytes;
    for (size_t i = 0; i < count; i++) {
        release(&yard, image_at(&images, i), "the-first");
    }
    (void)printf("record_bytes %.1f held_bytes %.1f holder %zu\n",
                 (double)(yard.allocator.live_bytes - empty) / (double)count,
                 (double)(held - empty) / (double)count, holder);
    yard_close(&yard);
    free(images.at);
    free(references.at);
}

static void bench_longest(size_t count)
{
    struct names callers = callers_make(count);
    struct names references = references_make(1);
    struct yard yard;
    struct dd_config config;
    struct names images;
    uint64_t longest_ns = 0;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * LEASE_BYTES);
    images = hold(&yard, &references);
    for (size_t i = 0; i < count; i++) {
        uint64_t began_ns = clock_ns();
        uint64_t took_ns;

        retain(&yard, image_at(&images, 0), callers.at[i]);
        took_ns = clock_ns() - began_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    (void)printf("longest_ns %llu\n", (unsigned long long)longest_ns);
    yard_close(&yard);
    free(images.at);
    free(callers.at);
    free(references.at);
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 0;
    size_t image_count = argc > 3 ? (size_t)strtoull(argv[3], NULL, 10) : 1;

    if (count == 0 || image_count == 0) {
        stop("usage: bench pullrelease|leases|pending|longest N [K]");
    }
    if (strcmp(argv[1], "pullrelease") == 0) {
        bench_pull_release(count, image_count);
    } else if (strcmp(argv[1], "leases") == 0) {
        bench_leases(count, image_count);
    } else if (strcmp(argv[1], "pending") == 0) {
        bench_pending(count);
    } else if (strcmp(argv[1], "longest") == 0) {
        bench_longest(count);
    } else {
        stop("no such bench");
    }
    return 0;
}
