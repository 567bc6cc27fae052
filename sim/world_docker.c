/* The engine's interface, as the coordinator in a world sees it: the fake engine's, but
 * that the model hears what is asked, and the oracle with what credentials a pull is
 * made, which the engine's history does not tell. Part of the world (world_state.h). */
#include <stdio.h>

#include "sim/world_state.h"

static enum dd_status docker_identify(void *ctx, struct dd_call *call)
{
    const struct sim_world *world = ctx;
    return world->docker.ops->identify(world->docker.ctx, call);
}

static enum dd_status docker_pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    struct sim_world *world = ctx;
    uint64_t secret = sim_secret_hash(spec->credentials, spec->platform);
    sim_oracle_pulling(world->oracle, secret);
    sim_model_pulling(world->model, secret);
    enum dd_status status = world->docker.ops->pull(world->docker.ctx, call, spec);
    char name[DD_REFERENCE_MAX + 1];
    (void)snprintf(name, sizeof(name), "%s%c%s", spec->repository, spec->digest != NULL ? '@' : ':',
                   spec->digest != NULL ? spec->digest : spec->tag);
    sim_model_starts(world->model, FAKE_CALL_PULL, call, name, status);
    return status;
}

static enum dd_status docker_inspect(void *ctx, struct dd_call *call, const char *name)
{
    const struct sim_world *world = ctx;
    enum dd_status status = world->docker.ops->inspect(world->docker.ctx, call, name);
    if (status != DD_OK) {
        sim_oracle_unasked(world->oracle, name);
    }
    sim_model_starts(world->model, FAKE_CALL_INSPECT, call, name, status);
    return status;
}

static enum dd_status docker_remove(void *ctx, struct dd_call *call, const char *name)
{
    const struct sim_world *world = ctx;
    enum dd_status status = world->docker.ops->remove(world->docker.ctx, call, name);
    if (status != DD_OK) {
        sim_oracle_unasked(world->oracle, name);
    }
    sim_model_starts(world->model, FAKE_CALL_REMOVE, call, name, status);
    return status;
}

static enum dd_status docker_list(void *ctx, struct dd_call *call)
{
    const struct sim_world *world = ctx;
    return world->docker.ops->list(world->docker.ctx, call);
}

static void docker_cancel(void *ctx, struct dd_call *call)
{
    const struct sim_world *world = ctx;
    sim_model_cancels(world->model, call);
    world->docker.ops->cancel(world->docker.ctx, call);
}

static const struct dd_docker_ops docker_ops = {
    .identify = docker_identify,
    .pull = docker_pull,
    .inspect = docker_inspect,
    .remove = docker_remove,
    .list = docker_list,
    .cancel = docker_cancel,
};

struct dd_docker sim_world_docker(struct sim_world *world)
{
    return (struct dd_docker){ .ops = &docker_ops, .ctx = world };
}
