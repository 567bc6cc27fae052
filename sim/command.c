#include "sim/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/states.h"
#include "reports/text.h"
#include "sim/conformance/command.h"
#include "sim/crash.h"
#include "sim/explore/command.h"
#include "sim/files.h"
#include "sim/live/command.h"
#include "sim/options.h"
#include "sim/output.h"
#include "sim/progress.h"
#include "sim/server/command.h"
#include "sim/soak/command.h"
#include "sim/states.h"
#include "sim/workers.h"

#define DEFAULT_PATH "scenarios"

/* A signal handler has nobody to tell but what is static. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* The second one kills. */
static void watch_interrupt(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

/* One command on its way. */
struct session {
    struct sim_options options;
    struct sim_files files;
    struct report_result result;
    struct report_text_style style;
    struct sim_progress progress;
    struct sim_scenario **scenarios; /* of the files; NULL: that one is bad */
    char **errors;                   /* then what is wrong with it */
    const char *program;
    struct sim_output junit;
    FILE *out;
    FILE *err;
    bool worker_broke;
};

static bool use_color(FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    return (no_color == NULL || *no_color == '\0') && out == stdout && isatty(STDOUT_FILENO);
}

static struct report_scenario *add_scenario(struct session *session)
{
    struct report_scenario *added = report_result_add(&session->result);
    if (added == NULL) {
        (void)fputs("drydock: out of memory\n", session->err);
        abort();
    }
    return added;
}

/* --- files --------------------------------------------------------------------------- */

static void find_files(struct session *session)
{
    const struct sim_options *options = &session->options;
    for (int i = 0; i < options->path_count; i++) {
        sim_files_add(&session->files, options->paths[i]);
    }
    if (options->path_count == 0) {
        sim_files_add(&session->files, DEFAULT_PATH);
    }
}

/* What is wrong with the path, as it was found; who gave none did not ask for it. */
static char *problem_of(const struct session *session, const char *problem)
{
    static const char why[] = " (no PATH was given)";
    size_t size = strlen(problem) + sizeof(why);
    char *text = fake_memory_alloc(size);
    (void)snprintf(text, size, "%s%s", problem, session->options.path_count == 0 ? why : "");
    return text;
}

/* All of them, before any is run: workers have what their parent had. */
static void read_files(struct session *session)
{
    size_t count = session->files.count;
    session->scenarios = fake_memory_alloc((count + 1) * sizeof(struct sim_scenario *));
    session->errors = fake_memory_alloc((count + 1) * sizeof(char *));
    for (size_t i = 0; i < count && !interrupted; i++) {
        const struct sim_file *file = &session->files.at[i];
        struct sim_error error;
        if (file->problem != NULL) {
            session->errors[i] = problem_of(session, file->problem);
            continue;
        }
        session->scenarios[i] = sim_scenario_read(file->path, &error);
        if (session->scenarios[i] == NULL) {
            char message[768];
            sim_error_format(file->path, &error, message, sizeof(message));
            session->errors[i] = fake_memory_copy(message);
        }
    }
}

static void drop_files(struct session *session)
{
    for (size_t i = 0; i < session->files.count && session->scenarios != NULL; i++) {
        sim_scenario_destroy(session->scenarios[i]);
        free(session->errors[i]);
    }
    free(session->scenarios);
    free(session->errors);
    sim_files_release(&session->files);
}

/* --- what is done with each ------------------------------------------------------------ */

static void add_invalid(struct session *session, size_t index)
{
    struct report_scenario *added = add_scenario(session);
    added->path = fake_memory_copy(session->files.at[index].path);
    added->verdict = REPORT_INVALID;
    added->error = fake_memory_copy(session->errors[index]);
}

/* One more is done; NULL: its file is bad. */
static void on_finished(void *ctx, size_t index, struct report_scenario *result)
{
    struct session *session = ctx;
    sim_progress_erase(&session->progress);
    if (result != NULL) {
        *add_scenario(session) = *result;
    } else {
        (void)fprintf(session->err, "%s\n", session->errors[index]);
        add_invalid(session, index);
    }
    if (!session->options.json) {
        report_text_scenario(session->out,
                             &session->result.scenarios[session->result.scenario_count - 1],
                             session->style);
        (void)fflush(session->out);
    }
}

static void on_progress(void *ctx, size_t done_count, size_t index, uint64_t seed)
{
    struct session *session = ctx;
    session->progress.scenario_number = done_count + 1;
    sim_progress_show(&session->progress, session->files.at[index].path, seed);
}

static void on_said(void *ctx, const char *text)
{
    struct session *session = ctx;
    sim_progress_erase(&session->progress);
    (void)fputs(text, session->err);
}

static void on_running(void *ctx, const struct sim_runner_at *at)
{
    struct session *session = ctx;
    sim_crash_running(at->scenario->path, at->seed);
    sim_progress_show(&session->progress, at->scenario->path, at->seed);
}

static void run_in_process(struct session *session, struct sim_runner runner)
{
    runner.running = on_running;
    runner.ctx = session;
    sim_crash_watch(session->program);
    for (size_t i = 0; i < session->files.count && !interrupted; i++) {
        struct report_scenario result = { .verdict = REPORT_PASSED };
        session->progress.scenario_number = i + 1;
        if (session->scenarios[i] == NULL) {
            on_finished(session, i, NULL);
            continue;
        }
        (void)sim_runner_run(&runner, session->scenarios[i], &result);
        sim_crash_running(NULL, 0);
        on_finished(session, i, &result);
    }
}

static void run_in_workers(struct session *session, struct sim_runner runner)
{
    const struct sim_options *options = &session->options;
    const struct sim_workers order = {
        .runner = runner,
        .scenarios = session->scenarios,
        .count = session->files.count,
        .job_count = options->job_count > 0 ? options->job_count : sim_workers_processors(),
        .run_limit_ns = options->run_limit_ns,
        .finished = on_finished,
        .progress = on_progress,
        .said = on_said,
        .ctx = session,
    };
    struct sim_workers_end end = sim_workers_run(&order);
    session->result.interrupted = end.broken_off;
    session->worker_broke = end.worker_broke;
}

static void run_all(struct session *session)
{
    const struct sim_runner runner = {
        .seed_first = session->options.seed_first,
        .seed_last = session->options.seed_last,
        .stop = &interrupted,
        .count_moves = session->options.states,
        .personality = session->options.has_personality ? &session->options.personality : NULL,
        .program = session->program,
    };
    session->result.table = session->options.states ? sim_states_table() : NULL;
    if (session->options.in_process) {
        run_in_process(session, runner);
    } else {
        run_in_workers(session, runner);
    }
}

static void check_all(struct session *session)
{
    for (size_t i = 0; i < session->files.count && !interrupted; i++) {
        const struct sim_runner none = { .seed_first = 0 };
        struct report_scenario result = { .verdict = REPORT_INVALID };
        if (session->scenarios[i] != NULL) {
            sim_runner_describe(&none, session->scenarios[i], &result);
            result.verdict = REPORT_VALID;
        }
        on_finished(session, i, session->scenarios[i] != NULL ? &result : NULL);
    }
}

/* --- the end --------------------------------------------------------------------------- */

enum sim_exit sim_command_exit(const struct report_result *result)
{
    struct report_totals totals = report_result_totals(result);
    if (totals.verdict_count[REPORT_NONDETERMINISTIC] > 0) {
        return SIM_EXIT_NONDETERMINISTIC;
    }
    if (totals.verdict_count[REPORT_FAILED] > 0) {
        return SIM_EXIT_FAILED;
    }
    if (result->interrupted) {
        return SIM_EXIT_INTERRUPTED;
    }
    return totals.verdict_count[REPORT_INVALID] > 0 ? SIM_EXIT_USAGE : SIM_EXIT_PASSED;
}

static void report(struct session *session, uint64_t wall_ns)
{
    if (session->options.json) {
        report_json(session->out, &session->result);
        if (session->err == stderr && isatty(STDERR_FILENO)) {
            report_took(session->err, &session->result, wall_ns);
        }
        return;
    }
    if (session->result.table != NULL) {
        (void)fputc('\n', session->out);
        report_states(session->out, &session->result);
        (void)fputc('\n', session->out);
    }
    report_text_skipped(session->out, &session->result);
    report_text_verdicts(session->out, &session->result);
    if (session->options.verb == SIM_VERB_RUN) {
        report_text_totals(session->out, &session->result);
        report_took(session->out, &session->result, wall_ns);
    }
}

static int finish_output(struct session *session, enum sim_exit code)
{
    if (fflush(session->out) == 0 && !ferror(session->out)) {
        return (int)code;
    }
    (void)fprintf(session->err, "drydock: the report could not be written: %s\n", strerror(errno));
    return SIM_EXIT_USAGE;
}

/* A slip of the keyboard must not cost a scenario: the report would take its place. */
static bool is_scenario_file(const struct session *session, const char *path)
{
    struct stat own;
    struct stat there;
    for (size_t i = 0; i < session->files.count && stat(path, &own) == 0; i++) {
        if (stat(session->files.at[i].path, &there) == 0 && own.st_dev == there.st_dev &&
            own.st_ino == there.st_ino) {
            return true;
        }
    }
    return false;
}

static bool begin_junit(struct session *session)
{
    const char *path = session->options.junit;
    if (path != NULL && is_scenario_file(session, path)) {
        (void)snprintf(session->junit.message, sizeof(session->junit.message),
                       "%.300s: is one of the scenarios; --junit needs a file of its own", path);
        return false;
    }
    return path == NULL || sim_output_begin(&session->junit, path);
}

static bool finish_junit(struct session *session)
{
    if (session->options.junit == NULL) {
        return true;
    }
    report_junit(session->junit.file, &session->result);
    return sim_output_commit(&session->junit);
}

static int refuse_junit(const struct session *session)
{
    (void)fprintf(session->err, "drydock: %s\n", session->junit.message);
    return SIM_EXIT_USAGE;
}

static int run_or_check(struct session *session)
{
    uint64_t start_ns = sim_wall_ns();
    interrupted = 0;
    watch_interrupt();
    session->result.checked = session->options.verb == SIM_VERB_CHECK;
    find_files(session);
    if (!begin_junit(session)) {
        return refuse_junit(session);
    }
    sim_progress_init(&session->progress, session->files.count);
    session->progress.enabled = session->progress.enabled && session->err == stderr;
    read_files(session);
    if (session->options.verb == SIM_VERB_RUN) {
        run_all(session);
    } else {
        check_all(session);
    }
    sim_progress_erase(&session->progress);
    session->result.interrupted = session->result.interrupted || interrupted != 0;
    report(session, sim_wall_ns() - start_ns);
    enum sim_exit code = sim_command_exit(&session->result);
    code = session->worker_broke && code == SIM_EXIT_PASSED ? SIM_EXIT_FAILED : code;
    int status = finish_output(session, code);
    return finish_junit(session) ? status : refuse_junit(session);
}

/* Of any command, whatever else is said. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

int sim_command(int argc, char **argv, FILE *out, FILE *err)
{
    struct session session = { .out = out, .err = err };
    session.program = argc > 0 ? argv[0] : "drydock";
    if (asks_for_help(argc, argv)) {
        (void)fputs(sim_options_help(), out);
        return finish_output(&session, SIM_EXIT_PASSED);
    }
    if (argc > 1 && sim_explore_is_verb(argv[1])) {
        interrupted = 0;
        watch_interrupt();
        return finish_output(
            &session, (enum sim_exit)sim_explore_command(argc, argv, out, err, &interrupted));
    }
    if (argc > 1 && strcmp(argv[1], "live") == 0) {
        interrupted = 0;
        watch_interrupt();
        return finish_output(&session,
                             (enum sim_exit)sim_live_command(argc, argv, out, err, &interrupted));
    }
    if (argc > 1 && strcmp(argv[1], "engine") == 0) {
        interrupted = 0;
        watch_interrupt();
        return sim_server_command(argc, argv, out, err, &interrupted);
    }
    if (argc > 1 && sim_soak_is_verb(argv[1])) {
        interrupted = 0;
        watch_interrupt();
        return finish_output(&session,
                             (enum sim_exit)sim_soak_command(argc, argv, out, err, &interrupted));
    }
    if (argc > 1 && strcmp(argv[1], "conformance") == 0) {
        return finish_output(&session,
                             (enum sim_exit)sim_conformance_command(argc, argv, out, err));
    }
    if (!sim_options_read(&session.options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", session.options.message);
        return SIM_EXIT_USAGE;
    }
    if (session.options.verb == SIM_VERB_HELP) {
        (void)fputs(sim_options_help(), out);
        return finish_output(&session, SIM_EXIT_PASSED);
    }
    if (session.options.verb == SIM_VERB_VERSION) {
        (void)fputs("drydock " DD_VERSION "\n", out);
        return finish_output(&session, SIM_EXIT_PASSED);
    }
    session.style =
        (struct report_text_style){ .color = use_color(out), .verbose = session.options.verbose };
    report_result_init(&session.result);
    int code = run_or_check(&session);
    report_result_release(&session.result);
    drop_files(&session);
    return code;
}
