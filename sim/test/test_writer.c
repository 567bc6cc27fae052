#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/instants.h"
#include "sim/explore/writer.h"
#include "sim/test/explore_fixture.h"

#define S DD_SECOND_NS

/* --- instants ---------------------------------------------------------------------------- */

static int setup(void **state)
{
    *state = sim_order_create();
    return 0;
}

static int teardown(void **state)
{
    sim_order_destroy(*state);
    return 0;
}

static void add_timer(struct sim_order *order, uint32_t made, uint32_t fired, uint32_t off,
                      uint64_t duration_ns)
{
    order->things[order->thing_count++] = (struct sim_thing){
        .kind = SIM_THING_TIMER,
        .made = made,
        .fired = fired,
        .off = off,
        .duration_ns = duration_ns,
    };
}

/* Moves are apart, and a timer fires when it has run: what comes between is squeezed in,
 * what comes before waits. */
static void test_instants(void **state)
{
    const struct sim_durations durations = { .strand_ns = 0 };
    struct sim_order *order = *state;
    int64_t instants[5];
    order->move_count = 4;
    add_timer(order, 1, 4, SIM_NEVER, 10 * S);
    assert_true(sim_instants_find(order, &durations, S, instants));
    assert_int_equal(instants[1], 1 * S);
    assert_int_equal(instants[3], 3 * S);
    assert_int_equal(instants[4], 11 * S);
}

/* A timer that is called off had not run out by then. */
static void test_instants_of_what_is_called_off(void **state)
{
    const struct sim_durations durations = { .strand_ns = 0 };
    struct sim_order *order = *state;
    int64_t instants[5];
    order->move_count = 4;
    add_timer(order, 0, 3, SIM_NEVER, 10 * S);
    add_timer(order, 2, SIM_NEVER, 4, 5 * S);
    assert_true(sim_instants_find(order, &durations, S, instants));
    assert_int_equal(instants[3], 10 * S);
    assert_true(instants[4] < instants[2] + (int64_t)(5 * S));
}

/* Of two timers that run equally long the later one does not fire first. */
static void test_no_instants(void **state)
{
    const struct sim_durations durations = { .strand_ns = 0 };
    struct sim_order *order = *state;
    int64_t instants[5];
    order->move_count = 4;
    add_timer(order, 1, 4, SIM_NEVER, 10 * S);
    add_timer(order, 2, 3, SIM_NEVER, 10 * S);
    assert_false(sim_instants_find(order, &durations, S, instants));
}

/* --- the writer ---------------------------------------------------------------------------- */

static char *written(const char *text, const char *const *moves, char why[SIM_WRITER_WHY_SIZE])
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("test.json", text, strlen(text), &error);
    if (scenario == NULL) {
        fail_msg("%s: %s", error.path, error.message);
    }
    struct sim_way_tape tape = { .path = fake_memory_copy("test.json"), .finished = true };
    struct sim_attempted attempted;
    struct sim_case made;
    for (; *moves != NULL; moves++) {
        (void)sim_way_tape_add(&tape, *moves, 1);
    }
    sim_attempt_tape(scenario, &tape, &attempted);
    assert_string_equal(attempted.failure.invariant, "expect");
    sim_case_init(&made, scenario, &tape);
    char *file = sim_writer_write(&made, &attempted.failure, why);
    sim_case_release(&made);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
    return file;
}

#define CALLED_OFF                                                                                 \
    HEAD "\"config\":{\"remove_delay\":\"3s\"},"                                                   \
         "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1}},"                               \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"                          \
         "{\"after\":\"p granted\",\"within\":[\"0s\",\"9s\"],\"release\":\"p\"},"                 \
         "{\"after\":\"p granted\",\"pull\":\"app:1\",\"caller\":\"b\"}],"                         \
         "\"finally\":{\"events\":{\"removal-started\":0}}}"

/* What fails on a tape only is written as a file that fails by every seed: every window in
 * it is a point. */
static void test_an_order_is_forced_by_instants(void **state)
{
    static const char *const moves[] = { "delay-over app-a", NULL };
    char why[SIM_WRITER_WHY_SIZE];
    struct sim_error error;
    (void)state;
    char *text = written(CALLED_OFF, moves, why);
    if (text == NULL) {
        fail_msg("%s", why);
        return;
    }
    struct sim_scenario *scenario = sim_scenario_parse("out.json", text, strlen(text), &error);
    assert_non_null(scenario);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sim_attempted attempted;
        sim_attempt_run(scenario, seed, &attempted);
        assert_string_equal(attempted.failure.invariant, "expect");
    }
    for (size_t i = 0; i < scenario->step_count; i++) {
        assert_true(scenario->steps[i].window.earliest_ns == scenario->steps[i].window.latest_ns);
    }
    sim_scenario_destroy(scenario);
    fake_memory_free(text);
}

#define DIGEST "06520e3c6797c35028926a89956bb2b49c36e8171da9f4263f3ff5bf361e278b"
#define DIGEST_EXECUTED "inspect-executed app@sha256:" DIGEST
#define DIGEST_ANSWERED "inspect-answered app@sha256:" DIGEST

#define LATE_ANSWER                                                                                \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1}},"                               \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"                          \
         "{\"cancel\":\"p\"}],\"finally\":{\"events\":{\"granted\":0}}}"

/* Times of calls that the failure does not need are as usual. */
static void test_calls_are_left_out(void **state)
{
    static const char *const moves[] = { "step 0",
                                         "inspect-executed app:1",
                                         "inspect-answered app:1",
                                         "pull-executed app:1",
                                         "pull-stream app:1",
                                         "pull-answered app:1",
                                         DIGEST_EXECUTED,
                                         DIGEST_ANSWERED,
                                         NULL };
    char why[SIM_WRITER_WHY_SIZE];
    (void)state;
    /* The default order would cancel before the lease counts. */
    char *text = written(LATE_ANSWER, moves, why);
    if (text == NULL) {
        fail_msg("%s", why);
    }
    assert_null(strstr(text, "\"on\": \"inspect\", \"nth\": 1"));
    fake_memory_free(text);
}

#define THREE_LAND                                                                                 \
    HEAD "\"registry\":{\"a:1\":{\"id\":\"a-a\"},\"b:1\":{\"id\":\"b-a\"},\"c:1\":{\"id\":\"c-"    \
         "a\"}},"                                                                                  \
         "\"steps\":[{\"pull\":\"a:1\",\"caller\":\"a\",\"as\":\"p\"},"                            \
         "{\"pull\":\"b:1\",\"caller\":\"b\",\"as\":\"q\"},"                                       \
         "{\"pull\":\"c:1\",\"caller\":\"c\",\"as\":\"r\"},"                                       \
         "{\"at\":[\"0s\",\"9s\"],\"cancel\":\"p\"},{\"at\":[\"0s\",\"9s\"],\"cancel\":\"q\"},"    \
         "{\"at\":[\"0s\",\"9s\"],\"cancel\":\"r\"}],"                                             \
         "\"finally\":{\"events\":{\"pull-orphan\":{\"max\":2}}}}"

/* What single calls need is left in, wherever it stands among what is left out: the file
 * that is written fails, by every seed. */
static void test_calls_that_are_needed_stay(void **state)
{
    static const struct {
        const char *move;
        const char *choice;
    } way[] = {
        { "step 0", NULL },
        { "step 1", NULL },
        { "step 2", NULL },
        { "inspect-executed a:1", NULL },
        { "inspect-answered a:1", NULL },
        { "inspect-executed b:1", NULL },
        { "inspect-answered b:1", NULL },
        { "inspect-executed c:1", NULL },
        { "inspect-answered c:1", NULL },
        { "step 3", "aborted-pull-lands a:1" },
        { "step 4", "aborted-pull-lands b:1" },
        { "step 5", "aborted-pull-lands c:1" },
    };
    struct sim_error error;
    struct sim_scenario *scenario =
        sim_scenario_parse("test.json", THREE_LAND, strlen(THREE_LAND), &error);
    struct sim_way_tape tape = { .path = fake_memory_copy("test.json"), .finished = true };
    struct sim_attempted attempted;
    struct sim_case made;
    char why[SIM_WRITER_WHY_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
        struct sim_tape_move *move = sim_way_tape_add(&tape, way[i].move, 1);
        if (way[i].choice != NULL) {
            sim_tape_move_choose(move, way[i].choice, 1);
        }
    }
    sim_attempt_tape(scenario, &tape, &attempted);
    assert_string_equal(attempted.failure.invariant, "expect");
    sim_case_init(&made, scenario, &tape);
    char *text = sim_writer_write(&made, &attempted.failure, why);
    if (text == NULL) {
        fail_msg("%s", why);
    }
    struct sim_scenario *out = sim_scenario_parse("out.json", text, strlen(text), &error);
    assert_non_null(out);
    for (uint64_t seed = 0; seed < 8; seed++) {
        sim_attempt_run(out, seed, &attempted);
        assert_string_equal(attempted.failure.invariant, "expect");
    }
    sim_scenario_destroy(out);
    fake_memory_free(text);
    sim_case_release(&made);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
}

#define LATER_IS_FIRST                                                                             \
    HEAD "\"config\":{\"remove_delay\":\"3s\"},"                                                   \
         "\"registry\":{\"a:1\":{\"id\":\"a-a\"},\"b:1\":{\"id\":\"b-b\"}},"                       \
         "\"steps\":[{\"pull\":\"a:1\",\"caller\":\"a\",\"as\":\"p\"},"                            \
         "{\"after\":\"p granted\",\"release\":\"p\",\"as\":\"left\"},"                            \
         "{\"after\":\"left done\",\"pull\":\"b:1\",\"caller\":\"b\",\"as\":\"q\"},"               \
         "{\"after\":\"q granted\",\"release\":\"q\"},"                                            \
         "{\"when\":\"removed b-b\",\"expect\":{\"engine_images\":[]}}]}"

/* Of two delays of one length the later begun is over first: no instants give that. The file
 * tells the way, and fails by every seed. */
static void test_a_way_is_told_where_no_instants_do(void **state)
{
    static const char *const moves[] = { "delay-over b-b", NULL };
    char why[SIM_WRITER_WHY_SIZE];
    struct sim_error error;
    (void)state;
    char *text = written(LATER_IS_FIRST, moves, why);
    if (text == NULL) {
        fail_msg("%s", why);
        return;
    }
    struct sim_scenario *scenario = sim_scenario_parse("out.json", text, strlen(text), &error);
    assert_non_null(scenario);
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct sim_attempted attempted;
        sim_attempt_run(scenario, seed, &attempted);
        assert_string_equal(attempted.failure.invariant, "expect");
    }
    assert_true(scenario->has_way);
    sim_scenario_destroy(scenario);
    fake_memory_free(text);
}

#define FAULTS                                                                                     \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1}},"                               \
         "\"faults\":[{\"on\":\"pull\",\"status\":500,\"reason\":\"server error\",\"budget\":2}]," \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"                          \
         "{\"after\":\"p told\",\"pull\":\"app:1\",\"caller\":\"b\",\"as\":\"q\"}],"               \
         "\"finally\":{\"told\":{\"q\":\"ok\"}}}"

/* A fault that was a choice is the nth call's. */
static void test_faults_hit_the_calls_that_they_hit(void **state)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("test.json", FAULTS, strlen(FAULTS), &error);
    struct sim_way_tape tape = { .path = fake_memory_copy("test.json"), .finished = true };
    struct sim_attempted attempted;
    struct sim_case made;
    char why[SIM_WRITER_WHY_SIZE];
    (void)state;
    (void)sim_way_tape_add(&tape, "step 1", 1);
    sim_tape_move_choose(sim_way_tape_add(&tape, "pull-executed app:1", 1), "fault app:1", 1);
    sim_attempt_tape(scenario, &tape, &attempted);
    assert_string_equal(attempted.failure.invariant, "expect");
    sim_case_init(&made, scenario, &tape);
    char *text = sim_writer_write(&made, &attempted.failure, why);
    if (text == NULL) {
        fail_msg("%s", why);
    }
    assert_non_null(strstr(text, "\"reason\": \"server error\", \"nth\": 2 }"));
    fake_memory_free(text);
    sim_case_release(&made);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
}

int main(void)
{
#define ORDER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        ORDER_TEST(test_instants),
        ORDER_TEST(test_instants_of_what_is_called_off),
        ORDER_TEST(test_no_instants),
        cmocka_unit_test(test_an_order_is_forced_by_instants),
        cmocka_unit_test(test_calls_are_left_out),
        cmocka_unit_test(test_a_way_is_told_where_no_instants_do),
        cmocka_unit_test(test_calls_that_are_needed_stay),
        cmocka_unit_test(test_faults_hit_the_calls_that_they_hit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
