/* Faults: which call one hits, and what it makes of it. */
#include <assert.h>
#include <string.h>

#include "fakes/engine_internal.h"

static const struct fake_window at_once = { 0, 0 };

void fake_engine_add_fault(struct fake_engine *engine, const struct fake_fault *fault)
{
    engine->faults = fake__grow(engine->faults, engine->fault_count, &engine->fault_capacity,
                                sizeof(*engine->faults));
    engine->faults[engine->fault_count++] = (struct fake__fault){ .fault = *fault };
}

bool fake_engine_fault_hit(const struct fake_engine *engine, size_t index)
{
    return index < engine->fault_count && engine->faults[index].hit > 0;
}

uint64_t fake_engine_fault_progress(const struct fake_engine *engine, size_t first)
{
    uint64_t progress = 0;
    for (size_t i = first; i < engine->fault_count; i++) {
        const struct fake__fault *fault = &engine->faults[i];
        unsigned nth = fault->fault.nth;
        progress += fault->matched < nth ? fault->matched : nth;
        progress += fault->fault.budget > 0 ? fault->hit : 0;
    }
    return progress;
}

void fake_engine_time_calls(struct fake_engine *engine, const struct fake_call_timing *at,
                            size_t count)
{
    engine->call_timings = at;
    engine->call_timing_count = count;
}

void fake_engine_limit_faults(struct fake_engine *engine, unsigned max)
{
    engine->fault_max = max;
}

/* What a name means: in the engine, or, before it is pulled, at the registry. */
static const struct fake__content *content_of(const struct fake__name *name)
{
    if (name->image) {
        return name->image->content;
    }
    return name->variants ? name->variants->content : NULL;
}

/* A pull is named by its reference or by the content that it would bring; every
 * other call by whatever means the same image now. */
static bool matches(const struct fake_engine *engine, const struct fake_fault *fault,
                    enum fake_call_kind kind, const struct fake__target *target)
{
    bool for_pulls = fault->kind == FAKE_FAULT_STREAM || fault->kind == FAKE_FAULT_TRUNCATE;
    if (fault->call != kind || (for_pulls && kind != FAKE_CALL_PULL)) {
        return false;
    }
    if (!fault->name) {
        return true;
    }
    if (strcmp(fault->name, target->text ? target->text : "") == 0) {
        return true;
    }
    const struct fake__content *content = target->content;
    if (target->name) {
        content = kind == FAKE_CALL_PULL && target->name->variants ? target->name->variants->content
                                                                   : content_of(target->name);
    }
    const struct fake__name *name = fake__name_find(engine, fault->name);
    if (name && name == target->name) {
        return true;
    }
    const struct fake__content *meant = fake__content_find(engine, fault->name);
    if (!meant) {
        meant = fake__content_by_id(engine, fault->name);
    }
    if (!meant && name && kind != FAKE_CALL_PULL) {
        meant = content_of(name);
    }
    return content && content == meant;
}

bool fake__fault_is_for(const struct fake_engine *engine, enum fake_call_kind kind)
{
    for (size_t i = 0; i < engine->fault_count; i++) {
        if (engine->faults[i].fault.call == kind) {
            return true;
        }
    }
    return false;
}

/* @nth: of the calls that it is for. */
static bool hits(struct fake_engine *engine, struct fake__fault *fault,
                 const struct fake__target *target, unsigned nth)
{
    const struct fake_fault *what = &fault->fault;
    if (what->nth && nth != what->nth) {
        return false;
    }
    if (what->budget) {
        struct fake_label label = { "fault", target->text };
        if (fault->hit >= what->budget || engine->fault_count_hit >= engine->fault_max) {
            return false;
        }
        engine->asked_fault = fault;
        engine->asked_nth = nth;
        bool chosen = fake_choose(engine->chooser, 2, label) == 1;
        engine->asked_fault = NULL;
        return chosen;
    }
    return true;
}

/* Exploring, what a call's execution is early enough for is chosen then: until then all
 * calls are alike. */
static bool is_chosen_late(const struct fake_engine *engine, const struct fake_fault *fault)
{
    return engine->queue->time != FAKE_TIME_DRAWN && fault->budget > 0 && fault->nth == 0 &&
           fault->kind != FAKE_FAULT_UNSENT && fault->kind != FAKE_FAULT_REFUSE;
}

static const struct fake_fault *hit(struct fake_engine *engine, struct fake__fault *fault)
{
    fault->hit++;
    engine->fault_count_hit += fault->fault.budget > 0 ? 1 : 0;
    return &fault->fault;
}

const struct fake_fault *fake__fault_for(struct fake_engine *engine, enum fake_call_kind kind,
                                         const struct fake__target *target)
{
    const struct fake_fault *found = NULL;
    for (size_t i = 0; i < engine->fault_count; i++) {
        struct fake__fault *fault = &engine->faults[i];
        if (!matches(engine, &fault->fault, kind, target)) {
            continue;
        }
        fault->matched++;
        if (!found && !is_chosen_late(engine, &fault->fault) &&
            hits(engine, fault, target, fault->matched)) {
            found = hit(engine, fault);
        }
    }
    return found;
}

/* Which of the calls that each is for this one is. */
void fake__fault_later(struct fake__call *call)
{
    struct fake_engine *engine = call->engine;
    for (size_t i = 0; call->fault == NULL && i < engine->fault_count; i++) {
        const struct fake__fault *fault = &engine->faults[i];
        if (!is_chosen_late(engine, &fault->fault) ||
            !matches(engine, &fault->fault, call->kind, &call->target)) {
            continue;
        }
        if (call->nth_of_fault == NULL) {
            call->nth_of_fault = fake_memory_alloc(engine->fault_count * sizeof(unsigned));
        }
        call->nth_of_fault[i] = fault->matched;
    }
}

void fake__fault_late(struct fake__call *call)
{
    struct fake_engine *engine = call->engine;
    for (size_t i = 0; call->nth_of_fault != NULL && i < engine->fault_count; i++) {
        struct fake__fault *fault = &engine->faults[i];
        if (call->fault == NULL && call->nth_of_fault[i] != 0 &&
            hits(engine, fault, &call->target, call->nth_of_fault[i])) {
            call->fault = hit(engine, fault);
        }
    }
}

bool fake__fault_stops_stream(const struct fake__call *call, bool last)
{
    const struct fake_fault *fault = call->fault;
    return fault && !call->executed && (last || call->pull->line_count >= fault->after_line);
}

static void strike_status(struct fake__call *call)
{
    const struct fake_fault *fault = call->fault;
    unsigned by_word = fault->reason ? fake_reason_status(fault->reason) : 0;
    unsigned http_status = fault->status ? fault->status : by_word;
    call->outcome.http_status = http_status ? http_status : 500;
    call->outcome.text = fake__text_reason(call->engine, call->kind, fault->reason, &call->target);
    if (call->kind == FAKE_CALL_PULL && call->target.name) {
        call->target.name->request_count++;
        if (call->engine->personality == FAKE_PODMAN_4_3 && !fault->status) {
            fake__podman_pull_fail(call);
            return;
        }
    }
    fake__call_report_executed(call);
    fake__call_answer(call);
}

static void strike_stream(struct fake__call *call)
{
    const struct fake_engine *engine = call->engine;
    char *text = fake__text_reason(engine, call->kind, call->fault->reason, &call->target);
    if (engine->personality == FAKE_PODMAN_4_3) {
        char *docker = text;
        text = fake__podman_pull_text(call->engine, &call->target, docker);
        fake_memory_free(docker);
    }
    fake__pull_fail(call, text);
}

static void strike_truncate(struct fake__call *call)
{
    bool newer;
    if (call->fault->executed) {
        fake__pull_land(call, &newer);
    }
    fake__pull_let_go(call);
    call->outcome.http_status = 200;
    call->executed = true;
    fake__call_report(call, FAKE_HAPPENED_EXECUTED, 200, "truncated");
    fake__call_answer(call);
}

/* Row "delete-client-gone": what the engine was asked for, it does all the same. */
static void strike_lose(struct fake__call *call)
{
    bool acts = call->kind == FAKE_CALL_REMOVE || call->kind == FAKE_CALL_PULL;
    bool late = false;
    if (call->fault->executed && acts) {
        late = fake__call_chance(call, "lost-executed-late");
        if (!late) {
            fake__call_execute(call);
        }
    }
    fake__call_end(call, DD_TRANSPORT_LOST, "unexpected EOF", at_once);
    if (late) {
        fake__call_abandon(call);
    } else {
        fake__pull_let_go(call);
    }
}

void fake__fault_strike(struct fake__call *call)
{
    switch (call->fault->kind) {
    case FAKE_FAULT_STATUS:
        strike_status(call);
        break;
    case FAKE_FAULT_STREAM:
        strike_stream(call);
        break;
    case FAKE_FAULT_TRUNCATE:
        strike_truncate(call);
        break;
    case FAKE_FAULT_HANG:
        call->phase = FAKE__HUNG;
        break;
    case FAKE_FAULT_LOSE:
        strike_lose(call);
        break;
    default: /* the others strike before the call is sent */
        assert(false);
        break;
    }
}
