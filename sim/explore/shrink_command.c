/* `drydock shrink`, and what explore does with what it found. */
#include <string.h>

#include "sim/explore/command_parts.h"
#include "sim/explore/shrink.h"
#include "sim/explore/writer.h"
#include "sim/output.h"
#include "sim/progress.h"

/* --- progress -------------------------------------------------------------------------- */

static void show_attempt(void *ctx, const struct sim_shrinking *shrinking)
{
    struct sim_progress *progress = ctx;
    char text[96];
    (void)snprintf(text, sizeof(text), "shrinking: %zu steps, %zu moves, attempt %zu",
                   sim_case_step_count(&shrinking->best), shrinking->best.tape.count,
                   shrinking->attempt_count);
    sim_progress_note(progress, text);
}

/* --- files ------------------------------------------------------------------------------- */

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

/* --- shrinking ----------------------------------------------------------------------------- */

static void say_shrunk(struct sim_exploring *exploring, const struct sim_shrinking *shrinking,
                       size_t steps, size_t moves)
{
    const struct sim_case *best = &shrinking->best;
    (void)fprintf(exploring->out,
                  "        shrunk: steps %zu to %zu, moves %zu to %zu (the others go by default), "
                  "%zu attempts%s\n",
                  steps, sim_case_step_count(best), moves, best->tape.count,
                  shrinking->attempt_count, shrinking->stopped ? ", broken off" : "");
}

static void write_scenario(struct sim_exploring *exploring, const struct sim_shrinking *shrinking,
                           const char *path)
{
    char why[SIM_WRITER_WHY_SIZE];
    struct sim_output output;
    char *text = sim_writer_write(&shrinking->best, &shrinking->failure, why);
    if (text == NULL) {
        (void)fprintf(exploring->out, "        no scenario for drydock run: %s\n", why);
        return;
    }
    bool fine = sim_output_begin(&output, path);
    if (fine) {
        (void)fputs(text, output.file);
        fine = sim_output_commit(&output);
    }
    if (fine) {
        (void)fputc('\n', exploring->out);
        sim_exploring_command(exploring, "run", path, "");
    } else {
        (void)fprintf(exploring->err, "%s\n", output.message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    }
    sim_output_drop(&output);
    fake_memory_free(text);
}

void sim_shrink_and_tell(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                         const struct sim_way_tape *tape, const char *path)
{
    struct sim_shrinking shrinking;
    struct sim_progress progress;
    sim_progress_init(&progress, 0);
    if (!sim_shrink_begin(&shrinking, scenario, tape)) {
        (void)fputs("        nothing is wrong on this way\n", exploring->out);
        sim_tape_save(exploring, path, tape);
        return;
    }
    shrinking.stop = exploring->limits.stop;
    shrinking.tried = show_attempt;
    shrinking.ctx = &progress;
    size_t steps = 0;
    for (size_t i = 0; i < scenario->step_count; i++) {
        steps += scenario->steps[i].count;
    }
    sim_shrink(&shrinking);
    sim_progress_erase(&progress);
    say_shrunk(exploring, &shrinking, steps, tape->count);
    (void)fprintf(exploring->out, "        %s: %s\n", shrinking.failure.invariant,
                  shrinking.failure.message);
    const char *place = strstr(shrinking.failure.where, ": "); /* the line is not the file's */
    (void)fprintf(exploring->out, place != NULL ? "        at %s\n\n" : "\n",
                  place != NULL ? place + 2 : "");
    sim_tape_tell(exploring, shrinking.best.scenario, &shrinking.best.tape);
    sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    sim_tape_save(exploring, path, &shrinking.best.tape);
    if (exploring->options.scenario != NULL) {
        write_scenario(exploring, &shrinking, exploring->options.scenario);
    } else {
        (void)fputc('\n', exploring->out);
        sim_exploring_command(exploring, "replay", path, "");
        sim_exploring_command(exploring, "shrink", path, " --scenario FILE.json");
    }
    sim_shrink_release(&shrinking);
}

void sim_shrink_tape(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                     const struct sim_way_tape *tape, const char *path)
{
    sim_shrink_and_tell(exploring, scenario, tape,
                        exploring->options.tape != NULL ? exploring->options.tape : path);
}
