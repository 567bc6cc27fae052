#include "bench/yard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_BYTES ((size_t)1 << 20)
#define LINE_BYTES 64 /* of the processor's caches */

static void stop(const char *why)
{
    (void)fprintf(stderr, "bench: %s\n", why);
    exit(2);
}

/* --- memory: free lists by size, never given back; big blocks once; blocks of whole
 * cache lines begin at one, as in any allocator by size -------------------------- */

static void slab_take(struct yard_allocator *allocator, size_t bytes)
{
    bytes = (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    allocator->at = aligned_alloc(LINE_BYTES, bytes);
    if (allocator->at == NULL) {
        stop("no memory");
    }
    allocator->left = bytes;
}

static void *yard_alloc(void *ctx, size_t size)
{
    struct yard_allocator *allocator = ctx;
    size_t class = (size + 7) / 8;
    size_t bytes = class * 8;

    allocator->live_bytes += bytes;
    if (class < YARD_CLASS_COUNT && allocator->free[class] != NULL) {
        struct yard_block *block = allocator->free[class];
        allocator->free[class] = block->next;
        return block;
    }
    if (bytes % LINE_BYTES == 0) {
        size_t past = (size_t)((uintptr_t)allocator->at % LINE_BYTES);
        size_t skipped = past == 0 ? 0 : LINE_BYTES - past;

        skipped = skipped < allocator->left ? skipped : allocator->left;
        allocator->at += skipped;
        allocator->left -= skipped;
    }
    if (allocator->left < bytes) {
        slab_take(allocator, bytes > SLAB_BYTES ? bytes : SLAB_BYTES);
    }
    allocator->at += bytes;
    allocator->left -= bytes;
    return allocator->at - bytes;
}

static void yard_free(void *ctx, void *block, size_t size)
{
    struct yard_allocator *allocator = ctx;
    size_t class = (size + 7) / 8;
    struct yard_block *freed = block;

    allocator->live_bytes -= class * 8;
    if (class < YARD_CLASS_COUNT) {
        freed->next = allocator->free[class];
        allocator->free[class] = freed;
    }
}

static const struct dd_allocator_ops allocator_ops = { .alloc = yard_alloc, .free = yard_free };

/* --- time and order ------------------------------------------------------- */

static void yard_post(void *ctx, struct dd_task *task)
{
    struct yard *yard = ctx;

    task->next = NULL;
    *yard->last = task;
    yard->last = &task->next;
}

static const struct dd_executor_ops executor_ops = { .post = yard_post };

void yard_run(struct yard *yard)
{
    while (yard->first != NULL) {
        struct dd_task *task = yard->first;

        yard->first = task->next;
        if (yard->first == NULL) {
            yard->last = &yard->first;
        }
        task->run(task);
    }
}

static uint64_t yard_now(void *ctx)
{
    (void)ctx;
    return 0;
}

/* Time stands still: no alarm ever goes off. */
static void yard_arm(void *ctx, struct dd_task *task, uint64_t due_ns)
{
    (void)ctx;
    (void)task;
    (void)due_ns;
}

static void yard_cancel_alarm(void *ctx, struct dd_task *task)
{
    (void)ctx;
    (void)task;
}

static const struct dd_clock_ops clock_ops = { .now = yard_now,
                                               .arm = yard_arm,
                                               .cancel = yard_cancel_alarm };

static uint64_t yard_entropy(void *ctx)
{
    struct yard *yard = ctx;

    yard->entropy = yard->entropy * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return yard->entropy;
}

static const struct dd_entropy_ops entropy_ops = { .next = yard_entropy };

static enum dd_status yard_take(void *ctx, const char *engine, char *holder, size_t size)
{
    (void)ctx;
    (void)engine;
    (void)holder;
    (void)size;
    return DD_OK;
}

static void yard_let_go(void *ctx, const char *engine)
{
    (void)ctx;
    (void)engine;
}

static const struct dd_host_lock_ops lock_ops = { .take = yard_take, .let_go = yard_let_go };

/* --- the engine: what it says of each image is prepared, and it is told beforehand of
 * which image it will be asked, so that an answer costs next to nothing ----------- */

#define DIGIT_COUNT 16 /* of the number, in IDs and digests */

static const char *const zeros = "sha256:"
                                 "0000000000000000000000000000000000000000000000000000000000000000";
static const char *const ones = "sha256:"
                                "1111111111111111111111111111111111111111111111111111111111111111";

/* @fill with @number in it, in hexadecimal. */
static void spell(char out[DD_IMAGE_ID_MAX + 1], const char *fill, size_t number)
{
    char *at = out + 7 + DIGIT_COUNT;

    memcpy(out, fill, DD_IMAGE_ID_MAX + 1);
    for (; number > 0; number >>= 4) {
        *--at = "0123456789abcdef"[number & 15];
    }
}

static void image_make(struct yard_image *image, size_t number)
{
    char digest[DD_IMAGE_ID_MAX + 1];

    spell(image->id, zeros, number);
    spell(digest, ones, number);
    (void)snprintf(image->reference, sizeof image->reference, "reg.example.com/app%zu:v1", number);
    (void)snprintf(image->digest, sizeof image->digest, "reg.example.com/app%zu@%s", number,
                   digest);
    (void)snprintf(image->digest_line, sizeof image->digest_line, "Digest: %s", digest);
    image->tags[0] = image->reference;
    image->digests[0] = image->digest;
    image->inspected = (struct dd_answer){ .http_status = 200,
                                           .instance = 1,
                                           .id = image->id,
                                           .tags = { .at = image->tags, .count = 1 },
                                           .digests = { .at = image->digests, .count = 1 } };
}

struct yard_image *yard_images_make(size_t count)
{
    struct yard_image *images = calloc(count, sizeof *images);

    if (images == NULL) {
        stop("no memory");
    }
    for (size_t i = 0; i < count; i++) {
        image_make(&images[i], i);
    }
    return images;
}

static struct yard *yard_of(struct dd_task *task)
{
    return (struct yard *)(void *)((char *)task - offsetof(struct yard, answering));
}

static struct dd_call *call_end(struct yard *yard)
{
    struct dd_call *call = yard->call;

    yard->call = NULL;
    return call;
}

static void answer_identify(struct dd_task *task)
{
    static const struct dd_answer identified = {
        .http_status = 200, .instance = 1, .id = "engine", .closing_lines = true
    };
    struct dd_call *call = call_end(yard_of(task));

    call->done(call, &identified);
}

static void answer_pull(struct dd_task *task)
{
    static const struct dd_line closing = { .status = "Status: Downloaded newer image for it" };
    static const struct dd_answer pulled = { .http_status = 200, .instance = 1 };
    struct yard *yard = yard_of(task);
    struct dd_call *call = call_end(yard);

    call->line(call, &(struct dd_line){ .status = yard->asked->digest_line });
    call->line(call, &closing);
    call->done(call, &pulled);
}

static void answer_inspect(struct dd_task *task)
{
    struct yard *yard = yard_of(task);
    struct dd_call *call = call_end(yard);

    call->done(call, &yard->asked->inspected);
}

/* One call at a time is all that the coordinator has in flight here. */
static enum dd_status start(struct yard *yard, struct dd_call *call,
                            void (*run)(struct dd_task *task))
{
    if (yard->call != NULL) {
        stop("two calls at once");
    }
    yard->call = call;
    yard->answering.run = run;
    yard_post(yard, &yard->answering);
    return DD_OK;
}

static enum dd_status start_identify(void *ctx, struct dd_call *call)
{
    return start(ctx, call, answer_identify);
}

static enum dd_status start_pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    (void)spec;
    return start(ctx, call, answer_pull);
}

static enum dd_status start_inspect(void *ctx, struct dd_call *call, const char *name)
{
    (void)name;
    return start(ctx, call, answer_inspect);
}

/* No removal's time ever comes. */
static enum dd_status start_remove(void *ctx, struct dd_call *call, const char *name)
{
    (void)ctx;
    (void)call;
    (void)name;
    stop("a DELETE");
    return DD_EINVAL;
}

static enum dd_status start_list(void *ctx, struct dd_call *call)
{
    (void)ctx;
    (void)call;
    return DD_EINVAL;
}

static void cancel(void *ctx, struct dd_call *call)
{
    (void)ctx;
    (void)call;
}

static const struct dd_docker_ops docker_ops = { .identify = start_identify,
                                                 .pull = start_pull,
                                                 .inspect = start_inspect,
                                                 .remove = start_remove,
                                                 .list = start_list,
                                                 .cancel = cancel };

/* --- the agent -------------------------------------------------------------- */

void yard_told(void *arg, const struct dd_result *result)
{
    struct yard *yard = arg;

    if (result->status != DD_OK) {
        stop(result->text);
    }
    yard->lease_number = result->lease.number;
}

void yard_retained(void *arg, const struct dd_result *result)
{
    (void)arg;
    if (result->status != DD_OK) {
        stop(result->text);
    }
}

static void opened(void *arg, enum dd_status status, const char *text)
{
    (void)arg;
    if (status != DD_OK) {
        stop(text);
    }
}

void yard_open(struct yard *yard, const struct dd_config *config, size_t arena_bytes)
{
    struct dd_env env = {
        .clock = { &clock_ops, yard },
        .executor = { &executor_ops, yard },
        .docker = { &docker_ops, yard },
        .host_lock = { &lock_ops, yard },
        .entropy = { &entropy_ops, yard },
        .allocator = { &allocator_ops, &yard->allocator },
    };

    *yard = (struct yard){ .entropy = 1 };
    yard->last = &yard->first;
    slab_take(&yard->allocator, arena_bytes);
    memset(yard->allocator.at, 0xaa, yard->allocator.left);
    if (dd_open(config, &env, opened, yard, &yard->coord) != DD_OK) {
        stop("cannot open");
    }
    yard_run(yard);
}

static void closed(void *arg)
{
    dd_destroy(((struct yard *)arg)->coord);
}

void yard_close(struct yard *yard)
{
    struct dd_close close = { .deadline_ns = DD_SECOND_NS, .closed = closed, .arg = yard };

    if (dd_close(yard->coord, &close) != DD_OK) {
        stop("cannot close");
    }
    yard_run(yard);
    if (yard->allocator.live_bytes != 0) {
        stop("the coordinator kept memory");
    }
}
