/* The command from its arguments to its output and exit code, in a folder of its own. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/command.h"
#include "sim/files.h"

#define GOOD                                                                                       \
    "{\"version\": 1, \"name\": \"good\", \"retells\": \"a test\",\n"                              \
    " \"registry\": {\"redis:7\": {\"id\": \"redis-a\", \"pull\": \"1s\"}},\n"                     \
    " \"steps\": [{\"at\": \"0s\", \"pull\": \"redis:7\", \"caller\": \"w\"}]%s}"

struct folder {
    char path[64];
    char *out;
    char *err;
};

static void put(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_good(const struct folder *folder, const char *name, const char *more)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), GOOD, more);
    put(folder, name, text);
}

static const char *const files[] = { "a.json", "b.json",  "sub/c.json", "scenario.schema.json",
                                     "notes",  ".x.json", "p.json",     "sub",
                                     "" };

static int setup(void **state)
{
    struct folder *folder = fake_memory_alloc(sizeof(*folder));
    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/drydock-test-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) != NULL ? 0 : 1;
}

static int teardown(void **state)
{
    struct folder *folder = *state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", folder->path, files[i]);
        (void)remove(path);
    }
    free(folder->out);
    free(folder->err);
    free(folder);
    return 0;
}

static char *text_of(FILE *file)
{
    long size = ftell(file);
    char *text = fake_memory_alloc((size_t)size + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    (void)fclose(file);
    return text;
}

/* Run the command with up to seven arguments; what it wrote is in @folder. */
static int command(struct folder *folder, const char *const arguments[7])
{
    char *argv[9] = { (char *)(uintptr_t) "drydock" };
    int argc = 1;
    for (; argc < 8 && arguments[argc - 1] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    }
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    assert_true(out != NULL && err != NULL);
    int code = sim_command(argc, argv, out, err);
    free(folder->out);
    free(folder->err);
    folder->out = text_of(out);
    folder->err = text_of(err);
    return code;
}

#define COMMAND(folder, ...) command(folder, (const char *const[7]){ __VA_ARGS__ })

/* All pass: exit 0, nothing on stderr, and the sums in the last lines. */
static void test_command_passes(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9"), 0);
    assert_string_equal(folder->err, "");
    assert_non_null(strstr(folder->out, "1 scenario: 1 passed\n10 runs, "));
    assert_non_null(strstr(folder->out, "\ntook "));
}

/* The same input gives the same bytes, but for the last line. */
static void test_command_output_is_reproducible(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    put_good(folder, "b.json", ", \"finally\": {\"engine_images\": []}");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9"), 1);
    char *first = fake_memory_copy(folder->out);
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9"), 1);
    *strstr(first, "\ntook ") = '\0';
    *strstr(folder->out, "\ntook ") = '\0';
    assert_string_equal(first, folder->out);
    free(first);
    assert_int_equal(COMMAND(folder, "run", folder->path, "--format=json", "--seed=3"), 1);
    first = fake_memory_copy(folder->out);
    assert_int_equal(COMMAND(folder, "run", folder->path, "--format=json", "--seed=3"), 1);
    assert_string_equal(first, folder->out);
    assert_null(strstr(first, "took"));
    free(first);
}

/* A failure: exit 1; the other scenarios still run. */
static void test_command_fails(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", ", \"finally\": {\"engine_images\": []}");
    put_good(folder, "b.json", "");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "4..9", "--in-process"), 1);
    assert_non_null(strstr(folder->out, "a.json --seed 4\n"));
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "4..9"), 1);
    assert_non_null(strstr(folder->out, "a.json --seed 4\n"));
    assert_non_null(strstr(folder->out, "2 scenarios: 1 passed, 1 failed\n"));
}

/* A bad file: one message, exit 2; the others still run, and a failure gives 1. */
static void test_command_bad_file(void **state)
{
    struct folder *folder = *state;
    put(folder, "a.json", "{\n  \"version\": 1,,\n}");
    put_good(folder, "b.json", "");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seed", "1"), 2);
    assert_non_null(strstr(folder->err, "/a.json:2:"));
    assert_true(strchr(folder->err, '\n') == folder->err + strlen(folder->err) - 1);
    assert_non_null(strstr(folder->out, "2 scenarios: 1 passed, 1 invalid\n"));
    put_good(folder, "b.json", ", \"finally\": {\"engine_images\": []}");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seed", "1"), 1);
}

/* `check` reads and runs nothing. */
static void test_command_check(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", ", \"finally\": {\"engine_images\": []}");
    assert_int_equal(COMMAND(folder, "check", folder->path), 0);
    assert_non_null(strstr(folder->out, "valid  "));
    assert_non_null(strstr(folder->out, "1 scenario: 1 valid\n"));
    assert_null(strstr(folder->out, "passed"));
    assert_int_equal(COMMAND(folder, "check", folder->path, "--format=json"), 0);
    assert_non_null(strstr(folder->out, "\"verdict\": \"valid\",\n      \"trace_hash\": null"));
    assert_non_null(strstr(folder->out, "\"retells\": \"a test\""));
    put(folder, "b.json", "[]");
    assert_int_equal(COMMAND(folder, "check", folder->path), 2);
    assert_non_null(strstr(folder->err, "/b.json:1:1: "));
}

/* However many workers there are, or none: the same bytes. */
static void test_command_jobs(void **state)
{
    static const char *const ways[] = { "--jobs=2", "--jobs=auto", "--jobs=0", "--jobs=7",
                                        "--in-process" };
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    put_good(folder, "b.json", ", \"finally\": {\"engine_images\": []}");
    put(folder, "notes", "{");
    char bad[128];
    (void)snprintf(bad, sizeof(bad), "%s/notes", folder->path);
    assert_int_equal(COMMAND(folder, "run", bad, folder->path, "--seeds", "0..9", "--states"), 1);
    char *out = fake_memory_copy(folder->out);
    char *err = fake_memory_copy(folder->err);
    *strstr(out, "\ntook ") = '\0';
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        assert_int_equal(
            COMMAND(folder, "run", bad, folder->path, "--seeds", "0..9", "--states", ways[i]), 1);
        *strstr(folder->out, "\ntook ") = '\0';
        assert_string_equal(folder->out, out);
        assert_string_equal(folder->err, err);
    }
    free(out);
    free(err);
}

/* The table of states stands before the sums, in JSON as a member. */
static void test_command_states(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9", "--states"), 0);
    const char *reached = strstr(folder->out, " cells reached\n\n1 scenario: 1 passed\n");
    assert_non_null(reached);
    assert_non_null(strstr(folder->out, "a caller is granted a lease"));
    assert_int_equal(
        COMMAND(folder, "run", folder->path, "--seeds", "0..9", "--states", "--format=json"), 0);
    assert_non_null(strstr(folder->out, "\"happens\": \"a caller is granted a lease\", \"next\": "
                                        "\"held\", \"count\": 10, \"first\": \"/tmp/"));
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seed=1"), 0);
    assert_null(strstr(folder->out, "cells reached"));
}

static char *junit_of(const struct folder *folder)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/notes", folder->path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    return text_of(file);
}

/* The JUnit file is the same for the same input, and has the failure's story. */
static void test_command_junit(void **state)
{
    struct folder *folder = *state;
    char option[128];
    (void)snprintf(option, sizeof(option), "--junit=%s/notes", folder->path);
    put_good(folder, "a.json", "");
    put_good(folder, "b.json", ", \"finally\": {\"engine_images\": []}");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9", option), 1);
    char *one = junit_of(folder);
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seeds", "0..9", option, "--jobs=2"),
                     1);
    char *other = junit_of(folder);
    assert_string_equal(one, other);
    assert_non_null(strstr(one, "tests=\"2\" failures=\"1\" errors=\"0\""));
    assert_non_null(strstr(one, "<failure type=\"expect\" message="));
    assert_non_null(strstr(one, "w          asks for redis:7\n"));
    assert_non_null(strstr(one, "b.json --seed 0\n</failure>"));
    free(one);
    free(other);
    put(folder, "a.json", "[]");
    assert_int_equal(COMMAND(folder, "check", folder->path, option), 2);
    one = junit_of(folder);
    assert_non_null(strstr(one, "<error type=\"invalid\" message="));
    free(one);
}

/* A JUnit file that cannot be written is bad usage, and nothing is run for it. */
static void test_command_junit_refused(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    assert_int_equal(COMMAND(folder, "run", folder->path, "--junit=/nowhere/at/all.xml"), 2);
    assert_string_equal(folder->out, "");
    assert_string_equal(folder->err, "drydock: /nowhere/at/all.xml: cannot be written: No such "
                                     "file or directory\n");
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(COMMAND(folder, "run", folder->path, "--seed=1", "--junit=/dev/full"), 2);
        assert_non_null(strstr(folder->err, "/dev/full: cannot be written"));
    }
}

/* A command that would run for very long, interrupted once it has said something; all
 * that it said. */
static char *interrupted_output(const struct folder *folder, const char *way)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const char *const arguments[] = { "drydock", "run", folder->path, "--seeds=0..99999999",
                                          way };
        char *argv[6] = { NULL };
        for (size_t i = 0; i < 5; i++) {
            argv[i] = (char *)(uintptr_t)arguments[i];
        }
        FILE *out = fdopen(ends[1], "w");
        (void)close(ends[0]);
        /* Said, not only answered: a checker of memory has an exit status of its own. */
        if (out != NULL) {
            (void)fprintf(out, "answered %d\n", sim_command(5, argv, out, stderr));
            (void)fclose(out);
        }
        _exit(0);
    }
    (void)close(ends[1]);
    char *text = fake_memory_alloc(65536);
    size_t used = 0;
    ssize_t count;
    while ((count = read(ends[0], text + used, 65535 - used)) > 0) {
        if (used == 0) {
            assert_int_equal(kill(child, SIGINT), 0);
        }
        used += (size_t)count;
    }
    (void)close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_non_null(strstr(text, "answered 1\n"));
    return text;
}

/* An interrupt ends the command at once, with what was found. */
static void test_command_interrupted(void **state)
{
    static const char *const ways[] = { "--jobs=1", "--jobs=2", "--in-process" };
    struct folder *folder = *state;
    put_good(folder, "a.json", ", \"finally\": {\"engine_images\": []}");
    put_good(folder, "b.json", "");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char *text = interrupted_output(folder, ways[i]);
        assert_non_null(strstr(text, "a.json --seed 0\n"));
        assert_non_null(strstr(text, "interrupted: this is what was found so far\n"));
        assert_non_null(strstr(text, ": 0 passed, 1 failed"));
        assert_true(strstr(text, "b.json") == NULL || strstr(text, "interrupted  /tmp/") != NULL);
        free(text);
    }
}

/* A report does not take a scenario's place, whatever its name. */
static void test_command_junit_spares_scenarios(void **state)
{
    struct folder *folder = *state;
    char path[128];
    put_good(folder, "notes", "");
    (void)snprintf(path, sizeof(path), "%s/notes", folder->path);
    assert_int_equal(COMMAND(folder, "run", path, "--junit", path, "--seed=1"), 2);
    assert_non_null(strstr(folder->err, "is one of the scenarios"));
    assert_int_equal(COMMAND(folder, "run", path, "--seed=1"), 0);
    assert_int_equal(COMMAND(folder, "run", path, "--junit", folder->path, "--seed=1"), 2);
}

/* The command to paste begins as this one was called. */
static void test_command_replay_as_called(void **state)
{
    struct folder *folder = *state;
    char wanted[160];
    put_good(folder, "a.json", ", \"finally\": {\"engine_images\": []}");
    (void)snprintf(wanted, sizeof(wanted),
                   "    to replay it:\n    drydock run %s/a.json --seed 4\n", folder->path);
    assert_int_equal(COMMAND(folder, "run", folder->path, "--seed=4"), 1);
    assert_non_null(strstr(folder->out, wanted));
}

/* What is not there is bad input, and in the result; the rest still runs. */
static void test_command_missing_path(void **state)
{
    struct folder *folder = *state;
    put_good(folder, "a.json", "");
    assert_int_equal(COMMAND(folder, "check", "/nowhere/at/all", folder->path), 2);
    assert_string_equal(folder->err, "/nowhere/at/all: No such file or directory\n");
    assert_non_null(strstr(folder->out, "invalid  /nowhere/at/all\n"));
    assert_non_null(strstr(folder->out, "2 scenarios: 1 valid, 1 invalid\n"));
    assert_int_equal(COMMAND(folder, "run", "/nowhere/at/all", "--format=json"), 2);
    assert_non_null(strstr(folder->out, "\"error\": \"/nowhere/at/all: No such file"));
}

/* Bad usage: exit 2, one line on stderr, nothing else. */
static void test_command_bad_usage(void **state)
{
    struct folder *folder = *state;
    assert_int_equal(COMMAND(folder, "runn"), 2);
    assert_string_equal(folder->out, "");
    assert_non_null(strstr(folder->err, "did you mean \"run\"?"));
    assert_int_equal(COMMAND(folder, "help"), 0);
    assert_non_null(strstr(folder->out, "usage: drydock run"));
    assert_int_equal(COMMAND(folder, "--version"), 0);
    assert_memory_equal(folder->out, "drydock ", 8);
}

/* Every command says how it is used. */
static void test_command_help_of_each(void **state)
{
    static const char *const verbs[] = { "run", "check", "explore", "replay", "shrink", "engine" };
    struct folder *folder = *state;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        assert_int_equal(COMMAND(folder, verbs[i], "--help"), 0);
        assert_non_null(strstr(folder->out, "usage: drydock run"));
        assert_string_equal(folder->err, "");
    }
}

/* Where something stands that is no socket, the fake engine does not listen, and it stays. */
static void test_command_engine_spares_files(void **state)
{
    struct folder *folder = *state;
    char path[128];
    char address[160];
    (void)snprintf(path, sizeof(path), "%s/a.json", folder->path);
    (void)snprintf(address, sizeof(address), "unix://%s", path);
    put(folder, "a.json", "kept");
    assert_int_equal(COMMAND(folder, "engine", "--listen", address), 2);
    assert_non_null(strstr(folder->err, "cannot be listened at"));
    assert_int_equal(access(path, F_OK), 0);
}

/* A folder is all files *.json in it and below, in the order of bytes, but for the schema
 * and what is hidden. */
static void test_files_of_a_folder(void **state)
{
    const struct folder *folder = *state;
    struct sim_files found = { .count = 0 };
    char sub[128];
    (void)snprintf(sub, sizeof(sub), "%s/sub", folder->path);
    assert_int_equal(mkdir(sub, 0700), 0);
    sim_files_add(&found, folder->path);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.at[0].path, folder->path);
    assert_non_null(strstr(found.at[0].problem, "found none"));
    sim_files_release(&found);
    put(folder, "sub/c.json", "");
    put(folder, "b.json", "");
    put(folder, "a.json", "");
    put(folder, "scenario.schema.json", "");
    put(folder, "notes", "");
    put(folder, ".x.json", "");
    char pipe_path[128];
    (void)snprintf(pipe_path, sizeof(pipe_path), "%s/p.json", folder->path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    sim_files_add(&found, folder->path);
    assert_int_equal(found.count, 3);
    assert_string_equal(found.at[0].path + strlen(folder->path), "/a.json");
    assert_string_equal(found.at[1].path + strlen(folder->path), "/b.json");
    assert_string_equal(found.at[2].path + strlen(folder->path), "/sub/c.json");
    assert_null(found.at[2].problem);
    sim_files_release(&found);
}

/* The worst verdict is the exit code. */
static void test_exit_codes(void **state)
{
    static const struct {
        enum report_verdict verdicts[2];
        bool interrupted;
        enum sim_exit code;
    } rows[] = {
        { { REPORT_PASSED, REPORT_VALID }, false, SIM_EXIT_PASSED },
        { { REPORT_PASSED, REPORT_INVALID }, false, SIM_EXIT_USAGE },
        { { REPORT_FAILED, REPORT_INVALID }, false, SIM_EXIT_FAILED },
        { { REPORT_FAILED, REPORT_NONDETERMINISTIC }, false, SIM_EXIT_NONDETERMINISTIC },
        { { REPORT_INVALID, REPORT_INTERRUPTED }, true, SIM_EXIT_INTERRUPTED },
        { { REPORT_INTERRUPTED, REPORT_FAILED }, true, SIM_EXIT_FAILED },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct report_result result;
        report_result_init(&result);
        for (size_t k = 0; k < 2; k++) {
            report_result_add(&result)->verdict = rows[i].verdicts[k];
        }
        result.interrupted = rows[i].interrupted;
        assert_int_equal(sim_command_exit(&result), rows[i].code);
        report_result_release(&result);
    }
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_command_passes),
        in_folder(test_command_output_is_reproducible),
        in_folder(test_command_fails),
        in_folder(test_command_bad_file),
        in_folder(test_command_check),
        in_folder(test_command_missing_path),
        in_folder(test_command_jobs),
        in_folder(test_command_states),
        in_folder(test_command_junit),
        in_folder(test_command_junit_refused),
        in_folder(test_command_interrupted),
        in_folder(test_command_bad_usage),
        in_folder(test_command_help_of_each),
        in_folder(test_command_engine_spares_files),
        in_folder(test_files_of_a_folder),
        in_folder(test_command_junit_spares_scenarios),
        in_folder(test_command_replay_as_called),
        cmocka_unit_test(test_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
