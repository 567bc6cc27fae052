/* The command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/options.h"

#define READ(options, ...)                                                                         \
    sim_options_read(options,                                                                      \
                     (int)(sizeof((char *[]){ "drydock", __VA_ARGS__ }) / sizeof(char *)),         \
                     (char *[]){ "drydock", __VA_ARGS__, NULL })

/* `run` needs nothing else, and has 1,000 seeds unless told. */
static void test_run_defaults(void **state)
{
    struct sim_options options;
    (void)state;
    assert_true(READ(&options, "run"));
    assert_int_equal(options.verb, SIM_VERB_RUN);
    assert_int_equal(options.seed_first, 0);
    assert_int_equal(options.seed_last, 999);
    assert_int_equal(options.path_count, 0);
    assert_false(options.json);
}

/* Options and paths come in any order. */
static void test_run_with_everything(void **state)
{
    struct sim_options options;
    (void)state;
    assert_true(READ(&options, "run", "one.json", "--seeds", "5..7", "--format=json", "two.json",
                     "--verbose"));
    assert_int_equal(options.seed_first, 5);
    assert_int_equal(options.seed_last, 7);
    assert_true(options.json);
    assert_true(options.verbose);
    assert_int_equal(options.path_count, 2);
    assert_string_equal(options.paths[0], "one.json");
    assert_string_equal(options.paths[1], "two.json");
    assert_true(READ(&options, "run", "--seed", "9"));
    assert_int_equal(options.seed_first, 9);
    assert_int_equal(options.seed_last, 9);
}

/* Processes, their limit and the reports are what the options say. */
static void test_run_in_processes(void **state)
{
    struct sim_options options;
    (void)state;
    assert_true(READ(&options, "run"));
    assert_int_equal(options.job_count, 1);
    assert_false(options.in_process);
    assert_true(options.run_limit_ns == 60 * UINT64_C(1000000000));
    assert_null(options.junit);
    assert_true(READ(&options, "run", "--jobs", "8", "--cpu-limit", "500ms", "--junit", "r.xml",
                     "--states"));
    assert_int_equal(options.job_count, 8);
    assert_int_equal(options.run_limit_ns, 500000000);
    assert_string_equal(options.junit, "r.xml");
    assert_true(options.states);
    assert_false(options.has_personality);
    assert_true(READ(&options, "run", "--personality", "podman-4.3"));
    assert_true(options.has_personality && options.personality == FAKE_PODMAN_4_3);
    assert_true(READ(&options, "run", "--in-process"));
    assert_true(options.in_process);
}

/* Help and version, as words and as options. */
static void test_help_and_version(void **state)
{
    struct sim_options options;
    (void)state;
    assert_true(READ(&options, "help"));
    assert_int_equal(options.verb, SIM_VERB_HELP);
    assert_true(READ(&options, "--help"));
    assert_int_equal(options.verb, SIM_VERB_HELP);
    assert_true(READ(&options, "run", "-h"));
    assert_int_equal(options.verb, SIM_VERB_HELP);
    assert_true(READ(&options, "--version"));
    assert_int_equal(options.verb, SIM_VERB_VERSION);
    assert_non_null(strstr(sim_options_help(), "--seeds"));
}

/* What is wrong is said in one line, with the nearest valid word. */
static void test_bad_usage_says_what_is_valid(void **state)
{
    struct sim_options options;
    (void)state;
    assert_false(READ(&options, "rnu"));
    assert_non_null(strstr(options.message, "did you mean \"run\"?"));
    assert_false(READ(&options, "explore"));
    assert_non_null(
        strstr(options.message, "run, explore, replay, shrink, check, engine, live or help"));
    assert_false(READ(&options, "run", "--sede", "3"));
    assert_non_null(strstr(options.message, "--seed"));
    assert_false(READ(&options, "run", "--seed"));
    assert_non_null(strstr(options.message, "needs a value"));
    assert_false(READ(&options, "run", "--seed", "soon"));
    assert_non_null(strstr(options.message, "a number or a git commit hash"));
    assert_false(READ(&options, "run", "--seeds", "9..1"));
    assert_non_null(strstr(options.message, "A..B"));
    assert_false(READ(&options, "run", "--format", "xml"));
    assert_non_null(strstr(options.message, "text or json"));
    assert_false(READ(&options, "run", "--format", "jsno"));
    assert_non_null(strstr(options.message, "did you mean \"json\"?"));
    assert_false(READ(&options, "run", "--jobs", "many"));
    assert_string_equal(options.message, "bad number of jobs \"many\"; expected 0 to 256, or auto");
    assert_false(READ(&options, "run", "--personality", "podman"));
    assert_string_equal(options.message, "unknown personality \"podman\"; expected docker-20.10 or "
                                         "podman-4.3");
    assert_false(READ(&options, "run", "--cpu-limit", "30"));
    assert_non_null(strstr(options.message, "expected a duration, such as 30s"));
    assert_false(READ(&options, "run", "--cpu-limit", "0s"));
    assert_false(READ(&options, "run", "--in-process", "--jobs=2"));
    assert_string_equal(options.message, "expected --jobs or --in-process, not both");
    assert_false(READ(&options, "run", "-x"));
    assert_non_null(strstr(options.message, "unknown option"));
    assert_false(READ(&options, "check"));
    assert_non_null(strstr(options.message, "to check"));
    assert_false(READ(&options, "--seed", "3"));
    assert_non_null(strstr(options.message, "expected a command"));
    assert_false(sim_options_read(&options, 1, (char *[]){ "drydock", NULL }));
    assert_non_null(strstr(options.message, "expected a command"));
}

/* `check` has no use for what is said of runs, and says so; JUnit's file has no
 * scenario's name. */
static void test_options_that_do_not_fit(void **state)
{
    static const char *const run_only[] = { "--seed=1",     "--seeds=0..1",    "--jobs=2",
                                            "--in-process", "--cpu-limit=30s", "--states" };
    struct sim_options options;
    (void)state;
    for (size_t i = 0; i < sizeof(run_only) / sizeof(run_only[0]); i++) {
        assert_false(
            READ(&options, "check", "a.json", (char *)(uintptr_t)run_only[i], "--verbose"));
        assert_non_null(strstr(options.message, "goes with run; check only reads files"));
        assert_memory_equal(options.message + strlen("option \""), run_only[i],
                            strcspn(run_only[i], "="));
    }
    assert_true(
        READ(&options, "check", "a.json", "--verbose", "--format=json", "--junit", "r.xml"));
    assert_false(READ(&options, "run", "--junit", "a.json"));
    assert_non_null(strstr(options.message, "such as junit.xml"));
}

/* Every option of the help is explained. (Tests run in the repository's root.) */
static void test_options_are_documented(void **state)
{
    static char text[65536];
    FILE *file = fopen("docs/COMMAND.md", "r");
    (void)state;
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    for (const char *at = sim_options_help(); (at = strstr(at, "\n  --")) != NULL; at++) {
        char option[32];
        (void)snprintf(option, sizeof(option), "%.*s", (int)strcspn(at + 3, " ,"), at + 3);
        if (strstr(text, option) == NULL && strcmp(option, "--help") != 0) {
            fail_msg("docs/COMMAND.md lacks %s", option);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_defaults),
        cmocka_unit_test(test_run_with_everything),
        cmocka_unit_test(test_run_in_processes),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_bad_usage_says_what_is_valid),
        cmocka_unit_test(test_options_that_do_not_fit),
        cmocka_unit_test(test_options_are_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
