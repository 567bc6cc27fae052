/* The line between the coordinator and a real engine: each call is sent when the scenario
 * says so, and answered no earlier than it says (live.h). Part of a live run
 * (live_state.h). */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/live/call.h"

static const struct fake_window at_once = { 0, 0 };

static void happen(struct live_call *call, enum fake_happening_kind kind, unsigned http_status,
                   const char *message)
{
    const struct fake_watcher *watcher = &call->live->real.watcher;
    watcher->happened(watcher->ctx, &(struct fake_happening){ .kind = kind,
                                                              .call = call->kind,
                                                              .number = call->number,
                                                              .name = call->name,
                                                              .message = message,
                                                              .http_status = http_status });
}

static void plan(struct live_call *call, struct fake_event *event, struct fake_window window)
{
    fake_queue_add(call->live->real.queue, event, window);
}

static struct fake_window window_of(const struct live_call *call, enum fake_call_part part,
                                    struct fake_window usual)
{
    const struct sim_scenario *scenario = call->live->scenario;
    for (size_t i = 0; i < scenario->call_timing_count; i++) {
        const struct fake_call_timing *timing = &scenario->call_timings[i];
        if (timing->call == call->kind && timing->nth == call->nth && timing->has[part]) {
            return timing->part[part];
        }
    }
    return usual;
}

/* --- towards the coordinator ------------------------------------------------------------ */

static void tell_line(struct live_call *call)
{
    const struct fake_watcher *watcher = &call->live->real.watcher;
    struct live_line_copy *copy = call->lines;
    call->lines = copy->next;
    call->lines_end = call->lines == NULL ? &call->lines : call->lines_end;
    call->line_count--;
    watcher->delivers(
        watcher->ctx,
        &(struct fake_delivery){ .call = call->outer, .kind = call->kind, .line = &copy->line });
    call->outer->line(call->outer, &copy->line);
}

static void unlink_call(struct live_call *call)
{
    struct live_call **at = &call->live->calls;
    while (*at != call) {
        at = &(*at)->next;
    }
    *at = call->next;
}

static const char *ending_word(const struct live_call *call)
{
    switch (call->answer.transport) {
    case DD_TRANSPORT_UNSENT:
        return "unsent";
    case DD_TRANSPORT_LOST:
        return "lost";
    case DD_TRANSPORT_CANCELLED:
        return "cancelled";
    default:
        return call->answer.text;
    }
}

static void complete(struct live_call *call)
{
    const struct fake_watcher *watcher = &call->live->real.watcher;
    struct sim_arena own = call->own;
    unlink_call(call);
    happen(call, FAKE_HAPPENED_ANSWERED, call->answer.http_status, ending_word(call));
    watcher->delivers(watcher->ctx, &(struct fake_delivery){ .call = call->outer,
                                                             .kind = call->kind,
                                                             .answer = &call->answer });
    call->outer->done(call->outer, &call->answer);
    fake_memory_free(call);
    sim_arena_release(&own);
}

static void end_fire(struct fake_event *event)
{
    struct live_call *call =
        (struct live_call *)(void *)((char *)event - offsetof(struct live_call, end));
    if (!call->arrived) {
        call->overdue = true;
        call->live->overdue_count++;
        return;
    }
    fake_queue_cancel(call->live->real.queue, &call->trickle);
    while (call->lines != NULL && !call->cancelled) {
        tell_line(call);
    }
    if (!fake_queue_pending(&call->end)) { /* unless a line has made the coordinator cancel it */
        complete(call);
    }
}

/* What is left of the lines comes evenly until the end. */
static void plan_trickle(struct live_call *call)
{
    uint64_t now_ns = call->live->real.queue->now_ns;
    if (call->lines == NULL || !fake_queue_pending(&call->end) || call->cancelled) {
        return;
    }
    uint64_t step_ns = (call->end.earliest_ns - now_ns) / (call->line_count + 1);
    plan(call, &call->trickle, (struct fake_window){ step_ns, step_ns });
}

static void trickle_fire(struct fake_event *event)
{
    struct live_call *call =
        (struct live_call *)(void *)((char *)event - offsetof(struct live_call, trickle));
    tell_line(call);
    plan_trickle(call);
}

/* --- from the engine ---------------------------------------------------------------------- */

static struct live_call *call_of(struct dd_call *inner)
{
    return (struct live_call *)(void *)((char *)inner - offsetof(struct live_call, inner));
}

static void inner_line(struct dd_call *inner, const struct dd_line *line)
{
    struct live_call *call = call_of(inner);
    if (!call->cancelled) {
        live_copy_line(call, line);
    }
}

/* The answer is there; when it is told is the scenario's to say, unless it is late already,
 * or there is none. */
static void arrive(struct live_call *call)
{
    struct fake_queue *queue = call->live->real.queue;
    call->arrived = true;
    happen(call, FAKE_HAPPENED_EXECUTED, call->answer.http_status, call->answer.text);
    if (call->overdue) {
        call->overdue = false;
        call->live->overdue_count--;
        plan(call, &call->end, at_once);
    } else if (call->answer.transport != DD_TRANSPORT_ANSWERED && !call->cancelled) {
        fake_queue_cancel(queue, &call->end);
        plan(call, &call->end, window_of(call, FAKE_PART_END, at_once));
    }
    plan_trickle(call);
}

static void inner_done(struct dd_call *inner, const struct dd_answer *answer)
{
    struct live_call *call = call_of(inner);
    call->flying = false;
    call->live->flying_count--;
    if (!call->cancelled) {
        live_copy_answer(call, answer);
    }
    if (call->kind == FAKE_CALL_REMOVE) {
        struct dd_strings deleted = call->answer.deleted;
        live_count_removed(call->live, &deleted);
        live_count_unlisted(call->live, call->aim, &call->answer);
    }
    if (answer->transport != DD_TRANSPORT_ANSWERED) {
        live_pace_restless(call->live);
    }
    live_fault_strike(call);
    arrive(call);
}

static enum dd_status send_now(struct live_call *call)
{
    const struct dd_docker *docker = &call->live->docker;
    char name[SIM_LIVE_NAME_SIZE];
    call->inner = (struct dd_call){ .line = inner_line, .done = inner_done };
    switch (call->kind) {
    case FAKE_CALL_IDENTIFY:
        return docker->ops->identify(docker->ctx, &call->inner);
    case FAKE_CALL_PULL:
        return docker->ops->pull(docker->ctx, &call->inner, &call->spec);
    case FAKE_CALL_LIST:
        return docker->ops->list(docker->ctx, &call->inner);
    case FAKE_CALL_REMOVE:
        live_aim(call->live, call->name, call->aim);
        sim_live_names_real(&call->live->names, call->name, name);
        return docker->ops->remove(docker->ctx, &call->inner, name);
    default:
        sim_live_names_real(&call->live->names, call->name, name);
        return docker->ops->inspect(docker->ctx, &call->inner, name);
    }
}

/* The part of a call between its arrival at the engine and the end of its answer. */
static struct fake_window rest_of(const struct live_call *call)
{
    const struct fake_timing *timing = &call->live->scenario->timing;
    struct fake_window answer = window_of(call, FAKE_PART_ANSWER, timing->answer[call->kind]);
    if (call->kind != FAKE_CALL_PULL) {
        return answer;
    }
    struct fake_window stream =
        window_of(call, FAKE_PART_STREAM, live_pull_window(call->live, call->name));
    return (struct fake_window){ stream.earliest_ns + answer.earliest_ns,
                                 stream.latest_ns + answer.latest_ns };
}

static void start_fire(struct fake_event *event)
{
    struct live_call *call =
        (struct live_call *)(void *)((char *)event - offsetof(struct live_call, start));
    plan(call, &call->end, rest_of(call));
    if (live_fault_keeps(call->fault)) {
        live_fault_strike(call);
        if (call->fault->kind != FAKE_FAULT_HANG) {
            arrive(call);
        } else {
            fake_queue_cancel(call->live->real.queue, &call->end);
        }
        return;
    }
    call->flying = true;
    call->live->flying_count++;
    if (send_now(call) != DD_OK) {
        call->flying = false;
        call->live->flying_count--;
        live_fail(call->live, "the client does not take \"%s\"", call->name);
    }
}

/* --- from the coordinator ------------------------------------------------------------------ */

static enum dd_status begin(struct sim_live *live, enum fake_call_kind kind, struct dd_call *outer,
                            const char *name, const struct dd_pull_spec *spec)
{
    const struct fake_fault *fault = live_fault_for(live, kind, name);
    if (fault != NULL && fault->kind == FAKE_FAULT_REFUSE) {
        return DD_ENOMEM;
    }
    struct live_call *call = fake_memory_alloc(sizeof(*call));
    sim_arena_init(&call->own);
    call->outer = outer;
    call->live = live;
    call->kind = kind;
    call->number = ++live->call_count;
    call->nth = ++live->nth[kind];
    call->fault = fault;
    call->name = sim_arena_text(&call->own, name);
    call->lines_end = &call->lines;
    call->start = (struct fake_event){ .fire = start_fire, .label = { "sent", call->name } };
    call->trickle = (struct fake_event){ .fire = trickle_fire, .label = { "line", call->name } };
    call->end = (struct fake_event){ .fire = end_fire, .label = { "answered", call->name } };
    call->next = live->calls;
    live->calls = call;
    outer->client = call;
    if (spec != NULL) {
        call->spec = *spec;
    }
    happen(call, FAKE_HAPPENED_SENT, 0, NULL);
    plan(call, &call->start,
         window_of(call, FAKE_PART_EXECUTE, live->scenario->timing.execute[kind]));
    return DD_OK;
}

static enum dd_status line_identify(void *ctx, struct dd_call *outer)
{
    return begin(ctx, FAKE_CALL_IDENTIFY, outer, "", NULL);
}

static enum dd_status line_inspect(void *ctx, struct dd_call *outer, const char *name)
{
    return begin(ctx, FAKE_CALL_INSPECT, outer, name, NULL);
}

static enum dd_status line_remove(void *ctx, struct dd_call *outer, const char *name)
{
    return begin(ctx, FAKE_CALL_REMOVE, outer, name, NULL);
}

static enum dd_status line_list(void *ctx, struct dd_call *outer)
{
    return begin(ctx, FAKE_CALL_LIST, outer, "", NULL);
}

static void count_pull(struct sim_live *live, const char *reference)
{
    uint32_t number = sim_names_add(&live->pulled, reference);
    size_t before = live->pull_capacity;
    live->pull_counts = sim_array_grow(live->pull_counts, &live->pull_capacity, (size_t)number + 1,
                                       sizeof(*live->pull_counts));
    for (size_t i = before; i < live->pull_capacity; i++) {
        live->pull_counts[i] = 0;
    }
    live->pull_counts[number]++;
}

/* Where the scenario's login is right, the registry's own is meant; a wrong one stays
 * wrong. */
static void copy_login(struct live_call *call, const struct dd_credentials *credentials)
{
    const struct sim_live_site *site = call->live->site;
    const char *username = NULL;
    const char *password = NULL;
    live_login_of(call->live, call->name, &username, &password);
    bool right = username != NULL && credentials->username != NULL &&
                 credentials->password != NULL && strcmp(username, credentials->username) == 0 &&
                 strcmp(password, credentials->password) == 0;
    call->credentials.username =
        sim_arena_text(&call->own, right ? site->username : credentials->username);
    call->credentials.password =
        sim_arena_text(&call->own, right ? site->password : credentials->password);
    call->spec.credentials = &call->credentials;
}

/* In the call's own memory, for it is sent later. */
static void copy_spec(struct live_call *call, const struct dd_pull_spec *spec)
{
    char path[SIM_LIVE_NAME_SIZE];
    char real[SIM_LIVE_NAME_SIZE];
    const char *registry = NULL;
    sim_live_names_path(&call->live->names, spec->repository, path, &registry);
    call->spec.repository = sim_arena_format(&call->own, "%s/%s", registry, path);
    call->spec.tag = spec->tag != NULL ? sim_arena_text(&call->own, spec->tag) : NULL;
    if (spec->digest != NULL) {
        sim_live_names_real(&call->live->names, spec->digest, real);
        call->spec.digest = sim_arena_text(&call->own, real);
    }
    if (spec->platform != NULL) {
        call->spec.platform = sim_arena_text(&call->own, spec->platform);
    }
    if (spec->credentials != NULL && spec->credentials->username != NULL &&
        spec->credentials->password != NULL) {
        copy_login(call, spec->credentials);
    } else {
        call->spec.credentials = NULL;
    }
}

static enum dd_status line_pull(void *ctx, struct dd_call *outer, const struct dd_pull_spec *spec)
{
    struct sim_live *live = ctx;
    char name[SIM_LIVE_NAME_SIZE];
    (void)snprintf(name, sizeof(name), "%s%c%s", spec->repository, spec->digest != NULL ? '@' : ':',
                   spec->digest != NULL ? spec->digest : spec->tag);
    enum dd_status status = begin(live, FAKE_CALL_PULL, outer, name, spec);
    if (status == DD_OK) {
        count_pull(live, name);
        copy_spec(outer->client, spec);
    }
    return status;
}

/* What the engine has, it may do all the same. */
static void line_cancel(void *ctx, struct dd_call *outer)
{
    struct sim_live *live = ctx;
    struct live_call *call = outer->client;
    struct fake_queue *queue = live->real.queue;
    assert(!call->cancelled);
    call->cancelled = true;
    call->answer = (struct dd_answer){ .transport = DD_TRANSPORT_CANCELLED,
                                       .instance = call->answer.instance };
    happen(call, FAKE_HAPPENED_CANCELLED, 0, NULL);
    fake_queue_cancel(queue, &call->start);
    fake_queue_cancel(queue, &call->trickle);
    fake_queue_cancel(queue, &call->end);
    if (call->overdue) {
        call->overdue = false;
        live->overdue_count--;
    }
    if (call->flying) {
        live_pace_restless(live);
        live->docker.ops->cancel(live->docker.ctx, &call->inner);
    } else {
        call->arrived = true;
    }
    plan(call, &call->end, window_of(call, FAKE_PART_END, at_once));
}

static const struct dd_docker_ops line_ops = {
    .identify = line_identify,
    .pull = line_pull,
    .inspect = line_inspect,
    .remove = line_remove,
    .list = line_list,
    .cancel = line_cancel,
};

struct dd_docker live_line(struct sim_live *live)
{
    return (struct dd_docker){ .ops = &line_ops, .ctx = live };
}

uint64_t live_pull_count(void *ctx, const char *reference)
{
    const struct sim_live *live = ctx;
    uint32_t number = sim_names_find(&live->pulled, reference);
    return number == SIM_NONE ? 0 : live->pull_counts[number];
}

uint64_t live_calls_open(void *ctx)
{
    const struct sim_live *live = ctx;
    uint64_t count = 0;
    for (const struct live_call *call = live->calls; call != NULL; call = call->next) {
        count++;
    }
    return count;
}

/* A run that failed leaves calls behind: the client ends them, and nobody is told. */
void live_line_release(struct sim_live *live)
{
    for (struct live_call *call = live->calls; call != NULL; call = call->next) {
        call->cancelled = true;
        if (call->flying) {
            live->docker.ops->cancel(live->docker.ctx, &call->inner);
        }
    }
    while (live->flying_count > 0) {
        dd_loop_wait(live->loop, DD_SECOND_NS);
    }
    while (live->calls != NULL) {
        struct live_call *call = live->calls;
        live->calls = call->next;
        sim_arena_release(&call->own);
        fake_memory_free(call);
    }
    sim_names_release(&live->pulled);
    fake_memory_free(live->pull_counts);
    fake_memory_free(live->fault_seen);
    fake_memory_free(live->fault_hit);
}
