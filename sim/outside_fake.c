/* The fake engine as a world's outside (outside.h). Part of the world (world_state.h). */
#include "sim/world_state.h"

static struct fake_engine *engine_of(void *ctx)
{
    const struct sim_world *world = ctx;
    return world->engine;
}

static unsigned outside_rmi(void *ctx, const char *name, bool force)
{
    return fake_engine_rmi(engine_of(ctx), name, force);
}

static unsigned outside_tag(void *ctx, const char *name, const char *as)
{
    return fake_engine_tag(engine_of(ctx), name, as);
}

static void outside_load(void *ctx, const char *nickname, const char *name)
{
    fake_engine_load(engine_of(ctx), nickname, name);
}

static unsigned outside_user_pull(void *ctx, const char *reference)
{
    return fake_engine_user_pull(engine_of(ctx), reference);
}

static unsigned outside_build_child(void *ctx, const char *parent, const char *nickname)
{
    return fake_engine_build_child(engine_of(ctx), parent, nickname);
}

static unsigned outside_container(void *ctx, const char *image, const char *container, bool running)
{
    return fake_engine_container(engine_of(ctx), image, container, running);
}

static unsigned outside_container_stop(void *ctx, const char *container)
{
    return fake_engine_container_stop(engine_of(ctx), container);
}

static unsigned outside_container_remove(void *ctx, const char *container)
{
    return fake_engine_container_remove(engine_of(ctx), container);
}

static void outside_stop(void *ctx)
{
    fake_engine_stop(engine_of(ctx));
}

static void outside_start(void *ctx)
{
    fake_engine_start(engine_of(ctx));
}

static void outside_push(void *ctx, const struct fake_manifest *manifest)
{
    fake_registry_push(engine_of(ctx), manifest);
}

static void outside_unpush(void *ctx, const char *reference)
{
    fake_registry_delete(engine_of(ctx), reference);
}

static void outside_set_disk_full(void *ctx, bool full)
{
    fake_engine_set_disk_full(engine_of(ctx), full);
}

static bool outside_image(void *ctx, size_t index, struct fake_image_view *view)
{
    return fake_engine_image(engine_of(ctx), index, view);
}

static const char *outside_resolve(void *ctx, const char *name)
{
    return fake_engine_resolve(engine_of(ctx), name);
}

static const char *outside_nickname(void *ctx, const char *id)
{
    return fake_engine_nickname(engine_of(ctx), id);
}

static uint64_t outside_pull_count(void *ctx, const char *reference)
{
    return fake_engine_pull_count(engine_of(ctx), reference);
}

static uint64_t outside_removed_count(void *ctx, const char *nickname)
{
    return fake_engine_removed_count(engine_of(ctx), nickname);
}

static uint64_t outside_manifest_requests(void *ctx, const char *reference)
{
    return fake_registry_manifest_requests(engine_of(ctx), reference);
}

static uint64_t outside_calls_open(void *ctx)
{
    struct fake_call_view call;
    uint64_t count = 0;
    while (fake_engine_call(engine_of(ctx), (size_t)count, &call)) {
        count++;
    }
    return count;
}

static const struct sim_outside_ops outside_ops = {
    .rmi = outside_rmi,
    .tag = outside_tag,
    .load = outside_load,
    .user_pull = outside_user_pull,
    .build_child = outside_build_child,
    .container = outside_container,
    .container_stop = outside_container_stop,
    .container_remove = outside_container_remove,
    .stop = outside_stop,
    .start = outside_start,
    .push = outside_push,
    .unpush = outside_unpush,
    .set_disk_full = outside_set_disk_full,
    .image = outside_image,
    .resolve = outside_resolve,
    .nickname = outside_nickname,
    .pull_count = outside_pull_count,
    .removed_count = outside_removed_count,
    .manifest_requests = outside_manifest_requests,
    .calls_open = outside_calls_open,
};

struct sim_outside sim_outside_fake(struct sim_world *world)
{
    return (struct sim_outside){ .ops = &outside_ops, .ctx = world };
}
