#include "coord/request.h"

#include <assert.h>

#include "coord/coord.h"

static void request_complete(struct dd__request *request, const struct dd_answer *answer)
{
    struct dd_coord *coord = request->coord;

    assert(request->in_flight);
    dd__enter(coord);
    request->in_flight = false;
    coord->calls_in_flight--;
    request->answered(request, answer);
    dd__leave(coord);
}

static void call_done(struct dd_call *call, const struct dd_answer *answer)
{
    request_complete(DD__CONTAINER(call, struct dd__request, call), answer);
}

static void call_refused(struct dd_task *task)
{
    request_complete(DD__CONTAINER(task, struct dd__request, refusal),
                     &(struct dd_answer){
                         .transport = DD_TRANSPORT_ANSWERED, /* by us: an unknown error */
                         .text = "the Docker client did not start the call",
                     });
}

void dd__request_init(struct dd__request *request, struct dd_coord *coord,
                      void (*answered)(struct dd__request *, const struct dd_answer *))
{
    *request = (struct dd__request){ .coord = coord, .answered = answered };
}

static bool request_started(struct dd__request *request, enum dd_status status)
{
    struct dd_coord *coord = request->coord;

    request->refused = status != DD_OK;
    if (request->refused) {
        request->refusal.run = call_refused;
        coord->env.executor.ops->post(coord->env.executor.ctx, &request->refusal);
    }
    return !request->refused;
}

static const struct dd_docker *request_begin(struct dd__request *request)
{
    assert(!request->in_flight);
    request->call = (struct dd_call){ .done = call_done };
    request->in_flight = true;
    request->is_cancelled = false;
    request->coord->calls_in_flight++;
    return &request->coord->env.docker;
}

void dd__request_identify(struct dd__request *request)
{
    const struct dd_docker *docker = request_begin(request);

    (void)request_started(request, docker->ops->identify(docker->ctx, &request->call));
}

void dd__request_inspect(struct dd__request *request, const char *name)
{
    const struct dd_docker *docker = request_begin(request);

    (void)request_started(request, docker->ops->inspect(docker->ctx, &request->call, name));
}

void dd__request_remove(struct dd__request *request, const char *name)
{
    const struct dd_docker *docker = request_begin(request);

    (void)request_started(request, docker->ops->remove(docker->ctx, &request->call, name));
}

bool dd__request_pull(struct dd__request *request, const struct dd_pull_spec *spec,
                      void (*line)(struct dd_call *call, const struct dd_line *line))
{
    const struct dd_docker *docker = request_begin(request);

    request->call.line = line;
    return request_started(request, docker->ops->pull(docker->ctx, &request->call, spec));
}

void dd__request_cancel(struct dd__request *request)
{
    const struct dd_docker *docker = &request->coord->env.docker;

    /* A refused call was never the client's: its completion is on its way. */
    if (request->in_flight && !request->refused && !request->is_cancelled) {
        request->is_cancelled = true;
        docker->ops->cancel(docker->ctx, &request->call);
    }
}
