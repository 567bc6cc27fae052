/* Holding and letting go: leases, restarts, cancel, and the three forms of release. */
#include <string.h>

#include "coord/test/fixture_life.h"

static uint64_t lease_count(struct fixture *f, const char *image)
{
    return fixture_explain(f, image).lease_count;
}

static void assert_holders(struct fixture *f, const char *image, const char *holders)
{
    struct fixture_image explained = fixture_explain(f, image);

    assert_string_equal(explained.holders, holders);
}

/* A caller holds at most one lease on an image: pulling again replaces it and never counts
 * twice (H17). */
static void test_holding_restart_never_counts_twice(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");

    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    assert_true(second->lease.number > first->lease.number);
    assert_int_equal(lease_count(f, "A"), 1);
    assert_int_equal(fixture_count(f, DD_EVENT_COUNT_UP), 1);
    fixture_release(f, second);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* A late release of the old number, of the run before a restart, changes nothing (H17). */
static void test_holding_late_release_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");

    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    fixture_forget(f);
    assert_int_equal(dd_release(f->coord, first->lease), DD_ENOLEASE);
    fixture_run(f);
    fixture_assert_trace(f, "release-unknown A web-1");
    fixture_assert_no_calls(f);
    assert_holders(f, "A", "web-1");
}

/* Until the restarted task is told, its old number is the one that counts; releasing it then
 * leaves what the restart was granted (H17, H35). */
static void test_holding_old_number_counts_until_the_telling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = life_granted(f, "redis:7", "web-1", "A");

    assert_int_equal(dd_release(f->coord, first->lease), DD_OK);
    assert_holders(f, "A", "web-1");
    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* After a moved tag the caller holds leases on two images, each owed a release (H31). */
static void test_holding_moved_tag_leaves_leases_on_two_images(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *old = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *new = fixture_pull(f, "redis:7", "web-1");

    life_bring_over(f, "redis:7", "A", "B");
    fixture_run(f);
    fixture_assert_told(new, DD_OK);
    assert_string_equal(new->image, "B");
    assert_holders(f, "A", "web-1");
    assert_holders(f, "B", "web-1");
    fixture_release(f, new);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_release(f, old);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_IDLE);
}

/* Two callers of one image hold a lease each, and only the last release starts the delay. */
static void test_holding_last_release_starts_the_delay(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");

    life_bring(f, "redis:7", "A");
    fixture_run(f);
    assert_holders(f, "A", "web-1 web-2");
    fixture_forget(f);
    fixture_release(f, one);
    fixture_assert_trace(f, "released A web-1", "count-down A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_forget(f);
    fixture_release(f, two);
    fixture_assert_trace(f, "released A web-2", "count-down A", "delay-started A");
    assert_int_equal(fixture_explain(f, "A").next_ns, f->queue.now_ns + f->config.remove_delay_ns);
}

/* A new lease ends the delay, whose timer is really stopped (H24). */
static void test_holding_new_lease_ends_the_delay(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_pass(f, f->config.remove_delay_ns - 1);
    (void)fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_forget(f);
    assert_false(fake_clock_due(&f->clock, &(uint64_t){ 0 }));
    fixture_pass(f, HOUR);
    fixture_assert_trace(f, NULL);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* An image that was never bound is forgotten with its last lease: no delay, no engine call
 * (H16). */
static void test_holding_what_was_never_ours_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_forget(f);
    fixture_release(f, told);
    fixture_assert_trace(f, "released A web-1", "count-down A", "forgotten A");
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* Releasing a lease that is not held answers DD_ENOLEASE, says so, and changes nothing. */
static void test_release_of_what_is_not_held(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    uint64_t number = told->lease.number;

    fixture_forget(f);
    assert_int_equal(dd_release(f->coord, life_lease("B", "web-1", number)), DD_ENOLEASE);
    assert_int_equal(dd_release(f->coord, life_lease("A", "web-2", number)), DD_ENOLEASE);
    assert_int_equal(dd_release(f->coord, life_lease("A", "web-1", number + 1)), DD_ENOLEASE);
    assert_int_equal(dd_release_image(f->coord, "B", "web-1"), DD_ENOLEASE);
    assert_int_equal(dd_release_image(f->coord, "A", "web-2"), DD_ENOLEASE);
    assert_int_equal(dd_release_caller(f->coord, "web-2"), DD_ENOLEASE);
    fixture_run(f);
    fixture_assert_trace(f, "release-unknown B web-1", "release-unknown A web-2",
                         "release-unknown A web-1", "release-unknown B web-1",
                         "release-unknown A web-2", "release-unknown web-2");
    assert_holders(f, "A", "web-1");
    fixture_release(f, told);
    assert_int_equal(dd_release(f->coord, told->lease), DD_ENOLEASE);
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_ENOLEASE);
    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_ENOLEASE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* What is no image ID or no caller's name is refused before anything is looked for. */
static void test_release_of_what_makes_no_sense(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    char caller[DD_CALLER_MAX + 2];
    char image[DD_IMAGE_ID_MAX + 2];

    memset(caller, 'c', sizeof(caller) - 1);
    caller[sizeof(caller) - 1] = '\0';
    memset(image, 'a', sizeof(image) - 1);
    image[sizeof(image) - 1] = '\0';
    fixture_forget(f);
    assert_int_equal(dd_release(f->coord, life_lease(NULL, "web-1", 1)), DD_EINVAL);
    assert_int_equal(dd_release(f->coord, life_lease("A", NULL, 1)), DD_EINVAL);
    assert_int_equal(dd_release(f->coord, life_lease(image, "web-1", 1)), DD_EINVAL);
    assert_int_equal(dd_release_image(f->coord, NULL, "web-1"), DD_EINVAL);
    assert_int_equal(dd_release_image(f->coord, "A", ""), DD_EINVAL);
    assert_int_equal(dd_release_image(f->coord, "A", caller), DD_EINVAL);
    assert_int_equal(dd_release_caller(f->coord, NULL), DD_EINVAL);
    assert_int_equal(dd_release_caller(f->coord, caller), DD_EINVAL);
    fixture_assert_trace(f, NULL);
    caller[DD_CALLER_MAX] = '\0';
    assert_int_equal(dd_release_caller(f->coord, caller), DD_ENOLEASE);
    fixture_release(f, told);
}

/* The first form takes only what was told: before the telling there is no number to know. */
static void test_release_lease_takes_only_what_was_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = life_granted(f, "redis:7", "web-1", "A");

    for (uint64_t number = 0; number < 4; number++) {
        assert_int_equal(dd_release(f->coord, life_lease("A", "web-1", number)), DD_ENOLEASE);
    }
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_release(f, told);
}

/* The seed's form releases what the caller was told on that image, and nothing else. */
static void test_release_image_releases_what_was_told(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    (void)fixture_pull_whole(f, "nginx:1", "web-1", "B");
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_holders(f, "B", "web-1");
}

/* The seed's form also takes back what is granted on the image and not told; its callback
 * says CANCELLED (H35). */
static void test_release_image_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = life_granted(f, "redis:7", "web-1", "A");

    fixture_forget(f);
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    fixture_assert_trace(f, "taken-back A web-1", "count-down A", "delay-started A",
                         "told redis:7 web-1 DD_ECANCELLED");
}

/* The seed's form does both where a restarted task was told once and is granted again. */
static void test_release_image_takes_told_and_untold_together(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *third = fixture_pull(f, "redis:7", "web-1");
    unsigned granted = fixture_count(f, DD_EVENT_GRANTED);

    life_bring_over(f, "redis:7", "A", "A");
    while (fixture_count(f, DD_EVENT_GRANTED) < granted + 2) {
        assert_true(fixture_step(f));
    }
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_run(f);
    fixture_assert_told(second, DD_ECANCELLED);
    fixture_assert_told(third, DD_ECANCELLED);
    assert_int_equal(dd_release(f->coord, first->lease), DD_ENOLEASE);
}

/* The seed's form leaves operations alone whose image is not known yet. */
static void test_release_image_leaves_waiting_operations_alone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *waiting;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    waiting = fixture_pull(f, "redis:7", "web-1");
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_OK);
    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(waiting, DD_OK);
    assert_holders(f, "A", "web-1");
}

/* Releasing a caller gives back everything it holds and completes all its pending operations,
 * waiting or granted, as CANCELLED; other callers notice nothing (H09). */
static void test_release_caller_gives_back_everything(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *queued;
    struct fixture_told *unknown;
    struct fixture_told *granted;
    struct fixture_told *other;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    (void)fixture_pull_whole(f, "nginx:1", "web-1", "B");
    other = fixture_retain(f, "B", NULL, "web-2");
    fixture_run(f);
    queued = fixture_pull(f, "mysql:8", "web-1");
    unknown = fixture_retain(f, "D", NULL, "web-1");
    granted = life_granted(f, "caddy:2", "web-1", "C");
    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_state(f, "C"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_state(f, "D"), DD_IMAGE_ABSENT);
    assert_holders(f, "B", "web-2");
    fixture_run(f);
    fixture_assert_told(queued, DD_ECANCELLED);
    fixture_assert_told(unknown, DD_ECANCELLED);
    fixture_assert_told(granted, DD_ECANCELLED);
    fixture_assert_told(other, DD_OK);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "mysql:8"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "D"));
    fixture_run(f);
    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_ENOLEASE);
}

/* A dead caller gets no reference: released while it waits, it is not counted when the pull
 * that others share ends (H09). */
static void test_release_caller_who_waits_is_never_counted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *dead = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *alive = fixture_pull(f, "redis:7", "web-2");

    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_OK);
    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(dead, DD_ECANCELLED);
    fixture_assert_told(alive, DD_OK);
    assert_holders(f, "A", "web-2");
}

/* Cancel while the pull is in flight: the callback says CANCELLED, asking again may succeed,
 * and the last waiter to leave aborts the engine's pull (H04). */
static void test_cancel_while_waiting(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    assert_true(told->recoverable);
    assert_int_equal(told->lease.number, 0);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
}

/* Cancel between grant and callback takes the lease back in that step, and the delay starts
 * if it was the last (H35). */
static void test_cancel_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = life_granted(f, "redis:7", "web-1", "A");

    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    assert_int_equal(fixture_count(f, DD_EVENT_TAKEN_BACK), 1);
}

/* A caller's deadline between grant and callback does the same, and the callback says TIMED
 * OUT (H35, H25). */
static void test_deadline_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_as(
        f,
        &(struct dd_pull){ .reference = "redis:7", .caller = "web-1", .deadline_ns = 10 * SECOND });
    uint64_t due_ns;

    life_bring(f, "redis:7", "A");
    while (fixture_count(f, DD_EVENT_GRANTED) == 0) {
        assert_true(fixture_step(f));
    }
    assert_true(fake_clock_due(&f->clock, &due_ns));
    assert_int_equal(due_ns, f->queue.now_ns + 10 * SECOND);
    assert_true(fake_queue_step(&f->queue));
    fixture_run(f);
    fixture_assert_told(told, DD_ETIMEDOUT);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* A deadline is over with the telling: it does not touch the lease that was told (H25). */
static void test_deadline_ends_with_the_telling(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_as(
        f,
        &(struct dd_pull){ .reference = "redis:7", .caller = "web-1", .deadline_ns = 10 * SECOND });

    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_pass(f, MINUTE);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* The longest deadline there is has no end, rather than being over at once. */
static void test_deadline_without_end(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_as(
        f,
        &(struct dd_pull){ .reference = "redis:7", .caller = "web-1", .deadline_ns = UINT64_MAX });

    fixture_pass(f, 10 * SECOND);
    fixture_assert_untold(told);
    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* Operations of one caller on one image share its lease: cancelling one takes nothing that
 * another waits to be told. */
static void test_cancel_leaves_what_another_operation_waits_for(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-1");

    life_bring(f, "redis:7", "A");
    while (fixture_count(f, DD_EVENT_GRANTED) < 2) {
        assert_true(fixture_step(f));
    }
    assert_int_equal(lease_count(f, "A"), 1);
    assert_int_equal(dd_cancel(f->coord, one->operation), DD_OK);
    assert_holders(f, "A", "web-1");
    fixture_run(f);
    fixture_assert_told(one, DD_ECANCELLED);
    fixture_assert_told(two, DD_OK);
    fixture_release(f, two);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Nor does cancelling one take what the caller was told before. */
static void test_cancel_leaves_what_was_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *again = life_granted(f, "redis:7", "web-1", "A");

    assert_int_equal(dd_cancel(f->coord, again->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(again, DD_ECANCELLED);
    assert_holders(f, "A", "web-1");
    fixture_release(f, told);
}

/* Cancel answers DD_EALREADY for what was told or never was, and DD_OK for as long as the
 * callback has not been called. */
static void test_cancel_answers_whether_it_was_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *waiting = fixture_pull(f, "nginx:1", "web-1");

    assert_int_equal(dd_cancel(f->coord, told->operation), DD_EALREADY);
    assert_int_equal(dd_cancel(f->coord, (struct dd_operation){ 0 }), DD_EALREADY);
    assert_int_equal(dd_cancel(f->coord, (struct dd_operation){ 4711 }), DD_EALREADY);
    assert_int_equal(dd_cancel(f->coord, waiting->operation), DD_OK);
    assert_int_equal(dd_cancel(f->coord, waiting->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(waiting, DD_ECANCELLED);
    assert_int_equal(dd_cancel(f->coord, waiting->operation), DD_EALREADY);
    fixture_assert_told(told, DD_OK);
    assert_holders(f, "A", "web-1");
}

/* A failure that is not told yet can still be left: what cancel promised is what is told. */
static void test_cancel_of_a_failure_that_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "out of order");
    fixture_assert_untold(told);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
}

/* Release and cancel never fail for want of memory; nor do the tellings and timers that they
 * lead to: not a byte is asked for. */
static void test_letting_go_needs_no_memory(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *lease = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *waiting = fixture_pull(f, "mysql:8", "web-2");
    struct fixture_told *unknown = fixture_retain(f, "D", NULL, "web-3");
    struct fixture_told *granted;
    uint64_t asked;

    (void)fixture_pull_whole(f, "nginx:1", "web-1", "B");
    (void)fixture_pull_whole(f, "httpd:2", "web-4", "E");
    granted = life_granted(f, "caddy:2", "web-4", "C");
    asked = f->allocator.asked_count;
    fake_allocator_refuse(&f->allocator, 1, true);
    assert_int_equal(dd_release(f->coord, lease->lease), DD_OK);
    assert_int_equal(dd_release_image(f->coord, "B", "web-1"), DD_OK);
    assert_int_equal(dd_release_caller(f->coord, "web-4"), DD_OK);
    assert_int_equal(dd_cancel(f->coord, waiting->operation), DD_OK);
    assert_int_equal(dd_cancel(f->coord, unknown->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(waiting, DD_ECANCELLED);
    fixture_assert_told(unknown, DD_ECANCELLED);
    fixture_assert_told(granted, DD_ECANCELLED);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "mysql:8"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "D"));
    fixture_pass(f, f->config.remove_delay_ns);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVAL_STARTED), 4);
    assert_int_equal(f->allocator.asked_count, asked);
    fake_allocator_refuse(&f->allocator, 0, false);
}

/* What was accepted needs no memory any more: a pull's grant, its binding, its telling, the
 * removal and the backoff find all that they need reserved. */
static void test_completions_need_no_memory(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *unknown = fixture_retain(f, "D", "mysql:8 mysql@d", "web-1");
    uint64_t asked = f->allocator.asked_count;

    fake_allocator_refuse(&f->allocator, 1, true);
    life_bring(f, "redis:7", "A");
    fixture_answer_inspect(f, "D", "D", "mysql:8 mysql@d");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_told(unknown, DD_OK);
    fixture_release(f, told);
    fixture_release(f, unknown);
    fixture_pass(f, f->config.remove_delay_ns);
    life_remove(f, "redis:7", "A");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "D"), 500, "out of order");
    fixture_run(f);
    fixture_pass(f, f->config.retry_ns);
    life_remove(f, "mysql:8", "D");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 2);
    assert_int_equal(f->allocator.asked_count, asked);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_state(f, "D"), DD_IMAGE_ABSENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_holding_restart_never_counts_twice),
        TEST(test_holding_late_release_changes_nothing),
        TEST(test_holding_old_number_counts_until_the_telling),
        TEST(test_holding_moved_tag_leaves_leases_on_two_images),
        TEST(test_holding_last_release_starts_the_delay),
        TEST(test_holding_new_lease_ends_the_delay),
        TEST(test_holding_what_was_never_ours_is_forgotten),
        TEST(test_release_of_what_is_not_held),
        TEST(test_release_of_what_makes_no_sense),
        TEST(test_release_lease_takes_only_what_was_told),
        TEST(test_release_image_releases_what_was_told),
        TEST(test_release_image_takes_back_what_was_not_told),
        TEST(test_release_image_takes_told_and_untold_together),
        TEST(test_release_image_leaves_waiting_operations_alone),
        TEST(test_release_caller_gives_back_everything),
        TEST(test_release_caller_who_waits_is_never_counted),
        TEST(test_cancel_while_waiting),
        TEST(test_cancel_takes_back_what_was_not_told),
        TEST(test_deadline_takes_back_what_was_not_told),
        TEST(test_deadline_ends_with_the_telling),
        TEST(test_deadline_without_end),
        TEST(test_cancel_leaves_what_another_operation_waits_for),
        TEST(test_cancel_leaves_what_was_told),
        TEST(test_cancel_answers_whether_it_was_told),
        TEST(test_cancel_of_a_failure_that_was_not_told),
        TEST(test_letting_go_needs_no_memory),
        TEST(test_completions_need_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
