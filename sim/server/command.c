#include "sim/server/command.h"

#include <getopt.h>
#include <string.h>

#include "sim/command.h"
#include "sim/option_values.h"
#include "sim/server/misbehave.h"
#include "sim/server/server.h"

struct engine_options {
    const char *listen;
    const char *scenario;
    enum fake_personality personality;
    uint64_t seed;
    struct sim_misbehave misbehave;
    char message[SIM_OPTION_MESSAGE_SIZE];
};

static bool refuse(struct engine_options *options, const char *what, const char *given,
                   const char *expected)
{
    return sim_option_refuse(options->message, what, given, expected);
}

static bool personality_read(struct engine_options *options, const char *text)
{
    return sim_personality_read(text, &options->personality) ||
           refuse(options, "unknown personality", text, SIM_PERSONALITIES);
}

static bool misbehaviour_read(struct engine_options *options, const char *text)
{
    struct sim_misbehave *misbehave = &options->misbehave;
    if (misbehave->count == SIM_MISBEHAVIOUR_MAX) {
        return refuse(options, "one --misbehave too many", text, "at most 8");
    }
    return sim_misbehaviour_read(text, &misbehave->list[misbehave->count++], options->message);
}

static bool option_read(struct engine_options *options, int code, char **argv)
{
    switch (code) {
    case 'l':
        options->listen = optarg;
        return true;
    case 'p':
        return personality_read(options, optarg);
    case 'm':
        return misbehaviour_read(options, optarg);
    case 's':
        return sim_seed_read(optarg, &options->seed) ||
               refuse(options, "bad seed", optarg, "a number or a git commit hash");
    case ':':
        return refuse(options, "no value for option", argv[optind - 1], "one");
    default:
        return refuse(options, "unknown option", argv[optind - 1],
                      "--listen, --personality, --misbehave or --seed");
    }
}

static bool options_read(struct engine_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        { "listen", required_argument, NULL, 'l' },
        { "misbehave", required_argument, NULL, 'm' },
        { "personality", required_argument, NULL, 'p' },
        { "seed", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };
    int code;
    *options = (struct engine_options){ .personality = FAKE_DOCKER_20_10 };
    optind = 2;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!option_read(options, code, argv)) {
            return false;
        }
    }
    if (argc - optind > 1) {
        return refuse(options, "one scenario too many", argv[optind + 1], "at most one");
    }
    options->scenario = argc > optind ? argv[optind] : NULL;
    if (options->listen == NULL) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected --listen unix:///PATH or tcp://127.0.0.1:PORT");
        return false;
    }
    return true;
}

static int serve(struct engine_options *options, const struct sim_scenario *scenario, FILE *out,
                 FILE *err, const volatile sig_atomic_t *stop)
{
    char message[256];
    struct sim_server_options with = {
        .listening = sim_server_listen(options->listen, message),
        .scenario = scenario,
        .personality = options->personality,
        .seed = options->seed,
        .misbehave = options->misbehave.count > 0 ? &options->misbehave : NULL,
    };
    struct sim_server *server = with.listening >= 0 ? sim_server_open(&with, message) : NULL;
    if (server == NULL) {
        (void)fprintf(err, "drydock: %s\n", message);
        return SIM_EXIT_USAGE;
    }
    unsigned port = sim_server_port(with.listening);
    if (port != 0) {
        (void)fprintf(out, "listening at tcp://127.0.0.1:%u\n", port);
    } else {
        (void)fprintf(out, "listening at %s\n", options->listen);
    }
    (void)fflush(out);
    sim_server_run(server, stop);
    sim_server_close(server);
    sim_server_unlisten(options->listen);
    return SIM_EXIT_PASSED;
}

int sim_server_command(int argc, char **argv, FILE *out, FILE *err,
                       const volatile sig_atomic_t *stop)
{
    struct engine_options options;
    struct sim_scenario *scenario = NULL;
    if (!options_read(&options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", options.message);
        return SIM_EXIT_USAGE;
    }
    if (options.scenario != NULL) {
        struct sim_error error;
        char text[768];
        scenario = sim_scenario_read(options.scenario, &error);
        if (scenario == NULL) {
            sim_error_format(options.scenario, &error, text, sizeof(text));
            (void)fprintf(err, "%s\n", text);
            return SIM_EXIT_USAGE;
        }
    }
    int code = serve(&options, scenario, out, err, stop);
    sim_scenario_destroy(scenario);
    return code;
}
