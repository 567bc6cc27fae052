/* `drydock replay`. */
#include <string.h>

#include "sim/explore/command_parts.h"
#include "sim/explore/steps_told.h"
#include "sim/explore/tape_replay.h"

struct story {
    const struct sim_scenario *scenario;
    const struct sim_way_tape *tape;
};

static void tell_story(void *arg, FILE *file, struct sim_attempted *out)
{
    const struct story *story = arg;
    const struct sim_replay replay = { .keep = true };
    struct sim_replayed replayed;
    sim_way_tape_replay(story->scenario, story->tape, &replay, &replayed);
    (void)fputs(replayed.story, file);
    sim_failure_of(&replayed.violation, &out->failure);
    fake_memory_free(replayed.story);
}

void sim_tape_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape)
{
    struct story story = { scenario, tape };
    struct sim_attempted attempted;
    sim_attempt_telling(tell_story, &story, exploring->out, &attempted);
    if (strcmp(attempted.failure.invariant, "assert") == 0) {
        /* Its story ended with it. */
        const struct sim_telling_steps steps = { .until = 0 };
        sim_steps_tell(scenario, tape, &steps, exploring->out, &attempted);
    }
}

void sim_replay_tape(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                     const struct sim_way_tape *tape, const char *path)
{
    (void)path;

    const struct sim_explore_options *options = &exploring->options;
    const struct sim_telling_steps telling = { .until = options->until,
                                               .around = options->around,
                                               .break_at = options->break_at };
    struct sim_attempted attempted;
    sim_steps_tell(scenario, tape, &telling, exploring->out, &attempted);
    if (attempted.missing_count > 0) {
        (void)fprintf(exploring->out, "        diverged: %zu of %zu moves could not be made\n",
                      attempted.missing_count, tape->count);
    }
    if (attempted.failure.invariant[0] != '\0') {
        (void)fprintf(exploring->out, "        %s: %s\n", attempted.failure.invariant,
                      attempted.failure.message);
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    } else if (options->until == 0) {
        (void)fputs("        nothing is wrong on this way\n", exploring->out);
    }
}
