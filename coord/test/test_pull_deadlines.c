/* How long anything about a pull may take. */
#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* H04: a pull without any line for 5 minutes has stalled: its waiters are told, and
 * the engine's call is aborted. */
static void test_silent_pull_stalls(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_pass(f, 5 * MINUTE - 1);
    fixture_assert_untold(told);
    fixture_pass(f, 1);
    fixture_assert_told(told, DD_ESTALLED);
    assert_true(told->recoverable);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    assert_string_equal(told->text, "Failed to pull `redis:7`: pull made no progress");
}

/* H26: any line is progress, be it an extraction at 100 % downloaded. */
static void test_any_line_is_progress(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    const struct dd_line extracting = {
        .status = "Extracting", .id = "abc", .current_bytes = 9, .total_bytes = 9
    };
    const struct dd_line bare = { .status = NULL };

    fixture_pass(f, 5 * MINUTE - 1);
    fixture_line(f, "redis:7", &extracting);
    fixture_pass(f, 5 * MINUTE - 1);
    fixture_line(f, "redis:7", &extracting);
    fixture_pass(f, 5 * MINUTE - 1);
    fixture_line(f, "redis:7", &bare);
    fixture_pass(f, 5 * MINUTE - 1);
    fixture_assert_untold(told);
    fixture_pass(f, 1);
    fixture_assert_told(told, DD_ESTALLED);
}

/* A whole pull may take an hour, however busy it looks; whoever joined, and when. */
static void test_whole_pull_takes_an_hour_at_most(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *late;

    for (int i = 0; i < 59; i++) {
        fixture_pass(f, MINUTE);
        fixture_status_line(f, "redis:7", "Downloading");
    }
    late = fixture_pull(f, "redis:7", "web-2");
    fixture_pass(f, MINUTE - 1);
    fixture_assert_untold(first);
    fixture_pass(f, 1);
    fixture_assert_told(first, DD_ETIMEDOUT);
    fixture_assert_told(late, DD_ETIMEDOUT);
    assert_true(first->recoverable);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
}

/* The hour, and the five minutes, count from the engine's start of the pull: what it
 * waited in the queue is not its fault. */
static void test_hour_counts_from_the_start(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    fixture_pull_running(f, "nginx:1", "web-1");
    told = fixture_pull(f, "redis:7", "web-2");
    for (int i = 0; i < 50; i++) {
        fixture_pass(f, MINUTE);
        fixture_status_line(f, "nginx:1", "Downloading");
    }
    fixture_answer_pull_error(f, "nginx:1", 404, "manifest unknown");
    fixture_answer_inspect_404(f, "redis:7");
    for (int i = 0; i < 59; i++) {
        fixture_pass(f, MINUTE);
        fixture_status_line(f, "redis:7", "Downloading");
    }
    fixture_assert_untold(told);
    fixture_pass(f, MINUTE);
    fixture_assert_told(told, DD_ETIMEDOUT);
    fixture_close(f);
}

/* The whole pull has its hour until its result is known: also while a finished one
 * waits for a DELETE that nobody answers. What it brought is ours all the same. */
static void test_hour_holds_while_a_removal_is_awaited(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull_running(f, "nginx:1", "web-2");
    fixture_answer_pull_ok(f, "nginx:1", "b", FIXTURE_NEWER);
    fixture_answer_inspect(f, "nginx@b", "A", "redis:7 nginx:1 nginx@b");
    fixture_pass(f, HOUR - 1);
    fixture_assert_untold(told);
    fixture_pass(f, 1);
    fixture_assert_told(told, DD_ETIMEDOUT);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "");
    assert_string_equal(fixture_explain(f, "A").bindings, "nginx:1 nginx@b");
}

/* After its result a pull has no deadline: the abort may be answered late. */
static void test_aborted_call_has_no_deadline(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_pass(f, 5 * MINUTE);
    fixture_assert_told(told, DD_ESTALLED);
    fixture_pass(f, 3 * HOUR);
    fixture_assert_calls(f, "inspect redis:7", "pull redis:7");
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
}

/* An inspect before the pull that is not answered in 30 s is given up, and the pull
 * goes ahead without knowing what was before. */
static void test_inspect_before_has_thirty_seconds(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *inspect;

    fixture_pull(f, "redis:7", "web-1");
    inspect = fixture_call(f, FIXTURE_INSPECT, "redis:7");
    fixture_pass(f, 30 * SECOND - 1);
    assert_false(inspect->is_cancelled);
    fixture_pass(f, 1);
    assert_true(inspect->is_cancelled);
    fixture_answer_cancelled(inspect);
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis:7"));
}

/* So is the one after a stream that ended well; the pull has then failed. */
static void test_inspect_after_has_thirty_seconds(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_pass(f, 30 * SECOND);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis@a"));
    fixture_run(f);
    fixture_assert_told(told, DD_ETIMEDOUT);
}

/* An answer that came before the cancel is as good as any. */
static void test_answer_that_beats_its_cancel_counts(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_pass(f, 30 * SECOND);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* H04: a client is asked once to cancel a call (the fixture's insists): not again when its
 * last caller leaves after the call's time was over, nor when a close's time is. */
static void test_call_is_cancelled_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *before = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *retained = fixture_retain(f, "B", NULL, "web-1");
    struct fixture_call *asked = fixture_call(f, FIXTURE_INSPECT, "redis:7");

    fixture_pass(f, f->config.inspect_timeout_ns);
    assert_true(asked->is_cancelled);
    fixture_leave(f, before);
    fixture_leave(f, retained);
    assert_int_equal(fixture_start_close(f, false, SECOND), DD_OK);
    fixture_pass(f, SECOND);
    fixture_answer_cancelled(asked);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "B"));
    fixture_run(f);
    assert_int_equal(f->closed_count, 1);
}

/* So it is with an engine's pull that stalled, and with a removal's inspect. */
static void test_stalled_pull_is_cancelled_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *asked;
    struct fixture_call *pull;

    fixture_removing(f, "nginx:1", "A");
    asked = fixture_call(f, FIXTURE_INSPECT, "A");
    (void)fixture_pull_running(f, "redis:7", "web-1");
    pull = fixture_call(f, FIXTURE_PULL, "redis:7");
    fixture_pass(f, f->config.progress_timeout_ns);
    assert_true(pull->is_cancelled);
    assert_true(asked->is_cancelled);
    assert_int_equal(fixture_start_close(f, true, SECOND), DD_OK);
    fixture_pass(f, SECOND);
    fixture_answer_cancelled(pull);
    fixture_answer_cancelled(asked);
    fixture_run(f);
    assert_int_equal(f->closed_count, 1);
}

/* H25: a caller's own deadline rules that caller and nobody else. */
static void test_own_deadline_rules_its_caller_alone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *hasty = fixture_pull_within(f, "redis:7", "web-1", 10 * SECOND);
    struct fixture_told *patient = fixture_pull(f, "redis:7", "web-2");

    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, 10 * SECOND - 1);
    fixture_assert_untold(hasty);
    fixture_pass(f, 1);
    fixture_assert_told(hasty, DD_ETIMEDOUT);
    assert_false(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(patient, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-2");
}

/* It leaves like any other: the last one aborts the engine's pull. */
static void test_own_deadline_of_the_last_waiter_aborts(void **state)
{
    struct fixture *f = *state;

    fixture_pull_within(f, "redis:7", "web-1", 10 * SECOND);
    fixture_pull_within(f, "redis:7", "web-2", 20 * SECOND);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, 20 * SECOND - 1);
    assert_false(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    fixture_pass(f, 1);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
}

/* It counts from the call, also while the pull is queued. */
static void test_own_deadline_runs_in_the_queue(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    fixture_pull_running(f, "nginx:1", "web-1");
    told = fixture_pull_within(f, "redis:7", "web-2", 10 * SECOND);
    fixture_pass(f, 10 * SECOND);
    fixture_assert_told(told, DD_ETIMEDOUT);
    assert_string_equal(told->text, "Failed to pull `redis:7`: timed out");
    fixture_close(f);
}

/* It is over with the telling: what was told is the caller's for good. */
static void test_own_deadline_ends_with_the_telling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_within(f, "redis:7", "web-1", 10 * SECOND);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_pass(f, MINUTE);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* A failure that nobody was told stays what it was, though the deadline be over. */
static void test_own_deadline_hides_no_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_within(f, "redis:7", "web-1", 10 * SECOND);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 404, "manifest unknown");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_alarm(f);
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_silent_pull_stalls),
        TEST(test_any_line_is_progress),
        TEST(test_whole_pull_takes_an_hour_at_most),
        cmocka_unit_test(test_hour_counts_from_the_start),
        TEST(test_hour_holds_while_a_removal_is_awaited),
        TEST(test_aborted_call_has_no_deadline),
        TEST(test_inspect_before_has_thirty_seconds),
        TEST(test_inspect_after_has_thirty_seconds),
        TEST(test_answer_that_beats_its_cancel_counts),
        TEST(test_call_is_cancelled_once),
        TEST(test_stalled_pull_is_cancelled_once),
        TEST(test_own_deadline_rules_its_caller_alone),
        TEST(test_own_deadline_of_the_last_waiter_aborts),
        cmocka_unit_test(test_own_deadline_runs_in_the_queue),
        TEST(test_own_deadline_ends_with_the_telling),
        TEST(test_own_deadline_hides_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
