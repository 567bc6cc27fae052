#include "sim/live/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/memory.h"
#include "sim/process.h"
#include "sim/reached.h"
#include "sim/runner.h"
#include "sim/shell.h"
#include "sim/story.h"
#include "sim/world.h"

#define PATH_SIZE 512
#define FILL 0xAA

/* The host lock of an engine is one coordinator's. Those that play side by side are told
 * apart by their corners, and each locks a folder of its own. */
static bool make_folder(char path[PATH_SIZE])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(path, PATH_SIZE, "%.300s/drydock-live-XXXXXX",
                   base != NULL && *base != '\0' ? base : "/tmp");
    return mkdtemp(path) != NULL;
}

static struct report_failure *fail(struct report_scenario *out, uint64_t seed,
                                   const char *invariant, const char *message)
{
    struct report_failure *failure = fake_memory_alloc(sizeof(*failure));
    failure->seed = seed;
    failure->invariant = fake_memory_copy(invariant);
    failure->message = fake_memory_copy(message);
    out->verdict = REPORT_FAILED;
    out->failure = failure;
    return failure;
}

char *sim_live_command_of(const struct sim_live_order *order, const char *path)
{
    const struct sim_live_site *site = order->site;
    size_t size = 4 * (strlen(order->program) + strlen(path) + strlen(site->docker) +
                       strlen(site->registry)) +
                  128;
    char *command = fake_memory_alloc(size);
    size_t used = sim_shell_quote(command, order->program);
    used += (size_t)snprintf(command + used, size - used, " live %s", *path == '-' ? "./" : "");
    used += sim_shell_quote(command + used, path);
    used +=
        (size_t)snprintf(command + used, size - used, " --seed %" PRIu64 " --docker ", order->seed);
    used += sim_shell_quote(command + used, site->docker);
    used += (size_t)snprintf(command + used, size - used, " --registry ");
    (void)sim_shell_quote(command + used, site->registry);
    return command;
}

static void play(const struct sim_live_order *order, const struct sim_scenario *scenario,
                 struct sim_live *live, struct report_scenario *out)
{
    struct sim_world *world = sim_world_create(scenario);
    struct sim_reached reached;
    struct sim_run run;
    sim_world_run(world,
                  &(struct sim_world_options){ .seed = order->seed,
                                               .fill = FILL,
                                               .keep = true,
                                               .stop = order->stop,
                                               .personality = &order->site->personality,
                                               .real = sim_live_real(live) },
                  &run);
    sim_reached_init(&reached, scenario->step_count);
    sim_world_reached(world, &reached);
    if (run.stopped) {
        out->verdict = REPORT_INTERRUPTED;
    } else if (run.violation.invariant[0] != '\0') {
        struct report_failure *failure =
            fail(out, order->seed, run.violation.invariant, run.violation.message);
        failure->story = sim_story_tell(sim_world_trace(world), run.violation.subject);
        failure->where =
            run.violation.where[0] != '\0' ? fake_memory_copy(run.violation.where) : NULL;
    } else {
        sim_reached_note(&reached, scenario, out);
    }
    sim_reached_release(&reached);
    sim_world_destroy(world);
}

void sim_live_perform(const struct sim_live_order *order, size_t index, const char *corner,
                      struct report_scenario *out)
{
    const struct sim_scenario *scenario = order->scenarios[index];
    const struct sim_runner runner = { .seed_first = order->seed, .seed_last = order->seed };
    char folder[PATH_SIZE];
    char why[512] = "";
    sim_runner_describe(&runner, scenario, out);
    if (!make_folder(folder)) {
        (void)snprintf(why, sizeof(why), "%.400s: %s", folder, strerror(errno));
        (void)fail(out, order->seed, "live", why);
    } else {
        struct sim_live *live = sim_live_open(scenario, order->site, corner, folder, why);
        if (live == NULL) {
            (void)fail(out, order->seed, "live", why);
        } else {
            play(order, scenario, live, out);
            sim_live_close(live);
        }
        sim_remove_folder(folder);
    }
    if (out->failure != NULL) {
        out->failure->command = sim_live_command_of(order, scenario->path);
    }
}
