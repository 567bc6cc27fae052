#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/frontier.h"
#include "sim/explore/search.h"
#include "sim/hash.h"

#define SIDE 24 /* values of each coordinate */

/* A lattice: each move makes one of three coordinates larger by one. What a state does
 * when it is reached is set by the test. */
struct lattice {
    uint8_t at[3];
    bool finished;
};

enum misdeed { NONE, WRONG, ABORTS, HANGS };

static struct {
    enum misdeed misdeed;
    unsigned sum; /* of the coordinates where it happens */
} plan;

static size_t lattice_moves(void *ctx, struct sim_move moves[SIM_MOVE_MAX])
{
    const struct lattice *lattice = ctx;
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        if (lattice->at[i] + 1 < SIDE) {
            moves[count++] = (struct sim_move){ .object = &((struct lattice *)ctx)->at[i] };
        }
    }
    return count;
}

static unsigned sum_of(const struct lattice *lattice)
{
    return (unsigned)lattice->at[0] + lattice->at[1] + lattice->at[2];
}

static void lattice_make(void *ctx, const struct sim_move *moves, size_t index)
{
    (*(uint8_t *)moves[index].object)++;
    if (plan.misdeed != NONE && sum_of(ctx) == plan.sum) {
        if (plan.misdeed == ABORTS) {
            abort();
        }
        while (plan.misdeed == HANGS) {
        }
    }
}

static uint64_t lattice_fingerprint(void *ctx)
{
    const struct lattice *lattice = ctx;
    uint64_t value = 1;
    for (size_t i = 0; i < 3; i++) {
        value = value * SIDE + lattice->at[i];
    }
    return sim_hash_finish(value);
}

static const struct sim_violation *lattice_violation(const void *ctx)
{
    static const struct sim_violation wrong = { .invariant = "T1", .message = "too far" };
    return plan.misdeed == WRONG && sum_of(ctx) == plan.sum ? &wrong : NULL;
}

static void lattice_finish(void *ctx)
{
    ((struct lattice *)ctx)->finished = true;
}

static const struct sim_subject subject = {
    .moves = lattice_moves,
    .make = lattice_make,
    .fingerprint = lattice_fingerprint,
    .violation = lattice_violation,
    .finish = lattice_finish,
};

static void search_with(const struct sim_limits *limits,
                        void (*search)(struct sim_stepper *, const struct sim_limits *,
                                       struct sim_searched *),
                        struct sim_searched *out)
{
    struct sim_stepper stepper;
    (void)sim_stepper_open_subject(&stepper, &subject, sizeof(struct lattice));
    search(&stepper, limits, out);
    sim_stepper_close(&stepper);
}

static struct sim_limits limits_of(unsigned job_count)
{
    return (struct sim_limits){ .byte_max = (size_t)1 << 22, .job_count = job_count };
}

/* A complete search counts the same, however many workers there are. */
static void test_crew_counts_do_not_depend_on_jobs(void **state)
{
    (void)state;
    plan.misdeed = NONE;
    for (unsigned jobs = 0; jobs <= 5; jobs++) {
        const struct sim_limits limits = limits_of(jobs);
        struct sim_searched out;
        search_with(&limits, sim_search_depth, &out);
        assert_true(out.complete);
        assert_int_equal(out.state_count, SIDE * SIDE * SIDE);
        assert_int_equal(out.transition_count, 3 * SIDE * SIDE * (SIDE - 1));
        assert_int_equal(out.end_count, 1);
        sim_searched_release(&out);
    }
}

/* What one worker finds wrong is the search's violation, with the way to it. */
static void test_crew_violation_has_its_way(void **state)
{
    (void)state;
    plan.misdeed = WRONG;
    plan.sum = 9;
    for (unsigned jobs = 0; jobs <= 3; jobs++) {
        const struct sim_limits limits = limits_of(jobs);
        struct sim_searched out;
        search_with(&limits, sim_search_depth, &out);
        assert_string_equal(out.violation.invariant, "T1");
        assert_int_equal(out.way.count, plan.sum);
        assert_false(out.complete || out.way.broke);
        sim_searched_release(&out);
    }
}

/* A worker that dies is a violation, with the way that it was going. */
static void test_crew_death_has_its_way(void **state)
{
    const struct sim_limits limits = limits_of(2);
    struct sim_searched out;
    (void)state;
    plan.misdeed = ABORTS;
    plan.sum = 7;
    search_with(&limits, sim_search_depth, &out);
    assert_string_equal(out.violation.invariant, "assert");
    assert_non_null(strstr(out.violation.message, "SIGABRT"));
    assert_int_equal(out.way.count, plan.sum);
    assert_true(out.way.broke);
    sim_searched_release(&out);
}

/* So it is where the way is looked for breadth first. */
static void test_crew_death_breadth_first(void **state)
{
    const struct sim_limits limits = limits_of(2);
    struct sim_searched out;
    (void)state;
    plan.misdeed = ABORTS;
    plan.sum = 7;
    search_with(&limits, sim_search_breadth, &out);
    assert_string_equal(out.violation.invariant, "assert");
    assert_int_equal(out.way.count, plan.sum);
    sim_searched_release(&out);
}

/* A move without an end is ended, and is a violation. */
static void test_crew_endless_move_is_ended(void **state)
{
    struct sim_limits limits = limits_of(2);
    struct sim_searched out;
    (void)state;
    plan.misdeed = HANGS;
    plan.sum = 5;
    limits.move_ns = 50000000;
    search_with(&limits, sim_search_depth, &out);
    assert_string_equal(out.violation.invariant, "assert");
    assert_non_null(strstr(out.violation.message, "does not come to an end"));
    assert_int_equal(out.way.count, plan.sum);
    sim_searched_release(&out);
}

/* Whoever wants to stop them stops them, and nothing is complete then. */
static void test_crew_stops_when_told(void **state)
{
    static volatile sig_atomic_t stop = 1;
    (void)state;
    plan.misdeed = NONE;
    for (unsigned jobs = 0; jobs <= 2; jobs++) {
        struct sim_limits limits = limits_of(jobs);
        struct sim_searched out;
        limits.stop = &stop;
        search_with(&limits, sim_search_depth, &out);
        assert_false(out.complete);
        sim_searched_release(&out);
    }
}

/* A table that is full is said to be. */
static void test_crew_full_table_is_told(void **state)
{
    struct sim_limits limits = limits_of(2);
    struct sim_searched out;
    (void)state;
    plan.misdeed = NONE;
    limits.byte_max = (size_t)1 << 18;
    search_with(&limits, sim_search_depth, &out);
    assert_true(out.full);
    assert_false(out.complete);
    assert_true(out.state_count > 10000 && out.state_count < SIDE * SIDE * SIDE);
    sim_searched_release(&out);
}

/* A search that is broken off again and again, and gone on from what is left of it, by
 * others, ends with the same numbers. */
static void test_crew_goes_on_where_it_was_broken_off(void **state)
{
    struct sim_frontier from = { .path = NULL };
    struct sim_searched out = { .complete = false };
    unsigned rounds = 0;
    (void)state;
    plan.misdeed = NONE;
    while (!out.complete) {
        struct sim_frontier left = { .path = NULL };
        struct sim_limits limits = limits_of(rounds % 4);
        limits.transition_max = 5000;
        limits.from = rounds > 0 ? &from : NULL;
        limits.left = &left;
        search_with(&limits, sim_search_depth, &out);
        assert_true(out.complete || left.whole);
        assert_false(out.astray);
        sim_frontier_release(&from);
        from = left;
        assert_true(++rounds < 20);
    }
    assert_int_equal(from.stack_count, 0);
    assert_int_equal(out.state_count, SIDE * SIDE * SIDE);
    assert_int_equal(out.transition_count, 3 * SIDE * SIDE * (SIDE - 1));
    assert_int_equal(out.end_count, 1);
    assert_true(rounds > 5);
    sim_frontier_release(&from);
    sim_searched_release(&out);
}

/* What is gone on from must be a frontier of the same states. */
static void test_crew_that_goes_astray_says_so(void **state)
{
    const struct sim_alternative way[] = { { .move = 1 }, { .move = 1 } };
    const uint16_t left[] = { SIM_LEFT_NOTHING, 3 };
    struct sim_frontier from = { .path = NULL };
    struct sim_limits limits = limits_of(2);
    struct sim_searched out;
    (void)state;
    plan.misdeed = NONE;
    sim_frontier_add(&from, way, left, 2);
    sim_frontier_add_seen(&from, 1);
    limits.from = &from;
    search_with(&limits, sim_search_depth, &out);
    assert_true(out.astray);
    assert_false(out.complete);
    sim_frontier_release(&from);
    sim_searched_release(&out);
}

static void random_seven(struct sim_stepper *stepper, const struct sim_limits *limits,
                         struct sim_searched *out)
{
    sim_search_random(stepper, limits, 7, out);
}

/* Random walks are the same walks, whoever goes them, and most of their moves are known
 * from others. */
static void test_crew_walks_do_not_depend_on_jobs(void **state)
{
    struct sim_searched one;
    struct sim_searched three;
    struct sim_limits limits = limits_of(1);
    (void)state;
    plan.misdeed = NONE;
    limits.transition_max = 70000;
    search_with(&limits, random_seven, &one);
    limits.job_count = 3;
    search_with(&limits, random_seven, &three);
    assert_int_equal(one.walk_count, 70000);
    assert_int_equal(three.walk_count, one.walk_count);
    assert_int_equal(three.state_count, one.state_count);
    assert_int_equal(three.transition_count, one.transition_count);
    assert_int_equal(three.estimate, one.estimate);
    assert_true(one.state_count <= SIDE * SIDE * SIDE);
    assert_int_equal(one.transition_count, 70000ULL * 3 * (SIDE - 1));
    assert_true(one.recalled_count > one.transition_count / 2);
    sim_searched_release(&one);
    sim_searched_release(&three);
}

/* Walks that begin with a later one are those walks. */
static void test_crew_walks_can_begin_later(void **state)
{
    struct sim_searched all;
    struct sim_searched part;
    struct sim_limits limits = limits_of(1);
    uint64_t sum = 0;
    (void)state;
    plan.misdeed = NONE;
    limits.transition_max = 3;
    search_with(&limits, random_seven, &all);
    assert_int_equal(all.next_walk % 65536, 0);
    limits.transition_max = 1;
    for (limits.first_walk = 0; limits.first_walk < 3; limits.first_walk++) {
        search_with(&limits, random_seven, &part);
        sum += part.state_count;
        sim_searched_release(&part);
    }
    /* They have the beginning in common, and perhaps more. */
    assert_true(sum >= all.state_count + 2);
    limits.first_walk = 0;
    limits.transition_max = 2;
    search_with(&limits, random_seven, &part);
    assert_true(part.state_count < all.state_count &&
                part.state_count + 3 * SIDE > all.state_count);
    sim_searched_release(&part);
    sim_searched_release(&all);
}

/* Walks of which nothing can be remembered are the same walks. */
static void test_crew_walks_do_not_depend_on_memory(void **state)
{
    struct sim_searched much;
    struct sim_searched little;
    struct sim_limits limits = limits_of(1);
    (void)state;
    plan.misdeed = NONE;
    limits.transition_max = 60;
    search_with(&limits, random_seven, &much);
    limits.byte_max = (size_t)1 << 19;
    search_with(&limits, random_seven, &little);
    assert_true(little.recalled_count < much.recalled_count);
    assert_int_equal(little.state_count, much.state_count);
    assert_int_equal(little.estimate, much.estimate);
    sim_searched_release(&much);
    sim_searched_release(&little);
}

/* What a random walk breaks, too, is a violation with the way to it. */
static void test_crew_walk_that_breaks_has_its_way(void **state)
{
    struct sim_searched out;
    struct sim_limits limits = limits_of(1);
    (void)state;
    plan.misdeed = ABORTS;
    plan.sum = 40;
    limits.transition_max = 100;
    search_with(&limits, random_seven, &out);
    assert_string_equal(out.violation.invariant, "assert");
    assert_int_equal(out.way.count, plan.sum);
    sim_searched_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crew_counts_do_not_depend_on_jobs),
        cmocka_unit_test(test_crew_violation_has_its_way),
        cmocka_unit_test(test_crew_death_has_its_way),
        cmocka_unit_test(test_crew_death_breadth_first),
        cmocka_unit_test(test_crew_endless_move_is_ended),
        cmocka_unit_test(test_crew_stops_when_told),
        cmocka_unit_test(test_crew_full_table_is_told),
        cmocka_unit_test(test_crew_goes_on_where_it_was_broken_off),
        cmocka_unit_test(test_crew_that_goes_astray_says_so),
        cmocka_unit_test(test_crew_walks_do_not_depend_on_jobs),
        cmocka_unit_test(test_crew_walks_do_not_depend_on_memory),
        cmocka_unit_test(test_crew_walks_can_begin_later),
        cmocka_unit_test(test_crew_walk_that_breaks_has_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
