/* H03: whose pull it is, and that its secrets get nowhere. */
#include <string.h>

#include "coord/test/fixture_pull.h"

#define NAMES "redis:7 redis@a"

static const struct dd_credentials alice = { .username = "alice", .password = "hunter2" };

/* Whether a caller with @b joins a pull with @a. */
static bool joins(const struct dd_credentials *a, const struct dd_credentials *b)
{
    struct fixture *f = fixture_open(NULL);
    bool joined;

    fixture_pull_with(f, "redis:7", "web-1", a);
    fixture_pull_with(f, "redis:7", "web-2", b);
    joined = fixture_seen(f, "pull-joined redis:7 web-2") == 1;
    fixture_close(f);
    return joined;
}

/* A caller shares a pull that was made with its own credentials, given by whatever
 * strings. */
static void test_equal_credentials_join(void **state)
{
    char password[] = "hunter2";
    const struct dd_credentials again = { .username = "alice", .password = password };
    const struct dd_credentials token = { .identity_token = "t", .server_address = "s" };

    (void)state;
    assert_true(joins(&alice, &again));
    assert_true(joins(&token, &token));
}

/* H03: never one made with others, whichever field differs; nor does any boundary
 * between fields blur. */
static void test_different_credentials_never_join(void **state)
{
    static const struct dd_credentials others[] = {
        { .username = "alice", .password = "hunter3" },
        { .username = "alicf", .password = "hunter2" },
        { .username = "alice", .password = "hunter2", .server_address = "example.org" },
        { .username = "alice", .identity_token = "hunter2" },
        { .username = "alice", .password = "hunter2", .identity_token = "" },
        { .username = "alice" },
        { .password = "hunter2" },
        { .username = "alicehunter2" },
        { .username = "alice", .password = "" },
        { .username = "alic", .password = "ehunter2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(joins(&alice, &others[i]));
        assert_false(joins(&others[i], &alice));
        assert_false(joins(NULL, &others[i]));
        assert_false(joins(&others[i], NULL));
    }
}

/* However anonymous is said, it is one. */
static void test_anonymous_variants_are_equal(void **state)
{
    const struct dd_credentials empty = { .username = NULL };
    const struct dd_credentials address = { .server_address = "example.org" };

    (void)state;
    assert_true(joins(NULL, &empty));
    assert_true(joins(&empty, NULL));
    assert_true(joins(NULL, &address));
    assert_true(joins(&address, &empty));
    assert_false(joins(NULL, &alice));
}

/* The engine is given all that the caller gave, and nothing where it gave nothing. */
static void test_engine_gets_the_credentials(void **state)
{
    struct fixture *f = *state;
    const struct dd_credentials all = { .username = "alice",
                                        .password = "hunter2",
                                        .identity_token = "token",
                                        .server_address = "example.org" };
    const struct fixture_call *call;

    fixture_pull_with(f, "redis:7", "web-1", &all);
    fixture_answer_inspect_404(f, "redis:7");
    call = fixture_call(f, FIXTURE_PULL, "redis:7");
    assert_string_equal(call->username, "alice");
    assert_string_equal(call->password, "hunter2");
    assert_string_equal(call->identity_token, "token");
    assert_string_equal(call->server_address, "example.org");
    fixture_pull_running(f, "nginx:1", "web-1");
    assert_false(fixture_call(f, FIXTURE_PULL, "nginx:1")->has_credentials);
}

/* H03: a bad password fails its callers alone. */
static void test_bad_password_fails_its_own(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *bad = fixture_pull_with(f, "redis:7", "web-1", &alice);
    struct fixture_told *good = fixture_pull(f, "redis:7", "web-2");

    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "unauthorized: authentication required");
    fixture_run(f);
    fixture_assert_told(bad, DD_EUNAUTHENTICATED);
    fixture_assert_untold(good);
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_told(good, DD_OK);
}

/* H03: an anonymous caller is not granted by a pull with a password. */
static void test_nobody_is_granted_by_others_credentials(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told;

    fixture_pull_with(f, "redis:7", "web-1", &alice);
    told = fixture_pull(f, "redis:7", "web-2");
    fixture_answer_inspect_404(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_assert_untold(told);
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
}

/* ---- Secrets ------------------------------------------------------------------- */

/* Once the engine's pull has started no byte of the password is left in memory, in use
 * or given back; nor does any event ever hold it. */
static void test_secrets_are_wiped_at_the_start(void **state)
{
    struct fixture_watch watch;
    struct fixture *f = fixture_open_watched(&watch, "hunter2");

    (void)state;
    fixture_pull_with(f, "redis:7", "web-1", &alice);
    assert_true(fixture_watch_live(&watch) > 0); /* the watch sees it */
    fixture_answer_inspect_404(f, "redis:7");
    assert_string_equal(fixture_call(f, FIXTURE_PULL, "redis:7")->password, "hunter2");
    assert_int_equal(fixture_watch_live(&watch), 0);
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", NAMES);
    fixture_run(f);
    fixture_close(f);
    assert_int_equal(watch.freed_with, 0);
    assert_int_equal(watch.told_with, 0);
    assert_true(watch.told_of > 0);
}

/* Those of a caller that joins are wiped at once, those of one that leaves the queue
 * when it is told at the latest. */
static void test_secrets_are_wiped_without_a_start(void **state)
{
    struct fixture_watch watch;
    struct fixture *f = fixture_open_watched(&watch, "hunter2");
    struct fixture_told *told;

    (void)state;
    fixture_pull_running(f, "redis:7", "web-1");
    told = fixture_pull_with(f, "redis:7", "web-2", &alice);
    assert_int_equal(fixture_watch_live(&watch), 1);
    fixture_pull_with(f, "redis:7", "web-3", &alice);
    assert_int_equal(fixture_seen(f, "pull-joined redis:7 web-3"), 1);
    assert_int_equal(fixture_watch_live(&watch), 1);
    fixture_leave(f, told);
    assert_int_equal(dd_release_caller(f->coord, "web-3"), DD_OK);
    fixture_run(f);
    assert_int_equal(fixture_watch_live(&watch), 0);
    fixture_close(f);
    assert_int_equal(watch.freed_with, 0);
}

/* So are those of one that needed no pull. */
static void test_secrets_are_wiped_without_a_pull(void **state)
{
    struct fixture_watch watch;
    struct fixture *f = fixture_open_watched(&watch, "hunter2");

    (void)state;
    assert_int_equal(fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                           .caller = "web-1",
                                                           .policy = DD_PULL_IF_MISSING,
                                                           .credentials = &alice })
                         ->begun,
                     DD_OK);
    fixture_answer_inspect(f, "redis:7", "A", NAMES);
    fixture_run(f);
    assert_int_equal(fixture_watch_live(&watch), 0);
    fixture_close(f);
    assert_int_equal(watch.freed_with, 0);
}

/* So are those of a pull that was refused for want of memory. */
static void test_secrets_are_wiped_without_memory(void **state)
{
    struct fixture_watch watch;
    struct fixture *f = fixture_open_watched(&watch, "hunter2");
    enum dd_status begun;
    uint64_t nth = 0;

    (void)state;
    do {
        fake_allocator_refuse(&f->allocator, ++nth, false);
        begun = fixture_pull_as(f, &(struct dd_pull){ .reference = "redis:7",
                                                      .caller = "web-1",
                                                      .credentials = &alice })
                    ->begun;
        assert_true(begun == DD_OK || fixture_watch_live(&watch) == 0);
    } while (begun != DD_OK);
    fake_allocator_refuse(&f->allocator, 0, false);
    assert_true(nth > 3);
    fixture_close(f);
    assert_int_equal(watch.freed_with, 0);
}

/* What the engine's texts, and its lines, say of secrets is told to nobody: not in a
 * result, not in an event. */
static void test_secrets_in_texts_are_redacted(void **state)
{
    struct fixture_watch watch;
    struct fixture *f = fixture_open_watched(&watch, "hunter2");
    const struct dd_line progress = { .status = "Retrying https://bob:hunter2@example.org/v2/",
                                      .id = "layer" };
    const char *text = "Get \"https://bob:hunter2@example.org/v2/\": dial tcp: refused";
    struct fixture_told *told[3];

    (void)state;
    told[0] = fixture_pull_running(f, "redis:7", "web-1");
    fixture_line(f, "redis:7", &progress);
    fixture_answer_pull_error(f, "redis:7", 500, text);
    told[1] = fixture_pull_running(f, "nginx:1", "web-1");
    fixture_answer_pull_error_line(f, "nginx:1", text);
    told[2] = fixture_pull_policy(f, "app:1", "web-1", DD_PULL_NEVER);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "app:1"), 500, text);
    fixture_run(f);
    for (int i = 0; i < 3; i++) {
        fixture_assert_told(told[i], DD_ENETWORK);
        assert_null(strstr(told[i]->text, "hunter2"));
        assert_non_null(strstr(told[i]->text, "example.org/v2/"));
    }
    fixture_close(f);
    assert_int_equal(watch.told_with, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_credentials_join),
        cmocka_unit_test(test_different_credentials_never_join),
        cmocka_unit_test(test_anonymous_variants_are_equal),
        TEST(test_engine_gets_the_credentials),
        TEST(test_bad_password_fails_its_own),
        TEST(test_nobody_is_granted_by_others_credentials),
        cmocka_unit_test(test_secrets_are_wiped_at_the_start),
        cmocka_unit_test(test_secrets_are_wiped_without_a_start),
        cmocka_unit_test(test_secrets_are_wiped_without_a_pull),
        cmocka_unit_test(test_secrets_are_wiped_without_memory),
        cmocka_unit_test(test_secrets_in_texts_are_redacted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
