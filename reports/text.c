#include "reports/text.h"

#include <inttypes.h>
#include <string.h>

#include "reports/format.h"

#define SECOND_NS UINT64_C(1000000000)
#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static void text_head(FILE *out, const struct report_scenario *scenario,
                      struct report_text_style style)
{
    bool passed = scenario->verdict == REPORT_PASSED || scenario->verdict == REPORT_VALID ||
                  scenario->verdict == REPORT_SKIPPED;
    const char *color = style.color ? (passed ? GREEN : RED) : "";
    (void)fprintf(out, "%s%s%s  %s", color, report_verdict_word(scenario->verdict),
                  style.color ? PLAIN : "", scenario->path);
    if (scenario->name != NULL) {
        (void)fprintf(out, ": %s", scenario->name);
    }
    (void)fputc('\n', out);
}

static void text_counts(FILE *out, const struct report_scenario *scenario)
{
    char runs[REPORT_COUNT_SIZE];
    char distinct[REPORT_COUNT_SIZE];
    char events[REPORT_COUNT_SIZE];
    char simulated[REPORT_DURATION_SIZE];
    (void)fprintf(out, "        %s run%s, %s distinct, %s events, %s simulated",
                  report_count(scenario->run_count, runs), report_plural(scenario->run_count),
                  report_count(scenario->distinct_count, distinct),
                  report_count(scenario->event_count, events),
                  report_duration(scenario->simulated_ns, simulated));
    if (scenario->skipped_count > 0) {
        char skipped[REPORT_COUNT_SIZE];
        (void)fprintf(out, ", %s step%s skipped", report_count(scenario->skipped_count, skipped),
                      report_plural(scenario->skipped_count));
    }
    if (scenario->late_count > 0) {
        char late[REPORT_COUNT_SIZE];
        (void)fprintf(out, ", %s late DELETE%s", report_count(scenario->late_count, late),
                      report_plural(scenario->late_count));
    }
    (void)fputc('\n', out);
}

/* What a reader would ask who expected more runs. */
static void text_stop(FILE *out, const struct report_scenario *scenario)
{
    const struct report_failure *failure = scenario->failure;
    char count[REPORT_COUNT_SIZE];
    char all[REPORT_COUNT_SIZE];
    if (failure == NULL || failure->seed >= scenario->seed_last) {
        return;
    }
    uint64_t span = scenario->seed_last - scenario->seed_first;
    (void)fprintf(out, "        stopped at the first failing seed, %s of %s run\n",
                  report_count(failure->seed - scenario->seed_first + 1, count),
                  report_count(span < UINT64_MAX ? span + 1 : span, all));
}

static void text_details(FILE *out, const struct report_scenario *scenario)
{
    if (scenario->retells != NULL) {
        (void)fprintf(out, "        retells: %s\n", scenario->retells);
    }
    for (size_t i = 0; i < scenario->hazard_count; i++) {
        (void)fprintf(out, "%s%s", i == 0 ? "        hazards: " : " ", scenario->hazards[i]);
    }
    if (scenario->hazard_count > 0) {
        (void)fputc('\n', out);
    }
    if (scenario->run_count > 0) {
        (void)fprintf(out, "        trace hash %016" PRIx64 "\n", scenario->trace_hash);
    }
}

/* The last line of a failure is a command to paste. */
static void text_failure(FILE *out, const struct report_failure *failure)
{
    (void)fprintf(out, "\n    with seed %" PRIu64 ":\n", failure->seed);
    const char *line = failure->story != NULL ? failure->story : "";
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        (void)fprintf(out, "    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    (void)fprintf(out, "\n    %s: %s\n", failure->invariant, failure->message);
    if (failure->where != NULL) {
        (void)fprintf(out, "    at %s\n", failure->where);
    }
    (void)fprintf(out, "\n    to replay it:\n    %s\n\n", failure->command);
}

/* What is wrong with a bad file is said on stderr, not here. */
void report_text_scenario(FILE *out, const struct report_scenario *scenario,
                          struct report_text_style style)
{
    text_head(out, scenario, style);
    if (scenario->run_count > 0) {
        text_counts(out, scenario);
    }
    if (scenario->verdict == REPORT_SKIPPED) {
        (void)fprintf(out, "        skipped: %s\n", scenario->error);
    }
    text_stop(out, scenario);
    for (size_t i = 0; i < scenario->note_count; i++) {
        (void)fprintf(out, "        note: %s\n", scenario->notes[i]);
    }
    if (style.verbose && scenario->verdict != REPORT_INVALID) {
        text_details(out, scenario);
    }
    if (scenario->failure != NULL) {
        text_failure(out, scenario->failure);
    }
}

/* After hundreds of lines, which ones they are. */
static void text_bad_ones(FILE *out, const struct report_result *result)
{
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct report_scenario *scenario = &result->scenarios[i];
        if (scenario->verdict == REPORT_PASSED || scenario->verdict == REPORT_VALID ||
            result->scenario_count == 1) {
            continue;
        }
        (void)fprintf(out, "%s  %s", report_verdict_word(scenario->verdict), scenario->path);
        if (scenario->failure != NULL) {
            (void)fprintf(out, "  seed %" PRIu64 "  %s: %s", scenario->failure->seed,
                          scenario->failure->invariant, scenario->failure->message);
        }
        (void)fputc('\n', out);
    }
}

void report_text_verdicts(FILE *out, const struct report_result *result)
{
    struct report_totals totals = report_result_totals(result);
    char number[REPORT_COUNT_SIZE];
    if (result->interrupted) {
        (void)fputs("interrupted: this is what was found so far\n", out);
    }
    text_bad_ones(out, result);
    (void)fprintf(out, "%s scenario%s:", report_count(totals.scenario_count, number),
                  report_plural(totals.scenario_count));
    /* The good ones first, though there be none. */
    enum report_verdict good = result->checked ? REPORT_VALID : REPORT_PASSED;
    (void)fprintf(out, " %s %s", report_count(totals.verdict_count[good], number),
                  report_verdict_word(good));
    for (int i = REPORT_PASSED; i < REPORT_VERDICT_COUNT; i++) {
        if (i != (int)good && totals.verdict_count[i] > 0) {
            (void)fprintf(out, ", %s %s", report_count(totals.verdict_count[i], number),
                          report_verdict_word((enum report_verdict)i));
        }
    }
    (void)fputc('\n', out);
}

void report_text_totals(FILE *out, const struct report_result *result)
{
    struct report_totals totals = report_result_totals(result);
    char number[REPORT_COUNT_SIZE];
    char simulated[REPORT_DURATION_SIZE];
    (void)fprintf(out, "%s run%s", report_count(totals.run_count, number),
                  report_plural(totals.run_count));
    (void)fprintf(out, ", %s distinct schedule%s", report_count(totals.distinct_count, number),
                  report_plural(totals.distinct_count));
    (void)fprintf(out, ", %s events", report_count(totals.event_count, number));
    (void)fprintf(out, ", %s simulated\n", report_duration(totals.simulated_ns, simulated));
}

static uint64_t rate_per_second(uint64_t count, uint64_t wall_ns)
{
    uint64_t microseconds = wall_ns / 1000 > 0 ? wall_ns / 1000 : 1;
    return count > UINT64_MAX / 1000000 ? 0 : count * 1000000 / microseconds;
}

void report_took(FILE *out, const struct report_result *result, uint64_t wall_ns)
{
    struct report_totals totals = report_result_totals(result);
    char wall[REPORT_DURATION_SIZE];
    char runs[REPORT_COUNT_SIZE];
    char events[REPORT_COUNT_SIZE];
    uint64_t rounded_ns = wall_ns - wall_ns % (SECOND_NS / 1000);
    (void)fprintf(out, "took %s, %s events/s, %s runs/s\n", report_duration(rounded_ns, wall),
                  report_count(rate_per_second(totals.event_count, wall_ns), events),
                  report_count(rate_per_second(totals.run_count, wall_ns), runs));
}

/* Whether an earlier one was skipped for the same reason. */
static bool was_told(const struct report_result *result, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct report_scenario *scenario = &result->scenarios[i];
        if (scenario->verdict == REPORT_SKIPPED &&
            strcmp(scenario->error, result->scenarios[index].error) == 0) {
            return true;
        }
    }
    return false;
}

void report_text_skipped(FILE *out, const struct report_result *result)
{
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct report_scenario *scenario = &result->scenarios[i];
        if (scenario->verdict != REPORT_SKIPPED || was_told(result, i)) {
            continue;
        }
        uint64_t count = 0;
        for (size_t k = i; k < result->scenario_count; k++) {
            const struct report_scenario *other = &result->scenarios[k];
            count += other->verdict == REPORT_SKIPPED && strcmp(other->error, scenario->error) == 0
                         ? 1
                         : 0;
        }
        char number[REPORT_COUNT_SIZE];
        (void)fprintf(out, "%5s skipped: %s\n", report_count(count, number), scenario->error);
    }
}
