/* Fault sweeps: every engine call fails once, in every way in which it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/faults.h"
#include "sim/test/world_fixture.h"

static const char one_pull[] =
    "'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'web', 'as': 'p'},"
    " {'after': 'p granted', 'release': 'p'}]";

static const struct sim_faults_schedule by_default;

static struct sim_faults_swept sweep(const char *body, const struct sim_limits *limits)
{
    struct sim_scenario *scenario = fix_scenario(body);
    struct sim_faults_swept swept;
    sim_faults_sweep(scenario, limits, &by_default, 1, &swept);
    sim_scenario_destroy(scenario);
    return swept;
}

/* Each call of each kind fails in each of its ways, until there is none left. */
static void test_every_call_fails_in_every_way(void **state)
{
    const struct sim_limits limits = { 0 };
    struct sim_faults_swept swept = sweep(one_pull, &limits);
    (void)state;
    assert_string_equal(swept.violation.message, "");
    assert_true(swept.complete);
    assert_int_equal(swept.way_count, 26);
    /* One run more for each way: that in which there is no such call any more. */
    assert_int_equal(swept.run_count, swept.call_count + swept.way_count);
    /* Four inspects in five ways, one DELETE in nine, one pull in twelve. */
    assert_int_equal(swept.call_count, 4 * 5 + 9 + 12);
}

/* A budget ends a sweep, which then is not complete. */
static void test_a_budget_ends_it(void **state)
{
    const struct sim_limits limits = { .transition_max = 10 };
    struct sim_faults_swept swept = sweep(one_pull, &limits);
    (void)state;
    assert_false(swept.complete);
    assert_int_equal(swept.run_count, 10);
}

/* The nth call of a kind is hit, and in a run with fewer of them none is. */
static void test_the_nth_call_is_hit(void **state)
{
    struct sim_scenario *scenario = fix_scenario(one_pull);
    struct sim_world *world = sim_world_create(scenario);
    struct sim_failing failing;
    struct sim_run run;
    (void)state;
    assert_true(sim_failing_read("pull:1:denied", &failing));
    assert_true(sim_faults_run(world, &by_default, &failing, false, &run));
    failing.nth = 2;
    assert_false(sim_faults_run(world, &by_default, &failing, false, &run));
    assert_string_equal(run.violation.message, "");
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* Expectations are about runs without the fault; invariants hold with it, too. */
static void test_expectations_are_not_checked(void **state)
{
    const struct sim_limits limits = { 0 };
    struct sim_faults_swept swept =
        sweep("'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'web', 'as': 'p'},"
              " {'at': '10m', 'expect': {'told': {'p': 'ok'}}}]",
              &limits);
    (void)state;
    assert_string_equal(swept.violation.message, "");
    assert_true(swept.complete);
}

/* A fault's name says the kind of call, which one it is, and the way; others are refused. */
static void test_names(void **state)
{
    static const char *const bad[] = { "",
                                       "inspect",
                                       "inspect:3",
                                       "inspect:0:lose",
                                       "inspect:-1:lose",
                                       "inspect:3:denied",
                                       "inspect:3:lose ",
                                       "list:1:lose",
                                       "pull:99999999999999999999:lose" };
    struct sim_failing failing;
    char name[SIM_FAILING_SIZE];
    (void)state;
    assert_true(sim_failing_read("remove:12:lose-done", &failing));
    assert_int_equal(failing.nth, 12);
    sim_failing_write(&failing, name);
    assert_string_equal(name, "remove:12:lose-done");
    assert_string_equal(sim_failing_fault(&failing), "\"lose\": true, \"executed\": true");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sim_failing_read(bad[i], &failing));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_fails_in_every_way),
        cmocka_unit_test(test_a_budget_ends_it),
        cmocka_unit_test(test_the_nth_call_is_hit),
        cmocka_unit_test(test_expectations_are_not_checked),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
