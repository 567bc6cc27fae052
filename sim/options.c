#include "sim/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "drydock/drydock.h"
#include "sim/duration.h"
#include "sim/option_values.h"
#include "sim/spell.h"

#define DEFAULT_SEED_LAST 999
#define DEFAULT_RUN_LIMIT_NS (60 * DD_SECOND_NS)

#define COMMANDS "run, explore, replay, shrink, check, engine, live or help"

static const char help[] =
    "usage: drydock run [PATH...]     replay scenarios in simulation (default: scenarios)\n"
    "       drydock explore PATH...   search schedules and faults, all of them if possible\n"
    "       drydock replay TAPE       tell what happens on a way that explore found\n"
    "       drydock shrink TAPE       leave out of it what its failure does not need\n"
    "       drydock check PATH...     read scenario files and say what is wrong\n"
    "       drydock engine --listen ADDRESS [FILE]\n"
    "                                 serve the fake engine, with the registry of a\n"
    "                                 scenario, at unix:///PATH or tcp://127.0.0.1:PORT;\n"
    "                                 --personality P as below;\n"
    "                                 --misbehave KIND[:CALL[:N]] breaks its answers\n"
    "       drydock soak --docker unix:///PATH --registry HOST:PORT\n"
    "                                 leave the library on a real engine for a while, and\n"
    "                                 judge what it asked for (docs/SOAK.md)\n"
    "       drydock judge RECORDING   judge a soak's recording once more\n"
    "       drydock tape RECORDING [TAPE]\n"
    "                                 retell it in simulation, and see the same decided\n"
    "       drydock conformance       every row of docs/ENGINE.md on fake and real engines\n"
    "       drydock live PATH...      play scenarios on a real engine, with a real registry\n"
    "       drydock help              this text\n"
    "\n"
    "A PATH is a scenario file, or a folder: all *.json in it.\n"
    "\n"
    "  --seed N         one run, with this seed; a git commit hash is a seed too\n"
    "  --seeds A..B     a run for each seed from A to B (default: 0..999); the first\n"
    "                   that fails ends the scenario\n"
    "  --jobs N         N worker processes (default: 1; 0 or auto: one a processor)\n"
    "  --in-process     no worker: everything in this process, as a debugger likes it\n"
    "  --cpu-limit TIME CPU time after which a run counts as endless (default: 1m)\n"
    "  --personality P  docker-20.10 or podman-4.3: the engine's\n"
    "  --format FORMAT  text (default) or json\n"
    "  --junit FILE     a report in JUnit's XML, too; FILE is written anew\n"
    "  --states         which cells of the table of image states were reached\n"
    "  --verbose        what each scenario retells, its hazards and trace hash\n"
    "  --help, --version\n"
    "\n"
    "With check only --format, --junit and --verbose have a meaning.\n"
    "\n"
    "Of live:\n"
    "  --docker unix:///PATH, --registry HOST:PORT,\n"
    "  --private-registry NAME:PASSWORD@HOST:PORT, --stop COMMAND, --start COMMAND,\n"
    "  --scale N, --idle N, --jobs N (docs/COMMAND.md)\n"
    "\n"
    "Of explore:\n"
    "  --strategy S     auto (default), exhaustive, random or faults\n"
    "  --budget B       a time, such as 30s, or so many transitions (random: schedules;\n"
    "                   default: 10000)\n"
    "  --memory SIZE    at most so much for states (default: 1GB)\n"
    "  --jobs N         as above\n"
    "  --frontier FILE  where to write what is left, when a search through everything ends\n"
    "                   before its end (default: NAME.frontier, when interrupted)\n"
    "  --resume FILE    go on from there\n"
    "  --first N        random: begin with the schedule of that number\n"
    "  --completion K   of one state in K, go to the end (default: 64)\n"
    "  --no-symmetry    callers that may be exchanged are told apart all the same\n"
    "  --no-shrink      a failure's tape is the way as it was found\n"
    "  --fault F        faults: just that one, as a failure's command says\n"
    "  --audit          see whether worlds with one fingerprint do the same\n"
    "  --crosscheck     hold the states against the abstract coordinator's\n"
    "  --seed N         of random schedules\n"
    "  --tape FILE      where to write a failure's tape (default: NAME.tape)\n"
    "\n"
    "Of replay and shrink:\n"
    "  --until N        replay: only the first N moves\n"
    "  --around TEXT    replay: only moves whose names have TEXT, and three around each\n"
    "  --break N        replay: stop a debugger before move N\n"
    "  --tape FILE      shrink: where the smaller tape goes (default: in its place)\n"
    "  --scenario FILE  shrink: write a scenario for drydock run, too\n"
    "\n"
    "Exit codes: 0 all passed, 1 a failure was found, 2 bad usage or bad input,\n"
    "3 a run was not deterministic, 130 interrupted. Where there is more than one\n"
    "reason: 3, then 1, then 130, then 2.\n";

const char *sim_options_help(void)
{
    return help;
}

/* --- options ------------------------------------------------------------------------- */

enum option_code {
    OPTION_SEED = 256,
    OPTION_SEEDS,
    OPTION_JOBS,
    OPTION_IN_PROCESS,
    OPTION_CPU_LIMIT,
    OPTION_FORMAT,
    OPTION_JUNIT,
    OPTION_PERSONALITY,
    OPTION_STATES,
    OPTION_VERBOSE,
    OPTION_VERSION
};

static const struct option long_options[] = {
    { "seed", required_argument, NULL, OPTION_SEED },
    { "seeds", required_argument, NULL, OPTION_SEEDS },
    { "jobs", required_argument, NULL, OPTION_JOBS },
    { "in-process", no_argument, NULL, OPTION_IN_PROCESS },
    { "cpu-limit", required_argument, NULL, OPTION_CPU_LIMIT },
    { "format", required_argument, NULL, OPTION_FORMAT },
    { "junit", required_argument, NULL, OPTION_JUNIT },
    { "personality", required_argument, NULL, OPTION_PERSONALITY },
    { "states", no_argument, NULL, OPTION_STATES },
    { "verbose", no_argument, NULL, OPTION_VERBOSE },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { NULL, 0, NULL, 0 },
};

static const char *const verb_words[] = {
    [SIM_VERB_RUN] = "run", [SIM_VERB_CHECK] = "check", [SIM_VERB_HELP] = "help"
};
#define VERB_WORD_COUNT (sizeof(verb_words) / sizeof(verb_words[0]))

/* "…; did you mean "run"?", or what there is. */
static bool refuse(struct sim_options *options, const char *what, const char *word,
                   const char *nearest, const char *valid)
{
    if (nearest != NULL) {
        (void)snprintf(options->message, sizeof(options->message),
                       "%s \"%.60s\"; did you mean \"%s\"?", what, word, nearest);
    } else {
        return sim_option_refuse(options->message, what, word, valid);
    }
    return false;
}

static bool format_read(struct sim_options *options, const char *text)
{
    struct sim_spell spell;
    options->json = strcmp(text, "json") == 0;
    if (options->json || strcmp(text, "text") == 0) {
        return true;
    }
    sim_spell_init(&spell, text);
    sim_spell_offer(&spell, "text");
    sim_spell_offer(&spell, "json");
    return refuse(options, "unknown format", text, spell.nearest, "text or json");
}

static bool is_scenario_name(const char *path)
{
    static const char suffix[] = ".json";
    size_t length = strlen(path);
    return length >= strlen(suffix) && strcmp(path + length - strlen(suffix), suffix) == 0;
}

static bool option_unknown(struct sim_options *options, int code, char **argv)
{
    const char *given = argv[optind - 1];
    if (code == ':') {
        (void)snprintf(options->message, sizeof(options->message), "option \"%.60s\" needs a value",
                       given);
        return false;
    }
    struct sim_spell spell;
    char word[SIM_SPELL_MAX];
    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(given + strspn(given, "-"), "="),
                   given + strspn(given, "-"));
    sim_spell_init(&spell, word);
    for (size_t i = 0; long_options[i].name != NULL; i++) {
        sim_spell_offer(&spell, long_options[i].name);
    }
    char nearest[SIM_SPELL_MAX + 2];
    (void)snprintf(nearest, sizeof(nearest), "--%s", spell.nearest != NULL ? spell.nearest : "");
    return refuse(options, "unknown option", given, spell.nearest != NULL ? nearest : NULL,
                  "one of those in drydock --help");
}

static bool option_read(struct sim_options *options, int code, char **argv)
{
    switch (code) {
    case OPTION_SEED:
        if (!sim_seed_read(optarg, &options->seed_first)) {
            return refuse(options, "bad seed", optarg, NULL, "a number or a git commit hash");
        }
        options->seed_last = options->seed_first;
        return true;
    case OPTION_SEEDS:
        if (!sim_seeds_read(optarg, &options->seed_first, &options->seed_last)) {
            return refuse(options, "bad seeds", optarg, NULL,
                          "A..B with A not above B, such as 0..999");
        }
        return true;
    case OPTION_JOBS:
        return sim_jobs_read(optarg, &options->job_count) ||
               refuse(options, "bad number of jobs", optarg, NULL, "0 to 256, or auto");
    case OPTION_IN_PROCESS:
        options->in_process = true;
        return true;
    case OPTION_CPU_LIMIT:
        return (sim_duration_parse(optarg, &options->run_limit_ns) && options->run_limit_ns > 0) ||
               refuse(options, "bad CPU time", optarg, NULL, "a duration, such as 30s");
    case OPTION_FORMAT:
        return format_read(options, optarg);
    case OPTION_JUNIT:
        options->junit = optarg;
        return !is_scenario_name(optarg) ||
               refuse(options, "bad file for --junit", optarg, NULL,
                      "a name that is no scenario's, such as junit.xml");
    case OPTION_PERSONALITY:
        options->has_personality = sim_personality_read(optarg, &options->personality);
        return options->has_personality ||
               refuse(options, "unknown personality", optarg, NULL, SIM_PERSONALITIES);
    case OPTION_STATES:
        options->states = true;
        return true;
    case OPTION_VERBOSE:
        options->verbose = true;
        return true;
    case OPTION_VERSION:
        options->verb = SIM_VERB_VERSION;
        return true;
    case 'h':
        options->verb = SIM_VERB_HELP;
        return true;
    default:
        return option_unknown(options, code, argv);
    }
}

static bool is_for_runs(int code)
{
    return code == OPTION_SEED || code == OPTION_SEEDS || code == OPTION_JOBS ||
           code == OPTION_IN_PROCESS || code == OPTION_CPU_LIMIT || code == OPTION_PERSONALITY ||
           code == OPTION_STATES;
}

static bool verb_read(struct sim_options *options, const char *word)
{
    struct sim_spell spell;
    sim_spell_init(&spell, word);
    for (size_t i = 0; i < VERB_WORD_COUNT; i++) {
        if (strcmp(verb_words[i], word) == 0) {
            options->verb = (enum sim_verb)i;
            return true;
        }
        sim_spell_offer(&spell, verb_words[i]);
    }
    return refuse(options, "unknown command", word, spell.nearest, COMMANDS);
}

bool sim_options_read(struct sim_options *options, int argc, char **argv)
{
    *options = (struct sim_options){ .verb = SIM_VERB_RUN,
                                     .seed_last = DEFAULT_SEED_LAST,
                                     .job_count = 1,
                                     .run_limit_ns = DEFAULT_RUN_LIMIT_NS };
    if (argc < 2) {
        (void)snprintf(options->message, sizeof(options->message), "expected a command: " COMMANDS);
        return false;
    }
    bool has_verb = argv[1][0] != '-';
    if (has_verb && !verb_read(options, argv[1])) {
        return false;
    }
    enum sim_verb verb = options->verb;
    int code;
    int index;
    optind = has_verb ? 2 : 1;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":h", long_options, &index)) != -1) {
        if (is_for_runs(code) && options->run_only == NULL) {
            options->run_only = long_options[index].name;
        }
        if (!option_read(options, code, argv)) {
            return false;
        }
    }
    options->paths = argv + optind;
    options->path_count = argc - optind;
    if (!has_verb && options->verb == verb) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected a command before the options: " COMMANDS);
        return false;
    }
    if (options->verb == SIM_VERB_CHECK && options->run_only != NULL) {
        (void)snprintf(options->message, sizeof(options->message),
                       "option \"--%s\" goes with run; check only reads files", options->run_only);
        return false;
    }
    if (options->in_process && options->job_count != 1) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected --jobs or --in-process, not both");
        return false;
    }
    if (options->verb == SIM_VERB_CHECK && options->path_count == 0) {
        (void)snprintf(options->message, sizeof(options->message),
                       "expected a file or a folder to check");
        return false;
    }
    return true;
}
