/* Memory that runs out: the coordinator's nth allocation fails, whichever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/sweep.h"
#include "sim/test/world_fixture.h"
#include "sim/world_state.h"

/* One after the other, so that every call that may be refused is: pulls that share,
 * with credentials, a platform, a deadline, each policy; retains in every state, with
 * bindings; and what else goes on while one is refused. */
static const char *const dozen[] = {
    "scenarios/sharing/two-callers.json",
    "scenarios/sharing/second-caller-at-release.json",
    "scenarios/credentials/two-logins-on-one-image.json",
    "scenarios/credentials/two-platforms.json",
    "scenarios/deadline/the-first-callers-deadline.json",
    "scenarios/policy/if-missing.json",
    "scenarios/policy/if-missing-when-the-pull-fails.json",
    "scenarios/policy/never.json",
    "scenarios/retain/in-every-state.json",
    "scenarios/retain/vouched-for-too-much.json",
    "scenarios/removal/pull-while-the-engine-removes.json",
    "scenarios/restart/while-pulling.json",
    "scenarios/blocked/why-is-it-still-there.json",
    "scenarios/close/drain-what-is-idle.json",
};

static void sweep_file(const char *path)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    assert_non_null(scenario);
    struct sim_world *world = sim_world_create(scenario);
    for (uint64_t seed = 0; seed < 2; seed++) {
        const struct sim_sweep sweep = { .seed = seed };
        struct sim_swept swept;
        if (!sim_sweep_run(world, &sweep, &swept)) {
            fail_msg("%s, seed %llu, allocation %llu%s: %s: %s", path, (unsigned long long)seed,
                     (unsigned long long)swept.nth, swept.onwards ? " and all after it" : "",
                     swept.violation.invariant, swept.violation.message);
        }
        assert_true(swept.run_count > 20 && swept.nomem_count > 10);
        assert_true(swept.refused_count >= swept.run_count - 2);
    }
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* Whichever allocation fails, alone or with all that come after it: a call answers
 * DD_ENOMEM and nothing has changed, every invariant holds, and nothing is left. */
static void test_sweep_of_a_dozen_scenarios(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dozen) / sizeof(dozen[0]); i++) {
        sweep_file(dozen[i]);
    }
}

/* A sweep runs no further than it is told, once for each kind. */
static void test_sweep_is_bounded(void **state)
{
    struct sim_scenario *scenario = fix_scenario("'steps': [{'pull': 'redis:7', 'caller': 'a'}]");
    struct sim_world *world = sim_world_create(scenario);
    const struct sim_sweep sweep = { .nth_max = 3 };
    struct sim_swept swept;
    (void)state;
    assert_true(sim_sweep_run(world, &sweep, &swept));
    assert_int_equal(swept.run_count, 6);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* Without memory for itself a coordinator does not open, and nothing is left of it. */
static void test_refused_open_leaves_nothing(void **state)
{
    struct sim_scenario *scenario = fix_scenario("'steps': [{'pull': 'redis:7', 'caller': 'a'}]");
    struct sim_world *world = sim_world_create(scenario);
    const struct sim_world_options options = { .refuse_nth = 1 };
    struct sim_run run;
    (void)state;
    sim_world_run(world, &options, &run);
    assert_string_equal(run.violation.invariant, "");
    assert_int_equal(run.nomem_count, 1);
    assert_int_equal(run.refused_count, 1);
    assert_int_equal(run.entry_count, 0);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* What a file expects is not checked in a run with refusals, in `finally` or before. */
static void test_expectations_are_not_checked(void **state)
{
    static const char never[] = "'steps': [{'pull': 'redis:7', 'caller': 'a', 'as': 'p'},"
                                "{'after': 'p granted', 'expect': {'engine_images': []}}],"
                                "'finally': {'engine_images': []}";
    struct sim_scenario *scenario = fix_scenario(never);
    struct sim_world *world = sim_world_create(scenario);
    struct sim_world_options options = { .refuse_nth = 1000 };
    struct sim_run run;
    (void)state;
    sim_world_run(world, &options, &run);
    assert_string_equal(run.violation.invariant, "");
    options.refuse_nth = 0;
    sim_world_run(world, &options, &run);
    assert_string_equal(run.violation.invariant, "expect");
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* M1: DD_ENOMEM that no refusal explains, and from a call that never may answer it. */
static void test_enomem_is_judged(void **state)
{
    struct sim_scenario *scenario = fix_scenario("'steps': [{'pull': 'redis:7', 'caller': 'a'}]");
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    (void)state;
    sim_world_run(world, &(struct sim_world_options){ .seed = 0 }, &run);
    sim_refusal_before(world);
    sim_refusal_after(world, "dd_pull", DD_OK);
    sim_refusal_never(world, "dd_release", DD_ENOLEASE);
    assert_null(sim_oracle_violation(world->oracle));
    sim_refusal_after(world, "dd_pull", DD_ENOMEM);
    assert_string_equal(sim_oracle_violation(world->oracle)->message,
                        "dd_pull answered \"out of memory\", and no allocation was refused");
    sim_world_run(world, &(struct sim_world_options){ .seed = 0 }, &run);
    sim_refusal_never(world, "dd_release", DD_ENOMEM);
    assert_string_equal(sim_oracle_violation(world->oracle)->message,
                        "dd_release answered \"out of memory\", which it never may");
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep_of_a_dozen_scenarios),
        cmocka_unit_test(test_sweep_is_bounded),
        cmocka_unit_test(test_refused_open_leaves_nothing),
        cmocka_unit_test(test_expectations_are_not_checked),
        cmocka_unit_test(test_enomem_is_judged),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
