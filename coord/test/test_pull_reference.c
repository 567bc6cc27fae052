/* What is pulled: references parsed whole, and compared in their normal form. */
#include <stdio.h>
#include <string.h>

#include "coord/test/fixture_pull.h"

#define SHA256 "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* H15: all spellings of one image are one pull. */
static void test_spellings_share_one_pull(void **state)
{
    struct fixture *f = *state;
    static const char *const spellings[] = {
        "redis",
        "redis:latest",
        "library/redis",
        "docker.io/redis",
        "docker.io/redis:latest",
        "docker.io/library/redis",
        "docker.io/library/redis:latest",
        "index.docker.io/library/redis:latest",
    };
    const size_t count = sizeof spellings / sizeof spellings[0];
    struct fixture_told *told[sizeof spellings / sizeof spellings[0]];
    char caller[16];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(caller, sizeof caller, "web-%zu", i);
        told[i] = fixture_pull(f, spellings[i], caller);
    }
    fixture_answer_inspect_404(f, "redis:latest");
    fixture_answer_pull_error(f, "redis:latest", 404, "manifest unknown");
    fixture_run(f);
    for (size_t i = 0; i < count; i++) {
        fixture_assert_told(told[i], DD_ENOTFOUND);
        assert_string_equal(told[i]->text, "Failed to pull `redis:latest`: manifest unknown");
    }
    assert_int_equal(fixture_started(f, FIXTURE_PULL), 1);
}

/* What is not the same is not shared: hosts, ports, paths, tags. */
static void test_different_references_are_pulled_each(void **state)
{
    struct fixture *f = fixture_open_limited(100);
    static const char digest[] = "redis@" SHA256;
    static const char *const references[] = {
        "redis",
        "redis:7",
        "team/redis",
        "example.org/redis",
        "example.org:5000/redis",
        "localhost/redis",
        "localhost:5000/redis",
        digest,
    };
    const size_t count = sizeof references / sizeof references[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        fixture_pull(f, references[i], "web-1");
    }
    assert_int_equal(fixture_in_flight(f, FIXTURE_INSPECT), count);
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_JOINED), 0);
    fixture_close(f);
}

/* A tag is always sent: an engine without one would pull them all. */
static void test_tag_is_always_sent(void **state)
{
    struct fixture *f = *state;

    fixture_pull(f, "host:5000/team/app", "web-1");
    fixture_answer_inspect_404(f, "host:5000/team/app:latest");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "host:5000/team/app:latest"));
}

/* H13: a digest is pulled as that digest, not as `latest`, and looked up by it. */
static void test_digest_is_pulled_as_such(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis@" SHA256, "web-1");

    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_pull_ok(f, "redis@a", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    fixture_run(f);
    fixture_assert_told(told, DD_OK);
    fixture_assert_calls(f, "inspect redis@a", "pull redis@a", "inspect redis@a");
    assert_string_equal(fixture_explain(f, "A").bindings, "redis@a");
}

/* H13: with tag and digest it is the digest that counts, so they share one pull. */
static void test_digest_outranks_the_tag(void **state)
{
    struct fixture *f = *state;

    fixture_pull(f, "redis@" SHA256, "web-1");
    fixture_pull(f, "docker.io/redis:7@" SHA256, "web-2");
    assert_int_equal(fixture_count(f, DD_EVENT_PULL_JOINED), 1);
    fixture_answer_inspect_404(f, "redis@a");
    assert_true(fixture_has_call(f, FIXTURE_PULL, "redis@a"));
}

/* A digest of the repository is in its repository: a tag's pull keeps it from being
 * removed (H39). */
static void test_digest_is_in_its_repository(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis@" SHA256, "web-1");

    fixture_answer_inspect_404(f, "redis@a");
    fixture_answer_pull_ok(f, "redis@a", "a", FIXTURE_NEWER);
    fixture_answer_inspect(f, "redis@a", "A", "redis@a");
    fixture_run(f);
    fixture_release(f, told);
    fixture_pull(f, "redis:7", "web-2");
    assert_true(fixture_explain(f, "A").wanted);
    fixture_pass(f, 4 * MINUTE);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* What was pulled last is pulled again without memory: what that took is kept. (Twice
 * before, for the first pull keeps what it reserved for its bindings.) */
static void test_last_one_is_pulled_again_without_memory(void **state)
{
    struct fixture *f = *state;
    uint64_t asked_count;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-2", "A"));
    asked_count = f->allocator.asked_count;
    fixture_pull_whole(f, "redis:7", "web-3", "A");
    assert_int_equal(f->allocator.asked_count, asked_count);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_spellings_share_one_pull),
        cmocka_unit_test(test_different_references_are_pulled_each),
        TEST(test_tag_is_always_sent),
        TEST(test_digest_is_pulled_as_such),
        TEST(test_digest_outranks_the_tag),
        TEST(test_digest_is_in_its_repository),
        TEST(test_last_one_is_pulled_again_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
