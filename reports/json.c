#include "reports/json.h"

#include <inttypes.h>

#include "reports/states.h"
#include "reports/utf8.h"

static void json_string(FILE *out, const char *text)
{
    if (text == NULL) {
        (void)fputs("null", out);
        return;
    }
    (void)fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t length = report_utf8_length(at);
        if (length == 0) {
            (void)fputs("\\ufffd", out);
            at++;
        } else if (*at == '"' || *at == '\\') {
            (void)fprintf(out, "\\%c", *at++);
        } else if (*at == '\n') {
            (void)fputs("\\n", out);
            at++;
        } else if (*at < 0x20 || *at == 0x7f) {
            (void)fprintf(out, "\\u%04x", (unsigned)*at++);
        } else {
            (void)fwrite(at, 1, length, out);
            at += length;
        }
    }
    (void)fputc('"', out);
}

static void json_text(FILE *out, const char *indent, const char *key, const char *text)
{
    (void)fprintf(out, "%s\"%s\": ", indent, key);
    json_string(out, text);
    (void)fputs(",\n", out);
}

/* Hashes and seeds are strings: a JSON number loses bits above 2^53. */
static void json_failure(FILE *out, const struct report_failure *failure)
{
    if (failure == NULL) {
        (void)fputs("      \"failure\": null\n", out);
        return;
    }
    const char *indent = "        ";
    (void)fputs("      \"failure\": {\n", out);
    json_text(out, indent, "invariant", failure->invariant);
    json_text(out, indent, "message", failure->message);
    json_text(out, indent, "where", failure->where);
    (void)fprintf(out, "%s\"seed\": \"%" PRIu64 "\",\n", indent, failure->seed);
    json_text(out, indent, "story", failure->story);
    (void)fprintf(out, "%s\"command\": ", indent);
    json_string(out, failure->command);
    (void)fputs("\n      }\n", out);
}

static bool is_run(const struct report_scenario *scenario)
{
    return scenario->verdict != REPORT_VALID && scenario->verdict != REPORT_INVALID &&
           scenario->verdict != REPORT_SKIPPED;
}

static void json_counts(FILE *out, const struct report_scenario *scenario)
{
    if (is_run(scenario)) {
        (void)fprintf(out, "      \"seed_first\": \"%" PRIu64 "\",\n", scenario->seed_first);
        (void)fprintf(out, "      \"seed_last\": \"%" PRIu64 "\",\n", scenario->seed_last);
    } else {
        (void)fputs("      \"seed_first\": null,\n      \"seed_last\": null,\n", out);
    }
    (void)fprintf(out, "      \"runs\": %" PRIu64 ",\n", scenario->run_count);
    (void)fprintf(out, "      \"distinct_schedules\": %" PRIu64 ",\n", scenario->distinct_count);
    (void)fprintf(out, "      \"events\": %" PRIu64 ",\n", scenario->event_count);
    (void)fprintf(out, "      \"simulated_ns\": %" PRIu64 ",\n", scenario->simulated_ns);
    (void)fprintf(out, "      \"steps_skipped\": %" PRIu64 ",\n", scenario->skipped_count);
    (void)fprintf(out, "      \"late_deletes\": %" PRIu64 ",\n", scenario->late_count);
}

static void json_strings(FILE *out, const char *indent, const char *key, char *const *strings,
                         size_t count)
{
    (void)fprintf(out, "%s\"%s\": [", indent, key);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        json_string(out, strings[i]);
    }
    (void)fputs("],\n", out);
}

static void json_scenario(FILE *out, const struct report_scenario *scenario)
{
    const char *indent = "      ";
    (void)fputs("    {\n", out);
    json_text(out, indent, "name", scenario->name);
    json_text(out, indent, "path", scenario->path);
    json_text(out, indent, "verdict", report_verdict_word(scenario->verdict));
    if (is_run(scenario)) {
        (void)fprintf(out, "%s\"trace_hash\": \"%016" PRIx64 "\",\n", indent, scenario->trace_hash);
    } else {
        (void)fprintf(out, "%s\"trace_hash\": null,\n", indent);
    }
    json_text(out, indent, "retells", scenario->retells);
    json_strings(out, indent, "hazards", scenario->hazards, scenario->hazard_count);
    json_counts(out, scenario);
    json_strings(out, indent, "notes", scenario->notes, scenario->note_count);
    json_text(out, indent, "error", scenario->error);
    json_failure(out, scenario->failure);
    (void)fputs("    }", out);
}

/* The legal cells, in the order of the table. */
static void json_states(FILE *out, const struct report_result *result)
{
    const struct report_table *table = result->table;
    const char *separator = "\n";
    (void)fputs("  \"states\": [", out);
    for (size_t i = 0; i < table->happening_count * table->state_count; i++) {
        struct report_reached reached = report_table_reached(result, i);
        if (table->next[i] == NULL) {
            continue;
        }
        (void)fprintf(out, "%s    {\"state\": ", separator);
        json_string(out, table->states[i % table->state_count]);
        (void)fputs(", \"happens\": ", out);
        json_string(out, table->happenings[i / table->state_count]);
        (void)fputs(", \"next\": ", out);
        json_string(out, table->next[i]);
        (void)fprintf(out, ", \"count\": %" PRIu64 ", \"first\": ", reached.count);
        json_string(out, reached.first);
        (void)fputs("}", out);
        separator = ",\n";
    }
    (void)fputs("\n  ],\n", out);
}

void report_json(FILE *out, const struct report_result *result)
{
    struct report_totals totals = report_result_totals(result);
    (void)fputs("{\n  \"scenarios\": [", out);
    for (size_t i = 0; i < result->scenario_count; i++) {
        (void)fputs(i > 0 ? ",\n" : "\n", out);
        json_scenario(out, &result->scenarios[i]);
    }
    (void)fputs(result->scenario_count > 0 ? "\n  ],\n" : "],\n", out);
    if (result->table != NULL) {
        json_states(out, result);
    }
    (void)fprintf(out, "  \"interrupted\": %s,\n", result->interrupted ? "true" : "false");
    (void)fputs("  \"totals\": {\n", out);
    (void)fprintf(out, "    \"scenarios\": %" PRIu64 ",\n", totals.scenario_count);
    for (int i = REPORT_PASSED; i < REPORT_VERDICT_COUNT; i++) {
        (void)fprintf(out, "    \"%s\": %" PRIu64 ",\n",
                      report_verdict_word((enum report_verdict)i), totals.verdict_count[i]);
    }
    (void)fprintf(out, "    \"runs\": %" PRIu64 ",\n", totals.run_count);
    (void)fprintf(out, "    \"distinct_schedules\": %" PRIu64 ",\n", totals.distinct_count);
    (void)fprintf(out, "    \"events\": %" PRIu64 ",\n", totals.event_count);
    (void)fprintf(out, "    \"simulated_ns\": %" PRIu64 "\n", totals.simulated_ns);
    (void)fputs("  }\n}\n", out);
}
