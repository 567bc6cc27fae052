/* `drydock explore --strategy faults`: every engine call fails once, in every way. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/format.h"
#include "sim/explore/command_parts.h"
#include "sim/explore/faults.h"
#include "sim/progress.h"
#include "sim/story.h"

#define SEED_COUNT 3 /* schedules beside the default one */

static size_t schedules_of(const struct sim_explore_options *options,
                           struct sim_faults_schedule schedules[SEED_COUNT + 1])
{
    schedules[0] = (struct sim_faults_schedule){ .is_seed = false };
    for (size_t i = 0; i < SEED_COUNT; i++) {
        schedules[i + 1] =
            (struct sim_faults_schedule){ .is_seed = true, .seed = options->seed + i };
    }
    return SEED_COUNT + 1;
}

/* The run that was wrong once more, in words. */
static void tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                 const struct sim_faults_schedule *schedule, const struct sim_failing *failing)
{
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    char name[SIM_FAILING_SIZE];
    sim_failing_write(failing, name);
    bool hit = sim_faults_run(world, schedule, failing, true, &run);
    char *story = sim_story_tell(sim_world_trace(world), run.violation.subject);
    (void)fprintf(exploring->out,
                  "        one more fault: { \"on\": \"%.*s\", \"nth\": %u, %s }%s\n",
                  (int)strcspn(name, ":"), name, failing->nth, sim_failing_fault(failing),
                  hit ? "" : ", which there is no call for");
    if (run.violation.invariant[0] != '\0') {
        (void)fprintf(exploring->out, "        %s: %s\n\n%s\n", run.violation.invariant,
                      run.violation.message, story);
        char verb[SIM_FAILING_SIZE + 80];
        int used = snprintf(verb, sizeof(verb), "explore --strategy faults --fault %s", name);
        if (schedule->is_seed) {
            (void)snprintf(verb + used, sizeof(verb) - (size_t)used, " --seed %" PRIu64,
                           schedule->seed);
        }
        sim_exploring_command(exploring, verb, scenario->path, "");
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    } else {
        (void)fprintf(exploring->out, "        nothing is wrong with it\n\n%s", story);
    }
    free(story);
    sim_world_destroy(world);
}

static void say_swept(struct sim_exploring *exploring, const struct sim_faults_swept *swept,
                      size_t schedule_count)
{
    char runs[REPORT_COUNT_SIZE];
    char calls[REPORT_COUNT_SIZE];
    const volatile sig_atomic_t *stop = exploring->limits.stop;
    const char *until = stop != NULL && *stop != 0 ? "sampled until it was interrupted"
                                                   : "sampled until the budget was used up";
    (void)fprintf(exploring->out,
                  "        %s: %s runs, in %s of them one call more failed, in %" PRIu64
                  " ways; %zu schedules\n",
                  swept->complete ? "faults swept" : until, report_count(swept->run_count, runs),
                  report_count(swept->call_count, calls), swept->way_count, schedule_count);
}

void sim_explore_faults(struct sim_exploring *exploring, const struct sim_scenario *scenario)
{
    const struct sim_explore_options *options = &exploring->options;
    struct sim_faults_schedule schedules[SEED_COUNT + 1];
    size_t count = schedules_of(options, schedules);
    struct sim_faults_swept swept;
    if (options->has_fault) {
        struct sim_faults_schedule one = { .is_seed = options->has_seed, .seed = options->seed };
        (void)fprintf(exploring->out, "fault %s\n        %s\n", scenario->path, scenario->name);
        tell(exploring, scenario, &one, &options->fault);
        return;
    }
    uint64_t start_ns = sim_wall_ns();
    sim_faults_sweep(scenario, &exploring->limits, schedules, count, &swept);
    exploring->search_ns += sim_wall_ns() - start_ns;
    exploring->walk_count += swept.run_count;
    bool wrong = swept.violation.invariant[0] != '\0';
    (void)fprintf(exploring->out, "%s  %s\n        %s\n", wrong ? "failed" : "passed",
                  scenario->path, scenario->name);
    say_swept(exploring, &swept, count);
    if (wrong) {
        tell(exploring, scenario, &swept.schedule, &swept.failing);
    }
    (void)fflush(exploring->out);
}
