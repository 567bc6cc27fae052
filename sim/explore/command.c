#include "sim/explore/command.h"

#include <string.h>

#include "sim/explore/command_parts.h"
#include "sim/explore/explorable.h"
#include "sim/output.h"
#include "sim/shell.h"
#include "sim/workers.h"

void sim_exploring_worsen(struct sim_exploring *exploring, enum sim_exit exit_code)
{
    if (exploring->worst == SIM_EXIT_PASSED || exit_code == SIM_EXIT_FAILED) {
        exploring->worst = exit_code;
    }
}

static void put_quoted(FILE *out, const char *word)
{
    char *quoted = fake_memory_alloc(4 * strlen(word) + 2);
    (void)fwrite(quoted, 1, sim_shell_quote(quoted, word), out);
    fake_memory_free(quoted);
}

void sim_exploring_command(struct sim_exploring *exploring, const char *verb, const char *path,
                           const char *more)
{
    (void)fputs("        ", exploring->out);
    put_quoted(exploring->out, exploring->program);
    (void)fprintf(exploring->out, " %s %s", verb, *path == '-' ? "./" : "");
    put_quoted(exploring->out, path);
    (void)fprintf(exploring->out, "%s\n", more);
}

struct sim_scenario *sim_exploring_read(struct sim_exploring *exploring, const char *path)
{
    struct sim_error error;
    char message[768];
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    if (scenario == NULL) {
        sim_error_format(path, &error, message, sizeof(message));
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    } else if (!sim_scenario_is_explorable(scenario, message)) {
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        sim_scenario_destroy(scenario);
        scenario = NULL;
    }
    return scenario;
}

bool sim_explore_is_verb(const char *verb)
{
    return strcmp(verb, "explore") == 0 || strcmp(verb, "replay") == 0 ||
           strcmp(verb, "shrink") == 0;
}

/* Hours of searching are not to end with "permission denied". */
static bool outputs_are_possible(const struct sim_exploring *exploring)
{
    const char *const paths[] = { exploring->options.tape, exploring->options.frontier,
                                  exploring->options.scenario };
    char message[512];
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i] != NULL && !sim_output_is_possible(paths[i], message)) {
            (void)fprintf(exploring->err, "drydock: %s\n", message);
            return false;
        }
    }
    return true;
}

typedef void (*tape_fn)(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                        const struct sim_way_tape *tape, const char *path);

static void with_tape(struct sim_exploring *exploring, const char *path, tape_fn go)
{
    char message[SIM_TAPE_MESSAGE_SIZE];
    struct sim_way_tape tape;
    if (!sim_way_tape_read(path, &tape, message)) {
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    struct sim_scenario *scenario = sim_way_tape_scenario(path, &tape, message);
    if (scenario == NULL) {
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    } else {
        (void)fprintf(exploring->out, "tape  %s\n        %s\n", path, scenario->name);
        go(exploring, scenario, &tape, path);
    }
    sim_scenario_destroy(scenario);
    sim_way_tape_release(&tape);
}

int sim_explore_command(int argc, char **argv, FILE *out, FILE *err,
                        const volatile sig_atomic_t *stop)
{
    struct sim_exploring exploring = { .program = argv[0], .out = out, .err = err };
    if (!sim_explore_options_read(&exploring.options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", exploring.options.message);
        return SIM_EXIT_USAGE;
    }
    if (!outputs_are_possible(&exploring)) {
        return SIM_EXIT_USAGE;
    }
    exploring.limits = (struct sim_limits){
        .transition_max = exploring.options.budget_count,
        .wall_ns = exploring.options.budget_ns,
        .byte_max = exploring.options.memory_bytes,
        .stop = stop,
        .completion = exploring.options.completion,
        .job_count = exploring.options.job_count > 0 ? exploring.options.job_count
                                                     : sim_workers_processors(),
    };
    if (strcmp(argv[1], "explore") == 0) {
        sim_explore_paths(&exploring);
    } else {
        for (int i = 0; i < exploring.options.path_count; i++) {
            with_tape(&exploring, exploring.options.paths[i],
                      strcmp(argv[1], "shrink") == 0 ? sim_shrink_tape : sim_replay_tape);
        }
    }
    return (int)exploring.worst;
}
