#include "reports/test/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *results_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    return memcpy(bytes, text, size);
}

char *results_text(FILE *file)
{
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    (void)fclose(file);
    return text;
}

struct report_scenario *results_add_passed(struct report_result *result, const char *path)
{
    struct report_scenario *scenario = report_result_add(result);
    assert_non_null(scenario);
    scenario->path = results_copy(path);
    scenario->name = results_copy("two \"callers\"");
    scenario->retells = results_copy("an incident");
    scenario->hazards = calloc(2, sizeof(char *));
    assert_non_null(scenario->hazards);
    scenario->hazards[scenario->hazard_count++] = results_copy("H08");
    scenario->hazards[scenario->hazard_count++] = results_copy("H11");
    scenario->seed_last = 999;
    scenario->run_count = 1000;
    scenario->distinct_count = 998;
    scenario->trace_hash = 0xabc;
    scenario->event_count = 123456;
    scenario->simulated_ns = UINT64_C(180000000000);
    scenario->skipped_count = 1;
    scenario->notes = calloc(1, sizeof(char *));
    assert_non_null(scenario->notes);
    scenario->notes[scenario->note_count++] = results_copy("steps[1] never happened");
    scenario->late_count = 2;
    return scenario;
}

struct report_scenario *results_add_failed(struct report_result *result, const char *path)
{
    struct report_scenario *scenario = report_result_add(result);
    struct report_failure *failure = calloc(1, sizeof(*failure));
    assert_true(scenario != NULL && failure != NULL);
    scenario->path = results_copy(path);
    scenario->name = results_copy("b");
    scenario->verdict = REPORT_FAILED;
    scenario->run_count = 1;
    scenario->distinct_count = 1;
    scenario->failure = failure;
    failure->invariant = results_copy("S1");
    failure->message = results_copy("it is gone");
    failure->where = results_copy("s/b.json:3: finally");
    failure->seed = UINT64_MAX;
    failure->story = results_copy("  1s  web-1  asks\n  2s  engine  does\n");
    failure->command = results_copy("drydock run s/b.json --seed 7");
    return scenario;
}

struct report_scenario *results_add_invalid(struct report_result *result, const char *path)
{
    struct report_scenario *scenario = report_result_add(result);
    assert_non_null(scenario);
    scenario->path = results_copy(path);
    scenario->verdict = REPORT_INVALID;
    scenario->error = results_copy("s/c.json:1:1: what");
    return scenario;
}

struct report_scenario *results_add_skipped(struct report_result *result, const char *path)
{
    struct report_scenario *scenario = report_result_add(result);
    assert_non_null(scenario);
    scenario->path = results_copy(path);
    scenario->name = results_copy("held back");
    scenario->verdict = REPORT_SKIPPED;
    scenario->error = results_copy("nobody can hold its answers back");
    return scenario;
}
