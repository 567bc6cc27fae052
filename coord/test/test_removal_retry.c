/* Removals: what the engine refuses, and when it is tried again. */
#include <string.h>

#include "coord/test/fixture.h"

#define CONTAINER_TEXT                                                                             \
    "conflict: unable to remove repository reference \"redis:7\" (must force) - container 1f2e "   \
    "is using its referenced image 3d4c"
#define RUNNING_TEXT                                                                               \
    "conflict: unable to delete 3d4c (cannot be forced) - image is being used by running "         \
    "container 1f2e"
#define STOPPED_TEXT                                                                               \
    "conflict: unable to delete 3d4c (must be forced) - image is being used by stopped "           \
    "container 1f2e"
#define CHILDREN_TEXT                                                                              \
    "conflict: unable to delete 3d4c (cannot be forced) - image has dependent child images"
#define NAMES_TEXT                                                                                 \
    "conflict: unable to delete 3d4c (must be forced) - image is referenced in multiple "          \
    "repositories"

/* A of redis:7 is being removed, and its DELETE by name is in flight. */
static void deleting(struct fixture *f)
{
    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_forget(f);
}

/* The removal begins again: let it come to its DELETE. */
static void delete_again(struct fixture *f)
{
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
}

static void assert_blocked(struct fixture *f, enum dd_status status, enum dd_conflict conflict)
{
    struct fixture_image image = fixture_explain(f, "A");

    assert_int_equal(image.state, DD_IMAGE_BLOCKED);
    assert_int_equal(image.status, status);
    assert_int_equal(image.conflict, conflict);
}

/* What is left of the wait of a BLOCKED A. */
static uint64_t wait_ns(struct fixture *f)
{
    uint64_t next_ns = fixture_explain(f, "A").next_ns;

    assert_true(next_ns > f->queue.now_ns);
    return next_ns - f->queue.now_ns;
}

/* ---- Conflicts ------------------------------------------------------------------ */

/* H05: a 409 for a container is BLOCKED with that reason and a next attempt, and the
 * bindings stay. */
static void test_container_blocks(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
    assert_blocked(f, DD_ECONFLICT, DD_CONFLICT_CONTAINER);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_true(wait_ns(f) >= f->config.backoff_min_ns);
    fixture_assert_no_calls(f);
    fixture_assert_trace(f, "delete-answered A DD_ECONFLICT", "still-in-use A DD_ECONFLICT",
                         "blocked A DD_ECONFLICT");
}

/* H24: children, stopped and running containers, names of others and whatever the
 * engine says else: each 409 is BLOCKED, none is tried thrice. */
static void test_each_conflict_blocks(void **state)
{
    static const struct {
        const char *text;
        enum dd_conflict conflict;
    } rows[] = {
        { RUNNING_TEXT, DD_CONFLICT_CONTAINER },
        { STOPPED_TEXT, DD_CONFLICT_CONTAINER },
        { CHILDREN_TEXT, DD_CONFLICT_CHILDREN },
        { NAMES_TEXT, DD_CONFLICT_NAMES },
        { "conflict: a reason nobody heard of", DD_CONFLICT_OTHER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture *f = fixture_open(NULL);

        *state = f;
        fixture_removing(f, "redis:7", "A");
        fixture_answer_inspect(f, "A", "A", NULL);
        fixture_answer_inspect_404(f, "redis:7");
        fixture_answer_inspect_404(f, "redis@a");
        fixture_answer_inspect(f, "A", "A", NULL);
        fixture_answer_remove_error(f, "A", 409, rows[i].text);
        assert_blocked(f, DD_ECONFLICT, rows[i].conflict);
        assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 0);
        fixture_close(f);
    }
}

/* Names of others, told by a 409, are only looked at again at the longest. */
static void test_names_conflict_waits_longest(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, NAMES_TEXT);
    assert_int_equal(wait_ns(f), f->config.backoff_max_ns);
}

/* H05: the next attempt begins at the beginning, and can succeed. */
static void test_blocked_is_tried_again(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
    fixture_pass(f, wait_ns(f) - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    delete_again(f);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_assert_calls(f, "inspect A", "inspect redis:7", "remove redis:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* ---- The backoff ---------------------------------------------------------------- */

/* H07: the waits double, with up to an eighth by chance, up to the longest, and never
 * stop. */
static void test_backoff_doubles_to_the_longest(void **state)
{
    struct fixture *f = *state;
    uint64_t least_ns = f->config.backoff_min_ns;

    deleting(f);
    for (unsigned round = 0; round < 300; round++) {
        uint64_t found_ns;

        fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
        found_ns = wait_ns(f);
        assert_true(found_ns >= least_ns);
        assert_true(found_ns <= least_ns + least_ns / 8);
        assert_true(found_ns <= f->config.backoff_max_ns);
        least_ns =
            2 * least_ns < f->config.backoff_max_ns ? 2 * least_ns : f->config.backoff_max_ns;
        fixture_pass(f, found_ns);
        delete_again(f);
    }
    assert_int_equal(least_ns, HOUR);
}

/* What chance adds does not make a wait longer than the longest. */
static void test_chance_does_not_exceed_the_longest(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.backoff_min_ns = HOUR - SECOND;
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        *state = f = fixture_open(&config);
        deleting(f);
        fake_entropy_init(&f->entropy, seed);
        fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
        assert_true(wait_ns(f) >= HOUR - SECOND && wait_ns(f) <= HOUR);
        fixture_close(f);
    }
}

/* A new lease resets the backoff: refusals of before are forgotten. */
static void test_lease_resets_backoff(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    deleting(f);
    for (unsigned round = 0; round < 4; round++) {
        fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
        fixture_pass(f, wait_ns(f));
        delete_again(f);
    }
    fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
    assert_true(wait_ns(f) >= 16 * f->config.backoff_min_ns);
    told = fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_NONE);
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns);
    delete_again(f);
    fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
    assert_true(wait_ns(f) <= f->config.backoff_min_ns + f->config.backoff_min_ns / 8);
}

/* H24: a lease on a BLOCKED image really stops the next attempt. */
static void test_lease_stops_next_attempt(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, CONTAINER_TEXT);
    fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_forget(f);
    fixture_pass(f, 2 * HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
}

/* H33: an orphan that turns out to be a BLOCKED image makes it IDLE, with a name more and
 * a delay of its own. */
static void test_orphan_unblocks(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, NAMES_TEXT);
    fixture_pull(f, "app:1", "web-2");
    fixture_answer_inspect_404(f, "app:1");
    fixture_answer_pull_error_line(f, "app:1", "unknown blob");
    fixture_answer_inspect(f, "app:1", "A", "redis:7 redis@a app:1 app@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a app:1 app@a");
    assert_int_equal(wait_ns(f), f->config.remove_delay_ns);
    fixture_forget(f);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_assert_calls(f, "inspect A");
}

/* ---- Unknown errors ------------------------------------------------------------- */

/* The seed's three tries three seconds apart, then BLOCKED (not "removed": H07). */
static void test_three_tries_then_blocked(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 500, "the engine stumbled");
    for (unsigned again = 2; again <= 3; again++) {
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
        fixture_forget(f);
        fixture_pass(f, f->config.retry_ns - 1);
        fixture_assert_no_calls(f);
        fixture_pass(f, 1);
        fixture_assert_calls(f, "inspect A");
        delete_again(f);
        fixture_answer_remove_error(f, "redis:7", 500, "the engine stumbled");
    }
    assert_blocked(f, DD_EENGINE, DD_CONFLICT_NONE);
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 3);
    assert_int_equal(fixture_seen(f, "attempt-failed A #3 DD_EENGINE"), 1);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 0);
    assert_true(wait_ns(f) >= f->config.backoff_min_ns);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* H07: nine seconds of an engine's restart are not the end: what was BLOCKED by them
 * is tried again, with three tries of its own, and removed. */
static void test_blocked_by_errors_is_tried_again(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned again = 0; again < 3; again++) {
            assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
            fixture_answer_unsent(fixture_call(f, FIXTURE_INSPECT, "A"));
            fixture_pass(f, again < 2 ? f->config.retry_ns : 0);
        }
        assert_blocked(f, DD_ENETWORK, DD_CONFLICT_NONE);
        fixture_pass(f, wait_ns(f));
    }
    delete_again(f);
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 1);
}

/* The reason is the last one: errors after a conflict are not told as that conflict, nor
 * wait as long as names of others do. */
static void test_reason_is_the_last_one(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 409, NAMES_TEXT);
    fixture_pass(f, wait_ns(f));
    for (unsigned again = 0; again < 3; again++) {
        fixture_answer_unsent(fixture_call(f, FIXTURE_INSPECT, "A"));
        fixture_pass(f, again < 2 ? f->config.retry_ns : 0);
    }
    assert_blocked(f, DD_ENETWORK, DD_CONFLICT_NONE);
    assert_true(wait_ns(f) < f->config.backoff_max_ns);
}

/* An engine that says 200 to a DELETE and untags nothing is asked about that name once a
 * round, not for ever. */
static void test_delete_that_did_nothing_ends(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove(f, "redis:7", NULL, NULL);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis@a", NULL, NULL);
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_assert_calls(f, "inspect redis@a", "remove redis@a", "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
}

/* An inspect of a name that fails is an unknown error, and takes no binding away. */
static void test_name_error_keeps_binding(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis:7"), 500, "oops");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    fixture_pass(f, f->config.retry_ns);
    delete_again(f);
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 1);
}

/* An inspect that nobody answers is cut short at its deadline, and is an unknown
 * error; a DELETE has no deadline of ours (H32). */
static void test_inspect_deadline_and_none_for_delete(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *call;

    fixture_removing(f, "redis:7", "A");
    call = fixture_call(f, FIXTURE_INSPECT, "A");
    fixture_pass(f, f->config.inspect_timeout_ns - 1);
    assert_false(call->is_cancelled);
    fixture_pass(f, 1);
    assert_true(call->is_cancelled);
    fixture_answer_cancelled(call);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_ETIMEDOUT"), 1);
    fixture_pass(f, f->config.retry_ns);
    delete_again(f);
    call = fixture_call(f, FIXTURE_REMOVE, "redis:7");
    fixture_pass(f, 48 * HOUR);
    assert_false(call->is_cancelled);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* An inspect that says 200 and no ID says nothing: it takes no binding away, and lets
 * nothing be DELETEd for having no names. */
static void test_answer_without_id(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "", NULL);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_EENGINE"), 1);
    fixture_pass(f, f->config.retry_ns);
    fixture_answer_inspect(f, "A", "A", "mine:1");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer(fixture_call(f, FIXTURE_INSPECT, "A"),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED, .http_status = 200 });
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 0);
    assert_int_equal(fixture_seen(f, "attempt-failed A #2 DD_EENGINE"), 1);
}

/* An engine call refused at its start is an unknown error: inspects and DELETEs. */
static void test_refused_calls_are_unknown_errors(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    f->refuse[FIXTURE_INSPECT] = 1;
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 1);
    fixture_pass(f, f->config.retry_ns);
    f->refuse[FIXTURE_REMOVE] = 1;
    delete_again(f);
    fixture_run(f);
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 2);
    assert_int_equal(fixture_count(f, DD_EVENT_DELETE_IN_DOUBT), 0);
    fixture_pass(f, f->config.retry_ns);
    f->refuse[FIXTURE_REMOVE] = 1;
    delete_again(f);
    fixture_run(f);
    assert_blocked(f, DD_EENGINE, DD_CONFLICT_NONE);
}

/* A DELETE by ID that says it did, and does not list the ID, is believed by nobody: an
 * unknown error. */
static void test_delete_by_id_that_deleted_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove(f, "A", NULL, NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_EENGINE"), 1);
    fixture_pass(f, f->config.retry_ns);
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove(f, "A", NULL, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A DELETE by ID that answers 404 is not the end by itself: an inspect by ID is. */
static void test_delete_by_id_404(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove_error(f, "A", 404, NULL);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_pass(f, f->config.retry_ns);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* No text of the engine's reaches an event with its secrets. */
static void test_attempt_text_is_redacted(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_remove_error(f, "redis:7", 500, "at https://me:hunter2@example.org/v2");
    assert_null(strstr(f->last_message, "hunter2"));
    assert_non_null(strstr(f->last_message, "example.org"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_container_blocks),
        cmocka_unit_test(test_each_conflict_blocks),
        TEST(test_names_conflict_waits_longest),
        TEST(test_blocked_is_tried_again),
        TEST(test_backoff_doubles_to_the_longest),
        cmocka_unit_test(test_chance_does_not_exceed_the_longest),
        TEST(test_lease_resets_backoff),
        TEST(test_lease_stops_next_attempt),
        TEST(test_orphan_unblocks),
        TEST(test_three_tries_then_blocked),
        TEST(test_blocked_by_errors_is_tried_again),
        TEST(test_reason_is_the_last_one),
        TEST(test_delete_that_did_nothing_ends),
        TEST(test_name_error_keeps_binding),
        TEST(test_inspect_deadline_and_none_for_delete),
        TEST(test_answer_without_id),
        TEST(test_refused_calls_are_unknown_errors),
        TEST(test_delete_by_id_that_deleted_nothing),
        TEST(test_delete_by_id_404),
        TEST(test_attempt_text_is_redacted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
