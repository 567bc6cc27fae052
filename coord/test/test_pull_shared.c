/* One pull, many callers: joining, granting in one step, leaving. */
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* The engine's part from the stream's end to the result, in which nobody is told. */
static void succeed(struct fixture *f)
{
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
}

/* Callers that ask for the same share one engine pull. */
static void test_callers_share_one_engine_pull(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_pull(f, "redis:7", "web-2");
    fixture_pull(f, "redis:7", "web-3");
    succeed(f);
    fixture_run(f);
    fixture_assert_calls(f, "inspect redis:7", "pull redis:7", "inspect redis@a");
    assert_int_equal(fixture_explain(f, "A").lease_count, 3);
}

/* H11: all waiters are granted in one step, before any of them is told, so that the
 * first cannot leave before the last is counted. */
static void test_all_are_granted_before_any_is_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");
    struct fixture_image image;

    succeed(f);
    fixture_assert_untold(first);
    fixture_assert_untold(second);
    image = fixture_explain(f, "A");
    assert_int_equal(image.state, DD_IMAGE_HELD);
    assert_string_equal(image.holders, "web-1 web-2");
    /* Each telling is an event of its own. */
    assert_true(fixture_step(f));
    fixture_assert_told(first, DD_OK);
    fixture_assert_untold(second);
    /* The first lets go at once, and the second still holds. */
    fixture_release(f, first);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_true(fixture_step(f));
    fixture_assert_told(second, DD_OK);
    assert_false(fixture_step(f));
}

/* All waiters are failed in the step in which the failure is known, and each is told
 * in an event of its own. */
static void test_all_fail_in_one_step(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");

    fixture_answer_pull_error(f, "redis:7", 404, "manifest for redis:7 not found");
    fixture_assert_untold(first);
    fixture_assert_untold(second);
    assert_true(fixture_step(f));
    fixture_assert_told(first, DD_ENOTFOUND);
    fixture_assert_untold(second);
    assert_true(fixture_step(f));
    fixture_assert_told(second, DD_ENOTFOUND);
    assert_false(fixture_step(f));
}

/* H02: who comes after the result, though nobody was told it yet, does not get it
 * but an engine pull of its own. */
static void test_nobody_joins_a_pull_with_its_result(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *early = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *late;

    succeed(f);
    late = fixture_pull(f, "redis:7", "web-2");
    fixture_run(f);
    fixture_assert_told(early, DD_OK);
    fixture_assert_untold(late);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis:7"));
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

/* H02: nor does it get a stale failure. */
static void test_nobody_joins_a_pull_that_failed(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *early = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *late;

    fixture_answer_pull_error(f, "redis:7", 500, "toomanyrequests: slow down");
    late = fixture_pull(f, "redis:7", "web-2");
    fixture_run(f);
    fixture_assert_told(early, DD_ERATELIMITED);
    fixture_assert_untold(late);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

/* H01: a waiter that is told late does not touch the newer pull, which later callers
 * join. */
static void test_late_telling_leaves_the_newer_pull_alone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[4];

    told[0] = fixture_pull_running(f, "redis:7", "web-1");
    told[1] = fixture_pull(f, "redis:7", "web-2");
    succeed(f);
    assert_true(fixture_step(f));
    told[2] = fixture_pull(f, "redis:7", "web-3");
    assert_true(fixture_step(f));
    fixture_assert_told(told[1], DD_OK);
    told[3] = fixture_pull(f, "redis:7", "web-4");
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-4"), 1);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 1);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told[2], DD_OK);
    fixture_assert_told(told[3], DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

/* A callback that pulls again begins anew, though others of its pull are not told. */
static void pull_again(struct fixture *f, struct fixture_told *told)
{
    (void)told;
    fixture_pull(f, "redis:7", "again");
}

static void test_callback_that_pulls_begins_a_new_pull(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_pull(f, "redis:7", "web-2");
    told->then = pull_again;
    succeed(f);
    fixture_run(f);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 again"), 1);
    assert_int_equal(fixture_explain(f, "A").lease_count, 2);
}

/* H17: the lease's number is given at the telling, and replaces the older one then,
 * not at the grant. */
static void test_number_replaces_the_older_at_the_telling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *old = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *new = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    fixture_run(f);
    fixture_assert_told(new, DD_OK);
    assert_true(new->lease.number > old->lease.number);
    assert_int_equal(dd_release(f->coord, old->lease), DD_ENOLEASE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, new);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Until the telling the old number is the lease's: giving it back ends what was told,
 * and the one granted anew holds on. */
static void test_old_number_holds_until_the_telling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *old = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *new = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_release(f, old);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_run(f);
    fixture_assert_told(new, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* H35: a cancel between grant and telling takes the lease back in that step; the
 * delay starts, for it was the last. */
static void test_cancel_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    succeed(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_forget(f);
    assert_int_equal(fixture_cancel(f, told), DD_OK);
    fixture_assert_trace(f, "taken-back A web-1", "count-down A", "delay-started A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    assert_true(told->recoverable);
}

/* H35: so does a deadline, and the callback says TIMED OUT. */
static void test_deadline_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_within(f, "redis:7", "web-1", 10 * SECOND);

    fixture_answer_inspect_404(f, "redis:7");
    succeed(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_alarm(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_ETIMEDOUT);
}

/* H35: what is taken back from one leaves the other's lease alone. */
static void test_taking_back_leaves_the_others(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *leaving = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *staying = fixture_pull(f, "redis:7", "web-2");

    succeed(f);
    fixture_leave(f, leaving);
    fixture_assert_told(staying, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-2");
}

/* Operations of one caller on one image share its lease, and cancelling one never
 * takes what the other waits for. */
static void test_operations_of_one_caller_share_a_lease(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");

    succeed(f);
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    fixture_leave(f, first);
    fixture_assert_told(second, DD_OK);
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    fixture_release(f, second);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Nor does it take what the other was told. */
static void test_cancel_never_takes_what_was_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");

    succeed(f);
    assert_true(fixture_step(f));
    fixture_assert_told(first, DD_OK);
    fixture_leave(f, second);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, first);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Both are told: one lease, whose number is the later one. */
static void test_both_operations_are_told_one_lease(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");

    succeed(f);
    fixture_run(f);
    assert_int_equal(dd_release(f->coord, first->lease), DD_ENOLEASE);
    fixture_release(f, second);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* H09: nothing is granted to a caller who left. */
static void test_nothing_is_granted_to_who_left(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *left = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *stayed = fixture_pull(f, "redis:7", "web-2");

    fixture_leave(f, left);
    succeed(f);
    fixture_run(f);
    fixture_assert_told(left, DD_ECANCELLED);
    fixture_assert_told(stayed, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-2");
}

/* H08: the first caller's leaving aborts nothing: the second one's pull goes on. */
static void test_first_callers_leaving_harms_nobody(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");

    fixture_leave(f, first);
    assert_false(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    succeed(f);
    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 1);
}

/* H04: the last waiter to leave aborts the engine's pull. */
static void test_last_waiter_aborts_the_engine_pull(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");

    fixture_leave(f, first);
    fixture_forget(f);
    fixture_leave(f, second);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    fixture_assert_trace(f, "pull-aborted redis:7", "told redis:7 web-2 DD_ECANCELLED");
    fixture_forget(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_run(f);
    fixture_assert_trace(f, "pull-ended redis:7 DD_ECANCELLED");
}

/* A queued pull that everybody left never reaches the engine. */
static void test_leaving_in_the_queue_calls_nobody(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    fixture_pull_running(f, "redis:7", "web-1");
    told = fixture_pull(f, "nginx:1", "web-2");
    fixture_leave(f, told);
    fixture_answer_pull_error(f, "redis:7", 404, "manifest unknown");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_calls(f, "inspect redis:7", "pull redis:7", "inspect redis:7");
    fixture_close(f);
}

/* One that is left while it asks what its name means does not start. */
static void test_leaving_before_the_pull_starts_none(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");
    struct fixture_call *inspect = fixture_call(f, FIXTURE_INSPECT, "redis:7");

    fixture_leave(f, told);
    assert_true(inspect->is_cancelled);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, MINUTE);
    fixture_assert_calls(f, "inspect redis:7");
}

/* Cancel answers DD_OK until the telling, DD_EALREADY after it, and to numbers that
 * never were. */
static void test_cancel_answers(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *waiting = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *failed;
    struct dd_operation never = { .number = waiting->operation.number + 100 };

    assert_int_equal(fixture_cancel(f, waiting), DD_OK);
    assert_int_equal(fixture_cancel(f, waiting), DD_OK);
    fixture_run(f);
    fixture_assert_told(waiting, DD_ECANCELLED);
    assert_int_equal(fixture_cancel(f, waiting), DD_EALREADY);
    assert_int_equal(dd_cancel(f->coord, never), DD_EALREADY);
    assert_int_equal(dd_cancel(f->coord, (struct dd_operation){ .number = 0 }), DD_EALREADY);

    /* It has failed, which nobody was told: the callback says CANCELLED. */
    failed = fixture_pull_running(f, "nginx:1", "web-1");
    fixture_answer_pull_error(f, "nginx:1", 404, "manifest unknown");
    assert_int_equal(fixture_cancel(f, failed), DD_OK);
    fixture_run(f);
    fixture_assert_told(failed, DD_ECANCELLED);
}

/* In its own callback an operation was told; another's, which was not, can still be
 * taken back there. */
static void cancel_both(struct fixture *f, struct fixture_told *told)
{
    struct fixture_told *other = told->next != NULL ? told->next : f->tellings;

    assert_int_equal(fixture_cancel(f, told), DD_EALREADY);
    assert_ptr_not_equal(other, told);
    assert_int_equal(fixture_cancel(f, other), DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

static void test_callback_cancels_who_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-2");

    first->then = cancel_both;
    succeed(f);
    fixture_run(f);
    fixture_assert_told(first, DD_OK);
    fixture_assert_told(second, DD_ECANCELLED);
}

/* After a cancel that answered DD_OK the callback says CANCELLED, though the deadline
 * be over before it is called. */
static void test_deadline_after_a_cancel_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_within(f, "redis:7", "web-1", SECOND);

    assert_int_equal(fixture_cancel(f, told), DD_OK);
    fixture_alarm(f);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_callers_share_one_engine_pull),
        TEST(test_all_are_granted_before_any_is_told),
        TEST(test_all_fail_in_one_step),
        TEST(test_nobody_joins_a_pull_with_its_result),
        TEST(test_nobody_joins_a_pull_that_failed),
        TEST(test_late_telling_leaves_the_newer_pull_alone),
        TEST(test_callback_that_pulls_begins_a_new_pull),
        TEST(test_number_replaces_the_older_at_the_telling),
        TEST(test_old_number_holds_until_the_telling),
        TEST(test_cancel_takes_back_what_was_not_told),
        TEST(test_deadline_takes_back_what_was_not_told),
        TEST(test_taking_back_leaves_the_others),
        TEST(test_operations_of_one_caller_share_a_lease),
        TEST(test_cancel_never_takes_what_was_told),
        TEST(test_both_operations_are_told_one_lease),
        TEST(test_nothing_is_granted_to_who_left),
        TEST(test_first_callers_leaving_harms_nobody),
        TEST(test_last_waiter_aborts_the_engine_pull),
        cmocka_unit_test(test_leaving_in_the_queue_calls_nobody),
        TEST(test_leaving_before_the_pull_starts_none),
        TEST(test_cancel_answers),
        TEST(test_callback_cancels_who_was_not_told),
        TEST(test_deadline_after_a_cancel_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
