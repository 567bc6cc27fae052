/* Closing: who is told what, what is aborted, awaited, removed and left, and that nothing
 * stays behind. Callbacks that call anything. */
#include <string.h>

#include "coord/test/fixture_life.h"

static void leave(struct fixture *f)
{
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    fixture_run(f);
}

/* Nothing in it: closed at once, as an event of its own, and the host lock is let go (H34). */
static void test_close_of_an_empty_coordinator(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    assert_int_equal(f->closed_count, 0);
    fixture_run(f);
    fixture_assert_trace(f, "closing", "closed");
    life_assert_closed(f);
}

/* Waiters of pulls and of retains are told CLOSED, which is not recoverable. */
static void test_close_tells_waiters(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *pulling = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *joined = fixture_pull(f, "redis:7", "web-2");
    struct fixture_told *retaining = fixture_retain(f, "A", NULL, "web-3");
    struct fixture_told *looking = fixture_pull_as(
        f, &(struct dd_pull){ .reference = "nginx:1", .caller = "web-4", .policy = DD_PULL_NEVER });

    leave(f);
    fixture_assert_told(pulling, DD_ECLOSED);
    fixture_assert_told(joined, DD_ECLOSED);
    fixture_assert_told(retaining, DD_ECLOSED);
    fixture_assert_told(looking, DD_ECLOSED);
    assert_false(pulling->recoverable);
    assert_string_equal(pulling->text, "Failed to pull `redis:7`: coordinator is closed");
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "A"));
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "nginx:1"));
    fixture_run(f);
    life_assert_closed(f);
}

/* What failed and was not told yet keeps its own class: close is not why. */
static void test_close_leaves_a_failure_its_class(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    fixture_answer_pull_error(f, "redis:7", 404, "manifest for redis:7 not found");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_run(f);
    life_assert_closed(f);
}

/* What was granted and not told is taken back, and the caller is told CLOSED (H35). */
static void test_close_takes_back_what_was_not_told(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = life_granted(f, "redis:7", "web-1", "A");

    leave(f);
    fixture_assert_told(told, DD_ECLOSED);
    assert_int_equal(fixture_count(f, DD_EVENT_TAKEN_BACK), 1);
    life_assert_closed(f);
}

/* Leaving aborts pulls and awaits the end of their calls; their names are not inspected. */
static void test_close_aborts_pulls(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    fixture_forget(f);
    leave(f);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_run(f);
    fixture_assert_told(told, DD_ECLOSED);
    fixture_assert_trace(f, "closing", "pull-aborted redis:7", "told redis:7 web-1 DD_ECLOSED",
                         "pull-ended redis:7 DD_ECANCELLED", "closed");
    fixture_assert_no_calls(f);
    life_assert_closed(f);
}

/* A pull that ends well although it was aborted is not looked up by a close that leaves. */
static void test_close_ignores_the_success_of_an_aborted_pull(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull(f, "redis:7", "web-1");
    life_start_pull(f, "redis:7");
    leave(f);
    fixture_forget(f);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_run(f);
    fixture_assert_no_calls(f);
    life_assert_closed(f);
}

/* Whatever a pull is at, close ends it: waiting for a slot, asking what the name means
 * before, looking its image up, settling, asking what the name means after. */
static void test_close_ends_pulls_in_every_phase(void **state)
{
    struct fixture *f;
    struct dd_config config = fixture_config();
    struct fixture_told *settling;

    (void)state;
    config.parallel_pull_max = 3;
    f = fixture_open(&config);
    settling = fixture_pull(f, "settling:1", "web-1");
    life_start_pull(f, "settling:1");
    assert_int_equal(dd_cancel(f->coord, settling->operation), DD_OK);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "settling:1"));
    (void)fixture_pull(f, "checking:1", "web-1");
    life_start_pull(f, "checking:1");
    fixture_answer_pull_error_line(f, "checking:1", "unknown blob");
    (void)fixture_pull(f, "looking:1", "web-1");
    life_start_pull(f, "looking:1");
    fixture_answer_pull_ok(f, "looking:1", "a", FIXTURE_NEWER);
    (void)fixture_pull(f, "running:1", "web-1");
    life_start_pull(f, "running:1");
    (void)fixture_pull(f, "before:1", "web-1");
    (void)fixture_pull(f, "other:1", "web-1");
    (void)fixture_pull(f, "queued:1", "web-1");
    fixture_run(f);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "checking:1"));
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "looking@a"));
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "before:1"));
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "queued:1"));
    fixture_forget(f);
    leave(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "checking:1"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "looking@a"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "before:1"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "other:1"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "running:1"));
    fixture_run(f);
    fixture_assert_no_calls(f);
    life_assert_closed(f);
    fixture_close(f);
}

/* Without draining, IDLE and HELD and BLOCKED images are left as they are; the last events
 * say which and why, and how many (H29). */
static void test_close_leaves_images_and_says_why(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    life_blocked(f, "caddy:2", "C");
    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    fixture_release(f, fixture_pull_whole(f, "nginx:1", "web-1", "B"));
    fixture_forget(f);
    leave(f);
    fixture_assert_trace(f, "closing", "left C DD_ECONFLICT", "left A", "left B", "closed");
    fixture_assert_no_calls(f);
    life_log_assert(&life->log, "info: left at close: A: somebody holds it");
    life_log_assert(&life->log, "info: left at close: B: nobody uses it");
    life_log_assert(&life->log, "info: left at close: C: in use by a container");
    life_log_assert(&life->log, "info: closed; images left: 1 held, 1 idle, 1 blocked");
    life_assert_closed(f);
}

/* What blocked an image once is no reason any more after a new lease, nor when a failed
 * pull has made a name of it ours again. */
static void test_close_tells_no_old_reason(void **state)
{
    struct fixture *f = *state;

    life_blocked(f, "redis:7", "A");
    (void)fixture_retain(f, "A", NULL, "web-1");
    life_blocked(f, "nginx:1", "B");
    (void)fixture_pull(f, "mirror:7", "web-1");
    life_start_pull(f, "mirror:7");
    fixture_answer_pull_error_line(f, "mirror:7", "unknown blob");
    fixture_answer_inspect(f, "mirror:7", "B", "nginx:1 nginx@b mirror:7 mirror@c");
    fixture_run(f);
    fixture_forget(f);
    leave(f);
    fixture_assert_trace(f, "closing", "left A", "left B", "closed");
    life_assert_closed(f);
}

/* Nor while its removal is tried again. */
static void test_close_tells_no_old_reason_of_a_removal(void **state)
{
    struct fixture *f = *state;

    life_blocked(f, "redis:7", "A");
    while (!fixture_has_call(f, FIXTURE_INSPECT, "A")) {
        fixture_pass(f, SECOND);
    }
    fixture_forget(f);
    leave(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "A"));
    fixture_run(f);
    fixture_assert_trace(f, "closing", "rescued A", "stale-answer", "left A", "closed");
    life_assert_closed(f);
}

/* A removal that has sent no DELETE ends with a close that leaves; what it had asked is
 * awaited and changes nothing (H06). */
static void test_close_calls_off_removals(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    leave(f);
    fixture_assert_trace(f, "closing", "rescued A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_no_calls(f);
    life_assert_closed(f);
}

/* A DELETE that was sent is awaited, and its answer counts (H32). */
static void test_close_awaits_deletes(void **state)
{
    struct fixture *f = *state;

    life_deleting(f, "redis:7", "A");
    leave(f);
    fixture_pass(f, MINUTE - 1);
    assert_int_equal(f->closed_count, 0);
    assert_false(fixture_call(f, FIXTURE_REMOVE, "redis:7")->is_cancelled);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    fixture_assert_trace(f, "closing", "delete-answered A", "unbound redis:7 A",
                         "unbound redis@a A", "removed A", "closed");
    assert_string_equal(f->last_message, "none");
    life_assert_closed(f);
}

/* A close that leaves sends no second DELETE after the one that it awaited. */
static void test_close_sends_no_second_delete(void **state)
{
    struct fixture *f = *state;

    life_deleting(f, "redis:7", "A");
    leave(f);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_run(f);
    fixture_assert_no_calls(f);
    fixture_assert_trace(f, "closing", "delete-answered A", "unbound redis:7 A", "rescued A",
                         "left A", "closed");
    life_assert_closed(f);
}

/* A DELETE that the engine does not answer is awaited up to the deadline; then the call is
 * ended, and the image is left with its doubt (H32). */
static void test_close_awaits_deletes_up_to_the_deadline(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;
    struct fixture_call *call;

    life_deleting(f, "redis:7", "A");
    leave(f);
    call = fixture_call(f, FIXTURE_REMOVE, "redis:7");
    fixture_pass(f, MINUTE);
    assert_true(call->is_cancelled);
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(call);
    fixture_run(f);
    life_log_assert(&life->log, "info: left at close: A: whether it was removed is unknown");
    life_log_assert(&life->log, "info: closed; images left: 1 in doubt");
    life_assert_closed(f);
}

/* A DELETE whose connection was lost is asked about by a close, too, until the engine says
 * which it is (H32). */
static void test_close_ends_a_doubt(void **state)
{
    struct fixture *f = *state;

    life_deleting(f, "redis:7", "A");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    leave(f);
    assert_int_equal(f->closed_count, 0);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
    life_assert_closed(f);
}

/* A deadline of none leaves at once; one without end waits for as long as it takes. */
static void test_close_deadlines_at_both_ends(void **state)
{
    static const uint64_t deadlines_ns[] = { 0, UINT64_MAX };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture *f = fixture_open(NULL);

        life_deleting(f, "redis:7", "A");
        assert_int_equal(fixture_start_close(f, true, deadlines_ns[i]), DD_OK);
        fixture_pass(f, i == 0 ? 0 : 24 * HOUR);
        assert_int_equal(fixture_call(f, FIXTURE_REMOVE, "redis:7")->is_cancelled, i == 0);
        fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
        fixture_run(f);
        life_assert_closed(f);
        fixture_close(f);
    }
}

static void then_nothing_is_closed(struct fixture *f, struct fixture_told *told)
{
    (void)told;
    assert_int_equal(f->closed_count, 0);
    assert_int_equal(fixture_count(f, DD_EVENT_CLOSED), 0);
}

/* Close completes last: after every telling, as the last event of all (S2). */
static void test_close_completes_last(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");
    const char *last;

    one->then = then_nothing_is_closed;
    two->then = then_nothing_is_closed;
    life_start_pull(f, "redis:7");
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_run(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis@a"));
    fixture_run(f);
    fixture_assert_told(one, DD_ECLOSED);
    fixture_assert_told(two, DD_ECLOSED);
    last = strstr(fixture_events(f), "closed");
    assert_non_null(last);
    assert_int_equal(strcspn(last, "\n") + 1, strlen(last));
    life_assert_closed(f);
}

static void assert_answers_closed(struct fixture *f, const struct fixture_told *told)
{
    assert_int_equal(
        fixture_pull_as(f, &(struct dd_pull){ .reference = "a:1", .caller = "c" })->begun,
        DD_ECLOSED);
    assert_int_equal(
        fixture_retain_as(f, &(struct dd_retain){ .image = "A", .caller = "c" })->begun,
        DD_ECLOSED);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_ECLOSED);
    assert_int_equal(dd_release(f->coord, told->lease), DD_ECLOSED);
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_ECLOSED);
    assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_ECLOSED);
    assert_int_equal(dd_explain(f->coord, NULL, NULL), DD_ECLOSED);
    assert_int_equal(fixture_start_close(f, true, MINUTE), DD_ECLOSED);
}

/* From the close on every call answers CLOSED: before it takes effect, under way, and after
 * it is told. */
static void test_calls_after_close_answer_closed(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");

    life_deleting(f, "nginx:1", "B");
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    assert_answers_closed(f, told);
    fixture_run(f);
    assert_int_equal(f->closed_count, 0);
    assert_answers_closed(f, told);
    fixture_answer_remove(f, "nginx:1", "nginx:1 nginx@b", "B");
    fixture_run(f);
    assert_int_equal(f->closed_count, 1);
    assert_answers_closed(f, told);
    life_assert_closed(f);
}

/* A close that nobody would be told of is refused, and nothing is closed. */
static void test_close_wants_a_callback(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(dd_close(f->coord, &(struct dd_close){ .deadline_ns = MINUTE }), DD_EINVAL);
    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
}

static void then_close(struct fixture *f, struct fixture_told *told)
{
    (void)told;
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    assert_int_equal(f->closed_count, 0);
}

/* Close inside a callback takes effect when that returns: those who were granted in the same
 * step and are not told yet are told CLOSED, for they could not release any more (H35). */
static void test_close_inside_a_callback(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");
    struct fixture_told *three = fixture_pull(f, "redis:7", "web-3");

    two->then = then_close;
    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(one, DD_OK);
    fixture_assert_told(two, DD_OK);
    fixture_assert_told(three, DD_ECLOSED);
    assert_int_equal(fixture_count(f, DD_EVENT_TAKEN_BACK), 1);
    life_assert_closed(f);
}

struct agent {
    struct fixture *f;
    unsigned closed_count;
};

static void closed_destroys(void *arg)
{
    struct agent *agent = arg;

    agent->closed_count++;
    dd_destroy(agent->f->coord);
    agent->f->coord = NULL;
    assert_true(agent->f->allocator.live_bytes > 0);
}

/* Destroy inside the callback of a close takes effect when that returns. */
static void test_destroy_inside_closed(void **state)
{
    struct fixture *f = *state;
    struct agent agent = { .f = f };

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    assert_int_equal(dd_close(f->coord, &(struct dd_close){ .deadline_ns = MINUTE,
                                                            .closed = closed_destroys,
                                                            .arg = &agent }),
                     DD_OK);
    fixture_run(f);
    assert_int_equal(agent.closed_count, 1);
    assert_int_equal(f->allocator.live_bytes, 0);
    f->closed_count = 1;
}

/* Destroying nothing is fine. */
static void test_destroy_of_nothing(void **state)
{
    (void)state;
    dd_destroy(NULL);
}

static void then_release_and_pull_again(struct fixture *f, struct fixture_told *told)
{
    told->then = NULL;
    fixture_release(f, told);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_EALREADY);
    (void)fixture_pull(f, "nginx:1", told->caller);
    (void)fixture_retain(f, told->image, NULL, told->caller);
    (void)fixture_state(f, told->image);
}

/* A callback may release what it was told, pull, retain and explain: each takes effect as if
 * it were called later. */
static void test_callback_may_release_pull_and_retain(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    told->then = then_release_and_pull_again;
    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "nginx:1"));
}

static void then_release_the_others(struct fixture *f, struct fixture_told *told)
{
    (void)told;
    assert_int_equal(dd_release_caller(f->coord, "web-2"), DD_OK);
    assert_int_equal(dd_release_image(f->coord, "A", "web-3"), DD_OK);
}

/* A callback may let go for those who were granted in its step and are told after it (H35). */
static void test_callback_may_release_other_callers(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");
    struct fixture_told *three = fixture_pull(f, "redis:7", "web-3");

    one->then = then_release_the_others;
    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(one, DD_OK);
    fixture_assert_told(two, DD_ECANCELLED);
    fixture_assert_told(three, DD_ECANCELLED);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

static void then_try_the_same(struct fixture *f, struct fixture_told *told)
{
    told->then = NULL;
    (void)fixture_pull(f, "redis:7", "web-9");
}

/* A callback of a failure may try again at once: that is a pull of its own, which nobody
 * hands the old result (H02). */
static void test_callback_of_a_failure_may_pull_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    told->then = then_try_the_same;
    life_start_pull(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "out of order");
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_ASKED), 2);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    life_start_pull(f, "redis:7");
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define LOGGED(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_close_of_an_empty_coordinator),
        TEST(test_close_tells_waiters),
        TEST(test_close_leaves_a_failure_its_class),
        TEST(test_close_takes_back_what_was_not_told),
        TEST(test_close_aborts_pulls),
        TEST(test_close_ignores_the_success_of_an_aborted_pull),
        TEST(test_close_ends_pulls_in_every_phase),
        LOGGED(test_close_leaves_images_and_says_why),
        TEST(test_close_tells_no_old_reason),
        TEST(test_close_tells_no_old_reason_of_a_removal),
        TEST(test_close_calls_off_removals),
        TEST(test_close_awaits_deletes),
        TEST(test_close_sends_no_second_delete),
        LOGGED(test_close_awaits_deletes_up_to_the_deadline),
        TEST(test_close_ends_a_doubt),
        TEST(test_close_deadlines_at_both_ends),
        TEST(test_close_completes_last),
        TEST(test_calls_after_close_answer_closed),
        TEST(test_close_wants_a_callback),
        TEST(test_close_inside_a_callback),
        TEST(test_destroy_inside_closed),
        TEST(test_destroy_of_nothing),
        TEST(test_callback_may_release_pull_and_retain),
        TEST(test_callback_may_release_other_callers),
        TEST(test_callback_of_a_failure_may_pull_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
