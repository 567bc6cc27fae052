#include "sim/trace.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/hash.h"

#define TEXT_MAX 1024
#define DIGEST_LENGTH 71 /* "sha256:" and 64 digits */

void sim_trace_init(struct sim_trace *trace)
{
    *trace = (struct sim_trace){ .hash = SIM_HASH_START };
}

static void free_lines(struct sim_trace_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fake_memory_free(lines[i].who);
        fake_memory_free(lines[i].text);
        fake_memory_free(lines[i].detail);
    }
}

static void trace_forget_lines(struct sim_trace *trace)
{
    free_lines(trace->lines, trace->line_count);
    trace->line_count = 0;
    trace->forgotten_count = 0;
}

void sim_trace_release(struct sim_trace *trace)
{
    trace_forget_lines(trace);
    fake_memory_free(trace->lines);
    sim_trace_init(trace);
}

void sim_trace_begin(struct sim_trace *trace, bool keep, struct sim_namer namer)
{
    trace_forget_lines(trace);
    trace->hash = SIM_HASH_START;
    trace->entry_count = 0;
    trace->keep = keep;
    trace->mute = false;
    trace->namer = namer;
    trace->sink = (struct sim_trace_sink){ .line = NULL };
}

void sim_trace_stream(struct sim_trace *trace, struct sim_trace_sink sink)
{
    trace->keep = true;
    trace->sink = sink;
}

void sim_trace_bound(struct sim_trace *trace, size_t max)
{
    if (trace->line_count <= max) {
        return;
    }
    size_t third = trace->line_count / 3;
    struct sim_trace_line *middle = trace->lines + third;
    free_lines(middle, third);
    memmove(middle, middle + third, (trace->line_count - 2 * third) * sizeof(*middle));
    trace->line_count -= third;
    trace->forgotten_count += third;
}

void sim_trace_add(struct sim_trace *trace, uint64_t time_ns, uint64_t digest)
{
    trace->hash = sim_hash_number(sim_hash_number(trace->hash, time_ns), digest);
    trace->entry_count++;
}

static bool is_digest(const char *text)
{
    if (strncmp(text, "sha256:", 7) != 0) {
        return false;
    }
    for (size_t i = 7; i < DIGEST_LENGTH; i++) {
        if (text[i] == '\0' || strchr("0123456789abcdef", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

void sim_trace_rename(struct sim_namer namer, const char *text, char *out, size_t size)
{
    size_t used = 0;
    assert(size > 0);
    while (*text != '\0' && used + 1 < size) {
        const char *nickname = NULL;
        if (namer.nickname != NULL && is_digest(text)) {
            char id[DIGEST_LENGTH + 1];
            memcpy(id, text, DIGEST_LENGTH);
            id[DIGEST_LENGTH] = '\0';
            nickname = namer.nickname(namer.ctx, id);
        }
        if (nickname == NULL) {
            out[used++] = *text++;
            continue;
        }
        size_t length = strlen(nickname);
        size_t room = size - 1 - used;
        memcpy(out + used, nickname, length < room ? length : room);
        used += length < room ? length : room;
        text += DIGEST_LENGTH;
    }
    out[used] = '\0';
}

void sim_trace_say(struct sim_trace *trace, uint64_t time_ns, bool in_story, const char *who,
                   const char *format, ...)
{
    if (!trace->keep) {
        return;
    }
    char text[TEXT_MAX];
    char named[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sim_trace_rename(trace->namer, text, named, sizeof(named));
    if (trace->sink.line != NULL) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%s", who);
        trace->sink.line(trace->sink.ctx, &(struct sim_trace_line){ .time_ns = time_ns,
                                                                    .hash = trace->hash,
                                                                    .in_story = in_story,
                                                                    .who = name,
                                                                    .text = named });
        return;
    }
    trace->lines = sim_array_grow(trace->lines, &trace->line_capacity, trace->line_count + 1,
                                  sizeof(*trace->lines));
    trace->lines[trace->line_count++] = (struct sim_trace_line){
        .time_ns = time_ns,
        .hash = trace->hash,
        .in_story = in_story,
        .who = fake_memory_copy(who),
        .text = fake_memory_copy(named),
    };
}

/* What a story can do without: the steps, the tellings and the engine say the
 * same in a reader's words, or it is a detail. */
static bool event_in_story(enum dd_event_kind kind)
{
    switch (kind) {
    case DD_EVENT_PULL_ASKED:
    case DD_EVENT_RETAIN_ASKED:
    case DD_EVENT_PULL_BEFORE:
    case DD_EVENT_PULL_STARTED:
    case DD_EVENT_PULL_PROGRESS:
    case DD_EVENT_PULL_ENDED:
    case DD_EVENT_INSPECT_STARTED:
    case DD_EVENT_COUNT_UP:
    case DD_EVENT_COUNT_DOWN:
    case DD_EVENT_TOLD:
    case DD_EVENT_RELEASED:
    case DD_EVENT_DELETE_SENT:
    case DD_EVENT_DELETE_ANSWERED:
    case DD_EVENT_MOVED:
        return false;
    default:
        return true;
    }
}

static uint64_t event_digest(const struct dd_event *event)
{
    uint64_t what = (uint64_t)event->kind << 32 | (uint64_t)event->was << 16 | event->state;
    uint64_t hash = sim_hash_number(SIM_HASH_START, what);
    hash = sim_hash_number(hash, event->time_ns);
    hash = sim_hash_string(hash, event->reference);
    hash = sim_hash_string(hash, event->image);
    hash = sim_hash_string(hash, event->caller);
    hash = sim_hash_number(hash, event->operation);
    hash = sim_hash_number(hash, event->lease);
    hash = sim_hash_number(hash, event->generation);
    hash = sim_hash_number(hash, event->count);
    hash = sim_hash_number(hash, (uint64_t)event->attempt << 32 | event->http_status);
    hash = sim_hash_number(hash, (uint64_t)event->status << 32 | (uint64_t)event->conflict);
    hash = sim_hash_number(hash, event->after_ns);
    return sim_hash_string(hash, event->message);
}

/* An event's numbers, most of which its words leave out. */
static void say_detail(struct sim_trace *trace, const struct dd_event *event)
{
    char detail[256];
    (void)snprintf(detail, sizeof(detail),
                   "operation %" PRIu64 ", lease %" PRIu64 ", generation %" PRIu64
                   ", count %" PRIu64
                   ", attempt %u, http %u, status %d, conflict %d, after %" PRIu64 "ns",
                   event->operation, event->lease, event->generation, event->count, event->attempt,
                   event->http_status, (int)event->status, (int)event->conflict, event->after_ns);
    trace->lines[trace->line_count - 1].detail = fake_memory_copy(detail);
}

void sim_trace_event(struct sim_trace *trace, const struct dd_event *event)
{
    if (trace->mute) {
        return;
    }
    sim_trace_add(trace, event->time_ns, event_digest(event));
    if (trace->keep) {
        char text[TEXT_MAX];
        dd_event_format(event, text, sizeof(text));
        sim_trace_say(trace, event->time_ns, event_in_story(event->kind), "drydock", "%s", text);
        if (trace->sink.line == NULL) {
            say_detail(trace, event);
        }
    }
}

static uint64_t happening_digest(const struct fake_happening *happening)
{
    uint64_t hash = sim_hash_number(~SIM_HASH_START, (uint64_t)happening->kind);
    hash = sim_hash_number(hash, (uint64_t)happening->call);
    hash = sim_hash_number(hash, happening->number);
    hash = sim_hash_string(hash, happening->name);
    hash = sim_hash_string(hash, happening->image);
    hash = sim_hash_string(hash, happening->was);
    hash = sim_hash_string(hash, happening->message);
    hash = sim_hash_number(hash, happening->http_status);
    return sim_hash_number(hash, happening->since_abandoned_ns);
}

static const char *call_word(enum fake_call_kind call)
{
    switch (call) {
    case FAKE_CALL_IDENTIFY:
        return "identify";
    case FAKE_CALL_PULL:
        return "pull";
    case FAKE_CALL_INSPECT:
        return "inspect";
    case FAKE_CALL_REMOVE:
        return "DELETE";
    case FAKE_CALL_LIST:
        return "list";
    default:
        return "call";
    }
}

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

/* The way of a call through the engine. */
static void say_call(struct sim_trace *trace, uint64_t time_ns,
                     const struct fake_happening *happening)
{
    const char *call = call_word(happening->call);
    const char *name = or_nothing(happening->name);
    const char *message = or_nothing(happening->message);
    const char *colon = *message != '\0' ? ": " : "";
    bool changes = happening->call == FAKE_CALL_PULL || happening->call == FAKE_CALL_REMOVE;
    bool inspects = happening->call == FAKE_CALL_INSPECT;
    switch (happening->kind) {
    case FAKE_HAPPENED_SENT:
        sim_trace_say(trace, time_ns, changes, "engine", "is asked: %s %s", call, name);
        break;
    case FAKE_HAPPENED_EXECUTED:
        sim_trace_say(trace, time_ns, changes, "engine", "does: %s %s: %u%s%s", call, name,
                      happening->http_status, colon, message);
        break;
    case FAKE_HAPPENED_ANSWERED:
        sim_trace_say(trace, time_ns, changes || inspects, "engine", "answers: %s %s: %u%s%s", call,
                      name, happening->http_status, colon, message);
        break;
    case FAKE_HAPPENED_CANCELLED:
        sim_trace_say(trace, time_ns, true, "engine", "loses its client: %s %s", call, name);
        break;
    default:
        sim_trace_say(trace, time_ns, true, "engine", "does late what was abandoned: %s %s", call,
                      name);
        break;
    }
}

void sim_trace_happening(struct sim_trace *trace, uint64_t time_ns,
                         const struct fake_happening *happening)
{
    if (trace->mute) {
        return;
    }
    sim_trace_add(trace, time_ns, happening_digest(happening));
    if (!trace->keep) {
        return;
    }
    const char *who = happening->number != 0 ? "engine" : "user";
    const char *name = or_nothing(happening->name);
    const char *image = or_nothing(happening->image);
    const char *was = or_nothing(happening->was);
    switch (happening->kind) {
    case FAKE_HAPPENED_MADE:
        sim_trace_say(trace, time_ns, true, who, "  %s is there now", image);
        break;
    case FAKE_HAPPENED_NAMED:
        sim_trace_say(trace, time_ns, true, who, "  %s means %s now%s%s", name, image,
                      *was != '\0' ? ", before " : "", was);
        break;
    case FAKE_HAPPENED_UNNAMED:
        sim_trace_say(trace, time_ns, true, who, "  %s means nothing any more, before %s", name,
                      was);
        break;
    case FAKE_HAPPENED_DELETED:
        sim_trace_say(trace, time_ns, true, who, "  %s is gone", image);
        break;
    case FAKE_HAPPENED_RESTARTED:
        sim_trace_say(trace, time_ns, true, "engine", "has restarted");
        break;
    default:
        say_call(trace, time_ns, happening);
        break;
    }
}
