/*
 * The agent's face: deadlines count from the asking, though the engine has not said yet
 * who it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_agent.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define NEVER_NS (UINT64_C(3600) * DD_SECOND_NS)

static void opened_note(void *arg, enum dd_status status, const char *text)
{
    (void)text;
    told_answered(arg, status);
}

/* An agent whose engine takes @identify_ns to say who it is, or never does. */
static void open_slowly(struct agent_fixture *f, uint64_t identify_ns, struct told *opened)
{
    told_init(opened);
    f->engine.identify_ns = identify_ns;
    f->config.coordinator.inspect_timeout_ns = 300 * MILLISECOND_NS;
    f->config.opened = opened_note;
    f->config.arg = opened;
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_OK);
}

/* Whoever waits with a deadline is back when it is over, long before the opening has come
 * to an end; what he asked for is not asked any more, and others' letters stay. */
static void test_deadline_counts_the_opening(void **state)
{
    struct agent_fixture *f = *state;
    struct told opened;
    struct told told;
    struct dd_outcome out;
    const struct dd_pull first = { .reference = "app-1:1",
                                   .caller = "web-1",
                                   .deadline_ns = 10 * MILLISECOND_NS };
    const struct dd_pull other = {
        .reference = "app-2:1", .caller = "web-2", .done = told_done, .arg = &told
    };
    const struct dd_retain retain = { .image = "sha256:0123",
                                      .caller = "web-1",
                                      .deadline_ns = 10 * MILLISECOND_NS };

    told_init(&told);
    open_slowly(f, NEVER_NS, &opened);
    assert_int_equal(dd_agent_pull_wait(f->agent, &first, &out), DD_ETIMEDOUT);
    assert_int_equal(opened.count, 0);
    assert_string_equal(out.text, "the engine has not said yet who it is");
    assert_int_equal(dd_agent_pull(f->agent, &other, NULL), DD_OK);
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &out), DD_ETIMEDOUT);
    assert_int_equal(dd_agent_pull_wait(f->agent, &first, &out), DD_ETIMEDOUT);
    assert_int_equal(opened.count, 0);
    told_wait(&opened, 1);
    assert_int_equal(opened.status, DD_ETIMEDOUT);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_ECLOSED);
    assert_int_equal(f->engine.pull_count, 0);
}

/* What the opening took is gone from the deadlines of those who asked meanwhile: what is
 * over by then is told so, and starts nothing. */
static void test_deadline_is_over_with_the_opening(void **state)
{
    struct agent_fixture *f = *state;
    struct told opened;
    struct told told;
    struct dd_outcome out;
    const struct dd_pull over = { .reference = "app-1:1",
                                  .caller = "web-1",
                                  .deadline_ns = MILLISECOND_NS,
                                  .done = told_done,
                                  .arg = &told };
    const struct dd_pull late = { .reference = "app-2:1",
                                  .caller = "web-2",
                                  .deadline_ns = NEVER_NS };

    told_init(&told);
    open_slowly(f, 50 * MILLISECOND_NS, &opened);
    assert_int_equal(dd_agent_pull(f->agent, &over, NULL), DD_OK);
    assert_int_equal(dd_agent_pull_wait(f->agent, &late, &out), DD_OK);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_ETIMEDOUT);
    agent_fixture_end(f);
    assert_int_equal(f->engine.pull_count, 1);
}

/* A deadline that is longer than any time is none. */
static void test_deadline_beyond_all_times(void **state)
{
    struct agent_fixture *f = *state;
    struct told opened;
    struct dd_outcome out;
    const struct dd_pull pull = { .reference = "app-1:1",
                                  .caller = "web-1",
                                  .deadline_ns = UINT64_MAX };

    open_slowly(f, MILLISECOND_NS, &opened);
    assert_int_equal(dd_agent_pull_wait(f->agent, &pull, &out), DD_OK);
    agent_fixture_end(f);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, agent_fixture_setup, agent_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_deadline_counts_the_opening),
        TEST(test_deadline_is_over_with_the_opening),
        TEST(test_deadline_beyond_all_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
