/* The pull that if-missing callers have in reserve: those who would share it share the
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

/* One begins a pull; another one, whose look is over when that can be joined no more, has
 * a pull of its own. */
static void test_late_one_begins_its_own(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *look;

    if_missing(f, 1);
    if_missing(f, 2);
    fixture_answer_inspect_404(f, "redis:7");
    look = fixture_call(f, FIXTURE_INSPECT, "redis:7");
    answer_404(look->next);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    answer_404(look);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-1"), 1);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-2"), 1);
}

/* Two ask; there is no memory for a second pull when the first look is over. */
static void begin_without_memory(struct fixture *f, struct fixture_told *told[2])
{
    told[0] = if_missing(f, 1);
    told[1] = if_missing(f, 2);
    fake_allocator_refuse(&f->allocator, 1, true);
    fixture_answer_inspect_404(f, "redis:7");
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_int_equal(fixture_seen(f, "pull-queued redis:7 web-1"), 1);
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-2"), 1);
}

/* The inspect in flight that is the second one's look, and not the pull's. */
static struct fixture_call *look_of_the_second(struct fixture *f)
{
    return fixture_call(f, FIXTURE_INSPECT, "redis:7");
}

/* Without memory for another one the pull is everybody's whose reserve it was. */
static void test_without_memory_all_share_one(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];

    begin_without_memory(f, told);
    fixture_answer_inspect_404(f, "redis:7"); /* the second one's look */
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
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

    begin_without_memory(f, told);
    look = look_of_the_second(f);
    answer_404(look->next);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1 web-2");
    assert_true(look->is_cancelled);
    fixture_answer_cancelled(look);
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
}

/* The look comes first: who finds the image leaves the pull, which goes on. */
static void test_without_memory_the_look_is_first(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];

    begin_without_memory(f, told);
    fixture_answer_inspect(f, "redis:7", "B", "redis:7");
    fixture_run(f);
    fixture_assert_told(told[1], DD_OK);
    assert_string_equal(told[1]->image, "B");
    fixture_answer_inspect(f, "redis:7", "B", "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(told[0], DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

/* The pull fails first: the look that is under way is the second one. */
static void test_without_memory_the_pull_fails_first(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];
    struct fixture_call *look;

    begin_without_memory(f, told);
    look = look_of_the_second(f);
    answer_404(look->next);
    fixture_answer_pull_error(f, "redis:7", 500, "toomanyrequests: slow down");
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

/* A look that fails while the pull goes on is nobody's failure. */
static void test_without_memory_the_look_fails(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told[2];

    begin_without_memory(f, told);
    fixture_answer_lost(look_of_the_second(f));
    fixture_run(f);
    fixture_assert_untold(told[1]);
    fixture_leave(f, told[0]);
    fixture_answer_inspect_404(f, "redis:7");
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

    begin_without_memory(f, told);
    fixture_leave(f, told[0]);
    answer_404(look_of_the_second(f)->next);
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
        TEST(test_late_one_begins_its_own),
        TEST(test_without_memory_all_share_one),
        TEST(test_without_memory_the_pull_is_first),
        TEST(test_without_memory_the_look_is_first),
        TEST(test_without_memory_the_pull_fails_first),
        TEST(test_without_memory_the_look_fails),
        TEST(test_without_memory_the_last_look_aborts),
        TEST(test_reserve_serves_the_next),
        TEST(test_reserve_is_too_small),
        TEST(test_reserve_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
