#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/abstract_subject.h"
#include "sim/explore/search.h"

static struct sim_searched searched(uint8_t callers, bool symmetry)
{
    const struct sim_abstract_limits terms = { .callers = callers, .rounds = 2, .faults = 2 };
    const struct sim_limits limits = { .byte_max = (size_t)1 << 26 };
    struct sim_stepper stepper;
    struct sim_searched found;
    sim_abstract_open(&stepper, &terms, symmetry);
    sim_search_depth(&stepper, &limits, &found);
    sim_stepper_close(&stepper);
    return found;
}

static void expect_counts(uint8_t callers, bool symmetry, uint64_t states, uint64_t transitions)
{
    struct sim_searched found = searched(callers, symmetry);
    assert_string_equal(found.violation.invariant, "");
    assert_true(found.complete);
    assert_int_equal(found.state_count, states);
    assert_int_equal(found.transition_count, transitions);
    sim_searched_release(&found);
}

/* The search finds as many states and transitions as a plain enumeration of sets does. */
static void test_counts(void **state)
{
    (void)state;
    expect_counts(2, false, 196, 402);
    expect_counts(3, false, 1068, 2821);
    expect_counts(4, false, 5512, 17668);
}

/* Up to symmetry there are as many as if callers were sorted. */
static void test_counts_up_to_symmetry(void **state)
{
    (void)state;
    expect_counts(2, true, 113, 229);
    expect_counts(3, true, 286, 745);
    expect_counts(4, true, 594, 1880);
}

/* Six callers have 140,176 states, and 1,840 up to symmetry, as SPIN's model of them. */
static void test_six_callers(void **state)
{
    (void)state;
    expect_counts(6, false, 140176, 602546);
    expect_counts(6, true, 1840, 7841);
}

/* A removal under a lease and a second pull are told as broken rules. */
static void test_broken_rules(void **state)
{
    const struct sim_abstract_limits terms = { .callers = 1, .rounds = 1, .faults = 0 };
    struct sim_abstract leased = { .image = SIM_ABSTRACT_PRESENT, .lease_count = 1, .timer = 1 };
    struct sim_abstract pulling = { .image = SIM_ABSTRACT_ABSENT, .pull_count = 1 };
    const struct sim_abstract_event over = { .kind = SIM_ABSTRACT_DELAY_OVER };
    const struct sim_abstract_event pull = { .kind = SIM_ABSTRACT_PULL };
    (void)state;
    assert_string_equal(sim_abstract_make(&leased, &terms, over),
                        "an image with a lease is removed");
    assert_string_equal(sim_abstract_make(&pulling, &terms, pull),
                        "two pulls are in flight together");
    assert_string_equal(sim_abstract_end(&leased), "something is owed at the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_counts_up_to_symmetry),
        cmocka_unit_test(test_six_callers),
        cmocka_unit_test(test_broken_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
