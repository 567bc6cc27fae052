/*
 * The sweep of allocation failures, over scenario files and seeds.
 *
 *   sweep FIRST..LAST FILE…        a table; exit 1 if a run was wrong
 *   sweep SEED --refuse N[+] FILE  one such run (`+`: that allocation and all after
 *                                  it), told as a story
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/crash.h"
#include "sim/story.h"
#include "sim/sweep.h"

/* What is going on, for the message of a crash. */
struct station {
    const char *path;
    uint64_t seed;
    char words[512];
};

struct total {
    const char *program;
    uint64_t run_count;
    uint64_t refused_count;
    uint64_t nomem_count;
    unsigned wrong_count;
};

static void running(void *ctx, uint64_t nth, bool onwards)
{
    struct station *station = ctx;
    (void)snprintf(station->words, sizeof(station->words), "%s (allocation %" PRIu64 "%s refused)",
                   station->path, nth, onwards ? " and all after it" : "");
    sim_crash_running(station->words, station->seed);
}

static struct sim_scenario *read_scenario(const char *path)
{
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    if (scenario == NULL) {
        char message[600];
        sim_error_format(path, &error, message, sizeof(message));
        (void)fprintf(stderr, "sweep: %s\n", message);
        exit(2);
    }
    return scenario;
}

static void sweep_file(const char *path, uint64_t first, uint64_t last, struct total *total)
{
    struct sim_scenario *scenario = read_scenario(path);
    struct sim_world *world = sim_world_create(scenario);
    struct total here = { .wrong_count = 0 };
    struct sim_swept swept = { .nth = 0 };
    struct station station = { .path = path };
    for (uint64_t seed = first; seed <= last && here.wrong_count == 0; seed++) {
        station.seed = seed;
        const struct sim_sweep sweep = { .seed = seed, .running = running, .ctx = &station };
        here.wrong_count += sim_sweep_run(world, &sweep, &swept) ? 0 : 1;
        here.run_count += swept.run_count;
        here.refused_count += swept.refused_count;
        here.nomem_count += swept.nomem_count;
    }
    (void)printf("%-58s %8" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9u\n", path, here.run_count,
                 here.refused_count, here.nomem_count, here.wrong_count);
    if (here.wrong_count > 0) {
        (void)printf("  %s: %s\n  %s %" PRIu64 " --refuse %" PRIu64 "%s %s\n",
                     swept.violation.invariant, swept.violation.message, total->program,
                     station.seed, swept.nth, swept.onwards ? "+" : "", path);
    }
    (void)fflush(stdout);
    sim_crash_running(NULL, 0);
    total->run_count += here.run_count;
    total->refused_count += here.refused_count;
    total->nomem_count += here.nomem_count;
    total->wrong_count += here.wrong_count;
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

static int tell_one(uint64_t seed, const char *nth, const char *path)
{
    char *end = NULL;
    struct sim_world_options options = { .seed = seed, .keep = true, .fill = 0xAA };
    options.refuse_nth = strtoull(nth, &end, 10);
    options.refuse_onwards = *end == '+';
    struct sim_scenario *scenario = read_scenario(path);
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    sim_world_run(world, &options, &run);
    char *story = sim_story_tell(sim_world_trace(world), run.violation.subject);
    (void)printf("%s%s%s%s\n", story, run.violation.invariant,
                 run.violation.invariant[0] != '\0' ? ": " : "passed", run.violation.message);
    free(story);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
    return run.violation.invariant[0] != '\0' ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fputs("usage: sweep FIRST..LAST FILE… | sweep SEED --refuse N[+] FILE\n", stderr);
        return 2;
    }
    char *dots = NULL;
    uint64_t first = strtoull(argv[1], &dots, 10);
    uint64_t last = strncmp(dots, "..", 2) == 0 ? strtoull(dots + 2, NULL, 10) : first;
    sim_crash_watch(argv[0]);
    if (argc == 5 && strcmp(argv[2], "--refuse") == 0) {
        return tell_one(first, argv[3], argv[4]);
    }
    struct total total = { .program = argv[0] };
    (void)printf("%-58s %8s %9s %9s %9s\n", "scenario", "runs", "refused", "DD_ENOMEM", "findings");
    for (int i = 2; i < argc; i++) {
        sweep_file(argv[i], first, last, &total);
    }
    (void)printf("%-58s %8" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9u\n", "total", total.run_count,
                 total.refused_count, total.nomem_count, total.wrong_count);
    return total.wrong_count > 0 ? 1 : 0;
}
