/* Whose turn it is: one engine pull a reference, and a limit on all. */
#include <stdio.h>

#include "coord/test/fixture_pull.h"

static const struct dd_credentials alice = { .username = "alice", .password = "one" };
static const struct dd_credentials bob = { .username = "bob", .password = "two" };

/* The engine's pull fails, and what is owed to its name is paid. */
static void pull_fails(struct fixture *f, const char *reference)
{
    fixture_answer_pull_error(f, reference, 404, "manifest unknown");
    fixture_answer_inspect_404(f, reference);
    fixture_run(f);
}

/* H36: pulls of one name with two credentials go one after the other. */
static void test_one_engine_pull_a_reference_for_two_credentials(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_with(f, "redis:7", "web-1", &alice);
    struct fixture_told *second = fixture_pull_with(f, "redis:7", "web-2", &bob);

    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 1);
    fixture_answer_inspect_404(f, "redis:7");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->username, "alice");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 1);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(first, DD_OK);
    fixture_assert_untold(second);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->username, "bob");
}

/* H36: likewise two platforms. */
static void test_one_engine_pull_a_reference_for_two_platforms(void **state)
{
    struct fixture *f = *state;

    fixture_pull_for(f, "redis:7", "web-1", "linux/amd64");
    fixture_pull_for(f, "redis:7", "web-2", "linux/arm64");
    fixture_pull_for(f, "redis:7", "web-3", "linux/amd64");
    fixture_pull(f, "redis:7", "web-4");
    fixture_answer_inspect_404(f, "redis:7");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->platform, "linux/amd64");
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-3"), 1);
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 1);
    fixture_answer_pull_error(f, "redis:7", 404, "manifest unknown");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->platform, "linux/arm64");
    pull_fails(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->platform, "");
}

/* Two tags of a repository are two references: they are pulled beside each other. */
static void test_two_tags_are_pulled_beside_each_other(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_pull_running(f, "redis:8", "web-2");
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 2);
}

/* H33, H36: an aborted pull keeps its reference until the engine has settled and
 * was asked: the next pull would hide what it brought. */
static void test_aborted_pull_keeps_its_reference(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_leave(f, told);
    fixture_forget(f);
    fixture_pull_with(f, "redis:7", "web-2", &alice);
    fixture_pass(f, MINUTE);
    fixture_assert_no_calls(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, 5 * SECOND);
    fixture_assert_calls(f, "inspect redis:7");
    assert_int_equal(fixture_seen(f, "pull-settled redis:7"), 1);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_assert_calls(f, "inspect redis:7", "inspect redis:7");
    assert_int_equal(fixture_seen(f, "pull-before redis:7"), 1);
}

/* Nobody joins a pull that is being aborted: who asks for the very same waits for its
 * end, and gets a pull of its own. */
static void test_nobody_joins_an_aborted_pull(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *next;

    fixture_leave(f, told);
    fixture_forget(f);
    next = fixture_pull(f, "redis:7", "web-2");
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, 5 * SECOND);
    fixture_assert_untold(next);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 1);
}

/* Nor one that has stalled. */
static void test_nobody_joins_a_stalled_pull(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_pass(f, 5 * MINUTE);
    fixture_forget(f);
    fixture_pull(f, "redis:7", "web-2");
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
    fixture_assert_no_calls(f);
}

/* H22: so many pulls at a time; the next begins when one has ended, in the order of
 * asking. */
static void test_limit_is_first_come_first_served(void **state)
{
    struct fixture *f = fixture_open_limited(2);

    (void)state;
    fixture_pull_running(f, "a:1", "web-1");
    fixture_pull_running(f, "b:1", "web-2");
    fixture_pull(f, "c:1", "web-3");
    fixture_pull(f, "d:1", "web-4");
    fixture_pass(f, SECOND);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, NULL));
    fixture_answer_pull_error(f, "b:1", 404, "manifest unknown");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "c:1"));
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "d:1"));
    fixture_answer_inspect_404(f, "c:1");
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 2);
    fixture_answer_pull_error(f, "a:1", 404, "manifest unknown");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "d:1"));
    fixture_close(f);
}

/* The default is eight. */
static void test_eight_at_a_time(void **state)
{
    struct fixture *f = *state;
    char reference[16];

    for (int i = 0; i < 9; i++) {
        (void)snprintf(reference, sizeof reference, "app:%d", i);
        fixture_pull(f, reference, "web-1");
    }
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 8);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "app:8"));
}

/* One that waits for its reference holds up nobody who could start. */
static void test_waiting_for_a_reference_holds_up_nobody(void **state)
{
    struct fixture *f = fixture_open_limited(2);

    (void)state;
    fixture_pull_running(f, "a:1", "web-1");
    fixture_pull_with(f, "a:1", "web-2", &alice);
    fixture_pull(f, "b:1", "web-3");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "b:1"));
    fixture_close(f);
}

/* It waits first for the reference, which is free when what the pull before owes is
 * paid, and holds up nobody meanwhile; then for a slot, and its place in the queue is
 * that of its asking. */
static void test_reference_first_then_a_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);

    (void)state;
    fixture_pull_running(f, "a:1", "web-1");
    fixture_pull_with(f, "a:1", "web-2", &alice);
    fixture_pull(f, "b:1", "web-3");
    fixture_answer_pull_error(f, "a:1", 404, "manifest unknown");
    fixture_pull(f, "c:1", "web-4");
    fixture_answer_inspect_404(f, "b:1");
    fixture_answer_inspect_404(f, "a:1");
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "a:1"));
    fixture_answer_pull_error(f, "b:1", 404, "manifest unknown");
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "c:1"));
    fixture_answer_inspect_404(f, "a:1");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "a:1")->username, "alice");
    fixture_close(f);
}

/* H41: every engine pull is preceded, in its slot, by an inspect of its name. */
static void test_before_is_asked_in_the_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    told = fixture_pull(f, "a:1", "web-1");
    fixture_pull(f, "b:1", "web-2");
    fixture_assert_calls(f, "inspect a:1");
    fixture_leave(f, told);
    fixture_assert_calls(f, "inspect a:1");
    fixture_answer_inspect_404(f, "a:1");
    fixture_assert_calls(f, "inspect a:1", "inspect b:1");
    fixture_answer_inspect_404(f, "b:1");
    fixture_assert_calls(f, "inspect a:1", "inspect b:1", "pull b:1");
    fixture_close(f);
}

/* An aborted pull keeps its slot while the engine is at it. */
static void test_aborted_pull_keeps_its_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    told = fixture_pull_running(f, "a:1", "web-1");
    fixture_leave(f, told);
    fixture_pull(f, "b:1", "web-2");
    fixture_pass(f, MINUTE);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "b:1"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "a:1"));
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "b:1"));
    fixture_close(f);
}

/* Settling, and the inspects after a pull, hold no slot. */
static void test_settling_holds_no_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    told = fixture_pull_running(f, "a:1", "web-1");
    fixture_leave(f, told);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "a:1"));
    fixture_pull_running(f, "b:1", "web-2");
    fixture_pass(f, 5 * SECOND);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "a:1"));
    fixture_answer_pull_ok(f, "b:1", "b", FIXTURE_NEWER);
    fixture_pull_running(f, "c:1", "web-3");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "b@b"));
    fixture_close(f);
}

/* A queued pull is joined like any other, and started once. */
static void test_queued_pull_is_joined(void **state)
{
    struct fixture *f = fixture_open_limited(1);

    (void)state;
    fixture_pull_running(f, "a:1", "web-1");
    fixture_pull(f, "b:1", "web-2");
    fixture_pull(f, "b:1", "web-3");
    assert_int_equal(fixture_seen(f, "pull-joined b:1 web-3"), 1);
    fixture_answer_pull_error(f, "a:1", 404, "manifest unknown");
    fixture_answer_inspect_404(f, "b:1");
    pull_fails(f, "b:1");
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
    fixture_close(f);
}

/* Who leaves the queue gives its turn to the next. */
static void test_leaving_gives_the_turn_to_the_next(void **state)
{
    struct fixture *f = fixture_open_limited(1);
    struct fixture_told *told;

    (void)state;
    fixture_pull_running(f, "a:1", "web-1");
    told = fixture_pull(f, "b:1", "web-2");
    fixture_pull(f, "c:1", "web-3");
    fixture_leave(f, told);
    fixture_answer_pull_error(f, "a:1", 404, "manifest unknown");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "c:1"));
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "b:1"));
    fixture_close(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_one_engine_pull_a_reference_for_two_credentials),
        TEST(test_one_engine_pull_a_reference_for_two_platforms),
        TEST(test_two_tags_are_pulled_beside_each_other),
        TEST(test_aborted_pull_keeps_its_reference),
        TEST(test_nobody_joins_an_aborted_pull),
        TEST(test_nobody_joins_a_stalled_pull),
        cmocka_unit_test(test_limit_is_first_come_first_served),
        TEST(test_eight_at_a_time),
        cmocka_unit_test(test_waiting_for_a_reference_holds_up_nobody),
        cmocka_unit_test(test_reference_first_then_a_slot),
        cmocka_unit_test(test_before_is_asked_in_the_slot),
        cmocka_unit_test(test_aborted_pull_keeps_its_slot),
        cmocka_unit_test(test_settling_holds_no_slot),
        cmocka_unit_test(test_queued_pull_is_joined),
        cmocka_unit_test(test_leaving_gives_the_turn_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
