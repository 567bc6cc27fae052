/* The Docker client: where a body ends, and whether it was cut off (H21). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define CHUNKED_HELLO "13\r\n{\"status\":\"hello\"}\n\r\n0\r\n\r\n"
#define CLOSING "{\"status\":\"Status: Downloaded newer image for team/app:7\"}\r\n"
#define ERROR "{\"errorDetail\":{\"message\":\"no\"},\"error\":\"no\"}\r\n"

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

static void assert_pull(struct client_fixture *f, const char *reply, enum dd_transport transport)
{
    struct probe probe;

    web_say_text(&f->web, reply);
    probe_init(&probe, f);
    probe_pull(&probe);
    probe_await(&probe);
    if (probe.transport != transport || probe.line_count != 1) {
        (void)fprintf(stderr, "in answer to: %s\n", reply);
    }
    assert_int_equal(probe.transport, transport);
    assert_int_equal(probe.line_count, 1);
    probe_release(&probe);
}

/* A body that is cut short is no answer, be it JSON or a stream. */
static void test_framing_notices_a_cut(void **state)
{
    struct client_fixture *f = *state;
    struct probe cut_body;

    web_say_text(&f->web, OK_HEAD "Content-Length: 100\r\n\r\n{\"Id\":\"sha256:0\"}");
    probe_init(&cut_body, f);
    probe_inspect(&cut_body, "a:1");
    assert_int_equal(cut_body.transport, DD_TRANSPORT_LOST);
    assert_string_equal(cut_body.id, "");
    probe_release(&cut_body);
    assert_pull(f,
                OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                        "13\r\n{\"status\":\"hello\"}\n\r\n",
                DD_TRANSPORT_LOST);
}

/* A stream's end is told by chunks or by a length, in whatever case and with whatever
 * blanks an engine or a proxy writes it. */
static void test_framing_by_any_spelling(void **state)
{
    struct client_fixture *f = *state;
    static const char *const whole[] = {
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n" CHUNKED_HELLO,
        OK_HEAD "transfer-encoding:chunked\r\n\r\n" CHUNKED_HELLO,
        OK_HEAD "TRANSFER-ENCODING: \t Chunked \r\n\r\n" CHUNKED_HELLO,
        OK_HEAD "Content-Length: 19\r\n\r\n{\"status\":\"hello\"}\n",
        OK_HEAD "content-length:19\r\n\r\n{\"status\":\"hello\"}\n",
        "HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD "Transfer-Encoding: chunked\r\n\r\n" CHUNKED_HELLO,
    };

    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        assert_pull(f, whole[i], DD_TRANSPORT_ANSWERED);
    }
}

/* A stream that ends with its connection may have been cut (Podman has no closing line
 * that would tell); what an answer before it, or another header, says is no matter. */
static void test_framing_mistrusts_an_end_that_cannot_be_told(void **state)
{
    struct client_fixture *f = *state;
    static const char *const doubtful[] = {
        OK_HEAD "Connection: close\r\n\r\n{\"status\":\"hello\"}\n",
        OK_HEAD "Connection: close\r\nX-Transfer-Encoding: chunked\r\n\r\n{\"status\":\"hello\"}\n",
        "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" OK_HEAD
        "Connection: close\r\n\r\n{\"status\":\"hello\"}\n",
    };

    for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
        assert_pull(f, doubtful[i], DD_TRANSPORT_LOST);
    }
}

/* But where the engine has said its last words, a closing line or the error that ended
 * the pull, and ended the line, nothing is missing. */
static void test_framing_believes_last_words(void **state)
{
    struct client_fixture *f = *state;

    assert_pull(f, OK_HEAD "Connection: close\r\n\r\n" CLOSING, DD_TRANSPORT_ANSWERED);
    assert_pull(f, "HTTP/1.0 200 OK\r\n\r\n" CLOSING, DD_TRANSPORT_ANSWERED);
    assert_pull(f, OK_HEAD "Connection: close\r\n\r\n" ERROR, DD_TRANSPORT_ANSWERED);
    /* A line that is no JSON is told as an error, but the engine has not said so. */
    assert_pull(f, OK_HEAD "Connection: close\r\n\r\n{\"sta\n", DD_TRANSPORT_LOST);
    assert_pull(f, OK_HEAD "Connection: close\r\n\r\n{\"error\":\"no\"", DD_TRANSPORT_LOST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_framing_notices_a_cut),
        TEST(test_framing_by_any_spelling),
        TEST(test_framing_mistrusts_an_end_that_cannot_be_told),
        TEST(test_framing_believes_last_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
