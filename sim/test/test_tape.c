#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/explore/tape.h"
#include "sim/explore/tape_replay.h"
#include "sim/test/explore_fixture.h"

#define LEAVES                                                                                     \
    "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},{\"cancel\":\"p\"},"            \
    "{\"pull\":\"app:1\",\"caller\":\"b\"}],\"finally\":{\"told\":{\"p\":\"ok\"}}}"

/* The tape of the shortest way through @scenario to a violation. */
static struct sim_way_tape found_tape(const struct sim_scenario *scenario)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0xAA };
    const struct sim_limits limits = { .byte_max = (size_t)1 << 26 };
    struct sim_stepper stepper;
    struct sim_searched found;
    struct sim_way_tape tape;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_breadth(&stepper, &limits, &found);
    sim_stepper_close(&stepper);
    assert_string_equal(found.violation.invariant, "expect");
    sim_way_tape_record(scenario, &found.way, &tape);
    sim_searched_release(&found);
    return tape;
}

static struct sim_way_tape parsed(const char *text)
{
    char message[SIM_TAPE_MESSAGE_SIZE];
    struct sim_way_tape tape;
    if (!sim_way_tape_parse("x.tape", text, strlen(text), &tape, message)) {
        fail_msg("%s", message);
    }
    return tape;
}

static char *written(const struct sim_way_tape *tape)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    sim_way_tape_write(tape, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static struct sim_replayed replayed(const struct sim_scenario *scenario,
                                    const struct sim_way_tape *tape)
{
    const struct sim_replay replay = { .finish = true };
    struct sim_replayed out;
    sim_way_tape_replay(scenario, tape, &replay, &out);
    return out;
}

/* A way that a search found, written, read and replayed, fails in the same way; nothing on
 * it is missing, and nothing has to be waited for. */
static void test_a_tape_is_written_read_and_replayed(void **state)
{
    struct sim_scenario *scenario = fix_scenario_of(HEAD APP LEAVES);
    struct sim_way_tape tape = found_tape(scenario);
    char *text = written(&tape);
    struct sim_way_tape again = parsed(text);
    struct sim_replayed out = replayed(scenario, &again);
    (void)state;
    assert_int_equal(again.count, tape.count);
    assert_string_equal(out.violation.invariant, "expect");
    assert_int_equal(out.made_count, tape.count);
    assert_int_equal(out.missing_count, 0);
    assert_int_equal(out.default_count, 0);
    fake_memory_free(text);
    sim_way_tape_release(&tape);
    sim_way_tape_release(&again);
    sim_scenario_destroy(scenario);
}

#define TAPE "drydock tape 1\nscenario test.json\ndigest 0123456789abcdef\n"

/* What cannot be done yet is waited for, by default; what never comes is left out, and
 * nothing was waited for. */
static void test_a_tape_holds_what_is_not_the_default(void **state)
{
    struct sim_scenario *scenario = fix_scenario_of(HEAD APP LEAVES);
    struct sim_way_tape waits = parsed(TAPE "move pull-executed app:1\nstop\n");
    struct sim_way_tape never = parsed(TAPE "move remove-executed app:9\nmove step 0\nstop\n");
    const struct sim_replay replay = { .finish = false };
    struct sim_replayed out;
    (void)state;
    sim_way_tape_replay(scenario, &waits, &replay, &out);
    assert_true(out.default_count > 1);
    assert_int_equal(out.made_count, out.default_count + 1);
    assert_int_equal(out.missing_count, 0);
    sim_way_tape_replay(scenario, &never, &replay, &out);
    assert_int_equal(out.made_count, 1);
    assert_int_equal(out.default_count, 0);
    assert_int_equal(out.missing_count, 1);
    sim_way_tape_release(&waits);
    sim_way_tape_release(&never);
    sim_scenario_destroy(scenario);
}

/* A tape may hold its scenario, which is then read from there. */
static void test_a_tape_holds_its_scenario(void **state)
{
    struct sim_way_tape tape =
        parsed("drydock tape 1\nscenario gone.json\n| " HEAD "\n| \"steps\":[{\"close\":\"leave\"}]"
               "}\nmove step 0\nstop\n");
    char message[SIM_TAPE_MESSAGE_SIZE];
    struct sim_scenario *scenario = sim_way_tape_scenario("x.tape", &tape, message);
    (void)state;
    assert_non_null(scenario);
    assert_int_equal(scenario->step_count, 1);
    char *text = written(&tape);
    struct sim_way_tape again = parsed(text);
    assert_string_equal(again.text, tape.text);
    fake_memory_free(text);
    sim_way_tape_release(&tape);
    sim_way_tape_release(&again);
    sim_scenario_destroy(scenario);
}

#define TWO_FAULTS                                                                                 \
    HEAD APP "\"faults\":[{\"on\":\"pull\",\"status\":500,\"reason\":\"server error\","            \
             "\"budget\":1},{\"on\":\"pull\",\"truncate\":true,\"budget\":1}],"                    \
             "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"}],"                     \
             "\"finally\":{\"events\":{\"lookup-failed\":0}}}"

/* Of two choices of one name in one move, the answer of the second stays the second's. */
static void test_choices_of_one_name(void **state)
{
    struct sim_scenario *scenario = fix_scenario_of(TWO_FAULTS);
    struct sim_alternative moves[4] = {
        { .move = 0 },
        { .move = 0 },
        { .move = 0 },
        { .answer_count = 2, .counts = { 2, 2 }, .answers = { 0, 1 } },
    };
    const struct sim_way way = { .at = moves, .count = 4 };
    struct sim_way_tape tape;
    (void)state;
    sim_way_tape_record(scenario, &way, &tape);
    assert_int_equal(tape.count, 4);
    assert_string_equal(tape.moves[3].name, "pull-executed app:1");
    assert_int_equal(tape.moves[3].choice_count, 2);
    assert_int_equal(tape.moves[3].choices[0].answer, 0);
    assert_int_equal(tape.moves[3].choices[1].answer, 1);
    struct sim_replayed out = replayed(scenario, &tape);
    assert_int_equal(out.missing_count, 0);
    sim_way_tape_release(&tape);
    sim_scenario_destroy(scenario);
}

/* Layout, name and what a scenario retells are no part of its digest; all else is. */
static void test_digest(void **state)
{
    static const char one[] = HEAD "\"steps\":[{\"close\":\"leave\"}]}";
    static const char same[] = "{ \"version\": 1, \"name\": \"other\", \"retells\": \"else\",\n"
                               "\"hazards\": [\"H01\"], \"steps\": [ {\"close\":\"leave\"} ] }";
    static const char other[] = HEAD "\"steps\":[{\"close\":\"drain\"}]}";
    struct sim_scenario *scenarios[] = { fix_scenario_of(one), fix_scenario_of(same),
                                         fix_scenario_of(other) };
    (void)state;
    uint64_t digest = sim_scenario_digest(scenarios[0]);
    assert_true(digest == sim_scenario_digest(scenarios[1]));
    assert_true(digest != sim_scenario_digest(scenarios[2]));
    for (size_t i = 0; i < 3; i++) {
        sim_scenario_destroy(scenarios[i]);
    }
}

/* What is no tape, of another version, cut off or out of place is refused, by line. */
static void test_bad_tapes(void **state)
{
    static const char *const texts[][2] = {
        { "", "x.tape:1: the tape is cut off: expected \"finish\" or \"stop\" at its end" },
        { "{\n", "x.tape:1: expected \"drydock tape 1\": this is no tape" },
        { "drydock tape 2\n", "x.tape:1: expected \"drydock tape 1\": this tape is of another "
                              "version of drydock" },
        { "drydock tape 1\nmove step 0\n",
          "x.tape:2: expected \"scenario\" and the path of its file" },
        { "drydock tape 1\nscenario x\nmove step 0\n",
          "x.tape:3: expected \"digest\" of the scenario, or the scenario itself behind \"|\"" },
        { "drydock tape 1\nscenario x\ndigest 12\n",
          "x.tape:3: expected \"digest\" and 16 hex digits" },
        { TAPE "move step 0\n",
          "x.tape:5: the tape is cut off: expected \"finish\" or \"stop\" at its end" },
        { TAPE "move step 0", "x.tape:4: the tape is cut off: this line does not end" },
        { TAPE "jump\n", "x.tape:4: expected \"move\", \"choose\", \"finish\" or \"stop\"" },
        { TAPE "choose fault 1\nstop\n",
          "x.tape:4: expected \"move\", \"choose\", \"finish\" or \"stop\"" },
        { TAPE "move step 0\nchoose fault\nstop\n",
          "x.tape:5: expected \"choose\", a label and a number" },
        { TAPE "move step 0 #0\nstop\n", "x.tape:4: expected a number from 1 to 512 behind \"#\"" },
        { TAPE "stop\nstop\n", "x.tape:5: expected nothing after the end" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char message[SIM_TAPE_MESSAGE_SIZE];
        struct sim_way_tape tape;
        assert_false(
            sim_way_tape_parse("x.tape", texts[i][0], strlen(texts[i][0]), &tape, message));
        assert_string_equal(message, texts[i][1]);
    }
}

/* A tape whose scenario is gone, or says something else now, is refused. */
static void test_tapes_of_other_scenarios(void **state)
{
    char path[] = "/tmp/drydock-test-XXXXXX";
    char expected[SIM_TAPE_MESSAGE_SIZE];
    char message[SIM_TAPE_MESSAGE_SIZE];
    static const char text[] = HEAD "\"steps\":[{\"close\":\"leave\"}]}";
    struct sim_way_tape tape = { .path = fake_memory_copy("gone.json"), .digest = 7 };
    (void)state;
    assert_null(sim_way_tape_scenario("x.tape", &tape, message));
    assert_string_equal(message, "x.tape: the scenario: gone.json: cannot be opened: No such file "
                                 "or directory");
    int file = mkstemp(path);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
    fake_memory_free(tape.path);
    tape.path = fake_memory_copy(path);
    assert_null(sim_way_tape_scenario("x.tape", &tape, message));
    (void)snprintf(expected, sizeof(expected),
                   "x.tape:3: the tape is of another scenario: %s does not say what it said when "
                   "this was recorded",
                   path);
    assert_string_equal(message, expected);
    assert_int_equal(unlink(path), 0);
    sim_way_tape_release(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tape_is_written_read_and_replayed),
        cmocka_unit_test(test_a_tape_holds_what_is_not_the_default),
        cmocka_unit_test(test_a_tape_holds_its_scenario),
        cmocka_unit_test(test_choices_of_one_name),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_bad_tapes),
        cmocka_unit_test(test_tapes_of_other_scenarios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
