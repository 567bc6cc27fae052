/* One scenario over a range of seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/runner.h"
#include "sim/states.h"
#include "sim/test/world_fixture.h"

#define STEPS                                                                                      \
    "'hazards': ['H08', 'H11'], 'steps': [{'at': ['0s', '9s'], 'pull': 'redis:7', 'caller': 'w',"  \
    " 'as': 'p'}, {'after': 'p granted', 'release': 'p'}]"

static void run(const struct sim_runner *runner, const char *body, struct report_result *result)
{
    struct sim_scenario *scenario = fix_scenario(body);
    report_result_init(result);
    (void)sim_runner_run(runner, scenario, report_result_add(result));
    sim_scenario_destroy(scenario);
}

/* A scenario that passes says how many runs it was, and what they were. */
static void test_runner_counts(void **state)
{
    const struct sim_runner runner = { .seed_first = 5, .seed_last = 24 };
    struct report_result result;
    (void)state;
    run(&runner, STEPS, &result);
    const struct report_scenario *scenario = &result.scenarios[0];
    assert_int_equal(scenario->verdict, REPORT_PASSED);
    assert_string_equal(scenario->path, "t.json");
    assert_string_equal(scenario->name, "test");
    assert_int_equal(scenario->hazard_count, 2);
    assert_string_equal(scenario->hazards[1], "H11");
    assert_int_equal(scenario->run_count, 20);
    assert_int_equal(scenario->distinct_count, 20);
    assert_true(scenario->event_count > 100);
    assert_true(scenario->simulated_ns > 20 * DD_SECOND_NS);
    assert_null(scenario->failure);
    report_result_release(&result);
}

/* Which steps images took through the table of states is counted, if that is wanted;
 * runs that only check or tell another do not count. */
static void test_runner_counts_moves(void **state)
{
    const struct sim_runner runner = { .seed_last = 9, .count_moves = true };
    struct report_result result;
    (void)state;
    run(&runner, STEPS, &result);
    const struct report_scenario *scenario = &result.scenarios[0];
    const struct report_table *table = sim_states_table();
    assert_int_equal(scenario->move_count, SIM_STATES_CELLS);
    for (size_t i = 0; i < SIM_STATES_CELLS; i++) {
        if (table->next[i] == NULL) {
            assert_int_equal(scenario->moves[i], 0);
        }
    }
    assert_int_equal(scenario->moves[DD__IMAGE_LEASED * DD_IMAGE_STATE_COUNT + DD_IMAGE_ABSENT],
                     10);
    assert_int_equal(scenario->moves[DD__IMAGE_GONE * DD_IMAGE_STATE_COUNT + DD_IMAGE_REMOVING],
                     10);
    report_result_release(&result);
}

/* Runs that are the same schedule count once. */
static void test_runner_counts_distinct_schedules(void **state)
{
    const struct sim_runner runner = { .seed_first = 0, .seed_last = 9 };
    struct report_result result;
    (void)state;
    run(&runner,
        "'steps': [{'at': '1s', 'expect': {'engine_images': []}}], "
        "'engine': {'identify': '1ms', 'answer': '1ms'}",
        &result);
    assert_int_equal(result.scenarios[0].run_count, 10);
    assert_int_equal(result.scenarios[0].distinct_count, 1);
    report_result_release(&result);
}

/* The same seeds give the same trace hash of all runs; others give another. */
static void test_runner_hash(void **state)
{
    const struct sim_runner runner = { .seed_first = 0, .seed_last = 9 };
    const struct sim_runner fewer = { .seed_first = 0, .seed_last = 8 };
    struct report_result one;
    struct report_result again;
    struct report_result other;
    (void)state;
    run(&runner, STEPS, &one);
    run(&runner, STEPS, &again);
    run(&fewer, STEPS, &other);
    assert_true(one.scenarios[0].trace_hash == again.scenarios[0].trace_hash);
    assert_true(one.scenarios[0].trace_hash != other.scenarios[0].trace_hash);
    report_result_release(&one);
    report_result_release(&again);
    report_result_release(&other);
}

/* The first seed that fails ends the scenario, with its story and how to replay it. */
static void test_runner_stops_at_the_first_failure(void **state)
{
    const struct sim_runner runner = { .seed_first = 0, .seed_last = 999 };
    struct report_result result;
    (void)state;
    run(&runner, STEPS ", 'finally': {'engine_images': ['redis-a']}", &result);
    const struct report_scenario *scenario = &result.scenarios[0];
    assert_int_equal(scenario->verdict, REPORT_FAILED);
    assert_int_equal(scenario->run_count, 1);
    assert_string_equal(scenario->failure->invariant, "expect");
    assert_int_equal(scenario->failure->seed, 0);
    assert_non_null(strstr(scenario->failure->where, "finally.engine_images"));
    assert_non_null(strstr(scenario->failure->story, "w          asks for redis:7\n"));
    assert_non_null(strstr(scenario->failure->story, "redis-a is gone\n"));
    assert_null(strstr(scenario->failure->story, "sha256:"));
    assert_string_equal(scenario->failure->command, "drydock run t.json --seed 0");
    report_result_release(&result);
}

/* A failing expectation is the last line of its story, behind who holds what should be
 * gone; a run that ends there has skipped nothing. */
static void test_runner_story_ends_with_the_expectation(void **state)
{
    const struct sim_runner runner = { .seed_last = 9 };
    struct report_result result;
    (void)state;
    run(&runner,
        "'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'w', 'as': 'p'},"
        " {'at': '5m', 'expect': {'engine_images': []}}, {'at': '6m', 'release': 'p'}]",
        &result);
    const struct report_scenario *scenario = &result.scenarios[0];
    assert_non_null(strstr(scenario->failure->story,
                           "5m0s  drydock    has redis-a as \"held\"; holders: w\n"
                           "        5m0s  scenario   expects the engine's images to be none, found "
                           "redis-a\n"));
    const char *end = scenario->failure->story + strlen(scenario->failure->story);
    assert_memory_equal(end - 8, "redis-a\n", 8);
    assert_int_equal(scenario->skipped_count, 0);
    report_result_release(&result);
}

/* A step that no run carries out is noted, with the reason; the scenario passes. */
static void test_runner_notes_what_never_happened(void **state)
{
    const struct sim_runner runner = { .seed_last = 9 };
    struct report_result result;
    (void)state;
    run(&runner,
        "'steps': [{'at': '0s', 'pull': 'nothing:1', 'caller': 'w', 'as': 'p'},"
        " {'after': 'p granted', 'as': 'r', 'expect': {}},\n"
        " {'after': 'r done', 'expect': {}},\n {'at': '9s', 'release': 'p'},\n"
        " {'when': 'granted redis:7', 'nth': 2, 'expect': {}},\n {'at': '9s', 'expect': {}}]",
        &result);
    static const char *const notes[] = {
        "steps[1] (line 4) never happened: p was never granted",
        "steps[2] (line 5) never happened: r never happened",
        "steps[3] (line 6) never happened: p was not granted by then",
        "steps[4] (line 7) never happened: \"granted\" of redis:7 never happened that often",
    };
    const struct report_scenario *scenario = &result.scenarios[0];
    assert_int_equal(scenario->verdict, REPORT_PASSED);
    assert_int_equal(scenario->note_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(scenario->notes[i], notes[i]);
    }
    report_result_release(&result);
}

static void stop_at_three(void *ctx, const struct sim_runner_at *at)
{
    if (at->seed == 3) {
        *(volatile sig_atomic_t *)ctx = 1;
    }
}

/* Broken off, it says how far it came. */
static void test_runner_is_broken_off(void **state)
{
    volatile sig_atomic_t stop = 0;
    const struct sim_runner runner = {
        .seed_last = 999, .stop = &stop, .running = stop_at_three, .ctx = (void *)(uintptr_t)&stop
    };
    struct sim_scenario *scenario = fix_scenario(STEPS);
    struct report_result result;
    (void)state;
    report_result_init(&result);
    assert_false(sim_runner_run(&runner, scenario, report_result_add(&result)));
    assert_int_equal(result.scenarios[0].run_count, 4);
    assert_int_equal(result.scenarios[0].verdict, REPORT_INTERRUPTED);
    assert_int_equal(result.scenarios[0].seed_last, 3);
    report_result_release(&result);
    sim_scenario_destroy(scenario);
}

/* The command can be pasted into a shell, whatever the path. */
static void test_runner_command_is_quoted(void **state)
{
    static const struct {
        const char *program;
        const char *path;
        const char *command;
    } rows[] = {
        { NULL, "a/b-1.json", "drydock run a/b-1.json --seed 18446744073709551615" },
        { "./drydock", "my file.json", "./drydock run 'my file.json' --seed 18446744073709551615" },
        { "/a b/drydock", "-x.json", "'/a b/drydock' run ./'-x.json' --seed 18446744073709551615" },
        { NULL, "it's $x.json", "drydock run 'it'\\''s $x.json' --seed 18446744073709551615" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct sim_runner runner = { .program = rows[i].program };
        char *command = sim_runner_command(&runner, rows[i].path, UINT64_MAX);
        assert_string_equal(command, rows[i].command);
        free(command);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runner_counts_moves),
        cmocka_unit_test(test_runner_counts),
        cmocka_unit_test(test_runner_counts_distinct_schedules),
        cmocka_unit_test(test_runner_hash),
        cmocka_unit_test(test_runner_stops_at_the_first_failure),
        cmocka_unit_test(test_runner_story_ends_with_the_expectation),
        cmocka_unit_test(test_runner_notes_what_never_happened),
        cmocka_unit_test(test_runner_is_broken_off),
        cmocka_unit_test(test_runner_command_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
