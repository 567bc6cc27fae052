/*
 * Calls whose client has gone, or whose engine has died: what is executed though
 * nobody is told, and when (H32, H33).
 */
#include <assert.h>

#include "fakes/engine_internal.h"

static const struct fake_window at_once = { 0, 0 };

static struct fake__call *call_of_late(struct fake_event *event)
{
    return (struct fake__call *)((char *)event - offsetof(struct fake__call, late));
}

void fake__call_execute(struct fake__call *call)
{
    bool newer;
    if (call->kind == FAKE_CALL_REMOVE) {
        fake__execute_remove(call);
        fake__call_report_executed(call);
    } else if (fake__pull_land(call, &newer)) {
        call->outcome.http_status = 200;
        fake__call_report_executed(call);
    }
}

static void execute_late(struct fake_event *event)
{
    struct fake__call *call = call_of_late(event);
    struct fake_engine *engine = call->engine;
    fake__calls_take(&engine->abandoned, call);
    call->abandoned = false;
    fake__tell(engine, &(struct fake_happening){ .kind = FAKE_HAPPENED_LATE,
                                                 .call = call->kind,
                                                 .number = call->number,
                                                 .name = call->target.given,
                                                 .since_abandoned_ns =
                                                     engine->queue->now_ns - call->abandoned_ns });
    fake__call_execute(call);
    fake__pull_let_go(call);
    fake__call_free_if_over(call);
}

bool fake_engine_land_abandoned(struct fake_engine *engine)
{
    if (engine->abandoned.count == 0) {
        return false;
    }
    fake_queue_fire(engine->queue, &engine->abandoned.at[0]->late);
    return true;
}

void fake__call_abandon(struct fake__call *call)
{
    call->abandoned = true;
    call->abandoned_ns = call->engine->queue->now_ns;
    call->late.fire = execute_late;
    call->late.label =
        (struct fake_label){ call->kind == FAKE_CALL_REMOVE ? "remove-late" : "pull-late",
                             call->target.text };
    fake__calls_insert(&call->engine->abandoned, call);
    fake_queue_add(call->engine->queue, &call->late,
                   fake__call_window(call, FAKE_PART_ABANDONED, call->engine->timing.abandoned));
}

/* Rows "pull-client-gone" and "delete-client-gone". */
static void abandon_or_drop(struct fake__call *call)
{
    bool goes_on = false;
    if (call->phase == FAKE__EXECUTING && call->kind == FAKE_CALL_REMOVE) {
        goes_on = !call->fault || (call->fault->kind == FAKE_FAULT_LOSE && call->fault->executed);
    } else if (call->kind == FAKE_CALL_PULL && fake__pull_could_land(call)) {
        goes_on = fake__call_chance(call, "aborted-pull-lands");
    }
    if (goes_on) {
        fake__call_abandon(call);
    } else {
        fake__pull_let_go(call);
    }
}

void fake__call_cancel(struct fake__call *call)
{
    assert(!call->cancelled); /* docker.h: at most once for each call */
    call->cancelled = true;
    fake__call_report(call, FAKE_HAPPENED_CANCELLED, 0, NULL);
    if (call->phase == FAKE__ENDING) {
        return;
    }
    if (call->phase == FAKE__ANSWERING) {
        if (fake__call_chance(call, "answer-before-cancel")) {
            return;
        }
    }
    enum fake__phase phase = call->phase;
    fake__call_end(call, DD_TRANSPORT_CANCELLED, "context canceled", at_once);
    if (phase == FAKE__EXECUTING || phase == FAKE__STREAMING) {
        call->phase = phase;
        abandon_or_drop(call);
        call->phase = FAKE__ENDING;
    } else {
        fake__pull_let_go(call);
    }
}

static void lose(struct fake__call *call)
{
    bool is_open = !call->fault && !call->executed &&
                   (call->phase == FAKE__EXECUTING || call->phase == FAKE__STREAMING);
    bool acts = call->kind == FAKE_CALL_REMOVE ||
                (call->kind == FAKE_CALL_PULL && fake__pull_could_land(call));
    if (is_open && acts && fake__call_chance(call, "executed-before-death")) {
        fake__call_execute(call);
    }
    fake__pull_let_go(call);
    if (call->phase != FAKE__ENDING) {
        fake__call_end(call, DD_TRANSPORT_LOST, "unexpected EOF", at_once);
    }
}

void fake__calls_lose(struct fake_engine *engine)
{
    while (engine->abandoned.count) {
        struct fake__call *call = engine->abandoned.at[0];
        fake_queue_cancel(engine->queue, &call->late);
        fake__calls_take(&engine->abandoned, call);
        call->abandoned = false;
        fake__pull_let_go(call);
        fake__call_free_if_over(call);
    }
    for (size_t i = 0; i < engine->calls.count; i++) {
        lose(engine->calls.at[i]);
    }
}
