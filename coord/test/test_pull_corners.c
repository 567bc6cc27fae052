/* What of a pull is under way when something else ends it, and whatever it meets. */
#include <stdio.h>
#include <string.h>

#include "coord/coord.h"
#include "coord/test/fixture_pull.h"

/* The whole pull's hour ends while it is looked up: its waiters are told, the inspect is
 * called off, and what the pull left is looked into once that has ended (H33). */
static void test_hour_ends_during_the_look_up(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    struct fixture_call *look_up;

    for (int i = 0; i < 59; i++) {
        fixture_pass(f, MINUTE);
        fixture_status_line(f, "redis:7", "Downloading");
    }
    fixture_pass(f, MINUTE - SECOND);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    look_up = fixture_call(f, FIXTURE_INSPECT, "redis@a");
    fixture_assert_untold(told);
    fixture_pass(f, SECOND);
    fixture_assert_told(told, DD_ETIMEDOUT);
    assert_true(look_up->is_cancelled);
    fixture_forget(f);
    fixture_answer_cancelled(look_up);
    fixture_run(f);
    fixture_assert_calls(f, "inspect redis:7");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* A pull whose first inspect waits for a DELETE in its repository is given up without
 * any call. */
static void test_last_waiter_leaves_before_anything_was_asked(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull(f, "redis:8", "web-2");
    fixture_assert_no_calls(f);
    fixture_leave(f, told);
    fixture_assert_told(told, DD_ECANCELLED);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* So is one that has asked, and has to ask again once the DELETE is answered. */
static void test_last_waiter_leaves_before_it_is_asked_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "old:1", "A");
    (void)fixture_pull_running(f, "redis:7", "web-1");
    fixture_answer_pull_error_line(f, "redis:7", "unknown blob");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "boom");
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect(f, "redis:7", "A", "old:1 old@a redis:7 redis@a");
    fixture_run(f);
    fixture_forget(f);
    fixture_leave(f, told);
    fixture_assert_told(told, DD_ECANCELLED);
    fixture_answer_remove(f, "old:1", "old:1 old@a", NULL);
    fixture_run(f);
    /* The removal goes on, with the name that is ours now. */
    fixture_assert_calls(f, "inspect redis:7");
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 0);
}

/* A draining close whose time is over gives up a pull that is known to have succeeded
 * and waits for a DELETE that nobody answers. */
static void test_close_forgoes_what_waits_for_a_removal(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_deleting(f, "redis:7", "A");
    told = fixture_pull_running(f, "nginx:1", "web-2");
    fixture_answer_pull_ok(f, "nginx:1", "b", FIXTURE_NEWER);
    assert_int_equal(fixture_start_close(f, true, MINUTE), DD_OK);
    fixture_run(f);
    fixture_assert_told(told, DD_ECLOSED);
    fixture_answer_inspect(f, "nginx@b", "A", "redis:7 nginx:1 nginx@b");
    fixture_pass(f, MINUTE);
    assert_int_equal(f->closed_count, 0);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_run(f);
    assert_int_equal(f->closed_count, 1);
}

/* An alarm that comes late, while a close ends, changes nothing. */
static void test_alarm_while_a_close_ends(void **state)
{
    struct fixture *f = *state;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_forget(f);
    assert_int_equal(fixture_start_close(f, false, MINUTE), DD_OK);
    assert_true(fixture_step(f));
    assert_int_equal(f->closed_count, 0);
    dd__alarm_run(&f->coord->alarm);
    fixture_run(f);
    assert_int_equal(f->closed_count, 1);
    fixture_assert_no_calls(f);
}

/* Without an observer everything is as with one. */
static void test_nobody_observes(void **state)
{
    struct fixture *f = fixture_create(NULL);
    struct fixture_told *told;

    (void)state;
    f->env.observer.ops = NULL;
    assert_int_equal(fixture_start_open(f), DD_OK);
    fixture_answer(fixture_call(f, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = "engine-1",
                                        .closing_lines = true });
    fixture_run(f);
    told = fixture_pull_running(f, "redis:7", "web-1");
    fixture_status_line(f, "redis:7", "Downloading");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_string_equal(fixture_events(f), "");
    fixture_close(f);
}

/* A digest of another kind than sha256 does not fit where one is kept, and is not bound:
 * what is ours is removed by its tag. */
static void test_digest_of_another_kind(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    char digest[7 + 1 + 6 + 128 + 1] = "redis@sha512:";
    const char *const tags[] = { "redis:7" };
    const char *const digests[] = { digest };
    char id[80] = "sha256:";

    memset(digest + strlen(digest), 'b', 128);
    memset(id + strlen(id), 'a', 64);
    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NEWER);
    fixture_answer(fixture_call(f, FIXTURE_INSPECT, "redis:7"),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = id,
                                        .tags = { tags, 1 },
                                        .digests = { digests, 1 } });
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, told->image).bindings, "redis:7");
}

/* Ask, each time with another allocation refused, until it is accepted. */
static void pull_at_last(struct fixture *f, const struct dd_pull *pull)
{
    struct fixture_told *told;
    uint64_t nth = 0;

    do {
        size_t live_count = f->allocator.live_count;

        fake_allocator_refuse(&f->allocator, ++nth, false);
        told = fixture_pull_as(f, pull);
        if (told->begun != DD_OK) {
            assert_int_equal(told->begun, DD_ENOMEM);
            /* Room for more may be kept, and a pull with its reserve. */
            assert_in_range(f->allocator.live_count, live_count, live_count + 2 + 4);
        }
    } while (told->begun != DD_OK);
    fake_allocator_refuse(&f->allocator, 0, false);
}

/* However many there are, and whichever of a pull's needs is the one that room has to be
 * made for: wherever memory runs out, a pull is refused whole, and can be asked for
 * again. */
static void test_pulls_at_any_size(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 8; shift++) {
        struct fixture *f = fixture_open(NULL);
        char reference[32];

        for (unsigned i = 0; i < 70; i++) {
            const struct dd_pull pull = { .reference = reference,
                                          .caller = "web-1",
                                          .deadline_ns = i < shift ? 0 : HOUR };

            (void)snprintf(reference, sizeof reference, "r%u:1", i);
            pull_at_last(f, &pull);
        }
        assert_int_equal(fixture_count(f, DD_EVENT_PULL_ASKED), 70);
        fixture_close(f);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_hour_ends_during_the_look_up),
        TEST(test_last_waiter_leaves_before_anything_was_asked),
        TEST(test_last_waiter_leaves_before_it_is_asked_again),
        TEST(test_close_forgoes_what_waits_for_a_removal),
        TEST(test_alarm_while_a_close_ends),
        cmocka_unit_test(test_nobody_observes),
        TEST(test_digest_of_another_kind),
        cmocka_unit_test(test_pulls_at_any_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
