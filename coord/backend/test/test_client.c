/* The Docker client: what it asks, and what a real engine's recorded answers come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"

#define APP "127.0.0.1:5055/team/app"

static int setup(void **state)
{
    *state = client_fixture_create(true);
    return 0;
}

static int teardown(void **state)
{
    client_fixture_destroy(*state);
    return 0;
}

static void assert_asked(const struct client_fixture *f, size_t index, const char *expected)
{
    char line[512];

    assert_string_equal(web_asked(&f->web, index, line), expected);
}

/* The first call asks for the version, all ask in that version then, and each has a
 * connection of its own. */
static void test_client_negotiates_once(void **state)
{
    struct client_fixture *f = *state;
    struct probe probes[2];

    client_fixture_say_recorded(f, "inspect-ok");
    client_fixture_say_recorded(f, "inspect-missing");
    probe_init(&probes[0], f);
    probe_init(&probes[1], f);
    probe_inspect(&probes[0], APP ":7");
    probe_inspect(&probes[1], APP ":none");
    assert_asked(f, 0, "GET /version HTTP/1.1");
    assert_asked(f, 1, "GET /v1.41/images/" APP ":7/json HTTP/1.1");
    assert_asked(f, 2, "GET /v1.41/images/" APP ":none/json HTTP/1.1");
    assert_int_equal(f->web.request_count, 3);
    assert_int_equal(f->web.connection_count, 3);
    /* And does not keep it. */
    dd_loop_dispatch(f->loop);
    assert_true(web_is_left(&f->web, 0) && web_is_left(&f->web, 1) && web_is_left(&f->web, 2));
    probe_release(&probes[0]);
    probe_release(&probes[1]);
}

/* An inspect brings ID, tags and digests; of a missing image the engine's own text. */
static void test_client_inspects(void **state)
{
    struct client_fixture *f = *state;
    struct probe there;
    struct probe missing;

    client_fixture_say_recorded(f, "inspect-ok");
    client_fixture_say_recorded(f, "inspect-missing");
    probe_init(&there, f);
    probe_init(&missing, f);
    probe_inspect(&there, APP ":7");
    probe_inspect(&missing, APP ":none");
    assert_int_equal(there.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(there.http_status, 200);
    assert_string_equal(there.text, "");
    assert_string_equal(there.id,
                        "sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e5455e5f8bae98cd0d0");
    assert_string_equal(there.names,
                        APP ":7 | " APP
                            "@sha256:3e229c80fe835c9302e29d90f9fcca0bc780ff69121a5bb5c2ff598ac07"
                            "777e1 | | | ");
    assert_int_equal(missing.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(missing.http_status, 404);
    assert_string_equal(missing.text, "no such image: " APP ":none: No such image: " APP ":none");
    assert_string_equal(missing.id, "");
    probe_release(&there);
    probe_release(&missing);
}

/* Identify asks anew for the version, and for the engine's ID; Docker prints closing
 * lines. */
static void test_client_identifies(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_json(&f->web, 200, "{\"ID\":\"AAAA:BBBB\",\"Name\":\"web-7\"}");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->identify(f->docker.ctx, &probe.call), DD_OK);
    probe_await(&probe);
    assert_asked(f, 1, "GET /v1.41/info HTTP/1.1");
    assert_int_equal(probe.http_status, 200);
    assert_string_equal(probe.id, "AAAA:BBBB");
    assert_true(probe.closing_lines);
    probe_release(&probe);
}

/* A DELETE is never by force, and does not prune what the image was built on. */
static void test_client_removes(void **state)
{
    struct client_fixture *f = *state;
    struct probe gone;
    struct probe refused;

    client_fixture_say_recorded(f, "remove-ok");
    client_fixture_say_recorded(f, "remove-by-id-two-names");
    probe_init(&gone, f);
    probe_init(&refused, f);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &gone.call, APP ":7"), DD_OK);
    probe_await(&gone);
    assert_asked(f, 1, "DELETE /v1.41/images/" APP ":7?force=false&noprune=true HTTP/1.1");
    assert_int_equal(gone.http_status, 200);
    assert_non_null(strstr(gone.names, "| | " APP ":7 " APP "@sha256:"));
    assert_non_null(
        strstr(gone.names, "| sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e54"));
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &refused.call, "sha256:932b"), DD_OK);
    probe_await(&refused);
    assert_int_equal(refused.http_status, 409);
    assert_non_null(strstr(refused.text, "image is referenced in multiple repositories"));
    probe_release(&gone);
    probe_release(&refused);
}

/* A list brings each image's ID. */
static void test_client_lists(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    client_fixture_say_recorded(f, "list");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->list(f->docker.ctx, &probe.call), DD_OK);
    probe_await(&probe);
    assert_asked(f, 1, "GET /v1.41/images/json HTTP/1.1");
    assert_string_equal(probe.names, "| | | | sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1"
                                     "e5455e5f8bae98cd0d0 ");
    probe_release(&probe);
}

/* Every line of a pull's stream is told, decoded, in its order, before the end. */
static void test_client_pulls(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    client_fixture_say_recorded(f, "pull-ok");
    probe_init(&probe, f);
    probe_pull(&probe);
    probe_await(&probe);
    assert_asked(f, 1, "POST /v1.41/images/create?fromImage=team%2Fapp&tag=7 HTTP/1.1");
    assert_null(strstr(f->web.requests[1], "X-Registry-Auth"));
    assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(probe.http_status, 200);
    assert_int_equal(probe.line_count, 45);
    assert_string_equal(probe.lines[0], "7 Pulling from team/app 0/0 !");
    assert_string_equal(probe.lines[8], "485c87007d2a Downloading 36445/1400618 !");
    assert_string_equal(probe.lines[44], "- Status: Downloaded newer image for " APP ":7 0/0 !");
    probe_release(&probe);
}

/* A pull by digest has the digest where a tag goes; a platform is asked for; and so is
 * "latest" where there is neither tag nor digest, for without a tag the engine would
 * pull them all. */
static void test_client_asks_for_what_was_meant(void **state)
{
    struct client_fixture *f = *state;
    static const struct dd_pull_spec specs[] = {
        { .repository = "host:5000/a", .digest = "sha256:0123", .platform = "linux/arm64" },
        { .repository = "redis" },
    };
    struct probe probe;

    for (size_t i = 0; i < 2; i++) {
        client_fixture_say_recorded(f, "pull-up-to-date");
        probe_init(&probe, f);
        assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &specs[i]), DD_OK);
        probe_await(&probe);
        probe_release(&probe);
    }
    assert_asked(f, 1,
                 "POST /v1.41/images/create?fromImage=host%3A5000%2Fa&tag=sha256%3A0123"
                 "&platform=linux%2Farm64 HTTP/1.1");
    assert_asked(f, 2, "POST /v1.41/images/create?fromImage=redis&tag=latest HTTP/1.1");
}

/* An error in a stream is a line like others: the call itself is answered. */
static void test_client_tells_errors_in_the_stream(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    client_fixture_say_recorded(f, "pull-missing-blob");
    probe_init(&probe, f);
    probe_pull(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(probe.http_status, 200);
    assert_int_equal(probe.line_count, 25);
    assert_string_equal(probe.lines[24], "- - 0/0 !unknown blob");
    probe_release(&probe);
}

/* A pull that fails before its first line has a status, the engine's text, and no
 * line. */
static void test_client_tells_errors_before_the_stream(void **state)
{
    struct client_fixture *f = *state;
    static const struct {
        const char *recorded;
        unsigned http_status;
        const char *text;
    } rows[] = {
        { "pull-unknown-tag", 404, "manifest unknown" },
        { "pull-bad-name", 400, "invalid reference format" },
        { "pull-no-credentials", 500, "no basic auth credentials" },
        { "pull-wrong-password", 500, "unauthorized: authentication required" },
        { "pull-registry-down", 500, "connection refused" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe probe;

        client_fixture_say_recorded(f, rows[i].recorded);
        probe_init(&probe, f);
        probe_pull(&probe);
        probe_await(&probe);
        assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
        assert_int_equal(probe.http_status, rows[i].http_status);
        assert_non_null(strstr(probe.text, rows[i].text));
        assert_int_equal(probe.line_count, 0);
        probe_release(&probe);
    }
}

/* H27: credentials go into the pull's own request, and into no other. */
static void test_client_sends_credentials(void **state)
{
    struct client_fixture *f = *state;
    const struct dd_credentials credentials = { .username = "alice",
                                                .password = "p?>",
                                                .server_address = "host:5000" };
    const struct dd_pull_spec spec = { .repository = "host:5000/a",
                                       .tag = "1",
                                       .credentials = &credentials };
    struct probe probe;

    client_fixture_say_recorded(f, "pull-right-password");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &spec), DD_OK);
    probe_await(&probe);
    assert_null(strstr(f->web.requests[0], "X-Registry-Auth"));
    assert_non_null(strstr(f->web.requests[1],
                           "\r\nX-Registry-Auth: eyJ1c2VybmFtZSI6ImFsaWNlIiwicGFzc3dvcmQiOiJwPz4iLC"
                           "JzZXJ2ZXJhZGRyZXNzIjoiaG9zdDo1MDAwIn0=\r\n"));
    assert_int_equal(probe.line_count, 44);
    probe_release(&probe);
}

/* Names that would lead elsewhere than to an image are not asked for at all. */
static void test_client_refuses_strange_names(void **state)
{
    struct client_fixture *f = *state;
    static const char *const names[] = { "",     "a?force=true", "../containers",
                                         "a//b", "a/./b",        "a/..",
                                         "/a",   "a/",           "a b",
                                         "a%2f", "a#b",          "\xC3\xA4" };
    struct probe probe;

    probe_init(&probe, f);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe.call, names[i]), DD_EINVAL);
        assert_int_equal(f->docker.ops->inspect(f->docker.ctx, &probe.call, names[i]), DD_EINVAL);
    }
    assert_int_equal(probe.done_count, 0);
}

/* Many questions at once are all answered, by a bounded number of connections at a
 * time. */
static void test_client_asks_much_at_once(void **state)
{
    struct client_fixture *f = *state;
    struct probe probes[12];

    probe_init(&probes[0], f);
    client_fixture_say_recorded(f, "inspect-missing");
    probe_inspect(&probes[0], "a");
    for (size_t i = 1; i < 12; i++) {
        client_fixture_say_recorded(f, "inspect-missing");
        probe_init(&probes[i], f);
        assert_int_equal(f->docker.ops->inspect(f->docker.ctx, &probes[i].call, "a"), DD_OK);
    }
    for (size_t i = 0; i < 12; i++) {
        probe_await(&probes[i]);
        assert_int_equal(probes[i].http_status, 404);
        probe_release(&probes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_client_negotiates_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_inspects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_identifies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_removes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_pulls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_asks_for_what_was_meant, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_tells_errors_in_the_stream, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_tells_errors_before_the_stream, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_client_sends_credentials, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_refuses_strange_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_asks_much_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
