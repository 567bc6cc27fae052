/* Opening: what is asked of the world, what can go wrong, and what is left then. */
#include <string.h>

#include "coord/test/fixture_life.h"

static int create(void **state)
{
    *state = fixture_create(NULL);
    return 0;
}

static void begin(struct fixture *f)
{
    assert_int_equal(fixture_start_open(f), DD_OK);
    assert_int_equal(f->opened_count, 0);
}

static void identify(struct fixture *f, const char *id)
{
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = id,
                                        .closing_lines = true });
    fixture_run(f);
}

static void assert_opened(const struct fixture *f, enum dd_status status, const char *text)
{
    assert_int_equal(f->opened_count, 1);
    assert_int_equal(f->opened_status, status);
    assert_string_equal(f->opened_text, text);
}

static enum dd_status try_pull(struct fixture *f)
{
    return fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7", .caller = "web-1" })
        ->begun;
}

/* The engine is asked who it is, the host lock of its name is taken, and only then is the
 * agent told (H34). */
static void test_open_takes_the_lock_of_the_engine(void **state)
{
    struct fixture *f = *state;

    begin(f);
    assert_null(fake_host_locks_holder(&f->locks, "engine-9"));
    identify(f, "engine-9");
    assert_opened(f, DD_OK, "");
    assert_string_equal(fake_host_locks_holder(&f->locks, "engine-9"), "this-agent");
    fixture_assert_calls(f, "identify");
    fixture_assert_trace(f, "opened");
    assert_int_equal(try_pull(f), DD_OK);
}

/* The telling is an event of its own, after the answer; nothing is accepted before it. */
static void test_open_accepts_nothing_before_it_is_told(void **state)
{
    struct fixture *f = *state;
    struct dd_operation none = { 1 };

    begin(f);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(try_pull(f), DD_EINVAL);
        assert_int_equal(
            fixture_retain_as(f, &(struct dd_retain){ .image = "A", .caller = "c" })->begun,
            DD_EINVAL);
        assert_int_equal(dd_cancel(f->coord, none), DD_EINVAL);
        assert_int_equal(dd_release(f->coord, life_lease("A", "web-1", 1)), DD_EINVAL);
        assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_EINVAL);
        assert_int_equal(dd_release_caller(f->coord, "web-1"), DD_EINVAL);
        assert_int_equal(dd_explain(f->coord, NULL, NULL), DD_EINVAL);
        assert_int_equal(fixture_start_close(f, false, MINUTE), DD_EINVAL);
        if (i == 0) {
            fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                           &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                                .http_status = 200,
                                                .id = "engine-1" });
            assert_int_equal(f->opened_count, 0);
        }
    }
    fixture_run(f);
    assert_opened(f, DD_OK, "");
    assert_int_equal(try_pull(f), DD_OK);
}

/* A second coordinator of one engine is refused and told who has it (H34). */
static void test_open_names_the_holder_of_the_engine(void **state)
{
    struct fixture *f = *state;
    struct fixture *other = fixture_open(NULL);

    fake_host_lock_init(&f->lock, &other->locks, "late-agent");
    begin(f);
    identify(f, "engine-1");
    assert_opened(f, DD_EBUSY, "the engine is coordinated by this-agent");
    assert_true(dd_status_recoverable(DD_EBUSY));
    dd_destroy(f->coord);
    f->coord = NULL;
    assert_string_equal(fake_host_locks_holder(&other->locks, "engine-1"), "this-agent");
    fixture_close(other);
}

/* After the first one's close the second one opens (H34). */
static void test_open_succeeds_after_the_holder_closed(void **state)
{
    struct fixture *f = *state;
    struct fixture *other = fixture_open(NULL);

    fake_host_lock_init(&f->lock, &other->locks, "late-agent");
    assert_int_equal(fixture_start_close(other, false, MINUTE), DD_OK);
    fixture_run(other);
    begin(f);
    identify(f, "engine-1");
    assert_opened(f, DD_OK, "");
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    fixture_run(f);
    dd_destroy(f->coord);
    f->coord = NULL;
    fixture_close(other);
}

/* There is no shared instance: two coordinators in one process, of two engines, have each
 * their own configuration and their own images (H19). */
static void test_open_shares_nothing_between_coordinators(void **state)
{
    struct fixture *f = *state;
    struct dd_config config = fixture_config();
    struct fixture *other;

    config.remove_delay_ns = SECOND;
    other = fixture_open(&config);
    fake_host_lock_init(&f->lock, &other->locks, "second");
    begin(f);
    identify(f, "engine-2");
    assert_opened(f, DD_OK, "");
    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    assert_int_equal(fixture_state(other, "A"), DD_IMAGE_ABSENT);
    fixture_release(other, fixture_pull_whole(other, "redis:7", "web-1", "A"));
    assert_int_equal(fixture_explain(other, "A").next_ns, other->queue.now_ns + SECOND);
    assert_int_equal(fixture_explain(f, "A").next_ns, f->queue.now_ns + 3 * MINUTE);
    fixture_close(f);
    fixture_close(other);
    *state = fixture_create(NULL);
}

/* A lock that cannot be tried is a failure of its own class, and nothing is held. */
static void test_open_fails_if_the_lock_cannot_be_tried(void **state)
{
    struct fixture *f = *state;

    f->lock.refuse = DD_EDENIED;
    begin(f);
    identify(f, "engine-1");
    assert_opened(f, DD_EDENIED, "the host lock could not be taken");
    fixture_assert_trace(f, "open-failed DD_EDENIED");
}

/* An engine that does not say who it is within 30 s: the call is cancelled, and when it is
 * over the open ends TIMED OUT (H04). */
static void test_open_gives_up_on_a_silent_engine(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *call;

    begin(f);
    call = fixture_call(f, FIXTURE_IDENTIFY, NULL);
    fixture_pass(f, 30 * SECOND - 1);
    assert_false(call->is_cancelled);
    fixture_pass(f, 1);
    assert_true(call->is_cancelled);
    assert_int_equal(f->opened_count, 0);
    fixture_answer_cancelled(call);
    fixture_run(f);
    assert_opened(f, DD_ETIMEDOUT, "the engine did not say who it is in time");
}

/* An engine that cannot be reached, or whose connection breaks, is a network failure with
 * the wire's own words. */
static void test_open_fails_if_the_engine_is_not_reachable(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_UNSENT,
                                        .text = "dial unix /x.sock: connection refused" });
    fixture_run(f);
    assert_opened(f, DD_ENETWORK, "dial unix /x.sock: connection refused");
}

/* A connection that breaks before the answer is the same class, in our words if the wire has
 * none. */
static void test_open_fails_if_the_connection_breaks(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_LOST });
    fixture_run(f);
    assert_opened(f, DD_ENETWORK, "network failure");
}

/* A client that refuses to start the call is told of like an engine out of reach, as an event
 * of its own. */
static void test_open_fails_if_the_client_refuses(void **state)
{
    struct fixture *f = *state;

    f->refuse[FIXTURE_IDENTIFY] = 1;
    begin(f);
    fixture_run(f);
    assert_opened(f, DD_EENGINE, "the Docker client did not start the call");
}

/* An error answer brings its class and its text, without secrets. */
static void test_open_tells_an_error_without_secrets(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_answer_error(fixture_call(f, FIXTURE_IDENTIFY, NULL), 500,
                         "proxy http://me:hunter2@proxy/ is out of order");
    fixture_run(f);
    assert_opened(f, DD_EENGINE, "proxy http://***@proxy/ is out of order");
}

/* An answer without an engine ID, or with one that cannot be one, is no engine to
 * coordinate. */
static void test_open_fails_on_a_junk_answer(void **state)
{
    char too_long[129];
    const char *const ids[] = { NULL, "", too_long };

    (void)state;
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct fixture *f = fixture_create(NULL);

        begin(f);
        identify(f, ids[i]);
        assert_opened(f, DD_EENGINE, "the engine's answer has no engine ID");
        fixture_close(f);
    }
}

/* The longest engine ID that fits is taken whole. */
static void test_open_takes_the_longest_engine_id(void **state)
{
    struct fixture *f = *state;
    char id[128];

    memset(id, 'x', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    begin(f);
    identify(f, id);
    assert_opened(f, DD_OK, "");
    assert_string_equal(fake_host_locks_holder(&f->locks, id), "this-agent");
}

/* An open that failed leaves no lock, no timer, no work; it accepts nothing and cannot be
 * closed, only destroyed. */
static void test_open_that_failed_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t due_ns;

    begin(f);
    fixture_answer_unsent(fixture_call(f, FIXTURE_IDENTIFY, NULL));
    fixture_run(f);
    assert_int_equal(f->opened_status, DD_ENETWORK);
    assert_false(fake_clock_due(&f->clock, &due_ns));
    assert_int_equal(try_pull(f), DD_EINVAL);
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_EINVAL);
    dd_destroy(f->coord);
    f->coord = NULL;
    assert_int_equal(f->allocator.live_bytes, 0);
}

struct agent {
    struct fixture *f;
    struct dd_coord *coord;
    unsigned opened_count;
    unsigned closed_count;
    enum dd_status closing;
    struct fixture_told *told;
};

static void opened_destroys(void *arg, enum dd_status status, const char *text)
{
    struct agent *agent = arg;

    (void)text;
    assert_int_equal(status, DD_ENETWORK);
    agent->opened_count++;
    dd_destroy(agent->coord);
}

/* Destroy inside the callback of a failed open takes effect when that returns. */
static void test_destroy_inside_opened(void **state)
{
    struct fixture *f = *state;
    struct agent agent = { .f = f };

    assert_int_equal(dd_open(&f->config, &f->env, opened_destroys, &agent, &agent.coord), DD_OK);
    fixture_answer_unsent(fixture_call(f, FIXTURE_IDENTIFY, NULL));
    fixture_run(f);
    assert_int_equal(agent.opened_count, 1);
    assert_int_equal(f->allocator.live_bytes, 0);
}

static void agent_closed(void *arg)
{
    struct agent *agent = arg;

    agent->closed_count++;
    dd_destroy(agent->coord);
}

static void opened_pulls_and_closes(void *arg, enum dd_status status, const char *text)
{
    struct agent *agent = arg;

    (void)text;
    assert_int_equal(status, DD_OK);
    agent->opened_count++;
    agent->f->coord = agent->coord;
    agent->told = fixture_pull(agent->f, "redis:7", "web-1");
    agent->closing =
        dd_close(agent->coord,
                 &(struct dd_close){ .deadline_ns = MINUTE, .closed = agent_closed, .arg = agent });
}

/* An engine whose answer comes first although it was late has a coordinator like any
 * other: a close of it has all its time (H04). */
static void test_open_that_was_late_is_forgotten(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_pass(f, f->config.inspect_timeout_ns);
    identify(f, "engine-1");
    assert_opened(f, DD_OK, "");
    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    assert_int_equal(fixture_start_close(f, true, MINUTE), DD_OK);
    fixture_run(f);
    assert_int_equal(f->closed_count, 0);
    life_remove(f, "redis:7", "A");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
    life_assert_closed(f);
}

/* The callback of an open may call anything, close included; what it asked for is told
 * CLOSED. */
static void test_open_callback_may_pull_and_close(void **state)
{
    struct fixture *f = *state;
    struct agent agent = { .f = f };

    assert_int_equal(dd_open(&f->config, &f->env, opened_pulls_and_closes, &agent, &agent.coord),
                     DD_OK);
    identify(f, "engine-1");
    assert_int_equal(agent.closing, DD_OK);
    fixture_assert_told(agent.told, DD_ECLOSED);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_run(f);
    assert_int_equal(agent.closed_count, 1);
    f->coord = NULL;
    assert_int_equal(f->allocator.live_bytes, 0);
}

static void never(void *arg, enum dd_status status, const char *text)
{
    (void)arg;
    (void)status;
    (void)text;
    fail_msg("an open that was refused was told of");
}

/* An open that is refused touches nothing: no call, no memory, and *out stays as it was. */
static void assert_refused(struct fixture *f, const struct dd_config *config,
                           const struct dd_env *env)
{
    struct dd_coord *mark = (struct dd_coord *)(void *)f;
    struct dd_coord *out = mark;

    assert_int_equal(dd_open(config, env, never, NULL, &out), DD_EINVAL);
    assert_ptr_equal(out, mark);
    assert_int_equal(f->allocator.asked_count, 0);
    fixture_run(f);
    fixture_assert_no_calls(f);
}

/* A table that is missing is refused, the Docker client's first of all, as the seed refused a
 * nil client; only the observer may be left out. */
static void test_open_refuses_missing_tables(void **state)
{
    struct fixture *f = *state;
    struct dd_env env;

#define WITHOUT(table)                                                                             \
    env = f->env;                                                                                  \
    env.table.ops = NULL;                                                                          \
    assert_refused(f, &f->config, &env)
    WITHOUT(docker);
    WITHOUT(clock);
    WITHOUT(executor);
    WITHOUT(host_lock);
    WITHOUT(entropy);
    WITHOUT(allocator);
#undef WITHOUT
    f->env.observer.ops = NULL;
    begin(f);
    identify(f, "engine-1");
    assert_opened(f, DD_OK, "");
}

/* Missing arguments are refused alike. */
static void test_open_refuses_missing_arguments(void **state)
{
    struct fixture *f = *state;
    struct dd_coord *out = NULL;

    assert_int_equal(dd_open(NULL, &f->env, never, NULL, &out), DD_EINVAL);
    assert_int_equal(dd_open(&f->config, NULL, never, NULL, &out), DD_EINVAL);
    assert_int_equal(dd_open(&f->config, &f->env, NULL, NULL, &out), DD_EINVAL);
    assert_int_equal(dd_open(&f->config, &f->env, never, NULL, NULL), DD_EINVAL);
    assert_null(out);
}

/* Every number of the configuration that makes no sense is refused, one by one. */
static void test_open_refuses_numbers_that_make_no_sense(void **state)
{
    struct fixture *f = *state;
    uint64_t too_long_ns = UINT64_C(367) * 24 * HOUR;
    struct dd_config config;

#define WITH(member, value)                                                                        \
    config = f->config;                                                                            \
    config.member = (value);                                                                       \
    assert_refused(f, &config, &f->env)
    WITH(parallel_pull_max, 0);
    WITH(parallel_removal_max, 0);
    WITH(parallel_removal_max, 1025);
    WITH(try_max, 0);
    WITH(try_max, 101);
    WITH(remove_delay_ns, too_long_ns);
    WITH(progress_timeout_ns, 0);
    WITH(progress_timeout_ns, too_long_ns);
    WITH(pull_timeout_ns, 0);
    WITH(pull_timeout_ns, too_long_ns);
    WITH(inspect_timeout_ns, 0);
    WITH(inspect_timeout_ns, too_long_ns);
    WITH(pull_settling_ns, too_long_ns);
    WITH(delete_settling_ns, too_long_ns);
    WITH(retry_ns, 0);
    WITH(retry_ns, too_long_ns);
    WITH(backoff_min_ns, 0);
    WITH(backoff_min_ns, f->config.backoff_max_ns + 1);
    WITH(backoff_max_ns, 0);
    WITH(backoff_max_ns, too_long_ns);
#undef WITH
}

/* What is extreme and makes sense is accepted: no delay, no settling, one place. */
static void test_open_accepts_the_smallest_numbers(void **state)
{
    struct fixture *f = *state;

    f->config.remove_delay_ns = 0;
    f->config.pull_settling_ns = 0;
    f->config.delete_settling_ns = 0;
    f->config.parallel_pull_max = 1;
    f->config.parallel_removal_max = 1;
    f->config.try_max = 1;
    f->config.retry_ns = 1;
    f->config.inspect_timeout_ns = 1;
    begin(f);
    identify(f, "engine-1");
    assert_opened(f, DD_OK, "");
}

/* The defaults are the documented ones. */
static void test_open_defaults(void **state)
{
    struct dd_config config;

    (void)state;
    memset(&config, 0x55, sizeof(config));
    dd_config_init(&config);
    assert_true(config.cleanup);
    assert_false(config.adopt);
    assert_int_equal(config.parallel_pull_max, 8);
    assert_int_equal(config.parallel_removal_max, 4);
    assert_int_equal(config.remove_delay_ns, 3 * MINUTE);
    assert_int_equal(config.progress_timeout_ns, 5 * MINUTE);
    assert_int_equal(config.pull_timeout_ns, HOUR);
    assert_int_equal(config.inspect_timeout_ns, 30 * SECOND);
    assert_int_equal(config.pull_settling_ns, 5 * SECOND);
    assert_int_equal(config.delete_settling_ns, MINUTE);
    assert_int_equal(config.retry_ns, 3 * SECOND);
    assert_int_equal(config.try_max, 3);
    assert_int_equal(config.backoff_min_ns, MINUTE);
    assert_int_equal(config.backoff_max_ns, HOUR);
}

/* Whichever allocation fails, open answers OUT OF MEMORY and leaves nothing behind. */
static void test_open_without_memory(void **state)
{
    struct fixture *f = *state;
    uint64_t due_ns;
    unsigned nth = 1;

    for (;; nth++) {
        fake_allocator_refuse(&f->allocator, nth, false);
        if (fixture_start_open(f) == DD_OK) {
            break;
        }
        assert_null(f->coord);
        assert_int_equal(f->allocator.live_bytes, 0);
        assert_int_equal(f->allocator.refused_count, nth);
        assert_false(fake_clock_due(&f->clock, &due_ns));
        fixture_run(f);
        fixture_assert_no_calls(f);
    }
    assert_true(nth > 2);
    assert_int_equal(f->opened_count, 0);
    fake_allocator_refuse(&f->allocator, 0, false);
    identify(f, "engine-1");
    assert_opened(f, DD_OK, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_open_takes_the_lock_of_the_engine),
        TEST(test_open_accepts_nothing_before_it_is_told),
        TEST(test_open_names_the_holder_of_the_engine),
        TEST(test_open_succeeds_after_the_holder_closed),
        TEST(test_open_shares_nothing_between_coordinators),
        TEST(test_open_fails_if_the_lock_cannot_be_tried),
        TEST(test_open_gives_up_on_a_silent_engine),
        TEST(test_open_fails_if_the_engine_is_not_reachable),
        TEST(test_open_fails_if_the_connection_breaks),
        TEST(test_open_fails_if_the_client_refuses),
        TEST(test_open_tells_an_error_without_secrets),
        TEST(test_open_fails_on_a_junk_answer),
        TEST(test_open_takes_the_longest_engine_id),
        TEST(test_open_that_failed_leaves_nothing),
        TEST(test_destroy_inside_opened),
        TEST(test_open_that_was_late_is_forgotten),
        TEST(test_open_callback_may_pull_and_close),
        TEST(test_open_refuses_missing_tables),
        TEST(test_open_refuses_missing_arguments),
        TEST(test_open_refuses_numbers_that_make_no_sense),
        TEST(test_open_accepts_the_smallest_numbers),
        TEST(test_open_defaults),
        TEST(test_open_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
