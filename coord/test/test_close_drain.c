/* Closing that drains: what nobody uses is removed before the end, within the deadline. */
#include "coord/test/fixture_life.h"

#define IN_USE                                                                                     \
    "conflict: unable to remove repository reference \"redis:7\" (must force) - container 12 is "  \
    "using its referenced image 34"

static void drain(struct fixture *f)
{
    assert_int_equal(fixture_start_close(f, true, MINUTE), DD_OK);
    fixture_run(f);
}

/* Asked to drain, IDLE images are removed now, whatever is left of their delay (H28). */
static void test_close_drains_idle_images(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_release(f, fixture_pull_whole(f, "nginx:1", "web-1", "B"));
    drain(f);
    life_remove(f, "redis:7", "A");
    assert_int_equal(f->closed_count, 0);
    life_remove(f, "nginx:1", "B");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 2);
    assert_int_equal(fixture_count(f, DD_EVENT_LEFT), 0);
    life_assert_closed(f);
}

/* Draining keeps to the limit on parallel removals, and still removes all. */
static void test_close_drains_more_images_than_places(void **state)
{
    static const char *const references[] = { "a:1", "b:1", "c:1", "d:1", "e:1", "f:1" };
    static const char *const images[] = { "A", "B", "C", "D", "E", "F" };
    struct fixture *f = *state;

    for (size_t i = 0; i < 6; i++) {
        fixture_release(f, fixture_pull_whole(f, references[i], "web-1", images[i]));
    }
    drain(f);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 4);
    for (size_t i = 0; i < 6; i++) {
        life_remove(f, references[i], images[i]);
    }
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 6);
    life_assert_closed(f);
}

/* Draining never takes what somebody holds; that is left, and said (S1). */
static void test_close_drains_nothing_that_is_held(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    fixture_forget(f);
    drain(f);
    fixture_assert_no_calls(f);
    fixture_assert_trace(f, "closing", "left A", "closed");
    life_assert_closed(f);
}

/* Draining also removes what is taken back from those who were not told (H35). */
static void test_close_drains_what_was_taken_back(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = life_granted(f, "redis:7", "web-1", "A");

    drain(f);
    fixture_assert_told(told, DD_ECLOSED);
    life_remove(f, "redis:7", "A");
    life_assert_closed(f);
}

/* Draining tries BLOCKED images once more, now; refused again, they are left with their
 * reason (H05, H29). */
static void test_close_tries_blocked_images_once(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    life_blocked(f, "redis:7", "A");
    drain(f);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_answer_remove_error(f, "redis:7", 409, IN_USE);
    fixture_run(f);
    life_log_assert(&life->log, "info: left at close: A: in use by a container");
    fixture_assert_calls(f, "inspect A", "inspect redis:7", "remove redis:7");
    life_assert_closed(f);
}

/* Draining tries at unknown errors as always, three times at three seconds; then the image is
 * left (H07). */
static void test_close_that_drains_tries_three_times(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    drain(f);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(f->closed_count, 0);
        fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
        fixture_run(f);
        fixture_pass(f, i < 2 ? 3 * SECOND : 0);
    }
    life_log_assert(&life->log, "info: left at close: A: engine failure");
    life_assert_closed(f);
}

/* Draining inspects the names of pulls that it aborted, after their settling time, and
 * removes what they left behind (H33). */
static void test_close_that_drains_looks_after_aborted_pulls(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    drain(f);
    fixture_assert_told(told, DD_ECLOSED);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_pass(f, f->config.pull_settling_ns - 1);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_pass(f, 1);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    life_remove(f, "redis:7", "A");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
    life_assert_closed(f);
}

/* Draining also looks after the pulls that others had left before it, settling or asked about
 * already (H33). */
static void test_close_that_drains_looks_after_pulls_left_before(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *settling = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    assert_int_equal(dd_cancel(f->coord, settling->operation), DD_OK);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    (void)fixture_pull(f, "nginx:1", "web-1");
    life_start_pull(f, "nginx:1");
    fixture_answer_pull_error_line(f, "nginx:1", "unknown blob");
    fixture_run(f);
    drain(f);
    fixture_answer_inspect(f, "nginx:1", "B", "nginx:1 nginx@b");
    fixture_run(f);
    life_remove(f, "nginx:1", "B");
    fixture_pass(f, f->config.pull_settling_ns);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    life_remove(f, "redis:7", "A");
    life_assert_closed(f);
}

/* Draining removes what a pull brought that had ended well, or ends well although it was
 * aborted. */
static void test_close_drains_what_pulls_bring(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull(f, "redis:7", "web-1");
    life_start_pull(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    (void)fixture_pull(f, "nginx:1", "web-1");
    life_start_pull(f, "nginx:1");
    drain(f);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_answer_pull_ok(f, "nginx:1", "b", FIXTURE_NEWER);
    fixture_answer_inspect(f, "nginx@b", "B", "nginx:1 nginx@b");
    fixture_run(f);
    life_remove(f, "redis:7", "A");
    life_remove(f, "nginx:1", "B");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 2);
    life_assert_closed(f);
}

/* What is refused while draining is not tried a second time, however long the rest takes. */
static void test_close_tries_what_is_refused_once(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_release(f, fixture_pull_whole(f, "nginx:1", "web-1", "B"));
    assert_int_equal(fixture_start_close(f, true, 24 * HOUR), DD_OK);
    fixture_run(f);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove_error(f, "redis:7", 409, IN_USE);
    fixture_answer_inspect(f, "B", "B", "nginx:1 nginx@b");
    fixture_answer_inspect(f, "nginx:1", "B", "nginx:1 nginx@b");
    fixture_forget(f);
    fixture_pass(f, 3 * HOUR);
    fixture_assert_no_calls(f);
    fixture_answer_remove(f, "nginx:1", "nginx:1 nginx@b", "B");
    fixture_run(f);
    life_assert_closed(f);
}

/* All of draining lies within the deadline: what is under way then is ended and left. */
static void test_close_that_drains_ends_at_the_deadline(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    (void)fixture_pull(f, "redis:7", "web-1");
    life_start_pull(f, "redis:7");
    (void)fixture_pull(f, "mysql:8", "web-1");
    life_start_pull(f, "mysql:8");
    fixture_release(f, fixture_pull_whole(f, "nginx:1", "web-1", "B"));
    fixture_release(f, fixture_pull_whole(f, "caddy:2", "web-1", "C"));
    fixture_release(f, fixture_pull_whole(f, "httpd:2", "web-1", "D"));
    assert_int_equal(fixture_start_close(f, true, 20 * SECOND), DD_OK);
    fixture_run(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "mysql:8"));
    fixture_pass(f, 18 * SECOND);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "C"), 500, "out of order");
    fixture_answer_inspect(f, "D", "D", "httpd:2 httpd@d");
    fixture_run(f);
    fixture_answer_inspect(f, "httpd:2", "D", "httpd:2 httpd@d");
    fixture_pass(f, 2 * SECOND);
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "mysql:8"));
    fixture_answer_cancelled(fixture_call(f, FIXTURE_REMOVE, "httpd:2"));
    fixture_forget(f);
    fixture_answer_inspect(f, "B", "B", "nginx:1 nginx@b");
    fixture_pass(f, MINUTE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "redis:7"));
    fixture_run(f);
    fixture_assert_no_calls(f);
    life_log_assert(&life->log, "info: left at close: B: nobody uses it");
    life_log_assert(&life->log, "info: left at close: C: its removal has no end");
    life_log_assert(&life->log, "info: left at close: D: whether it was removed is unknown");
    life_log_assert(&life->log, "info: closed; images left: 1 idle, 1 removing, 1 in doubt");
    life_assert_closed(f);
}

/* Closing needs no memory, draining included. */
static void test_close_needs_no_memory(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    told = fixture_pull(f, "nginx:1", "web-1");
    life_start_pull(f, "nginx:1");
    fake_allocator_refuse(&f->allocator, 1, true);
    drain(f);
    fixture_assert_told(told, DD_ECLOSED);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_PULL, "nginx:1"));
    fixture_pass(f, f->config.pull_settling_ns);
    fixture_answer_inspect(f, "nginx:1", "B", "nginx:1 nginx@b");
    life_remove(f, "redis:7", "A");
    life_remove(f, "nginx:1", "B");
    assert_int_equal(f->allocator.refused_count, 0);
    life_assert_closed(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define LOGGED(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_close_drains_idle_images),
        TEST(test_close_drains_more_images_than_places),
        TEST(test_close_drains_nothing_that_is_held),
        TEST(test_close_drains_what_was_taken_back),
        LOGGED(test_close_tries_blocked_images_once),
        LOGGED(test_close_that_drains_tries_three_times),
        TEST(test_close_that_drains_looks_after_aborted_pulls),
        TEST(test_close_that_drains_looks_after_pulls_left_before),
        TEST(test_close_drains_what_pulls_bring),
        TEST(test_close_tries_what_is_refused_once),
        LOGGED(test_close_that_drains_ends_at_the_deadline),
        TEST(test_close_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
