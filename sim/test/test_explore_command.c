#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/command.h"
#include "sim/explore/command.h"
#include "sim/test/explore_fixture.h"

#define GOOD HEAD "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"}]}"
#define BAD                                                                                        \
    HEAD "\"registry\":{\"app:1\":{\"id\":\"app-a\"},\"app:2\":{\"id\":\"app-b\"}},"               \
         "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"p\"},{\"cancel\":\"p\"},"       \
         "{\"pull\":\"app:2\",\"caller\":\"b\"}],\"finally\":{\"told\":{\"p\":\"ok\"}}}"

struct folder {
    char path[64];
    char *out;
    char *err;
};

static int setup(void **state)
{
    struct folder *folder = fake_memory_alloc(sizeof(*folder));
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/drydock-test-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    struct folder *folder = *state;
    static const char *const names[] = { "x.json", "x.tape", "y.json" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
        (void)unlink(path);
    }
    int result = rmdir(folder->path);
    free(folder->out);
    free(folder->err);
    fake_memory_free(folder);
    return result;
}

/* Write @text to the folder's file @name. */
static void put(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* The exit code; a "%" at the beginning of an argument is the folder. */
static int command(struct folder *folder, const char *const *words)
{
    char paths[8][128];
    char *argv[9] = { paths[0] };
    size_t size;
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        const char *word = words[argc - 1];
        (void)snprintf(paths[argc], sizeof(paths[argc]), "%s%s", word[0] == '%' ? folder->path : "",
                       word + (word[0] == '%' ? 1 : 0));
        argv[argc] = paths[argc];
    }
    (void)snprintf(paths[0], sizeof(paths[0]), "drydock");
    /* Valgrind looks for leaks through all memory that could be used. */
    if (strcmp(words[0], "explore") == 0) {
        (void)snprintf(paths[argc], sizeof(paths[argc]), "--memory=8MB");
        argv[argc] = paths[argc];
        argc++;
    }
    free(folder->out);
    free(folder->err);
    FILE *out = open_memstream(&folder->out, &size);
    FILE *err = open_memstream(&folder->err, &size);
    const volatile sig_atomic_t stop = 0;
    int code = sim_explore_command(argc, argv, out, err, &stop);
    (void)fclose(out);
    (void)fclose(err);
    return code;
}

#define COMMAND(folder, ...) command(folder, (const char *const[]){ __VA_ARGS__, NULL })

/* One line, in which "%" stands for the folder, and exit 2. */
static void assert_refused(struct folder *folder, int code, const char *expected)
{
    char text[1024] = "";
    size_t used = 0;
    for (; *expected != '\0'; expected++) {
        const char one[2] = { *expected, '\0' };
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
                                 *expected == '%' ? folder->path : one);
    }
    assert_string_equal(folder->err, text);
    assert_int_equal(code, SIM_EXIT_USAGE);
}

/* What is found is shrunk and told, and its tape replays to the same failure; a scenario
 * is written of it that drydock run fails on. */
static void test_from_a_failure_to_a_scenario(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.json", BAD);
    assert_int_equal(COMMAND(folder, "explore", "%/x.json", "--tape", "%/x.tape"), SIM_EXIT_FAILED);
    assert_non_null(strstr(folder->out, "shrunk: steps 3 to 2, moves"));
    assert_non_null(strstr(folder->out, "to 0 (the others go by default)"));
    assert_int_equal(COMMAND(folder, "replay", "%/x.tape"), SIM_EXIT_FAILED);
    assert_non_null(strstr(folder->out, "        expect: "));
    assert_int_equal(COMMAND(folder, "shrink", "%/x.tape", "--scenario", "%/y.json"),
                     SIM_EXIT_FAILED);
    assert_non_null(strstr(folder->out, "drydock run "));
    assert_string_equal(folder->err, "");
}

/* What is no tape, cut off, of another version or of another scenario is refused in one
 * line. */
static void test_bad_tapes(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.tape", GOOD "\n");
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape"),
                   "%/x.tape:1: expected \"drydock tape 1\": this is no tape\n");
    put(folder, "x.tape", "drydock tape 3\n");
    assert_refused(folder, COMMAND(folder, "shrink", "%/x.tape"),
                   "%/x.tape:1: expected \"drydock tape 1\": this tape is of another version of "
                   "drydock\n");
    put(folder, "x.tape", "drydock tape 1\nscenario gone.json\ndigest 0123456789abcdef\nmove s");
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape"),
                   "%/x.tape:4: the tape is cut off: this line does not end\n");
    put(folder, "x.tape", "drydock tape 1\nscenario gone.json\ndigest 0123456789abcdef\nstop\n");
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape"),
                   "%/x.tape: the scenario: gone.json: cannot be opened: No such file or "
                   "directory\n");
    put(folder, "x.json", BAD);
    assert_int_equal(COMMAND(folder, "explore", "%/x.json", "--tape", "%/x.tape"), SIM_EXIT_FAILED);
    assert_refused(folder, COMMAND(folder, "replay", "%/gone.tape"),
                   "%/gone.tape: cannot be opened: No such file or directory\n");
}

/* What could not be explored to an end is refused in one line. */
static void test_scenarios_without_an_end(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.json",
        HEAD "\"explore\":{\"time\":\"ticks\",\"tick\":\"1us\"},"
             "\"steps\":[{\"at\":[\"1s\",\"3s\"],\"pull\":\"app:1\",\"caller\":\"a\"}]}");
    assert_refused(folder, COMMAND(folder, "explore", "%/x.json"),
                   "%/x.json: steps[0]: exploring it would not come to an end: a window of 2s has "
                   "2000000 ticks of 0.001ms; expected at most 10000\n");
    put(folder, "x.json",
        HEAD "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"callers\":1000}]}");
    assert_refused(folder, COMMAND(folder, "explore", "%/x.json"),
                   "%/x.json: steps: exploring it would not come to an end: they are carried out "
                   "1000 times, all counted; expected at most 256\n");
}

/* An option of another verb is refused, and says whose it is; nothing was searched. */
static void test_options_of_other_verbs(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.json", GOOD);
    assert_refused(
        folder, COMMAND(folder, "explore", "%/x.json", "--until", "3"),
        "drydock: option \"--until\" goes with replay, not with explore (drydock help)\n");
    assert_refused(folder, COMMAND(folder, "explore", "%/x.json", "--scenario", "%/y.json"),
                   "drydock: option \"--scenario\" goes with shrink, not with explore (drydock "
                   "help)\n");
    assert_refused(
        folder, COMMAND(folder, "shrink", "%/x.tape", "--break", "3"),
        "drydock: option \"--break\" goes with replay, not with shrink (drydock help)\n");
    assert_refused(
        folder, COMMAND(folder, "replay", "%/x.tape", "--tape", "%/y.tape"),
        "drydock: option \"--tape\" goes with explore, not with replay (drydock help)\n");
    assert_refused(
        folder, COMMAND(folder, "shrink", "%/x.tape", "--jobs=2"),
        "drydock: option \"--jobs\" goes with explore, not with shrink (drydock help)\n");
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape", "--untl=2"),
                   "drydock: unknown option \"--untl=2\"; expected one of those in drydock help "
                   "(drydock help)\n");
}

/* Where a file is to be written that cannot be, that is said before anything is searched. */
static void test_files_that_cannot_be_written(void **state)
{
    static const char *const options[] = { "--tape", "--frontier" };
    struct folder *folder = *state;
    put(folder, "x.json", BAD);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        assert_refused(folder, COMMAND(folder, "explore", "%/x.json", options[i], "%/none/x.tape"),
                       "drydock: %/none/x.tape: cannot be written: No such file or directory\n");
        assert_string_equal(folder->out, "");
    }
    assert_refused(folder, COMMAND(folder, "shrink", "%/x.tape", "--scenario", "%"),
                   "drydock: %: cannot be written: Is a directory\n");
    /* And what can be written is not there before there is something to write. */
    put(folder, "x.json", GOOD);
    assert_int_equal(COMMAND(folder, "explore", "%/x.json", "--tape", "%/x.tape"), SIM_EXIT_PASSED);
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape"),
                   "%/x.tape: cannot be opened: No such file or directory\n");
}

/* A move with more choices than a way has room for is refused in one line, which names the
 * first that is too many. */
static void test_too_many_choices_in_a_move(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.json",
        "{\"version\":1,\"name\":\"n\",\"retells\":\"r\",\"hazards\":[],"
        "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1}},"
        "\"faults\":[{\"on\":\"inspect\",\"status\":500,\"reason\":\"server error\",\"budget\":1}],"
        "\"explore\":{\"calls\":\"prompt\",\"faults\":1},"
        "\"steps\":[{\"pull\":\"app:1\",\"caller\":\"a\",\"as\":\"a\"},"
        "{\"after\":\"a granted\",\"release\":\"a\"},"
        "{\"after\":\"a granted\",\"within\":[\"0s\",\"9m\"],\"retain\":\"app-a\","
        "\"caller\":\"t{n}\",\"callers\":13}]}");
    int code = COMMAND(folder, "explore", "%/x.json");
    assert_int_equal(code, SIM_EXIT_USAGE);
    assert_non_null(strstr(folder->err,
                           "x.json: more than 12 choices come up in one move, where at "
                           "most 12 are expected: the next is \"fault "));
    assert_ptr_equal(strchr(folder->err, '\n') + 1, folder->err + strlen(folder->err));
}

/* What does not fail is said not to, and nothing is written. */
static void test_nothing_is_wrong(void **state)
{
    struct folder *folder = *state;
    put(folder, "x.json", GOOD);
    assert_int_equal(COMMAND(folder, "explore", "%/x.json", "--tape", "%/x.tape"), SIM_EXIT_PASSED);
    assert_refused(folder, COMMAND(folder, "replay", "%/x.tape"),
                   "%/x.tape: cannot be opened: No such file or directory\n");
}

int main(void)
{
#define COMMAND_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        COMMAND_TEST(test_from_a_failure_to_a_scenario),
        COMMAND_TEST(test_bad_tapes),
        COMMAND_TEST(test_options_of_other_verbs),
        COMMAND_TEST(test_files_that_cannot_be_written),
        COMMAND_TEST(test_scenarios_without_an_end),
        COMMAND_TEST(test_too_many_choices_in_a_move),
        COMMAND_TEST(test_nothing_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
