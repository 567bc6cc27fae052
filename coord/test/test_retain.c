/* dd_retain: a lease by image ID, in each state that the image can be in. */
#include <string.h>

#include "coord/test/fixture_life.h"

#define IN_USE                                                                                     \
    "conflict: unable to remove repository reference \"redis:7\" (must force) - container 12 is "  \
    "using its referenced image 34"

/* HELD: granted at once, by the coordinator's own knowledge; the engine is not asked. */
static void test_retain_of_a_held_image(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    fixture_forget(f);
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(told->image, "A");
    assert_string_equal(told->caller, "web-2");
    fixture_assert_trace(f, "retain-asked A web-2", "count-up A A web-2", "granted A web-2",
                         "told A web-2");
    fixture_assert_no_calls(f);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1 web-2");
}

/* HELD by the same caller: its lease gets a new number and is not counted twice (H17). */
static void test_retain_of_what_the_caller_holds(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *first = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *second = fixture_retain(f, "A", NULL, "web-1");

    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    assert_int_equal(dd_release(f->coord, first->lease), DD_ENOLEASE);
    fixture_release(f, second);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* IDLE: granted at once, and the delay is over (H08). */
static void test_retain_of_an_idle_image(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_forget(f);
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_trace(f, "retain-asked A web-2", "removal-cancelled A", "count-up A A web-2",
                         "granted A web-2", "told A web-2");
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* BLOCKED: granted at once; the next attempt is off, and the backoff begins anew (H05). */
static void test_retain_of_a_blocked_image(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;
    struct fixture_image first;
    struct fixture_image explained;

    life_blocked(f, "redis:7", "A");
    first = fixture_explain(f, "A");
    assert_true(first.next_ns >= f->queue.now_ns + f->config.backoff_min_ns);
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_pass(f, 3 * HOUR);
    fixture_assert_no_calls(f);
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_answer_remove_error(f, "redis:7", 409, IN_USE);
    fixture_run(f);
    explained = fixture_explain(f, "A");
    assert_int_equal(explained.state, DD_IMAGE_BLOCKED);
    assert_true(explained.next_ns < f->queue.now_ns + 2 * f->config.backoff_min_ns);
}

/* REMOVING before any DELETE: rescued and granted at once; what the removal had asked is
 * answered in vain (H06, H08). */
static void test_retain_rescues_what_no_delete_was_sent_for(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_trace(f, "retain-asked A web-1", "rescued A", "removal-cancelled A",
                         "count-up A A web-1", "granted A web-1", "told A web-1");
    fixture_forget(f);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_trace(f, "stale-answer");
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* REMOVING with its DELETE unanswered: waits; when it turns out that the image went, GONE,
 * which is recoverable (H08, H23). */
static void test_retain_waits_for_a_delete_and_it_is_gone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    fixture_assert_untold(told);
    assert_true(fixture_explain(f, "A").wanted);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
    assert_string_equal(told->text, "Failed to retain `A`: image is gone");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* REMOVING with its DELETE unanswered, and the engine refuses: still there, granted. */
static void test_retain_waits_for_a_delete_and_it_is_refused(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_answer_remove_error(f, "redis:7", 409, IN_USE);
    fixture_run(f);
    fixture_assert_untold(told);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_int_equal(fixture_started(f, FIXTURE_REMOVE), 1);
}

/* A retain that waits keeps the image wanted: after the DELETE of one name that left it
 * there, no second one is sent (H08). */
static void test_retain_that_waits_stops_the_second_delete(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_run(f);
    fixture_answer_inspect(f, "A", "A", "redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_REMOVE), 1);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
}

/* REMOVING with its DELETE lost: waits until the engine says which it is (H32). */
static void test_retain_waits_for_the_end_of_a_doubt(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_pass(f, f->config.retry_ns);
    fixture_assert_untold(told);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* Unknown: inspected first, and a 404 is GONE; nothing stays of it (H10). */
static void test_retain_of_an_unknown_image_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", "redis:7", "web-1");

    fixture_assert_untold(told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    fixture_assert_trace(f, "retain-asked A web-1", "inspect-started A", "told web-1 DD_EGONE");
    fixture_assert_calls(f, "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* Unknown and there: the answer and the grant are one step (H10). */
static void test_retain_of_an_unknown_image_that_is_there(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", NULL, "web-1");

    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    fixture_assert_untold(told);
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* Without bindings that the agent vouches for, the image is never ours to remove (H16). */
static void test_retain_without_bindings_is_never_removed(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", NULL, "web-1");

    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    assert_false(fixture_explain(f, "A").ours);
    fixture_forget(f);
    fixture_release(f, told);
    fixture_assert_trace(f, "released A web-1", "count-down A", "forgotten A");
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
}

/* The bindings that the agent names are ours from the grant on, and no others: the rest of
 * the image's names block its removal (H16). */
static void test_retain_binds_what_the_agent_vouches_for(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", "docker.io/redis redis@a", "web-1");

    fixture_answer_inspect(f, "A", "A", "redis:latest redis@a mine:1");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_true(fixture_explain(f, "A").ours);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:latest redis@a");
    fixture_release(f, told);
    fixture_forget(f);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "A", "A", "redis:latest redis@a mine:1");
    fixture_run(f);
    fixture_answer_inspect(f, "redis:latest", "A", "redis:latest redis@a mine:1");
    fixture_run(f);
    fixture_answer_remove(f, "redis:latest", "redis:latest redis@a", NULL);
    fixture_run(f);
    fixture_answer_inspect(f, "A", "A", "mine:1");
    fixture_run(f);
    fixture_assert_calls(f, "inspect A", "inspect redis:latest", "remove redis:latest",
                         "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_NAMES);
}

/* A retain that is not granted binds nothing: what nobody holds is not made ours (H16). */
static void test_retain_that_fails_binds_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", "redis:7", "web-1");

    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    assert_true(fixture_call(f, FIXTURE_INSPECT, "A")->is_cancelled);
    fixture_answer_inspect(f, "A", "A", "redis:7");
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_BOUND), 0);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* An inspect that does not say whether the image is there is no GONE: its own class is told,
 * with the engine's text (H14). */
static void test_retain_tells_the_class_of_a_failed_inspect(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *broken = fixture_retain(f, "A", NULL, "web-1");
    struct fixture_told *lost = fixture_retain(f, "B", NULL, "web-1");
    struct fixture_told *silent = fixture_retain(f, "C", NULL, "web-1");

    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
    fixture_answer_lost(fixture_call(f, FIXTURE_INSPECT, "B"));
    fixture_pass(f, f->config.inspect_timeout_ns);
    fixture_assert_told(broken, DD_EENGINE);
    assert_string_equal(broken->text, "Failed to retain `A`: out of order");
    fixture_assert_told(lost, DD_ENETWORK);
    fixture_assert_untold(silent);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "C"));
    fixture_run(f);
    fixture_assert_told(silent, DD_ETIMEDOUT);
}

/* An answer about another image grants nothing: an ID that is cut short would otherwise be
 * held under a name of its own. */
static void test_retain_wants_the_very_image(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_retain(f, "A", NULL, "web-1");

    fixture_answer_inspect(f, "A", "ABCD", "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_state(f, "ABCD"), DD_IMAGE_ABSENT);
}

/* A caller's own deadline ends the waiting, also for a DELETE that is never answered (H25). */
static void test_retain_ends_at_its_deadline(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain_as(
        f, &(struct dd_retain){ .image = "A", .caller = "web-1", .deadline_ns = 5 * SECOND });
    fixture_pass(f, 5 * SECOND - 1);
    fixture_assert_untold(told);
    fixture_pass(f, 1);
    fixture_assert_told(told, DD_ETIMEDOUT);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A retain that left wants the image no more: the removal that it waited for goes on. */
static void test_retain_that_left_wants_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain(f, "A", NULL, "web-1");
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    assert_false(fixture_explain(f, "A").wanted);
    fixture_answer_remove(f, "redis:7", "redis:7", NULL);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    fixture_run(f);
    fixture_answer_remove(f, "redis@a", "redis@a", "A");
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
}

/* A retain that is over keeps no memory but its tables'. */
static void test_retain_that_is_over_keeps_nothing(void **state)
{
    struct fixture *f = *state;
    size_t live_bytes = 0;

    for (unsigned i = 0; i < 3; i++) {
        (void)fixture_retain(f, "A", "redis:7 redis@a", "web-1");
        fixture_answer_inspect_404(f, "A");
        fixture_run(f);
        assert_true(i == 0 || f->allocator.live_bytes == live_bytes);
        live_bytes = f->allocator.live_bytes;
    }
}

/* Several callers may wait for one unknown image; one that leaves takes nothing from the
 * other. */
static void test_retain_by_two_callers_of_an_unknown_image(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *one = fixture_retain(f, "A", NULL, "web-1");
    struct fixture_told *two = fixture_retain(f, "A", NULL, "web-2");

    assert_int_equal(dd_cancel(f->coord, one->operation), DD_OK);
    fixture_run(f);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "A"));
    fixture_answer_inspect(f, "A", "A", "redis:7");
    fixture_run(f);
    fixture_assert_told(one, DD_ECANCELLED);
    fixture_assert_told(two, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-2");
}

/* An inspect that was in flight when the answer to a DELETE came is old, and asked again
 * (H40). */
static void test_retain_asks_again_after_a_delete_was_answered(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    life_deleting(f, "redis:7", "A");
    told = fixture_retain(f, "B", NULL, "web-1");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_run(f);
    fixture_answer_inspect(f, "B", "B", "nginx:1");
    fixture_run(f);
    fixture_assert_untold(told);
    fixture_answer_inspect_404(f, "B");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
}

/* What makes no sense is refused at once, and its callback is never called. */
static void test_retain_of_what_makes_no_sense(void **state)
{
    struct fixture *f = *state;
    char image[DD_IMAGE_ID_MAX + 2];
    const char *const none[] = { NULL };
    const char *many[65];
    const char *const junk[] = { "redis:7", "Not A Name" };
    const struct dd_retain bad[] = {
        { .image = NULL, .caller = "web-1" },
        { .image = "", .caller = "web-1" },
        { .image = image, .caller = "web-1" },
        { .image = "redis:7", .caller = "web-1" }, /* names are none */
        { .image = "redis", .caller = "web-1" },
        { .image = "redis@a", .caller = "web-1" },
        { .image = "A\n\033[31m", .caller = "web-1" },
        { .image = "sha256:", .caller = "web-1" },
        { .image = "A", .caller = NULL },
        { .image = "A", .caller = "" },
        { .image = "A", .caller = "web-1", .bindings = { none, 1 } },
        { .image = "A", .caller = "web-1", .bindings = { many, 65 } },
        { .image = "A", .caller = "web-1", .bindings = { junk, 2 } },
    };
    struct dd_operation operation = { 0 };

    memset(image, 'a', sizeof(image) - 1);
    image[sizeof(image) - 1] = '\0';
    for (size_t i = 0; i < 65; i++) {
        many[i] = "redis:7";
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fixture_told *told = fixture_retain_as(f, &bad[i]);

        assert_int_equal(told->begun, DD_EINVAL);
        assert_int_equal(told->operation.number, 0);
        fixture_run(f);
        fixture_assert_untold(told);
    }
    assert_int_equal(
        dd_retain(f->coord, &(struct dd_retain){ .image = "A", .caller = "web-1" }, &operation),
        DD_EINVAL);
    fixture_assert_trace(f, NULL);
    fixture_assert_no_calls(f);
}

/* Whichever allocation fails, retain answers OUT OF MEMORY before any effect; at last it
 * begins. */
static void retain_without_memory(struct fixture *f, const char *image, const char *caller)
{
    const char *const names[] = { "mysql:8", "mysql:9", "caddy:2" };
    const struct dd_retain retain = {
        .image = image, .caller = caller, .bindings = { names, 3 }, .deadline_ns = HOUR
    };
    enum dd_image_state before = fixture_state(f, image);
    struct fixture_told *told = NULL;
    unsigned nth = 0;

    fixture_forget(f);
    for (;;) {
        fake_allocator_refuse(&f->allocator, ++nth, false);
        told = fixture_retain_as(f, &retain);
        fake_allocator_refuse(&f->allocator, 0, false);
        if (told->begun == DD_OK) {
            break;
        }
        assert_int_equal(told->begun, DD_ENOMEM);
        assert_int_equal(told->operation.number, 0);
        fixture_run(f);
        fixture_assert_untold(told);
        fixture_assert_trace(f, NULL);
        fixture_assert_no_calls(f);
        assert_int_equal(fixture_state(f, image), before);
    }
    assert_true(nth > 6);
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    fixture_assert_told(told, DD_ECANCELLED);
}

/* Only open, pull and retain may fail for want of memory, and only before any effect. */
static void test_retain_without_memory_has_no_effect(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    life_deleting(f, "nginx:1", "B");
    retain_without_memory(f, "A", "a task with a name that needs memory of its own");
    retain_without_memory(f, "B", "web-9");
    retain_without_memory(f, "C", "web-9");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_retain_of_a_held_image),
        TEST(test_retain_of_what_the_caller_holds),
        TEST(test_retain_of_an_idle_image),
        TEST(test_retain_of_a_blocked_image),
        TEST(test_retain_rescues_what_no_delete_was_sent_for),
        TEST(test_retain_waits_for_a_delete_and_it_is_gone),
        TEST(test_retain_waits_for_a_delete_and_it_is_refused),
        TEST(test_retain_that_waits_stops_the_second_delete),
        TEST(test_retain_waits_for_the_end_of_a_doubt),
        TEST(test_retain_of_an_unknown_image_that_is_not_there),
        TEST(test_retain_of_an_unknown_image_that_is_there),
        TEST(test_retain_without_bindings_is_never_removed),
        TEST(test_retain_binds_what_the_agent_vouches_for),
        TEST(test_retain_that_fails_binds_nothing),
        TEST(test_retain_tells_the_class_of_a_failed_inspect),
        TEST(test_retain_wants_the_very_image),
        TEST(test_retain_ends_at_its_deadline),
        TEST(test_retain_that_left_wants_nothing),
        TEST(test_retain_that_is_over_keeps_nothing),
        TEST(test_retain_by_two_callers_of_an_unknown_image),
        TEST(test_retain_asks_again_after_a_delete_was_answered),
        TEST(test_retain_of_what_makes_no_sense),
        TEST(test_retain_without_memory_has_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
