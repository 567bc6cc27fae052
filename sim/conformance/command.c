#include "sim/conformance/command.h"

#include <getopt.h>
#include <string.h>

#include "sim/command.h"
#include "sim/conformance/conform.h"

#define TARGETS_MAX 8
#define CELL "%-8s"

struct options {
    const char *engines[TARGETS_MAX];
    size_t engine_count;
    const char *script;
    const char *row; /* only this one; NULL: all */
    char message[256];
};

struct counts {
    unsigned passed, failed, exempt;
};

static bool options_read(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        { "engine", required_argument, NULL, 'e' },
        { "script", required_argument, NULL, 's' },
        { "row", required_argument, NULL, 'r' },
        { NULL, 0, NULL, 0 },
    };
    int code;
    *options = (struct options){ .script = "sh tools/engine.sh" };
    optind = 2;
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (code == 'e' && options->engine_count < TARGETS_MAX - 4) {
            options->engines[options->engine_count++] = optarg;
        } else if (code == 's') {
            options->script = optarg;
        } else if (code == 'r') {
            options->row = optarg;
        } else {
            (void)snprintf(options->message, sizeof(options->message),
                           "bad option \"%.60s\"; expected --engine DIR (up to %d), --script "
                           "COMMAND or --row NAME",
                           argv[optind - 1], TARGETS_MAX - 4);
            return false;
        }
    }
    if (optind < argc) {
        (void)snprintf(options->message, sizeof(options->message),
                       "\"%.60s\" is no option; expected --engine DIR", argv[optind]);
        return false;
    }
    return true;
}

static const char *personality_of(const struct sim_conform_target *target)
{
    return target->personality == FAKE_PODMAN_4_3 ? "podman" : "docker";
}

static void run_row(const struct sim_conform_row *row, struct sim_conform_target **targets,
                    size_t target_count, struct counts *counts, FILE *out)
{
    static const char *const words[] = { [SIM_CONFORM_PASSED] = "pass",
                                         [SIM_CONFORM_FAILED] = "FAIL",
                                         [SIM_CONFORM_EXEMPT] = "exempt" };
    char texts[TARGETS_MAX][800];
    (void)fprintf(out, "%-35s", row->name);
    for (size_t i = 0; i < target_count; i++) {
        enum sim_conform_result result = sim_conform_run(targets[i], row, texts[i]);
        (void)fprintf(out, CELL, words[result]);
        (void)fflush(out);
        counts->passed += result == SIM_CONFORM_PASSED ? 1U : 0U;
        counts->failed += result == SIM_CONFORM_FAILED ? 1U : 0U;
        counts->exempt += result == SIM_CONFORM_EXEMPT ? 1U : 0U;
    }
    (void)fprintf(out, "%s\n", row->exempt != NULL ? row->exempt : "");
    for (size_t i = 0; row->run != NULL && i < target_count; i++) {
        if (texts[i][0] != '\0') {
            (void)fprintf(out, "    %s, %s: %s\n", targets[i]->title, personality_of(targets[i]),
                          texts[i]);
        }
    }
}

static enum sim_exit run_all(const struct options *options, struct sim_conform_target **targets,
                             size_t target_count, FILE *out)
{
    struct counts counts = { 0, 0, 0 };
    (void)fprintf(out, "%-35s", "");
    for (size_t i = 0; i < target_count; i++) {
        (void)fprintf(out, CELL, targets[i]->title);
    }
    (void)fprintf(out, "\n%-35s", "");
    for (size_t i = 0; i < target_count; i++) {
        (void)fprintf(out, CELL, targets[i]->personality == FAKE_PODMAN_4_3 ? "podman" : "docker");
    }
    (void)fprintf(out, "\n");
    for (const struct sim_conform_row *row = sim_conform_rows; row->name != NULL; row++) {
        if (options->row == NULL || strcmp(options->row, row->name) == 0) {
            run_row(row, targets, target_count, &counts, out);
        }
    }
    (void)fprintf(out, "%u exempt\n%u passed, %u failed\n", counts.exempt, counts.passed,
                  counts.failed);
    return counts.failed == 0 && counts.passed > 0 ? SIM_EXIT_PASSED : SIM_EXIT_FAILED;
}

int sim_conformance_command(int argc, char **argv, FILE *out, FILE *err)
{
    struct options options;
    struct sim_conform_target *targets[TARGETS_MAX];
    size_t count = 0;
    char why[SIM_CONFORM_WHY_SIZE] = "";
    if (!options_read(&options, argc, argv)) {
        (void)fprintf(err, "drydock: %s (drydock help)\n", options.message);
        return SIM_EXIT_USAGE;
    }
    targets[count++] = sim_conform_fake(FAKE_DOCKER_20_10);
    targets[count++] = sim_conform_served(FAKE_DOCKER_20_10);
    targets[count++] = sim_conform_fake(FAKE_PODMAN_4_3);
    targets[count++] = sim_conform_served(FAKE_PODMAN_4_3);
    for (size_t i = 0; i < options.engine_count && why[0] == '\0'; i++) {
        struct sim_conform_target *engine =
            sim_conform_engine(options.engines[i], options.script, why);
        if (engine != NULL) {
            targets[count++] = engine;
        }
    }
    int code = SIM_EXIT_USAGE;
    if (why[0] != '\0') {
        (void)fprintf(err, "drydock: %s\n", why);
    } else {
        code = (int)run_all(&options, targets, count, out);
    }
    while (count > 0) {
        count--;
        targets[count]->ops->destroy(targets[count]);
    }
    return code;
}
