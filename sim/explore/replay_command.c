/* `drydock replay`. */
#include "sim/explore/command_parts.h"
#include "sim/explore/tape_replay.h"

bool sim_exploring_read_tape(struct sim_exploring *exploring, const char *path,
                             struct sim_way_tape *tape, struct sim_scenario **scenario)
{
    char message[SIM_TAPE_MESSAGE_SIZE];
    bool fine = sim_way_tape_read(path, tape, message);
    *scenario = fine ? sim_way_tape_scenario(path, tape, message) : NULL;
    if (*scenario != NULL) {
        return true;
    }
    if (fine) {
        sim_way_tape_release(tape);
    }
    (void)fprintf(exploring->err, "%s\n", message);
    sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    return false;
}

void sim_tape_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape)
{
    const struct sim_replay replay = { .keep = true, .until = exploring->options.until };
    struct sim_replayed out;
    sim_way_tape_replay(scenario, tape, &replay, &out);
    if (out.missing_count > 0) {
        (void)fprintf(exploring->out, "        diverged: %zu of %zu moves could not be made\n",
                      out.missing_count, tape->count);
    }
    if (out.violation.invariant[0] != '\0') {
        (void)fprintf(exploring->out, "        %s: %s\n\n", out.violation.invariant,
                      out.violation.message);
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    } else {
        (void)fputs("        nothing is wrong on this way\n\n", exploring->out);
    }
    (void)fputs(out.story, exploring->out);
    fake_memory_free(out.story);
}

void sim_replay_tape(struct sim_exploring *exploring, const char *path)
{
    struct sim_way_tape tape;
    struct sim_scenario *scenario;
    if (!sim_exploring_read_tape(exploring, path, &tape, &scenario)) {
        return;
    }
    (void)fprintf(exploring->out, "tape  %s\n        %s\n", path, scenario->name);
    sim_tape_tell(exploring, scenario, &tape);
    sim_scenario_destroy(scenario);
    sim_way_tape_release(&tape);
}
