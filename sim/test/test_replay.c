#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/steps_told.h"

#define SCENARIO                                                                                   \
    "{\"version\":1,\"name\":\"n\",\"retells\":\"r\","                                             \
    "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1}},"                                    \
    "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},{\"cancel\":\"p\"}],"           \
    "\"finally\":{\"told\":{\"p\":\"ok\"}}}"

#define TAPE(moves) "drydock tape 1\nscenario test.json\ndigest 0123456789abcdef\n" moves "stop\n"

#define WAITS                                                                                      \
    "          + step 0: a waits for app:1\n"                                                      \
    "          + call 2: inspect app:1\n"

/* What is told of @tape; release with free. */
static char *told(const char *tape_text, const struct sim_telling_steps *telling,
                  struct sim_attempted *attempted)
{
    char message[SIM_TAPE_MESSAGE_SIZE];
    struct sim_error error;
    struct sim_way_tape tape;
    struct sim_scenario *scenario =
        sim_scenario_parse("test.json", SCENARIO, strlen(SCENARIO), &error);
    assert_non_null(scenario);
    assert_true(sim_way_tape_parse("t", tape_text, strlen(tape_text), &tape, message));
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    sim_steps_tell(scenario, &tape, telling, out, attempted);
    assert_int_equal(fclose(out), 0);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
    return text;
}

static void assert_told(const char *tape, struct sim_telling_steps telling, const char *expected)
{
    struct sim_attempted attempted;
    char *text = told(tape, &telling, &attempted);
    assert_string_equal(text, expected);
    free(text);
}

/* Each move is told with what it changed, of what is true of coordinator, agents and
 * engine. */
static void test_moves_and_their_changes(void **state)
{
    (void)state;
    assert_told(TAPE("move step 0\nmove cancelled app:1\n"),
                (struct sim_telling_steps){ .until = 0 },
                "     1  step 0\n" WAITS "     2  step 1  (by default)\n"
                "          - step 0: a waits for app:1\n"
                "          - call 2: inspect app:1\n"
                "          + step 0: a was told: cancelled\n"
                "          + call 2: inspect app:1, cancelled\n"
                "     3  cancelled app:1\n"
                "          - call 2: inspect app:1, cancelled\n");
}

/* The first move that does not come is named, and what there is instead; the moves behind
 * it are made. */
static void test_the_first_divergence(void **state)
{
    const struct sim_telling_steps all = { .until = 0 };
    struct sim_attempted attempted;
    char *text = told(TAPE("move step 0\nmove rename app:1\nmove inspect-executed app:1\n"
                           "move rename app:2\n"),
                      &all, &attempted);
    (void)state;
    assert_string_equal(text,
                        "     1  step 0\n" WAITS
                        "        diverged before move 2: the tape says \"rename app:1\"; there "
                        "is \"step 1\", \"inspect-executed app:1\"\n"
                        "     2  inspect-executed app:1\n"
                        "          - call 2: inspect app:1\n"
                        "          + call 2: inspect app:1, executed\n");
    assert_int_equal(attempted.missing_count, 2);
    free(text);
}

/* Only what is near the moves of interest is told, and that something is left out. */
static void test_around(void **state)
{
    const struct sim_telling_steps near = { .around = "pull-stream" };
    struct sim_attempted attempted;
    char *text = told(TAPE("move step 0\nmove inspect-executed app:1\nmove inspect-answered app:1\n"
                           "move pull-executed app:1\nmove pull-stream app:1\n"),
                      &near, &attempted);
    (void)state;
    assert_int_equal(strncmp(text, "        ...\n     2  inspect-executed", 35), 0);
    assert_non_null(strstr(text, "     5  pull-stream app:1\n"
                                 "          - call 3: pull app:1\n"
                                 "          + engine: has app-a\n"));
    free(text);
}

/* Without a debugger nothing stops, and that is said; the moves are made all the same. */
static void test_break_without_a_debugger(void **state)
{
    (void)state;
    assert_told(
        TAPE("move step 0\n"), (struct sim_telling_steps){ .break_at = 1 },
        "        no debugger is attached, and so nothing stops before 1  step 0 (gdb --args "
        "drydock replay ...)\n"
        "     1  step 0\n" WAITS);
}

/* After so many moves it stops. */
static void test_until(void **state)
{
    (void)state;
    assert_told(TAPE("move step 0\nmove inspect-executed app:1\nmove step 1\n"),
                (struct sim_telling_steps){ .until = 1 }, "     1  step 0\n" WAITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_and_their_changes),
        cmocka_unit_test(test_the_first_divergence),
        cmocka_unit_test(test_around),
        cmocka_unit_test(test_break_without_a_debugger),
        cmocka_unit_test(test_until),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
