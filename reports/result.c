#include "reports/result.h"

#include <stdlib.h>

void report_result_init(struct report_result *result)
{
    *result = (struct report_result){ .scenarios = NULL };
}

static void failure_release(struct report_failure *failure)
{
    if (failure == NULL) {
        return;
    }
    free(failure->invariant);
    free(failure->message);
    free(failure->where);
    free(failure->story);
    free(failure->command);
    free(failure);
}

void report_scenario_release(struct report_scenario *scenario)
{
    free(scenario->path);
    free(scenario->name);
    free(scenario->retells);
    for (size_t i = 0; i < scenario->hazard_count; i++) {
        free(scenario->hazards[i]);
    }
    free(scenario->hazards);
    for (size_t i = 0; i < scenario->note_count; i++) {
        free(scenario->notes[i]);
    }
    free(scenario->notes);
    failure_release(scenario->failure);
    free(scenario->error);
    free(scenario->moves);
    *scenario = (struct report_scenario){ .verdict = REPORT_PASSED };
}

void report_result_release(struct report_result *result)
{
    for (size_t i = 0; i < result->scenario_count; i++) {
        report_scenario_release(&result->scenarios[i]);
    }
    free(result->scenarios);
    report_result_init(result);
}

struct report_scenario *report_result_add(struct report_result *result)
{
    if (result->scenario_count == result->scenario_capacity) {
        size_t capacity = result->scenario_capacity == 0 ? 16 : result->scenario_capacity * 2;
        if (capacity > SIZE_MAX / sizeof(*result->scenarios)) {
            return NULL;
        }
        struct report_scenario *grown =
            realloc(result->scenarios, capacity * sizeof(*result->scenarios));
        if (grown == NULL) {
            return NULL;
        }
        result->scenarios = grown;
        result->scenario_capacity = capacity;
    }
    struct report_scenario *added = &result->scenarios[result->scenario_count++];
    *added = (struct report_scenario){ .verdict = REPORT_PASSED };
    return added;
}

const char *report_verdict_word(enum report_verdict verdict)
{
    static const char *const words[] = {
        [REPORT_PASSED] = "passed",           [REPORT_FAILED] = "failed",
        [REPORT_INVALID] = "invalid",         [REPORT_NONDETERMINISTIC] = "nondeterministic",
        [REPORT_INTERRUPTED] = "interrupted", [REPORT_VALID] = "valid",
        [REPORT_SKIPPED] = "skipped",
    };
    return words[verdict];
}

struct report_totals report_result_totals(const struct report_result *result)
{
    struct report_totals totals = { .scenario_count = result->scenario_count };
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct report_scenario *scenario = &result->scenarios[i];
        totals.verdict_count[scenario->verdict]++;
        totals.run_count += scenario->run_count;
        totals.distinct_count += scenario->distinct_count;
        totals.event_count += scenario->event_count;
        totals.simulated_ns += scenario->simulated_ns;
        totals.skipped_count += scenario->skipped_count;
        totals.late_count += scenario->late_count;
    }
    return totals;
}
