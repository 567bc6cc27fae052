#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/engine_internal.h"
#include "sim/explore/audit.h"
#include "sim/explore/search.h"
#include "sim/test/explore_fixture.h"

#define PROMPT "\"explore\":{\"calls\":\"prompt\"},"
#define WHOLE "\"explore\":{\"calls\":\"whole\"},"

/* --- two ways to one world --------------------------------------------------------------- */

#define WAY_MAX 24

/* Make the move whose name begins with @name; after a '!', with the second answer to
 * its choice. */
static void make(struct sim_stepper *stepper, const char *name)
{
    struct sim_move moves[SIM_MOVE_MAX];
    char found[SIM_MOVE_NAME_SIZE];
    bool second = name[0] == '!';
    struct sim_alternative alternative = { .answer_count = second ? 1 : 0, .answers = { 1 } };
    size_t length = strlen(name + second);
    size_t count = sim_stepper_moves(stepper, moves);
    for (size_t i = 0; i < count; i++) {
        sim_move_name(stepper->world, moves[i], found);
        if (strncmp(found, name + second, length) == 0) {
            alternative.move = (uint16_t)i;
            sim_stepper_make(stepper, moves, &alternative);
            assert_null(sim_stepper_violation(stepper));
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        sim_move_name(stepper->world, moves[i], found);
        print_message("it can: %s\n", found);
    }
    fail_msg("no move is called \"%s\"", name);
}

/* The fingerprint of @text's world after @way, whose last is NULL. */
static uint64_t fingerprint_after(const char *text, const char *const way[WAY_MAX])
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0x55 };
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_stepper stepper;
    sim_stepper_open(&stepper, scenario, &options);
    for (size_t i = 0; way[i] != NULL; i++) {
        make(&stepper, way[i]);
    }
    uint64_t fingerprint = sim_stepper_fingerprint(&stepper);
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
    return fingerprint;
}

/* Both ways lead to worlds with one fingerprint, and no two worlds of the scenario
 * that share one differ in what they can do. */
static void check_same(const char *text, const char *const one[WAY_MAX],
                       const char *const other[WAY_MAX])
{
    assert_int_equal(fingerprint_after(text, one), fingerprint_after(text, other));
    struct sim_audited out = fix_audited(text, SIM_FIELD_NONE);
    assert_int_equal(out.different_count, 0);
}

/* --- what is left out ------------------------------------------------------------------------ */

/* How steps ended of which nothing can come any more is left out: a cancel that came too
 * early, when there was nothing yet, or too late. */
static void test_the_past_of_steps(void **state)
{
    static const char text[] =
        HEAD APP PROMPT "\"steps\":[{\"pull\":\"app:1\",\"policy\":\"never\",\"caller\":\"a\","
                        "\"as\":\"p\"},{\"cancel\":\"p\"}]}";
    (void)state;
    check_same(text, (const char *const[WAY_MAX]){ "step 0", "step 1" },
               (const char *const[WAY_MAX]){ "step 1", "step 0" });
}

/* What an image was, once it is gone, is left out: its names, what was looked at, and
 * that it was heard of at all. */
static void test_the_past_of_images(void **state)
{
    static const char text[] =
        HEAD APP PROMPT "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                        "{\"after\":\"p granted\",\"release\":\"p\"},{\"cancel\":\"p\"}]}";
    (void)state;
    check_same(text,
               (const char *const[WAY_MAX]){ "step 0", "pull-executed", "step 2", "step 1",
                                             "delay-over", "remove-executed" },
               (const char *const[WAY_MAX]){ "step 0", "step 2", "cancelled", "pull-settled" });
}

/* What the removals of an image came to is left out once somebody holds it again: that it
 * was blocked, and how often, by what. */
static void test_the_past_of_removals(void **state)
{
    static const char text[] =
        HEAD APP PROMPT "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                        "{\"after\":\"p granted\",\"release\":\"p\"},"
                        "{\"run\":\"app:1\",\"container\":\"c\"},{\"rm\":\"c\"},"
                        "{\"pull\":\"app:1\",\"policy\":\"never\",\"caller\":\"b\"}]}";
    (void)state;
    check_same(text,
               (const char *const[WAY_MAX]){ "step 0", "pull-executed", "step 1", "step 2",
                                             "delay-over", "remove-executed", "delay-over",
                                             "remove-executed", "step 3", "step 4" },
               (const char *const[WAY_MAX]){ "step 0", "pull-executed", "step 2", "step 3",
                                             "step 1", "step 4" });
}

/* An order that no rule looks at is left out: in which two callers came. */
static void test_the_order_of_callers(void **state)
{
    static const char text[] = HEAD APP PROMPT "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\"},"
                                               "{\"pull\":\"app:1\",\"caller\":\"b\"}]}";
    (void)state;
    check_same(text, (const char *const[WAY_MAX]){ "step 0", "step 1" },
               (const char *const[WAY_MAX]){ "step 1", "step 0" });
}

/* --- what is not ----------------------------------------------------------------------------- */

static void check_different(const char *text, const char *const one[WAY_MAX],
                            const char *const other[WAY_MAX])
{
    assert_int_not_equal(fingerprint_after(text, one), fingerprint_after(text, other));
}

/* In which order one caller asked twice is not left out: it is told in that order, and
 * what it is told last is the lease that it holds. */
static void test_a_caller_who_asks_twice(void **state)
{
    static const char text[] =
        HEAD APP PROMPT "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                        "{\"pull\":\"app:1\",\"caller\":\"a\"},"
                        "{\"after\":\"p granted\",\"release\":\"p\"}]}";
    (void)state;
    check_different(text, (const char *const[WAY_MAX]){ "step 0", "step 1" },
                    (const char *const[WAY_MAX]){ "step 1", "step 0" });
}

/* Nor which of two pulls began first, of which nothing but their names differs. */
static void test_two_pulls_that_settle(void **state)
{
    static const char text[] =
        HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"},\"b:1\":{\"id\":\"b-a\"}}," PROMPT
             "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\"},"
             "{\"pull\":\"b:1\",\"caller\":\"a\"},{\"release_caller\":\"a\"}]}";
    (void)state;
    check_different(
        text,
        (const char *const[WAY_MAX]){ "step 0", "step 1", "step 2", "cancelled", "cancelled" },
        (const char *const[WAY_MAX]){ "step 1", "step 0", "step 2", "cancelled", "cancelled" });
}

/* Whether a fault that is a choice hits a call is chosen when the call is executed: until
 * then all calls are alike. */
static void test_faults_are_chosen_late(void **state)
{
    static const char text[] = HEAD APP
        "\"faults\":[{\"on\":\"pull\",\"status\":404,\"reason\":\"not found\","
        "\"budget\":1}]," PROMPT "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"}]}";
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0x55 };
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_stepper stepper;
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative alternative = { .move = 0 };
    (void)state;
    sim_stepper_open(&stepper, scenario, &options);
    assert_int_equal(sim_stepper_moves(&stepper, moves), 1);
    sim_stepper_make(&stepper, moves, &alternative);
    assert_int_equal(alternative.answer_count, 0);
    assert_null(stepper.world->engine->calls.at[0]->fault);
    assert_int_equal(sim_stepper_moves(&stepper, moves), 1);
    sim_stepper_make(&stepper, moves, &alternative);
    assert_int_equal(alternative.answer_count, 1);
    assert_int_equal(alternative.counts[0], 2);
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
}

/* --- inspects that take no time ----------------------------------------------------------------
 */

static bool inspects(const struct sim_world *world)
{
    for (size_t i = 0; i < world->engine->calls.count; i++) {
        if (world->engine->calls.at[i]->kind == FAKE_CALL_INSPECT) {
            return true;
        }
    }
    return false;
}

struct looks {
    struct sim_stepper stepper;
    uint64_t inspecting_count;
};

static void look(void *ctx)
{
    struct looks *looks = ctx;
    looks->inspecting_count += inspects(looks->stepper.world) ? 1 : 0;
}

static struct sim_searched searched(const char *text, uint64_t *inspecting_count)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0x55 };
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct looks looks = { .inspecting_count = 0 };
    struct sim_searched out;
    const struct sim_limits limits = { .byte_max = (size_t)1 << 26,
                                       .reached = look,
                                       .reached_ctx = &looks };
    sim_stepper_open(&looks.stepper, scenario, &options);
    sim_search_depth(&looks.stepper, &limits, &out);
    sim_stepper_close(&looks.stepper);
    sim_scenario_destroy(scenario);
    *inspecting_count = looks.inspecting_count;
    return out;
}

/* Where inspects are prompt, no state is seen in which one is on its way; everything
 * else happens as it does where they are not. */
static void test_prompt_inspects(void **state)
{
    static const char steps[] = "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                                "{\"after\":\"p granted\",\"release\":\"p\"}],"
                                "\"finally\":{\"removed\":{\"app:1\":1},\"engine_images\":[]}}";
    char text[1024];
    uint64_t apart_count;
    uint64_t prompt_count;
    (void)state;
    (void)snprintf(text, sizeof(text), "%s%s", HEAD APP WHOLE, steps);
    struct sim_searched apart = searched(text, &apart_count);
    (void)snprintf(text, sizeof(text), "%s%s", HEAD APP PROMPT, steps);
    struct sim_searched prompt = searched(text, &prompt_count);
    assert_true(apart.complete && prompt.complete);
    assert_string_equal(apart.violation.invariant, "");
    assert_string_equal(prompt.violation.invariant, "");
    assert_true(apart_count > 0);
    assert_int_equal(prompt_count, 0);
    assert_true(prompt.state_count < apart.state_count);
    assert_true(prompt.end_count > 0);
    sim_searched_release(&apart);
    sim_searched_release(&prompt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_past_of_steps),
        cmocka_unit_test(test_the_past_of_images),
        cmocka_unit_test(test_the_past_of_removals),
        cmocka_unit_test(test_the_order_of_callers),
        cmocka_unit_test(test_a_caller_who_asks_twice),
        cmocka_unit_test(test_two_pulls_that_settle),
        cmocka_unit_test(test_faults_are_chosen_late),
        cmocka_unit_test(test_prompt_inspects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
