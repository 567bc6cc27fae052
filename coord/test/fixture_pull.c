#include "coord/test/fixture_pull.h"

#include <stdio.h>
#include <string.h>

static struct fixture *open_with(void (*change)(struct dd_config *config))
{
    struct dd_config config = fixture_config();

    change(&config);
    return fixture_open(&config);
}

struct fixture *fixture_open_limited(unsigned parallel_pull_max)
{
    struct dd_config config = fixture_config();

    config.parallel_pull_max = parallel_pull_max;
    return fixture_open(&config);
}

static void adopt(struct dd_config *config)
{
    config->adopt = true;
}

struct fixture *fixture_open_adopting(void)
{
    return open_with(adopt);
}

/* By steps, for what was changed after the creation. */
static void open_created(struct fixture *f)
{
    const char *id = "engine-1";

    assert_int_equal(fixture_start_open(f), DD_OK);
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = id,
                                        .closing_lines = f->closing_lines });
    fixture_run(f);
    assert_int_equal(f->opened_count, 1);
    assert_int_equal(f->opened_status, DD_OK);
    fixture_forget(f);
}

struct fixture *fixture_open_podman(void)
{
    struct fixture *f = fixture_create(NULL);

    f->closing_lines = false;
    open_created(f);
    return f;
}

struct fixture_told *fixture_pull_running(struct fixture *f, const char *reference,
                                          const char *caller)
{
    struct fixture_told *told = fixture_pull(f, reference, caller);

    fixture_answer_inspect_404(f, reference);
    assert_true(fixture_has_call(f, FIXTURE_PULL, reference));
    return told;
}

static struct fixture_told *begun(struct fixture *f, const struct dd_pull *pull)
{
    struct fixture_told *told = fixture_pull_as(f, pull);

    assert_int_equal(told->begun, DD_OK);
    return told;
}

struct fixture_told *fixture_pull_policy(struct fixture *f, const char *reference,
                                         const char *caller, enum dd_policy policy)
{
    return begun(f,
                 &(struct dd_pull){ .reference = reference, .caller = caller, .policy = policy });
}

struct fixture_told *fixture_pull_with(struct fixture *f, const char *reference, const char *caller,
                                       const struct dd_credentials *credentials)
{
    return begun(f, &(struct dd_pull){
                        .reference = reference, .caller = caller, .credentials = credentials });
}

struct fixture_told *fixture_pull_within(struct fixture *f, const char *reference,
                                         const char *caller, uint64_t deadline_ns)
{
    return begun(f, &(struct dd_pull){
                        .reference = reference, .caller = caller, .deadline_ns = deadline_ns });
}

struct fixture_told *fixture_pull_for(struct fixture *f, const char *reference, const char *caller,
                                      const char *platform)
{
    return begun(
        f, &(struct dd_pull){ .reference = reference, .caller = caller, .platform = platform });
}

enum dd_status fixture_cancel(struct fixture *f, const struct fixture_told *told)
{
    return dd_cancel(f->coord, told->operation);
}

void fixture_leave(struct fixture *f, const struct fixture_told *told)
{
    assert_int_equal(fixture_cancel(f, told), DD_OK);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
}

void fixture_alarm(struct fixture *f)
{
    assert_true(fake_queue_step(&f->queue));
}

/* "redis:7" and 'A' are "redis:7 redis@a". */
static void names_of(char *out, const char *reference, const char *image)
{
    size_t length = strcspn(reference, ":");

    (void)snprintf(out, FIXTURE_NAME_MAX, "%s %.*s@%c", reference, (int)length, reference,
                   image[0] - 'A' + 'a');
}

void fixture_deleting(struct fixture *f, const char *reference, const char *image)
{
    char names[FIXTURE_NAME_MAX];

    names_of(names, reference, image);
    fixture_removing(f, reference, image);
    fixture_answer_inspect(f, image, image, names);
    fixture_answer_inspect(f, reference, image, names);
    assert_true(fixture_has_call(f, FIXTURE_REMOVE, reference));
    fixture_forget(f);
}

/* ---- The watch ----------------------------------------------------------------- */

static bool holds(const void *block, size_t size, const char *secret)
{
    size_t length = strlen(secret);

    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp((const char *)block + i, secret, length) == 0) {
            return true;
        }
    }
    return false;
}

static void *watch_alloc(void *ctx, size_t size)
{
    struct fixture_watch *watch = ctx;
    void *block = watch->inner.ops->alloc(watch->inner.ctx, size);

    if (block != NULL) {
        assert_true(watch->block_count < sizeof watch->blocks / sizeof watch->blocks[0]);
        watch->blocks[watch->block_count].at = block;
        watch->blocks[watch->block_count].size = size;
        watch->block_count++;
    }
    return block;
}

static void watch_free(void *ctx, void *block, size_t size)
{
    struct fixture_watch *watch = ctx;
    size_t i = 0;

    while (i < watch->block_count && watch->blocks[i].at != block) {
        i++;
    }
    assert_true(i < watch->block_count);
    watch->freed_with += holds(block, size, watch->secret);
    watch->blocks[i] = watch->blocks[--watch->block_count];
    watch->inner.ops->free(watch->inner.ctx, block, size);
}

static const struct dd_allocator_ops watch_allocator_ops = {
    .alloc = watch_alloc,
    .free = watch_free,
};

static bool text_holds(const char *text, const char *secret)
{
    return text != NULL && strstr(text, secret) != NULL;
}

static void watch_event(void *ctx, const struct dd_event *event)
{
    struct fixture_watch *watch = ctx;
    char sentence[4096];

    dd_event_format(event, sentence, sizeof sentence);
    watch->told_of++;
    watch->told_with +=
        text_holds(sentence, watch->secret) || text_holds(event->message, watch->secret) ||
        text_holds(event->reference, watch->secret) || text_holds(event->caller, watch->secret);
    if (watch->seen != NULL) {
        watch->seen(watch->seen_ctx, event);
    }
}

struct fixture *fixture_open_watched(struct fixture_watch *watch, const char *secret)
{
    struct fixture *f = fixture_create(NULL);

    *watch = (struct fixture_watch){
        .secret = secret,
        .inner = f->env.allocator,
        .seen = f->observer.seen,
        .seen_ctx = f->observer.ctx,
    };
    f->env.allocator = (struct dd_allocator){ .ops = &watch_allocator_ops, .ctx = watch };
    f->observer.seen = watch_event;
    f->observer.ctx = watch;
    open_created(f);
    return f;
}

unsigned fixture_watch_live(const struct fixture_watch *watch)
{
    unsigned count = 0;

    for (size_t i = 0; i < watch->block_count; i++) {
        count += holds(watch->blocks[i].at, watch->blocks[i].size, watch->secret);
    }
    return count;
}
