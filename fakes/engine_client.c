/* The Docker client interface, as the coordinator sees the fake engine. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

/* Start a call that was not refused; *out is the fault that hits it. */
static bool is_refused(struct fake_engine *engine, enum fake_call_kind kind, const char *name,
                       const struct fake_fault **out)
{
    struct fake__target target = { .kind = FAKE__MALFORMED };
    if (engine->up && fake__fault_is_for(engine, kind)) {
        if (name) {
            target = fake__target_of(engine, name);
        }
        *out = fake__fault_for(engine, kind, &target);
    }
    return *out && (*out)->kind == FAKE_FAULT_REFUSE;
}

static enum dd_status start(struct fake_engine *engine, enum fake_call_kind kind,
                            struct dd_call *client, const char *name)
{
    const struct fake_fault *fault = NULL;
    if (is_refused(engine, kind, name, &fault)) {
        return DD_ENOMEM;
    }
    struct fake__call *call = fake__call_new(engine, kind, client, name);
    call->fault = fault;
    fake__fault_later(call);
    fake__call_send(call);
    return DD_OK;
}

static enum dd_status identify(void *ctx, struct dd_call *call)
{
    return start(ctx, FAKE_CALL_IDENTIFY, call, NULL);
}

static enum dd_status inspect(void *ctx, struct dd_call *call, const char *name)
{
    return start(ctx, FAKE_CALL_INSPECT, call, name);
}

static enum dd_status remove_image(void *ctx, struct dd_call *call, const char *name)
{
    return start(ctx, FAKE_CALL_REMOVE, call, name);
}

static enum dd_status list(void *ctx, struct dd_call *call)
{
    return start(ctx, FAKE_CALL_LIST, call, NULL);
}

static char *name_of(const struct dd_pull_spec *spec)
{
    if (spec->digest) {
        return FAKE__JOIN(spec->repository, "@", spec->digest);
    }
    return spec->tag ? FAKE__JOIN(spec->repository, ":", spec->tag) : FAKE__JOIN(spec->repository);
}

static enum dd_status pull(void *ctx, struct dd_call *client, const struct dd_pull_spec *spec)
{
    struct fake_engine *engine = ctx;
    const struct fake_fault *fault = NULL;
    char *name = name_of(spec);
    if (is_refused(engine, FAKE_CALL_PULL, name, &fault)) {
        fake_memory_free(name);
        return DD_ENOMEM;
    }
    struct fake__call *call = fake__call_new(engine, FAKE_CALL_PULL, client, name);
    fake_memory_free(name);
    call->fault = fault;
    fake__fault_later(call);
    call->pull->platform = spec->platform ? FAKE__JOIN(spec->platform) : NULL;
    call->pull->every_tag =
        !spec->tag && !spec->digest && call->engine->personality != FAKE_PODMAN_4_3;
    fake__login_copy(&call->pull->login, spec->credentials);
    fake__call_send(call);
    return DD_OK;
}

static void cancel(void *ctx, struct dd_call *call)
{
    (void)ctx;
    fake__call_cancel(call->client);
}

struct dd_docker fake_engine_docker(struct fake_engine *engine)
{
    static const struct dd_docker_ops ops = { .identify = identify,
                                              .pull = pull,
                                              .inspect = inspect,
                                              .remove = remove_image,
                                              .list = list,
                                              .cancel = cancel };
    return (struct dd_docker){ &ops, engine };
}
