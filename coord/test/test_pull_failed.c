/* What a pull owes that started and did not end in success: to look at its name, for
 * the engine may have gone on (H33, H37, H41). */
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* A running pull that its only waiter left, and whose call has ended so. */
static void abort_pull(struct fixture *f, const char *before)
{
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    if (before == NULL) {
        fixture_answer_inspect_404(f, "redis:7");
    } else {
        fixture_answer_inspect(f, "redis:7", before, "redis:7");
    }
    fixture_leave(f, told);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_forget(f);
}

/* The engine refused: nothing goes on there, and the name is looked at at once. */
static void test_failed_pull_looks_at_its_name_at_once(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_forget(f);
    fixture_answer_pull_error(f, "redis:7", 500, "disk on fire");
    fixture_assert_calls(f, "inspect redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, HOUR);
    fixture_assert_calls(f, "inspect redis:7");
}

/* An error line too. */
static void test_error_line_looks_at_its_name_at_once(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_forget(f);
    fixture_answer_pull_error_line(f, "redis:7", "unknown blob");
    fixture_assert_calls(f, "inspect redis:7");
}

/* H33: after an abort the name is looked at when the settling time is over. */
static void test_aborted_pull_settles_first(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect redis:7");
}

/* The settling time counts from the end of the engine's call, not from the abort. */
static void test_settling_counts_from_the_end_of_the_call(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_leave(f, told);
    fixture_forget(f);
    fixture_pass(f, MINUTE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect redis:7");
}

/* A lost connection fails the waiters at once, and settles like an abort. */
static void test_lost_pull_settles_first(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_forget(f);
    fixture_answer_lost(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_run(f);
    fixture_assert_told(told, DD_ENETWORK);
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_assert_calls(f, "inspect redis:7");
}

/* So does a pull that stalled, whose waiters were told long ago. */
static void test_stalled_pull_settles(void **state)
{
    struct fixture *f = *state;

    fixture_pull_running(f, "redis:7", "web-1");
    fixture_pass(f, 5 * MINUTE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_forget(f);
    fixture_pass(f, 5 * SECOND);
    fixture_assert_calls(f, "inspect redis:7");
}

/* An aborted call that had failed already leaves nothing to settle. */
static void test_failure_that_beats_the_abort_needs_no_settling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");

    fixture_leave(f, told);
    fixture_forget(f);
    fixture_answer_pull_error(f, "redis:7", 500, "disk on fire");
    fixture_assert_calls(f, "inspect redis:7");
}

/* H33: an image that the abort left behind is ours and IDLE, and goes in the end. */
static void test_orphan_is_bound_and_idle(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND);
    fixture_forget(f);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_assert_trace(f, "pull-orphan redis:7 A", "bound redis:7 A", "bound redis@a A",
                         "delay-started A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, 3 * MINUTE);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "A"));
}

/* So is one that took the place of another image. */
static void test_orphan_that_moved_the_name(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, "A");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "B", "redis:7 redis@b");
    assert_string_equal(fixture_explain(f, "B").bindings, "redis:7 redis@b");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A name that means what it meant before is left alone. */
static void test_same_as_before_is_nobodys_orphan(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, "A");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H41: what was before is what the engine said, not what memory says: the user moved
 * the name since we bound it. */
static void test_before_is_the_engines_word(void **state)
{
    struct fixture *f = *state;

    fixture_pull_whole(f, "redis:7", "web-9", "A");
    abort_pull(f, "B");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "B", "redis:7 redis@b");
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_ABSENT);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* An image without a digest of this repository was built or loaded by somebody. */
static void test_image_without_the_digest_is_no_orphan(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 nginx@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* If the stream printed a digest, the image must bear that one. */
static void test_orphan_bears_the_printed_digest(void **state)
{
    struct fixture *f = *state;
    char digest[FIXTURE_NAME_MAX] = "Digest: sha256:";
    const char *images[] = { "B", "A" };
    const char *names[] = { "redis:7 redis@b", NAMES };

    memset(digest + strlen(digest), 'a', 64);
    for (int i = 0; i < 2; i++) {
        struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
        fixture_status_line(f, "redis:7", digest);
        fixture_leave(f, told);
        fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
        fixture_pass(f, 5 * SECOND);
        fixture_answer_inspect(f, "redis:7", images[i], names[i]);
    }
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* H42: the orphan's digest is not bound beside somebody else's tag. */
static void test_orphan_beside_a_foreign_tag(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", "redis:6 redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7");
}

/* H41: without a *before* a pull that failed binds nothing. */
static void test_without_before_nothing_is_bound(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
    fixture_leave(f, told);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_count(f, DD_EVENT_BOUND), 0);
}

/* H37: it settles all the same, and its reference is busy so long: the engine may still
 * move the name under a DELETE. */
static void test_without_before_the_reference_is_busy_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *held = fixture_pull_whole(f, "redis:7", "web-9", "A");
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_release(f, held);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
    fixture_pass(f, 4 * MINUTE);
    fixture_leave(f, told);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    assert_true(fixture_explain(f, "A").wanted);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* An orphan that somebody holds is bound, and stays held. */
static void test_orphan_that_is_held(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *held;

    abort_pull(f, NULL);
    held = fixture_pull_policy(f, "other:1", "web-2", DD_PULL_NEVER);
    fixture_answer_inspect(f, "other:1", "A", "other:1 redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(held, DD_OK);
    assert_false(fixture_explain(f, "A").ours);
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", "other:1 redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* An orphan that was BLOCKED, for its only names were others', is IDLE again: there is a
 * name of ours to remove now. */
static void test_orphan_that_was_blocked(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "nginx:1", "A");
    fixture_answer_inspect(f, "A", "A", "nginx:1 other:1");
    fixture_answer_inspect_404(f, "nginx:1");
    fixture_answer_inspect_404(f, "nginx@a");
    fixture_answer_inspect(f, "A", "A", "other:1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", "other:1 redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
}

/* H37: a reference is busy until the engine's call is over and the inspect that it owes
 * is answered; so long nothing bound in its repository is removed. */
static void test_reference_is_busy_until_its_inspect_is_answered(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *held = fixture_pull_whole(f, "redis:7", "web-9", "A");
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_release(f, held);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_leave(f, told);
    fixture_pass(f, 4 * MINUTE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, 5 * SECOND);
    assert_true(fixture_explain(f, "A").wanted);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_false(fixture_explain(f, "A").wanted);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* An inspect that fails is tried again, three seconds apart, then more slowly, and
 * never given up. */
static void test_owed_inspect_is_tried_again(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 5 * SECOND);
    for (int i = 0; i < 3; i++) {
        fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
        fixture_pass(f, 3 * SECOND - 1);
        assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
        fixture_pass(f, 1);
        assert_true(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    }
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "busy");
    fixture_pass(f, 3 * SECOND);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    for (int i = 0; i < 300; i++) {
        fixture_pass(f, HOUR);
        fixture_answer_lost(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    }
    fixture_pass(f, HOUR);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* One without an answer in 30 s is tried again too. */
static void test_silent_owed_inspect_is_tried_again(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    fixture_pass(f, 35 * SECOND);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_pass(f, 3 * SECOND);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
}

/* So is one that the client does not start. */
static void test_refused_owed_inspect_is_tried_again(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, NULL);
    f->refuse[FIXTURE_INSPECT] = 1;
    fixture_pass(f, 5 * SECOND);
    fixture_assert_no_calls(f);
    fixture_pass(f, 3 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* H33: the next pull of a reference begins when the one before has settled and was
 * checked, or it would hide what that one brought. */
static void test_next_pull_waits_for_the_check(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    abort_pull(f, "A");
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    fixture_answer_inspect(f, "redis:7", "C", "redis:7 redis@c");
    assert_int_equal(fixture_state(f, "C"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "redis:7", "C", "redis:7 redis@c");
    fixture_answer_pull_ok(f, "redis:7", "b", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@b", "B", "redis:7 redis@b");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "B").bindings, "redis:7 redis@b");
    assert_string_equal(fixture_explain(f, "C").bindings, "redis:7 redis@c");
}

/* A check that fails holds nobody up: what the next pull asks before it begins pays for
 * it. */
static void test_next_pull_pays_for_a_failed_check(void **state)
{
    struct fixture *f = *state;

    abort_pull(f, "A");
    fixture_pull(f, "redis:7", "web-2");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "not now");
    fixture_run(f);
    assert_int_equal(fixture_seen(f, "pull-before redis:7"), 1);
    fixture_answer_inspect(f, "redis:7", "C", "redis:7 redis@c");
    assert_string_equal(fixture_explain(f, "C").bindings, "redis:7 redis@c");
    fixture_answer_pull_ok(f, "redis:7", "b", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@b", "B", "redis:7 redis@b");
    fixture_forget(f);
    fixture_pass(f, 60 * SECOND);
    assert_int_equal(fixture_seen(f, "pull-settled redis:7"), 0);
}

/* H33: a pull that cannot ask what its name means does not begin while an earlier one
 * owes that look: it would hide what that one left. */
static void test_next_pull_without_before_does_not_hide(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    abort_pull(f, NULL);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "not now");
    fixture_run(f);
    fixture_forget(f);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "not now either");
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    assert_string_equal(told->text, "Failed to pull `redis:7`: not now either");
    fixture_assert_no_calls(f);
    fixture_pass(f, 3 * SECOND);
    fixture_assert_calls(f, "inspect redis:7");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* With `adopt` an orphan is what was not there before, as without. */
static void test_adopt_does_not_adopt_after_a_failure(void **state)
{
    struct fixture *f = fixture_open_adopting();

    (void)state;
    abort_pull(f, "A");
    fixture_pass(f, 5 * SECOND);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_close(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_failed_pull_looks_at_its_name_at_once),
        TEST(test_error_line_looks_at_its_name_at_once),
        TEST(test_aborted_pull_settles_first),
        TEST(test_settling_counts_from_the_end_of_the_call),
        TEST(test_lost_pull_settles_first),
        TEST(test_stalled_pull_settles),
        TEST(test_failure_that_beats_the_abort_needs_no_settling),
        TEST(test_orphan_is_bound_and_idle),
        TEST(test_orphan_that_moved_the_name),
        TEST(test_same_as_before_is_nobodys_orphan),
        TEST(test_before_is_the_engines_word),
        TEST(test_image_without_the_digest_is_no_orphan),
        TEST(test_orphan_bears_the_printed_digest),
        TEST(test_orphan_beside_a_foreign_tag),
        TEST(test_without_before_nothing_is_bound),
        TEST(test_without_before_the_reference_is_busy_all_the_same),
        TEST(test_orphan_that_is_held),
        TEST(test_orphan_that_was_blocked),
        TEST(test_reference_is_busy_until_its_inspect_is_answered),
        TEST(test_owed_inspect_is_tried_again),
        TEST(test_silent_owed_inspect_is_tried_again),
        TEST(test_refused_owed_inspect_is_tried_again),
        TEST(test_next_pull_waits_for_the_check),
        TEST(test_next_pull_pays_for_a_failed_check),
        TEST(test_next_pull_without_before_does_not_hide),
        cmocka_unit_test(test_adopt_does_not_adopt_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
