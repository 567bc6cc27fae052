#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/crosscheck.h"
#include "sim/explore/projection.h"
#include "sim/test/explore_fixture.h"

#define FAULTS                                                                                     \
    "\"faults\":[{\"on\":\"pull\",\"status\":404,\"reason\":\"not found\",\"budget\":2},"          \
    "{\"on\":\"remove\",\"status\":409,\"reason\":\"in use\",\"budget\":2}],"
#define PULL(name)                                                                                 \
    "\"pull\":\"app:1\",\"policy\":\"if missing\",\"caller\":\"t{n}\",\"callers\":2,"              \
    "\"as\":\"" name "\"}"
#define TWO_CALLERS                                                                                \
    HEAD APP FAULTS "\"explore\":{\"calls\":\"whole\",\"faults\":2},\"steps\":[{" PULL(            \
        "p1") ",{\"after\":\"p1 granted\",\"release\":\"p1\",\"as\":\"r1\"},"                      \
              "{\"after\":[\"r1 done\",\"p1 failed\"]," PULL(                                      \
                  "p2") ",{\"after\":\"p2 granted\",\"release\":\"p2\"}]}"

struct crossing {
    struct sim_stepper stepper;
    struct sim_crosscheck *check;
};

static void reached(void *ctx)
{
    struct crossing *crossing = ctx;
    sim_crosscheck_look(crossing->check, crossing->stepper.world);
}

/* All states of @scenario against the abstract coordinator of @terms. */
static struct sim_crosschecked crosschecked(const struct sim_scenario *scenario,
                                            const struct sim_abstract_limits *terms, bool symmetry)
{
    const struct sim_stepper_options options = { .symmetry = symmetry, .fill = 0x55 };
    struct crossing crossing = { .check = sim_crosscheck_create(terms, symmetry, 1 << 24) };
    const struct sim_limits limits = { .byte_max = (size_t)1 << 26,
                                       .reached = reached,
                                       .reached_ctx = &crossing };
    struct sim_searched found;
    sim_stepper_open(&crossing.stepper, scenario, &options);
    sim_search_depth(&crossing.stepper, &limits, &found);
    sim_stepper_close(&crossing.stepper);
    assert_true(found.complete);
    sim_searched_release(&found);
    struct sim_crosschecked out = *sim_crosschecked(crossing.check);
    sim_crosscheck_destroy(crossing.check);
    return out;
}

static void expect_all_known(bool symmetry, uint64_t abstract_count)
{
    struct sim_scenario *scenario = fix_scenario_of(TWO_CALLERS);
    struct sim_abstract_limits terms;
    assert_true(sim_projection_limits(scenario, &terms));
    struct sim_crosschecked out = crosschecked(scenario, &terms, symmetry);
    assert_int_equal(out.by_reason[SIM_FINER_UNKNOWN], 0);
    assert_int_equal(out.abstract_count, abstract_count);
    assert_int_equal(out.looks_count, abstract_count);
    assert_true(out.by_reason[SIM_FINER_NONE] > out.state_count / 2);
    sim_scenario_destroy(scenario);
}

/* Each state of the coordinator looks like an abstract one, and each abstract state is
 * met, with and without symmetry. */
static void test_all_known(void **state)
{
    (void)state;
    expect_all_known(false, 196);
    expect_all_known(true, 113);
}

/* A coordinator that may do what the abstract one may not is found out. */
static void test_unknown(void **state)
{
    struct sim_scenario *scenario = fix_scenario_of(TWO_CALLERS);
    const struct sim_abstract_limits fewer = { .callers = 2, .rounds = 2, .faults = 1 };
    (void)state;
    struct sim_crosschecked out = crosschecked(scenario, &fewer, true);
    assert_true(out.by_reason[SIM_FINER_UNKNOWN] > 0);
    assert_int_equal(out.unknown.fault_count, 2);
    sim_scenario_destroy(scenario);
}

/* A scenario in which somebody cancels has no abstract coordinator. */
static void test_other_shape(void **state)
{
    struct sim_abstract_limits terms;
    struct sim_scenario *scenario = fix_scenario_of(
        HEAD APP
        "\"explore\":{\"faults\":1},\"steps\":[{" PULL("p") ",{\"at\":\"1s\",\"cancel\":\"p\"}]}");
    (void)state;
    assert_false(sim_projection_limits(scenario, &terms));
    sim_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_known),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_other_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
