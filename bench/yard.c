#include "bench/yard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_BYTES ((size_t)1 << 20)
#define LINE_BYTES 64 /* of the processor's caches */

enum { IDENTIFY, PULL, INSPECT, REMOVE };

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
    return ((struct yard *)ctx)->now_ns;
}

static void yard_arm(void *ctx, struct dd_task *task, uint64_t due_ns)
{
    struct yard *yard = ctx;

    yard->alarm = task;
    yard->alarm_ns = due_ns;
}

static void yard_cancel_alarm(void *ctx, struct dd_task *task)
{
    (void)task;
    ((struct yard *)ctx)->alarm = NULL;
}

static const struct dd_clock_ops clock_ops = { .now = yard_now,
                                               .arm = yard_arm,
                                               .cancel = yard_cancel_alarm };

void yard_pass_to_alarm(struct yard *yard)
{
    struct dd_task *task = yard->alarm;

    if (task == NULL) {
        stop("no alarm is set");
    }
    yard->alarm = NULL;
    if (yard->now_ns < yard->alarm_ns) {
        yard->now_ns = yard->alarm_ns;
    }
    task->run(task);
    yard_run(yard);
}

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

/* --- the engine: image number n is "reg.example.com/app<n>:v1", its ID and its
 * digest are n in hexadecimal, filled up to 64 digits --------------------------- */

#define DIGIT_COUNT 16 /* of the number */

static const char *const zeros = "sha256:"
                                 "0000000000000000000000000000000000000000000000000000000000000000";
static const char *const ones = "sha256:"
                                "1111111111111111111111111111111111111111111111111111111111111111";

/* What every call's name begins with, but for those by ID. */
static size_t number_of(const char *name, const char **end)
{
    size_t number = 0;

    for (name += sizeof YARD_REPOSITORY - 1; *name >= '0' && *name <= '9'; name++) {
        number = 10 * number + (size_t)(*name - '0');
    }
    *end = name;
    return number;
}

static void spell(char out[DD_IMAGE_ID_MAX + 1], const char *fill, size_t number)
{
    char *at = out + 7 + DIGIT_COUNT;

    memcpy(out, fill, DD_IMAGE_ID_MAX + 1);
    for (; number > 0; number >>= 4) {
        *--at = "0123456789abcdef"[number & 15];
    }
}

/* Every answer is one of the yard's, filled in: clearing a new one for each would be
 * most of what the engine costs. */
static void answer_pull(struct yard *yard, const struct yard_call *call)
{
    char status[DD_IMAGE_ID_MAX + 16] = "Digest: ";
    const char *end;

    spell(status + 8, ones, number_of(call->name, &end));
    call->call->line(call->call, &(struct dd_line){ .status = status });
    call->call->line(call->call,
                     &(struct dd_line){ .status = "Status: Downloaded newer image for it" });
    call->call->done(call->call, &yard->pulled);
}

static void answer_inspect(struct yard *yard, const struct yard_call *call)
{
    char id[DD_IMAGE_ID_MAX + 1];
    char digest[DD_REFERENCE_MAX + 1];
    char tag[DD_REFERENCE_MAX + 1];
    const char *tags[1] = { tag };
    const char *digests[1] = { digest };
    const char *end;
    size_t length;
    size_t number;

    if (strncmp(call->name, "sha256:", 7) == 0) {
        call->call->done(
            call->call, &(struct dd_answer){ .http_status = 200, .instance = 1, .id = call->name });
        return;
    }
    number = number_of(call->name, &end);
    length = (size_t)(end - call->name);
    spell(id, zeros, number);
    memcpy(tag, call->name, length);
    memcpy(tag + length, ":v1", 4);
    memcpy(digest, call->name, length);
    digest[length] = '@';
    spell(digest + length + 1, ones, number);
    yard->inspected.id = id;
    yard->inspected.tags.at = tags;
    yard->inspected.digests.at = digests;
    call->call->done(call->call, &yard->inspected);
}

static void answer_remove(const struct yard_call *call)
{
    char id[DD_IMAGE_ID_MAX + 1];
    const char *untagged[1] = { call->name };
    const char *deleted[1] = { id };
    const char *end;

    spell(id, zeros, number_of(call->name, &end));
    call->call->done(call->call, &(struct dd_answer){ .http_status = 200,
                                                      .instance = 1,
                                                      .untagged = { .at = untagged, .count = 1 },
                                                      .deleted = { .at = deleted, .count = 1 } });
}

static void answer(struct dd_task *task)
{
    struct yard_call *call = (struct yard_call *)(void *)task;
    struct yard *yard = call->call->client;

    switch (call->kind) {
    case IDENTIFY:
        call->call->done(call->call, &(struct dd_answer){ .http_status = 200,
                                                          .instance = 1,
                                                          .id = "engine",
                                                          .closing_lines = true });
        break;
    case PULL:
        answer_pull(yard, call);
        break;
    case INSPECT:
        answer_inspect(yard, call);
        break;
    default:
        answer_remove(call);
        break;
    }
    call->next_free = yard->free_calls;
    yard->free_calls = call;
}

static enum dd_status start(struct yard *yard, struct dd_call *call, int kind, const char *name,
                            size_t length)
{
    struct yard_call *mine = yard->free_calls;

    if (mine != NULL) {
        yard->free_calls = mine->next_free;
    } else {
        mine = malloc(sizeof *mine);
        if (mine == NULL) {
            stop("no memory");
        }
    }
    mine->task.run = answer;
    mine->call = call;
    mine->kind = kind;
    memcpy(mine->name, name, length);
    mine->name[length] = '\0';
    call->client = yard;
    yard_post(yard, &mine->task);
    return DD_OK;
}

static enum dd_status start_identify(void *ctx, struct dd_call *call)
{
    return start(ctx, call, IDENTIFY, "", 0);
}

static enum dd_status start_pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    return start(ctx, call, PULL, spec->repository, strlen(spec->repository));
}

static enum dd_status start_inspect(void *ctx, struct dd_call *call, const char *name)
{
    return start(ctx, call, INSPECT, name, strlen(name));
}

static enum dd_status start_remove(void *ctx, struct dd_call *call, const char *name)
{
    return start(ctx, call, REMOVE, name, strlen(name));
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

    yard->told_count++;
    yard->told = result->status;
    if (result->status != DD_OK) {
        stop(result->text);
    }
    memcpy(yard->image, result->lease.image, sizeof yard->image); /* all are that long */
    yard->lease = (struct dd_lease){ .image = yard->image, .number = result->lease.number };
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

    *yard = (struct yard){ .entropy = 1,
                           .pulled = { .http_status = 200, .instance = 1 },
                           .inspected = { .http_status = 200,
                                          .instance = 1,
                                          .tags = { .count = 1 },
                                          .digests = { .count = 1 } } };
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
