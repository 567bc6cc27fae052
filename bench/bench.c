/*
 * What a coordinator costs, in a yard that costs as little as can be.
 *
 *   bench pullrelease N K   N times: pull one of K images, be told, release it
 *   bench leases N K        N leases more on K held images, then all given back
 *   bench records N         N images with one tag and one digest, and what waiting for
 *                           their removal adds to them
 *   bench longest N         the longest single operation while N leases are added
 *   bench at-leases N M     M leases more (`count_me`), when there are N
 *   bench at-images N M     M pulls and releases (`count_me`) among N images
 *
 * One line each, "name value" pairs; times in nanoseconds, memory in bytes. The last
 * two print nothing: they are for callgrind, which counts what `count_me` does.
 * Callers are named by 36 characters, made before the clock starts.
 */
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

static uint64_t clock_read(clockid_t clock)
{
    struct timespec at;

    (void)clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * DD_SECOND_NS + (uint64_t)at.tv_nsec;
}

static uint64_t clock_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

/* This thread's own time, without what the machine does for others meanwhile. */
static uint64_t own_ns(void)
{
    return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

static struct names names_make(size_t count)
{
    struct names names = { .count = count, .at = calloc(count, NAME_SIZE) };

    if (names.at == NULL) {
        stop("no memory");
    }
    return names;
}

/* "00000001-6f2a-4c1e-9d3b-000000000001" */
static struct names callers_make(size_t count)
{
    struct names names = names_make(count);

    for (size_t i = 0; i < count; i++) {
        memcpy(names.at[i], "00000000-6f2a-4c1e-9d3b-000000000000", 37);
        for (size_t rest = i, at = 0; rest > 0; rest >>= 4, at++) {
            names.at[i][7 - at] = "0123456789abcdef"[rest & 15];
            names.at[i][35 - at] = "0123456789abcdef"[rest & 15];
        }
    }
    return names;
}

static void pull(struct yard *yard, const struct yard_image *image, const char *caller)
{
    struct dd_operation operation;

    yard->asked = image;
    if (dd_pull(
            yard->coord,
            &(struct dd_pull){
                .reference = image->reference, .caller = caller, .done = yard_told, .arg = yard },
            &operation) != DD_OK) {
        stop("a pull was refused");
    }
    yard_run(yard);
}

static void retain(struct yard *yard, const struct yard_image *image, const char *caller)
{
    struct dd_operation operation;

    if (dd_retain(
            yard->coord,
            &(struct dd_retain){ .image = image->id, .caller = caller, .done = yard_retained },
            &operation) != DD_OK) {
        stop("a retain was refused");
    }
    yard_run(yard);
}

static void release(struct yard *yard, const struct yard_image *image, const char *caller)
{
    if (dd_release_image(yard->coord, image->id, caller) != DD_OK) {
        stop("a release was refused");
    }
}

static void bench_pull_release(size_t count, size_t image_count)
{
    struct names callers = callers_make(count);
    struct yard_image *images = yard_images_make(image_count);
    struct yard yard;
    struct dd_config config;
    uint64_t began_ns;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + image_count * IMAGE_BYTES);
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        const struct yard_image *image = &images[i % image_count];

        pull(&yard, image, callers.at[i]);
        if (dd_release(yard.coord, (struct dd_lease){ .image = image->id,
                                                      .caller = callers.at[i],
                                                      .number = yard.lease_number }) != DD_OK) {
            stop("a release was refused");
        }
    }
    (void)printf("pullrelease_ns %.1f\n", (double)(clock_ns() - began_ns) / (double)count);
    yard_close(&yard);
    free(callers.at);
    free(images);
}

/* Pull each of the images once, for a caller of its own. */
static void hold(struct yard *yard, const struct yard_image *images, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pull(yard, &images[i], "the-first");
    }
}

static void bench_leases(size_t count, size_t image_count)
{
    struct names callers = callers_make(count);
    struct yard_image *images = yard_images_make(image_count);
    struct yard yard;
    struct dd_config config;
    uint64_t began_ns;
    size_t before;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * LEASE_BYTES + image_count * IMAGE_BYTES);
    hold(&yard, images, image_count);
    before = yard.allocator.live_bytes;
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        retain(&yard, &images[i % image_count], callers.at[i]);
    }
    (void)printf("lease_ns %.1f lease_bytes %.1f\n",
                 (double)(clock_ns() - began_ns) / (double)count,
                 (double)(yard.allocator.live_bytes - before) / (double)count);
    began_ns = clock_ns();
    for (size_t i = 0; i < count; i++) {
        release(&yard, &images[i % image_count], callers.at[i]);
    }
    (void)printf("release_ns %.1f\n", (double)(clock_ns() - began_ns) / (double)count);
    yard_close(&yard);
    free(callers.at);
    free(images);
}

/* The bytes that each of the images needs when nobody uses it: each is pulled and
 * released before the next, so that no lease is among them. */
static double record_bytes(const struct yard_image *images, size_t count)
{
    struct yard yard;
    struct dd_config config;
    size_t empty;
    double bytes;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * IMAGE_BYTES);
    empty = yard.allocator.live_bytes;
    for (size_t i = 0; i < count; i++) {
        pull(&yard, &images[i], "the-first");
        release(&yard, &images[i], "the-first");
    }
    bytes = (double)(yard.allocator.live_bytes - empty) / (double)count;
    yard_close(&yard);
    return bytes;
}

/* The bytes that all of the images need more when @caller lets go of them. */
static double bytes_more(struct yard *yard, const struct yard_image *images, size_t count,
                         const char *caller)
{
    size_t before = yard->allocator.live_bytes;

    for (size_t i = 0; i < count; i++) {
        release(yard, &images[i], caller);
    }
    return (double)yard->allocator.live_bytes - (double)before;
}

/* Two leases on each image: giving back the first gives back a lease; giving back the
 * last does, too, and adds what waiting for removal needs. */
static void bench_records(size_t count, size_t unused)
{
    struct yard_image *images = yard_images_make(count);
    struct yard yard;
    struct dd_config config;
    double one;
    double last;

    (void)unused;
    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * IMAGE_BYTES);
    hold(&yard, images, count);
    for (size_t i = 0; i < count; i++) {
        retain(&yard, &images[i], "the-other");
    }
    one = bytes_more(&yard, images, count, "the-first");
    last = bytes_more(&yard, images, count, "the-other");
    yard_close(&yard);
    (void)printf("record_bytes %.1f pending_more_bytes %.1f\n", record_bytes(images, count),
                 (last - one) / (double)count);
    free(images);
}

static void bench_longest(size_t count, size_t unused)
{
    struct names callers = callers_make(count);
    struct yard_image *images = yard_images_make(1);
    struct yard yard;
    struct dd_config config;
    uint64_t longest_ns = 0;

    (void)unused;
    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES + count * LEASE_BYTES);
    hold(&yard, images, 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t began_ns = own_ns();
        uint64_t took_ns;

        retain(&yard, &images[0], callers.at[i]);
        took_ns = own_ns() - began_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    (void)printf("longest_ns %llu\n", (unsigned long long)longest_ns);
    yard_close(&yard);
    free(callers.at);
    free(images);
}

/* What callgrind counts; by itself, so that it can be told by its name. */
struct counted {
    struct yard *yard;
    const struct yard_image *images;
    size_t image_count; /* pulled and released; 0: the first is retained */
    char (*callers)[NAME_SIZE];
    size_t count;
};

static void count_me(const struct counted *counted)
{
    for (size_t i = 0; i < counted->count; i++) {
        if (counted->image_count == 0) {
            retain(counted->yard, &counted->images[0], counted->callers[i]);
        } else {
            const struct yard_image *image = &counted->images[i % counted->image_count];

            pull(counted->yard, image, counted->callers[i]);
            release(counted->yard, image, counted->callers[i]);
        }
    }
}

/* Not called directly, for then it might be inlined. */
static void (*volatile count_fn)(const struct counted *) = count_me;

static void bench_at_leases(size_t size, size_t count)
{
    struct names callers = callers_make(size + count);
    struct yard_image *images = yard_images_make(1);
    struct yard yard;
    struct dd_config config;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES);
    hold(&yard, images, 1);
    for (size_t i = 0; i < size; i++) {
        retain(&yard, &images[0], callers.at[i]);
    }
    count_fn(&(struct counted){
        .yard = &yard, .images = images, .callers = callers.at + size, .count = count });
    yard_close(&yard);
    free(callers.at);
    free(images);
}

static void bench_at_images(size_t size, size_t count)
{
    struct names callers = callers_make(count);
    struct yard_image *images = yard_images_make(size);
    struct yard yard;
    struct dd_config config;

    dd_config_init(&config);
    yard_open(&yard, &config, ARENA_BYTES);
    for (size_t i = 0; i < size; i++) {
        pull(&yard, &images[i], "the-first");
        release(&yard, &images[i], "the-first");
    }
    count_fn(&(struct counted){ .yard = &yard,
                                .images = images,
                                .image_count = size,
                                .callers = callers.at,
                                .count = count });
    yard_close(&yard);
    free(callers.at);
    free(images);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        void (*run)(size_t first, size_t second);
    } modes[] = {
        { "pullrelease", bench_pull_release }, { "leases", bench_leases },
        { "records", bench_records },          { "longest", bench_longest },
        { "at-leases", bench_at_leases },      { "at-images", bench_at_images },
    };
    size_t first = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 0;
    size_t second = argc > 3 ? (size_t)strtoull(argv[3], NULL, 10) : 1;

    for (size_t i = 0; first > 0 && second > 0 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].word) == 0) {
            modes[i].run(first, second);
            return 0;
        }
    }
    stop("usage: bench pullrelease|leases|records|longest|at-leases|at-images N [K]");
    return 2;
}
