#include "sim/explore/explore_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "sim/duration.h"
#include "sim/option_values.h"
#include "sim/spell.h"

#define MEMORY_DEFAULT ((uint64_t)1 << 30)
#define MEMORY_MIN ((uint64_t)1 << 20)

enum option_code {
    OPTION_STRATEGY = 256,
    OPTION_BUDGET,
    OPTION_SEED,
    OPTION_FAULT,
    OPTION_MEMORY,
    OPTION_JOBS,
    OPTION_COMPLETION,
    OPTION_NO_SYMMETRY,
    OPTION_NO_SHRINK,
    OPTION_AUDIT,
    OPTION_CROSSCHECK,
    OPTION_FRONTIER,
    OPTION_RESUME,
    OPTION_FIRST,
    OPTION_TAPE,
    OPTION_SCENARIO,
    OPTION_UNTIL,
    OPTION_BREAK,
    OPTION_AROUND
};

static const struct option long_options[] = {
    { "strategy", required_argument, NULL, OPTION_STRATEGY },
    { "budget", required_argument, NULL, OPTION_BUDGET },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "fault", required_argument, NULL, OPTION_FAULT },
    { "memory", required_argument, NULL, OPTION_MEMORY },
    { "jobs", required_argument, NULL, OPTION_JOBS },
    { "completion", required_argument, NULL, OPTION_COMPLETION },
    { "no-symmetry", no_argument, NULL, OPTION_NO_SYMMETRY },
    { "no-shrink", no_argument, NULL, OPTION_NO_SHRINK },
    { "audit", no_argument, NULL, OPTION_AUDIT },
    { "crosscheck", no_argument, NULL, OPTION_CROSSCHECK },
    { "frontier", required_argument, NULL, OPTION_FRONTIER },
    { "first", required_argument, NULL, OPTION_FIRST },
    { "resume", required_argument, NULL, OPTION_RESUME },
    { "tape", required_argument, NULL, OPTION_TAPE },
    { "scenario", required_argument, NULL, OPTION_SCENARIO },
    { "until", required_argument, NULL, OPTION_UNTIL },
    { "break", required_argument, NULL, OPTION_BREAK },
    { "around", required_argument, NULL, OPTION_AROUND },
    { NULL, 0, NULL, 0 },
};

static const char *const strategies[] = { "auto", "exhaustive", "random", "faults" };

static bool refuse(struct sim_explore_options *options, const char *what, const char *given,
                   const char *expected)
{
    return sim_option_refuse(options->message, what, given, expected);
}

static bool strategy_read(struct sim_explore_options *options, const char *text)
{
    for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
        if (strcmp(strategies[i], text) == 0) {
            options->strategy = (enum sim_strategy)i;
            return true;
        }
    }
    return refuse(options, "unknown strategy", text, "auto, exhaustive, random or faults");
}

static bool budget_read(struct sim_explore_options *options, const char *text)
{
    options->budget_ns = options->budget_count = 0;
    if (sim_count_read(text, &options->budget_count)) {
        return true;
    }
    if (sim_duration_parse(text, &options->budget_ns) && options->budget_ns > 0) {
        return true;
    }
    return refuse(options, "bad budget", text, "a time such as 30s, or a number such as 100000");
}

static bool option_read(struct sim_explore_options *options, int code, char **argv)
{
    switch (code) {
    case OPTION_STRATEGY:
        return strategy_read(options, optarg);
    case OPTION_BUDGET:
        return budget_read(options, optarg);
    case OPTION_FAULT:
        options->has_fault = sim_failing_read(optarg, &options->fault);
        return options->has_fault ||
               refuse(options, "bad fault", optarg, "one such as inspect:3:lose");
    case OPTION_SEED:
        options->has_seed = true;
        return sim_seed_read(optarg, &options->seed) ||
               refuse(options, "bad seed", optarg, "a number or a git commit hash");
    case OPTION_MEMORY:
        return (sim_size_parse(optarg, &options->memory_bytes) &&
                options->memory_bytes >= MEMORY_MIN) ||
               refuse(options, "bad memory", optarg, "a size of 2MB or more, such as 1GB");
    case OPTION_JOBS:
        return sim_jobs_read(optarg, &options->job_count) ||
               refuse(options, "bad number of jobs", optarg, "0 to 256, or auto");
    case OPTION_COMPLETION:
        return sim_count_read(optarg, &options->completion) ||
               refuse(options, "bad completion", optarg, "a number of states");
    case OPTION_NO_SYMMETRY:
        options->no_symmetry = true;
        return true;
    case OPTION_NO_SHRINK:
        options->no_shrink = true;
        return true;
    case OPTION_AUDIT:
        options->audit = true;
        return true;
    case OPTION_CROSSCHECK:
        options->crosscheck = true;
        return true;
    case OPTION_FRONTIER:
        options->frontier = optarg;
        return true;
    case OPTION_FIRST:
        return sim_count_read(optarg, &options->first) ||
               refuse(options, "bad first schedule", optarg, "its number");
    case OPTION_RESUME:
        options->resume = optarg;
        return true;
    case OPTION_TAPE:
        options->tape = optarg;
        return true;
    case OPTION_SCENARIO:
        options->scenario = optarg;
        return true;
    case OPTION_UNTIL:
        return sim_count_read(optarg, &options->until) ||
               refuse(options, "bad until", optarg, "a number of moves");
    case OPTION_BREAK:
        return sim_count_read(optarg, &options->break_at) ||
               refuse(options, "bad break", optarg, "the number of a move");
    case OPTION_AROUND:
        options->around = optarg;
        return true;
    case ':':
        return refuse(options, "no value for option", argv[optind - 1], "one");
    default:
        return refuse(options, "unknown option", argv[optind - 1], "one of those in drydock help");
    }
}

/* Whether the option is one of replay's or shrink's, and of which. */
static const char *verb_of(int code, const char *verb)
{
    switch (code) {
    case OPTION_UNTIL:
    case OPTION_BREAK:
    case OPTION_AROUND:
        return "replay";
    case OPTION_SCENARIO:
        return "shrink";
    case OPTION_TAPE:
        return strcmp(verb, "shrink") == 0 ? "shrink" : "explore";
    case ':':
    case '?':
        return verb; /* of none: that is told otherwise */
    default:
        return "explore";
    }
}

static bool is_of_verb(struct sim_explore_options *options, int code, int index, const char *verb)
{
    const char *owner = verb_of(code, verb);
    if (strcmp(owner, verb) != 0) {
        (void)snprintf(options->message, sizeof(options->message),
                       "option \"--%s\" goes with %s, not with %.20s", long_options[index].name,
                       owner, verb);
        return false;
    }
    return true;
}

bool sim_explore_options_read(struct sim_explore_options *options, int argc, char **argv)
{
    int code;
    int index = 0;
    *options = (struct sim_explore_options){ .memory_bytes = MEMORY_DEFAULT, .job_count = 1 };
    optind = 2;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", long_options, &index)) != -1) {
        if (!is_of_verb(options, code, index, argv[1]) || !option_read(options, code, argv)) {
            return false;
        }
    }
    options->paths = argv + optind;
    options->path_count = argc - optind;
    if (options->resume != NULL && options->path_count > 0) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected --resume FILE or a file to %.20s, not both", argv[1]);
        return false;
    }
    if (options->path_count == 0 && options->resume == NULL) {
        (void)snprintf(options->message, sizeof(options->message), "expected a file to %.20s",
                       argv[1]);
        return false;
    }
    return true;
}
