#include <stdbool.h>
#include <string.h>

#include "coord/text.h"
#include "drydock/drydock.h"
#include "drydock/observe.h"

/* The end of a line that was cut. */
#define TAIL "\"\n"

static void put_key(struct dd__text *line, const char *key)
{
    dd__text_string(line, line->length > 0 ? " " : "");
    dd__text_string(line, key);
    dd__text_string(line, "=");
}

static void put_number(struct dd__text *line, const char *key, uint64_t number)
{
    if (number != 0) {
        put_key(line, key);
        dd__text_u64(line, number);
    }
}

static void put_word(struct dd__text *line, const char *key, const char *word)
{
    put_key(line, key);
    dd__text_string(line, word);
}

/* Names and messages come from others: nothing in them can end the value or the
 * line. */
static void put_quoted(struct dd__text *line, const char *key, const char *value)
{
    const char *end;

    if (value == NULL) {
        return;
    }
    end = value + strlen(value);
    put_key(line, key);
    dd__text_string(line, "\"");
    while (value < end && !line->is_cut) {
        if (*value == '"' || *value == '\\') {
            /* Both or none: a lone '\\' would take the end from the value. */
            line->is_cut = line->size - line->length <= 2;
            dd__text_string(line, line->is_cut ? "" : "\\");
        }
        value += dd__text_character(line, value, end);
    }
    dd__text_string(line, "\"");
}

/* Seconds, to the microsecond. */
static void put_time(struct dd__text *line, uint64_t time_ns)
{
    uint64_t micros = time_ns % DD_SECOND_NS / 1000;

    put_key(line, "at");
    dd__text_u64(line, time_ns / DD_SECOND_NS);
    dd__text_string(line, ".");
    for (uint64_t unit = 100000; unit > 1 && micros < unit; unit /= 10) {
        dd__text_string(line, "0");
    }
    dd__text_u64(line, micros);
}

static void put_fields(struct dd__text *line, const struct dd_event *event)
{
    put_quoted(line, "reference", event->reference);
    put_quoted(line, "image", event->image);
    put_quoted(line, "caller", event->caller);
    put_quoted(line, "layer", event->layer);
    put_number(line, "current", event->current_bytes);
    put_number(line, "total", event->total_bytes);
    put_number(line, "operation", event->operation);
    put_number(line, "lease", event->lease);
    put_number(line, "generation", event->generation);
    put_number(line, "count", event->count);
    put_number(line, "attempt", event->attempt);
    put_number(line, "http", event->http_status);
    if (event->status != DD_OK) {
        put_word(line, "status", dd_status_name(event->status));
    }
    if (event->conflict != DD_CONFLICT_NONE) {
        put_quoted(line, "conflict", dd_conflict_text(event->conflict));
    }
    if (event->kind == DD_EVENT_MOVED) {
        put_word(line, "was", dd_image_state_word(event->was));
        put_word(line, "state", dd_image_state_word(event->state));
    }
    if (event->after_ns != 0) {
        put_key(line, "after");
        dd__text_duration(line, event->after_ns);
    }
}

static void write_event(void *ctx, const struct dd_event *event)
{
    const struct dd_log *log = ctx;
    enum dd_level level = dd_event_level(event->kind);
    char buffer[DD_LOG_LINE_MAX + 1];
    char sentence[DD_LOG_LINE_MAX / 2];
    struct dd__text line;

    if (level < log->level) {
        return;
    }
    dd__text_init(&line, buffer, sizeof buffer - strlen(TAIL));
    put_time(&line, event->time_ns);
    put_word(&line, "level", dd_level_word(level));
    put_word(&line, "event", dd_event_word(event->kind));
    put_fields(&line, event);
    dd_event_format(event, sentence, sizeof sentence);
    put_quoted(&line, "msg", sentence);
    /* All of a line's room but the tail's was given out. */
    const char *tail = line.is_cut ? TAIL : &TAIL[1];
    memcpy(buffer + line.length, tail, strlen(tail) + 1);
    log->write(log->ctx, buffer, line.length + strlen(tail));
}

struct dd_observer dd_log_observer(struct dd_log *log)
{
    static const struct dd_observer_ops ops = { .event = write_event };

    return (struct dd_observer){ .ops = &ops, .ctx = log };
}
