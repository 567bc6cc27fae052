#include "coord/backend/test/fixture_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/list.h"
#include "fakes/bytes.h"
#include "fakes/test/recording.h"

#define PATIENCE_NS (60 * UINT64_C(1000000000))

static char *copy_of(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void add_strings(struct fake_bytes *out, struct dd_strings strings)
{
    for (size_t i = 0; i < strings.count; i++) {
        fake_bytes_text(out, strings.at[i]);
        fake_bytes_char(out, ' ');
    }
}

static char *names_of(const struct dd_answer *answer)
{
    const struct dd_strings all[] = { answer->tags, answer->digests, answer->untagged,
                                      answer->deleted };
    struct fake_bytes out;
    char *names;

    fake_bytes_init(&out);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        add_strings(&out, all[i]);
        fake_bytes_text(&out, "| ");
    }
    for (size_t i = 0; i < answer->listed_count; i++) {
        fake_bytes_text(&out, answer->listed[i].id);
        fake_bytes_char(&out, ' ');
    }
    names = copy_of(out.at);
    fake_bytes_release(&out);
    return names;
}

static void probe_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct probe *probe = DD__CONTAINER(call, struct probe, call);

    assert_int_equal(probe->done_count++, 0);
    probe->transport = answer->transport;
    probe->http_status = answer->http_status;
    probe->instance = answer->instance;
    probe->closing_lines = answer->closing_lines;
    probe->text = copy_of(answer->text == NULL ? "" : answer->text);
    probe->id = copy_of(answer->id == NULL ? "" : answer->id);
    probe->names = names_of(answer);
}

static void probe_line(struct dd_call *call, const struct dd_line *line)
{
    struct probe *probe = DD__CONTAINER(call, struct probe, call);
    char text[1024];

    assert_int_equal(probe->done_count, 0);
    assert_true(probe->line_count < PROBE_LINE_MAX);
    (void)snprintf(text, sizeof text, "%s %s %llu/%llu !%s", line->id == NULL ? "-" : line->id,
                   line->status == NULL ? "-" : line->status,
                   (unsigned long long)line->current_bytes, (unsigned long long)line->total_bytes,
                   line->error == NULL ? "" : line->error);
    probe->lines[probe->line_count++] = copy_of(text);
    if (probe->line_count == probe->cancel_at) {
        probe_cancel(probe);
    }
}

void probe_init(struct probe *probe, struct client_fixture *f)
{
    *probe = (struct probe){ .call = { .line = probe_line, .done = probe_done }, .fixture = f };
}

void probe_release(struct probe *probe)
{
    for (size_t i = 0; i < probe->line_count; i++) {
        free(probe->lines[i]);
    }
    free(probe->text);
    free(probe->id);
    free(probe->names);
}

static uint64_t now_of(const struct client_fixture *f)
{
    struct dd_clock clock = dd_loop_clock(f->loop);

    return clock.ops->now(clock.ctx);
}

void probe_await(struct probe *probe)
{
    struct client_fixture *f = probe->fixture;
    uint64_t end_ns = now_of(f) + PATIENCE_NS;

    while (probe->done_count == 0) {
        assert_true(now_of(f) < end_ns);
        dd_loop_wait(f->loop, PATIENCE_NS);
    }
}

void client_fixture_await_requests(struct client_fixture *f, size_t count)
{
    uint64_t end_ns = now_of(f) + PATIENCE_NS;

    while (f->web.request_count < count) {
        assert_true(now_of(f) < end_ns);
        dd_loop_wait(f->loop, PATIENCE_NS);
    }
}

void probe_cancel(struct probe *probe)
{
    struct dd_docker docker = probe->fixture->docker;

    docker.ops->cancel(docker.ctx, &probe->call);
    assert_int_equal(probe->done_count, 0);
}

void client_fixture_say_recorded(struct client_fixture *f, const char *name)
{
    struct fake_bytes whole;

    recording_read(&whole, name);
    web_say(&f->web, whole.at, whole.size, WEB_HANGS);
    fake_bytes_release(&whole);
}

struct client_fixture *client_fixture_create(bool recorded)
{
    struct client_fixture *f = calloc(1, sizeof *f);
    char why[512] = "";

    assert_non_null(f);
    assert_int_equal(dd_loop_open(&f->loop), DD_OK);
    web_open(&f->web, f->loop);
    assert_int_equal(dd_client_open(f->loop, f->web.address, why, sizeof why, &f->client), DD_OK);
    f->docker = dd_client_docker(f->client);
    if (recorded) {
        client_fixture_say_recorded(f, "version");
    }
    return f;
}

void client_fixture_destroy(struct client_fixture *f)
{
    dd_client_close(f->client);
    web_close(&f->web);
    dd_loop_close(f->loop);
    free(f);
}

void probe_inspect(struct probe *probe, const char *name)
{
    struct dd_docker docker = probe->fixture->docker;

    assert_int_equal(docker.ops->inspect(docker.ctx, &probe->call, name), DD_OK);
    assert_int_equal(probe->done_count, 0);
    probe_await(probe);
}

void probe_pull(struct probe *probe)
{
    struct dd_docker docker = probe->fixture->docker;
    const struct dd_pull_spec spec = { .repository = "team/app", .tag = "7" };

    assert_int_equal(docker.ops->pull(docker.ctx, &probe->call, &spec), DD_OK);
    assert_int_equal(probe->done_count, 0);
}
