/* What dd_pull refuses, and that a refusal leaves no trace. */
#include <stdio.h>
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

static const struct dd_credentials alice = { .username = "alice", .password = "one" };

/* Nothing happened: no callback, no call, no event, no handle, no memory. */
static void assert_refused(struct fixture *f, const struct dd_pull *pull, enum dd_status status)
{
    size_t live_bytes = f->allocator.live_bytes;
    size_t live_count = f->allocator.live_count;
    struct fixture_told *told;

    fixture_forget(f);
    told = fixture_pull_as(f, pull);
    assert_int_equal(told->begun, status);
    assert_true(told->operation.number == 0);
    assert_true(f->allocator.live_bytes == live_bytes);
    assert_true(f->allocator.live_count == live_count);
    fixture_assert_no_calls(f);
    assert_string_equal(fixture_events(f), "");
    fixture_run(f);
    fixture_assert_untold(told);
}

/* No reference, or none that can be one, is INVALID. */
static void test_bad_references(void **state)
{
    struct fixture *f = *state;
    static const char *const references[] = {
        NULL, "", "Redis", "redis:", "redis@sha256:abc", ":7", "a b", "https://redis", "redis:7:8",
    };

    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct dd_pull pull = { .reference = references[i], .caller = "web-1" };
        assert_refused(f, &pull, DD_EINVAL);
    }
}

/* No caller, or one with a name too long, is INVALID; the longest is fine. */
static void test_bad_callers(void **state)
{
    struct fixture *f = *state;
    char caller[DD_CALLER_MAX + 2];
    struct dd_pull pull = { .reference = "redis:7" };

    assert_refused(f, &pull, DD_EINVAL);
    pull.caller = "";
    assert_refused(f, &pull, DD_EINVAL);
    memset(caller, 'c', sizeof caller);
    caller[DD_CALLER_MAX + 1] = '\0';
    pull.caller = caller;
    assert_refused(f, &pull, DD_EINVAL);
    caller[DD_CALLER_MAX] = '\0';
    assert_int_equal(fixture_pull_as(f, &pull)->begun, DD_OK);
}

/* So are policies that are none, and platforms that name nothing or too much. */
static void test_bad_policies_and_platforms(void **state)
{
    struct fixture *f = *state;
    char platform[65];
    struct dd_pull pull = { .reference = "redis:7", .caller = "web-1" };

    pull.policy = (enum dd_policy)(DD_PULL_NEVER + 1);
    assert_refused(f, &pull, DD_EINVAL);
    pull.policy = DD_PULL_ALWAYS;
    pull.platform = "";
    assert_refused(f, &pull, DD_EINVAL);
    memset(platform, 'p', sizeof platform);
    platform[64] = '\0';
    pull.platform = platform;
    assert_refused(f, &pull, DD_EINVAL);
    platform[63] = '\0';
    assert_int_equal(fixture_pull_as(f, &pull)->begun, DD_OK);
}

/* And credentials beyond any measure. */
static void test_bad_credentials(void **state)
{
    struct fixture *f = *state;
    static char endless[70000];
    const struct dd_credentials credentials = { .username = "alice", .password = endless };

    memset(endless, 'p', sizeof endless - 1);
    assert_refused(
        f,
        &(struct dd_pull){ .reference = "redis:7", .caller = "web-1", .credentials = &credentials },
        DD_EINVAL);
}

/* Without a callback nobody could be told. */
static void test_pull_without_a_callback(void **state)
{
    struct fixture *f = *state;
    const struct dd_pull pull = { .reference = "redis:7", .caller = "web-1" };
    struct dd_operation operation = { .number = 4711 };

    assert_int_equal(dd_pull(f->coord, &pull, &operation), DD_EINVAL);
    assert_true(operation.number == 4711);
}

/* Before it is open a coordinator takes no pulls, and none when it closes. */
static void test_pull_of_a_coordinator_not_open(void **state)
{
    struct fixture *f = fixture_create(NULL);
    const struct dd_pull pull = { .reference = "redis:7", .caller = "web-1" };

    (void)state;
    assert_int_equal(fixture_start_open(f), DD_OK);
    assert_int_equal(fixture_pull_as(f, &pull)->begun, DD_EINVAL);
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = "engine-1",
                                        .closing_lines = true });
    fixture_run(f);
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    assert_refused(f, &pull, DD_ECLOSED);
    fixture_close(f);
}

/* ---- Memory ------------------------------------------------------------------------ */

/* Refuse each allocation in turn: each time the pull fails before any effect, until
 * there is nothing left that it asks for. */
static void refuse_each(struct fixture *f, const struct dd_pull *pull)
{
    struct fixture_told *told;
    uint64_t nth = 0;
    uint64_t refused;

    /* Room that was reserved once is kept: have it. */
    told = fixture_pull_as(f, pull);
    assert_int_equal(told->begun, DD_OK);
    fixture_leave(f, told);
    while (fixture_has_call(f, FIXTURE_INSPECT, "nginx:1")) {
        fixture_answer_inspect_404(f, "nginx:1");
    }
    for (;;) {
        size_t live_bytes = f->allocator.live_bytes;

        fixture_forget(f);
        refused = f->allocator.refused_count;
        fake_allocator_refuse(&f->allocator, ++nth, false);
        told = fixture_pull_as(f, pull);
        if (f->allocator.refused_count == refused) {
            break;
        }
        assert_int_equal(told->begun, DD_ENOMEM);
        assert_true(told->operation.number == 0);
        assert_true(f->allocator.live_bytes == live_bytes);
        fixture_assert_no_calls(f);
        assert_string_equal(fixture_events(f), "");
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
        assert_false(fixture_explain(f, "A").wanted);
    }
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(told->begun, DD_OK);
    assert_true(nth > 3);
}

/* An image that is IDLE stands by: it must not become wanted by what is refused. */
static void idle_image(struct fixture *f)
{
    fixture_release(f, fixture_pull_whole(f, "nginx:2", "web-9", "A"));
}

/* `pull` fails for want of memory before any effect, whatever the policy and whatever
 * comes with it. */
static void test_no_memory_before_any_effect(void **state)
{
    static const enum dd_policy policies[] = { DD_PULL_ALWAYS, DD_PULL_IF_MISSING, DD_PULL_NEVER };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture *f = fixture_open(NULL);

        idle_image(f);
        refuse_each(f, &(struct dd_pull){ .reference = "nginx:1",
                                          .caller = "web-1",
                                          .policy = policies[i],
                                          .platform = "linux/arm64",
                                          .credentials = &alice,
                                          .deadline_ns = MINUTE });
        fixture_close(f);
    }
}

/* The first pull of all, with no room reserved by anybody, fails cleanly too. */
static void test_no_memory_for_the_first_pull(void **state)
{
    enum dd_status begun = DD_ENOMEM;

    (void)state;
    for (uint64_t nth = 1; begun != DD_OK; nth++) {
        struct fixture *f = fixture_open(NULL);

        fake_allocator_refuse(&f->allocator, nth, false);
        begun = fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                      .caller = "web-1",
                                                      .policy = DD_PULL_IF_MISSING,
                                                      .credentials = &alice,
                                                      .deadline_ns = MINUTE })
                    ->begun;
        fake_allocator_refuse(&f->allocator, 0, false);
        if (begun != DD_OK) {
            assert_int_equal(begun, DD_ENOMEM);
            fixture_assert_no_calls(f);
            fixture_assert_told(fixture_pull_whole(f, "redis:7", "web-1", "A"), DD_OK);
        }
        fixture_close(f);
    }
}

/* H35: what was accepted needs no memory any more: waiting, binding, granting, telling,
 * cancelling and releasing go on without any. */
static void test_accepted_pull_needs_no_memory(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[40];
    char caller[16];

    for (int i = 0; i < 40; i++) {
        (void)snprintf(caller, sizeof caller, "web-%d", i);
        told[i] = fixture_pull_within(f, "redis:7", caller, HOUR);
    }
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_leave(f, told[0]);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_leave(f, told[1]);
    fixture_run(f);
    for (int i = 2; i < 40; i++) {
        fixture_assert_told(told[i], DD_OK);
        fixture_release(f, told[i]);
    }
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_string_equal(fixture_explain(f, "A").bindings, NAMES);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_bad_references),
        TEST(test_bad_callers),
        TEST(test_bad_policies_and_platforms),
        TEST(test_bad_credentials),
        TEST(test_pull_without_a_callback),
        cmocka_unit_test(test_pull_of_a_coordinator_not_open),
        cmocka_unit_test(test_no_memory_before_any_effect),
        cmocka_unit_test(test_no_memory_for_the_first_pull),
        TEST(test_accepted_pull_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
