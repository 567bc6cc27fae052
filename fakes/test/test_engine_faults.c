#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"

static void add(struct engine_fixture *f, struct fake_fault fault)
{
    fake_engine_add_fault(f->engine, &fault);
}

/* Whether a fault "on inspect of @name" hits an inspect of @call. */
static bool hits(struct engine_fixture *f, const char *name)
{
    return engine_inspect(f, name)->http_status == 500;
}

/* A fault hits the calls that name its image by any of its names or its ID. */
static void test_match(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1; pull other:1; pull app:2");
    add(f, (struct fake_fault){ .call = FAKE_CALL_INSPECT,
                                .name = "docker.io/library/app:1",
                                .reason = "server error" });

    assert_true(hits(f, "app:1"));
    assert_true(hits(f, "other:1"));
    assert_true(hits(f, "{A.id}"));
    assert_true(hits(f, "app@{A.digest}"));
    assert_false(hits(f, "app:2"));
    assert_false(hits(f, "{B.id}"));
    assert_int_equal(engine_remove(f, "app:1")->http_status, 200);
}

/* It may be named by a nickname, and hits before the image is there, too. */
static void test_match_nickname(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){ .call = FAKE_CALL_INSPECT, .name = "A", .reason = "server error" });
    add(f, (struct fake_fault){ .call = FAKE_CALL_PULL, .name = "A", .reason = "rate limit" });

    assert_true(hits(f, "app:1"));
    assert_false(hits(f, "app:2"));
    assert_int_equal(engine_pull(f, "other:1")->http_status, 500);
    assert_int_equal(engine_pull(f, "app:2")->http_status, 200);
}

/* A pull's fault that is named by a reference hits that reference alone. */
static void test_match_pull(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){ .call = FAKE_CALL_PULL, .name = "app:1", .reason = "denied" });

    assert_int_equal(engine_pull(f, "app:same")->http_status, 200);
    assert_int_equal(engine_pull(f, "app:1")->http_status, 404);
    assert_int_equal(fake_registry_manifest_requests(f->engine, "app:1"), 1);
}

/* The nth matching call is hit, and no other. */
static void test_nth(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){
               .call = FAKE_CALL_INSPECT, .name = "app:1", .nth = 2, .reason = "server error" });

    assert_false(hits(f, "app:1"));
    assert_false(hits(f, "app:2"));
    assert_true(hits(f, "app:1"));
    assert_false(hits(f, "app:1"));
}

/* Each matching call is a choice until the budget is used up. */
static void test_budget(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){ .call = FAKE_CALL_INSPECT, .budget = 2, .reason = "server error" });

    assert_false(hits(f, "app:1"));
    engine_choose(f, "fault", 1);
    assert_true(hits(f, "app:1"));
    assert_true(hits(f, "app:2"));
    assert_false(hits(f, "app:1"));
    assert_int_equal(engine_asked(f, "fault"), 3);
}

/* A status fault answers in the call's own time, and nothing is done. */
static void test_status(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1");
    add(f, (struct fake_fault){ .call = FAKE_CALL_REMOVE, .status = 503, .reason = "busy" });

    const struct engine_probe *answer = engine_remove(f, "app:1");

    assert_int_equal(answer->http_status, 503);
    assert_string_equal(answer->text, "busy");
    assert_int_equal(answer->done_ns, 15 * MS);
    assert_string_equal(engine_means(f, "app:1"), "A");
}

/* Row "pull-fails-in-stream": 200, some lines, then the error line. */
static void test_stream(void **state)
{
    struct engine_fixture *f = *state;
    size_t line_count = engine_pull(f, "app:1")->line_count;
    engine_given(f, "rmi app:1");
    struct fake_fault fault = {
        .kind = FAKE_FAULT_STREAM, .call = FAKE_CALL_PULL, .nth = 1, .reason = "unknown blob"
    };
    for (size_t after = 0; after < line_count + 2; after++) {
        fault.after_line = after;
        add(f, fault);

        const struct engine_probe *pull = engine_pull(f, "app:1");

        /* At the latest it comes before the closing line. */
        size_t lines = after < line_count - 1 ? after : line_count - 1;
        assert_int_equal(pull->http_status, 200);
        assert_false(pull->has_text);
        assert_int_equal(pull->line_count, lines + 1);
        assert_string_equal(pull->error, "unknown blob");
        assert_string_equal(engine_means(f, "app:1"), "-");
    }
}

/* A truncated stream ends cleanly without its closing line, the image made or not. */
static void test_truncate(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){
               .kind = FAKE_FAULT_TRUNCATE, .call = FAKE_CALL_PULL, .nth = 1, .after_line = 3 });
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_TRUNCATE,
                                .call = FAKE_CALL_PULL,
                                .nth = 2,
                                .after_line = 1000,
                                .executed = true });

    const struct engine_probe *pull = engine_pull(f, "app:1");
    assert_int_equal(pull->line_count, 3);
    assert_int_equal(pull->transport, DD_TRANSPORT_ANSWERED);
    assert_int_equal(pull->http_status, 200);
    assert_string_equal(engine_means(f, "app:1"), "-");

    pull = engine_pull(f, "app:1");
    assert_memory_equal(pull->lines[pull->line_count - 1], "Digest: ", 8);
    assert_string_equal(engine_means(f, "app:1"), "A");
}

/* A call that hangs never completes, until it is cancelled or the engine dies. */
static void test_hang(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probes[3] = { 0 };
    engine_given(f, "pull app:2");
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_HANG, .call = FAKE_CALL_PULL, .after_line = 2 });
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_HANG, .call = FAKE_CALL_REMOVE });
    engine_start_pull(f, &probes[0], "app:1");
    engine_start_remove(f, &probes[1], "app:2");
    engine_start_remove(f, &probes[2], "app:2");
    engine_run(f);
    assert_int_equal(probes[0].line_count, 2);
    assert_int_equal(probes[0].done_count + probes[1].done_count, 0);

    engine_cancel(f, &probes[0]);
    engine_cancel(f, &probes[1]);
    engine_run(f);
    assert_int_equal(probes[0].transport, DD_TRANSPORT_CANCELLED);
    assert_int_equal(probes[1].transport, DD_TRANSPORT_CANCELLED);
    fake_engine_stop(f->engine);
    engine_run(f);

    assert_int_equal(probes[2].transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:2"), "B");
    assert_int_equal(engine_asked(f, "aborted-pull-lands"), 0);
}

/* A DELETE whose connection breaks is done not at all, at once, or late. */
static void test_lose_remove(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_fault fault = { .kind = FAKE_FAULT_LOSE, .call = FAKE_CALL_REMOVE, .nth = 1 };
    add(f, fault);
    fault.nth = 0;
    fault.executed = true;
    add(f, fault);
    engine_given(f, "pull app:1");

    assert_int_equal(engine_remove(f, "app:1")->transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_int_equal(engine_remove(f, "app:1")->transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:1"), "-");

    struct engine_probe probe = { 0 };
    engine_choose(f, "lost-executed-late", 1);
    engine_given(f, "pull app:1");
    uint64_t start = f->queue.now_ns;
    engine_start_remove(f, &probe, "app:1");
    engine_run_until(f, start + 500 * MS);
    assert_int_equal(probe.transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:1"), "A");
    engine_run(f);
    assert_string_equal(engine_means(f, "app:1"), "-");
    assert_int_equal(f->queue.now_ns, start + 1010 * MS);
}

/* A pull whose connection breaks may have been carried to its end. */
static void test_lose_pull(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_fault fault = {
        .kind = FAKE_FAULT_LOSE, .call = FAKE_CALL_PULL, .nth = 1, .after_line = 4
    };
    add(f, fault);
    fault.nth = 0;
    fault.executed = true;
    add(f, fault);

    assert_int_equal(engine_pull(f, "app:1")->line_count, 4);
    assert_int_equal(f->probe.transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:1"), "-");

    engine_choose(f, "lost-executed-late", 1);
    assert_int_equal(engine_pull(f, "app:1")->transport, DD_TRANSPORT_LOST);
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_non_null(strstr(f->log, "late #2 app:1 after 1000 ms\n"));
}

/* A cancelled DELETE that would have been lost and done is done all the same. */
static void test_lose_cancelled(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    add(f,
        (struct fake_fault){ .kind = FAKE_FAULT_LOSE, .call = FAKE_CALL_REMOVE, .executed = true });
    engine_given(f, "pull app:1");
    engine_start_remove(f, &probe, "app:1");

    engine_cancel(f, &probe);
    engine_run(f);

    assert_int_equal(probe.transport, DD_TRANSPORT_CANCELLED);
    assert_string_equal(engine_means(f, "app:1"), "-");
}

/* A refused connection: the engine never saw the call. */
static void test_unsent(void **state)
{
    struct engine_fixture *f = *state;
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_UNSENT, .call = FAKE_CALL_INSPECT, .nth = 1 });

    const struct engine_probe *answer = engine_inspect(f, "app:1");

    assert_int_equal(answer->transport, DD_TRANSPORT_UNSENT);
    assert_non_null(strstr(answer->text, "connection refused"));
    assert_string_equal(f->log, "answered #1 app:1 unsent\n");
}

/* A refused start: no call, no completion. */
static void test_refuse(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe probe = { 0 };
    struct dd_pull_spec spec = { .repository = "app", .tag = "1" };
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_REFUSE, .call = FAKE_CALL_INSPECT, .nth = 1 });
    add(f, (struct fake_fault){ .kind = FAKE_FAULT_REFUSE, .call = FAKE_CALL_PULL });

    assert_int_equal(f->docker.ops->inspect(f->docker.ctx, &probe.call, "app:1"), DD_ENOMEM);
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe.call, &spec), DD_ENOMEM);

    engine_run(f);
    assert_string_equal(f->log, "");
    assert_int_equal(fake_engine_pull_count(f->engine, "app:1"), 0);
    assert_int_equal(engine_inspect(f, "app:1")->http_status, 404);
}

int main(void)
{
#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_match),      ENGINE_TEST(test_match_nickname),
        ENGINE_TEST(test_match_pull), ENGINE_TEST(test_nth),
        ENGINE_TEST(test_budget),     ENGINE_TEST(test_status),
        ENGINE_TEST(test_stream),     ENGINE_TEST(test_truncate),
        ENGINE_TEST(test_hang),       ENGINE_TEST(test_lose_remove),
        ENGINE_TEST(test_lose_pull),  ENGINE_TEST(test_lose_cancelled),
        ENGINE_TEST(test_unsent),     ENGINE_TEST(test_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
