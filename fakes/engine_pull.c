/* Pulls: asked of the registry, streamed for a while, and landed. */
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

#define STAGE_COUNT_MIN 4
#define STAGE_COUNT_MAX 240
#define GRAIN_NS UINT64_C(1000000)
#define STAGE_MAX_NS UINT64_C(60000000000) /* a line a minute at least */

static char *copy(const char *text)
{
    return text ? FAKE__JOIN(text) : NULL;
}

void fake__login_copy(struct fake__login *login, const struct dd_credentials *credentials)
{
    if (credentials) {
        login->username = copy(credentials->username);
        login->password = copy(credentials->password);
        login->token = copy(credentials->identity_token);
    }
}

void fake__login_release(struct fake__login *login)
{
    fake_memory_free(login->username);
    fake_memory_free(login->password);
    fake_memory_free(login->token);
}

void fake__pull_let_go(struct fake__call *call)
{
    struct fake__pull *pull = call->pull;
    for (size_t i = 0; pull && i < pull->missing_count; i++) {
        pull->missing[i]->download_count--;
    }
    if (pull) {
        pull->missing_count = 0;
    }
}

/* What two pulls wait for is downloaded once (docs/ENGINE.md, "pull-shares-blobs"). */
static void hold_missing(struct fake__call *call)
{
    struct fake__pull *pull = call->pull;
    for (size_t i = 0; i < pull->content->layer_count; i++) {
        struct fake__layer *layer = pull->content->layers[i];
        if (layer->image_count == 0) {
            pull->missing = fake__grow(pull->missing, pull->missing_count, &pull->missing_capacity,
                                       sizeof(struct fake__layer *));
            pull->missing[pull->missing_count++] = layer;
            pull->missing_bytes += layer->size_bytes ? layer->size_bytes : 1;
            call->engine->download_count += layer->download_count++ == 0 ? 1 : 0;
        }
    }
}

static struct fake__name *first_tag(const struct fake_engine *engine, const struct fake__name *like)
{
    struct fake__name *name = engine->pushed_first;
    while (name && (name->by_digest || !name->variants || !fake__same_repository(name, like))) {
        name = name->next_pushed;
    }
    return name;
}

static const struct fake__variant *ask(struct fake__call *call, bool *in_stream)
{
    struct fake_engine *engine = call->engine;
    struct fake__name *name = call->target.name;
    if (!name) {
        *in_stream = false;
        fake__outcome_clear(&call->outcome);
        call->outcome.http_status = 400;
        call->outcome.text = FAKE__JOIN(call->target.why);
        return NULL;
    }
    struct fake__name *first = call->pull->every_tag ? first_tag(engine, name) : NULL;
    return fake__registry_manifest(engine, first ? first : name, call->pull->platform,
                                   &call->pull->login, &call->outcome, in_stream);
}

static bool land_every_tag(struct fake__call *call)
{
    bool newer = false;
    for (struct fake__name *name = call->engine->pushed_first; name; name = name->next_pushed) {
        if (!name->by_digest && name->variants && fake__same_repository(name, call->target.name)) {
            newer |= fake__land(call->engine, name, name->variants->content, call->number);
        }
    }
    return newer;
}

static bool fits(const struct fake__call *call)
{
    const struct fake__content *content = call->pull->content;
    for (size_t i = 0; i < content->layer_count; i++) {
        if (content->layers[i]->image_count == 0 && call->engine->disk_full) {
            return false;
        }
    }
    return true;
}

bool fake__pull_land(struct fake__call *call, bool *newer)
{
    bool in_stream;
    if (!call->pull->content) {
        const struct fake__variant *variant = ask(call, &in_stream);
        if (!variant) {
            return false;
        }
        call->pull->content = variant->content;
    }
    if (!fits(call)) {
        return false;
    }
    *newer = call->pull->every_tag
                 ? land_every_tag(call)
                 : fake__land(call->engine, call->target.name, call->pull->content, call->number);
    return true;
}

bool fake__pull_could_land(const struct fake__call *call)
{
    bool is_open = call->phase == FAKE__EXECUTING || call->phase == FAKE__STREAMING;
    return call->kind == FAKE_CALL_PULL && is_open && !call->executed && !call->fault &&
           (call->pull->content || (call->target.name && call->target.name->variants));
}

void fake__pull_fail(struct fake__call *call, char *text)
{
    fake_memory_free(call->outcome.text);
    call->outcome.text = text;
    call->outcome.http_status = 200;
    fake__pull_let_go(call);
    fake__call_report_executed(call);
    fake__deliver_line(call, &(struct dd_line){ .error = call->outcome.text });
    if (call->phase == FAKE__STREAMING) {
        fake__call_answer(call);
    }
}

static void finish(struct fake__call *call)
{
    bool newer;
    if (call->fault) {
        /* What it waits for did not come: it strikes before the closing line. */
        if (fake__stream_close(call, false)) {
            fake__fault_strike(call);
        }
        return;
    }
    if (!fake__pull_land(call, &newer)) {
        fake__pull_fail(call, FAKE__JOIN(fake_reason_text("disk full")));
        return;
    }
    fake__pull_let_go(call);
    call->outcome.http_status = 200;
    fake__call_report_executed(call);
    if (fake__stream_close(call, newer)) {
        fake__call_answer(call);
    }
}

static void stage_over(struct fake_event *event);

static void wait_stage(struct fake__call *call)
{
    const struct fake__pull *pull = call->pull;
    if (call->engine->calls_go != FAKE_CALLS_IN_PARTS) {
        stage_over(&call->event);
        return;
    }
    if (call->engine->queue->time != FAKE_TIME_DRAWN) {
        fake__call_wait(call, pull->window, "pull-stream", stage_over);
        return;
    }
    uint64_t due = pull->start_ns + pull->total_ns / pull->stage_count * (pull->stage + 1);
    if (pull->stage + 1 == pull->stage_count) {
        due = pull->start_ns + pull->total_ns;
    }
    uint64_t from_now = due - call->engine->queue->now_ns;
    fake__call_wait(call, (struct fake_window){ from_now, from_now }, "pull-stream", stage_over);
}

static void stage_over(struct fake_event *event)
{
    struct fake__call *call = fake__call_of_event(event);
    struct fake__pull *pull = call->pull;
    pull->stage++;
    if (!fake__stream_progress(call, pull->stage)) {
        return;
    }
    if (pull->stage < pull->stage_count) {
        wait_stage(call);
    } else {
        finish(call);
    }
}

/* One choice a pull, in whole milliseconds if it is wide; the lines come at fixed
 * parts of it. Exploring, they all come at its end, which is an event with a window. */
static void plan(struct fake__call *call, struct fake_window window)
{
    const struct fake_engine *engine = call->engine;
    struct fake__pull *pull = call->pull;
    pull->start_ns = engine->queue->now_ns;
    if (engine->queue->time != FAKE_TIME_DRAWN) {
        pull->window = window;
        pull->stage_count = 1;
        return;
    }
    uint64_t span = window.latest_ns - window.earliest_ns;
    uint64_t grain = span >= 10 * GRAIN_NS ? GRAIN_NS : 1;
    uint64_t last = span / grain + (span % grain ? 1 : 0);
    struct fake_label label = { "pull-time", call->target.text };
    uint64_t drawn = fake_choose(engine->chooser, last + 1, label);
    pull->total_ns = drawn == last ? window.latest_ns : window.earliest_ns + drawn * grain;
    pull->stage_count = pull->total_ns / STAGE_MAX_NS + 1;
    if (pull->stage_count < STAGE_COUNT_MIN) {
        pull->stage_count = pull->missing_count ? STAGE_COUNT_MIN : 1;
    } else if (pull->stage_count > STAGE_COUNT_MAX) {
        pull->stage_count = STAGE_COUNT_MAX;
    }
}

/* Row "podman-fails-in-stream": whatever the registry said. */
void fake__podman_pull_fail(struct fake__call *call)
{
    char *text = fake__podman_pull_text(call->engine, &call->target,
                                        call->outcome.text ? call->outcome.text : "");
    if (!call->target.name) {
        fake_memory_free(call->outcome.text);
        call->outcome.http_status = 500;
        call->outcome.text = text;
        fake__call_report_executed(call);
        fake__call_answer(call);
        return;
    }
    call->phase = FAKE__STREAMING;
    fake__pull_fail(call, text);
}

void fake__pull_begin(struct fake__call *call)
{
    bool in_stream;
    const struct fake__variant *variant = ask(call, &in_stream);
    if (!variant && call->engine->personality == FAKE_PODMAN_4_3) {
        fake__podman_pull_fail(call);
        return;
    }
    if (!variant && !in_stream) {
        fake__call_report_executed(call);
        fake__call_answer(call);
        return;
    }
    call->phase = FAKE__STREAMING;
    if (!variant) {
        char *text = call->outcome.text;
        call->outcome.text = NULL;
        if (fake__stream_open(call)) {
            fake__pull_fail(call, text);
        } else {
            fake_memory_free(text);
        }
        return;
    }
    call->pull->content = variant->content;
    hold_missing(call);
    plan(call, fake__call_window(call, FAKE_PART_STREAM, variant->pull));
    if (fake__stream_open(call)) {
        wait_stage(call);
    }
}
