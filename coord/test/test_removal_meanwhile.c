/* Removals and what is learned while their calls are in flight. */
#include "coord/test/fixture.h"

#define A_NAMES "redis:7 redis@a"

/* @image of @reference is being removed, and its DELETE by name is in flight. */
static void deleting_of(struct fixture *f, const char *reference, const char *image)
{
    fixture_removing(f, reference, image);
    fixture_answer_inspect(f, image, image, reference);
    fixture_answer_inspect(f, reference, image, reference);
    fixture_forget(f);
}

static void deleting(struct fixture *f)
{
    deleting_of(f, "redis:7", "A");
}

/* A pull of @reference by web-2, which meant nothing before, as far as its look-up,
 * which is in flight. */
static struct fixture_told *look_up(struct fixture *f, const char *reference,
                                    enum fixture_closing closing)
{
    struct fixture_told *told = fixture_pull(f, reference, "web-2");

    fixture_answer_inspect_404(f, reference);
    fixture_answer_pull_ok(f, reference, "a", closing);
    return told;
}

/* H38: a name bound after the DELETE was sent is not taken away by its answer, and the
 * pull that made it is granted, by its own name. */
static void test_fresh_binding_survives(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = look_up(f, "app:1", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a app:1 app@a");
    fixture_run(f);
    fixture_assert_untold(told);
    fixture_forget(f);
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    assert_string_equal(fixture_explain(f, "A").bindings, "app:1 app@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_assert_calls(f, "inspect app:1");
    fixture_answer_inspect(f, "app:1", "A", "app:1 app@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* H38: with nobody waiting any more, "deleted" is not believed either: the ID is
 * inspected again instead. */
static void test_fresh_binding_of_an_orphan(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = look_up(f, "app:1", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    assert_false(fixture_explain(f, "A").wanted);
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 0);
    fixture_answer_inspect(f, "A", "A", "app:1 app@a");
    fixture_answer_inspect(f, "app:1", "A", "app:1 app@a");
    fixture_answer_remove(f, "app:1", "app:1 app@a", "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H38: likewise for a DELETE by ID: what came meanwhile is no failed try. */
static void test_fresh_binding_during_delete_by_id(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    told = look_up(f, "app:1", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    fixture_answer_remove(f, "A", NULL, "A");
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 0);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H38: an untagged list does not take away what was recorded after the call was
 * sent. */
static void test_fresh_binding_in_untagged(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    (void)look_up(f, "app:1", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a app:1 app@a", NULL);
    assert_string_equal(fixture_explain(f, "A").bindings, "app:1 app@a");
}

/* H40: an inspect that was in flight when a DELETE's answer came is asked again before
 * it is judged: what it says was so before. */
static void test_stale_inspect_is_asked_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = look_up(f, "app:1", FIXTURE_UP_TO_DATE);
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    fixture_forget(f);
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    fixture_run(f);
    fixture_assert_untold(told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_assert_calls(f, "inspect app@a");
    assert_int_equal(fixture_count(f, DD_EVENT_INSPECT_AGAIN), 1);
    fixture_answer_inspect_404(f, "app@a");
    fixture_run(f);
    assert_int_equal(told->count, 1);
    assert_int_not_equal(told->status, DD_OK);
}

/* H40: the end of a doubt is an answer, too. */
static void test_end_of_doubt_makes_inspects_old(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    (void)fixture_retain(f, "B", NULL, "web-2");
    fixture_answer_inspect_404(f, "A");
    fixture_answer_inspect(f, "B", "B", "other:1");
    assert_int_equal(fixture_count(f, DD_EVENT_INSPECT_AGAIN), 1);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "B"));
}

/* H08: a pull whose image turns out to be REMOVING, its DELETE unanswered, waits for
 * the outcome, and looks under its own name: there, it is granted. */
static void test_pull_waits_for_outcome_and_is_granted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = look_up(f, "app:1", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    fixture_run(f);
    fixture_assert_untold(told);
    assert_int_equal(fixture_seen(f, "pull-waits app:1 A"), 1);
    fixture_answer_remove(f, "redis:7", A_NAMES, NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "app:1", "A", "app:1 app@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* H23: gone, or under another name only, it is GONE, recoverable. */
static void test_pull_waits_for_outcome_and_is_gone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    told = look_up(f, "app:1", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    fixture_answer_remove(f, "redis:7", A_NAMES, "A");
    fixture_answer_inspect_404(f, "app:1");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
}

/* A pull whose image is REMOVING with no DELETE unanswered rescues it and is granted. */
static void test_pull_rescues_what_it_finds(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = look_up(f, "app:1", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* A binding that an orphan's pull records in its busy repository makes a REMOVING image
 * wanted: it is rescued at once, and removed when that pull is over. */
static void test_orphan_rescues(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_pull(f, "app:1", "web-2");
    fixture_answer_inspect_404(f, "app:1");
    fixture_answer_pull_error_line(f, "app:1", "unknown blob");
    fixture_forget(f);
    fixture_answer_inspect(f, "app:1", "A", "redis:7 redis@a app:1 app@a");
    fixture_assert_trace(f, "pull-orphan app:1 A", "bound app:1 A", "rescued A", "bound app@a A",
                         "removal-started A");
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_count(f, DD_EVENT_STALE_ANSWER), 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* H31: a DELETE that becomes one of a repository's, by a binding recorded meanwhile,
 * keeps the repository's pulls from starting, though their *before* was asked: it is
 * asked again. */
static void test_gate_closes_during_before(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    (void)look_up(f, "app:1", FIXTURE_NEWER);
    fixture_pull(f, "app:2", "web-3");
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    fixture_answer_inspect_404(f, "app:2");
    fixture_pass(f, SECOND);
    assert_false(fixture_has_call(f, FIXTURE_PULL, "app:2"));
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "app:2"));
    fixture_answer_remove(f, "redis:7", A_NAMES, NULL);
    fixture_answer_inspect_404(f, "app:2");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "app:2"));
}

/* A pull that has waited for one image and finds another, which is being removed too,
 * waits for that, and wants the first no more. */
static void test_waits_for_one_image_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    deleting_of(f, "mongo:4", "B");
    told = look_up(f, "app:1", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "app@a", "A", "redis:7 redis@a app:1 app@a");
    assert_true(fixture_explain(f, "A").wanted);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "app:1", "B", "mongo:4 mongo@b app:1");
    assert_true(fixture_explain(f, "B").wanted);
    assert_false(fixture_explain(f, "A").wanted);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_answer_remove(f, "mongo:4", "mongo:4 mongo@b", NULL);
    fixture_answer_inspect(f, "app:1", "B", "app:1");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_false(fixture_explain(f, "B").wanted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fresh_binding_survives),
        TEST(test_fresh_binding_of_an_orphan),
        TEST(test_fresh_binding_during_delete_by_id),
        TEST(test_fresh_binding_in_untagged),
        TEST(test_stale_inspect_is_asked_again),
        TEST(test_end_of_doubt_makes_inspects_old),
        TEST(test_pull_waits_for_outcome_and_is_granted),
        TEST(test_pull_waits_for_outcome_and_is_gone),
        TEST(test_pull_rescues_what_it_finds),
        TEST(test_orphan_rescues),
        TEST(test_gate_closes_during_before),
        TEST(test_waits_for_one_image_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
