/* H32: a DELETE whose connection was lost may be executed all the same, late. */
#include "coord/test/fixture.h"

/* A of redis:7 is being removed, and its DELETE by name is in flight. */
static void deleting(struct fixture *f)
{
    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_forget(f);
}

/* Its connection was lost: whether A is there is asked at once. */
static void in_doubt(struct fixture *f)
{
    deleting(f);
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    (void)fixture_call(f, FIXTURE_INSPECT, "A");
}

static void answer_present(struct fixture *f)
{
    fixture_answer_inspect(f, "A", "A", "redis:7 redis@a");
}

/* Answer "present" to each probe until so long after the loss. */
static void present_until(struct fixture *f, uint64_t lost_ns, uint64_t ns)
{
    while (f->queue.now_ns < lost_ns + ns) {
        if (fixture_has_call(f, FIXTURE_INSPECT, "A")) {
            answer_present(f);
        }
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
        fixture_pass(f, SECOND);
    }
}

/* The outcome is unknown: the image stays REMOVING, and its ID is inspected. */
static void test_lost_delete_is_in_doubt(void **state)
{
    struct fixture *f = *state;

    in_doubt(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_assert_calls(f, "inspect A");
    fixture_assert_trace(f, "delete-answered A DD_ENETWORK", "delete-in-doubt A");
}

/* A 404 ends the doubt: it is gone, and by us. */
static void test_probe_404_is_gone(void **state)
{
    struct fixture *f = *state;

    in_doubt(f);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_seen(f, "removed A"), 1);
}

/* Present on the same engine says nothing before the settling time is over: no DELETE
 * is sent meanwhile, and probes come at the retry's pace. */
static void test_present_says_nothing_before_settling(void **state)
{
    struct fixture *f = *state;
    uint64_t lost_ns;

    in_doubt(f);
    lost_ns = f->queue.now_ns;
    answer_present(f);
    fixture_pass(f, f->config.retry_ns - 1);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "A"));
    fixture_pass(f, 1);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "A"));
    present_until(f, lost_ns, f->config.delete_settling_ns - SECOND);
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 0);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
}

/* Present after the settling time ends the doubt: it counts as an unknown error, and
 * the removal goes on three seconds later. */
static void test_present_after_settling_goes_on(void **state)
{
    struct fixture *f = *state;
    uint64_t lost_ns;

    in_doubt(f);
    lost_ns = f->queue.now_ns;
    present_until(f, lost_ns, f->config.delete_settling_ns);
    if (fixture_has_call(f, FIXTURE_INSPECT, "A")) {
        answer_present(f);
    }
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_ENETWORK"), 1);
    fixture_forget(f);
    fixture_pass(f, f->config.retry_ns);
    answer_present(f);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_remove(f, "redis:7", "redis:7 redis@a", "A");
    fixture_assert_calls(f, "inspect A", "inspect redis:7", "remove redis:7");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* The probe that ends the doubt must have been *sent* after the settling time: one
 * that was sent before and answered after is old. */
static void test_probe_sent_before_settling_is_old(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.delete_settling_ns = 10 * SECOND;
    *state = f = fixture_open(&config);
    in_doubt(f);
    fixture_pass(f, 20 * SECOND);
    answer_present(f);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
    fixture_pass(f, f->config.retry_ns);
    answer_present(f);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
    fixture_close(f);
}

/* The last probe comes when the settling time is over, not up to three seconds later. */
static void test_last_probe_comes_in_time(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.delete_settling_ns = 10 * SECOND;
    *state = f = fixture_open(&config);
    in_doubt(f);
    for (unsigned i = 0; i < 3; i++) {
        answer_present(f);
        fixture_pass(f, f->config.retry_ns);
    }
    answer_present(f);
    fixture_pass(f, SECOND);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
    answer_present(f);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
    fixture_close(f);
}

/* A client that does not know which engine it asked, or which one answers, gives 0: that
 * is no new engine, and the doubt lasts until the settling time is over. */
static void test_unknown_instance_is_no_new_one(void **state)
{
    static const struct {
        uint64_t lost;
        uint64_t probed;
    } rows[] = { { 0, 1 }, { 1, 0 }, { 0, 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture *f = fixture_open(NULL);
        uint64_t lost_ns;

        deleting(f);
        lost_ns = f->queue.now_ns;
        f->instance = rows[i].lost;
        fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
        fixture_pass(f, 0);
        f->instance = rows[i].probed;
        present_until(f, lost_ns, f->config.delete_settling_ns - SECOND);
        assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
        fixture_pass(f, f->config.retry_ns);
        answer_present(f);
        assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
        fixture_close(f);
    }
}

/* Present on a new engine instance ends the doubt at once: it never heard of the
 * DELETE. */
static void test_new_instance_ends_doubt(void **state)
{
    struct fixture *f = *state;

    in_doubt(f);
    f->instance = 2;
    answer_present(f);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_pass(f, f->config.retry_ns);
    answer_present(f);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    assert_int_equal(fixture_in_flight(f, FIXTURE_REMOVE), 1);
}

/* A probe that fails says nothing: the doubt goes on, however long. */
static void test_failed_probe_says_nothing(void **state)
{
    struct fixture *f = *state;

    in_doubt(f);
    for (unsigned i = 0; i < 100; i++) {
        fixture_answer_lost(fixture_call(f, FIXTURE_INSPECT, "A"));
        fixture_pass(f, f->config.retry_ns);
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    }
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
    assert_int_equal(fixture_count(f, DD_EVENT_BLOCKED), 0);
    answer_present(f);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
}

/* A probe that nobody answers has the deadline of an inspect. */
static void test_probe_has_a_deadline(void **state)
{
    struct fixture *f = *state;
    struct fixture_call *call;

    in_doubt(f);
    call = fixture_call(f, FIXTURE_INSPECT, "A");
    fixture_pass(f, f->config.inspect_timeout_ns);
    assert_true(call->is_cancelled);
    fixture_answer_cancelled(call);
    fixture_pass(f, f->config.retry_ns);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "A"));
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* A DELETE by ID can be in doubt, too. */
static void test_delete_by_id_in_doubt(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "A"));
    fixture_pass(f, 0);
    assert_int_equal(fixture_count(f, DD_EVENT_DELETE_IN_DOUBT), 1);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* Three losses are three unknown errors: BLOCKED, never forgotten. */
static void test_three_doubts_block(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
        fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
        fixture_pass(f, 0);
        f->instance++;
        answer_present(f);
        if (i < 2) {
            fixture_pass(f, f->config.retry_ns);
            answer_present(f);
            fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
        }
    }
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    assert_int_equal(fixture_explain(f, "A").status, DD_ENETWORK);
}

/* H08: while in doubt the DELETE is unanswered: a pull of the repository waits before
 * its first inspect, and when the doubt is over the image is rescued. */
static void test_pull_waits_for_end_of_doubt(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    in_doubt(f);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_run(f);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    answer_present(f);
    assert_false(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_pass(f, f->config.retry_ns);
    f->instance = 2;
    answer_present(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 0);
    fixture_answer_inspect(f, "redis:7", "A", "redis:7 redis@a");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_UP_TO_DATE);
    fixture_answer_inspect(f, "redis@a", "A", "redis:7 redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* A retain waits for the end of the doubt, and is asked then: gone is DD_EGONE, which
 * is recoverable (H23). */
static void test_retain_waits_for_end_of_doubt(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    in_doubt(f);
    told = fixture_retain(f, "A", "redis:7", "web-2");
    fixture_pass(f, 0);
    fixture_assert_untold(told);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_answer_inspect_404(f, "A");
    fixture_run(f);
    fixture_assert_told(told, DD_EGONE);
    assert_true(told->recoverable);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H38: a probe's 404 is older than a binding that was recorded after it was sent: the ID
 * is inspected again. */
static void test_probe_404_older_than_a_binding(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    in_doubt(f);
    told = fixture_pull(f, "app:1", "web-2");
    fixture_answer_inspect_404(f, "app:1");
    fixture_answer_pull_ok(f, "app:1", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    assert_int_equal(dd_cancel(f->coord, told->operation), DD_OK);
    fixture_run(f);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 0);
    fixture_answer_inspect(f, "A", "A", "app:1 app@a");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a app:1 app@a");
}

/* The same while the pull still waits: the image is rescued, and the pull looks under
 * its own name. */
static void test_probe_404_older_than_a_waiting_pull(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    in_doubt(f);
    told = fixture_pull(f, "app:1", "web-2");
    fixture_answer_inspect_404(f, "app:1");
    fixture_answer_pull_ok(f, "app:1", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "app@a", "A", "app:1 app@a");
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_inspect(f, "app:1", "A", "app:1 app@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
}

/* A DELETE that the engine never saw is no doubt: an unknown error. */
static void test_unsent_delete_is_no_doubt(void **state)
{
    struct fixture *f = *state;

    deleting(f);
    fixture_answer_unsent(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    assert_int_equal(fixture_count(f, DD_EVENT_DELETE_IN_DOUBT), 0);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_ENETWORK"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lost_delete_is_in_doubt),
        TEST(test_probe_404_is_gone),
        TEST(test_present_says_nothing_before_settling),
        TEST(test_present_after_settling_goes_on),
        cmocka_unit_test(test_probe_sent_before_settling_is_old),
        cmocka_unit_test(test_last_probe_comes_in_time),
        cmocka_unit_test(test_unknown_instance_is_no_new_one),
        TEST(test_new_instance_ends_doubt),
        TEST(test_failed_probe_says_nothing),
        TEST(test_probe_has_a_deadline),
        TEST(test_delete_by_id_in_doubt),
        TEST(test_three_doubts_block),
        TEST(test_pull_waits_for_end_of_doubt),
        TEST(test_retain_waits_for_end_of_doubt),
        TEST(test_probe_404_older_than_a_binding),
        TEST(test_probe_404_older_than_a_waiting_pull),
        TEST(test_unsent_delete_is_no_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
