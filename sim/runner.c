#include "sim/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"
#include "sim/explore/follow.h"
#include "sim/hash.h"
#include "sim/names.h"
#include "sim/reached.h"
#include "sim/shell.h"
#include "sim/states.h"
#include "sim/story.h"
#include "sim/world.h"

#define FILL 0xAA
#define OTHER_FILL 0x55

/* One scenario on its way. */
struct course {
    const struct sim_runner *runner;
    const struct sim_scenario *scenario;
    struct sim_world *world;
    struct sim_map seen; /* trace hashes */
    struct sim_reached reached;
    struct report_scenario *out;
};

static void run_seed(struct course *course, struct sim_world_options options, struct sim_run *run)
{
    const struct sim_runner *runner = course->runner;
    const struct sim_runner_at at = {
        .scenario = course->scenario,
        .seed = options.seed,
        .fill = options.fill,
        .so_far = course->out,
    };
    options.stop = runner->stop;
    options.personality = runner->personality;
    if (runner->running != NULL) {
        runner->running(runner->ctx, &at);
    }
    sim_follow(course->world, &options, run);
}

/* The run that a failure is told from. */
static void keep_seed(struct course *course, uint64_t seed, unsigned char fill, struct sim_run *run)
{
    run_seed(course, (struct sim_world_options){ .seed = seed, .fill = fill, .keep = true }, run);
}

/* --- the command to paste ---------------------------------------------------------- */

char *sim_runner_command(const struct sim_runner *runner, const char *path, uint64_t seed)
{
    const char *program = runner->program != NULL ? runner->program : "drydock";
    size_t size = 4 * (strlen(program) + strlen(path)) + 64;
    char *command = fake_memory_alloc(size);
    size_t used = sim_shell_quote(command, program);
    used += (size_t)snprintf(command + used, size - used, " run %s", *path == '-' ? "./" : "");
    used += sim_shell_quote(command + used, path);
    used += (size_t)snprintf(command + used, size - used, " --seed %" PRIu64, seed);
    if (runner->personality != NULL) {
        (void)snprintf(command + used, size - used, " --personality %s",
                       fake_personality_word(*runner->personality));
    }
    return command;
}

/* --- what went wrong ------------------------------------------------------------------ */

static struct report_failure *failure_new(struct course *course, uint64_t seed)
{
    struct report_failure *failure = fake_memory_alloc(sizeof(*failure));
    failure->seed = seed;
    failure->command = sim_runner_command(course->runner, course->scenario->path, seed);
    course->out->failure = failure;
    return failure;
}

/* The seed is run once more, to keep what a story needs. */
static void report_violation(struct course *course, uint64_t seed, const struct sim_run *run)
{
    struct sim_run again;
    keep_seed(course, seed, FILL, &again);
    struct report_failure *failure = failure_new(course, seed);
    const struct sim_violation *violation = &run->violation;
    failure->story = sim_story_tell(sim_world_trace(course->world), violation->subject);
    if (again.trace_hash != run->trace_hash && !again.stopped) {
        course->out->verdict = REPORT_NONDETERMINISTIC;
        failure->invariant = fake_memory_copy("D1");
        failure->message =
            fake_memory_copy("the same choices gave another trace when they were run again");
        return;
    }
    course->out->verdict = REPORT_FAILED;
    failure->invariant = fake_memory_copy(violation->invariant);
    failure->message = fake_memory_copy(violation->message);
    failure->where = violation->where[0] != '\0' ? fake_memory_copy(violation->where) : NULL;
}

/* Both ways once more, each in a world of its own, to find where they part. */
static void report_divergence(struct course *course, uint64_t seed)
{
    struct course other = *course;
    struct sim_run run;
    other.world = sim_world_create(course->scenario);
    keep_seed(course, seed, FILL, &run);
    keep_seed(&other, seed, OTHER_FILL, &run);
    const struct sim_trace *one = sim_world_trace(course->world);
    char *where = sim_story_compare(one, sim_world_trace(other.world));
    struct report_failure *failure = failure_new(course, seed);
    size_t size = strlen(where) + 64;
    course->out->verdict = REPORT_NONDETERMINISTIC;
    failure->invariant = fake_memory_copy("D1");
    failure->message = fake_memory_alloc(size);
    (void)snprintf(failure->message, size, "the same choices gave two traces: %s", where);
    failure->story = sim_story_tell(one, "");
    free(where);
    sim_world_destroy(other.world);
}

/* --- seeds ---------------------------------------------------------------------------- */

static void count_run(struct course *course, const struct sim_run *run)
{
    struct report_scenario *out = course->out;
    out->run_count++;
    out->trace_hash = sim_hash_number(out->trace_hash, run->trace_hash);
    out->event_count += run->event_count;
    out->simulated_ns += run->simulated_ns;
    /* A run that ends at a violation has not skipped what it did not reach. */
    out->skipped_count += run->violation.invariant[0] == '\0' ? run->skipped_count : 0;
    out->late_count += run->late_count;
    if (sim_map_find(&course->seen, run->trace_hash) == SIM_NONE) {
        sim_map_put(&course->seen, run->trace_hash, 1);
        out->distinct_count++;
    }
}

/* D1. False if the scenario is over. */
static bool check_determinism(struct course *course, uint64_t seed, const struct sim_run *first)
{
    struct sim_run second;
    run_seed(course, (struct sim_world_options){ .seed = seed, .fill = OTHER_FILL }, &second);
    if (second.stopped) {
        return false;
    }
    if (second.trace_hash == first->trace_hash && second.entry_count == first->entry_count) {
        return true;
    }
    report_divergence(course, seed);
    return false;
}

/* False if the scenario is over. */
static bool run_one(struct course *course, uint64_t seed)
{
    const struct sim_runner *runner = course->runner;
    struct sim_run run;
    run_seed(course,
             (struct sim_world_options){ .seed = seed, .fill = FILL, .moves = course->out->moves },
             &run);
    if (run.stopped) {
        return false;
    }
    count_run(course, &run);
    sim_world_reached(course->world, &course->reached);
    if (seed == runner->seed_first && !check_determinism(course, seed, &run)) {
        return false;
    }
    if (run.violation.invariant[0] != '\0') {
        report_violation(course, seed, &run);
        return false;
    }
    return true;
}

void sim_runner_describe(const struct sim_runner *runner, const struct sim_scenario *scenario,
                         struct report_scenario *out)
{
    out->path = fake_memory_copy(scenario->path);
    out->name = fake_memory_copy(scenario->name);
    out->retells = fake_memory_copy(scenario->retells);
    out->hazards = fake_memory_alloc((scenario->hazards.count + 1) * sizeof(*out->hazards));
    for (size_t i = 0; i < scenario->hazards.count; i++) {
        out->hazards[out->hazard_count++] = fake_memory_copy(scenario->hazards.at[i]);
    }
    out->verdict = REPORT_PASSED;
    out->seed_first = runner->seed_first;
    out->seed_last = runner->seed_last;
    out->trace_hash = SIM_HASH_START;
    if (runner->count_moves) {
        out->move_count = SIM_STATES_CELLS;
        out->moves = fake_memory_alloc(out->move_count * sizeof(*out->moves));
    }
}

/* False if it was broken off. */
static bool run_seeds(struct course *course)
{
    const struct sim_runner *runner = course->runner;
    for (uint64_t seed = runner->seed_first; run_one(course, seed); seed++) {
        if (seed == runner->seed_last) {
            return true;
        }
        if (runner->stop != NULL && *runner->stop) {
            return false;
        }
    }
    return course->out->failure != NULL;
}

bool sim_runner_run(const struct sim_runner *runner, const struct sim_scenario *scenario,
                    struct report_scenario *out)
{
    if (runner->personality != NULL && !sim_scenario_suits(scenario, *runner->personality)) {
        sim_runner_describe(runner, scenario, out);
        out->verdict = REPORT_SKIPPED;
        out->error = fake_memory_copy(SIM_OTHER_ENGINE);
        return true;
    }
    struct course course = {
        .runner = runner,
        .scenario = scenario,
        .world = sim_world_create(scenario),
        .out = out,
    };
    sim_reached_init(&course.reached, scenario->step_count);
    sim_runner_describe(runner, scenario, out);
    bool whole = run_seeds(&course);
    if (whole && out->verdict == REPORT_PASSED) {
        sim_reached_note(&course.reached, scenario, out);
    } else if (!whole) {
        out->verdict = REPORT_INTERRUPTED;
        out->seed_last = out->seed_first + (out->run_count > 0 ? out->run_count - 1 : 0);
    }
    sim_world_destroy(course.world);
    sim_map_release(&course.seen);
    sim_reached_release(&course.reached);
    return whole;
}
