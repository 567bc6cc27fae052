#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/layout.h"
#include "sim/explore/shrink.h"
#include "sim/test/explore_fixture.h"

static struct sim_case case_of(const char *text, const char *const *moves)
{
    struct sim_scenario *scenario = fix_scenario_of(text);
    struct sim_way_tape tape = { .path = fake_memory_copy("test.json"), .finished = true };
    struct sim_case made;
    for (; *moves != NULL; moves++) {
        (void)sim_way_tape_add(&tape, *moves, 1);
    }
    sim_case_init(&made, scenario, &tape);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
    return made;
}

static void assert_steps(const struct sim_case *made, const char *expected)
{
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(made->document, "steps"));
    assert_string_equal(text, expected);
    cJSON_free(text);
}

static void assert_moves(const struct sim_case *made, const char *expected)
{
    char text[256] = "";
    for (size_t i = 0; i < made->tape.count; i++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, "%s%s", i > 0 ? "; " : "",
                       made->tape.moves[i].name);
    }
    assert_string_equal(text, expected);
}

#define MANY                                                                                       \
    HEAD "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"t{n}\",\"callers\":2,\"as\":\"p\"},"         \
         "{\"after\":\"p granted\",\"release\":\"p\",\"as\":\"r\"},"                               \
         "{\"after\":\"r done\",\"close\":\"drain\"}],"                                            \
         "\"finally\":{\"told\":{\"p\":\"ok\"}}}"

/* Steps that are carried out several times become several steps, which wait pairwise, and
 * the tape's moves are about those. */
static void test_unroll(void **state)
{
    static const char *const moves[] = { "step 0.2", "step 1.2", "step 2", NULL };
    struct sim_case made = case_of(MANY, moves);
    (void)state;
    assert_true(sim_case_unroll(&made));
    assert_steps(&made, "[{\"pull\":\"app:1\",\"caller\":\"t1\",\"as\":\"p-1\"},"
                        "{\"pull\":\"app:1\",\"caller\":\"t2\",\"as\":\"p-2\"},"
                        "{\"after\":\"p-1 granted\",\"release\":\"p-1\",\"as\":\"r-1\"},"
                        "{\"after\":\"p-2 granted\",\"release\":\"p-2\",\"as\":\"r-2\"},"
                        "{\"after\":\"r-2 done\",\"close\":\"drain\"}]");
    assert_moves(&made, "step 1; step 3; step 4");
    assert_true(sim_case_read(&made));
    assert_int_equal(made.scenario->finally_count, 2);
    sim_case_release(&made);
}

/* With a step goes what is about it alone; what waits for it goes as well, or waits no
 * longer; the tape's moves are renumbered. */
static void test_drop_steps(void **state)
{
    static const char *const moves[] = { "step 0", "step 1", "step 3", NULL };
    static const char text[] =
        HEAD "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
             "{\"pull\":\"app:1\",\"caller\":\"b\",\"as\":\"q\"},"
             "{\"after\":[\"p granted\",\"q granted\"],\"release\":\"q\"},"
             "{\"after\":\"p granted\",\"within\":\"1s\",\"close\":\"drain\"}],"
             "\"finally\":{\"told\":{\"p\":\"ok\",\"q\":\"ok\"}}}";
    struct sim_case whole = case_of(text, moves);
    struct sim_case cut = case_of(text, moves);
    (void)state;
    sim_case_drop_steps(&whole, 0, 1, false);
    assert_steps(&whole, "[{\"pull\":\"app:1\",\"caller\":\"b\",\"as\":\"q\"},"
                         "{\"after\":[\"q granted\"],\"release\":\"q\"}]");
    assert_moves(&whole, "step 0");
    assert_true(sim_case_read(&whole));
    sim_case_drop_steps(&cut, 0, 1, true);
    assert_steps(&cut, "[{\"pull\":\"app:1\",\"caller\":\"b\",\"as\":\"q\"},"
                       "{\"after\":[\"q granted\"],\"release\":\"q\"},{\"close\":\"drain\"}]");
    assert_moves(&cut, "step 0; step 2");
    assert_true(sim_case_read(&cut));
    sim_case_release(&whole);
    sim_case_release(&cut);
}

#define WIDE                                                                                       \
    HEAD "\"config\":{\"tries\":2},\"registry\":{\"app:1\":{\"id\":\"app-a\"},"                    \
         "\"app:2\":{\"id\":\"app-b\"}},\"faults\":[{\"on\":\"list\",\"hang\":true}],"             \
         "\"steps\":[{\"pull\":\"app:2\",\"caller\":\"t{n}\",\"callers\":3,\"as\":\"o\"},"         \
         "{\"after\":\"o granted\",\"release\":\"o\"},"                                            \
         "{\"at\":[\"0s\",\"2s\"],\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"              \
         "{\"at\":\"1s\",\"cancel\":\"p\"}],\"finally\":{\"told\":{\"p\":\"ok\"}}}"

/* Callers, images, faults and moves that a failure does not need are left out, and nothing
 * that it needs: what was told stays what it was, and what is expected may hang on the
 * settings. */
static void test_shrink(void **state)
{
    static const char *const moves[] = { "step 0.2", "step 2", "step 0.1", "step 3", NULL };
    struct sim_case made = case_of(WIDE, moves);
    struct sim_shrinking shrinking;
    (void)state;
    assert_true(sim_shrink_begin(&shrinking, made.scenario, &made.tape));
    assert_string_equal(shrinking.failure.invariant, "expect");
    sim_shrink(&shrinking);
    assert_string_equal(shrinking.failure.invariant, "expect");
    char *text = cJSON_PrintUnformatted(shrinking.best.document);
    assert_string_equal(text, HEAD "\"config\":{\"tries\":2},"
                                   "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"
                                   "{\"cancel\":\"p\"}],"
                                   "\"finally\":{\"told\":{\"p\":\"ok\"}}}");
    cJSON_free(text);
    assert_int_equal(shrinking.best.tape.count, 0);
    sim_shrink_release(&shrinking);
    sim_case_release(&made);
}

#define TWO_EXPECTED                                                                               \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"},\"app:2\":{\"id\":\"app-b\"}},"               \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},"                          \
         "{\"after\":\"p granted\",\"release\":\"p\"}],"                                           \
         "\"finally\":{\"engine_images\":[\"app-a\"],\"removed\":{\"app:1\":1}}}"

/* It is not shrunk to another expectation that does not hold without what was left out. */
static void test_the_same_expectation(void **state)
{
    static const char *const moves[] = { NULL };
    struct sim_case made = case_of(TWO_EXPECTED, moves);
    struct sim_shrinking shrinking;
    (void)state;
    assert_true(sim_shrink_begin(&shrinking, made.scenario, &made.tape));
    sim_shrink(&shrinking);
    assert_string_equal(shrinking.failure.message,
                        "expected the engine's images to be app-a, found none");
    sim_shrink_release(&shrinking);
    sim_case_release(&made);
}

/* What does not fail cannot be shrunk. */
static void test_nothing_to_shrink(void **state)
{
    static const char *const moves[] = { NULL };
    struct sim_case made = case_of(HEAD "\"steps\":[{\"close\":\"leave\"}]}", moves);
    struct sim_shrinking shrinking;
    (void)state;
    assert_false(sim_shrink_begin(&shrinking, made.scenario, &made.tape));
    sim_case_release(&made);
}

/* An interrupt leaves the best so far. */
static void test_interrupted(void **state)
{
    static const char *const moves[] = { NULL };
    struct sim_case made = case_of(WIDE, moves);
    struct sim_shrinking shrinking;
    const volatile sig_atomic_t stop = 1;
    (void)state;
    assert_true(sim_shrink_begin(&shrinking, made.scenario, &made.tape));
    shrinking.stop = &stop;
    sim_shrink(&shrinking);
    assert_true(shrinking.stopped);
    assert_int_equal(sim_case_step_count(&shrinking.best), 4);
    sim_shrink_release(&shrinking);
    sim_case_release(&made);
}

static void die(void *arg, struct sim_attempted *out)
{
    (void)out;
    (void)fprintf(stderr, "drydock: coord/x.c:1: f: Assertion `%s' failed.\n", (const char *)arg);
    abort();
}

/* Processes that break are failures, the same ones if they break by the same assert. */
static void test_broken_attempts(void **state)
{
    struct sim_attempted one;
    struct sim_attempted same;
    struct sim_attempted other;
    (void)state;
    sim_attempt(die, (void *)(uintptr_t) "a", &one);
    sim_attempt(die, (void *)(uintptr_t) "a", &same);
    sim_attempt(die, (void *)(uintptr_t) "b", &other);
    assert_string_equal(one.failure.invariant, "assert");
    assert_string_equal(one.failure.message, "coord/x.c:1: f: Assertion `a' failed.");
    assert_true(sim_failure_is(&one.failure, &same.failure));
    assert_false(sim_failure_is(&one.failure, &other.failure));
}

/* A document is written as the files of this project are. */
static void test_layout(void **state)
{
    static const char expected[] = "{\n"
                                   "  \"version\": 1,\n"
                                   "  \"hazards\": [],\n"
                                   "  \"registry\": { \"app:1\": { \"id\": \"app-a\" } },\n"
                                   "  \"steps\": [\n"
                                   "    { \"at\": [\"0s\", \"1s\"], \"close\": \"leave\" },\n"
                                   "    { \"stop\": \"engine\" }\n"
                                   "  ]\n"
                                   "}\n";
    cJSON *document = cJSON_Parse(expected);
    (void)state;
    char *text = sim_layout_print(document);
    assert_string_equal(text, expected);
    fake_memory_free(text);
    cJSON_Delete(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unroll),
        cmocka_unit_test(test_drop_steps),
        cmocka_unit_test(test_shrink),
        cmocka_unit_test(test_the_same_expectation),
        cmocka_unit_test(test_nothing_to_shrink),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_broken_attempts),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
