/* What a test sees of the coordinator: events, calls, explanations. */
#include <stdio.h>
#include <string.h>

#include "coord/test/fixture.h"
#include "coord/test/fixture_client.h"
#include "coord/test/fixture_names.h"
#include "coord/test/fixture_trace.h"
#include "fakes/memory.h"

static void add(struct fixture *f, const char *text)
{
    size_t length = strlen(text);

    while (f->trace_length + length + 1 > f->trace_capacity) {
        f->trace_capacity = f->trace_capacity == 0 ? 4096 : 2 * f->trace_capacity;
        f->trace = fake_memory_grow(f->trace, f->trace_capacity, 1);
    }
    memcpy(f->trace + f->trace_length, text, length + 1);
    f->trace_length += length;
}

static void add_word(struct fixture *f, const char *text)
{
    char word[FIXTURE_NAME_MAX];

    if (text != NULL && text[0] != '\0') {
        fixture_compress(text, word, sizeof word);
        add(f, " ");
        add(f, word);
    }
}

void fixture_trace_event(void *ctx, const struct dd_event *event)
{
    struct fixture *f = ctx;
    char attempt[16];

    if (dd_event_level(event->kind) == DD_LEVEL_TRACE) {
        return;
    }
    f->last_generation[event->kind] = event->generation;
    if (event->message != NULL) {
        (void)snprintf(f->last_message, sizeof f->last_message, "%s", event->message);
    }
    add(f, dd_event_word(event->kind));
    add_word(f, event->reference);
    add_word(f, event->image);
    add_word(f, event->caller);
    if (event->attempt > 0) {
        (void)snprintf(attempt, sizeof attempt, "#%u", event->attempt);
        add_word(f, attempt);
    }
    add_word(f, event->status == DD_OK ? NULL : dd_status_name(event->status));
    add(f, "\n");
}

const char *fixture_events(const struct fixture *f)
{
    return f->trace_length == 0 ? "" : f->trace;
}

void fixture_forget(struct fixture *f)
{
    f->trace_length = 0;
    f->calls_since = NULL;
}

/* The line at *at, without its end, and *at behind it; NULL at the end. */
static const char *next_line(const char **at, char line[FIXTURE_TEXT_MAX])
{
    size_t length = strcspn(*at, "\n");

    if (**at == '\0') {
        return NULL;
    }
    assert_true(length < FIXTURE_TEXT_MAX);
    memcpy(line, *at, length);
    line[length] = '\0';
    *at += length;
    *at += **at == '\n';
    return line;
}

unsigned fixture_seen(const struct fixture *f, const char *line)
{
    const char *at = fixture_events(f);
    char buffer[FIXTURE_TEXT_MAX];
    unsigned count = 0;

    while (next_line(&at, buffer) != NULL) {
        count += strcmp(buffer, line) == 0;
    }
    return count;
}

unsigned fixture_count(const struct fixture *f, enum dd_event_kind kind)
{
    return (unsigned)f->observer.counts[kind];
}

static void print_expected(const char *const *expected)
{
    for (size_t i = 0; expected[i] != NULL; i++) {
        print_error("    %s\n", expected[i]);
    }
}

static void check(const char *got, const char *const *expected, const char *file, int line)
{
    const char *at = got;
    char buffer[FIXTURE_TEXT_MAX];
    size_t i = 0;
    const char *found;

    while ((found = next_line(&at, buffer)) != NULL && expected[i] != NULL &&
           strcmp(found, expected[i]) == 0) {
        i++;
    }
    if (found != NULL || expected[i] != NULL) {
        print_error("line %zu is \"%s\", not \"%s\"\nexpected:\n", i + 1,
                    found == NULL ? "(none)" : found, expected[i] == NULL ? "(none)" : expected[i]);
        print_expected(expected);
        print_error("is:\n%s", got);
        _fail(file, line);
    }
}

void fixture_check_trace(struct fixture *f, const char *const *expected, const char *file, int line)
{
    check(fixture_events(f), expected, file, line);
}

void fixture_check_calls(struct fixture *f, const char *const *expected, const char *file, int line)
{
    static const size_t capacity = 65536;
    char *got = fake_memory_alloc(capacity);
    size_t length = 0;

    f->scratch = got; /* the fixture's, for a failure jumps */
    for (const struct fixture_call *call = f->calls_since; call != NULL; call = call->next) {
        int written =
            snprintf(got + length, capacity - length, "%s%s%s\n", fixture_kind_word(call->kind),
                     call->name[0] == '\0' ? "" : " ", call->name);
        assert_true(written >= 0 && (size_t)written < capacity - length);
        length += (size_t)written;
    }
    check(got, expected, file, line);
    fixture_scratch_free(f);
}

void fixture_check_told(const struct fixture_told *told, enum dd_status expected, const char *file,
                        int line)
{
    if (told->count != 1) {
        print_error("told %u times\n", told->count);
        _fail(file, line);
    }
    if (told->status != expected) {
        print_error("told %s, not %s: %s\n", dd_status_name(told->status), dd_status_name(expected),
                    told->text);
        _fail(file, line);
    }
}

/* ---- Explanations ------------------------------------------------------------ */

struct looked_for {
    char id[FIXTURE_NAME_MAX];
    struct fixture_image found;
};

static void join(const struct dd_strings *strings, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; i < strings->count && length + 2 < size; i++) {
        if (length > 0) {
            out[length++] = ' ';
        }
        fixture_compress(strings->at[i], out + length, size - length);
        length += strlen(out + length);
    }
}

static void visit(void *arg, const struct dd_explained *explained)
{
    struct looked_for *looked_for = arg;
    struct fixture_image *found = &looked_for->found;

    if (strcmp(explained->image, looked_for->id) != 0) {
        return;
    }
    found->state = explained->state;
    found->ours = explained->ours;
    found->wanted = explained->wanted;
    found->status = explained->status;
    found->conflict = explained->conflict;
    found->next_ns = explained->next_ns;
    found->lease_count = explained->lease_count;
    join(&explained->holders, found->holders, sizeof found->holders);
    join(&explained->bindings, found->bindings, sizeof found->bindings);
}

struct fixture_image fixture_explain(struct fixture *f, const char *image)
{
    struct looked_for looked_for = { .found = { .state = DD_IMAGE_ABSENT } };

    fixture_expand(image, looked_for.id);
    assert_int_equal(dd_explain(f->coord, visit, &looked_for), DD_OK);
    return looked_for.found;
}

enum dd_image_state fixture_state(struct fixture *f, const char *image)
{
    return fixture_explain(f, image).state;
}
