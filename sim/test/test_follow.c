#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/follow.h"
#include "sim/test/explore_fixture.h"

/* How a run of the scenario ends; "" where nothing is wrong. */
static struct sim_run run_of(const char *text, uint64_t seed)
{
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    sim_follow(world, &(struct sim_world_options){ .seed = seed, .fill = 0xAA }, &run);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
    return run;
}

#define A_FIRST                                                                                    \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"},\"b:1\":{\"id\":\"b-b\"}},"                   \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\"},"                                       \
         "{\"pull\":\"b:1\",\"caller\":\"b\"},"                                                    \
         "{\"expect\":{\"events\":{\"pull-queued\":1}}}]"

/* Moves are made in the way's order, whatever the instants are: the second step's call is
 * the first. */
static void test_the_way_is_the_order(void **state)
{
    (void)state;
    struct sim_run run = run_of(A_FIRST "}", 0);
    assert_string_equal(run.violation.invariant, "expect");
    run = run_of(A_FIRST ",\"way\":[\"move step 1\",\"move step 2\"]}", 0);
    assert_string_equal(run.violation.invariant, "");
}

/* A seed changes nothing: all runs are one. */
static void test_seeds_are_indifferent(void **state)
{
    (void)state;
    uint64_t hash = run_of(A_FIRST ",\"way\":[\"move step 1\",\"move step 2\"]}", 0).trace_hash;
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct sim_run run = run_of(A_FIRST ",\"way\":[\"move step 1\",\"move step 2\"]}", seed);
        assert_int_equal(run.trace_hash, hash);
    }
}

#define ONE_FAULT                                                                                  \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"}},"                                            \
         "\"faults\":[{\"on\":\"pull\",\"status\":500,\"reason\":\"server error\",\"budget\":1}]," \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"}],"                         \
         "\"finally\":{\"told\":{\"p\":\"ok\"}},"

/* What is chosen in a move is as the way says, and what it does not say is the first; a
 * move that cannot be made yet is waited for. */
static void test_choices_are_the_ways(void **state)
{
    (void)state;
    struct sim_run run = run_of(ONE_FAULT "\"way\":[\"move pull-executed app:1\"]}", 0);
    assert_string_equal(run.violation.invariant, "");
    run = run_of(ONE_FAULT "\"way\":[\"move pull-executed app:1\",\"choose fault app:1 1\"]}", 0);
    assert_string_equal(run.violation.invariant, "expect");
}

/* A move that never comes is left out, and what follows it is made. */
static void test_what_never_comes_is_left_out(void **state)
{
    (void)state;
    struct sim_run run = run_of(A_FIRST ",\"way\":[]}", 0);
    assert_string_equal(run.violation.invariant, "expect");
    run = run_of(A_FIRST ",\"way\":[\"move step 1\",\"move step 2\",\"move nonsense\"]}", 0);
    assert_string_equal(run.violation.invariant, "");
    assert_int_equal(run.skipped_count, 0);
}

/* Where the coordinator cannot even open for want of memory, nothing follows. */
static void test_no_memory_to_open(void **state)
{
    (void)state;
    struct sim_scenario *scenario = fix_scenario_of(A_FIRST ",\"way\":[\"move step 1\"]}");
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    sim_follow(world, &(struct sim_world_options){ .fill = 0xAA, .refuse_nth = 1 }, &run);
    assert_string_equal(run.violation.invariant, "");
    assert_int_equal(run.nomem_count, 1);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

#define A_LATE_STEP                                                                                \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"},\"b:1\":{\"id\":\"b-b\"}},"                   \
         "\"explore\":{\"time\":\"ticks\"},"                                                       \
         "\"steps\":[{\"at\":\"0s\",\"pull\":\"app:1\",\"caller\":\"a\"},"                         \
         "{\"at\":[\"0s\",\"4s\"],\"pull\":\"b:1\",\"caller\":\"b\"},"                             \
         "{\"at\":\"2s\",\"expect\":{\"events\":{\"pull-queued\":1}}}],"                           \
         "\"way\":[\"move step 0\",\"move inspect-executed app:1\","                               \
         "\"move inspect-answered app:1\",\"move time passes\",\"move step 2\",\"move step 1\"]}"

/* A window that opens before the coordinator does ends when it says, not at the opening. */
static void test_windows_outlast_the_opening(void **state)
{
    (void)state;
    struct sim_run run = run_of(A_LATE_STEP, 0);
    assert_string_equal(run.violation.message, "");
}

/* Whoever wants the run to end gets that between two moves. */
static void test_it_can_be_stopped(void **state)
{
    (void)state;
    static const volatile sig_atomic_t stop = 1;
    struct sim_scenario *scenario = fix_scenario_of(A_FIRST ",\"way\":[\"move step 1\"]}");
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    sim_follow(world, &(struct sim_world_options){ .fill = 0xAA, .stop = &stop }, &run);
    assert_true(run.stopped);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_way_is_the_order),
        cmocka_unit_test(test_seeds_are_indifferent),
        cmocka_unit_test(test_choices_are_the_ways),
        cmocka_unit_test(test_what_never_comes_is_left_out),
        cmocka_unit_test(test_no_memory_to_open),
        cmocka_unit_test(test_windows_outlast_the_opening),
        cmocka_unit_test(test_it_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
