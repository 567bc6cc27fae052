#include "reports/junit.h"

#include <inttypes.h>
#include <string.h>

#include "reports/format.h"
#include "reports/utf8.h"

/* --- text ----------------------------------------------------------------------------- */

/* XML has no way to say most control characters, surrogates, and the last two
 * characters of the plane. */
static bool is_xml(const unsigned char *at, size_t length)
{
    if (length == 0 || (*at < 0x20 && *at != '\t' && *at != '\n')) {
        return false;
    }
    return !(length == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe);
}

static void put_text(FILE *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + size;
    while (at < end) {
        size_t length = report_utf8_length(at);
        if (!is_xml(at, length)) {
            (void)fputs("\xef\xbf\xbd", out);
            at++;
            continue;
        }
        switch (*at) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        default:
            (void)fwrite(at, 1, length, out);
            break;
        }
        at += length;
    }
}

/* Line breaks and tabs of an attribute would be read as spaces. */
static void put_attribute(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, " %s=\"", name);
    while (*text != '\0') {
        size_t length = strcspn(text, "\t\n");
        put_text(out, text, length);
        text += length;
        if (*text != '\0') {
            (void)fprintf(out, "&#%d;", *text++);
        }
    }
    (void)fputc('"', out);
}

/* --- folders ---------------------------------------------------------------------------- */

struct folder {
    const char *path;
    size_t length; /* 0: no folder at all */
};

static struct folder folder_of(const struct report_scenario *scenario)
{
    const char *slash = strrchr(scenario->path, '/');
    return (struct folder){ scenario->path, slash != NULL ? (size_t)(slash - scenario->path) : 0 };
}

static bool same_folder(struct folder one, struct folder other)
{
    return one.length == other.length && memcmp(one.path, other.path, one.length) == 0;
}

static void put_folder(FILE *out, const char *name, struct folder folder)
{
    (void)fprintf(out, " %s=\"", name);
    if (folder.length == 0) {
        (void)fputc('.', out);
    } else {
        put_text(out, folder.path, folder.length);
    }
    (void)fputc('"', out);
}

/* --- cases ------------------------------------------------------------------------------ */

struct counts {
    uint64_t cases;
    uint64_t failures;
    uint64_t errors;
    uint64_t skipped;
};

static void count_case(struct counts *counts, const struct report_scenario *scenario)
{
    counts->cases++;
    counts->errors +=
        scenario->verdict == REPORT_INVALID || scenario->verdict == REPORT_INTERRUPTED ? 1 : 0;
    counts->failures +=
        scenario->verdict == REPORT_FAILED || scenario->verdict == REPORT_NONDETERMINISTIC ? 1 : 0;
    counts->skipped += scenario->verdict == REPORT_SKIPPED ? 1 : 0;
}

static void put_counts(FILE *out, const struct counts *counts)
{
    (void)fprintf(
        out, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64 "\" time=\"0\"",
        counts->cases, counts->failures, counts->errors);
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, text, strlen(text));
    (void)fputc('\n', out);
}

static void put_failure(FILE *out, const struct report_failure *failure)
{
    (void)fputs("      <failure", out);
    put_attribute(out, "type", failure->invariant);
    put_attribute(out, "message", failure->message);
    (void)fprintf(out, ">with seed %" PRIu64 ":\n", failure->seed);
    if (failure->story != NULL) {
        put_text(out, failure->story, strlen(failure->story));
    }
    (void)fputc('\n', out);
    put_text(out, failure->invariant, strlen(failure->invariant));
    (void)fputs(": ", out);
    put_line(out, failure->message);
    if (failure->where != NULL) {
        (void)fputs("at ", out);
        put_line(out, failure->where);
    }
    (void)fputs("\nto replay it:\n", out);
    put_line(out, failure->command);
    (void)fputs("</failure>\n", out);
}

static void put_error(FILE *out, const char *type, const char *message)
{
    (void)fputs("      <error", out);
    put_attribute(out, "type", type);
    put_attribute(out, "message", message);
    (void)fputs("/>\n", out);
}

static void put_output(FILE *out, const struct report_scenario *scenario)
{
    char runs[REPORT_COUNT_SIZE];
    char distinct[REPORT_COUNT_SIZE];
    char events[REPORT_COUNT_SIZE];
    char simulated[REPORT_DURATION_SIZE];
    (void)fputs("      <system-out>", out);
    if (scenario->name != NULL) {
        put_line(out, scenario->name);
    }
    if (scenario->retells != NULL) {
        (void)fputs("retells: ", out);
        put_line(out, scenario->retells);
    }
    for (size_t i = 0; i < scenario->note_count; i++) {
        (void)fputs("note: ", out);
        put_line(out, scenario->notes[i]);
    }
    if (scenario->verdict == REPORT_VALID) {
        put_line(out, "read, not run");
    } else {
        (void)fprintf(out,
                      "%s run%s, %s distinct, %s events, %s simulated, trace hash %016" PRIx64 "\n",
                      report_count(scenario->run_count, runs), report_plural(scenario->run_count),
                      report_count(scenario->distinct_count, distinct),
                      report_count(scenario->event_count, events),
                      report_duration(scenario->simulated_ns, simulated), scenario->trace_hash);
    }
    (void)fputs("</system-out>\n", out);
}

/* A case is called as its file is, which is there also when it cannot be read. */
static void put_case(FILE *out, const struct report_scenario *scenario)
{
    struct folder folder = folder_of(scenario);
    const char *file = scenario->path + folder.length + (folder.length > 0 ? 1 : 0);
    (void)fputs("    <testcase", out);
    put_attribute(out, "name", file);
    put_folder(out, "classname", folder);
    (void)fputs(" time=\"0\">\n", out);
    if (scenario->failure != NULL) {
        put_failure(out, scenario->failure);
    }
    if (scenario->verdict == REPORT_SKIPPED) {
        (void)fputs("      <skipped", out);
        put_attribute(out, "message", scenario->error);
        (void)fputs("/>\n", out);
    } else if (scenario->verdict == REPORT_INVALID) {
        put_error(out, "invalid", scenario->error != NULL ? scenario->error : "");
    } else {
        if (scenario->verdict == REPORT_INTERRUPTED) {
            put_error(out, "interrupted", "interrupted: not all seeds were run");
        }
        put_output(out, scenario);
    }
    (void)fputs("    </testcase>\n", out);
}

/* --- suites ------------------------------------------------------------------------------ */

static bool is_first_of_folder(const struct report_result *result, size_t index)
{
    struct folder folder = folder_of(&result->scenarios[index]);
    for (size_t i = 0; i < index; i++) {
        if (same_folder(folder, folder_of(&result->scenarios[i]))) {
            return false;
        }
    }
    return true;
}

static void put_suite(FILE *out, const struct report_result *result, size_t first)
{
    struct folder folder = folder_of(&result->scenarios[first]);
    struct counts counts = { .cases = 0 };
    for (size_t i = first; i < result->scenario_count; i++) {
        if (same_folder(folder, folder_of(&result->scenarios[i]))) {
            count_case(&counts, &result->scenarios[i]);
        }
    }
    (void)fputs("  <testsuite", out);
    put_folder(out, "name", folder);
    put_counts(out, &counts);
    /* The schema has this count for a suite, and none for all of them. */
    (void)fprintf(out, " skipped=\"%" PRIu64 "\">\n", counts.skipped);
    for (size_t i = first; i < result->scenario_count; i++) {
        if (same_folder(folder, folder_of(&result->scenarios[i]))) {
            put_case(out, &result->scenarios[i]);
        }
    }
    (void)fputs("  </testsuite>\n", out);
}

/* A result that is not whole must not pass for one that is. */
static void put_interrupted(FILE *out)
{
    const struct counts counts = { .cases = 1, .errors = 1 };
    (void)fputs("  <testsuite name=\"drydock\"", out);
    put_counts(out, &counts);
    (void)fputs(">\n    <testcase name=\"the whole run\" classname=\"drydock\" time=\"0\">\n", out);
    put_error(out, "interrupted", "interrupted: this is what was found so far");
    (void)fputs("    </testcase>\n  </testsuite>\n", out);
}

void report_junit(FILE *out, const struct report_result *result)
{
    struct counts counts = { .cases = result->interrupted ? 1 : 0,
                             .errors = result->interrupted ? 1 : 0 };
    for (size_t i = 0; i < result->scenario_count; i++) {
        count_case(&counts, &result->scenarios[i]);
    }
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"drydock\"", out);
    put_counts(out, &counts);
    (void)fputs(">\n", out);
    for (size_t i = 0; i < result->scenario_count; i++) {
        if (is_first_of_folder(result, i)) {
            put_suite(out, result, i);
        }
    }
    if (result->interrupted) {
        put_interrupted(out);
    }
    (void)fputs("</testsuites>\n", out);
}
