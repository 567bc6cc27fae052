#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"

/* An answer holds the truth of the instant of execution, not of its arrival. */
static void test_truth_of_execution(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe inspect = { 0 };
    engine_start_inspect(f, &inspect, "app:1");
    engine_run_until(f, 9 * MS);
    engine_given(f, "pull app:1");
    engine_run_until(f, 10 * MS);

    engine_given(f, "rmi app:1");
    engine_run(f);

    assert_int_equal(inspect.http_status, 200);
    assert_string_equal(inspect.tags, "app:1");
    assert_int_equal(inspect.done_ns, 15 * MS);
}

/* identify tells who the engine is and that it prints closing lines. */
static void test_identify(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_start_inspect(f, &probe, "app:1");
    engine_run(f);
    probe.done_count = 0;

    assert_int_equal(f->docker.ops->identify(f->docker.ctx, &probe.call), DD_OK);
    engine_run(f);

    assert_int_equal(probe.done_count, 1);
    assert_int_equal(probe.http_status, 200);
    assert_int_equal(probe.instance, 1);
    assert_true(probe.closing_lines);
    assert_int_not_equal(strlen(probe.id), 0);
}

/* list tells every image that has a name or no child, with sizes. */
static void test_list(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_given(f, "pull app:1; pull app:same; pull app:2; load P; child {P.id} C");
    engine_start_inspect(f, &probe, "app:1");
    engine_run(f);
    probe.done_count = 0;
    probe.listed[0] = '\0';

    assert_int_equal(f->docker.ops->list(f->docker.ctx, &probe.call), DD_OK);
    engine_run(f);

    assert_string_equal(probe.listed, "A:2,1,4000 B:1,1,4000 C:0,0,1001000");
}

/* Calls in flight are seen, oldest first, by their normal names. */
static void test_view(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probes[3] = { 0 };
    struct fake_call_view view;
    engine_start_inspect(f, &probes[0], "docker.io/library/app:1");
    engine_run_until(f, 2 * MS);
    engine_start_remove(f, &probes[1], "app:2");
    engine_start_pull(f, &probes[2], "app:1");
    engine_run_until(f, 11 * MS);

    assert_true(fake_engine_call(f->engine, 0, &view));
    assert_int_equal(view.call, FAKE_CALL_INSPECT);
    assert_string_equal(view.name, "app:1");
    assert_true(view.executed);
    assert_true(fake_engine_call(f->engine, 1, &view));
    assert_int_equal(view.number, 2);
    assert_false(view.executed);
    assert_true(fake_engine_call(f->engine, 2, &view));
    assert_int_equal(view.call, FAKE_CALL_PULL);
    assert_false(fake_engine_call(f->engine, 3, &view));
    engine_run(f);
    assert_false(fake_engine_call(f->engine, 0, &view));
}

/* A cancelled inspect completes once, by an event of its own. */
static void test_cancel_inspect(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_start_inspect(f, &probe, "app:1");

    engine_cancel(f, &probe);
    engine_run(f);

    assert_int_equal(probe.done_count, 1);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probe.done_ns, 0);
    assert_string_equal(f->log, "sent #1 app:1\ncancelled #1 app:1\nanswered #1 app:1 cancelled\n");
}

/* An answer on its way may come before the cancel, or not. */
static void test_cancel_meets_answer(void **state)
{
    struct engine_fixture *f = *state;
    for (unsigned comes = 0; comes < 2; comes++) {
        struct engine_probe probe = { 0 };
        engine_choose(f, "answer-before-cancel", comes);
        engine_start_inspect(f, &probe, "app:1");
        engine_run_until(f, f->queue.now_ns + 12 * MS);

        engine_cancel(f, &probe);
        engine_run(f);

        assert_int_equal(probe.done_count, 1);
        assert_int_equal(probe.transport, comes ? DD_TRANSPORT_ANSWERED : DD_TRANSPORT_CANCELLED);
        assert_int_equal(probe.http_status, comes ? 404 : 0);
    }
}

/* Row "delete-client-gone": it is executed all the same, within the window. */
static void test_cancel_remove(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_given(f, "pull app:1");
    engine_start_remove(f, &probe, "app:1");

    engine_cancel(f, &probe);
    assert_int_equal(fake_engine_abandoned_count(f->engine), 1);
    engine_run_until(f, 999 * MS);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_string_equal(engine_means(f, "app:1"), "A");
    engine_run(f);

    assert_string_equal(engine_means(f, "app:1"), "-");
    assert_int_equal(probe.done_count, 1);
    assert_int_equal(fake_engine_abandoned_count(f->engine), 0);
    assert_non_null(strstr(f->log, "late #1 app:1 after 1000 ms\nunnamed #1 app:1 was A\n"));
    assert_non_null(strstr(f->log, "deleted #1 A\nexecuted #1 app:1 200\n"));
}

/* Row "pull-client-gone": an aborted pull is over, but may land all the same. */
static void test_cancel_pull(void **state)
{
    struct engine_fixture *f = *state;
    for (unsigned lands = 0; lands < 2; lands++) {
        struct engine_probe probe = { 0 };
        engine_choose(f, "aborted-pull-lands", lands);
        engine_start_pull(f, &probe, "app:1");
        engine_run_until(f, f->queue.now_ns + 500 * MS);
        size_t line_count = probe.line_count;

        engine_cancel(f, &probe);
        assert_int_equal(fake_engine_abandoned_count(f->engine), lands);
        engine_run(f);

        assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
        assert_int_equal(probe.done_count, 1);
        assert_int_equal(probe.line_count, line_count);
        assert_string_equal(engine_means(f, "app:1"), lands ? "A" : "-");
    }
    assert_non_null(strstr(f->log, "late #2 app:1 after 1000 ms\nmade #2 A\n"));
}

/* A pull that is aborted before its manifest request asks the registry if it lands. */
static void test_cancel_pull_early(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_choose(f, "aborted-pull-lands", 1);
    engine_start_pull(f, &probe, "app:1");
    engine_cancel(f, &probe);
    engine_given(f, "push app:1 B");

    engine_run(f);

    assert_string_equal(engine_means(f, "app:1"), "B");
    assert_int_equal(fake_registry_manifest_requests(f->engine, "app:1"), 1);
}

/* A pull that the registry refuses cannot land. */
static void test_cancel_pull_of_nothing(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    engine_start_pull(f, &probe, "app:none");

    engine_cancel(f, &probe);
    engine_run(f);

    assert_int_equal(engine_asked(f, "aborted-pull-lands"), 0);
    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
}

/* A pull may be cancelled from inside any of its own lines; no line follows. */
static void test_cancel_in_line(void **state)
{
    struct engine_fixture *f = *state;
    size_t line_count = engine_pull(f, "app:1")->line_count;
    for (size_t at = 1; at <= line_count; at++) {
        struct engine_probe probe = { .cancel_at_line = at };
        engine_given(f, "rmi app:1");

        engine_start_pull(f, &probe, "app:1");
        engine_run(f);

        assert_int_equal(probe.line_count, at);
        assert_int_equal(probe.done_count, 1);
        assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
        bool was_executed = at + 2 > line_count;
        assert_string_equal(engine_means(f, "app:1"), was_executed ? "A" : "-");
        if (!was_executed) {
            engine_given(f, "pull app:1");
        }
    }
}

/* A dead engine answers nothing, and what it was asked counts as unsent. */
static void test_down(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    fake_engine_stop(f->engine);
    assert_false(fake_engine_is_up(f->engine));
    engine_start_inspect(f, &probe, "app:1");
    engine_run(f);

    assert_int_equal(probe.transport, DD_TRANSPORT_UNSENT);
    assert_int_equal(probe.done_ns, MS);
    assert_non_null(strstr(probe.text, "Cannot connect to the Docker daemon"));
    assert_int_equal(fake_engine_user_pull(f->engine, "app:1"), 0);
    assert_string_equal(f->log, "answered #1 app:1 unsent\n");
    fake_engine_start(f->engine);
    assert_int_equal(engine_inspect(f, "app:1")->instance, 2);
}

/* A call in flight is lost when the engine dies, and was executed before, or never. */
static void test_dies_under_calls(void **state)
{
    struct engine_fixture *f = *state;
    for (unsigned executed = 0; executed < 2; executed++) {
        struct engine_probe probes[3] = { 0 };
        engine_choose(f, "executed-before-death", executed);
        engine_given(f, "pull app:2");
        engine_start_pull(f, &probes[0], "app:1");
        engine_run_until(f, f->queue.now_ns + 500 * MS);
        engine_start_remove(f, &probes[1], "app:2");
        engine_start_inspect(f, &probes[2], "app:1");

        fake_engine_stop(f->engine);
        fake_engine_start(f->engine);
        engine_run(f);

        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(probes[i].done_count, 1);
            assert_int_equal(probes[i].transport, DD_TRANSPORT_LOST);
            assert_int_equal(probes[i].instance, executed + 1);
        }
        assert_string_equal(engine_means(f, "app:1"), executed ? "A" : "-");
        assert_string_equal(engine_means(f, "app:2"), executed ? "-" : "B");
    }
    assert_int_equal(engine_asked(f, "executed-before-death"), 4);
}

/* What was abandoned dies with the engine. */
static void test_abandoned_die(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probes[2] = { 0 };
    engine_given(f, "pull app:1; pull app:2");
    engine_start_remove(f, &probes[0], "app:1");
    engine_cancel(f, &probes[0]);
    engine_run_until(f, 100 * MS);
    engine_start_remove(f, &probes[1], "app:2");
    engine_cancel(f, &probes[1]);

    fake_engine_stop(f->engine);
    engine_run(f);
    fake_engine_start(f->engine);

    assert_int_equal(fake_engine_abandoned_count(f->engine), 0);
    assert_int_equal(probes[1].transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probes[1].done_count, 1);
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_string_equal(engine_means(f, "app:2"), "B");
}

/* A call that is told its times takes them, the others of its kind the usual ones. */
static void test_single_calls_take_their_time(void **state)
{
    static const struct fake_call_timing timings[] = {
        { .call = FAKE_CALL_INSPECT,
          .nth = 2,
          .has = { [FAKE_PART_EXECUTE] = true, [FAKE_PART_ANSWER] = true },
          .part = { [FAKE_PART_EXECUTE] = { 30 * MS, 30 * MS },
                    [FAKE_PART_ANSWER] = { 7 * MS, 7 * MS } } },
        { .call = FAKE_CALL_PULL,
          .nth = 1,
          .has = { [FAKE_PART_STREAM] = true },
          .part = { [FAKE_PART_STREAM] = { 100 * MS, 100 * MS } } },
    };
    struct engine_fixture *f = *state;
    struct engine_probe probes[4] = { 0 };
    fake_engine_time_calls(f->engine, timings, 2);
    for (unsigned i = 0; i < 3; i++) {
        engine_start_inspect(f, &probes[i], "app:1");
    }
    engine_start_pull(f, &probes[3], "app:2");
    engine_run(f);

    assert_int_equal(probes[0].done_ns, 15 * MS);
    assert_int_equal(probes[1].done_ns, 37 * MS);
    assert_int_equal(probes[2].done_ns, 15 * MS);
    assert_int_equal(probes[3].done_ns, 115 * MS);
}

/* Of a call that is told so, a cancel is heard of later, what is abandoned is executed
 * when it says, and nothing of it is a choice. */
static void test_what_happens_anyway(void **state)
{
    static const struct fake_call_timing timings[] = {
        { .call = FAKE_CALL_PULL,
          .nth = 1,
          .has = { [FAKE_PART_END] = true, [FAKE_PART_ABANDONED] = true },
          .part = { [FAKE_PART_END] = { 20 * MS, 20 * MS },
                    [FAKE_PART_ABANDONED] = { 50 * MS, 50 * MS } },
          .has_anyway = true,
          .anyway = true },
        { .call = FAKE_CALL_PULL, .nth = 2, .has_anyway = true },
    };
    struct engine_fixture *f = *state;
    struct engine_probe probes[2] = { 0 };
    fake_engine_time_calls(f->engine, timings, 2);
    engine_choose(f, "aborted-pull-lands", 1);
    engine_start_pull(f, &probes[0], "app:1");
    engine_start_pull(f, &probes[1], "app:2");
    engine_run_until(f, 200 * MS);
    engine_cancel(f, &probes[0]);
    engine_cancel(f, &probes[1]);

    engine_run_until(f, 249 * MS);
    assert_string_equal(engine_means(f, "app:1"), "-");
    engine_run(f);

    assert_int_equal(probes[0].done_ns, 220 * MS);
    assert_int_equal(probes[1].done_ns, 200 * MS);
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_string_equal(engine_means(f, "app:2"), "-");
    assert_int_equal(engine_asked(f, "aborted-pull-lands"), 0);
}

/* An engine may be destroyed with calls in flight and abandoned; nothing leaks. */
static void test_destroyed_in_flight(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probes[4] = { 0 };
    engine_given(f, "pull app:1");
    engine_choose(f, "aborted-pull-lands", 1);
    engine_start_remove(f, &probes[0], "app:1");
    engine_cancel(f, &probes[0]);
    engine_run_until(f, 5 * MS);
    engine_start_remove(f, &probes[1], "app:1");
    engine_cancel(f, &probes[1]);
    engine_start_pull(f, &probes[2], "app:2");
    engine_start_inspect(f, &probes[3], "app:none");
    engine_run_until(f, 16 * MS);
    assert_int_equal(fake_engine_abandoned_count(f->engine), 2);
}

/* A thousand images and a thousand calls in flight at a time are all answered. */
static void test_many(void **state)
{
    struct engine_fixture *f = *state;
    static struct engine_probe probes[1000];
    f->log[0] = '\0';
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 1000; i++) {
            char name[32] = "many:0000";
            for (size_t at = 8, left = i; at > 4; at--, left /= 10) {
                name[at] = (char)('0' + left % 10);
            }
            if (round == 0) {
                fake_engine_load(f->engine, name, name);
                f->log[0] = '\0';
            }
            engine_start_inspect(f, &probes[i], name);
            f->log[0] = '\0';
        }
        const struct fake_event *next = fake_queue_next(&f->queue);
        while (next) {
            (void)fake_queue_step(&f->queue);
            f->log[0] = '\0';
            next = fake_queue_next(&f->queue);
        }
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(probes[i].http_status, 200);
        }
    }
}

int main(void)
{
#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_truth_of_execution),
        ENGINE_TEST(test_identify),
        ENGINE_TEST(test_list),
        ENGINE_TEST(test_view),
        ENGINE_TEST(test_cancel_inspect),
        ENGINE_TEST(test_cancel_meets_answer),
        ENGINE_TEST(test_cancel_remove),
        ENGINE_TEST(test_cancel_pull),
        ENGINE_TEST(test_cancel_pull_early),
        ENGINE_TEST(test_cancel_pull_of_nothing),
        ENGINE_TEST(test_cancel_in_line),
        ENGINE_TEST(test_down),
        ENGINE_TEST(test_dies_under_calls),
        ENGINE_TEST(test_abandoned_die),
        ENGINE_TEST(test_single_calls_take_their_time),
        ENGINE_TEST(test_what_happens_anyway),
        ENGINE_TEST(test_destroyed_in_flight),
        ENGINE_TEST(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
