/* Pulls and removals: busy, wanted, rescued. */
#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* H08: a REMOVING image of which no DELETE was sent is rescued in the step in which a
 * pull of its repository is accepted; the old answer changes nothing. */
static void test_pull_rescues_at_once(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_pull(f, "redis:7", "web-1");
    assert_int_equal(fixture_seen(f, "rescued A"), 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_true(fixture_explain(f, "A").wanted);
    fixture_answer_inspect(f, "A", "A", NAMES);
    assert_int_equal(fixture_count(f, DD_EVENT_STALE_ANSWER), 1);
    fixture_pass(f, SECOND);
    assert_int_equal(fixture_started(f, FIXTURE_REMOVE), 0);
}

/* H39: so it is by a pull of another tag, for tags share digests. */
static void test_pull_of_another_tag_rescues(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NAMES);
    fixture_pull(f, "redis:8", "web-1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_false(fixture_has_call(f, FIXTURE_REMOVE, NULL));
}

/* And whatever the policy. */
static void test_policies_rescue(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_pull_policy(f, "redis:8", "web-1", DD_PULL_NEVER);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* A pull of another repository rescues nothing. */
static void test_pull_of_another_repository_rescues_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_pull(f, "nginx:7", "web-1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* A rescue keeps the deadline: when the pull came to nothing, removal begins anew at
 * once. */
static void test_rescue_keeps_the_deadline(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = fixture_pull(f, "redis:8", "web-1");
    fixture_answer_inspect(f, "A", "A", NAMES);
    fixture_forget(f);
    fixture_leave(f, told);
    fixture_answer_inspect_404(f, "redis:8");
    fixture_assert_calls(f, "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* No removal of a wanted image starts, though its delay be over, until the pull's
 * result is known and nothing is owed. */
static void test_delay_over_while_wanted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *held = fixture_pull_whole(f, "redis:7", "web-9", "A");

    fixture_pull_running(f, "redis:8", "web-1");
    fixture_release(f, held);
    fixture_pass(f, 4 * MINUTE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_pull_error(f, "redis:8", 404, "manifest unknown");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect_404(f, "redis:8");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* If a lease came of it, it is held, and its delay begins with the next release. */
static void test_lease_came_of_it(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *held = fixture_pull_whole(f, "redis:7", "web-9", "A");

    fixture_release(f, held);
    held = fixture_pull(f, "redis:7", "web-1");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_pass(f, 4 * MINUTE);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(held, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, held);
    fixture_pass(f, 3 * MINUTE - 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* While a DELETE is unanswered nothing is asked for a pull in its repository, whatever
 * the tag or policy; other repositories go on. */
static void test_pulls_wait_for_the_answer(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_pull(f, "redis:7", "web-1");
    fixture_pull(f, "redis:8", "web-2");
    fixture_pull_policy(f, "redis:9", "web-3", DD_PULL_IF_MISSING);
    fixture_pull_policy(f, "redis:9", "web-4", DD_PULL_NEVER);
    fixture_pass(f, 10 * MINUTE);
    fixture_assert_no_calls(f);
    fixture_pull(f, "nginx:1", "web-5");
    fixture_assert_calls(f, "inspect nginx:1");
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 5);
}

/* H08: the pull that waited pulls anew what was removed. */
static void test_what_was_removed_is_pulled_anew(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull(f, "redis:7", "web-1");
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* A REMOVING image that became wanted is rescued when its DELETE is answered, whatever
 * the answer. */
static void test_wanted_is_rescued_by_the_answer(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_pull(f, "redis:7", "web-1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_answer_remove_error(f, "redis:7", 500, "layer is busy");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis:7"));
}

/* One that waits for a DELETE's answer cannot start, and takes no slot from those that
 * could. */
static void test_waiting_for_the_answer_takes_no_slot(void **state)
{
    struct fixture *f = fixture_open_limited(1);

    (void)state;
    fixture_deleting(f, "redis:7", "A");
    fixture_pull(f, "redis:7", "web-1");
    fixture_pull(f, "nginx:1", "web-2");
    fixture_assert_calls(f, "inspect nginx:1");
    fixture_close(f);
}

/* A reference is busy whatever the policy, and no longer than its result is unknown. */
static void test_policy_keeps_its_reference_busy(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-9", "A"));
    fixture_pull_policy(f, "redis:8", "web-1", DD_PULL_NEVER);
    fixture_pass(f, 3 * MINUTE - 1);
    assert_true(fixture_explain(f, "A").wanted);
    fixture_pull_policy(f, "redis:9", "web-1", DD_PULL_IF_MISSING);
    fixture_answer_inspect_404(f, "redis:8");
    assert_true(fixture_explain(f, "A").wanted);
    fixture_pass(f, SECOND);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:9", "B", "redis:9");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* H32: a DELETE in doubt is unanswered still. */
static void test_pulls_wait_for_the_end_of_the_doubt(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_pull(f, "redis:7", "web-1");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_run(f);
    fixture_pass(f, 1);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_answer_inspect_404(f, "A");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
}

/* Bindings count as they are now: one that is recorded while its image's DELETE is
 * unanswered closes its repository, also to a pull that asks what was before. */
static void test_new_binding_closes_its_repository(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_pull(f, "mirror:7", "web-1");
    fixture_pull_running(f, "mirror:8", "web-2");
    fixture_answer_pull_ok(f, "mirror:8", "c", FIXTURE_NEWER);
    fixture_answer_inspect(f, "mirror@c", "A", "redis:7 mirror:8 mirror@c");
    fixture_answer_inspect_404(f, "mirror:7");
    fixture_pass(f, SECOND);
    assert_false(fixture_has_call(f, FIXTURE_PULL, "mirror:7"));
    fixture_answer_remove(f, "redis:7", NAMES, NULL);
    fixture_answer_inspect_404(f, "mirror:7");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "mirror:7"));
}

/* And one that is recorded in a busy repository makes its image wanted. */
static void test_new_binding_rescues(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_pull_running(f, "mirror:8", "web-1");
    fixture_pull_running(f, "mirror:7", "web-2");
    fixture_answer_pull_error(f, "mirror:7", 500, "no");
    fixture_answer_inspect(f, "mirror:7", "A", "redis:7 mirror:7 redis@a mirror@c");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a mirror:7 mirror@c");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_true(fixture_explain(f, "A").wanted);
}

/* ---- A pull whose image turns out to be REMOVING --------------------------------- */

/* A DELETE of A by "redis:7" is unanswered, and a pull of mirror:7 has brought A; its
 * waiter waits for the outcome. */
static struct fixture_told *brings_removing(struct fixture *f, enum fixture_closing closing)
{
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull_running(f, "mirror:7", "web-1");
    fixture_answer_pull_ok(f, "mirror:7", "c", closing);
    fixture_forget(f);
    fixture_answer_inspect(f, "mirror@c", "A", "redis:7 mirror:7 redis@a mirror@c");
    fixture_run(f);
    fixture_assert_untold(told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_true(fixture_explain(f, "A").wanted);
    fixture_assert_no_calls(f);
    return told;
}

/* Its success is known and its binding recorded, before the outcome is. */
static void test_binding_does_not_wait_for_the_outcome(void **state)
{
    struct fixture *f = *state;

    (void)brings_removing(f, FIXTURE_NEWER);
    assert_int_equal(fixture_seen(f, "pull-succeeded mirror:7 A"), 1);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a mirror:7 mirror@c");
}

/* H10: granted if the image is still there under this pull's own name. */
static void test_still_there_is_granted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = brings_removing(f, FIXTURE_NEWER);

    fixture_answer_remove(f, "redis:7", NAMES, NULL);
    fixture_assert_calls(f, "inspect mirror:7");
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@c");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

/* H02: who asks while a success waits for a removal does not join it: the tag may have
 * moved, and the registry is asked anew. */
static void test_success_that_waits_is_not_joined(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = brings_removing(f, FIXTURE_NEWER);
    struct fixture_told *second = fixture_pull(f, "mirror:7", "web-2");

    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_JOINED), 0);
    fixture_answer_remove(f, "redis:7", NAMES, NULL);
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@c");
    fixture_run(f);
    fixture_assert_told(first, DD_OK);
    fixture_assert_untold(second);
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@c");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "mirror:7"));
}

/* H39: a pull's *before* may pay what an earlier one owed, and bind its name to an image
 * whose DELETE is unanswered: then the pull waits for that, and asks again. */
static void test_paid_debt_closes_the_gate(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "old:1", "A");
    (void)fixture_pull_running(f, "redis:7", "web-1");
    fixture_answer_pull_error_line(f, "redis:7", "unknown blob");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "boom");
    (void)fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect(f, "redis:7", "A", "old:1 old@a redis:7 redis@a");
    fixture_run(f);
    assert_string_equal(fixture_explain(f, "A").bindings, "old:1 old@a redis:7 redis@a");
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 0);
    fixture_forget(f);
    fixture_answer_remove(f, "old:1", "old:1 old@a", NULL);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_assert_calls(f, "inspect redis:7", "pull redis:7");
}

/* H40: a pull without waiters and bindings was the last to want an image that went and
 * came again: the record is forgotten, once, and nothing reads it afterwards. */
static void test_pull_that_wanted_last_forgets_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull(f, "mirror:7", "web-1");
    fixture_answer_inspect(f, "mirror:7", "A", NAMES " mirror:7 mirror@c");
    fixture_answer_pull_ok(f, "mirror:7", "c", FIXTURE_UP_TO_DATE);
    fixture_leave(f, told);
    fixture_answer_inspect(f, "mirror@c", "A", NAMES " mirror:7 mirror@c");
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_WAITS), 1);
    fixture_answer_remove(f, "redis:7", NAMES " mirror:7 mirror@c", "A");
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@c");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_count(f, DD_EVENT_GRANTED), 1); /* the fixture's own */
}

/* H23: else it is GONE, recoverable. */
static void test_gone_is_recoverable(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = brings_removing(f, FIXTURE_UP_TO_DATE);

    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect_404(f, "mirror:7");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H38: the DELETE's answer does not take away the binding that was recorded after it
 * was sent. */
static void test_answer_leaves_the_newer_binding(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = brings_removing(f, FIXTURE_NEWER);

    fixture_answer_remove(f, "redis:7", NAMES, "A");
    assert_string_equal(fixture_explain(f, "A").bindings, "mirror:7 mirror@c");
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@c");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* GONE too, if the name means another image by now. */
static void test_name_that_moved_on_is_gone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = brings_removing(f, FIXTURE_NEWER);

    fixture_answer_remove(f, "redis:7", NAMES, NULL);
    fixture_answer_inspect(f, "mirror:7", "B", "mirror:7 mirror@b");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    /* Its pull was a success: no inspect is owed that could take B for an orphan. */
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "mirror:7"));
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_ABSENT);
}

/* Who leaves while it waits wants the image no more, and the removal goes on. */
static void test_leaving_while_waiting(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = brings_removing(f, FIXTURE_UP_TO_DATE);

    fixture_leave(f, told);
    assert_false(fixture_explain(f, "A").wanted);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_pass(f, SECOND);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "mirror:7"));
}

/* An image whose removal has sent no DELETE is rescued and granted in one step. */
static void test_removing_without_delete_is_granted_at_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = fixture_pull_running(f, "mirror:7", "web-1");
    fixture_answer_pull_ok(f, "mirror:7", "c", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "mirror@c", "A", "redis:7 mirror:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* A policy waits like a pull: never finds nothing afterwards, if missing pulls. */
static void test_policies_wait_for_the_outcome(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *never;
    struct fixture_told *if_missing;

    fixture_deleting(f, "redis:7", "A");
    never = fixture_pull_policy(f, "mirror:7", "web-1", DD_PULL_NEVER);
    fixture_answer_inspect(f, "mirror:7", "A", "redis:7 mirror:7");
    if_missing = fixture_pull_policy(f, "mirror:8", "web-2", DD_PULL_IF_MISSING);
    fixture_answer_inspect(f, "mirror:8", "A", "redis:7 mirror:8");
    fixture_run(f);
    fixture_assert_untold(never);
    fixture_assert_untold(if_missing);
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect_404(f, "mirror:7");
    fixture_answer_inspect_404(f, "mirror:8");
    fixture_run(f);
    fixture_assert_told(never, DD_ENOTFOUND);
    fixture_assert_untold(if_missing);
    fixture_answer_inspect_404(f, "mirror:8");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "mirror:8"));
}

/* Or is granted what is still there. */
static void test_policy_is_granted_what_is_still_there(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull_policy(f, "mirror:7", "web-1", DD_PULL_IF_MISSING);
    fixture_answer_inspect(f, "mirror:7", "A", "redis:7 mirror:7");
    fixture_answer_remove(f, "redis:7", NAMES, NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* ---- Answers that are older than a DELETE's --------------------------------------- */

/* H40: an inspect of a policy that was in flight when a DELETE's answer came is asked
 * again, and the old answer not believed. */
static void test_stale_policy_inspect_is_asked_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull_policy(f, "mirror:7", "web-1", DD_PULL_NEVER);
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect(f, "mirror:7", "A", "redis:7 mirror:7");
    assert_int_equal(fixture_seen(f, "inspect-again mirror:7"), 1);
    fixture_answer_inspect_404(f, "mirror:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
    assert_int_equal(fixture_count(f, DD_EVENT_INSPECT_AGAIN), 1);
}

/* H40: likewise the inspect before a pull, and the one after it. */
static void test_stale_pull_inspects_are_asked_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *before;
    struct fixture_told *after;

    fixture_deleting(f, "redis:7", "A");
    before = fixture_pull(f, "mirror:7", "web-1");
    after = fixture_pull_running(f, "mirror:8", "web-2");
    fixture_answer_pull_ok(f, "mirror:8", "c", FIXTURE_UP_TO_DATE);
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect_404(f, "mirror:7");
    assert_false(fixture_has_call(f, FIXTURE_PULL, "mirror:7"));
    fixture_answer_inspect(f, "mirror@c", "A", "redis:7 mirror:8");
    fixture_run(f);
    fixture_assert_untold(after);
    fixture_answer_inspect_404(f, "mirror:7");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "mirror:7"));
    fixture_answer_inspect_404(f, "mirror@c");
    fixture_run(f);
    fixture_assert_told(after, DD_EGONE);
    fixture_assert_untold(before);
}

/* H40: and the one that a failed pull owes. */
static void test_stale_owed_inspect_is_asked_again(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_pull_running(f, "mirror:7", "web-1");
    fixture_answer_pull_error(f, "mirror:7", 500, "no");
    fixture_answer_remove(f, "redis:7", NAMES, "A");
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7 mirror@a");
    assert_int_equal(fixture_seen(f, "pull-orphan mirror:7 A"), 0);
    fixture_answer_inspect_404(f, "mirror:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* The end of a doubt is an answer too. */
static void test_end_of_a_doubt_makes_answers_stale(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 1);
    told = fixture_pull_policy(f, "mirror:7", "web-1", DD_PULL_NEVER);
    fixture_answer_inspect_404(f, "A");
    fixture_answer_inspect(f, "mirror:7", "A", "mirror:7");
    fixture_run(f);
    fixture_assert_untold(told);
    fixture_answer_inspect_404(f, "mirror:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_pull_rescues_at_once),
        TEST(test_pull_of_another_tag_rescues),
        TEST(test_policies_rescue),
        TEST(test_pull_of_another_repository_rescues_nothing),
        TEST(test_rescue_keeps_the_deadline),
        TEST(test_delay_over_while_wanted),
        TEST(test_lease_came_of_it),
        TEST(test_pulls_wait_for_the_answer),
        TEST(test_what_was_removed_is_pulled_anew),
        TEST(test_wanted_is_rescued_by_the_answer),
        cmocka_unit_test(test_waiting_for_the_answer_takes_no_slot),
        TEST(test_policy_keeps_its_reference_busy),
        TEST(test_pulls_wait_for_the_end_of_the_doubt),
        TEST(test_new_binding_closes_its_repository),
        TEST(test_new_binding_rescues),
        TEST(test_binding_does_not_wait_for_the_outcome),
        TEST(test_still_there_is_granted),
        TEST(test_success_that_waits_is_not_joined),
        TEST(test_paid_debt_closes_the_gate),
        TEST(test_pull_that_wanted_last_forgets_once),
        TEST(test_gone_is_recoverable),
        TEST(test_answer_leaves_the_newer_binding),
        TEST(test_name_that_moved_on_is_gone),
        TEST(test_leaving_while_waiting),
        TEST(test_removing_without_delete_is_granted_at_once),
        TEST(test_policies_wait_for_the_outcome),
        TEST(test_policy_is_granted_what_is_still_there),
        TEST(test_stale_policy_inspect_is_asked_again),
        TEST(test_stale_pull_inspects_are_asked_again),
        TEST(test_stale_owed_inspect_is_asked_again),
        TEST(test_end_of_a_doubt_makes_answers_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
