#include "coord/backend/test/little_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coord/list.h"

enum kind { IDENTIFY, PULL, INSPECT, REMOVE };

struct work {
    struct dd_task task;
    struct little_engine *engine;
    struct dd_call *call;
    enum kind kind;
    bool is_held; /* nothing happens until it is cancelled */
    bool is_cancelled;
    char name[128];
};

/* The number in "app-3:1", "app-3@sha256:…" or an ID; -1: none of ours. */
static int image_of(const char *name)
{
    unsigned long number = LITTLE_IMAGE_COUNT;

    if (strncmp(name, "app-", 4) == 0) {
        number = strtoul(name + 4, NULL, 10);
    } else if (strncmp(name, "sha256:", 7) == 0) {
        number = strtoul(name + 7, NULL, 16) - 1;
    }
    return number < LITTLE_IMAGE_COUNT ? (int)number : -1;
}

static void answer_images(struct work *work, struct dd_answer *answer)
{
    struct little_engine *engine = work->engine;
    int image = image_of(work->name);
    char id[80];
    char tag[32];
    char digest[112];
    const char *tags[] = { tag };
    const char *digests[] = { digest };
    const char *untagged[] = { tag, digest };
    const char *deleted[] = { id };

    if (image < 0 || !engine->is_there[image]) {
        answer->http_status = 404;
        answer->text = "No such image";
        work->call->done(work->call, answer);
        return;
    }
    snprintf(id, sizeof id, "sha256:%064x", (unsigned)image + 1);
    snprintf(tag, sizeof tag, "app-%d:1", image);
    snprintf(digest, sizeof digest, "app-%d@sha256:%064x", image, (unsigned)image + 1);
    if (work->kind == INSPECT) {
        answer->id = id;
        answer->tags = (struct dd_strings){ tags, 1 };
        answer->digests = (struct dd_strings){ digests, 1 };
    } else {
        engine->is_there[image] = false;
        answer->untagged = (struct dd_strings){ untagged, 2 };
        answer->deleted = (struct dd_strings){ deleted, 1 };
    }
    work->call->done(work->call, answer);
}

static void answer_pull(struct work *work, struct dd_answer *answer)
{
    struct little_engine *engine = work->engine;
    int image = image_of(work->name);
    char text[112];

    if (image < 0) {
        answer->http_status = 404;
        answer->text = "manifest unknown: not found";
        work->call->done(work->call, answer);
        return;
    }
    snprintf(text, sizeof text, "Digest: sha256:%064x", (unsigned)image + 1);
    work->call->line(work->call, &(struct dd_line){ .status = text });
    snprintf(text, sizeof text, "Status: %s for app-%d:1",
             engine->is_there[image] ? "Image is up to date" : "Downloaded newer image", image);
    work->call->line(work->call, &(struct dd_line){ .status = text });
    engine->is_there[image] = true;
    work->call->done(work->call, answer);
}

static void work_run(struct dd_task *task)
{
    struct work *work = DD__CONTAINER(task, struct work, task);
    struct little_engine *engine = work->engine;
    struct dd_answer answer = { .transport = DD_TRANSPORT_ANSWERED, .http_status = 200 };

    engine->open_calls--;
    if (work->is_cancelled) {
        answer = (struct dd_answer){ .transport = DD_TRANSPORT_CANCELLED };
        work->call->done(work->call, &answer);
    } else if (work->kind == IDENTIFY) {
        answer.id = "LITTLE";
        answer.closing_lines = true;
        work->call->done(work->call, &answer);
    } else if (work->kind == PULL) {
        answer_pull(work, &answer);
    } else {
        answer_images(work, &answer);
    }
    free(work);
}

static void start(struct little_engine *engine, struct dd_call *call, enum kind kind,
                  const char *name, const char *tag)
{
    struct work *work = calloc(1, sizeof *work);

    if (work == NULL) {
        abort();
    }
    *work =
        (struct work){ .task = { .run = work_run }, .engine = engine, .call = call, .kind = kind };
    snprintf(work->name, sizeof work->name, "%s%s%s", name, tag[0] != '\0' ? ":" : "", tag);
    work->is_held = kind == PULL && strncmp(name, "slow", 4) == 0;
    call->client = work;
    engine->call_count++;
    engine->open_calls++;
    if (kind == IDENTIFY && engine->identify_ns > 0) {
        engine->clock.ops->arm(engine->clock.ctx, &work->task,
                               engine->clock.ops->now(engine->clock.ctx) + engine->identify_ns);
    } else if (!work->is_held) {
        engine->executor.ops->post(engine->executor.ctx, &work->task);
    }
}

static enum dd_status identify(void *ctx, struct dd_call *call)
{
    start(ctx, call, IDENTIFY, "", "");
    return DD_OK;
}

static enum dd_status pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    struct little_engine *engine = ctx;

    engine->pull_count++;
    start(engine, call, PULL, spec->repository, spec->tag != NULL ? spec->tag : "");
    return DD_OK;
}

static enum dd_status inspect(void *ctx, struct dd_call *call, const char *name)
{
    start(ctx, call, INSPECT, name, "");
    return DD_OK;
}

static enum dd_status remove_image(void *ctx, struct dd_call *call, const char *name)
{
    start(ctx, call, REMOVE, name, "");
    return DD_OK;
}

static enum dd_status list(void *ctx, struct dd_call *call)
{
    (void)ctx;
    (void)call;
    return DD_EENGINE; /* the coordinator does not ask */
}

static void cancel(void *ctx, struct dd_call *call)
{
    struct little_engine *engine = ctx;
    struct work *work = call->client;

    work->is_cancelled = true;
    if (work->kind == IDENTIFY && engine->identify_ns > 0) {
        engine->clock.ops->cancel(engine->clock.ctx, &work->task);
        work->is_held = true;
    }
    if (work->is_held) {
        engine->executor.ops->post(engine->executor.ctx, &work->task);
    }
}

struct dd_docker little_engine_docker(struct little_engine *engine)
{
    static const struct dd_docker_ops ops = {
        .identify = identify,
        .pull = pull,
        .inspect = inspect,
        .remove = remove_image,
        .list = list,
        .cancel = cancel,
    };

    return (struct dd_docker){ .ops = &ops, .ctx = engine };
}

static enum dd_status lock_take(void *ctx, const char *engine_id, char *holder, size_t holder_size)
{
    struct little_engine *engine = ctx;

    (void)engine_id;
    if (engine->holder != NULL) {
        snprintf(holder, holder_size, "%s", engine->holder);
        return DD_EBUSY;
    }
    engine->locks_taken++;
    return DD_OK;
}

static void lock_let_go(void *ctx, const char *engine_id)
{
    struct little_engine *engine = ctx;

    (void)engine_id;
    engine->locks_taken--;
}

struct dd_host_lock little_engine_lock(struct little_engine *engine)
{
    static const struct dd_host_lock_ops ops = { .take = lock_take, .let_go = lock_let_go };

    return (struct dd_host_lock){ .ops = &ops, .ctx = engine };
}
