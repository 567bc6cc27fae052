/* The seed's eleven log lines, now events with a level and a text (docs/PARITY.md). */
#include "coord/test/fixture_life.h"

/* A pull that failed, with the engine's text, is an error. */
static void test_parity_log_pull_failed(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    (void)fixture_pull(f, "redis:7", "web-1");
    life_start_pull(f, "redis:7");
    fixture_answer_pull_error(f, "redis:7", 500, "out of order");
    life_log_assert(&life->log,
                    "error: failed pulling container redis:7: out of order (engine failure)");
}

/* A pull that succeeded is said at debug, with its reference. */
static void test_parity_log_pull_succeeded(void **state)
{
    struct life *life = *state;

    (void)fixture_pull_whole(life->f, "redis:7", "web-1", "A");
    life_log_assert(&life->log, "debug: docker pull redis:7 succeeded");
}

/* A look-up of the image ID that failed after the pull is an error. */
static void test_parity_log_lookup_failed(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    (void)fixture_pull(f, "redis:7", "web-1");
    life_start_pull(f, "redis:7");
    fixture_answer_pull_ok(f, "redis:7", "a", FIXTURE_NEWER);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "redis@a"), 500, "out of order");
    life_log_assert(
        &life->log,
        "error: failed getting image id for \"redis:7\": out of order (engine failure)");
}

/* A removal that is called off is said; by image ID, for there may be several names. */
static void test_parity_log_removal_cancelled(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    (void)fixture_retain(f, "A", NULL, "web-2");
    life_log_assert(&life->log, "debug: cancelling removal of image \"A\"");
}

/* A reference more is said, with the count. */
static void test_parity_log_count_up(void **state)
{
    struct life *life = *state;

    (void)fixture_pull_whole(life->f, "redis:7", "web-1", "A");
    life_log_assert(&life->log, "debug: image \"redis:7\" (A) reference count incremented: 1");
}

/* A reference less is said, with the count. */
static void test_parity_log_count_down(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    fixture_release(f, fixture_pull_whole(f, "redis:7", "web-1", "A"));
    life_log_assert(&life->log, "debug: image id \"A\" reference count decremented: 0");
}

/* A release of what is not counted is a warning. */
static void test_parity_log_release_of_the_unknown(void **state)
{
    struct life *life = *state;

    assert_int_equal(dd_release_image(life->f->coord, "A", "web-1"), DD_ENOLEASE);
    life_log_assert(&life->log, "warn: RemoveImage on non-referenced counted image id \"A\"");
}

/* A removal that finds nothing says so. */
static void test_parity_log_does_not_exist(void **state)
{
    struct life *life = *state;

    fixture_removing(life->f, "redis:7", "A");
    fixture_answer_inspect_404(life->f, "A");
    life_log_assert(&life->log, "debug: unable to cleanup image \"A\": does not exist");
}

/* A removal that the engine refuses says so, here with the kind of use. */
static void test_parity_log_still_in_use(void **state)
{
    struct life *life = *state;

    life_blocked(life->f, "redis:7", "A");
    life_log_assert(&life->log, "debug: unable to cleanup image \"A\": still in use "
                                "(in use by a container)");
}

/* An attempt that failed is said with its number, from 1, and the engine's text. */
static void test_parity_log_attempt_failed(void **state)
{
    struct life *life = *state;
    struct fixture *f = life->f;

    fixture_removing(f, "redis:7", "A");
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "out of order");
    fixture_pass(f, 3 * SECOND);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "again");
    life_log_assert(&life->log, "debug: failed to remove image \"A\" (attempt 1): out of order");
    life_log_assert(&life->log, "debug: failed to remove image \"A\" (attempt 2): again");
}

/* A removal that succeeded says so, and only that (H07). */
static void test_parity_log_removed(void **state)
{
    struct life *life = *state;

    fixture_removing(life->f, "redis:7", "A");
    life_remove(life->f, "redis:7", "A");
    life_log_assert(&life->log, "debug: cleanup removed downloaded image: \"A\"");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, life_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_parity_log_pull_failed),
        TEST(test_parity_log_pull_succeeded),
        TEST(test_parity_log_lookup_failed),
        TEST(test_parity_log_removal_cancelled),
        TEST(test_parity_log_count_up),
        TEST(test_parity_log_count_down),
        TEST(test_parity_log_release_of_the_unknown),
        TEST(test_parity_log_does_not_exist),
        TEST(test_parity_log_still_in_use),
        TEST(test_parity_log_attempt_failed),
        TEST(test_parity_log_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
