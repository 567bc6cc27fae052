/* What a caller is told of a pull that failed: class, text, and whether and when to try
 * again. */
#include <stdio.h>
#include <string.h>

#include "coord/test/fixture_pull.h"

struct row {
    unsigned http_status;
    const char *text;
    enum dd_status status;
    bool recoverable;
};

/* As engines said them (docs/ENGINE.md); those of status 500 come as error lines too. */
static const struct row rows[] = {
    { 404, "manifest for app:1 not found: manifest unknown: manifest unknown", DD_ENOTFOUND,
      false },
    { 404,
      "pull access denied for app, repository does not exist or may require 'docker login': "
      "denied: requested access to the resource is denied",
      DD_EDENIED, false },
    { 500, "unauthorized: authentication required", DD_EUNAUTHENTICATED, false },
    { 401, "unauthorized: authentication required", DD_EUNAUTHENTICATED, false },
    { 500, "Head \"http://127.0.0.1:5056/v2/team/app/manifests/7\": no basic auth credentials",
      DD_EUNAUTHENTICATED, false },
    { 500, "toomanyrequests: You have reached your pull rate limit.", DD_ERATELIMITED, true },
    { 500,
      "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused",
      DD_ENETWORK, true },
    { 400, "invalid reference format: repository name must be lowercase", DD_EINVAL, false },
    { 500, "write /var/lib/docker/tmp/x: no space left on device", DD_EDISKFULL, true },
    { 500, "unknown blob", DD_EENGINE, true },
    { 500, "something nobody has seen", DD_EENGINE, true },
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void assert_told_row(const struct fixture_told *told, const struct row *row)
{
    char text[FIXTURE_TEXT_MAX];

    fixture_assert_told(told, row->status);
    (void)snprintf(text, sizeof text, "Failed to pull `app:1`: %s", row->text);
    assert_string_equal(told->text, text);
    assert_int_equal(told->recoverable, row->recoverable);
    assert_true(told->retry_after_ns == dd_status_retry_after_ns(row->status));
    assert_int_equal(told->conflict, DD_CONFLICT_NONE);
    assert_true(told->lease.number == 0);
}

/* H14: status and text make the class; the text is the engine's own, behind the seed's
 * words. */
static void test_error_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct fixture *f = fixture_open(NULL);
        struct fixture_told *told = fixture_pull_running(f, "app:1", "web-1");

        fixture_answer_pull_error(f, "app:1", rows[i].http_status, rows[i].text);
        fixture_run(f);
        assert_told_row(told, &rows[i]);
        fixture_close(f);
    }
}

/* The same words in an error line, where there is no status but 200. */
static void test_error_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct fixture *f;
        struct fixture_told *told;

        if (rows[i].http_status != 500) {
            continue;
        }
        f = fixture_open(NULL);
        told = fixture_pull_running(f, "app:1", "web-1");
        fixture_answer_pull_error_line(f, "app:1", rows[i].text);
        fixture_run(f);
        assert_told_row(told, &rows[i]);
        fixture_close(f);
    }
}

/* Podman says an unknown tag in an error line. */
static void test_unknown_tag_of_podman(void **state)
{
    struct fixture *f = fixture_open_podman();
    struct fixture_told *told;

    (void)state;
    told = fixture_pull_running(f, "app:1", "web-1");
    fixture_answer_pull_error_line(
        f, "app:1",
        "initializing source docker://127.0.0.1:5055/app:1: reading manifest 1 in "
        "127.0.0.1:5055/app: manifest unknown: manifest unknown");
    fixture_run(f);
    fixture_assert_told(told, DD_ENOTFOUND);
    fixture_close(f);
}

/* An engine that was not reached, or whose connection broke, is the network's fault. */
static void test_transport_errors(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *unsent = fixture_pull_running(f, "app:1", "web-1");
    struct fixture_told *lost = fixture_pull_running(f, "app:2", "web-1");

    fixture_answer_unsent(fixture_call(f, FIXTURE_PULL, "app:1"));
    fixture_answer_lost(fixture_call(f, FIXTURE_PULL, "app:2"));
    fixture_run(f);
    fixture_assert_told(unsent, DD_ENETWORK);
    fixture_assert_told(lost, DD_ENETWORK);
    assert_true(unsent->recoverable);
}

/* An engine without words gets ours. */
static void test_failure_without_a_text(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "app:1", "web-1");

    fixture_answer_pull_error(f, "app:1", 500, NULL);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    assert_string_equal(told->text, "Failed to pull `app:1`: engine failure");
}

/* However long the engine speaks, what is told is bounded, and begins the same. */
static void test_endless_text_is_cut(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "app:1", "web-1");
    static char text[100000];

    memset(text, 'x', sizeof text - 1);
    fixture_answer_pull_error(f, "app:1", 500, text);
    fixture_run(f);
    fixture_assert_told(told, DD_EENGINE);
    assert_int_equal(strncmp(told->text, "Failed to pull `app:1`: xxxx", 28), 0);
    assert_true(strlen(told->text) < FIXTURE_TEXT_MAX - 1);
}

/* The first error line is the cause; what follows are its consequences. */
static void test_first_error_line_counts(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "app:1", "web-1");
    const struct dd_line first = { .error = "no space left on device" };

    fixture_line(f, "app:1", &first);
    fixture_answer_pull_error_line(f, "app:1", "unauthorized: authentication required");
    fixture_run(f);
    fixture_assert_told(told, DD_EDISKFULL);
}

/* What a caller did itself is told in the same form. */
static void test_cancelled_text(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_running(f, "app:1", "web-1");

    fixture_leave(f, told);
    assert_string_equal(told->text, "Failed to pull `app:1`: cancelled");
}

struct failure {
    char sentence[512];
    void (*seen)(void *ctx, const struct dd_event *event);
    void *ctx;
};

static void keep_failure(void *ctx, const struct dd_event *event)
{
    struct failure *failure = ctx;

    if (event->kind == DD_EVENT_PULL_FAILED) {
        dd_event_format(event, failure->sentence, sizeof failure->sentence);
    }
    failure->seen(failure->ctx, event);
}

/* The log says which pull failed, and why, in the seed's words. */
static void test_failure_is_logged_in_the_seeds_words(void **state)
{
    struct fixture *f = *state;
    struct failure failure = { .seen = f->observer.seen, .ctx = f->observer.ctx };

    f->observer.seen = keep_failure;
    f->observer.ctx = &failure;
    fixture_pull_running(f, "app:1", "web-1");
    fixture_answer_pull_error(f, "app:1", 404, "manifest unknown");
    assert_string_equal(failure.sentence,
                        "failed pulling container app:1: manifest unknown (no such image)");
    f->observer.seen = failure.seen;
    f->observer.ctx = failure.ctx;
}

/* What failed by its deadline keeps its words, though an if-missing caller is told later:
 * a line that comes before the abort takes effect does not change them. */
static void test_later_line_changes_no_text(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, f->config.progress_timeout_ns);
    fixture_line(f, "redis:7", &(struct dd_line){ .error = "context canceled" });
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ESTALLED);
    assert_string_equal(told->text, "Failed to pull `redis:7`: pull made no progress");
}

/* Nor does a success that comes first after all, and whose look-up fails. */
static void test_later_look_up_changes_no_text(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_policy(f, "redis:7", "web-1", DD_PULL_IF_MISSING);

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_pass(f, f->config.progress_timeout_ns);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis@a"), 500, "boom");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_run(f);
    fixture_assert_told(told, DD_ESTALLED);
    assert_string_equal(told->text, "Failed to pull `redis:7`: pull made no progress");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_answers),
        cmocka_unit_test(test_error_lines),
        cmocka_unit_test(test_unknown_tag_of_podman),
        TEST(test_transport_errors),
        TEST(test_failure_without_a_text),
        TEST(test_endless_text_is_cut),
        TEST(test_first_error_line_counts),
        TEST(test_cancelled_text),
        TEST(test_failure_is_logged_in_the_seeds_words),
        TEST(test_later_line_changes_no_text),
        TEST(test_later_look_up_changes_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
