/* What a success is: how it is told from what only looks like one. */
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* A whole pull, event by event: accepted, before, stream, look-up, binding, grant,
 * telling. */
static void test_success_from_end_to_end(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_assert_trace(f, "pull-asked redis:7 web-1", "pull-queued redis:7 web-1",
                         "pull-before redis:7", "inspect-started redis:7");
    fixture_forget(f);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_assert_trace(f, "pull-started redis:7");
    fixture_forget(f);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_assert_trace(f, "pull-ended redis:7", "inspect-started redis@a");
    fixture_forget(f);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_assert_trace(f, "pull-succeeded redis:7 A", "bound redis:7 A", "bound redis@a A",
                         "count-up redis:7 A web-1", "granted A web-1");
    fixture_forget(f);
    fixture_run(f);
    fixture_assert_trace(f, "told redis:7 A web-1");
    fixture_assert_told(told, DD_OK);
    assert_string_equal(told->image, "A");
    assert_string_equal(told->caller, "web-1");
    assert_string_equal(told->text, "");
    assert_true(told->lease.number != 0);
    assert_false(told->recoverable);
}

/* H21: a stream that ends cleanly and early is no success, on an engine that prints a
 * closing line; the network is to blame, and another try may help. */
static void test_no_success_without_the_closing_line(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NO_CLOSING);
    fixture_run(f);
    fixture_assert_told(told, DD_ENETWORK);
    assert_true(told->recoverable);
    assert_string_equal(told->text,
                        "Failed to pull `redis:7`: the stream ended without its closing status");
}

/* An engine that prints none needs none. */
static void test_no_closing_line_on_an_engine_without(void **state)
{
    struct fixture *f = fixture_open_podman();
    struct fixture_told *told;

    (void)state;
    told = fixture_pull_running(f, "redis:7", "web-1");
    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NO_CLOSING);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_close(f);
}

/* An error line inside a 200 is a failure, of the class that its text says. */
static void test_error_line_fails_a_clean_stream(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_error_line(f, "redis:7", "toomanyrequests: pull rate limit");
    fixture_run(f);
    fixture_assert_told(told, DD_ERATELIMITED);
    assert_string_equal(told->text, "Failed to pull `redis:7`: toomanyrequests: pull rate limit");
}

/* So it is when a closing line comes too. */
static void test_error_line_outweighs_the_closing_line(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    const struct dd_line error = { .error = "unknown blob" };

    fixture_line(f, "redis:7", &error);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
}

/* A stream whose end is not clean is a failure, though its closing line came. */
static void test_lost_stream_is_no_success(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_status_line(f, "redis:7", "Status: Downloaded newer image for redis:7");
    fixture_answer_lost(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_run(f);
    fixture_assert_told(told, DD_ENETWORK);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis@a"));
}

/* H20: which image it is, is asked by the digest that the stream reported, for the
 * tag may have moved on. */
static void test_image_is_asked_by_the_digest(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_forget(f);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_assert_calls(f, "inspect redis@a");
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    fixture_run(f);
    assert_string_equal(told->image, "A");
}

/* Without a digest it is asked by name. */
static void test_image_is_asked_by_name_else(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_forget(f);
    fixture_status_line(f, "redis:7", "Digest: sha256:nonsense");
    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NEWER);
    fixture_assert_calls(f, "inspect redis:7");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    assert_string_equal(told->image, "A");
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* A digest of another port's registry is asked for there. */
static void test_digest_is_asked_in_its_repository(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "host:5000/team/app:7", "web-1");
    fixture_forget(f);
    fixture_answer_pull_ok(f, "host:5000/team/app:7", "a", FIXTURE_NEWER);
    fixture_assert_calls(f, "inspect host:5000/team/app@a");
}

/* No success without an inspect that answers: its failure is everybody's, and what the
 * name means is still looked at. */
static void test_inspect_that_fails_is_no_success(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_forget(f);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis@a"), 500, "layer is broken");
    fixture_assert_trace(f, "lookup-failed redis:7 DD_EENGINE", "pull-settled redis:7",
                         "inspect-started redis:7");
    fixture_run(f);
    fixture_assert_told(first, DD_EENGINE);
    fixture_assert_told(second, DD_EENGINE);
    assert_string_equal(first->text, "Failed to pull `redis:7`: layer is broken");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* H23: an image that is gone already when it is asked for is GONE, which another try
 * may cure. */
static void test_image_that_is_gone_is_recoverable(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect_404(f, "redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
    assert_string_equal(told->text, "Failed to pull `redis:7`: image is gone");
}

/* An answer without an ID, or with one that is none, is the engine's failure. */
static void test_answer_without_an_id_is_a_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    const struct dd_answer nameless = { .transport = DD_TRANSPORT_ANSWERED, .http_status = 200 };
    char id[DD_IMAGE_ID_MAX + 2];
    struct dd_answer endless = nameless;

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer(fixture_call(f, FIXTURE_INSPECT, "redis@a"), &nameless);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);

    memset(id, 'a', sizeof id);
    id[sizeof id - 1] = '\0';
    endless.id = id;
    told = fixture_pull_running(f, "nginx:1", "web-1");
    fixture_answer_pull_ok(f, "nginx:1", "a", FIXTURE_NEWER);
    fixture_answer(fixture_call(f, FIXTURE_INSPECT, "nginx@a"), &endless);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
}

/* H02: who asks after the stream has ended gets a pull of its own, though the look-up
 * is still under way: the tag may have moved. */
static void test_ended_pull_is_not_joined(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *told;

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(first, DD_OK);
    fixture_assert_untold(told);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

/* H41: without an answer before, the pull goes ahead and may succeed. */
static void test_success_without_before(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* A pull that the client does not even start is an unknown error, and leaves nothing to
 * look after. */
static void test_refused_pull_fails_and_owes_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    f->refuse[FIXTURE_PULL] = 1;
    fixture_answer_inspect_404(f, "redis:7");
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    assert_true(told->recoverable);
    fixture_pass(f, MINUTE);
    assert_int_equal(fixture_started(f, FIXTURE_INSPECT), 1);
}

/* A refused inspect before the pull is one that did not answer. */
static void test_refused_inspect_before_is_no_answer(void **state)
{
    struct fixture *f = *state;

    f->refuse[FIXTURE_INSPECT] = 1;
    fixture_pull(f, "redis:7", "web-1");
    assert_false(fixture_has_call(f, FIXTURE_PULL, NULL));
    fixture_run(f);
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis:7"));
}

/* A refused look-up fails the pull, whose name is then looked at. */
static void test_refused_look_up_fails(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    f->refuse[FIXTURE_INSPECT] = 1;
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Who leaves while a refusal is on its way leaves like anybody: nothing is cancelled that
 * was never begun, and nothing is left. */
static void test_leaving_while_a_refusal_is_on_its_way(void **state)
{
    static const enum dd_policy policies[] = { DD_PULL_ALWAYS, DD_PULL_IF_MISSING, DD_PULL_NEVER };
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        struct fixture_told *told;

        f->refuse[FIXTURE_INSPECT] = 1;
        told = fixture_pull_policy(f, "redis:7", "web-1", policies[i]);
        fixture_leave(f, told);
    }
    fixture_assert_no_calls(f);

    fixture_pull(f, "nginx:1", "web-1");
    f->refuse[FIXTURE_PULL] = 1;
    fixture_answer_inspect_404(f, "nginx:1");
    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_OK);
    fixture_pass(f, HOUR);
    fixture_assert_calls(f, "inspect nginx:1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_success_from_end_to_end),
        TEST(test_no_success_without_the_closing_line),
        cmocka_unit_test(test_no_closing_line_on_an_engine_without),
        TEST(test_error_line_fails_a_clean_stream),
        TEST(test_error_line_outweighs_the_closing_line),
        TEST(test_lost_stream_is_no_success),
        TEST(test_image_is_asked_by_the_digest),
        TEST(test_image_is_asked_by_name_else),
        TEST(test_digest_is_asked_in_its_repository),
        TEST(test_inspect_that_fails_is_no_success),
        TEST(test_image_that_is_gone_is_recoverable),
        TEST(test_answer_without_an_id_is_a_failure),
        TEST(test_ended_pull_is_not_joined),
        TEST(test_success_without_before),
        TEST(test_refused_pull_fails_and_owes_nothing),
        TEST(test_refused_inspect_before_is_no_answer),
        TEST(test_refused_look_up_fails),
        TEST(test_leaving_while_a_refusal_is_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
