#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/audit.h"
#include "sim/explore/search.h"
#include "sim/test/explore_fixture.h"

#define CALLERS                                                                                    \
    "\"faults\":[{\"on\":\"pull\",\"status\":404,\"reason\":\"not found\",\"budget\":1},"          \
    "{\"on\":\"remove\",\"status\":409,\"reason\":\"in use\",\"budget\":1}],"                      \
    "\"explore\":{\"faults\":1},"                                                                  \
    "\"steps\":[{\"pull\":\"app:1\",\"policy\":\"if missing\",\"caller\":\"t{n}\",\"callers\":2,"  \
    "\"as\":\"p\"},{\"after\":\"p granted\",\"release\":\"p\"}]}"

static const struct sim_limits limits = { .byte_max = (size_t)1 << 26 };

/* All states of @text, with its callers told apart or not. */
static struct sim_searched searched(const char *text, bool symmetry)
{
    const struct sim_stepper_options options = { .symmetry = symmetry, .fill = 0x55 };
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_stepper stepper;
    struct sim_searched out;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_depth(&stepper, &limits, &out);
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
    return out;
}

/* A search through all states comes to its end, finds nothing wrong, and finds as many
 * states whatever memory held, and fewer if callers may be exchanged. */
static void test_depth_is_complete(void **state)
{
    struct sim_searched one = searched(HEAD APP CALLERS, true);
    struct sim_searched all = searched(HEAD APP CALLERS, false);
    (void)state;
    assert_true(one.complete && all.complete);
    assert_string_equal(one.violation.invariant, "");
    assert_true(one.state_count < all.state_count);
    assert_true(2 * one.state_count >= all.state_count);
    assert_true(one.end_count > 0);
    sim_searched_release(&one);
    sim_searched_release(&all);
}

/* From every state, if that is asked for, the way by default leads to an end at which
 * nothing is owed; and to go it changes nothing for the search. */
static void test_every_state_has_an_end(void **state)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0x55 };
    const struct sim_limits to_the_end = { .byte_max = (size_t)1 << 26, .completion = 1 };
    struct sim_scenario *scenario = fix_scenario_of(HEAD APP CALLERS);
    struct sim_searched usual = searched(HEAD APP CALLERS, true);
    struct sim_searched out;
    struct sim_stepper stepper;
    (void)state;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_depth(&stepper, &to_the_end, &out);
    sim_stepper_close(&stepper);
    assert_string_equal(out.violation.invariant, "");
    assert_true(out.complete);
    assert_int_equal(out.state_count, usual.state_count);
    assert_int_equal(out.completed_count, out.state_count);
    sim_searched_release(&usual);
    sim_searched_release(&out);
    sim_scenario_destroy(scenario);
}

/* Breadth first sees the same states as depth first. */
static void test_breadth_sees_the_same(void **state)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0xAA };
    struct sim_searched depth = searched(HEAD APP CALLERS, true);
    struct sim_scenario *scenario = fix_scenario_of(HEAD APP CALLERS);
    struct sim_stepper stepper;
    struct sim_searched breadth;
    (void)state;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_breadth(&stepper, &limits, &breadth);
    sim_stepper_close(&stepper);
    assert_true(breadth.complete);
    assert_int_equal(breadth.state_count, depth.state_count);
    assert_int_equal(breadth.transition_count, depth.transition_count);
    sim_scenario_destroy(scenario);
    sim_searched_release(&depth);
    sim_searched_release(&breadth);
}

/* Random walks see states of the same graph, and never more of them. */
static void test_random_walks_see_some(void **state)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0xAA };
    struct sim_limits some = limits;
    struct sim_searched depth = searched(HEAD APP CALLERS, true);
    struct sim_scenario *scenario = fix_scenario_of(HEAD APP CALLERS);
    struct sim_stepper stepper;
    struct sim_searched walks;
    (void)state;
    some.transition_max = 200;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_random(&stepper, &some, 7, &walks);
    sim_stepper_close(&stepper);
    assert_int_equal(walks.walk_count, 200);
    assert_true(walks.state_count > 10 && walks.state_count <= depth.state_count);
    assert_true(walks.estimate >= walks.state_count);
    sim_scenario_destroy(scenario);
    sim_searched_release(&depth);
    sim_searched_release(&walks);
}

/* Worlds that share a fingerprint can do the same. */
static void test_audit_finds_no_difference(void **state)
{
    struct sim_audited out = fix_audited(HEAD APP CALLERS, SIM_FIELD_NONE);
    (void)state;
    assert_true(out.merge_count > 100);
    assert_int_equal(out.different_count, 0);
}

/* Leaving one thing out of the fingerprint is seen by the audit. */
static void test_audit_catches_a_dropped_field(void **state)
{
    static const enum sim_field fields[] = { SIM_FIELD_ENGINE_FAULTS, SIM_FIELD_STEP,
                                             SIM_FIELD_CALL_ANSWER, SIM_FIELD_ORACLE_CALL };
    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct sim_audited out = fix_audited(HEAD APP CALLERS, fields[i]);
        if (out.different_count == 0) {
            fail_msg("the audit did not miss %s", sim_field_word(fields[i]));
        }
    }
}

/* What nothing depends on is left out: numbers that only count up do not make a graph
 * without end of a caller who comes and goes. */
static void test_numbers_are_relations(void **state)
{
    struct sim_searched out =
        searched(HEAD APP "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                          "{\"after\":\"p granted\",\"release\":\"p\"},"
                          "{\"run\":\"app:1\",\"container\":\"c\"}]}",
                 true);
    (void)state;
    /* With a container the removal is tried again and again. */
    assert_true(out.complete);
    sim_searched_release(&out);
}

/* An expectation that fails far from the end is a failure of the exploration, too, with
 * who keeps what should be gone. */
static void test_an_image_that_is_kept(void **state)
{
    struct sim_searched out =
        searched(HEAD APP "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                          "{\"after\":\"p granted\",\"expect\":{\"engine_images\":[]}}]}",
                 true);
    (void)state;
    assert_string_equal(out.violation.invariant, "expect");
    sim_searched_release(&out);
}

#define THREE_ORDERS                                                                               \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1,\"pull\":\"1s\"}},"               \
         "\"engine\":{\"identify\":\"0s\",\"inspect\":\"0s\",\"remove\":\"0s\","                   \
         "\"pull_start\":\"0s\",\"answer\":\"0s\"},"                                               \
         "\"explore\":{\"time\":\"ticks\",\"tick\":\"1s\",\"calls\":\"whole\","                    \
         "\"remove_delay\":\"5s\"},"                                                               \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"                          \
         "{\"after\":\"p granted\",\"within\":[\"0s\",\"10s\"],\"release\":\"p\"},"                \
         "{\"at\":\"7s\",\"pull\":\"app:1\",\"caller\":\"b\",\"policy\":\"if missing\"}]"

/* Release within [0,10], a delay of 5, a pull by another at 7: whole ticks reach three
 * orders, in which the image is removed and pulled again, its removal is called off, or
 * no delay ever starts. What rules out one of them is found to be wrong. */
static void test_ticks_reach_three_orders(void **state)
{
    static const struct {
        const char *text;
        const char *invariant;
    } cases[] = {
        { THREE_ORDERS "}", "" },
        { THREE_ORDERS ",\"finally\":{\"events\":{\"pull-started\":1}}}", "expect" },
        { THREE_ORDERS ",\"finally\":{\"events\":{\"removal-cancelled\":0}}}", "expect" },
        { THREE_ORDERS ",\"finally\":{\"events\":{\"delay-started\":1}}}", "expect" },
        { THREE_ORDERS ",\"finally\":{\"events\":{\"delay-started\":{\"max\":1}}}}", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sim_searched out = searched(cases[i].text, true);
        assert_string_equal(out.violation.invariant, cases[i].invariant);
        assert_true(out.complete == (cases[i].invariant[0] == '\0'));
        sim_searched_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth_is_complete),
        cmocka_unit_test(test_every_state_has_an_end),
        cmocka_unit_test(test_breadth_sees_the_same),
        cmocka_unit_test(test_random_walks_see_some),
        cmocka_unit_test(test_audit_finds_no_difference),
        cmocka_unit_test(test_audit_catches_a_dropped_field),
        cmocka_unit_test(test_numbers_are_relations),
        cmocka_unit_test(test_an_image_that_is_kept),
        cmocka_unit_test(test_ticks_reach_three_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
