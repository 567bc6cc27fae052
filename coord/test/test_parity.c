/* What the coordinator of 2017 did, row by row of docs/PARITY.md: the same, or why not. */
#include "coord/test/fixture_life.h"
#include "coord/transition.h"

#define IN_USE                                                                                     \
    "conflict: unable to remove repository reference \"redis:7\" (must force) - container 12 is "  \
    "using its referenced image 34"

/* ---- Pulling ------------------------------------------------------------------- */

/* An image without a tag means latest, and that is what is said to the engine. */
static void test_parity_default_tag_is_latest(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    (void)fixture_pull(f, "redis", "web-1");
    life_start_pull(f, "redis:latest");
    fixture_assert_calls(f, "inspect redis:latest", "pull redis:latest");
}

/* Callers of one image share one engine pull, and are given the same image ID. */
static void test_parity_callers_share_a_pull(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");

    life_bring(f, "redis:7", "A");
    fixture_run(f);
    fixture_assert_told(one, DD_OK);
    fixture_assert_told(two, DD_OK);
    assert_string_equal(one->image, two->image);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 1);
}

/* A failure is shared, too: all callers get the same text. */
static void test_parity_callers_share_a_failure(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *one = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *two = fixture_pull(f, "redis:7", "web-2");

    life_start_pull(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "out of order");
    fixture_run(f);
    fixture_assert_told(one, DD_EENGINE);
    fixture_assert_told(two, DD_EENGINE);
    assert_string_equal(one->text, two->text);
}

/* Results are not cached, for the image may have been removed by hand: a second pull asks the
 * engine again. */
static void test_parity_no_caching_of_results(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *again;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    again = fixture_pull(f, "redis:7", "web-2");
    life_bring_over(f, "redis:7", "A", "A");
    fixture_run(f);
    fixture_assert_told(again, DD_OK);
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 2);
}

/* "Failed to pull `X`: …" with the engine's own text. X is the normal reference, where the
 * seed printed what was asked for (H15). */
static void test_parity_error_text(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told = fixture_pull(f, "docker.io/library/redis", "web-1");

    life_start_pull(f, "redis:latest");
    fixture_answer_pull_error(f, "redis:latest", 404, "manifest for redis:latest not found");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
    assert_string_equal(told->text,
                        "Failed to pull `redis:latest`: manifest for redis:latest not found");
}

/* What is not there is not recoverable, whatever the text of the engine's version; other
 * failures are, each by its class (H14). */
static void test_parity_not_found_is_not_recoverable(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *old = fixture_pull(f, "redis:7", "web-1");
    struct fixture_told *new = fixture_pull(f, "redis:8", "web-1");
    struct fixture_told *down = fixture_pull(f, "redis:9", "web-1");

    life_start_pull(f, "redis:7");
    life_start_pull(f, "redis:8");
    life_start_pull(f, "redis:9");
    fixture_answer_pull_error(f, "redis:7", 404, "Error: image redis:7 not found");
    fixture_answer_pull_error(f, "redis:8", 404, "manifest for redis:8 not found");
    fixture_answer_pull_error(f, "redis:9", 500, "dial tcp 10.0.0.1:443: connection refused");
    fixture_run(f);
    assert_false(old->recoverable);
    assert_false(new->recoverable);
    fixture_assert_told(down, DD_ENETWORK);
    assert_true(down->recoverable);
}

/* A look-up that fails after a pull fails the pull, by its own class: a time-out is
 * recoverable. */
static void test_parity_lookup_failure_fails_the_pull(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    life_start_pull(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_pass(f, f->config.inspect_timeout_ns);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "redis@a"));
    fixture_run(f);
    fixture_assert_told(told, DD_ETIMEDOUT);
    assert_true(told->recoverable);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* The caller's credentials go to the engine with the pull; none means anonymous. They are
 * the pull's, not the first caller's: others make a pull of their own (H03). */
static void test_parity_credentials_go_to_the_engine(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    const struct dd_credentials credentials = { .username = "me", .password = "secret" };
    const struct fixture_call *call;

    (void)fixture_pull_as(
        f, &(struct dd_pull){ .reference = "redis:7", .caller = "c", .credentials = &credentials });
    (void)fixture_pull(f, "nginx:1", "web-2");
    (void)fixture_pull(f, "redis:7", "web-2");
    life_start_pull(f, "redis:7");
    life_start_pull(f, "nginx:1");
    call = fixture_call(f, FIXTURE_PULL, "redis:7");
    assert_string_equal(call->username, "me");
    assert_string_equal(call->password, "secret");
    assert_false(fixture_call(f, FIXTURE_PULL, "nginx:1")->has_credentials);
    assert_int_equal(fixture_in_flight(f, FIXTURE_PULL), 2);
}

/* A digest is pulled as that digest; the seed cut it off and pulled latest (H13). */
static void test_parity_digests_are_pulled_whole(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    (void)fixture_pull(f, "redis@a", "web-1");
    life_start_pull(f, "redis@a");
    fixture_assert_calls(f, "inspect redis@a", "pull redis@a");
}

/* ---- Counting ------------------------------------------------------------------ */

/* References are a set: the same caller counts once, however often it pulls. */
static void test_parity_a_caller_counts_once(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;
    struct fixture_told *second;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    second = fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    fixture_assert_told(second, DD_OK);
    assert_int_equal(fixture_explain(f, "A").lease_count, 1);
    life_log_assert(&life->log, "debug: image \"redis:7\" (A) reference count incremented: 1");
    life_log_assert_none(&life->log, "incremented: 2");
}

/* IncrementImageReference, now retain, counts a caller without a pull; and it makes sure that
 * the image is there (H10). */
static void test_parity_increment_is_retain(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *known;
    struct fixture_told *unknown;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    fixture_forget(f);
    known = fixture_retain(f, "A", NULL, "web-2");
    unknown = fixture_retain(f, "B", "nginx:1", "web-2");
    fixture_assert_calls(f, "inspect B");
    fixture_answer_inspect(f, "B", "B", "nginx:1");
    fixture_run(f);
    fixture_assert_told(known, DD_OK);
    fixture_assert_told(unknown, DD_OK);
    assert_int_equal(fixture_explain(f, "A").lease_count, 2);
    assert_string_equal(fixture_explain(f, "B").holders, "web-2");
}

/* RemoveImage, now release, drops one caller's reference; others keep the image. */
static void test_parity_others_keep_the_image(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");

    (void)fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    fixture_forget(f);
    assert_int_equal(dd_release_image(f->coord, "A", "web-1"), DD_OK);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_string_equal(fixture_explain(f, "A").holders, "web-2");
    assert_int_equal(dd_release(f->coord, told->lease), DD_ENOLEASE);
}

/* A release for a caller that has no reference changes nothing. The seed was silent about it
 * where others held the image; here it is said, and answered DD_ENOLEASE (H17). */
static void test_parity_release_of_another_caller(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    (void)fixture_pull_whole(f, "redis:7", "web-1", "A");
    assert_int_equal(dd_release_image(f->coord, "A", "web-2"), DD_ENOLEASE);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
    life_log_assert(&life->log, "warn: RemoveImage on non-referenced counted image id \"A\"");
}

/* ---- Removing ------------------------------------------------------------------ */

/* The last release answers at once; the delay later the image is removed. By its bindings,
 * where the seed removed by ID (H12, H16). */
static void test_parity_removal_after_the_delay(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");

    fixture_forget(f);
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns - 1);
    fixture_assert_no_calls(f);
    fixture_pass(f, 1);
    life_remove(f, "redis:7", "A");
    fixture_assert_calls(f, "inspect A", "inspect redis:7", "remove redis:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A new reference calls off a removal that waits for its delay. */
static void test_parity_new_reference_cancels_the_removal(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_pass(f, f->config.remove_delay_ns - 1);
    (void)fixture_retain(f, "A", NULL, "web-2");
    fixture_forget(f);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
}

/* Unknown errors are retried three seconds later, three tries in all. */
static void test_parity_three_tries_at_three_seconds(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    fixture_removing(f, "redis:7", "A");
    for (unsigned i = 0; i < 3; i++) {
        fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
        fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
        fixture_answer_remove_error(f, "redis:7", 500, "out of order");
        fixture_pass(f, 3 * SECOND - 1);
        assert_false(fixture_has_call(f, FIXTURE_INSPECT, "A"));
        fixture_pass(f, 1);
        assert_int_equal(fixture_has_call(f, FIXTURE_INSPECT, "A"), i < 2);
    }
    assert_int_equal(fixture_started(f, FIXTURE_REMOVE), 3);
}

/* After the third failure the seed logged "removed" and forgot; here the image is BLOCKED and
 * tried again later (H07). */
static void test_parity_three_failures_are_no_removal(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    fixture_removing(f, "redis:7", "A");
    for (unsigned i = 0; i < 3; i++) {
        fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
        fixture_pass(f, 3 * SECOND);
    }
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    assert_int_equal(fixture_explain(f, "A").status, DD_EENGINE);
    life_log_assert_none(&life->log, "removed downloaded image");
    fixture_pass(f, 2 * MINUTE);
    life_remove(f, "redis:7", "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A new reference between two tries ends them. */
static void test_parity_new_reference_ends_the_tries(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
    fixture_pass(f, SECOND);
    told = fixture_retain(f, "A", NULL, "web-1");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_forget(f);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
}

/* What is not there any more is not tried again. */
static void test_parity_removal_of_what_is_gone(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_forget(f);
    fixture_pass(f, HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* A 409 is not retried at three seconds. The seed then leaked the image; here it is BLOCKED,
 * with the reason and a next attempt (H05). */
static void test_parity_removal_of_what_is_in_use(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    life_deleting(f, "redis:7", "A");
    fixture_answer_remove_error(f, "redis:7", 409, IN_USE);
    fixture_pass(f, f->config.backoff_min_ns - 1);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_explain(f, "A").conflict, DD_CONFLICT_CONTAINER);
    fixture_pass(f, f->config.backoff_min_ns);
    life_remove(f, "redis:7", "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* ---- The configuration --------------------------------------------------------- */

/* With cleanup off images are pulled, and nothing is ever removed. */
static void test_parity_no_cleanup_removes_nothing(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_forget(f);
    fixture_pass(f, 24 * HOUR);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* With cleanup off the seed counted nothing; here leases are counted, so that explain can
 * tell who uses what (H29). */
static void test_parity_no_cleanup_counts_for_explain(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");
    struct fixture_told *other = fixture_retain(f, "A", "redis:7", "web-2");

    fixture_run(f);
    fixture_assert_told(other, DD_OK);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1 web-2");
    assert_false(fixture_explain(f, "A").ours);
    fixture_release(f, told);
    assert_int_equal(dd_release(f->coord, told->lease), DD_ENOLEASE);
}

static void opened(void *arg, enum dd_status status, const char *text)
{
    (void)arg;
    (void)status;
    (void)text;
}

/* A nil client is refused: the seed returned nil, here it is DD_EINVAL. */
static void test_parity_nil_client_is_refused(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct dd_env env = f->env;
    struct dd_coord *coord = NULL;

    env.docker = (struct dd_docker){ .ops = NULL };
    assert_int_equal(dd_open(&f->config, &env, opened, NULL, &coord), DD_EINVAL);
    assert_null(coord);
}

/* No shared instance: the agent opens its own, with its own configuration (H19); the host
 * lock, not a global, keeps a second one from the same engine (H34). */
static void test_parity_no_shared_instance(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    struct fixture *other = fixture_create(NULL);

    other->config.remove_delay_ns = 7 * SECOND;
    fake_host_lock_init(&other->lock, &f->locks, "another");
    assert_int_equal(fixture_start_open(other), DD_OK);
    assert_ptr_not_equal(other->coord, f->coord);
    fixture_answer(fixture_call(other, FIXTURE_IDENTIFY, NULL),
                   &(struct dd_answer){
                       .transport = DD_TRANSPORT_ANSWERED, .http_status = 200, .id = "engine-1" });
    fixture_run(other);
    assert_int_equal(other->opened_status, DD_EBUSY);
    assert_string_equal(other->opened_text, "the engine is coordinated by this-agent");
    fixture_close(other);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* The seed guarded against a second pending removal of one image ("lingering delete future").
 * Here an image has one state and one timer: only HELD is let go, and no timer runs in HELD,
 * so there is none that a new delay could find. */
static void test_parity_lingering_removal_is_impossible(void **state)
{
    struct fixture *f = ((struct life *)*state)->f;
    enum dd_image_state next;
    const char *action;

    for (unsigned from = 0; from < DD_IMAGE_STATE_COUNT; from++) {
        bool legal =
            dd__transition_find((enum dd_image_state)from, DD__IMAGE_LET_GO, &next, &action);

        assert_int_equal(legal, from == DD_IMAGE_HELD);
        if (from == DD_IMAGE_IDLE || from == DD_IMAGE_BLOCKED) {
            assert_true(
                dd__transition_find((enum dd_image_state)from, DD__IMAGE_LEASED, &next, &action));
            assert_int_equal(next, DD_IMAGE_HELD);
            assert_string_equal(action, "call_off_removal");
        }
    }
    for (unsigned i = 0; i < 5; i++) {
        struct fixture_told *told = fixture_retain(f, "A", "redis:7", "web-1");
        uint64_t due_ns;

        if (i == 0) {
            fixture_answer_inspect(f, "A", "A", "redis:7");
        }
        fixture_run(f);
        assert_false(fake_clock_due(&f->clock, &due_ns));
        fixture_release(f, told);
        fixture_pass(f, SECOND);
        assert_int_equal(fixture_count(f, DD_EVENT_DELAY_STARTED), i + 1);
        assert_int_equal(fixture_count(f, DD_EVENT_REMOVAL_CANCELLED), i);
    }
    fixture_pass(f, HOUR);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVAL_STARTED), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
#define NO_CLEANUP(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, life_setup_without_cleanup, life_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_parity_default_tag_is_latest),
        TEST(test_parity_callers_share_a_pull),
        TEST(test_parity_callers_share_a_failure),
        TEST(test_parity_no_caching_of_results),
        TEST(test_parity_error_text),
        TEST(test_parity_not_found_is_not_recoverable),
        TEST(test_parity_lookup_failure_fails_the_pull),
        TEST(test_parity_credentials_go_to_the_engine),
        TEST(test_parity_digests_are_pulled_whole),
        TEST(test_parity_a_caller_counts_once),
        TEST(test_parity_increment_is_retain),
        TEST(test_parity_others_keep_the_image),
        TEST(test_parity_release_of_another_caller),
        TEST(test_parity_removal_after_the_delay),
        TEST(test_parity_new_reference_cancels_the_removal),
        TEST(test_parity_three_tries_at_three_seconds),
        TEST(test_parity_three_failures_are_no_removal),
        TEST(test_parity_new_reference_ends_the_tries),
        TEST(test_parity_removal_of_what_is_gone),
        TEST(test_parity_removal_of_what_is_in_use),
        NO_CLEANUP(test_parity_no_cleanup_removes_nothing),
        NO_CLEANUP(test_parity_no_cleanup_counts_for_explain),
        TEST(test_parity_nil_client_is_refused),
        TEST(test_parity_no_shared_instance),
        TEST(test_parity_lingering_removal_is_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
