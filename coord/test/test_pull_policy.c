/* What the policies do before, instead of and after an engine pull. */
#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

static const struct dd_credentials alice = { .username = "alice", .password = "one" };

/* Always: the registry is asked whatever is there. */
static void test_always_pulls_what_is_there(void **state)
{
    struct fixture *f = *state;

    fixture_pull(f, "redis:7", "web-1");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis:7"));
}

/* If missing: what is there is granted without a pull, in the step of the answer
 * (H10); it is not ours for that. */
static void test_if_missing_grants_what_is_there(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_false(fixture_explain(f, "A").ours);
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(told->image, "A");
    fixture_assert_calls(f, "inspect redis:7");
}

/* If missing, it pulls like any other: before, stream, look-up. */
static void test_if_missing_pulls_what_is_not(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_calls(f, "inspect redis:7", "inspect redis:7", "pull redis:7",
                         "inspect redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* It may be granted what other credentials pulled. */
static void test_if_missing_is_granted_what_others_pulled(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_pull_with(f, "redis:7", "web-1", &alice);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    told = fixture_pull_policy(f, "redis:7", "web-2", DD_PULL_IF_MISSING);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* If missing joins the pull of the same that is under way. */
static void test_if_missing_joins(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-2", DD_PULL_IF_MISSING);

    fixture_answer_inspect_404(f, "redis:7");
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-2"), 1);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(always, DD_OK);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 1);
}

/* An inspect that does not answer is the operation's failure: nobody knows whether it
 * is missing. */
static void test_if_missing_fails_with_its_inspect(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500,
                         "no space left on device");
    fixture_run(f);
    fixture_assert_told(told, DD_EDISKFULL);
    assert_string_equal(told->text, "Failed to pull `redis:7`: no space left on device");
    fixture_assert_calls(f, "inspect redis:7");
}

/* So is one that takes longer than 30 s. */
static void test_policy_inspect_has_thirty_seconds(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_NEVER);

    fixture_pass(f, 30 * SECOND);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_run(f);
    fixture_assert_told(told, DD_ETIMEDOUT);
    assert_true(told->recoverable);
}

/* An if-missing operation whose pull failed is in flight with its second inspect; one
 * of policy always waited for the same pull. */
static struct fixture_told *second_look(struct fixture *f, struct fixture_told **always)
{
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    *always = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-1"), 1);
    fixture_forget(f);
    fixture_answer_pull_error(f, "redis:7", 500, "toomanyrequests: slow down");
    fixture_run(f);
    fixture_assert_told(*always, DD_ERATELIMITED);
    fixture_assert_untold(told);
    /* Its own, and the one that the failed pull owes. */
    fixture_assert_calls(f, "inspect redis:7", "inspect redis:7");
    return told;
}

/* When its pull fails it leaves it in that step, and inspects once more: somebody else
 * may have brought the image. */
static void test_if_missing_looks_again_and_is_granted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;
    struct fixture_told *told = second_look(f, &always);

    fixture_answer_inspect(f, "redis:7", "A", "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7");
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

/* If it is still not there, the pull's failure is what it is told: class, text, and how
 * long to wait. */
static void test_if_missing_is_told_the_pulls_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;
    struct fixture_told *told = second_look(f, &always);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ERATELIMITED);
    assert_string_equal(told->text, always->text);
    assert_true(told->recoverable);
    assert_true(told->retry_after_ns == always->retry_after_ns && told->retry_after_ns > 0);
}

/* So it is if the second inspect fails. */
static void test_if_missing_is_told_the_first_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;
    struct fixture_told *told = second_look(f, &always);

    fixture_answer_lost(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_run(f);
    fixture_assert_told(told, DD_ERATELIMITED);
}

/* It looks again once, not for ever. */
static void test_if_missing_looks_again_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;
    struct fixture_told *told = second_look(f, &always);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ERATELIMITED);
    fixture_pass(f, HOUR);
    fixture_assert_calls(f, "inspect redis:7", "inspect redis:7");
}

/* Nobody joins it there, for its pull is gone: a newcomer begins one. */
static void test_nobody_joins_who_looks_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;

    (void)second_look(f, &always);
    fixture_pull(f, "redis:7", "web-3");
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-3"), 1);
}

/* It can leave in its first inspect, and in its second: that is aborted. */
static void test_if_missing_leaves_its_inspects(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *always;
    struct fixture_told *told = fixture_pull_policy(f, "nginx:1", "web-1", DD_PULL_IF_MISSING);
    struct fixture_call *inspect = fixture_call(f, FIXTURE_INSPECT, "nginx:1");

    fixture_leave(f, told);
    assert_true(inspect->is_cancelled);
    fixture_answer_inspect(f, "nginx:1", "B", "nginx:1");
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_ABSENT);

    told = second_look(f, &always);
    inspect = fixture_call(f, FIXTURE_INSPECT, "redis:7");
    fixture_leave(f, told);
    assert_true(inspect->is_cancelled);
    fixture_answer_cancelled(inspect);
    fixture_answer_inspect_404(f, "redis:7");
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 0);
}

/* A deadline of its own counts over all of it. */
static void test_if_missing_deadline_spans_both_inspects(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_as(f, &(struct dd_pull){
                                                       .reference = "redis:7",
                                                       .caller = "web-1",
                                                       .policy = DD_PULL_IF_MISSING,
                                                       .deadline_ns = 10 * SECOND,
                                                   });

    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "no");
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_untold(told);
    fixture_pass(f, 1);
    fixture_assert_told(told, DD_ETIMEDOUT);
}

/* Never: what is there is granted. */
static void test_never_grants_what_is_there(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_NEVER);

    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_false(fixture_explain(f, "A").ours);
}

/* Never: what is absent is NOT FOUND, for good; the registry is not asked. */
static void test_never_fails_what_is_absent(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_NEVER);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
    assert_false(told->recoverable);
    fixture_pass(f, HOUR);
    fixture_assert_calls(f, "inspect redis:7");
}

/* Never: not even a pull that is under way is joined. */
static void test_never_joins_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_pull_running(f, "redis:7", "web-1");
    told = fixture_pull_policy(f, "redis:7", "web-2", DD_PULL_NEVER);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
}

/* An image that was granted and never ours is forgotten with its last lease. */
static void test_granted_and_never_ours_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_NEVER);

    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    fixture_release(f, told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_pass(f, HOUR);
    fixture_assert_calls(f, "inspect redis:7");
}

/* A policy's inspect needs no slot: the limit is on pulls. */
static void test_policy_inspect_needs_no_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);

    (void)state;
    fixture_pull_running(f, "nginx:1", "web-1");
    fixture_pull_policy(f, "redis:7", "web-2", DD_PULL_IF_MISSING);
    fixture_pull_policy(f, "redis:7", "web-3", DD_PULL_NEVER);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 2);
    fixture_close(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_always_pulls_what_is_there),
        TEST(test_if_missing_grants_what_is_there),
        TEST(test_if_missing_pulls_what_is_not),
        TEST(test_if_missing_is_granted_what_others_pulled),
        TEST(test_if_missing_joins),
        TEST(test_if_missing_fails_with_its_inspect),
        TEST(test_policy_inspect_has_thirty_seconds),
        TEST(test_if_missing_looks_again_and_is_granted),
        TEST(test_if_missing_is_told_the_pulls_failure),
        TEST(test_if_missing_is_told_the_first_failure),
        TEST(test_if_missing_looks_again_once),
        TEST(test_nobody_joins_who_looks_again),
        TEST(test_if_missing_leaves_its_inspects),
        TEST(test_if_missing_deadline_spans_both_inspects),
        TEST(test_never_grants_what_is_there),
        TEST(test_never_fails_what_is_absent),
        TEST(test_never_joins_nothing),
        TEST(test_granted_and_never_ours_is_forgotten),
        cmocka_unit_test(test_policy_inspect_needs_no_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
