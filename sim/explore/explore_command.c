/* `drydock explore`: search, say what was seen, and write down what is wrong. */
#include <inttypes.h>
#include <string.h>

#include "reports/format.h"
#include "sim/explore/audit.h"
#include "sim/explore/command_parts.h"
#include "sim/explore/frontier.h"
#include "sim/files.h"
#include "sim/progress.h"

#define AUDIT_STATE_MAX 20000
#define WALK_COUNT 10000 /* random schedules, without a budget */

/* --- verdicts --------------------------------------------------------------------------- */

/* Of @count fingerprints of 64 bits, two are the same with one chance in about this:
 * 2^65 / n^2. */
static uint64_t odds(uint64_t count)
{
    return count > 1 ? UINT64_MAX / count * 2 / count : UINT64_MAX;
}

static void say_terms(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                      unsigned symmetric)
{
    static const char *const calls[] = { [FAKE_CALLS_IN_PARTS] = "in parts",
                                         [FAKE_CALLS_WHOLE] = "whole",
                                         [FAKE_CALLS_PROMPT] = "whole, inspects prompt" };
    const struct sim_exploration *how = &scenario->exploration;
    char text[REPORT_DURATION_SIZE];
    if (symmetric > 0) {
        (void)fprintf(exploring->out, "; up to symmetry of %u callers", symmetric);
    } else {
        (void)fputs("; without symmetry", exploring->out);
    }
    if (how->time == FAKE_TIME_TICKS) {
        (void)fprintf(exploring->out, "; ticks of %s", report_duration(how->tick_ns, text));
        (void)fprintf(exploring->out, ", remove_delay %s",
                      report_duration(how->config.remove_delay_ns, text));
    } else {
        (void)fprintf(exploring->out, "; untimed%s", how->timeouts ? ", with timeouts" : "");
    }
    (void)fprintf(exploring->out, "; calls %s", calls[how->calls_go]);
    if (how->has_fault_max) {
        (void)fprintf(exploring->out, "; at most %u fault%s", how->fault_max,
                      report_plural(how->fault_max));
    }
}

static void say_counts(struct sim_exploring *exploring, const struct sim_searched *found)
{
    char states[REPORT_COUNT_SIZE];
    char transitions[REPORT_COUNT_SIZE];
    (void)fprintf(exploring->out, "%s state%s, %s transition%s",
                  report_count(found->state_count, states), report_plural(found->state_count),
                  report_count(found->transition_count, transitions),
                  report_plural(found->transition_count));
}

/* After how much it was found. */
static void say_when(struct sim_exploring *exploring, const struct sim_searched *found)
{
    char text[REPORT_COUNT_SIZE];
    (void)fputs("        found ", exploring->out);
    if (found->walk_count > 0) {
        (void)fprintf(exploring->out, "after %s schedule%s, ",
                      report_count(found->walk_count, text), report_plural(found->walk_count));
    } else if (exploring->options.strategy == SIM_STRATEGY_RANDOM) {
        (void)fputs("in the first schedule, ", exploring->out);
    } else {
        (void)fputs("after ", exploring->out);
    }
    say_counts(exploring, found);
    (void)fputc('\n', exploring->out);
}

static void say_verdict(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                        const struct sim_searched *found, unsigned symmetric)
{
    char text[REPORT_COUNT_SIZE];
    if (found->complete) {
        (void)fputs("        complete: ", exploring->out);
        say_counts(exploring, found);
        say_terms(exploring, scenario, symmetric);
        (void)fprintf(exploring->out, "; 64-bit fingerprints, odds of a collision 1 in %s\n",
                      report_count(odds(found->state_count), text));
        return;
    }
    (void)fputs("        sampled: ", exploring->out);
    if (found->walk_count > 0) {
        uint64_t all = found->estimate;
        (void)fprintf(exploring->out, "%s schedules, ", report_count(found->walk_count, text));
        say_counts(exploring, found);
        (void)fprintf(exploring->out, " (%s made, the others known from those)",
                      report_count(found->transition_count - found->recalled_count, text));
        (void)fprintf(exploring->out, ", at most %" PRIu64 "%% of all: there are %s or more",
                      all > 0 ? found->state_count * 100 / all : 0, report_count(all, text));
    } else {
        say_counts(exploring, found);
        (void)fprintf(exploring->out, " seen before %s; share unknown",
                      found->full      ? "the memory was used up"
                      : found->stopped ? "it was interrupted"
                                       : "the budget was used up");
    }
    say_terms(exploring, scenario, symmetric);
    (void)fputc('\n', exploring->out);
}

/* --- failures ---------------------------------------------------------------------------- */

/* @given, or else the scenario's name with @ending, in the current folder. */
static void path_of(const char *given, const struct sim_scenario *scenario, const char *ending,
                    char out[512])
{
    const char *slash = strrchr(scenario->path, '/');
    const char *base = slash != NULL ? slash + 1 : scenario->path;
    const char *dot = strrchr(base, '.');
    int length = dot != NULL ? (int)(dot - base) : (int)strlen(base);
    if (given != NULL) {
        (void)snprintf(out, 512, "%s", given);
    } else {
        (void)snprintf(out, 512, "%.*s.%s", length, base, ending);
    }
}

/* The shortest way, if there is memory to look for it; then without what is not
 * needed. */
static void report_violation(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                             struct sim_searched *found)
{
    const struct sim_stepper_options options = { .symmetry = !exploring->options.no_symmetry,
                                                 .fill = 0xAA };
    struct sim_searched shortest = { .complete = false };
    struct sim_stepper stepper;
    struct sim_way_tape tape;
    char path[512];
    struct sim_limits limits = exploring->limits;
    limits.transition_max = 10 * (found->transition_count + 100000);
    if (!exploring->options.no_shrink) {
        sim_stepper_open(&stepper, scenario, &options);
        sim_search_breadth(&stepper, &limits, &shortest);
        sim_stepper_close(&stepper);
    }
    bool shorter = shortest.violation.invariant[0] != '\0';
    const struct sim_searched *told = shorter ? &shortest : found;
    sim_way_tape_record(scenario, &told->way, &tape);
    (void)fprintf(exploring->out, "        the %s: %zu moves\n", shorter ? "shortest way" : "way",
                  tape.count);
    path_of(exploring->options.tape, scenario, "tape", path);
    if (exploring->options.no_shrink) {
        sim_tape_save(exploring, path, &tape);
        (void)fprintf(exploring->out, "        %s: %s\n\n", found->violation.invariant,
                      found->violation.message);
        sim_exploring_command(exploring, "replay", path, "");
    } else {
        sim_shrink_and_tell(exploring, scenario, &tape, path);
    }
    sim_way_tape_release(&tape);
    sim_searched_release(&shortest);
}

/* --- explore -------------------------------------------------------------------------------- */

/* What is to be gone on from, and what is left: of the searches through everything. */
struct bounds {
    const struct sim_frontier *from; /* NULL: it begins */
    struct sim_frontier left;
};

static void search(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                   enum sim_strategy strategy, struct bounds *bounds, struct sim_searched *found,
                   unsigned *symmetric)
{
    const struct sim_stepper_options options = { .symmetry = !exploring->options.no_symmetry,
                                                 .fill = 0xAA };
    struct sim_stepper stepper;
    sim_stepper_open(&stepper, scenario, &options);
    *symmetric = sim_fingerprinter_symmetry(stepper.printer);
    uint64_t start_ns = sim_wall_ns();
    if (strategy == SIM_STRATEGY_RANDOM) {
        struct sim_limits limits = exploring->limits;
        if (limits.transition_max == 0 && limits.wall_ns == 0) {
            limits.transition_max = WALK_COUNT; /* it would never end by itself */
        }
        limits.first_walk = exploring->options.first;
        sim_search_random(&stepper, &limits, exploring->options.seed, found);
    } else {
        struct sim_limits limits = exploring->limits;
        limits.from = bounds->from;
        limits.left = &bounds->left;
        sim_search_depth(&stepper, &limits, found);
    }
    exploring->search_ns += sim_wall_ns() - start_ns;
    exploring->transition_count += found->transition_count;
    if (bounds->from != NULL && strategy != SIM_STRATEGY_RANDOM) {
        exploring->transition_count -= bounds->from->transition_count;
    }
    exploring->saved_bytes += found->saved_bytes;
    exploring->saved_count += found->saved_count;
    exploring->walk_count += found->walk_count;
    sim_stepper_close(&stepper);
}

static void audit(struct sim_exploring *exploring, const struct sim_scenario *scenario)
{
    const struct sim_stepper_options options = { .symmetry = !exploring->options.no_symmetry,
                                                 .fill = 0xAA };
    struct sim_stepper stepper;
    struct sim_audited found;
    char text[REPORT_COUNT_SIZE];
    sim_stepper_open(&stepper, scenario, &options);
    sim_audit(&stepper, AUDIT_STATE_MAX, 1, &found);
    sim_stepper_close(&stepper);
    (void)fprintf(exploring->out, "        audit: %s pairs of worlds with one fingerprint, ",
                  report_count(found.merge_count, text));
    (void)fprintf(exploring->out, "%s differ in what can happen next\n%s",
                  report_count(found.different_count, text), found.difference);
    if (found.different_count > 0) {
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    }
}

/* Where somebody broke it off, or asked for it: what is left, and how to go on. */
static void save_left(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                      const struct sim_searched *found, struct sim_frontier *left)
{
    char path[512];
    if (found->stopped && found->walk_count > 0) {
        char more[96];
        (void)snprintf(more, sizeof(more), " --strategy random --seed %" PRIu64 " --first %" PRIu64,
                       exploring->options.seed, found->next_walk);
        (void)fputs("        to go on from here:\n", exploring->out);
        sim_exploring_command(exploring, "explore", scenario->path, more);
        return;
    }
    if (!left->whole || (!found->stopped && exploring->options.frontier == NULL)) {
        return;
    }
    path_of(exploring->options.frontier, scenario, "frontier", path);
    left->path = fake_memory_copy(scenario->path);
    left->digest = sim_scenario_digest(scenario);
    left->symmetry = !exploring->options.no_symmetry;
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        sim_frontier_write(left, file);
    }
    if (file == NULL || fclose(file) != 0) {
        (void)fprintf(exploring->err, "%s: could not be written\n", path);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    (void)fputs("        to go on from here:\n", exploring->out);
    sim_exploring_command(exploring, "explore --resume", path, "");
}

static void explore(struct sim_exploring *exploring, const struct sim_scenario *scenario,
                    const struct sim_frontier *from)
{
    struct bounds bounds = { .from = from };
    struct sim_searched found;
    unsigned symmetric;
    search(exploring, scenario, exploring->options.strategy, &bounds, &found, &symmetric);
    if (found.astray) {
        (void)fprintf(exploring->err,
                      "%s: is not a frontier of this scenario as this drydock goes through it\n",
                      exploring->options.resume);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        sim_frontier_release(&bounds.left);
        sim_searched_release(&found);
        return;
    }
    if (found.crowded[0] != '\0') {
        (void)fprintf(
            exploring->err,
            "%s: more than %d choices come up in one move, where at most %d are expected: "
            "the next is \"%s\"; fewer callers of one step or fewer faults have fewer\n",
            scenario->path, SIM_ANSWER_MAX, SIM_ANSWER_MAX, found.crowded);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        sim_frontier_release(&bounds.left);
        sim_searched_release(&found);
        return;
    }
    bool wrong = found.violation.invariant[0] != '\0';
    if (!wrong && !found.complete && exploring->options.strategy == SIM_STRATEGY_AUTO &&
        found.full) {
        sim_searched_release(&found);
        search(exploring, scenario, SIM_STRATEGY_RANDOM, &bounds, &found, &symmetric);
        wrong = found.violation.invariant[0] != '\0';
    }
    (void)fprintf(exploring->out, "%s  %s\n        %s\n", wrong ? "failed" : "passed",
                  scenario->path, scenario->name);
    if (wrong) {
        say_when(exploring, &found);
        report_violation(exploring, scenario, &found);
        sim_exploring_worsen(exploring, SIM_EXIT_FAILED);
    } else {
        say_verdict(exploring, scenario, &found, symmetric);
        save_left(exploring, scenario, &found, &bounds.left);
    }
    if (found.stopped) {
        sim_exploring_worsen(exploring, SIM_EXIT_INTERRUPTED);
    }
    if (exploring->options.audit) {
        audit(exploring, scenario);
    }
    if (exploring->options.crosscheck) {
        sim_crosscheck_tell(exploring, scenario);
    }
    (void)fflush(exploring->out);
    sim_frontier_release(&bounds.left);
    sim_searched_release(&found);
}

static void say_took(const struct sim_exploring *exploring)
{
    char text[REPORT_DURATION_SIZE];
    char rate[REPORT_COUNT_SIZE];
    uint64_t us = exploring->search_ns / 1000 + 1;
    (void)fprintf(exploring->out, "took %s, %s transitions/s", report_duration(us * 1000, text),
                  report_count(exploring->transition_count * 1000000 / us, rate));
    if (exploring->saved_count > 0) {
        (void)fprintf(exploring->out, ", %s bytes a saved state",
                      report_count(exploring->saved_bytes / exploring->saved_count, rate));
    }
    if (exploring->walk_count > 0) {
        (void)fprintf(exploring->out, ", %s schedules/s",
                      report_count(exploring->walk_count * 1000000 / us, rate));
    }
    (void)fputc('\n', exploring->out);
}

static void explore_file(struct sim_exploring *exploring, const struct sim_file *file)
{
    if (file->problem != NULL) {
        (void)fprintf(exploring->err, "%s\n", file->problem);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    if (exploring->limits.stop != NULL && *exploring->limits.stop) {
        sim_exploring_worsen(exploring, SIM_EXIT_INTERRUPTED);
        return;
    }
    struct sim_scenario *scenario = sim_exploring_read(exploring, file->path);
    if (scenario != NULL && exploring->options.strategy == SIM_STRATEGY_FAULTS) {
        sim_explore_faults(exploring, scenario);
    } else if (scenario != NULL) {
        explore(exploring, scenario, NULL);
    }
    sim_scenario_destroy(scenario);
}

/* Go on from where an exploration was broken off. */
static void explore_on(struct sim_exploring *exploring, const char *path)
{
    char message[SIM_FRONTIER_MESSAGE_SIZE];
    struct sim_frontier from;
    if (!sim_frontier_read(path, &from, message)) {
        (void)fprintf(exploring->err, "%s\n", message);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
        return;
    }
    struct sim_scenario *scenario = sim_exploring_read(exploring, from.path);
    if (scenario != NULL && sim_scenario_digest(scenario) != from.digest) {
        (void)fprintf(exploring->err, "%s: %s is another scenario than when this was saved\n", path,
                      from.path);
        sim_exploring_worsen(exploring, SIM_EXIT_USAGE);
    } else if (scenario != NULL) {
        exploring->options.no_symmetry = !from.symmetry;
        explore(exploring, scenario, &from);
    }
    sim_scenario_destroy(scenario);
    sim_frontier_release(&from);
}

void sim_explore_paths(struct sim_exploring *exploring)
{
    struct sim_files files = { .at = NULL };
    for (int i = 0; i < exploring->options.path_count; i++) {
        sim_files_add(&files, exploring->options.paths[i]);
    }
    for (size_t i = 0; i < files.count; i++) {
        explore_file(exploring, &files.at[i]);
    }
    sim_files_release(&files);
    if (exploring->options.resume != NULL) {
        explore_on(exploring, exploring->options.resume);
    }
    say_took(exploring);
}
