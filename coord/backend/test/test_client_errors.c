/* The Docker client in front of what is no engine, or none that can be spoken to, and
 * over connections that break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/client_internal.h"
#include "coord/backend/test/fixture_client.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static int setup(void **state)
{
    *state = client_fixture_create(true);
    return 0;
}

static int setup_strange(void **state)
{
    *state = client_fixture_create(false);
    return 0;
}

static int teardown(void **state)
{
    client_fixture_destroy(*state);
    return 0;
}

static void identify(struct probe *probe, struct client_fixture *f)
{
    probe_init(probe, f);
    assert_int_equal(f->docker.ops->identify(f->docker.ctx, &probe->call), DD_OK);
    probe_await(probe);
}

/* Identify failed with a text that names the address and has @words in it. */
static void assert_strange(struct client_fixture *f, const char *words)
{
    struct probe probe;

    identify(&probe, f);
    assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(probe.http_status, 0);
    assert_non_null(strstr(probe.text, f->web.address));
    assert_non_null(strstr(probe.text, words));
    assert_string_equal(probe.id, "");
    probe_release(&probe);
}

/* Whatever answers, but not as an engine does, is named as no engine. */
static void test_client_knows_what_is_no_engine(void **state)
{
    struct client_fixture *f = *state;

    web_say_json(&f->web, 200, "{\"hello\":\"world\"}");
    assert_strange(f, "is no Docker engine");
    web_say_json(&f->web, 200, "<html>");
    assert_strange(f, "is no Docker engine");
    web_say_json(&f->web, 200, "{\"ApiVersion\":\"one\"}");
    assert_strange(f, "is no Docker engine");
    web_say_text(&f->web, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope");
    assert_strange(f, "HTTP status 404");
    web_say_json(&f->web, 200, "{\"ApiVersion\":\"1.41\"}");
    web_say_json(&f->web, 200, "{\"Name\":\"it has no ID\"}");
    assert_strange(f, "does not tell its ID");
}

/* What speaks no HTTP at all is told so. */
static void test_client_knows_what_is_no_http(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_text(&f->web, "220 mail.example ESMTP\r\n");
    identify(&probe, f);
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_non_null(strstr(probe.text, f->web.address));
    assert_non_null(strstr(probe.text, "does not speak HTTP"));
    probe_release(&probe);
}

/* An engine that is too old is told so, with its version and the one that is needed. */
static void test_client_names_both_versions(void **state)
{
    struct client_fixture *f = *state;

    web_say_json(&f->web, 200, "{\"ApiVersion\":\"1.24\",\"MinAPIVersion\":\"1.12\"}");
    assert_strange(f, "is too old: it speaks API version 1.24, and 1.32 or newer is needed");
}

/* An engine that refuses the question for its version with a message is quoted. */
static void test_client_quotes_an_engine_that_refuses(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_json(&f->web, 503, "{\"message\":\"the daemon is starting\"}");
    identify(&probe, f);
    assert_int_equal(probe.http_status, 503);
    assert_string_equal(probe.text, "the daemon is starting");
    probe_release(&probe);
}

/* Podman prints no closing lines, and its ID is made of what does not change. */
static void test_client_knows_podman(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_json(&f->web, 200,
                 "{\"ApiVersion\":\"1.41\",\"Components\":[{\"Name\":\"Podman Engine\"}]}");
    web_say_json(&f->web, 200,
                 "{\"ID\":\"1234\",\"Name\":\"web-7\",\"DockerRootDir\":\"/var/lib/c\"}");
    identify(&probe, f);
    assert_string_equal(probe.id, "podman:web-7:/var/lib/c");
    assert_false(probe.closing_lines);
    probe_release(&probe);
}

/* Where nobody listens nothing was sent, and the error says where that was. */
static void test_client_says_where_nobody_is(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;
    struct dd_client *other;
    char why[256];

    assert_int_equal(
        dd_client_open(f->loop, "unix:///nowhere/docker.sock", why, sizeof why, &other), DD_OK);
    f->docker = dd_client_docker(other);
    identify(&probe, f);
    assert_int_equal(probe.transport, DD_TRANSPORT_UNSENT);
    assert_string_equal(probe.text, "cannot connect to the engine at unix:///nowhere/docker.sock: "
                                    "there is no such socket");
    probe_release(&probe);
    dd_client_close(other);
}

/* A malformed address is an error at once, which names it. */
static void test_client_names_a_malformed_address(void **state)
{
    struct client_fixture *f = *state;
    struct dd_client *other = NULL;
    char why[256];

    assert_int_equal(dd_client_open(f->loop, "ssh://x", why, sizeof why, &other), DD_EINVAL);
    assert_null(other);
    assert_non_null(strstr(why, "\"ssh://x\""));
}

/* A connection that ends before the answer: it may have been executed. A DELETE is
 * not sent again (H32). */
static void test_client_loses_an_answer(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_text(&f->web, "");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe.call, "a:1"), DD_OK);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_int_equal(f->web.request_count, 2);
    assert_non_null(strstr(probe.text, "lost the connection to the engine at unix://"));
    probe_release(&probe);
}

/* Lost while the version was asked for: the DELETE itself was never sent. */
static void test_client_loses_the_version(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_text(&f->web, "");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe.call, "a:1"), DD_OK);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_UNSENT);
    probe_release(&probe);
}

/* A 404 to the question for the version is none to the DELETE. */
static void test_client_keeps_questions_apart(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_json(&f->web, 404, "{\"message\":\"page not found\"}");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe.call, "a:1"), DD_OK);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_UNSENT);
    assert_int_equal(probe.http_status, 0);
    probe_release(&probe);
}

/* Only an engine's own 404, which has a message, says that an image is not there. */
static void test_client_mistrusts_a_404_of_others(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_text(&f->web, "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found");
    probe_init(&probe, f);
    probe_inspect(&probe, "sha256:0123");
    assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(probe.http_status, 0);
    assert_non_null(strstr(probe.text, "HTTP status 404"));
    probe_release(&probe);
}

/* Success whose body is not what was asked for has a status and a text, and nothing
 * else. */
static void test_client_mistrusts_a_body(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_json(&f->web, 200, "{\"Id\":7}");
    probe_init(&probe, f);
    probe_inspect(&probe, "a:1");
    assert_int_equal(probe.http_status, 200);
    assert_string_equal(probe.id, "");
    assert_string_equal(probe.text, "the engine's answer is not what it should be");
    probe_release(&probe);
}

/* An answer about another image says nothing about the one that was asked for: no ID, and
 * no status that means something. */
static void test_client_mistrusts_an_answer_about_another(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    client_fixture_say_recorded(f, "inspect-ok");
    probe_init(&probe, f);
    probe_inspect(&probe, "127.0.0.1:5055/team/tool:7");
    assert_int_equal(probe.transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(probe.http_status, 0);
    assert_string_equal(probe.id, "");
    assert_string_equal(probe.text, "the engine's answer is about another image");
    probe_release(&probe);
}

/* A line of a stream that is too long ends the pull at once: its end is not waited for. */
static void test_client_does_not_await_a_line_without_end(void **state)
{
    struct client_fixture *f = *state;
    size_t size = DD__STREAM_LINE_MAX + 200;
    char *reply = malloc(size);
    struct probe probe;

    assert_non_null(reply);
    memset(reply, 'a', size);
    memcpy(reply, OK_HEAD "\r\n", sizeof OK_HEAD + 1);
    web_say(&f->web, reply, size, WEB_HANGS);
    free(reply);
    probe_init(&probe, f);
    probe_pull(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_int_equal(probe.line_count, 1);
    assert_string_equal(probe.text, "a line of the pull's stream is too long");
    probe_release(&probe);
}

/* An answer without an end is given up when it is longer than any real one. */
static void test_client_bounds_an_answer(void **state)
{
    struct client_fixture *f = *state;
    size_t size = DD__CLIENT_BODY_MAX + 200;
    char *reply = malloc(size);
    struct probe probe;

    assert_non_null(reply);
    memset(reply, ' ', size);
    memcpy(reply, OK_HEAD "\r\n", sizeof OK_HEAD + 1);
    web_say(&f->web, reply, size, WEB_HANGS);
    free(reply);
    probe_init(&probe, f);
    probe_inspect(&probe, "a:1");
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_non_null(strstr(probe.text, "longer than an engine's can be"));
    probe_release(&probe);
}

/* Headers are bounded as bodies are: a real answer behind too many of them is none. */
static void test_client_bounds_the_headers(void **state)
{
    static const char header[] = "X-Padding: 12345678901234567890123456789012345678901234567\r\n";
    static const char tail[] = "Content-Length: 10\r\n\r\n{\"Id\":\"a\"}";
    struct client_fixture *f = *state;
    size_t count = (size_t)270 * 1024 / strlen(header);
    size_t size = strlen(OK_HEAD);
    char *reply = malloc(size + count * strlen(header) + sizeof tail);
    struct probe probe;

    assert_non_null(reply);
    memcpy(reply, OK_HEAD, size);
    for (size_t i = 0; i < count; i++, size += strlen(header)) {
        memcpy(reply + size, header, strlen(header));
    }
    memcpy(reply + size, tail, sizeof tail);
    web_say(&f->web, reply, size + strlen(tail), WEB_CLOSES);
    free(reply);
    probe_init(&probe, f);
    probe_inspect(&probe, "a:1");
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_non_null(strstr(probe.text, "longer than an engine's can be"));
    probe_release(&probe);
}

/* The engine is a newer one than when it was asked, and refuses the old version: it is
 * asked again, once, and so is the request, with its credentials. */
static void test_client_negotiates_again(void **state)
{
    struct client_fixture *f = *state;
    const struct dd_credentials credentials = { .identity_token = "t" };
    const struct dd_pull_spec spec = { .repository = "a", .tag = "1", .credentials = &credentials };
    struct probe probe;
    char line[512];

    web_say_json(&f->web, 400,
                 "{\"message\":\"client version 1.41 is too old. Minimum supported API version is "
                 "1.44, please upgrade your client to a newer version\"}");
    web_say_json(&f->web, 200, "{\"ApiVersion\":\"1.51\",\"MinAPIVersion\":\"1.44\"}");
    client_fixture_say_recorded(f, "pull-up-to-date");
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &spec), DD_OK);
    probe_await(&probe);
    assert_int_equal(probe.http_status, 200);
    assert_int_equal(probe.line_count, 3);
    assert_string_equal(web_asked(&f->web, 2, line), "GET /version HTTP/1.1");
    assert_string_equal(web_asked(&f->web, 3, line),
                        "POST /v1.44/images/create?fromImage=a&tag=1 HTTP/1.1");
    assert_non_null(strstr(f->web.requests[3], "X-Registry-Auth: eyJpZGVudGl0eXRva2VuIjoidCJ9\r"));
    probe_release(&probe);
}

/* An engine that refuses every version is not asked for ever. */
static void test_client_negotiates_again_only_once(void **state)
{
    struct client_fixture *f = *state;
    static const char refusal[] = "{\"message\":\"client version 1.41 is too new.\"}";
    struct probe probe;

    web_say_json(&f->web, 400, refusal);
    client_fixture_say_recorded(f, "version");
    web_say_json(&f->web, 400, refusal);
    probe_init(&probe, f);
    probe_inspect(&probe, "a:1");
    assert_int_equal(probe.http_status, 400);
    assert_int_equal(f->web.request_count, 4);
    probe_release(&probe);
}

/* A pull's credentials are gone when its answer has begun, however long it takes. */
static void test_client_forgets_credentials(void **state)
{
    static const char begun[] =
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n13\r\n{\"status\":\"hello\"}\n\r\n";
    struct client_fixture *f = *state;
    const struct dd_credentials credentials = { .username = "alice", .password = "secret" };
    const struct dd_pull_spec spec = { .repository = "a", .tag = "1", .credentials = &credentials };
    const struct dd__client_call *c;
    struct probe probe;

    web_say(&f->web, begun, strlen(begun), WEB_HANGS);
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &spec), DD_OK);
    c = probe.call.client;
    assert_non_null(c->secret_header);
    for (int i = 0; i < 1000 && probe.line_count == 0; i++) {
        dd_loop_wait(f->loop, UINT64_C(60000000));
    }
    assert_int_equal(probe.line_count, 1);
    assert_null(c->secret_header);
    assert_non_null(c->exchange.headers);
    assert_string_equal(c->exchange.headers->data, "");
    probe_cancel(&probe);
    probe_await(&probe);
    probe_release(&probe);
}

/* What an exchange is told of its body, which is taken at once. */
static void take_body(struct dd__exchange *exchange)
{
    dd__buffer_clear(&exchange->body);
}

static void end_of_exchange(struct dd__exchange *exchange)
{
    exchange->done = NULL;
}

/* A body that is taken as it comes is bounded as a whole, too. */
static void test_client_bounds_a_stream(void **state)
{
    struct client_fixture *f = *state;
    struct dd__http http;
    struct dd__exchange exchange = { .received = take_body, .done = end_of_exchange };
    const struct dd__http_request request = {
        .method = "GET",
        .url = "http://localhost/",
        .socket_path = f->web.address + strlen("unix://"),
        .body_max = 400000,
        .body_total_max = 299999,
    };
    char *reply = malloc(300100);

    assert_non_null(reply);
    memset(reply, 'x', 300100);
    memcpy(reply, OK_HEAD "\r\n", strlen(OK_HEAD "\r\n"));
    web_say(&f->web, reply, strlen(OK_HEAD "\r\n") + 300000, WEB_CLOSES);
    free(reply);
    assert_int_equal(dd__http_open(&http, f->loop, 0), DD_OK);
    assert_int_equal(dd__exchange_start(&http, &exchange, &request), DD_OK);
    for (int i = 0; i < 1000 && exchange.done != NULL; i++) {
        dd_loop_wait(f->loop, UINT64_C(60000000));
    }
    assert_null(exchange.done);
    assert_int_equal(exchange.transport, DD_TRANSPORT_LOST);
    assert_int_equal(exchange.fault, DD__HTTP_TOO_LONG);
    dd__exchange_release(&exchange);
    dd__http_close(&http);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_STRANGE(name) cmocka_unit_test_setup_teardown(name, setup_strange, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_STRANGE(test_client_knows_what_is_no_engine),
        TEST_STRANGE(test_client_knows_what_is_no_http),
        TEST_STRANGE(test_client_names_both_versions),
        TEST_STRANGE(test_client_quotes_an_engine_that_refuses),
        TEST_STRANGE(test_client_knows_podman),
        TEST_STRANGE(test_client_says_where_nobody_is),
        TEST_STRANGE(test_client_names_a_malformed_address),
        TEST(test_client_loses_an_answer),
        TEST_STRANGE(test_client_loses_the_version),
        TEST_STRANGE(test_client_keeps_questions_apart),
        TEST(test_client_mistrusts_a_404_of_others),
        TEST(test_client_mistrusts_a_body),
        TEST(test_client_mistrusts_an_answer_about_another),
        TEST(test_client_does_not_await_a_line_without_end),
        TEST(test_client_bounds_an_answer),
        TEST(test_client_bounds_the_headers),
        TEST(test_client_forgets_credentials),
        TEST_STRANGE(test_client_bounds_a_stream),
        TEST(test_client_negotiates_again),
        TEST(test_client_negotiates_again_only_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
