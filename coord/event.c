#include "drydock/event.h"

#include <assert.h>
#include <string.h>

#include "coord/text.h"

struct event_row {
    const char *word;
    enum dd_level level;
    const char *text;
};

static const struct event_row event_rows[DD_EVENT_COUNT] = {
#define EVENT_ROW(name, word, level, text) [DD_EVENT_##name] = { word, DD_LEVEL_##level, text },
    DD_EVENT_MAP(EVENT_ROW)
#undef EVENT_ROW
};

static const char *const level_words[] = {
    [DD_LEVEL_TRACE] = "trace", [DD_LEVEL_DEBUG] = "debug", [DD_LEVEL_INFO] = "info",
    [DD_LEVEL_WARN] = "warn",   [DD_LEVEL_ERROR] = "error",
};

/* A number that is no kind reads as this row, never past the table. */
static const struct event_row *event_row(enum dd_event_kind kind)
{
    static const struct event_row unknown = { "unknown", DD_LEVEL_ERROR, "unknown event" };
    return (unsigned)kind < DD_EVENT_COUNT ? &event_rows[kind] : &unknown;
}

const char *dd_event_word(enum dd_event_kind kind)
{
    return event_row(kind)->word;
}

enum dd_level dd_event_level(enum dd_event_kind kind)
{
    return event_row(kind)->level;
}

const char *dd_level_word(enum dd_level level)
{
    size_t count = sizeof(level_words) / sizeof(level_words[0]);
    return (unsigned)level < count ? level_words[level] : "unknown";
}

static void put_string(struct dd__text *text, const char *s)
{
    /* Names and messages come from others: no line breaks, no terminal codes. */
    dd__text_printable(text, s);
}

/* Write the field that is called [name, name + length); the sentences above know
 * no other names. */
static void put_field(struct dd__text *text, const struct dd_event *event, const char *name,
                      size_t length)
{
#define IS(word) (length == sizeof(word) - 1 && memcmp(name, word, length) == 0)
    if (IS("reference")) {
        put_string(text, event->reference);
    } else if (IS("image")) {
        put_string(text, event->image);
    } else if (IS("caller")) {
        put_string(text, event->caller);
    } else if (IS("message")) {
        put_string(text, event->message);
    } else if (IS("operation")) {
        dd__text_u64(text, event->operation);
    } else if (IS("lease")) {
        dd__text_u64(text, event->lease);
    } else if (IS("count")) {
        dd__text_u64(text, event->count);
    } else if (IS("attempt")) {
        dd__text_u64(text, event->attempt);
    } else if (IS("http")) {
        dd__text_u64(text, event->http_status);
    } else if (IS("status")) {
        dd__text_string(text, dd_status_text(event->status));
    } else if (IS("conflict")) {
        dd__text_string(text, dd_conflict_text(event->conflict));
    } else if (IS("was")) {
        dd__text_string(text, dd_image_state_word(event->was));
    } else if (IS("state")) {
        dd__text_string(text, dd_image_state_word(event->state));
    } else {
        assert(IS("after"));
        dd__text_duration(text, event->after_ns);
    }
#undef IS
}

/* The first @wanted in @s, or the end of @s. */
static const char *find_character(const char *s, char wanted)
{
    while (*s != '\0' && *s != wanted) {
        s++;
    }
    return s;
}

void dd_event_format(const struct dd_event *event, char *buffer, size_t size)
{
    struct dd__text text;
    dd__text_init(&text, buffer, size);
    const char *at = event_row(event->kind)->text;
    while (*at != '\0') {
        const char *open = find_character(at, '{');
        dd__text_bytes(&text, at, (size_t)(open - at));
        if (*open == '\0') {
            break;
        }
        const char *close = find_character(open, '}');
        put_field(&text, event, open + 1, (size_t)(close - open - 1));
        at = close + 1;
    }
}
