/* S10: pulls and DELETEs, by name and by repository. Each rule is seen to fail, and
 * beside it the nearest history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

/* S10: no DELETE of a name while a pull of it is in flight ... */
static void test_s10_delete_beside_a_pull(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_send_pull(f, "app:1", 0);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:2");
    fix_assert_fine(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S10");
}

/* ... and no pull of it while a DELETE is. */
static void test_s10_pull_beside_a_delete(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_answered(f, call, 404);
    (void)fix_send_pull(f, "app:1", 0);
    fix_assert_fine(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:2");
    (void)fix_send_pull(f, "app:2", 0);
    fix_assert_objects(f, "S10");
}

/* An image with a name of ours in the repository app, and past its delay. */
static void unused(struct oracle_fixture *f)
{
    const struct dd_config config = fix_config();
    fix_begin(f, &config);
    fix_release(f, "web-1", 'a', fix_pull(f, "web-1", "app:1", 'a'));
    fix_wait(f, FIX_DELAY_NS);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    fix_inspect(f, "app:1", 200);
}

/* S10: no DELETE of an image while a pull in a repository in which it is bound is in
 * flight, of whatever tag (H39) ... */
static void test_s10_delete_beside_a_pull_in_its_repository(void **state)
{
    struct oracle_fixture *f = *state;
    unused(f);
    (void)fix_send_pull(f, "other:2", 0);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
    unused(f);
    (void)fix_send_pull(f, "app:2", 0);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S10");
}

/* ... whose name a user has not taken meanwhile ... */
static void test_s10_name_of_others_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    unused(f);
    fix_made(f, 0, 'b');
    fix_named(f, 0, "app:1", 'b');
    (void)fix_send_pull(f, "app:2", 0);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
}

/* ... and no such pull, nor an inspect for one, until it is answered ... */
static void test_s10_pull_beside_a_delete_in_its_repository(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned asks = 0; asks < 2; asks++) {
        unused(f);
        uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
        (void)fix_send_pull(f, "other:1", 0);
        fix_inspect(f, "app:2", 200);
        fix_answered(f, call, 409);
        (void)fix_send_pull(f, "app:2", 0);
        fix_assert_fine(f);
        unused(f);
        (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
        if (asks == 1) {
            fix_inquire(f, "app:2");
        } else {
            (void)fix_send_pull(f, "app:2", 0);
        }
        fix_assert_objects(f, "S10");
    }
}

/* ... or, when its connection was lost, until it is executed, or cannot be any more
 * (H32). */
static void test_s10_pull_beside_a_doubt(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned end = 0; end < 4; end++) {
        unused(f);
        uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
        fix_answered(f, call, 0);
        fix_wait(f, FIX_SETTLING_NS - 1);
        if (end == 0) {
            fix_executed(f, call, 409);
        } else if (end == 1) {
            fix_wait(f, 1);
        } else if (end == 2) {
            fix_deleted(f, 0, 'a');
        }
        (void)fix_send_pull(f, "app:2", 0);
        if (end < 3) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "S10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_s10_delete_beside_a_pull),
        fix_test(test_s10_pull_beside_a_delete),
        fix_test(test_s10_delete_beside_a_pull_in_its_repository),
        fix_test(test_s10_name_of_others_is_excused),
        fix_test(test_s10_pull_beside_a_delete_in_its_repository),
        fix_test(test_s10_pull_beside_a_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
