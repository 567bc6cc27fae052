/* The pull that if-missing callers rely on: those who would share it share the
 * reserve, too. */
#include <stdio.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"
#define CALLERS 6

/* What six callers take who wait for one image. */
#define BYTES_MAX 9500
/* What one more does: an operation, a lease, an inquiry, a record of an image. */
#define BYTES_MORE_MAX 700

static struct fixture_told *if_missing(struct fixture *f, unsigned n)
{
    char caller[16];

    (void)snprintf(caller, sizeof caller, "web-%u", n);
    return fixture_pull_policy(f, "redis:7", caller, DD_PULL_IF_MISSING);
}

static void answer_404(struct fixture_call *call)
{
    fixture_answer_error(call, 404, "No such image");
}

/* The memory of one image's waiters is a few KB, however many there are. */
static void test_waiters_are_small(void **state)
{
    struct fixture *f = *state;
    size_t before = 0;

    for (unsigned n = 0; n < CALLERS; n++) {
        before = f->allocator.live_bytes;
        if_missing(f, n);
    }
    assert_in_range(f->allocator.live_bytes - before, 1, BYTES_MORE_MAX);
    assert_in_range(f->allocator.live_bytes, 1, BYTES_MAX);
    for (unsigned n = 0; n < CALLERS; n++) {
        fixture_answer_inspect_404(f, "redis:7");
    }
    assert_in_range(f->allocator.live_bytes, 1, BYTES_MAX);
}

/* Whoever would share no pull shares no reserve. */
static void test_other_keys_have_their_own(void **state)
{
    static const struct dd_credentials alice = { .username = "alice", .password = "one" };
    struct fixture *f = *state;

    if_missing(f, 1);
    (void)fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                .caller = "web-2",
                                                .credentials = &alice,
                                                .policy = DD_PULL_IF_MISSING });
    (void)fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                .caller = "web-3",
                                                .platform = "linux/arm64",
                                                .policy = DD_PULL_IF_MISSING });
    for (unsigned n = 0; n < 3; n++) {
        fixture_answer_inspect_404(f, "redis:7");
    }
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_QUEUED), 3);
}

/* Two ask, and the first one's pull runs; *@look is the second one's, in flight. */
static void begin_one(struct fixture *f, struct fixture_told *told[2], struct fixture_call **look)
{
    told[0] = if_missing(f, 1);
    told[1] = if_missing(f, 2);
    fixture_answer_inspect_404(f, "redis:7");
    *look = fixture_call(f, FIXTURE_INSPECT, "redis:7");
    answer_404((*look)->next);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-1"), 1);
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-2"), 0);
}

/* The engine has pulled; there was no memory for another pull when that one's stream
 * ended, and the second one waits for it, too. */
static void end_without_memory(struct fixture *f)
{
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-2"), 1);
}

/* Who asks while a pull can be joined relies on that, and takes no reserve. */
static void test_pull_that_runs_is_a_reserve(void **state)
{
    struct fixture *f = *state;
    size_t before;

    fixture_pull_running(f, "redis:7", "web-1");
    before = f->allocator.live_bytes;
    if_missing(f, 2);
    assert_in_range(f->allocator.live_bytes - before, 1, BYTES_MORE_MAX);
}

/* H03: not if the engine has its credentials: another pull would need them, too. */
static void test_pull_without_its_secret_is_none(void **state)
{
    static const struct dd_credentials alice = { .username = "alice", .password = "one" };
    struct fixture *f = *state;

    fixture_pull_with(f, "redis:7", "web-1", &alice);
    fixture_answer_inspect_404(f, "redis:7");
    (void)fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                .caller = "web-2",
                                                .credentials = &alice,
                                                .policy = DD_PULL_IF_MISSING });
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->password, "one");
}

/* H03: who relied on a pull before the engine had its credentials still has them. */
static void test_secret_is_handed_on(void **state)
{
    static const struct dd_credentials alice = { .username = "alice", .password = "one" };
    struct fixture *f = *state;
    struct fixture_call *look;

    fixture_pull_with(f, "redis:7", "web-1", &alice);
    (void)fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                .caller = "web-2",
                                                .credentials = &alice,
                                                .policy = DD_PULL_IF_MISSING });
    look = fixture_call(f, FIXTURE_INSPECT, "redis:7")->next;
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    answer_404(look);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->password, "one");
}

/* The stream ends: who looks still has a reserve of its own. */
static void test_reserve_follows_a_stream(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fake_allocator_refuse(&f->allocator, 1, true);
    answer_404(look);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
}

/* So it has when the pull is aborted, for nobody waits for it. */
static void test_reserve_follows_an_abort(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    fixture_leave(f, told[0]);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    fake_allocator_refuse(&f->allocator, 1, true);
    answer_404(look);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
}

/* Without memory for another one the pull is theirs, too, who relied on it. */
static void test_without_memory_all_share_one(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    end_without_memory(f);
    answer_404(look);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told[0], DD_OK);
    fixture_assert_told(told[1], DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 1);
}

/* Its result comes first: who looks still is granted with the others. */
static void test_without_memory_the_pull_is_first(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    end_without_memory(f);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1 web-2");
    fixture_answer_cancelled(look);
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
}

/* The look comes first: who finds the image leaves the pull, which goes on. */
static void test_without_memory_the_look_is_first(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    end_without_memory(f);
    fixture_answer_inspect(f, "redis:7", "B", "redis:7");
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
    assert_string_equal(told[1]->image, "B");
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told[0], DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

/* The pull fails: the look that is under way is the second one. */
static void test_without_memory_the_pull_fails(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_answer_pull_error(f, "redis:7", 500, "toomanyrequests: slow down");
    fake_allocator_refuse(&f->allocator, 0, false);
    answer_404(look);
    fixture_run(f);
    fixture_assert_told(told[1], DD_ERATELIMITED);
    fixture_assert_untold(told[0]);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told[0], DD_ERATELIMITED);
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), 0);
}

/* The only one who waited leaves: the pull is not aborted, for others have it now; a look
 * that fails is nobody's failure. */
static void test_without_memory_it_is_not_aborted(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_leave(f, told[0]);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_false(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
    fixture_answer_lost(look);
    fixture_run(f);
    fixture_assert_untold(told[1]);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
}

/* The last one who leaves the pull for what it has found itself aborts it. */
static void test_without_memory_the_last_look_aborts(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_one(f, told, &look);
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_leave(f, told[0]);
    fake_allocator_refuse(&f->allocator, 0, false);
    fixture_answer_inspect(f, "redis:7", "B", "redis:7");
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
    assert_true(fixture_call(f, FIXTURE_PULL, "redis:7")->is_cancelled);
}

static void pull_what_is_there(struct fixture *f, const char *reference, const char *names)
{
    struct fixture_told *told = fixture_pull(f, reference, "web-1");

    fixture_answer_inspect(f, reference, "A", names);
    fixture_answer_pull_ok(f, reference, NULL, FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, reference, "A", names);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* Allocations that a pull of @reference asks for. */
static uint64_t asked_by(struct fixture *f, const char *reference)
{
    uint64_t before = f->allocator.asked_count;

    fixture_pull(f, reference, "web-2");
    return f->allocator.asked_count - before;
}

/* What a pull reserved and did not need serves the next one, if it fits. */
static void test_reserve_serves_the_next(void **state)
{
    struct fixture *f = *state;

    pull_what_is_there(f, "redis:7", "redis:7");
    pull_what_is_there(f, "redis:7", "redis:7");
    /* A reference and its repository: the operation lies where the last one lay. */
    assert_int_equal(asked_by(f, "nginx:1"), 2);
    /* An operation and a reference; and a pull, a record, two bindings. */
    assert_int_equal(asked_by(f, "nginx:2"), 2 + 4);
}

/* A longer tag does not fit into it. */
static void test_reserve_is_too_small(void **state)
{
    struct fixture *f = *state;

    pull_what_is_there(f, "redis:7", "redis:7");
    pull_what_is_there(f, "redis:7", "redis:7");
    assert_int_equal(asked_by(f, "nginx:71"), 3 + 4);
}

/* A much shorter one would waste it: a binding keeps its room for as long as it lives. */
static void test_reserve_is_too_large(void **state)
{
    struct fixture *f = *state;

    pull_what_is_there(f, "redis:version-7.1", "redis:version-7.1");
    pull_what_is_there(f, "redis:version-7.1", "redis:version-7.1");
    assert_int_equal(asked_by(f, "nginx:1"), 2 + 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_waiters_are_small),
        TEST(test_other_keys_have_their_own),
        TEST(test_pull_that_runs_is_a_reserve),
        TEST(test_pull_without_its_secret_is_none),
        TEST(test_secret_is_handed_on),
        TEST(test_reserve_follows_a_stream),
        TEST(test_reserve_follows_an_abort),
        TEST(test_without_memory_all_share_one),
        TEST(test_without_memory_the_pull_is_first),
        TEST(test_without_memory_the_look_is_first),
        TEST(test_without_memory_the_pull_fails),
        TEST(test_without_memory_it_is_not_aborted),
        TEST(test_without_memory_the_last_look_aborts),
        TEST(test_reserve_serves_the_next),
        TEST(test_reserve_is_too_small),
        TEST(test_reserve_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
