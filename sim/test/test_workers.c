/* Scenarios in worker processes: results in order, and runs that break their worker. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakes/memory.h"
#include "reports/json.h"
#include "sim/child.h"
#include "sim/test/world_fixture.h"
#include "sim/workers.h"

#define STEPS                                                                                      \
    "'steps': [{'at': ['0s', '9s'], 'pull': 'redis:7', 'caller': 'w', 'as': 'p'},"                 \
    " {'after': 'p granted', 'release': 'p'}]"
#define FAULTY                                                                                     \
    "'faults': [{'on': 'remove', 'status': 500, 'reason': 'server error', 'budget': 1}], " STEPS
#define LONG                                                                                       \
    "'steps': [{'at': ['0s', '9s'], 'pull': 'redis:7', 'caller': 'w', 'callers': 10000, "          \
    "'as': 'p'}, {'after': 'p granted', 'release': 'p'}]"
#define SCENARIO_MAX 8

struct bench {
    struct sim_scenario *scenarios[SCENARIO_MAX];
    size_t count;
    struct report_result result;
    size_t indices[SCENARIO_MAX]; /* as they were handed on */
    size_t finished_count;
    unsigned progress_count;
    char said[256];
    volatile sig_atomic_t stop;
    bool stop_at_first;
};

static int setup(void **state)
{
    struct bench *bench = fake_memory_alloc(sizeof(*bench));
    report_result_init(&bench->result);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->count; i++) {
        sim_scenario_destroy(bench->scenarios[i]);
    }
    report_result_release(&bench->result);
    free(bench);
    return 0;
}

static struct sim_scenario *add(struct bench *bench, const char *body)
{
    bench->scenarios[bench->count] = body != NULL ? fix_scenario(body) : NULL;
    return bench->scenarios[bench->count++];
}

/* A fault of a kind that there is none of: the engine's assert fails where it strikes. */
static void add_broken(struct bench *bench)
{
    struct fake_fault *faults = (void *)(uintptr_t)add(bench, FAULTY)->faults;
    faults[0].kind = (enum fake_fault_kind)99;
}

static void on_finished(void *ctx, size_t index, struct report_scenario *result)
{
    struct bench *bench = ctx;
    bench->indices[bench->finished_count++] = index;
    if (result != NULL) {
        *report_result_add(&bench->result) = *result;
    }
    bench->stop = bench->stop_at_first ? 1 : 0;
}

static void on_progress(void *ctx, size_t done_count, size_t index, uint64_t seed)
{
    struct bench *bench = ctx;
    assert_true(done_count <= bench->count && index < bench->count && seed < 1000);
    bench->progress_count++;
}

static void on_said(void *ctx, const char *text)
{
    struct bench *bench = ctx;
    (void)snprintf(bench->said, sizeof(bench->said), "%s", text);
}

static struct sim_workers order_of(struct bench *bench, unsigned job_count)
{
    return (struct sim_workers){
        .runner = { .seed_last = 19, .stop = &bench->stop, .count_moves = true },
        .scenarios = bench->scenarios,
        .count = bench->count,
        .job_count = job_count,
        .run_limit_ns = 20 * DD_SECOND_NS,
        .finished = on_finished,
        .progress = on_progress,
        .said = on_said,
        .ctx = bench,
    };
}

static struct sim_workers_end run(struct bench *bench, unsigned job_count)
{
    const struct sim_workers order = order_of(bench, job_count);
    return sim_workers_run(&order);
}

static char *as_json(const struct report_result *result)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    report_json(file, result);
    long size = ftell(file);
    char *text = fake_memory_alloc((size_t)size + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    (void)fclose(file);
    return text;
}

/* However many workers there are, the results are the same, in the scenarios' order;
 * where there is nothing to do, that has its turn, too. */
static void test_workers_results_do_not_depend_on_jobs(void **state)
{
    struct bench *bench = *state;
    char *first = NULL;
    add(bench, STEPS);
    add(bench, NULL);
    add(bench, FAULTY);
    add(bench, STEPS ", 'finally': {'engine_images': ['redis-a']}");
    add_broken(bench);
    add(bench, STEPS);
    for (unsigned jobs = 1; jobs < 10; jobs += 2) {
        struct sim_workers_end end = run(bench, jobs);
        assert_false(end.broken_off);
        assert_false(end.worker_broke);
        assert_int_equal(bench->finished_count, 6);
        for (size_t i = 0; i < 6; i++) {
            assert_int_equal(bench->indices[i], i);
        }
        char *text = as_json(&bench->result);
        if (first == NULL) {
            first = text;
        } else {
            assert_string_equal(text, first);
            free(text);
        }
        assert_true(bench->result.scenarios[0].moves[0] > 0);
        report_result_release(&bench->result);
        bench->finished_count = 0;
    }
    assert_string_equal(bench->said, "");
    free(first);
}

/* From the first seed on, of those that pass, the runs until one breaks. */
static const struct report_scenario *run_until_broken(struct bench *bench)
{
    struct sim_workers order = order_of(bench, 1);
    for (;;) {
        (void)sim_workers_run(&order);
        const struct report_scenario *broken = &bench->result.scenarios[0];
        if (broken->run_count > 0) {
            return broken;
        }
        assert_true(order.runner.seed_first < 9);
        order.runner.seed_first++;
        report_result_release(&bench->result);
        bench->finished_count = 0;
    }
}

/* A failed assert is a failure of its scenario, with the story up to there and the seed
 * to replay it; the seeds before it count, and the other scenarios go on. */
static void test_workers_assert(void **state)
{
    struct bench *bench = *state;
    add_broken(bench);
    add(bench, STEPS);
    const struct report_scenario *broken = run_until_broken(bench);
    assert_int_equal(broken->verdict, REPORT_FAILED);
    assert_string_equal(broken->failure->invariant, "assert");
    assert_memory_equal(broken->failure->message, "fakes/engine_faults.c:", 22);
    assert_non_null(strstr(broken->failure->message, "Assertion `"));
    assert_int_equal(broken->run_count, broken->failure->seed - broken->seed_first);
    assert_true(broken->event_count > 0);
    char command[64];
    (void)snprintf(command, sizeof(command), "drydock run t.json --seed %u",
                   (unsigned)broken->failure->seed);
    assert_string_equal(broken->failure->command, command);
    assert_non_null(strstr(broken->failure->story, "asks for redis:7\n"));
    assert_non_null(strstr(broken->failure->story, "is asked: DELETE redis:7\n"));
    assert_null(strstr(broken->failure->story, "sha256:"));
    assert_int_equal(bench->result.scenarios[1].verdict, REPORT_PASSED);
    assert_true(bench->result.scenarios[1].run_count > 10);
}

/* A bad address is a failure, too, whose words are the signal's (or the sanitizer's). */
static void test_workers_signal(void **state)
{
    struct bench *bench = *state;
    struct sim_scenario *scenario = add(bench, STEPS);
    const struct sim_step *steps = scenario->steps;
    scenario->steps = NULL;
    (void)run(bench, 2);
    scenario->steps = steps;
    const struct report_scenario *broken = &bench->result.scenarios[0];
    assert_int_equal(broken->verdict, REPORT_FAILED);
    assert_string_equal(broken->failure->invariant, "assert");
    assert_true(strlen(broken->failure->message) > 0);
    assert_null(strstr(broken->failure->message, "0x"));
    assert_int_equal(broken->run_count, 0);
}

/* A run that takes too much CPU time is ended. */
static void test_workers_endless(void **state)
{
    struct bench *bench = *state;
    add(bench, LONG);
    struct sim_workers order = order_of(bench, 1);
    order.run_limit_ns = 1000000;
    struct sim_workers_end end = sim_workers_run(&order);
    const struct report_scenario *broken = &bench->result.scenarios[0];
    assert_false(end.broken_off);
    assert_int_equal(broken->verdict, REPORT_FAILED);
    assert_string_equal(broken->failure->invariant, "assert");
    assert_non_null(strstr(broken->failure->message, "does not come to an end"));
}

/* Broken off, what was found is handed on, and that it is not all. */
static void test_workers_are_broken_off(void **state)
{
    struct bench *bench = *state;
    bench->stop_at_first = true;
    add(bench, STEPS);
    add(bench, LONG);
    add(bench, LONG);
    struct sim_workers_end end = run(bench, 2);
    assert_true(end.broken_off);
    for (size_t i = 1; i < bench->result.scenario_count; i++) {
        assert_true(bench->result.scenarios[i].run_count < 20);
    }
    assert_int_equal(bench->indices[0], 0);
    assert_int_equal(bench->result.scenarios[0].run_count, 20);
    assert_true(bench->progress_count > 0);
}

/* Broken off before it begins, nothing is run. */
static void test_workers_broken_off_at_once(void **state)
{
    struct bench *bench = *state;
    bench->stop = 1;
    add(bench, LONG);
    struct sim_workers_end end = run(bench, 1);
    assert_true(end.broken_off);
    assert_true(bench->result.scenario_count == 0 || bench->result.scenarios[0].run_count < 20);
}

/* Where there can be no worker, this process does it all. */
static void test_workers_without_processes(void **state)
{
    struct bench *bench = *state;
    struct rlimit limit;
    add(bench, STEPS);
    add(bench, NULL);
    add(bench, STEPS);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = { 0, limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct sim_workers_end end = run(bench, 3);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_false(end.broken_off);
    assert_int_equal(bench->finished_count, 3);
    assert_int_equal(bench->result.scenario_count, 2);
    assert_int_equal(bench->result.scenarios[1].run_count, 20);
}

/* There is at least one processor. */
static void test_processors(void **state)
{
    (void)state;
    assert_in_range(sim_workers_processors(), 1, SIM_WORKERS_MAX);
}

/* --- children ------------------------------------------------------------------------- */

struct ending {
    const char *says;
    int signal; /* 0: exit */
    int status;
    const char *words;
};

static void end_like(void *arg, int out)
{
    const struct ending *ending = arg;
    sim_child_write(out, "hello", 5);
    (void)fputs(ending->says, stderr);
    if (ending->signal != 0) {
        struct sigaction action;
        memset(&action, 0, sizeof(action));
        action.sa_handler = SIG_DFL;
        (void)sigaction(ending->signal, &action, NULL);
        (void)raise(ending->signal);
    }
    _exit(ending->status);
}

static void read_whole(struct sim_child *child)
{
    while (child->out >= 0 || child->err >= 0) {
        sim_child_read(child, child->out >= 0 ? child->out : child->err);
    }
    sim_child_reap(child);
}

/* Why a child died, in words that are the same every time. */
static void test_child_words(void **state)
{
    static const struct ending rows[] = {
        { "x\nprog: a/b.c:12: f: Assertion `1 == 2' failed.\ny\n", SIGABRT, 0,
          "a/b.c:12: f: Assertion `1 == 2' failed." },
        { "a.c:3:4: runtime error: load of address 0x55 with\n", 0, 1,
          "a.c:3:4: runtime error: load of address" },
        { "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x6020 at\n", 0, 1,
          "AddressSanitizer: heap-use-after-free" },
        { "ERROR: of another kind\n", 0, 3, "the run ended its process with exit status " },
        { "", SIGABRT, 0, "the run aborted (SIGABRT)" },
        { "", SIGKILL, 0, "the run was killed (SIGKILL): memory may have run out" },
        { "", SIGUSR1, 0, "the run was ended by signal 10" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sim_child child;
        struct ending ending = rows[i];
        assert_true(sim_child_start(&child, end_like, &ending));
        read_whole(&child);
        assert_int_equal(child.used, 5);
        assert_memory_equal(child.bytes, "hello", 5);
        assert_true(sim_child_broke(&child));
        char *words = sim_child_words(&child);
        /* valgrind has an exit status of its own for a child with its parent's memory. */
        size_t length = strlen(rows[i].words);
        assert_memory_equal(words, rows[i].words,
                            rows[i].signal != 0 || rows[i].status == 1 ? length + 1 : length);
        free(words);
        sim_child_release(&child);
    }
}

/* Of what a child says only the beginning is kept. */
static void test_child_says_much(void **state)
{
    struct sim_child child;
    char *much = fake_memory_alloc(4 * SIM_CHILD_SAID_MAX + 1);
    struct ending ending = { .says = much };
    (void)state;
    memset(much, 'a', (size_t)4 * SIM_CHILD_SAID_MAX);
    assert_true(sim_child_start(&child, end_like, &ending));
    while (child.err >= 0) {
        sim_child_read(&child, child.err);
    }
    read_whole(&child);
    assert_int_equal(strlen(child.said), SIM_CHILD_SAID_MAX - 1);
    sim_child_release(&child);
    free(much);
}

static void sleep_long(void *arg, int out)
{
    (void)arg;
    (void)out;
    (void)pause();
}

/* A child can be ended; and one that has ended is left alone. */
static void test_child_is_killed(void **state)
{
    struct sim_child child;
    (void)state;
    assert_true(sim_child_start(&child, sleep_long, NULL));
    sim_child_kill(&child);
    sim_child_kill(&child);
    assert_true(sim_child_broke(&child));
    sim_child_release(&child);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_bench(test_workers_results_do_not_depend_on_jobs),
        on_bench(test_workers_assert),
        on_bench(test_workers_signal),
        on_bench(test_workers_endless),
        on_bench(test_workers_are_broken_off),
        on_bench(test_workers_broken_off_at_once),
        on_bench(test_workers_without_processes),
        cmocka_unit_test(test_processors),
        cmocka_unit_test(test_child_words),
        cmocka_unit_test(test_child_says_much),
        cmocka_unit_test(test_child_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
