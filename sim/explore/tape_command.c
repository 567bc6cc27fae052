/* `drydock replay` and `drydock shrink`. */
#include "sim/explore/command_parts.h"

void sim_tape_save(struct sim_exploring *exploring, const char *path,
                   const struct sim_way_tape *tape)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        (void)fprintf(exploring->err, "%s: cannot be written\n", path);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    sim_way_tape_write(tape, file);
    if (fclose(file) != 0) {
        (void)fprintf(exploring->err, "%s: could not be written\n", path);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    }
}

void sim_tape_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape)
{
    const struct sim_replay replay = { .keep = true, .until = exploring->options.until };
    struct sim_replayed out;
    sim_way_tape_replay(scenario, tape, &replay, &out);
    if (out.missing_count > 0) {
        (void)fprintf(exploring->out,
                      "        diverged: %zu of %zu moves could not be made, first \"%s\"\n",
                      out.missing_count, tape->count, tape->moves[out.first_missing].name);
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

void sim_tape_do(struct sim_exploring *exploring, const char *path, bool shrink)
{
    struct sim_way_tape tape;
    char message[512];
    if (!sim_way_tape_read(path, &tape, message)) {
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    struct sim_scenario *scenario = sim_exploring_read(exploring, tape.path);
    if (scenario != NULL && shrink) {
        const struct sim_replay replay = { .finish = tape.finished };
        struct sim_replayed out;
        sim_way_tape_replay(scenario, &tape, &replay, &out);
        size_t from = tape.count;
        if (out.violation.invariant[0] == '\0') {
            (void)fputs("nothing is wrong on this way\n", exploring->out);
        } else {
            (void)sim_way_tape_shrink(scenario, &tape, out.violation.invariant);
            (void)fprintf(exploring->out, "%zu moves shrunk to %zu\n", from, tape.count);
            sim_tape_save(exploring,
                          exploring->options.tape != NULL ? exploring->options.tape : path, &tape);
        }
    }
    if (scenario != NULL) {
        (void)fprintf(exploring->out, "tape  %s\n        %s\n", path, scenario->name);
        sim_tape_tell(exploring, scenario, &tape);
    }
    sim_scenario_destroy(scenario);
    sim_way_tape_release(&tape);
}
