#include "sim/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "reports/json.h"
#include "reports/text.h"
#include "sim/crash.h"
#include "sim/files.h"
#include "sim/options.h"
#include "sim/progress.h"
#include "sim/runner.h"

#define DRYDOCK_VERSION "0.1.0"
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
}

/* One command on its way. */
struct session {
    struct sim_options options;
    struct sim_files files;
    struct report_result result;
    struct report_text_style style;
    struct sim_progress progress;
    FILE *out;
    FILE *err;
    bool bad_path;
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
    char message[SIM_FILES_MESSAGE_SIZE];
    const struct sim_options *options = &session->options;
    for (int i = 0; i < options->path_count; i++) {
        if (!sim_files_add(&session->files, options->paths[i], message)) {
            (void)fprintf(session->err, "%s\n", message);
            session->bad_path = true;
        }
    }
    if (options->path_count == 0 && !sim_files_add(&session->files, DEFAULT_PATH, message)) {
        (void)fprintf(session->err, "%s\n", message);
        session->bad_path = true;
    }
}

/* NULL: it is bad; the message is on stderr and in the result. */
static struct sim_scenario *read_file(struct session *session, const char *path)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    if (scenario != NULL) {
        return scenario;
    }
    char message[768];
    sim_error_format(path, &error, message, sizeof(message));
    (void)fprintf(session->err, "%s\n", message);
    struct report_scenario *added = add_scenario(session);
    added->path = fake_memory_copy(path);
    added->verdict = REPORT_INVALID;
    added->error = fake_memory_copy(message);
    return NULL;
}

/* --- what is done with each ------------------------------------------------------------ */

static void on_progress(void *ctx, const struct sim_scenario *scenario, uint64_t seed)
{
    struct session *session = ctx;
    sim_crash_running(scenario->path, seed);
    sim_progress_show(&session->progress, scenario->path, seed);
}

static void run_scenario(struct session *session, const struct sim_scenario *scenario)
{
    const struct sim_runner runner = {
        .seed_first = session->options.seed_first,
        .seed_last = session->options.seed_last,
        .stop = &interrupted,
        .progress = on_progress,
        .ctx = session,
    };
    if (!sim_runner_run(&runner, scenario, add_scenario(session))) {
        session->result.interrupted = true;
    }
    sim_crash_running(NULL, 0);
}

static void check_scenario(struct session *session, const struct sim_scenario *scenario)
{
    struct report_scenario *added = add_scenario(session);
    added->path = fake_memory_copy(scenario->path);
    added->name = fake_memory_copy(scenario->name);
    added->verdict = REPORT_PASSED;
}

static void do_file(struct session *session, const char *path)
{
    struct sim_scenario *scenario = read_file(session, path);
    if (scenario != NULL && session->options.verb == SIM_VERB_RUN) {
        run_scenario(session, scenario);
    } else if (scenario != NULL) {
        check_scenario(session, scenario);
    }
    sim_scenario_destroy(scenario);
    sim_progress_erase(&session->progress);
    if (!session->options.json) {
        report_text_scenario(session->out,
                             &session->result.scenarios[session->result.scenario_count - 1],
                             session->style);
        (void)fflush(session->out);
    }
}

/* --- the end --------------------------------------------------------------------------- */

enum sim_exit sim_command_exit(const struct report_result *result, bool bad_path)
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
    return bad_path || totals.verdict_count[REPORT_INVALID] > 0 ? SIM_EXIT_USAGE : SIM_EXIT_PASSED;
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

static int run_or_check(struct session *session)
{
    uint64_t start_ns = sim_wall_ns();
    interrupted = 0;
    watch_interrupt();
    sim_crash_watch();
    find_files(session);
    sim_progress_init(&session->progress, session->files.count);
    session->progress.enabled = session->progress.enabled && session->err == stderr;
    for (size_t i = 0; i < session->files.count && !interrupted; i++) {
        session->progress.scenario_number = i + 1;
        do_file(session, session->files.at[i]);
    }
    session->result.interrupted = session->result.interrupted || interrupted != 0;
    report(session, sim_wall_ns() - start_ns);
    return finish_output(session, sim_command_exit(&session->result, session->bad_path));
}

int sim_command(int argc, char **argv, FILE *out, FILE *err)
{
    struct session session = { .out = out, .err = err };
    if (!sim_options_read(&session.options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", session.options.message);
        return SIM_EXIT_USAGE;
    }
    if (session.options.verb == SIM_VERB_HELP) {
        (void)fputs(sim_options_help(), out);
        return finish_output(&session, SIM_EXIT_PASSED);
    }
    if (session.options.verb == SIM_VERB_VERSION) {
        (void)fputs("drydock " DRYDOCK_VERSION "\n", out);
        return finish_output(&session, SIM_EXIT_PASSED);
    }
    session.style =
        (struct report_text_style){ .color = use_color(out), .verbose = session.options.verbose };
    report_result_init(&session.result);
    int code = run_or_check(&session);
    report_result_release(&session.result);
    sim_files_release(&session.files);
    return code;
}
