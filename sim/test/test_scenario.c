/* Good scenario files: everything that is read stands in the scenario as it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

/* ` stands for the double quote. */
static struct sim_scenario *parse(const char *text)
{
    size_t size = strlen(text);
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    for (size_t i = 0; i <= size; i++) {
        copy[i] = (char)(text[i] == '`' ? '"' : text[i]);
    }
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("good.json", copy, size, &error);
    free(copy);
    if (scenario == NULL) {
        fail_msg("%u:%u: %s: %s", error.line, error.column, error.path, error.message);
    }
    return scenario;
}

static void assert_window(struct fake_window window, uint64_t earliest_ns, uint64_t latest_ns)
{
    assert_int_equal(window.earliest_ns, earliest_ns);
    assert_int_equal(window.latest_ns, latest_ns);
}

static void assert_strings(struct dd_strings strings, size_t count, const char *const *expected)
{
    assert_int_equal(strings.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(strings.at[i], expected[i]);
    }
}

static void assert_config(const struct dd_config *config, const struct dd_config *expected)
{
    assert_int_equal(config->cleanup, expected->cleanup);
    assert_int_equal(config->adopt, expected->adopt);
    assert_int_equal(config->parallel_pull_max, expected->parallel_pull_max);
    assert_int_equal(config->parallel_removal_max, expected->parallel_removal_max);
    assert_int_equal(config->remove_delay_ns, expected->remove_delay_ns);
    assert_int_equal(config->progress_timeout_ns, expected->progress_timeout_ns);
    assert_int_equal(config->pull_timeout_ns, expected->pull_timeout_ns);
    assert_int_equal(config->inspect_timeout_ns, expected->inspect_timeout_ns);
    assert_int_equal(config->pull_settling_ns, expected->pull_settling_ns);
    assert_int_equal(config->delete_settling_ns, expected->delete_settling_ns);
    assert_int_equal(config->retry_ns, expected->retry_ns);
    assert_int_equal(config->try_max, expected->try_max);
    assert_int_equal(config->backoff_min_ns, expected->backoff_min_ns);
    assert_int_equal(config->backoff_max_ns, expected->backoff_max_ns);
}

/* ---- the example of the format ------------------------------------------------- */

static const char example[] =
    "{\n"
    "  `$schema`: `../scenario.schema.json`,\n"
    "  `version`: 1,\n"
    "  `name`: `the first caller leaves while the second one's pull is in flight`,\n"
    "  `retells`: `a task exits while another one on the same image is starting`,\n"
    "  `hazards`: [`H08`],\n"
    "  `config`: { `remove_delay`: `3m` },\n"
    "  `registry`: {\n"
    "    `redis:7`: { `id`: `redis-a`, `size`: `30MB`, `pull`: [`1s`, `4s`] }\n"
    "  },\n"
    "  `engine`: { `remove`: [`10ms`, `2s`] },\n"
    "  `faults`: [ { `on`: `remove`, `image`: `redis:7`, `nth`: 1, `status`: 409,\n"
    "                `reason`: `in use` } ],\n"
    "  `steps`: [\n"
    "    { `at`: `0s`,          `pull`: `redis:7`, `caller`: `web-1`, `as`: `p1` },\n"
    "    { `after`: `p1 granted`, `within`: [`1s`, `10s`], `release`: `redis:7`,\n"
    "      `caller`: `web-1` },\n"
    "    { `at`: [`2s`, `9s`],  `pull`: `redis:7`, `caller`: `web-2` },\n"
    "    { `at`: `1m`,          `expect`: { `holders`: { `redis:7`: [`web-2`] },\n"
    "                                   `engine_pulls`: { `redis:7`: { `max`: 2 } } } },\n"
    "    { `at`: `2m`,          `release`: `redis:7`, `caller`: `web-2` }\n"
    "  ],\n"
    "  `finally`: { `engine_images`: [], `removed`: { `redis:7`: 1 } }\n"
    "}\n";

/* The head, the registry, the engine and the faults of the example are read whole. */
static void test_example_sections(void **state)
{
    (void)state;
    static const char *const hazards[] = { "H08" };
    struct sim_scenario *scenario = parse(example);
    assert_string_equal(scenario->path, "good.json");
    assert_string_equal(scenario->name,
                        "the first caller leaves while the second one's pull is in flight");
    assert_string_equal(scenario->retells,
                        "a task exits while another one on the same image is starting");
    assert_strings(scenario->hazards, 1, hazards);
    struct dd_config expected;
    dd_config_init(&expected);
    expected.remove_delay_ns = 3 * MINUTE;
    assert_config(&scenario->config, &expected);

    assert_int_equal(scenario->manifest_count, 1);
    const struct fake_manifest *manifest = &scenario->manifests[0];
    assert_string_equal(manifest->reference, "redis:7");
    assert_string_equal(manifest->image, "redis-a");
    assert_null(manifest->platform);
    assert_int_equal(manifest->size_bytes, 30000000);
    assert_int_equal(manifest->layer_count, 2);
    assert_null(manifest->base);
    assert_null(manifest->username);
    assert_null(manifest->password);
    assert_window(manifest->pull, SECOND, 4 * SECOND);

    const struct fake_timing *timing = &scenario->timing;
    assert_window(timing->execute[FAKE_CALL_REMOVE], 10 * MS, 2 * SECOND);
    assert_window(timing->execute[FAKE_CALL_INSPECT], MS, 20 * MS);
    assert_window(timing->execute[FAKE_CALL_IDENTIFY], MS, MS);
    assert_window(timing->execute[FAKE_CALL_PULL], MS, 10 * MS);
    assert_window(timing->answer[FAKE_CALL_REMOVE], 0, 5 * MS);
    assert_window(timing->abandoned, 0, 4 * SECOND);

    assert_int_equal(scenario->fault_count, 1);
    const struct fake_fault *fault = &scenario->faults[0];
    assert_int_equal(fault->kind, FAKE_FAULT_STATUS);
    assert_int_equal(fault->call, FAKE_CALL_REMOVE);
    assert_string_equal(fault->name, "redis:7");
    assert_int_equal(fault->nth, 1);
    assert_int_equal(fault->budget, 0);
    assert_int_equal(fault->status, 409);
    assert_string_equal(fault->reason, "in use");
    assert_false(fault->executed);
    sim_scenario_destroy(scenario);
}

/* The steps and the end of the example are read whole. */
static void test_example_steps(void **state)
{
    (void)state;
    static const char *const holders[] = { "web-2" };
    struct sim_scenario *scenario = parse(example);
    assert_int_equal(scenario->step_count, 5);
    const struct sim_step *step = &scenario->steps[0];
    assert_int_equal(step->kind, SIM_STEP_PULL);
    assert_int_equal(step->line, 15);
    assert_string_equal(step->label, "p1");
    assert_window(step->window, 0, 0);
    assert_int_equal(step->after_count, 0);
    assert_false(step->when);
    assert_int_equal(step->count, 1);
    assert_string_equal(step->caller, "web-1");
    assert_string_equal(step->name, "redis:7");
    assert_string_equal(step->normal, "redis:7");
    assert_int_equal(step->target, SIM_NO_STEP);
    assert_int_equal(step->policy, DD_PULL_ALWAYS);
    assert_null(step->credentials);
    assert_int_equal(step->deadline_ns, 0);

    step = &scenario->steps[1];
    assert_int_equal(step->kind, SIM_STEP_RELEASE);
    assert_int_equal(step->line, 16);
    assert_null(step->label);
    assert_int_equal(step->after[0].step, 0);
    assert_int_equal(step->after[0].outcome, SIM_OUTCOME_GRANTED);
    assert_window(step->window, SECOND, 10 * SECOND);
    assert_string_equal(step->caller, "web-1");
    assert_string_equal(step->normal, "redis:7");

    assert_window(scenario->steps[2].window, 2 * SECOND, 9 * SECOND);
    assert_string_equal(scenario->steps[2].caller, "web-2");

    step = &scenario->steps[3];
    assert_int_equal(step->kind, SIM_STEP_EXPECT);
    assert_window(step->window, MINUTE, MINUTE);
    assert_int_equal(step->expect_count, 2);
    assert_int_equal(step->expects[0].kind, SIM_EXPECT_HOLDERS);
    assert_string_equal(step->expects[0].path, "steps[3].expect.holders[\"redis:7\"]");
    assert_int_equal(step->expects[0].line, 19);
    assert_string_equal(step->expects[0].name, "redis:7");
    assert_strings(step->expects[0].strings, 1, holders);
    assert_int_equal(step->expects[1].kind, SIM_EXPECT_ENGINE_PULLS);
    assert_int_equal(step->expects[1].line, 20);
    assert_int_equal(step->expects[1].range.min, 0);
    assert_int_equal(step->expects[1].range.max, 2);

    assert_int_equal(scenario->finally_count, 2);
    assert_int_equal(scenario->finally[0].kind, SIM_EXPECT_ENGINE_IMAGES);
    assert_int_equal(scenario->finally[0].strings.count, 0);
    assert_int_equal(scenario->finally[1].kind, SIM_EXPECT_REMOVED);
    assert_string_equal(scenario->finally[1].name, "redis:7");
    assert_int_equal(scenario->finally[1].range.min, 1);
    assert_int_equal(scenario->finally[1].range.max, 1);
    sim_scenario_destroy(scenario);
}

/* ---- the rest of the format ----------------------------------------------------- */

#define FILE_WITH(sections, steps)                                                                 \
    "{`version`:1,`name`:`n`,`retells`:`r`," sections "`steps`:[" steps "]}"
#define REGISTRY                                                                                   \
    "`registry`:{`redis`:{`id`:`redis-a`,`base`:`debian`},`debian`:{`id`:`debian`},"               \
    "`app-{n}:1`:{`id`:`app-{n}`,`images`:3,`base`:`debian`,`layers`:1}},"

/* Every setting of the configuration is read into its own field. */
static void test_config(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(FILE_WITH(
        "`config`:{`cleanup`:false,`adopt`:true,`parallel_pulls`:1,`parallel_removals`:2,"
        "`remove_delay`:`0s`,`progress_timeout`:`4s`,`pull_timeout`:`5s`,`inspect_timeout`:`6s`,"
        "`pull_settling`:`7s`,`delete_settling`:`8s`,`retry`:`9s`,`tries`:10,"
        "`backoff_min`:`11s`,`backoff_max`:`12s`},",
        "{`close`:`leave`}"));
    const struct dd_config expected = {
        .cleanup = false,
        .adopt = true,
        .parallel_pull_max = 1,
        .parallel_removal_max = 2,
        .remove_delay_ns = 0,
        .progress_timeout_ns = 4 * SECOND,
        .pull_timeout_ns = 5 * SECOND,
        .inspect_timeout_ns = 6 * SECOND,
        .pull_settling_ns = 7 * SECOND,
        .delete_settling_ns = 8 * SECOND,
        .retry_ns = 9 * SECOND,
        .try_max = 10,
        .backoff_min_ns = 11 * SECOND,
        .backoff_max_ns = 12 * SECOND,
    };
    assert_config(&scenario->config, &expected);
    sim_scenario_destroy(scenario);
}

/* Images in number are manifests of their own; one reference may have several
 * platforms; who demands credentials has them. */
static void test_registry(void **state)
{
    (void)state;
    struct sim_scenario *scenario =
        parse(FILE_WITH("`registry`:{`app-{n}`:{`id`:`a{n}`,`images`:2,`base`:`base`},"
                        "`r:1`:[{`id`:`base`},{`id`:`arm`,`platform`:`linux/arm64`,"
                        "`credentials`:`al`}]},"
                        "`credentials`:{`al`:{`username`:`u`,`password`:`p`}},",
                        "{`close`:`leave`}"));
    assert_int_equal(scenario->manifest_count, 4);
    assert_string_equal(scenario->manifests[0].reference, "app-1:latest");
    assert_string_equal(scenario->manifests[0].image, "a1");
    assert_string_equal(scenario->manifests[0].base, "base");
    assert_string_equal(scenario->manifests[1].reference, "app-2:latest");
    assert_string_equal(scenario->manifests[1].image, "a2");
    assert_int_equal(scenario->manifests[1].size_bytes, 10000000);
    assert_window(scenario->manifests[1].pull, SECOND, 3 * SECOND);
    assert_string_equal(scenario->manifests[2].reference, "r:1");
    assert_null(scenario->manifests[2].platform);
    assert_null(scenario->manifests[2].username);
    assert_string_equal(scenario->manifests[3].reference, "r:1");
    assert_string_equal(scenario->manifests[3].platform, "linux/arm64");
    assert_string_equal(scenario->manifests[3].username, "u");
    assert_string_equal(scenario->manifests[3].password, "p");
    assert_true(sim_scenario_has_nickname(scenario, "a2"));
    assert_false(sim_scenario_has_nickname(scenario, "a3"));
    assert_false(sim_scenario_has_nickname(scenario, "r:1"));
    sim_scenario_destroy(scenario);
}

/* What is posted waits for nothing, unless the file says how long. */
static void test_strand(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(FILE_WITH("", "{`close`:`leave`}"));
    assert_window(scenario->strand, 0, 0);
    sim_scenario_destroy(scenario);
    scenario = parse(FILE_WITH("`strand`:[`1ms`,`2s`],", "{`close`:`leave`}"));
    assert_window(scenario->strand, MS, 2 * SECOND);
    sim_scenario_destroy(scenario);
}

/* The engine's answers all take the time of "answer". */
static void test_engine(void **state)
{
    (void)state;
    struct sim_scenario *scenario =
        parse(FILE_WITH("`engine`:{`personality`:`docker-20.10`,`identify`:`1s`,`pull_start`:`2s`,"
                        "`inspect`:`3s`,`list`:`4s`,`answer`:[`5s`,`6s`],`abandoned`:[`7s`,`8s`]},",
                        "{`close`:`leave`}"));
    const struct fake_timing *timing = &scenario->timing;
    assert_window(timing->execute[FAKE_CALL_IDENTIFY], SECOND, SECOND);
    assert_window(timing->execute[FAKE_CALL_PULL], 2 * SECOND, 2 * SECOND);
    assert_window(timing->execute[FAKE_CALL_INSPECT], 3 * SECOND, 3 * SECOND);
    assert_window(timing->execute[FAKE_CALL_LIST], 4 * SECOND, 4 * SECOND);
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        assert_window(timing->answer[i], 5 * SECOND, 6 * SECOND);
    }
    assert_window(timing->abandoned, 7 * SECOND, 8 * SECOND);
    sim_scenario_destroy(scenario);
}

/* A call has the times that it names, and no others; without a number it is the first. */
static void test_calls(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(
        FILE_WITH("`engine`:{`calls`:[{`on`:`pull`,`nth`:2,`execute`:`1s`,`stream`:[`2s`,`3s`],"
                  "`end`:`4s`},{`on`:`remove`,`answer`:`5s`,`abandoned`:`6s`,`anyway`:true}]},",
                  "{`close`:`leave`}"));
    const struct fake_call_timing *calls = scenario->call_timings;
    assert_int_equal(scenario->call_timing_count, 2);
    assert_int_equal(calls[0].call, FAKE_CALL_PULL);
    assert_int_equal(calls[0].nth, 2);
    assert_window(calls[0].part[FAKE_PART_EXECUTE], SECOND, SECOND);
    assert_window(calls[0].part[FAKE_PART_STREAM], 2 * SECOND, 3 * SECOND);
    assert_window(calls[0].part[FAKE_PART_END], 4 * SECOND, 4 * SECOND);
    assert_false(calls[0].has[FAKE_PART_ANSWER] || calls[0].has_anyway);
    assert_int_equal(calls[1].nth, 1);
    assert_window(calls[1].part[FAKE_PART_ANSWER], 5 * SECOND, 5 * SECOND);
    assert_window(calls[1].part[FAKE_PART_ABANDONED], 6 * SECOND, 6 * SECOND);
    assert_true(calls[1].has_anyway && calls[1].anyway && !calls[1].has[FAKE_PART_EXECUTE]);
    sim_scenario_destroy(scenario);
}

/* Each effect is a fault of its kind; a nickname is its image's ID. */
static void test_faults(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(FILE_WITH(
        REGISTRY "`faults`:[{`on`:`pull`,`stream`:`unknown blob`,`after_line`:3},"
                 "{`on`:`pull`,`truncate`:true,`executed`:true,`every`:true},"
                 "{`on`:`inspect`,`hang`:true,`budget`:2},"
                 "{`on`:`remove`,`lose`:true,`executed`:true,`image`:`redis-a`,`nth`:2},"
                 "{`on`:`identify`,`unsent`:true},{`on`:`list`,`refuse`:true},"
                 "{`on`:`pull`,`image`:`docker.io/redis`,`status`:500,`text`:`no luck`}],",
        "{`close`:`leave`}"));
    assert_int_equal(scenario->fault_count, 7);
    const struct fake_fault *faults = scenario->faults;
    assert_int_equal(faults[0].kind, FAKE_FAULT_STREAM);
    assert_string_equal(faults[0].reason, "unknown blob");
    assert_int_equal(faults[0].after_line, 3);
    assert_int_equal(faults[0].nth, 1);
    assert_null(faults[0].name);
    assert_int_equal(faults[1].kind, FAKE_FAULT_TRUNCATE);
    assert_true(faults[1].executed);
    assert_int_equal(faults[1].nth, 0);
    assert_int_equal(faults[1].budget, 0);
    assert_int_equal(faults[2].kind, FAKE_FAULT_HANG);
    assert_int_equal(faults[2].call, FAKE_CALL_INSPECT);
    assert_int_equal(faults[2].nth, 0);
    assert_int_equal(faults[2].budget, 2);
    char id[72];
    fake_image_id("redis-a", id);
    assert_int_equal(faults[3].kind, FAKE_FAULT_LOSE);
    assert_string_equal(faults[3].name, id);
    assert_int_equal(faults[3].nth, 2);
    assert_int_equal(faults[4].kind, FAKE_FAULT_UNSENT);
    assert_int_equal(faults[4].call, FAKE_CALL_IDENTIFY);
    assert_int_equal(faults[5].kind, FAKE_FAULT_REFUSE);
    assert_int_equal(faults[5].call, FAKE_CALL_LIST);
    assert_string_equal(faults[6].name, "redis:latest");
    assert_string_equal(faults[6].reason, "no luck");
    sim_scenario_destroy(scenario);
}

/* A pull says how; a restart is its target's pull; cancel and release go to their
 * target, as many times as it is carried out. */
static void test_operations(void **state)
{
    (void)state;
    static const char *const bindings[] = { "redis:latest" };
    struct sim_scenario *scenario = parse(FILE_WITH(
        REGISTRY "`credentials`:{`al`:{`token`:`t`}},",
        "{`pull`:`docker.io/redis`,`caller`:`web`,`callers`:3,`as`:`p`,`policy`:`if missing`,"
        "`platform`:`linux/arm64`,`credentials`:`al`,`deadline`:`9s`},"
        "{`after`:`p told`,`restart`:`p`,`as`:`again`},"
        "{`after`:`again failed`,`within`:`1s`,`cancel`:`again`},"
        "{`at`:`5s`,`release`:`p`},"
        "{`retain`:`redis-a`,`caller`:`keeper`,`bindings`:[`redis`],`deadline`:`2s`},"
        "{`release`:`redis-a`,`caller`:`keeper`},{`release_caller`:`web-2`},"
        "{`release_caller`:`web`,`callers`:3}"));
    const struct sim_step *pull = &scenario->steps[0];
    assert_int_equal(pull->count, 3);
    assert_string_equal(pull->caller, "web-{n}");
    assert_string_equal(pull->name, "docker.io/redis");
    assert_string_equal(pull->normal, "redis:latest");
    assert_int_equal(pull->policy, DD_PULL_IF_MISSING);
    assert_string_equal(pull->platform, "linux/arm64");
    assert_string_equal(pull->credentials->label, "al");
    assert_string_equal(pull->credentials->value.identity_token, "t");
    assert_null(pull->credentials->value.username);
    assert_int_equal(pull->deadline_ns, 9 * SECOND);
    const struct sim_step *restart = &scenario->steps[1];
    assert_int_equal(restart->kind, SIM_STEP_RESTART);
    assert_int_equal(restart->target, 0);
    assert_int_equal(restart->after[0].outcome, SIM_OUTCOME_TOLD);
    assert_int_equal(restart->count, 3);
    assert_string_equal(restart->caller, "web-{n}");
    assert_string_equal(restart->name, "docker.io/redis");
    assert_ptr_equal(restart->credentials, pull->credentials);
    assert_int_equal(scenario->steps[2].kind, SIM_STEP_CANCEL);
    assert_int_equal(scenario->steps[2].after[0].step, 1);
    assert_int_equal(scenario->steps[2].after[0].outcome, SIM_OUTCOME_FAILED);
    assert_int_equal(scenario->steps[2].target, 1);
    assert_int_equal(scenario->steps[2].count, 3);
    assert_int_equal(scenario->steps[3].kind, SIM_STEP_RELEASE_LEASE);
    assert_int_equal(scenario->steps[3].target, 0);
    const struct sim_step *retain = &scenario->steps[4];
    assert_int_equal(retain->kind, SIM_STEP_RETAIN);
    assert_string_equal(retain->name, "redis-a");
    assert_null(retain->normal);
    assert_strings(retain->bindings, 1, bindings);
    assert_int_equal(retain->deadline_ns, 2 * SECOND);
    assert_int_equal(scenario->steps[5].kind, SIM_STEP_RELEASE);
    assert_int_equal(scenario->steps[6].kind, SIM_STEP_RELEASE_CALLER);
    assert_string_equal(scenario->steps[6].caller, "web-2");
    assert_string_equal(scenario->steps[7].caller, "web-{n}");
    assert_int_equal(scenario->steps[7].count, 3);
    sim_scenario_destroy(scenario);
}

/* {n} stands for each of many; a single one is written out; one caller may pull
 * many images under its one name. */
static void test_numbers(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(FILE_WITH(
        REGISTRY, "{`pull`:`app-{n}:1`,`caller`:`one`,`images`:3},"
                  "{`release`:`app-{n}:1`,`caller`:`one`,`images`:3},"
                  "{`pull`:`app-{n}:1`,`caller`:`c{n}`,`callers`:2},"
                  "{`pull`:`app-{n}:1`,`caller`:`last`,`callers`:1},"
                  "{`release`:`app-2:1`,`caller`:`c2`},{`retain`:`app-{n}`,`caller`:`one`,"
                  "`images`:2},{`expect`:{`holders`:{`app-3:1`:[`one`,`last-1`]}}}"));
    const struct sim_step *steps = scenario->steps;
    assert_int_equal(steps[0].count, 3);
    assert_string_equal(steps[0].caller, "one");
    assert_string_equal(steps[0].name, "app-{n}:1");
    assert_string_equal(steps[0].normal, "app-{n}:1");
    assert_string_equal(steps[1].normal, "app-{n}:1");
    assert_string_equal(steps[2].caller, "c{n}");
    assert_int_equal(steps[3].count, 1);
    assert_string_equal(steps[3].caller, "last-1");
    assert_string_equal(steps[3].name, "app-1:1");
    assert_string_equal(steps[4].normal, "app-2:1");
    assert_string_equal(steps[5].name, "app-{n}");
    assert_null(steps[5].normal);
    sim_scenario_destroy(scenario);
}

/* What others do to the engine is read with all that belongs to it. */
static void test_others(void **state)
{
    (void)state;
    struct sim_scenario *scenario = parse(FILE_WITH(
        REGISTRY, "{`stop`:`engine`},{`start`:`engine`},{`rmi`:`redis`,`force`:true},"
                  "{`tag`:`redis-a`,`to`:`mine`},{`load`:`tarball`,`name`:`loaded:1`},"
                  "{`user_pull`:`redis`},{`build`:`child`,`on`:`redis`},"
                  "{`run`:`redis-a`,`container`:`c1`,`running`:false},{`kill`:`c1`},{`rm`:`c1`},"
                  "{`push`:`redis`,`id`:`redis-b`,`size`:`1.5MB`,`layers`:4,`pull`:`2s`},"
                  "{`unpush`:`redis`},{`disk`:`full`},{`disk`:`free`},"
                  "{`close`:`drain`},{`close`:`leave`,`deadline`:`1m30s`},"
                  "{`when`:`delete-sent redis`,`nth`:2,`within`:[`1s`,`2s`],`rmi`:`mine`},"
                  "{`when`:`removed`,`load`:`other`}"));
    const struct sim_step *step = scenario->steps;
    assert_int_equal(step[0].kind, SIM_STEP_STOP);
    assert_int_equal(step[1].kind, SIM_STEP_START);
    assert_string_equal(step[2].normal, "redis:latest");
    assert_true(step[2].flag);
    assert_string_equal(step[3].name, "redis-a");
    assert_null(step[3].normal);
    assert_string_equal(step[3].other, "mine:latest");
    assert_string_equal(step[4].name, "tarball");
    assert_string_equal(step[4].other, "loaded:1");
    assert_string_equal(step[5].normal, "redis:latest");
    assert_string_equal(step[6].name, "child");
    assert_string_equal(step[6].other, "redis:latest");
    assert_string_equal(step[7].name, "c1");
    assert_string_equal(step[7].other, "redis-a");
    assert_false(step[7].flag);
    assert_int_equal(step[8].kind, SIM_STEP_KILL);
    assert_string_equal(step[9].name, "c1");
    assert_int_equal(step[10].kind, SIM_STEP_PUSH);
    assert_string_equal(step[10].manifest.reference, "redis:latest");
    assert_string_equal(step[10].manifest.image, "redis-b");
    assert_int_equal(step[10].manifest.size_bytes, 1500000);
    assert_int_equal(step[10].manifest.layer_count, 4);
    assert_window(step[10].manifest.pull, 2 * SECOND, 2 * SECOND);
    assert_string_equal(step[11].normal, "redis:latest");
    assert_true(step[12].flag);
    assert_false(step[13].flag);
    assert_true(step[14].flag);
    assert_int_equal(step[14].deadline_ns, 30 * SECOND);
    assert_false(step[15].flag);
    assert_int_equal(step[15].deadline_ns, 90 * SECOND);
    assert_true(step[16].when);
    assert_int_equal(step[16].when_event, DD_EVENT_DELETE_SENT);
    assert_string_equal(step[16].when_name, "redis:latest");
    assert_int_equal(step[16].when_nth, 2);
    assert_window(step[16].window, SECOND, 2 * SECOND);
    assert_null(step[17].when_name);
    assert_int_equal(step[17].when_nth, 1);
    assert_null(step[17].other);
    sim_scenario_destroy(scenario);
}

/* Every expectation is read with its subject and what is expected of it. */
static void test_expectations(void **state)
{
    (void)state;
    static const char *const tags[] = { "redis:latest" };
    static const char *const images[] = { "redis-a", "app-3" };
    struct sim_scenario *scenario = parse(FILE_WITH(
        REGISTRY "`finally`:{`state`:{`redis-a`:`blocked`},"
                 "`reason`:{`redis`:`in use by a container`},`bindings`:{`redis-a`:[`redis`]},"
                 "`engine_images`:[`redis-a`,`app-3`],`engine_tags`:[`redis:latest`],"
                 "`manifest_requests`:{`redis`:{`min`:1}},`parallel_pulls`:{`min`:1,`max`:2},"
                 "`told`:{`p`:`no such image`,`q`:`stalled`,`r`:`ok`},`text`:{`p`:`Failed`},"
                 "`recoverable`:{`p`:false},`image`:{`p`:`redis-a`},"
                 "`events`:{`count-up`:0},`wanted`:{`redis-a`:true},"
                 "`retry_after`:{`q`:`5s`}},",
        "{`pull`:`redis`,`caller`:`a`,`as`:`p`},{`pull`:`redis`,`caller`:`a`,`as`:`q`},"
        "{`pull`:`redis`,`caller`:`a`,`as`:`r`}"));
    assert_int_equal(scenario->finally_count, 16);
    const struct sim_expect *expect = scenario->finally;
    assert_string_equal(expect[0].name, "redis-a");
    assert_int_equal(expect[0].state, DD_IMAGE_BLOCKED);
    assert_string_equal(expect[1].name, "redis:latest");
    assert_string_equal(expect[1].text, "in use by a container");
    assert_strings(expect[2].strings, 1, tags);
    assert_strings(expect[3].strings, 2, images);
    assert_int_equal(expect[4].kind, SIM_EXPECT_ENGINE_NAMES);
    assert_strings(expect[4].strings, 1, tags);
    assert_int_equal(expect[5].range.min, 1);
    assert_true(expect[5].range.max == UINT64_MAX);
    assert_int_equal(expect[6].kind, SIM_EXPECT_PARALLEL_PULLS);
    assert_int_equal(expect[6].range.max, 2);
    assert_int_equal(expect[7].step, 0);
    assert_int_equal(expect[7].status, DD_ENOTFOUND);
    assert_int_equal(expect[8].step, 1);
    assert_int_equal(expect[8].status, DD_ESTALLED);
    assert_int_equal(expect[9].status, DD_OK);
    assert_string_equal(expect[10].text, "Failed");
    assert_false(expect[11].flag);
    assert_string_equal(expect[12].name, "redis-a");
    assert_int_equal(expect[13].event, DD_EVENT_COUNT_UP);
    assert_int_equal(expect[13].range.max, 0);
    assert_true(expect[14].flag);
    assert_string_equal(expect[14].name, "redis-a");
    assert_int_equal(expect[15].step, 1);
    assert_int_equal(expect[15].wait_ns, 5 * DD_SECOND_NS);
    sim_scenario_destroy(scenario);
}

/* "repository@nickname" is the digest of that content, wherever a reference is. */
static void test_digests(void **state)
{
    (void)state;
    struct sim_scenario *scenario =
        parse(FILE_WITH(REGISTRY "`finally`:{`bindings`:{`redis-a`:[`redis@redis-a`]}},",
                        "{`pull`:`docker.io/library/redis@redis-a`,`caller`:`web`}"));
    char digest[72];
    fake_manifest_digest("redis-a", digest);
    assert_int_equal(strncmp(scenario->steps[0].name, "redis@", 6), 0);
    assert_string_equal(scenario->steps[0].name + 6, digest);
    assert_string_equal(scenario->steps[0].normal, scenario->steps[0].name);
    assert_string_equal(scenario->finally[0].strings.at[0], scenario->steps[0].name);
    sim_scenario_destroy(scenario);
}

/* Every kind of step has its word. */
static void test_step_words(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < SIM_STEP_KIND_COUNT; kind++) {
        assert_string_not_equal(sim_step_word((enum sim_step_kind)kind), "no step");
    }
    assert_string_equal(sim_step_word(SIM_STEP_RELEASE_LEASE), "release");
    assert_string_equal(sim_step_word(SIM_STEP_RELEASE_CALLER), "release_caller");
    sim_scenario_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_sections), cmocka_unit_test(test_example_steps),
        cmocka_unit_test(test_config),           cmocka_unit_test(test_registry),
        cmocka_unit_test(test_engine),           cmocka_unit_test(test_calls),
        cmocka_unit_test(test_strand),           cmocka_unit_test(test_faults),
        cmocka_unit_test(test_operations),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_others),           cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_digests),          cmocka_unit_test(test_step_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
