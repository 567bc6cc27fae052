#include "sim/live/command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/text.h"
#include "sim/command.h"
#include "sim/files.h"
#include "sim/live/http.h"
#include "sim/live/player.h"
#include "sim/options.h"
#include "sim/output.h"
#include "sim/progress.h"

#define SCALE_DEFAULT 10
#define IDLE_DEFAULT 1000
#define RATE_MAX 1000000
#define JOBS_DEFAULT 8

struct live_options {
    struct sim_live_site site;
    char *login; /* NAME:PASSWORD@ADDRESS, cut in pieces */
    uint64_t seed;
    unsigned job_count;
    const char *junit;
    bool json;
    bool verbose;
    char message[256];
};

struct session {
    struct live_options options;
    struct sim_files files;
    struct sim_scenario **scenarios;
    struct report_result result;
    FILE *out;
    FILE *err;
};

/* --- options ------------------------------------------------------------------------------ */

static bool refuse(struct live_options *options, const char *what, const char *given,
                   const char *expected)
{
    (void)snprintf(options->message, sizeof(options->message), "%s \"%.60s\"; expected %s", what,
                   given, expected);
    return false;
}

static bool rate_read(struct live_options *options, const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value == 0 ||
        value > RATE_MAX) {
        return refuse(options, "bad rate", text, "a number from 1 to 1000000");
    }
    *out = value;
    return true;
}

static bool login_read(struct live_options *options, const char *text)
{
    fake_memory_free(options->login);
    options->login = fake_memory_copy(text);
    char *at = strrchr(options->login, '@');
    char *colon = strchr(options->login, ':');
    if (at == NULL || colon == NULL || colon > at || at[1] == '\0') {
        return refuse(options, "bad registry", text, "NAME:PASSWORD@ADDRESS");
    }
    *at = '\0';
    *colon = '\0';
    options->site.username = options->login;
    options->site.password = colon + 1;
    options->site.registry_auth = at + 1;
    return true;
}

static bool option_read(struct live_options *options, int code, char **argv)
{
    switch (code) {
    case 'd':
        options->site.docker = optarg;
        return strncmp(optarg, "unix:///", 8) == 0 ||
               refuse(options, "bad engine", optarg, "unix:///PATH");
    case 'r':
        options->site.registry = optarg;
        return true;
    case 'p':
        return login_read(options, optarg);
    case 'x':
        options->site.stop = optarg;
        return true;
    case 'y':
        options->site.start = optarg;
        return true;
    case 'c':
        return rate_read(options, optarg, &options->site.scale);
    case 'i':
        return rate_read(options, optarg, &options->site.idle);
    case 's':
        return sim_seed_read(optarg, &options->seed) ||
               refuse(options, "bad seed", optarg, "a number or a git commit hash");
    case 'j':
        return (sim_jobs_read(optarg, &options->job_count) && options->job_count > 0) ||
               refuse(options, "bad number of jobs", optarg, "a number from 1 to 256");
    case 'f':
        options->json = strcmp(optarg, "json") == 0;
        return options->json || strcmp(optarg, "text") == 0 ||
               refuse(options, "unknown format", optarg, "text or json");
    case 'u':
        options->junit = optarg;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    case ':':
        return refuse(options, "no value for option", argv[optind - 1], "one");
    default:
        return refuse(options, "unknown option", argv[optind - 1], "one that `drydock help` names");
    }
}

static bool options_read(struct live_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        { "docker", required_argument, NULL, 'd' },
        { "registry", required_argument, NULL, 'r' },
        { "private-registry", required_argument, NULL, 'p' },
        { "stop", required_argument, NULL, 'x' },
        { "start", required_argument, NULL, 'y' },
        { "scale", required_argument, NULL, 'c' },
        { "idle", required_argument, NULL, 'i' },
        { "seed", required_argument, NULL, 's' },
        { "jobs", required_argument, NULL, 'j' },
        { "format", required_argument, NULL, 'f' },
        { "junit", required_argument, NULL, 'u' },
        { "verbose", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    int code;
    *options = (struct live_options){
        .site = { .scale = SCALE_DEFAULT, .idle = IDLE_DEFAULT },
        .job_count = JOBS_DEFAULT,
    };
    optind = 2;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!option_read(options, code, argv)) {
            return false;
        }
    }
    if (options->site.docker == NULL || options->site.registry == NULL) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected --docker unix:///PATH and --registry ADDRESS");
        return false;
    }
    if (optind >= argc) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected scenario files, or folders of them");
        return false;
    }
    return true;
}

/* --- the report ----------------------------------------------------------------------------- */

static struct report_scenario *add(struct session *session)
{
    struct report_scenario *added = report_result_add(&session->result);
    if (added == NULL) {
        (void)fputs("drydock: out of memory\n", session->err);
        abort();
    }
    return added;
}

static void on_finished(void *ctx, size_t index, struct report_scenario *result)
{
    struct session *session = ctx;
    struct report_scenario *added = add(session);
    if (result != NULL) {
        *added = *result;
    } else {
        struct sim_error error = { .line = 0 };
        char text[768];
        const struct sim_file *file = &session->files.at[index];
        (void)sim_scenario_read(file->path, &error);
        sim_error_format(file->path, &error, text, sizeof(text));
        added->path = fake_memory_copy(file->path);
        added->verdict = REPORT_INVALID;
        added->error = fake_memory_copy(file->problem != NULL ? file->problem : text);
        (void)fprintf(session->err, "%s\n", added->error);
    }
    if (!session->options.json) {
        const struct report_text_style style = { .verbose = session->options.verbose };
        report_text_scenario(session->out, added, style);
        (void)fflush(session->out);
    }
}

static void report(struct session *session, uint64_t wall_ns)
{
    if (session->options.json) {
        report_json(session->out, &session->result);
        return;
    }
    report_text_skipped(session->out, &session->result);
    report_text_verdicts(session->out, &session->result);
    (void)fprintf(session->out, "took %" PRIu64 ".%" PRIu64 "s\n", wall_ns / DD_SECOND_NS,
                  wall_ns % DD_SECOND_NS / (DD_SECOND_NS / 10));
}

/* --- the command ------------------------------------------------------------------------------ */

static void read_files(struct session *session, int argc, char **argv)
{
    for (int i = optind; i < argc; i++) {
        sim_files_add(&session->files, argv[i]);
    }
    session->scenarios =
        fake_memory_alloc((session->files.count + 1) * sizeof(struct sim_scenario *));
    for (size_t i = 0; i < session->files.count; i++) {
        struct sim_error error;
        if (session->files.at[i].problem == NULL) {
            session->scenarios[i] = sim_scenario_read(session->files.at[i].path, &error);
        }
    }
}

/* Before anything is played: is there somebody? */
static bool answers(struct session *session, const char *address, const char *path)
{
    const struct sim_live_http_request request = { .method = "GET",
                                                   .address = address,
                                                   .path = path };
    struct sim_live_http_answer answer;
    sim_live_http(&request, &answer);
    bool fine = answer.status != 0;
    if (!fine) {
        (void)fprintf(session->err, "drydock: %s\n", answer.why);
    }
    sim_live_http_release(&answer);
    return fine;
}

/* Row "podman-version". */
static void find_personality(struct session *session)
{
    struct sim_live_site *site = &session->options.site;
    const struct sim_live_http_request request = { .method = "GET",
                                                   .address = site->docker,
                                                   .path = "/version" };
    struct sim_live_http_answer answer;
    sim_live_http(&request, &answer);
    bool is_podman = answer.status == 200 && answer.body.at != NULL &&
                     strstr(answer.body.at, "\"Podman Engine\"") != NULL;
    site->personality = is_podman ? FAKE_PODMAN_4_3 : FAKE_DOCKER_20_10;
    sim_live_http_release(&answer);
}

static bool site_is_there(struct session *session)
{
    const struct sim_live_site *site = &session->options.site;
    return answers(session, site->docker, "/_ping") && answers(session, site->registry, "/v2/") &&
           (site->registry_auth == NULL || answers(session, site->registry_auth, "/v2/"));
}

static int play(struct session *session, const char *program, const volatile sig_atomic_t *stop)
{
    uint64_t start_ns = sim_wall_ns();
    struct sim_output junit = { .file = NULL };
    if (session->options.junit != NULL && !sim_output_begin(&junit, session->options.junit)) {
        (void)fprintf(session->err, "drydock: %s\n", junit.message);
        return SIM_EXIT_USAGE;
    }
    session->result.interrupted = !sim_live_play(&(struct sim_live_order){
        .site = &session->options.site,
        .scenarios = session->scenarios,
        .count = session->files.count,
        .job_count = session->options.job_count,
        .seed = session->options.seed,
        .program = program,
        .stop = stop,
        .finished = on_finished,
        .ctx = session,
    });
    report(session, sim_wall_ns() - start_ns);
    if (session->options.junit != NULL) {
        report_junit(junit.file, &session->result);
        if (!sim_output_commit(&junit)) {
            (void)fprintf(session->err, "drydock: %s\n", junit.message);
            return SIM_EXIT_USAGE;
        }
    }
    return (int)sim_command_exit(&session->result);
}

int sim_live_command(int argc, char **argv, FILE *out, FILE *err, const volatile sig_atomic_t *stop)
{
    struct session session = { .out = out, .err = err };
    int code = SIM_EXIT_USAGE;
    report_result_init(&session.result);
    if (!options_read(&session.options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", session.options.message);
    } else if (site_is_there(&session)) {
        find_personality(&session);
        read_files(&session, argc, argv);
        code = play(&session, argv[0], stop);
    }
    for (size_t i = 0; i < session.files.count && session.scenarios != NULL; i++) {
        sim_scenario_destroy(session.scenarios[i]);
    }
    fake_memory_free(session.scenarios);
    fake_memory_free(session.options.login);
    sim_files_release(&session.files);
    report_result_release(&session.result);
    return code;
}
