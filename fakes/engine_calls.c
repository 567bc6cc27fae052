/*
 * Calls of the Docker client interface on their way through time: sent, executed,
 * answered; or cancelled, lost, and executed when nobody waits any more.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

#define UNSENT_AFTER_NS 1000000

static const char *const executed_label[FAKE_CALL_KIND_COUNT] = {
    "identify-executed", "pull-executed", "inspect-executed", "remove-executed", "list-executed"
};
static const char *const answered_label[FAKE_CALL_KIND_COUNT] = {
    "identify-answered", "pull-answered", "inspect-answered", "remove-answered", "list-answered"
};

struct fake__call *fake__call_of_event(struct fake_event *event)
{
    return (struct fake__call *)((char *)event - offsetof(struct fake__call, event));
}

static void calls_add(struct fake__calls *list, struct fake__call *call)
{
    list->at = fake__grow(list->at, list->count, &list->capacity, sizeof(struct fake__call *));
    list->at[list->count++] = call;
}

/* Both lists are in the order of numbers, and looked through by halves. */
static size_t index_of(const struct fake__calls *list, const struct fake__call *call)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->at[middle]->number < call->number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void fake__calls_insert(struct fake__calls *list, struct fake__call *call)
{
    calls_add(list, call);
    size_t at = index_of(&(struct fake__calls){ list->at, list->count - 1, 0 }, call);
    memmove(list->at + at + 1, list->at + at, (list->count - 1 - at) * sizeof(struct fake__call *));
    list->at[at] = call;
}

void fake__calls_take(struct fake__calls *list, const struct fake__call *call)
{
    size_t at = index_of(list, call);
    assert(at < list->count && list->at[at] == call);
    memmove(list->at + at, list->at + at + 1, (list->count - at - 1) * sizeof(struct fake__call *));
    list->count--;
}

void fake__call_report(const struct fake__call *call, enum fake_happening_kind kind,
                       unsigned http_status, const char *message)
{
    fake__tell(call->engine, &(struct fake_happening){ .kind = kind,
                                                       .call = call->kind,
                                                       .number = call->number,
                                                       .name = call->target.given,
                                                       .http_status = http_status,
                                                       .message = message });
}

void fake__call_report_executed(struct fake__call *call)
{
    call->executed = true;
    fake__call_report(call, FAKE_HAPPENED_EXECUTED, call->outcome.http_status, call->outcome.text);
}

static const struct fake_call_timing *timing_of(const struct fake_engine *engine,
                                                enum fake_call_kind kind, unsigned nth)
{
    for (size_t i = 0; i < engine->call_timing_count; i++) {
        const struct fake_call_timing *timing = &engine->call_timings[i];
        if (timing->call == kind && timing->nth == nth) {
            return timing;
        }
    }
    return NULL;
}

struct fake_window fake__call_window(const struct fake__call *call, enum fake_call_part part,
                                     struct fake_window usual)
{
    const struct fake_call_timing *timing = call->timing;
    return timing != NULL && timing->has[part] ? timing->part[part] : usual;
}

bool fake__call_chance(struct fake__call *call, const char *what)
{
    struct fake_label label = { what, call->target.text };
    if (call->timing != NULL && call->timing->has_anyway) {
        return call->timing->anyway;
    }
    call->engine->asked_call = call;
    bool chosen = fake_choose(call->engine->chooser, 2, label) == 1;
    call->engine->asked_call = NULL;
    return chosen;
}

struct fake__call *fake__call_new(struct fake_engine *engine, enum fake_call_kind kind,
                                  struct dd_call *client, const char *name)
{
    struct fake__call *call = fake_memory_alloc(sizeof(*call));
    call->engine = engine;
    if (kind == FAKE_CALL_PULL) {
        call->pull = fake_memory_alloc(sizeof(*call->pull));
    }
    call->kind = kind;
    call->client = client;
    call->number = ++engine->last_number;
    call->nth = ++engine->started_count[kind];
    call->timing = timing_of(engine, kind, call->nth);
    call->instance = engine->instance;
    call->phase = FAKE__EXECUTING;
    client->client = call;
    if (name) {
        call->target = fake__target_of(engine, name);
        if (call->target.kind == FAKE__BY_NAME && strcmp(name, call->target.name->text) == 0) {
            call->target.given = call->target.name->text;
        } else if (call->target.content && strcmp(name, call->target.content->id) == 0) {
            call->target.given = call->target.content->id;
        } else {
            call->given = FAKE__JOIN(name);
            call->target.given = call->given;
            if (call->target.text == name) {
                call->target.text = call->given;
            }
        }
    }
    calls_add(&engine->calls, call);
    return call;
}

static void call_free(struct fake__call *call)
{
    assert(!fake_queue_pending(&call->event) && !fake_queue_pending(&call->late));
    if (call->pull) {
        fake_memory_free(call->pull->platform);
        fake__login_release(&call->pull->login);
        fake_memory_free(call->pull->missing);
        fake_memory_free(call->pull);
    }
    fake_memory_free(call->given);
    fake_memory_free(call->nth_of_fault);
    fake_memory_free(call->listed);
    fake_memory_free(call->list_strings.at);
    fake__outcome_release(&call->outcome);
    fake_memory_free(call);
}

void fake__call_free_if_over(struct fake__call *call)
{
    if (!call->client && !call->abandoned) {
        call_free(call);
    }
}

void fake__call_wait(struct fake__call *call, struct fake_window window, const char *what,
                     void (*fire)(struct fake_event *event))
{
    call->event.fire = fire;
    call->event.label = (struct fake_label){ what, call->target.text };
    call->event.prompt =
        call->engine->calls_go == FAKE_CALLS_PROMPT && call->kind == FAKE_CALL_INSPECT;
    fake_queue_add(call->engine->queue, &call->event, window);
}

static const char *ending_word(enum dd_transport transport)
{
    switch (transport) {
    case DD_TRANSPORT_UNSENT:
        return "unsent";
    case DD_TRANSPORT_LOST:
        return "lost";
    case DD_TRANSPORT_CANCELLED:
        return "cancelled";
    default:
        return NULL;
    }
}

static void complete(struct fake_event *event)
{
    struct fake__call *call = fake__call_of_event(event);
    struct dd_call *client = call->client;
    const char *ending = ending_word(call->answer.transport);
    fake__calls_take(&call->engine->calls, call);
    call->client = NULL;
    fake__call_report(call, FAKE_HAPPENED_ANSWERED, call->answer.http_status,
                      ending ? ending : call->answer.text);
    fake__deliver(call->engine, &(struct fake_delivery){
                                    .call = client, .kind = call->kind, .answer = &call->answer });
    client->done(client, &call->answer);
    fake__call_free_if_over(call);
}

void fake__call_answer(struct fake__call *call)
{
    call->phase = FAKE__ANSWERING;
    call->answer.transport = DD_TRANSPORT_ANSWERED;
    call->answer.http_status = call->outcome.http_status;
    call->answer.instance = call->instance;
    if (call->outcome.http_status >= 300) {
        call->answer.text = call->outcome.text;
    }
    call->answer.untagged = fake__strings_view(&call->outcome.untagged);
    call->answer.deleted = fake__strings_view(&call->outcome.deleted);
    if (call->engine->calls_go != FAKE_CALLS_IN_PARTS) {
        complete(&call->event);
        return;
    }
    fake__call_wait(
        call, fake__call_window(call, FAKE_PART_ANSWER, call->engine->timing.answer[call->kind]),
        answered_label[call->kind], complete);
}

void fake__call_end(struct fake__call *call, enum dd_transport transport, const char *text,
                    struct fake_window window)
{
    fake_queue_cancel(call->engine->queue, &call->event);
    call->phase = FAKE__ENDING;
    call->answer =
        (struct dd_answer){ .transport = transport, .text = text, .instance = call->instance };
    fake__call_wait(call, fake__call_window(call, FAKE_PART_END, window), ending_word(transport),
                    complete);
}

void fake__call_send(struct fake__call *call)
{
    struct fake_engine *engine = call->engine;
    if (!engine->up) {
        fake__call_end(call, DD_TRANSPORT_UNSENT,
                       "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the "
                       "docker daemon running?",
                       (struct fake_window){ UNSENT_AFTER_NS, UNSENT_AFTER_NS });
        return;
    }
    if (call->fault && call->fault->kind == FAKE_FAULT_UNSENT) {
        fake__call_end(call, DD_TRANSPORT_UNSENT,
                       "dial unix /var/run/docker.sock: connect: connection refused",
                       (struct fake_window){ UNSENT_AFTER_NS, UNSENT_AFTER_NS });
        return;
    }
    fake__call_report(call, FAKE_HAPPENED_SENT, 0, NULL);
    if (call->kind == FAKE_CALL_PULL && call->target.name) {
        call->target.name->pull_count++;
    }
    fake__call_wait(call,
                    fake__call_window(call, FAKE_PART_EXECUTE, engine->timing.execute[call->kind]),
                    executed_label[call->kind], fake__call_executed);
}

static void drop_all(struct fake_engine *engine, struct fake__calls *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct fake__call *call = list->at[i];
        fake_queue_cancel(engine->queue, &call->event);
        fake_queue_cancel(engine->queue, &call->late);
    }
}

void fake__calls_release(struct fake_engine *engine)
{
    drop_all(engine, &engine->calls);
    drop_all(engine, &engine->abandoned);
    for (size_t i = 0; i < engine->abandoned.count; i++) {
        if (!engine->abandoned.at[i]->client) {
            call_free(engine->abandoned.at[i]);
        }
    }
    for (size_t i = 0; i < engine->calls.count; i++) {
        call_free(engine->calls.at[i]);
    }
    fake_memory_free(engine->calls.at);
    fake_memory_free(engine->abandoned.at);
}

bool fake_engine_call(const struct fake_engine *engine, size_t index, struct fake_call_view *view)
{
    if (index >= engine->calls.count) {
        return false;
    }
    const struct fake__call *call = engine->calls.at[index];
    *view = (struct fake_call_view){ .call = call->kind,
                                     .number = call->number,
                                     .name = call->target.text,
                                     .executed = call->executed,
                                     .cancelled = call->cancelled };
    return true;
}

size_t fake_engine_abandoned_count(const struct fake_engine *engine)
{
    return engine->abandoned.count;
}
