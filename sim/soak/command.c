#include "sim/soak/command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/command.h"
#include "sim/duration.h"
#include "sim/options.h"
#include "sim/soak/retell.h"
#include "sim/soak/soak.h"

#define IMAGES_MAX 200
#define CALLERS_MAX 1000

struct soak_command {
    struct sim_soak_options options;
    bool keep; /* the recording, also if all is well */
    char message[256];
    char path[64]; /* of a recording that nobody named */
};

static bool refuse(struct soak_command *command, const char *what, const char *given,
                   const char *expected)
{
    (void)snprintf(command->message, sizeof(command->message), "%s \"%.60s\"; expected %s", what,
                   given, expected);
    return false;
}

static bool read_count(struct soak_command *command, const char *what, unsigned max, unsigned *out)
{
    char *end;
    unsigned long value = strtoul(optarg, &end, 10);
    if (*optarg < '1' || *optarg > '9' || *end != '\0' || value > max) {
        return refuse(command, what, optarg, "a number from 1 on, and not that large");
    }
    *out = (unsigned)value;
    return true;
}

static bool read_time(struct soak_command *command, uint64_t *out)
{
    return sim_duration_parse(optarg, out) ||
           refuse(command, "bad time", optarg, "a duration with a unit, such as \"60s\"");
}

static bool read_option(struct soak_command *command, int code, char **argv)
{
    struct sim_soak_options *options = &command->options;
    switch (code) {
    case 'd':
        options->docker = optarg;
        return strncmp(optarg, "unix:///", 8) == 0 ||
               refuse(command, "bad address", optarg, "unix:///PATH");
    case 'r':
        options->registry = optarg;
        return true;
    case 'o':
        options->recording = optarg;
        command->keep = true;
        return true;
    case 'k':
        options->kill_engine = optarg;
        return true;
    case 's':
        return sim_seed_read(optarg, &options->seed) ||
               refuse(command, "bad seed", optarg, "a number or a git commit hash");
    case 't':
        return read_time(command, &options->time_ns);
    case 'e':
        return read_time(command, &options->kill_engine_ns);
    case 'a':
        return read_time(command, &options->kill_agent_ns);
    case 'i':
        return read_count(command, "bad number of images", IMAGES_MAX, &options->image_count);
    case 'c':
        return read_count(command, "bad number of callers", CALLERS_MAX, &options->caller_count);
    case 'P':
        options->push = false;
        return true;
    case 'O':
        options->others = false;
        return true;
    case ':':
        return refuse(command, "no value for option", argv[optind - 1], "one");
    default:
        return refuse(command, "unknown option", argv[optind - 1], "those of docs/COMMAND.md");
    }
}

static bool read_options(struct soak_command *command, int argc, char **argv)
{
    static const struct option long_options[] = {
        { "docker", required_argument, NULL, 'd' },
        { "registry", required_argument, NULL, 'r' },
        { "recording", required_argument, NULL, 'o' },
        { "kill-engine", required_argument, NULL, 'k' },
        { "kill-engine-every", required_argument, NULL, 'e' },
        { "kill-agent-every", required_argument, NULL, 'a' },
        { "seed", required_argument, NULL, 's' },
        { "time", required_argument, NULL, 't' },
        { "images", required_argument, NULL, 'i' },
        { "callers", required_argument, NULL, 'c' },
        { "no-push", no_argument, NULL, 'P' },
        { "no-others", no_argument, NULL, 'O' },
        { NULL, 0, NULL, 0 },
    };
    int code;
    optind = 2;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!read_option(command, code, argv)) {
            return false;
        }
    }
    if (optind < argc) {
        return refuse(command, "unexpected", argv[optind], "options alone");
    }
    if (command->options.docker == NULL || command->options.registry == NULL) {
        (void)snprintf(command->message, sizeof(command->message),
                       "expected --docker unix:///PATH and --registry HOST:PORT");
        return false;
    }
    return true;
}

/* --- what is told ------------------------------------------------------------------------- */

static void tell_verdict(const struct sim_verdict *verdict, FILE *out)
{
    (void)fprintf(out,
                  "operations    %" PRIu64 " pulls, %" PRIu64 " retains, %" PRIu64
                  " cancels, %" PRIu64 " releases; %" PRIu64 " granted\n",
                  verdict->entries[SIM_ENTRY_PULL], verdict->entries[SIM_ENTRY_RETAIN],
                  verdict->entries[SIM_ENTRY_CANCEL], verdict->entries[SIM_ENTRY_RELEASE],
                  verdict->granted_count);
    (void)fprintf(out, "others        %" PRIu64 " acts of somebody else\n",
                  verdict->entries[SIM_ENTRY_OTHER]);
    (void)fprintf(out, "requests      %" PRIu64 ":", verdict->entries[SIM_ENTRY_REQUEST]);
    for (size_t i = 1; i < SIM_REQUEST_KIND_COUNT; i++) {
        (void)fprintf(out, "%s %" PRIu64 " %s", i > 1 ? "," : "", verdict->requests[i],
                      sim_request_word((enum sim_request_kind)i));
    }
    (void)fprintf(out,
                  "\nremovals      %" PRIu64 " images, %" PRIu64 " DELETEs in doubt, %" PRIu64
                  " removals excused\n",
                  verdict->removed_count, verdict->doubt_count, verdict->excused_count);
    (void)fprintf(out, "violations    %" PRIu64 "\n", verdict->violation_count);
    if (verdict->violation_count > 0) {
        (void)fprintf(out, "              %s\n", verdict->first);
    }
}

static void tell(const struct soak_command *command, const struct sim_soak_result *result,
                 FILE *out)
{
    (void)fprintf(out, "seconds       %" PRIu64 "\n", result->seconds);
    (void)fprintf(out,
                  "kills         %u of the engine, %u of the agent, which was closed %u times\n",
                  result->engine_kills, result->agent_kills, result->agent_closes);
    tell_verdict(&result->verdict, out);
    (void)fprintf(out,
                  "left over     %" PRIu64 " images, %" PRIu64 " containers on the engine; %" PRIu64
                  " images, %" PRIu64 " bytes, %" PRIu64 " descriptors of the library, %" PRIu64
                  " untold; %" PRIu64 " descriptors of the recorder\n",
                  result->on_engine.images, result->on_engine.containers, result->left.images,
                  result->left.library_bytes, result->left.descriptors, result->left.untold,
                  result->left_descriptors);
    (void)fprintf(out,
                  "half made     %" PRIu64 " images without a name, of %" PRIu64
                  " pulls that kills of the engine cut off\n",
                  result->on_engine.nameless, result->verdict.cut_count);
    (void)fprintf(out, "memory        the agent grew by %" PRIu64 " kB\n", result->left.grown_kb);
    if (command->keep || !sim_soak_passed(result)) {
        (void)fprintf(out, "recording     %s\n", command->options.recording);
    }
    (void)fputs(sim_soak_passed(result) ? "passed\n" : "FAILED\n", out);
}

static int soak(struct soak_command *command, FILE *out, FILE *err,
                const volatile sig_atomic_t *stop)
{
    struct sim_soak_result result;
    if (command->options.recording == NULL) {
        (void)snprintf(command->path, sizeof(command->path), "/tmp/drydock-recording-XXXXXX");
        int file = mkstemp(command->path);
        if (file < 0) {
            (void)fprintf(err, "drydock: there can be no file for a recording\n");
            return SIM_EXIT_USAGE;
        }
        (void)close(file);
        command->options.recording = command->path;
    } else {
        (void)unlink(command->options.recording);
    }
    (void)fprintf(out, "soak          seed %" PRIu64 ", %u images, %u callers, %s\n",
                  command->options.seed, command->options.image_count,
                  command->options.caller_count, command->options.docker);
    (void)fflush(out);
    sim_soak(&command->options, stop, &result);
    if (result.problem[0] != '\0') {
        (void)fprintf(err, "drydock: %s (%s)\n", result.problem, command->options.recording);
        return SIM_EXIT_FAILED;
    }
    tell(command, &result, out);
    if (!command->keep && sim_soak_passed(&result)) {
        (void)unlink(command->path);
    }
    return sim_soak_passed(&result) ? SIM_EXIT_PASSED : SIM_EXIT_FAILED;
}

static int judge(int argc, char **argv, FILE *out, FILE *err)
{
    struct sim_verdict verdict;
    char message[512];
    if (argc != 3) {
        (void)fputs("drydock: expected one recording (drydock help)\n", err);
        return SIM_EXIT_USAGE;
    }
    if (!sim_judge_file(argv[2], &verdict, message)) {
        (void)fprintf(err, "%s\n", message);
        return SIM_EXIT_USAGE;
    }
    tell_verdict(&verdict, out);
    return verdict.violation_count == 0 ? SIM_EXIT_PASSED : SIM_EXIT_FAILED;
}

static bool write_tape(const struct sim_retold *retold, const char *path, FILE *err)
{
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        sim_way_tape_write(&retold->tape, file);
    }
    if (file == NULL || fclose(file) != 0) {
        (void)fprintf(err, "drydock: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

/* `drydock tape RECORDING [TAPE]` */
static int retell(int argc, char **argv, FILE *out, FILE *err)
{
    struct sim_retold retold;
    int code = SIM_EXIT_PASSED;
    if (argc != 3 && argc != 4) {
        (void)fputs("drydock: expected a recording, and perhaps a file for the tape "
                    "(drydock help)\n",
                    err);
        return SIM_EXIT_USAGE;
    }
    sim_retell(argv[2], &retold);
    if (retold.problem[0] != '\0' || retold.scenario == NULL) {
        (void)fprintf(err, "drydock: %s\n",
                      retold.problem[0] != '\0' ? retold.problem : "nobody asks for anything");
        code = SIM_EXIT_USAGE;
    } else {
        (void)fprintf(out, "recording     %zu lines, %zu images, %zu steps\n", retold.end,
                      retold.image_count, retold.step_count);
        (void)fprintf(out, "tape          %zu moves\n", retold.tape.count);
        (void)fprintf(out, "decisions     %zu in simulation%s\n", retold.simulated.count,
                      retold.difference[0] == '\0' ? ", live the same in the same order" : "");
        if (retold.difference[0] != '\0') {
            (void)fprintf(out, "difference    %s\n", retold.difference);
            code = SIM_EXIT_FAILED;
        } else if (retold.cannot[0] != '\0') {
            (void)fprintf(out, "no further    %s\n", retold.cannot);
            code = SIM_EXIT_USAGE;
        }
        if (argc == 4 && !write_tape(&retold, argv[3], err)) {
            code = SIM_EXIT_USAGE;
        }
    }
    sim_retold_release(&retold);
    return code;
}

bool sim_soak_is_verb(const char *verb)
{
    return strcmp(verb, "soak") == 0 || strcmp(verb, "tape") == 0 || strcmp(verb, "judge") == 0 ||
           strcmp(verb, SIM_SOAK_AGENT_VERB) == 0;
}

int sim_soak_command(int argc, char **argv, FILE *out, FILE *err, const volatile sig_atomic_t *stop)
{
    struct soak_command command = { .options = { .time_ns = UINT64_C(60000000000),
                                                 .kill_engine_ns = UINT64_C(20000000000),
                                                 .kill_agent_ns = UINT64_C(7000000000),
                                                 .image_count = 20,
                                                 .caller_count = 40,
                                                 .push = true,
                                                 .others = true } };
    if (strcmp(argv[1], SIM_SOAK_AGENT_VERB) == 0) {
        return sim_agent_main(argc, argv);
    }
    if (strcmp(argv[1], "judge") == 0) {
        return judge(argc, argv, out, err);
    }
    if (strcmp(argv[1], "tape") == 0) {
        return retell(argc, argv, out, err);
    }
    if (!read_options(&command, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", command.message);
        return SIM_EXIT_USAGE;
    }
    return soak(&command, out, err, stop);
}
