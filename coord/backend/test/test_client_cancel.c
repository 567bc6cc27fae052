/* The Docker client: cancelling a call closes its request, and each call completes
 * exactly once all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"

#define STREAM_HEAD                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
#define LINE "15\r\n{\"status\":\"waiting\"}\n\r\n"
#define LINE_WITHOUT_END "14\r\n{\"status\":\"waiting\"}\r\n"

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

static void dispatch_until_left(struct client_fixture *f, size_t connection)
{
    for (int i = 0; i < 1000 && !web_is_left(&f->web, connection); i++) {
        dd_loop_wait(f->loop, UINT64_C(10000000));
    }
    assert_true(web_is_left(&f->web, connection));
}

/* A pull that hangs is cancelled: its completion comes later, once, and the engine sees
 * the connection close. */
static void test_cancel_closes_the_request(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say(&f->web, STREAM_HEAD LINE, strlen(STREAM_HEAD LINE), WEB_HANGS);
    probe_init(&probe, f);
    probe_pull(&probe);
    client_fixture_await_requests(f, 2);
    while (probe.line_count == 0) {
        dd_loop_wait(f->loop, UINT64_C(10000000));
    }
    probe_cancel(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probe.line_count, 1);
    dispatch_until_left(f, 1);
    probe_release(&probe);
}

/* Cancelled before anything was sent, as well. */
static void test_cancel_before_it_was_sent(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    probe_init(&probe, f);
    probe_pull(&probe);
    probe_cancel(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(f->web.request_count, 0);
    probe_release(&probe);
}

/* A DELETE that is cancelled while the engine works on it is not known to have
 * failed. */
static void test_cancel_a_removal(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say(&f->web, "", 0, WEB_HANGS);
    probe_init(&probe, f);
    assert_int_equal(f->docker.ops->remove(f->docker.ctx, &probe.call, "a:1"), DD_OK);
    client_fixture_await_requests(f, 2);
    probe_cancel(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probe.http_status, 0);
    probe_release(&probe);
}

/* A line's hearer may cancel its own pull: it hears no other line, and the completion
 * comes after it returned. */
static void test_cancel_from_inside_a_line(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    client_fixture_say_recorded(f, "pull-ok");
    probe_init(&probe, f);
    probe.cancel_at = 3;
    probe_pull(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probe.line_count, 3);
    probe_release(&probe);
}

/* Even the last line's, which stands without an end. */
static void test_cancel_from_inside_the_last_line(void **state)
{
    struct client_fixture *f = *state;
    struct probe probe;

    web_say_text(&f->web, STREAM_HEAD LINE_WITHOUT_END "0\r\n\r\n");
    probe_init(&probe, f);
    probe.cancel_at = 1;
    probe_pull(&probe);
    probe_await(&probe);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    probe_release(&probe);
}

/* Others go on. */
static void test_cancel_leaves_others_alone(void **state)
{
    struct client_fixture *f = *state;
    struct probe hanging;
    struct probe other;

    web_say(&f->web, "", 0, WEB_HANGS);
    probe_init(&hanging, f);
    probe_init(&other, f);
    probe_pull(&hanging);
    client_fixture_await_requests(f, 2);
    client_fixture_say_recorded(f, "inspect-ok");
    assert_int_equal(
        f->docker.ops->inspect(f->docker.ctx, &other.call, "127.0.0.1:5055/team/app:7"), DD_OK);
    probe_cancel(&hanging);
    probe_await(&hanging);
    probe_await(&other);
    assert_int_equal(other.http_status, 200);
    probe_release(&hanging);
    probe_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cancel_closes_the_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_before_it_was_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_a_removal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_from_inside_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_from_inside_the_last_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_leaves_others_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
