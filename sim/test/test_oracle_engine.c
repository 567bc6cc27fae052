/* S3, S6: the engine's calls in flight. Each rule is seen to fail, and beside it
 * the nearest history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

/* S3: one engine pull of a reference at a time (H01) ... */
static void test_s3_two_pulls_of_a_name(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_send_pull(f, "app:1", 0);
    (void)fix_send_pull(f, "app:2", 0);
    fix_assert_fine(f);
    (void)fix_send_pull(f, "app:1", 0);
    fix_assert_objects(f, "S3");
}

/* ... and one that is being aborted is in flight until it has completed. */
static void test_s3_pull_beside_an_aborted_one(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_cancelled(f, call);
    (void)fix_send_pull(f, "app:1", 0);
    fix_assert_objects(f, "S3");
}

/* S3: one after the other is fine. */
static void test_s3_one_after_the_other_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_answered(f, call, 404);
    (void)fix_send_pull(f, "app:1", 0);
    fix_assert_fine(f);
}

/* S6: no more engine pulls at a time than the limit; an aborted one has no slot. */
static void test_s6_parallel_pulls(void **state)
{
    struct oracle_fixture *f = *state;
    struct dd_config config = fix_config();
    config.parallel_pull_max = 2;
    fix_begin(f, &config);
    uint64_t first = fix_send_pull(f, "app:1", 0);
    (void)fix_send_pull(f, "app:2", 0);
    fix_cancelled(f, first);
    (void)fix_send_pull(f, "app:3", 0);
    fix_answered(f, first, 0);
    fix_assert_fine(f);
    assert_int_equal(sim_oracle_parallel_pulls(f->oracle), 2);
    (void)fix_send_pull(f, "app:4", 0);
    fix_assert_objects(f, "S6");
}

/* S6: nor more removals. */
static void test_s6_parallel_removals(void **state)
{
    struct oracle_fixture *f = *state;
    struct dd_config config = fix_config();
    config.parallel_removal_max = 1;
    fix_begin(f, &config);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_answered(f, call, 404);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:2");
    fix_assert_fine(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:3");
    fix_assert_objects(f, "S6");
}

/* S6: the coordinator's memory is bounded by what it knows. */
static void test_s6_memory(void **state)
{
    struct oracle_fixture *f = *state;
    sim_oracle_memory(f->oracle, 1 << 20);
    fix_assert_fine(f);
    sim_oracle_memory(f->oracle, (1 << 20) + 1);
    fix_assert_objects(f, "S6");
}

/* A call that never reached the engine is none. */
static void test_unsent_call_counts_nowhere(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t call = fix_call(f, FAKE_CALL_PULL, "app:1");
    fix_answered(f, call, 0);
    (void)fix_send_pull(f, "app:1", 0);
    fix_assert_fine(f);
}

/* The first violation is the one that is kept. */
static void test_first_violation_is_kept(void **state)
{
    struct oracle_fixture *f = *state;
    sim_oracle_object(f->oracle, "S9", "app:1", "what is wrong with %s", fix_id('b'));
    sim_oracle_object(f->oracle, "S1", "", "another");
    fix_assert_objects(f, "S9");
    assert_string_equal(sim_oracle_violation(f->oracle)->message, "what is wrong with b");
    const struct dd_config config = fix_config();
    fix_begin(f, &config);
    fix_assert_fine(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_s3_two_pulls_of_a_name),         fix_test(test_s3_pull_beside_an_aborted_one),
        fix_test(test_s3_one_after_the_other_is_fine), fix_test(test_s6_parallel_pulls),
        fix_test(test_s6_parallel_removals),           fix_test(test_s6_memory),

        fix_test(test_unsent_call_counts_nowhere),     fix_test(test_first_violation_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
