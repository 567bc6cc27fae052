/* Removals and what is wanted: deferred, rescued, and the answers that are old. */
#include "coord/test/fixture.h"

#define A_NAMES "redis:7 redis@a"

/* A of redis:7 is being removed, and its DELETE by name is in flight. */
static void deleting(struct fixture *f)
{
    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", A_NAMES);
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    fixture_forget(f);
}

/* A is IDLE, its delay running. */
static void idle(struct fixture *f)
{
    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_forget(f);
}

/* ---- Deferred ------------------------------------------------------------------- */

/* H08: no removal of an image starts while a pull of its reference is busy, although
 * the delay runs out; it starts as soon as that came to nothing. */
static void test_busy_defers_removal(void **state)
{
    struct fixture *f = *state;

    idle(f);
    fixture_pull(f, "redis:7", "web-2");
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    fixture_assert_calls(f, "inspect redis:7", "pull redis:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_true(fixture_explain(f, "A").wanted);
    fixture_forget(f);
    fixture_answer_pull_error(f, "redis:7", 500, "oops");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    fixture_assert_calls(f, "inspect redis:7", "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* H39: what is busy is the repository: a pull of redis:8 defers the removal of what
 * redis:7 means, for they may share a digest. */
static void test_repository_defers_removal(void **state)
{
    struct fixture *f = *state;

    idle(f);
    fixture_pull(f, "redis:8", "web-2");
    fixture_answer_inspect_404(f, "redis:8");
    fixture_pass(f, f->config.remove_delay_ns);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_pull_error(f, "redis:8", 404, "manifest for redis:8 not found");
    fixture_answer_inspect_404(f, "redis:8");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* A pull of another repository defers nothing. */
static void test_other_repository_does_not_defer(void **state)
{
    struct fixture *f = *state;

    idle(f);
    fixture_pull(f, "app:1", "web-2");
    fixture_pass(f, f->config.remove_delay_ns);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "A"));
}

/* H37: a pull protects until its engine call has completed and the inspect that it owes
 * is answered, not until its last waiter has left. */
static void test_aborted_pull_defers_until_settled(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    idle(f);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_assert_told(told, DD_ECANCELLED);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, f->config.pull_settling_ns);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* A lease that came of it leaves no removal behind. */
static void test_deferred_then_leased(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    idle(f);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", A_NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_forget(f);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* ---- Rescued at once ------------------------------------------------------------- */

/* A REMOVING image that becomes wanted is IDLE at once where no DELETE is unanswered,
 * and its deadline is kept: when the pull comes to nothing, removal begins again. */
static void test_rescued_at_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = fixture_pull(f, "redis:7", "web-2");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_seen(f, "rescued A"), 1);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_answer_inspect(f, "A", "A", A_NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 0);
}

/* A removal that waits between two tries is rescued, too, and its wait ends. */
static void test_rescued_between_tries(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 500, "oops");
    fixture_pull(f, "redis:7", "web-2");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_forget(f);
    fixture_pass(f, 10 * SECOND);
    fixture_assert_no_calls(f);
}

/* A retain of a REMOVING image without an unanswered DELETE rescues and is granted,
 * without a call to the engine. */
static void test_retain_rescues(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* H06: the answer to an older removal's call is recorded and changes nothing. */
static void test_stale_answer_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *old;

    fixture_removing(f, "redis:7", "A");
    old = fixture_call(f, FIXTURE_INSPECT, "A");
    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-2", "A"));
    fixture_pass(f, f->config.remove_delay_ns);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 2);
    fixture_answer_error(old, 404, "No such image: A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_count(f, DD_EVENT_STALE_ANSWER), 1);
    assert_int_equal(f->last_generation[DD_EVENT_STALE_ANSWER], 1);
    assert_int_equal(f->last_generation[DD_EVENT_REMOVAL_STARTED], 2);
    fixture_answer_inspect(f, "A", "A", A_NAMES);
    fixture_answer_inspect(f, "redis:7", "A", A_NAMES);
    assert_true(fixture_has_call(f, FIXTURE_REMOVE, "redis:7"));
}

/* ---- A DELETE is unanswered ------------------------------------------------------ */

/* H31: while a DELETE is unanswered no engine pull and no *before* of its repository
 * starts; other repositories go on. */
static void test_gate_holds_pulls(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_pull(f, "redis:7", "web-2");
    fixture_pull(f, "redis:8", "web-3");
    fixture_pull(f, "app:1", "web-4");
    fixture_pass(f, MINUTE / 2);
    fixture_assert_calls(f, "inspect app:1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_forget(f);
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    fixture_assert_calls(f, "inspect redis:7", "inspect redis:8");
}

/* H22: a pull that a DELETE keeps from starting takes no slot from those that could
 * start. */
static void test_gated_pull_takes_no_slot(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_pull_max = 1;
    *state = f = fixture_open(&config);
    deleting(f);
    fixture_pull(f, "redis:7", "web-2");
    fixture_pull(f, "app:1", "web-3");
    fixture_assert_calls(f, "inspect app:1");
    fixture_close(f);
}

/* H31: likewise the inspects of the policies. */
static void test_gate_holds_policies(void **state)
{
    static const enum dd_policy policies[] = { DD_PULL_IF_MISSING, DD_PULL_NEVER };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture *f = fixture_open(NULL);
        struct fixture_told *told;

        *state = f;
        deleting(f);
        told = fixture_pull_as(
            f,
            &(struct dd_pull){ .reference = "redis:7", .caller = "web-2", .policy = policies[i] });
        fixture_pass(f, SECOND);
        fixture_assert_no_calls(f);
        fixture_answer_remove(f, "redis:7", "redis:7", NULL);
        fixture_assert_calls(f, "inspect redis:7");
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
        fixture_assert_untold(told);
        fixture_close(f);
    }
}

/* H08: a wanted image whose DELETE is unanswered is rescued when that is answered:
 * nothing more is DELETEd, and the deadline is kept. */
static void test_rescued_when_answered(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_pull(f, "redis:7", "web-2");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_forget(f);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
    fixture_assert_calls(f, "inspect redis:7");
}

/* Whatever the answer was: a conflict does not block what is wanted, and an error is
 * not a try. */
static void test_rescued_whatever_the_answer(void **state)
{
    static const unsigned answers[] = { 404, 409, 500 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture *f = fixture_open(NULL);

        *state = f;
        deleting(f);
        fixture_pull(f, "redis:7", "web-2");
        fixture_answer_remove_error(f, "redis:7", answers[i], "conflict or oops");
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
        assert_int_equal(fixture_count(f, DD_EVENT_BLOCKED), 0);
        assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 0);
        fixture_close(f);
    }
}

/* H23: an image that a DELETE took, with a pull waiting: the pull brings it back. */
static void test_pull_after_the_delete(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", A_NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* A retain waits for the answer; still there, the image is granted. */
static void test_retain_waits_for_answer(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_assert_no_calls(f);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_run(f);
    fixture_assert_untold(told);
    fixture_assert_calls(f, "inspect A");
    fixture_answer_inspect(f, "A", "A", "redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* H10: a retain whose image the DELETE took says DD_EGONE, recoverable. */
static void test_retain_of_what_goes(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = fixture_retain(f, "A", "redis:7", "web-2");
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_busy_defers_removal),
        TEST(test_repository_defers_removal),
        TEST(test_other_repository_does_not_defer),
        TEST(test_aborted_pull_defers_until_settled),
        TEST(test_deferred_then_leased),
        TEST(test_rescued_at_once),
        TEST(test_rescued_between_tries),
        TEST(test_retain_rescues),
        TEST(test_stale_answer_changes_nothing),
        TEST(test_gate_holds_pulls),
        cmocka_unit_test(test_gated_pull_takes_no_slot),
        cmocka_unit_test(test_gate_holds_policies),
        TEST(test_rescued_when_answered),
        cmocka_unit_test(test_rescued_whatever_the_answer),
        TEST(test_pull_after_the_delete),
        TEST(test_retain_waits_for_answer),
        TEST(test_retain_of_what_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
