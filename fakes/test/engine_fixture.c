#include "fakes/test/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/engine_internal.h"

static void add(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out + used, size - used, format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, size - used - 1);
}

static uint64_t choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct engine_fixture *f = ctx;
    if (f->asked_count < sizeof(f->asked) / sizeof(f->asked[0])) {
        f->asked[f->asked_count] = label;
    }
    f->asked_count++;
    for (size_t i = 0; i < f->rule_count; i++) {
        if (strcmp(f->rules[i].kind, label.kind) == 0) {
            return f->rules[i].answer < count ? f->rules[i].answer : count - 1;
        }
    }
    return 0;
}

void engine_choose(struct engine_fixture *f, const char *kind, uint64_t answer)
{
    for (size_t i = 0; i < f->rule_count; i++) {
        if (strcmp(f->rules[i].kind, kind) == 0) {
            f->rules[i].answer = answer;
            return;
        }
    }
    f->rules[f->rule_count++] = (struct engine_answer_rule){ kind, answer };
}

size_t engine_asked(const struct engine_fixture *f, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < f->asked_count; i++) {
        count += strcmp(f->asked[i].kind, kind) == 0 ? 1 : 0;
    }
    return count;
}

static const char *short_of(const struct engine_fixture *f, const char *id)
{
    const char *nickname = id ? fake_engine_nickname(f->engine, id) : "-";
    return nickname ? nickname : id;
}

static void watch(void *ctx, const struct fake_happening *h)
{
    static const char *const words[] = { "sent",  "executed", "answered", "cancelled", "made",
                                         "named", "unnamed",  "deleted",  "restarted", "late" };
    struct engine_fixture *f = ctx;
    add(f->log, sizeof(f->log), "%s", words[h->kind]);
    if (h->number) {
        add(f->log, sizeof(f->log), " #%u", (unsigned)h->number);
    }
    if (h->name) {
        add(f->log, sizeof(f->log), " %s", short_of(f, h->name));
    }
    if (h->image) {
        add(f->log, sizeof(f->log), " %s", short_of(f, h->image));
    }
    if (h->was) {
        add(f->log, sizeof(f->log), " was %s", short_of(f, h->was));
    }
    if (h->http_status) {
        add(f->log, sizeof(f->log), " %u", h->http_status);
    }
    if (h->kind == FAKE_HAPPENED_ANSWERED && !h->http_status) {
        add(f->log, sizeof(f->log), " %s", h->message);
    }
    if (h->kind == FAKE_HAPPENED_LATE) {
        add(f->log, sizeof(f->log), " after %u ms", (unsigned)(h->since_abandoned_ns / MS));
    }
    add(f->log, sizeof(f->log), "\n");
}

int engine_setup(void **state)
{
    static const struct fake_window execute = { 10 * MS, 10 * MS };
    static const struct fake_window answer = { 5 * MS, 5 * MS };
    struct engine_fixture *f = calloc(1, sizeof(*f));
    struct fake_timing timing = { .abandoned = { SECOND, SECOND } };
    if (!f) {
        return -1;
    }
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        timing.execute[i] = execute;
        timing.answer[i] = answer;
    }
    f->chooser = (struct fake_chooser){ choose, f };
    fake_queue_init(&f->queue, &f->chooser);
    f->engine = fake_engine_create(&f->chooser, &f->queue,
                                   (struct fake_watcher){ .happened = watch, .ctx = f }, &timing);
    f->docker = fake_engine_docker(f->engine);
    engine_push(f, "app:1", "A");
    engine_push(f, "app:same", "A");
    engine_push(f, "app:2", "B");
    engine_push(f, "other:1", "A");
    *state = f;
    return 0;
}

int engine_teardown(void **state)
{
    struct engine_fixture *f = *state;
    fake_engine_destroy(f->engine);
    fake_queue_release(&f->queue);
    free(f);
    return 0;
}

void engine_push(struct engine_fixture *f, const char *reference, const char *image)
{
    struct fake_manifest manifest = { .reference = reference,
                                      .image = image,
                                      .size_bytes = 4000,
                                      .layer_count = 2,
                                      .pull = { SECOND, 2 * SECOND } };
    fake_registry_push(f->engine, &manifest);
}

static unsigned carry_out(struct engine_fixture *f, const char *verb, const char *a, const char *b)
{
    struct fake_engine *engine = f->engine;
    if (strcmp(verb, "pull") == 0) {
        return fake_engine_user_pull(engine, a);
    }
    if (strcmp(verb, "tag") == 0) {
        return fake_engine_tag(engine, a, b);
    }
    if (strcmp(verb, "rmi") == 0 || strcmp(verb, "force") == 0) {
        return fake_engine_rmi(engine, a, verb[0] == 'f');
    }
    if (strcmp(verb, "child") == 0) {
        return fake_engine_build_child(engine, a, b);
    }
    if (strcmp(verb, "run") == 0 || strcmp(verb, "create") == 0) {
        return fake_engine_container(engine, a, b, verb[0] == 'r');
    }
    if (strcmp(verb, "stop") == 0) {
        return fake_engine_container_stop(engine, a);
    }
    if (strcmp(verb, "rm") == 0) {
        return fake_engine_container_remove(engine, a);
    }
    if (strcmp(verb, "load") == 0) {
        fake_engine_load(engine, a, *b ? b : NULL);
        return 200;
    }
    assert_string_equal(verb, "push");
    engine_push(f, a, b);
    return 201;
}

void engine_given(struct engine_fixture *f, const char *script)
{
    char copy[512] = "";
    engine_expand(script, copy, sizeof(copy));
    char *rest = copy;
    while (*rest) {
        size_t length = strcspn(rest, ";");
        char end = rest[length];
        char verb[16] = "";
        char a[200] = "";
        char b[200] = "";
        rest[length] = '\0';
        int words = sscanf(rest, "%15s %199s %199s", verb, a, b);
        if (words > 0) {
            assert_in_range(carry_out(f, verb, a, b), 200, 299);
        }
        rest += length + (end ? 1 : 0);
    }
}

/* --- the client --------------------------------------------------------------- */

static void join(const struct engine_fixture *f, char *out, size_t size, struct dd_strings strings)
{
    for (size_t i = 0; i < strings.count; i++) {
        const char *at = strings.at[i];
        size_t length = strlen(at);
        bool bare = length == 64; /* Podman's */
        char id[80] = "sha256:";
        if (bare) {
            memcpy(id + 7, at, 65);
        }
        const char *nickname = fake_engine_nickname(f->engine, bare ? id : at);
        add(out, size, "%s%s%s", i ? " " : "", bare ? "bare " : "",
            nickname ? nickname : (bare || length == 71 ? "layer" : at));
    }
}

static void on_line(struct dd_call *call, const struct dd_line *line)
{
    struct engine_probe *probe = (struct engine_probe *)call;
    assert_int_equal(probe->done_count, 0);
    assert_in_range(probe->line_count, 0, 63);
    probe->line_ns[probe->line_count] = probe->fixture->queue.now_ns;
    char *out = probe->lines[probe->line_count++];
    if (line->error) {
        add(probe->error, sizeof(probe->error), "%s", line->error);
        add(out, sizeof(probe->lines[0]), "error");
    } else {
        add(out, sizeof(probe->lines[0]), "%s|%s|%u/%u", line->status, line->id ? line->id : "",
            (unsigned)line->current_bytes, (unsigned)line->total_bytes);
    }
    if (probe->line_count == probe->cancel_at_line) {
        engine_cancel(probe->fixture, probe);
    }
}

static void on_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct engine_probe *probe = (struct engine_probe *)call;
    const struct engine_fixture *f = probe->fixture;
    probe->done_count++;
    probe->done_ns = f->queue.now_ns;
    probe->transport = answer->transport;
    probe->http_status = answer->http_status;
    probe->has_text = answer->text != NULL;
    add(probe->text, sizeof(probe->text), "%s", answer->text ? answer->text : "");
    probe->instance = answer->instance;
    add(probe->id, sizeof(probe->id), "%s", answer->id ? answer->id : "");
    probe->closing_lines = answer->closing_lines;
    join(f, probe->tags, sizeof(probe->tags), answer->tags);
    join(f, probe->digests, sizeof(probe->digests), answer->digests);
    join(f, probe->untagged, sizeof(probe->untagged), answer->untagged);
    join(f, probe->deleted, sizeof(probe->deleted), answer->deleted);
    for (size_t i = 0; i < answer->listed_count; i++) {
        const struct dd_listed *listed = &answer->listed[i];
        add(probe->listed, sizeof(probe->listed), "%s%s:%u,%u,%u", i ? " " : "",
            fake_engine_nickname(f->engine, listed->id), (unsigned)listed->tags.count,
            (unsigned)listed->digests.count, (unsigned)listed->size_bytes);
    }
}

static void probe_init(struct engine_fixture *f, struct engine_probe *probe)
{
    size_t cancel_at_line = probe->cancel_at_line;
    memset(probe, 0, sizeof(*probe));
    probe->fixture = f;
    probe->call.line = on_line;
    probe->call.done = on_done;
    probe->cancel_at_line = cancel_at_line;
}

void engine_start_pull(struct engine_fixture *f, struct engine_probe *probe, const char *name)
{
    char repository[300] = "";
    char expanded[300] = "";
    engine_expand(name, expanded, sizeof(expanded));
    add(repository, sizeof(repository), "%s", expanded);
    struct dd_pull_spec spec = { .repository = repository };
    char *at = strchr(repository, '@');
    char *colon = strrchr(repository, ':');
    if (at) {
        *at = '\0';
        spec.digest = at + 1;
    } else if (colon && !strchr(colon, '/')) {
        *colon = '\0';
        spec.tag = colon + 1;
    }
    probe_init(f, probe);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe->call, &spec), DD_OK);
}

void engine_start_inspect(struct engine_fixture *f, struct engine_probe *probe, const char *name)
{
    char expanded[300] = "";
    engine_expand(name, expanded, sizeof(expanded));
    probe_init(f, probe);
    assert_int_equal(f->docker.ops->inspect(f->docker.ctx, &probe->call, expanded), DD_OK);
}

void engine_start_remove(struct engine_fixture *f, struct engine_probe *probe, const char *name)
{
    char expanded[300] = "";
    engine_expand(name, expanded, sizeof(expanded));
    probe_init(f, probe);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe->call, expanded), DD_OK);
}

void engine_cancel(struct engine_fixture *f, struct engine_probe *probe)
{
    unsigned before = probe->done_count;
    f->docker.ops->cancel(f->docker.ctx, &probe->call);
    assert_int_equal(probe->done_count, before);
}

const struct engine_probe *engine_pull(struct engine_fixture *f, const char *name)
{
    engine_start_pull(f, &f->probe, name);
    engine_run(f);
    assert_int_equal(f->probe.done_count, 1);
    return &f->probe;
}

const struct engine_probe *engine_inspect(struct engine_fixture *f, const char *name)
{
    engine_start_inspect(f, &f->probe, name);
    engine_run(f);
    assert_int_equal(f->probe.done_count, 1);
    return &f->probe;
}

const struct engine_probe *engine_remove(struct engine_fixture *f, const char *name)
{
    engine_start_remove(f, &f->probe, name);
    engine_run(f);
    assert_int_equal(f->probe.done_count, 1);
    return &f->probe;
}

void engine_run(struct engine_fixture *f)
{
    while (fake_queue_step(&f->queue)) {
    }
}

void engine_run_until(struct engine_fixture *f, uint64_t ns)
{
    const struct fake_event *next = fake_queue_next(&f->queue);
    while (next && next->earliest_ns <= ns) {
        (void)fake_queue_step(&f->queue);
        next = fake_queue_next(&f->queue);
    }
    f->queue.now_ns = ns;
}

const char *engine_images(struct engine_fixture *f, char *buffer, size_t size)
{
    struct fake_image_view view;
    buffer[0] = '\0';
    for (size_t i = 0; fake_engine_image(f->engine, i, &view); i++) {
        add(buffer, size, "%s%s", i ? " " : "", view.nickname);
    }
    return buffer;
}

const char *engine_means(const struct engine_fixture *f, const char *name)
{
    char expanded[300] = "";
    engine_expand(name, expanded, sizeof(expanded));
    const char *id = fake_engine_resolve(f->engine, expanded);
    return id ? fake_engine_nickname(f->engine, id) : "-";
}

void engine_expand(const char *text, char *out, size_t size)
{
    out[0] = '\0';
    while (*text) {
        size_t plain = strcspn(text, "{");
        add(out, size, "%.*s", (int)plain, text);
        text += plain;
        if (*text) {
            char name[32] = "";
            char id[72] = "";
            size_t length = strcspn(text, "}");
            add(name, sizeof(name), "%.*s", (int)length - 1, text + 1);
            text += length + 1;
            char *suffix = strpbrk(name, ".!");
            char kind = '\0';
            if (suffix) {
                kind = *suffix == '!' ? '!' : suffix[1];
                *suffix = '\0';
            }
            if (kind == '!') {
                fake__hex(fake__hash(name, strlen(name)), id, 12);
            } else if (kind == 'd') {
                fake_manifest_digest(name, id);
            } else {
                fake_image_id(name, id);
            }
            if (!kind) {
                memmove(id, id + 7, 12);
                id[12] = '\0';
            }
            add(out, size, "%s", id);
        }
    }
}
