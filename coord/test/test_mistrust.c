/* What an answer says is believed only as far as it says it: 404 alone is absence, an ID
 * is one or it is none, an answer is about what was asked. */
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

/* What engines also say when they could not look. */
#define QUOTED "driver \"overlay2\" failed: No such image: sha256:1234"

static void answer_500(struct fixture *f, enum fixture_kind kind, const char *name)
{
    fixture_answer_error(fixture_call(f, kind, name), 500, QUOTED);
}

/* An inspect that found something, with this ID and these lists, as they are. */
static void answer_raw(struct fixture *f, const char *name, const char *id,
                       const struct dd_strings *tags, const struct dd_strings *digests)
{
    fixture_answer(fixture_call(f, FIXTURE_INSPECT, name),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .id = id,
                                        .tags = *tags,
                                        .digests = *digests });
}

/* A failed try of A's removal: it is there, ours by both names, and tried again. */
static void assert_tried_again(struct fixture *f, const char *bindings)
{
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_string_equal(fixture_explain(f, "A").bindings, bindings);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_EENGINE"), 1);
    fixture_forget(f);
    fixture_pass(f, f->config.retry_ns);
    fixture_assert_calls(f, "inspect A");
}

/* ---- 404, and nothing else, is absence -------------------------------------------- */

/* H07: an inspect of the ID that failed with "no such image" in its text forgets no image. */
static void test_quoted_absence_of_an_id_is_an_error(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    answer_500(f, FIXTURE_INSPECT, "A");
    assert_tried_again(f, NAMES);
}

/* H16: one of the name takes no binding away. */
static void test_quoted_absence_of_a_name_is_an_error(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NAMES);
    answer_500(f, FIXTURE_INSPECT, "redis:7");
    assert_tried_again(f, NAMES);
}

/* H16: nor does such an answer to the DELETE of the name. */
static void test_quoted_absence_at_a_delete_is_an_error(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    answer_500(f, FIXTURE_REMOVE, "redis:7");
    assert_tried_again(f, NAMES);
}

/* H07: such an answer to the DELETE by ID is a failed try at once. */
static void test_quoted_absence_at_a_delete_by_id_is_an_error(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    answer_500(f, FIXTURE_REMOVE, "A");
    assert_tried_again(f, "");
}

/* H32: a probe that failed so ends no doubt. */
static void test_quoted_absence_at_a_probe_ends_no_doubt(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    answer_500(f, FIXTURE_INSPECT, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_count(f, DD_EVENT_REMOVED), 0);
    fixture_pass(f, f->config.retry_ns);
    (void)fixture_call(f, FIXTURE_INSPECT, "A");
}

/* H41: a *before* that failed so is no *before*: what the name means after a failed pull
 * may be the user's. */
static void test_quoted_absence_is_no_before(void **state)
{
    struct fixture *f = *state;

    (void)fixture_pull(f, "redis:7", "web-1");
    answer_500(f, FIXTURE_INSPECT, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "disk on fire");
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_ORPHAN), 0);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* H14: policies that look first tell it as the engine's failure: never is not told NOT
 * FOUND, and if-missing begins no pull. */
static void test_quoted_absence_is_not_missing(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *never = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_NEVER);
    struct fixture_told *if_missing;

    answer_500(f, FIXTURE_INSPECT, "redis:7");
    if_missing = fixture_pull_policy(f, "nginx:1", "web-1", DD_PULL_IF_MISSING);
    answer_500(f, FIXTURE_INSPECT, "nginx:1");
    fixture_run(f);
    fixture_assert_told(never, DD_EENGINE);
    fixture_assert_told(if_missing, DD_EENGINE);
    assert_int_equal(fixture_started(f, FIXTURE_INSPECT), 2);
}

/* H23: neither a retain nor the look-up of what was pulled calls that GONE. */
static void test_quoted_absence_is_not_gone(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *retained = fixture_retain(f, "B", NULL, "web-1");
    struct fixture_told *pulled = fixture_pull_running(f, "redis:7", "web-1");

    answer_500(f, FIXTURE_INSPECT, "B");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    answer_500(f, FIXTURE_INSPECT, "redis@a");
    fixture_run(f);
    fixture_assert_told(retained, DD_EENGINE);
    fixture_assert_told(pulled, DD_EENGINE);
}

/* H07: a DELETE by ID that is answered 404 is no failed try: the ID is asked at once, and
 * only that says that it is gone. */
static void test_delete_by_id_answered_404_asks_the_id(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.try_max = 1;
    *state = f = fixture_open(&config);
    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_forget(f);
    fixture_answer_remove_error(f, "A", 404, NULL);
    fixture_assert_calls(f, "inspect A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    assert_int_equal(fixture_count(f, DD_EVENT_ATTEMPT_FAILED), 0);
    fixture_close(f);
}

/* H05: if the image is there all the same, and its second DELETE is answered 404 again,
 * that is a failed try, and no circle. */
static void test_delete_by_id_answered_404_twice_is_a_failed_try(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_remove_error(f, "A", 404, NULL);
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_forget(f);
    fixture_answer_remove_error(f, "A", 404, NULL);
    fixture_assert_no_calls(f);
    assert_int_equal(fixture_seen(f, "attempt-failed A #1 DD_ENOTFOUND"), 1);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* ---- Strings of the engine's ------------------------------------------------------ */

/* H20: a digest goes into requests and into bindings: a RepoDigest that is none is not
 * taken for one. */
static void test_listed_digest_must_be_one(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    const char *const tags[] = { "redis:7" };
    const char *const digests[] = { "redis@a b\r\nX-Evil: 1", "redis@", "redis@sha256:12",
                                    "redis@latest" };

    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NEWER);
    answer_raw(f, "redis:7", "A", &(struct dd_strings){ tags, 1 },
               &(struct dd_strings){ digests, 4 });
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7");
}

/* H20: so does an image ID: one with a line's end in it, or that is a name, is no answer,
 * to whoever asked. */
static void test_id_must_be_one(void **state)
{
    static const char *const bad[] = { "A\r\nX: y", "ubuntu:latest", "redis", "A B", "../x" };
    const struct dd_strings none = { NULL, 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fixture *f = fixture_open(NULL);
        struct fixture_told *pulled = fixture_pull_running(f, "redis:7", "web-1");
        struct fixture_told *never = fixture_pull_policy(f, "nginx:1", "web-1", DD_PULL_NEVER);
        struct fixture_told *retained = fixture_retain(f, "B", NULL, "web-1");

        fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NEWER);
        answer_raw(f, "redis:7", bad[i], &none, &none);
        answer_raw(f, "nginx:1", bad[i], &none, &none);
        answer_raw(f, "B", bad[i], &none, &none);
        fixture_run(f);
        fixture_assert_told(pulled, DD_EENGINE);
        fixture_assert_told(never, DD_EENGINE);
        fixture_assert_told(retained, DD_EENGINE);
        assert_int_equal(fixture_count(f, DD_EVENT_GRANTED), 0);
        fixture_close(f);
    }
}

/* H31: and a removal learns nothing from one: not that the name means another image. */
static void test_removal_learns_nothing_from_a_bad_id(void **state)
{
    struct fixture *f = *state;
    const struct dd_strings none = { NULL, 0 };

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NAMES);
    answer_raw(f, "redis:7", "ubuntu:latest", &none, &none);
    assert_tried_again(f, NAMES);
}

/* Strings that are not there, in lists that a client must not make so, are skipped. */
static void test_missing_strings_are_skipped(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "redis:7", "web-1");
    const char *const tags[] = { NULL, "redis:7" };
    const char *const digests[] = { NULL };
    const char *const deleted[] = { NULL, "A" };

    fixture_answer_pull_ok(f, "redis:7", NULL, FIXTURE_NEWER);
    answer_raw(f, "redis:7", "A", &(struct dd_strings){ tags, 2 },
               &(struct dd_strings){ digests, 1 });
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7");
    fixture_release(f, told);
    fixture_pass(f, f->config.remove_delay_ns);
    fixture_answer_inspect(f, "A", "A", "redis:7");
    fixture_answer_inspect(f, "redis:7", "A", "redis:7");
    fixture_answer(fixture_call(f, FIXTURE_REMOVE, "redis:7"),
                   &(struct dd_answer){ .transport = DD_TRANSPORT_ANSWERED,
                                        .http_status = 200,
                                        .untagged = { tags, 2 },
                                        .deleted = { deleted, 2 } });
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
}

/* ---- About what was asked --------------------------------------------------------- */

/* H31: an inspect of A's ID that is answered about B is a failed try: B's names, or that
 * it has none, say nothing of A. */
static void test_id_answered_about_another_image(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "B", NULL);
    assert_tried_again(f, NAMES);
}

/* H12: least of all when only the DELETE by ID is left. */
static void test_last_look_answered_about_another_image(void **state)
{
    struct fixture *f = *state;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_inspect(f, "A", "A", NULL);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_inspect(f, "A", "B", NULL);
    assert_int_equal(fixture_started(f, FIXTURE_REMOVE), 0);
    assert_tried_again(f, "");
}

/* H32: a probe that is answered about B does not say that A is still there. */
static void test_probe_answered_about_another_image(void **state)
{
    struct fixture *f = *state;

    fixture_deleting(f, "redis:7", "A");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "redis:7"));
    fixture_pass(f, 0);
    f->instance = 2;
    fixture_answer_inspect(f, "A", "B", NULL);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 0);
    fixture_pass(f, f->config.retry_ns);
    fixture_answer_inspect(f, "A", "A", NAMES);
    assert_int_equal(fixture_count(f, DD_EVENT_DOUBT_ENDED), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_quoted_absence_of_an_id_is_an_error),
        TEST(test_quoted_absence_of_a_name_is_an_error),
        TEST(test_quoted_absence_at_a_delete_is_an_error),
        TEST(test_quoted_absence_at_a_delete_by_id_is_an_error),
        TEST(test_quoted_absence_at_a_probe_ends_no_doubt),
        TEST(test_quoted_absence_is_no_before),
        TEST(test_quoted_absence_is_not_missing),
        TEST(test_quoted_absence_is_not_gone),
        cmocka_unit_test(test_delete_by_id_answered_404_asks_the_id),
        TEST(test_delete_by_id_answered_404_twice_is_a_failed_try),
        TEST(test_listed_digest_must_be_one),
        cmocka_unit_test(test_id_must_be_one),
        TEST(test_removal_learns_nothing_from_a_bad_id),
        TEST(test_missing_strings_are_skipped),
        TEST(test_id_answered_about_another_image),
        TEST(test_last_look_answered_about_another_image),
        TEST(test_probe_answered_about_another_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
