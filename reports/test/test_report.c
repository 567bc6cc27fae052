/* A result, as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "reports/json.h"
#include "reports/test/results.h"
#include "reports/text.h"

static void fill(struct report_result *result)
{
    report_result_init(result);
    (void)results_add_passed(result, "s/a.json");
    (void)results_add_failed(result, "s/b.json");
    (void)results_add_invalid(result, "s/\xff\xc3\xa4\x01.json");
}

static char *as_text(const struct report_result *result, struct report_text_style style)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    for (size_t i = 0; i < result->scenario_count; i++) {
        report_text_scenario(file, &result->scenarios[i], style);
    }
    report_text_verdicts(file, result);
    report_text_totals(file, result);
    return results_text(file);
}

/* Text: a line for each scenario, what it was, the story of a failure with the command
 * at its end, once more those that are not good, and the sums. */
static void test_text(void **state)
{
    struct report_result result;
    (void)state;
    fill(&result);
    char *text = as_text(&result, (struct report_text_style){ .verbose = false });
    assert_string_equal(text,
                        "passed  s/a.json: two \"callers\"\n"
                        "        1,000 runs, 998 distinct, 123,456 events, 3m0s simulated, "
                        "1 step skipped, 2 late DELETEs\n"
                        "        note: steps[1] never happened\n"
                        "failed  s/b.json: b\n"
                        "        1 run, 1 distinct, 0 events, 0s simulated\n"
                        "\n"
                        "    with seed 18446744073709551615:\n"
                        "      1s  web-1  asks\n"
                        "      2s  engine  does\n"
                        "\n"
                        "    S1: it is gone\n"
                        "    at s/b.json:3: finally\n"
                        "\n"
                        "    to replay it:\n"
                        "    drydock run s/b.json --seed 7\n"
                        "\n"
                        "invalid  s/\xff\xc3\xa4\x01.json\n"
                        "failed  s/b.json  seed 18446744073709551615  S1: it is gone\n"
                        "invalid  s/\xff\xc3\xa4\x01.json\n"
                        "3 scenarios: 1 passed, 1 failed, 1 invalid\n"
                        "1,001 runs, 999 distinct schedules, 123,456 events, 3m0s simulated\n");
    free(text);
    report_result_release(&result);
}

/* Verbose adds what a scenario retells, its hazards and its hash; colour only colour. */
static void test_text_styles(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_passed(&result, "s/a.json");
    result.interrupted = true;
    char *text = as_text(&result, (struct report_text_style){ .verbose = true });
    assert_non_null(strstr(text, "        retells: an incident\n        hazards: H08 H11\n"
                                 "        trace hash 0000000000000abc\n"));
    assert_non_null(strstr(text, "interrupted: this is what was found so far\n1 scenario:"));
    assert_null(strchr(text, '\033'));
    free(text);
    text = as_text(&result, (struct report_text_style){ .color = true });
    assert_memory_equal(text, "\033[32mpassed\033[0m", 15);
    free(text);
    report_result_release(&result);
}

/* A failure that ended its scenario early says how far that came; a check has nothing
 * that passed. */
static void test_text_of_what_was_not_run(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_failed(&result, "s/b.json");
    result.scenarios[0].seed_first = 5;
    result.scenarios[0].seed_last = 1004;
    result.scenarios[0].failure->seed = 7;
    char *text = as_text(&result, (struct report_text_style){ .verbose = false });
    assert_non_null(strstr(text, "        stopped at the first failing seed, 3 of 1,000 run\n"));
    free(text);
    report_result_release(&result);
    struct report_scenario *valid = report_result_add(&result);
    valid->path = results_copy("s/a.json");
    valid->verdict = REPORT_VALID;
    result.checked = true;
    text = as_text(&result, (struct report_text_style){ .verbose = true });
    assert_memory_equal(text, "valid  s/a.json\n1 scenario: 1 valid\n", 36);
    free(text);
    report_result_release(&result);
}

/* What was skipped says why, is no failure, and has nothing that was run; those with one
 * reason are one line of a summary. */
static void test_skipped(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_skipped(&result, "s/a.json");
    (void)results_add_passed(&result, "s/b.json");
    (void)results_add_skipped(&result, "s/c.json");
    struct report_scenario *other = results_add_skipped(&result, "s/d.json");
    free(other->error);
    other->error = results_copy("it forks");
    char *text = as_text(&result, (struct report_text_style){ .verbose = false });
    assert_memory_equal(text,
                        "skipped  s/a.json: held back\n"
                        "        skipped: nobody can hold its answers back\n"
                        "passed  s/b.json",
                        87);
    assert_non_null(strstr(text, "4 scenarios: 1 passed, 3 skipped\n"));
    free(text);
    FILE *file = tmpfile();
    assert_non_null(file);
    report_text_skipped(file, &result);
    text = results_text(file);
    assert_string_equal(text, "    2 skipped: nobody can hold its answers back\n"
                              "    1 skipped: it forks\n");
    free(text);
    file = tmpfile();
    assert_non_null(file);
    report_json(file, &result);
    text = results_text(file);
    cJSON *json = cJSON_Parse(text);
    const cJSON *one = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "scenarios"), 0);
    assert_string_equal(cJSON_GetObjectItem(one, "verdict")->valuestring, "skipped");
    assert_string_equal(cJSON_GetObjectItem(one, "error")->valuestring,
                        "nobody can hold its answers back");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(one, "trace_hash")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(one, "seed_first")));
    cJSON_Delete(json);
    free(text);
    report_result_release(&result);
}

/* The last line alone holds wall time and rates. */
static void test_took(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    (void)results_add_passed(&result, "s/a.json");
    FILE *file = tmpfile();
    assert_non_null(file);
    report_took(file, &result, UINT64_C(2000400000));
    char *text = results_text(file);
    assert_string_equal(text, "took 2s, 61,715 events/s, 499 runs/s\n");
    free(text);
    report_result_release(&result);
}

static const char *text_at(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* JSON: an object that a reader of JSON reads, bytes that are no UTF-8 replaced. */
static void test_json(void **state)
{
    struct report_result result;
    (void)state;
    fill(&result);
    FILE *file = tmpfile();
    assert_non_null(file);
    report_json(file, &result);
    char *text = results_text(file);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    const cJSON *scenarios = cJSON_GetObjectItemCaseSensitive(json, "scenarios");
    assert_int_equal(cJSON_GetArraySize(scenarios), 3);
    const cJSON *passed = cJSON_GetArrayItem(scenarios, 0);
    assert_string_equal(text_at(passed, "name"), "two \"callers\"");
    assert_string_equal(text_at(passed, "verdict"), "passed");
    assert_string_equal(text_at(passed, "trace_hash"), "0000000000000abc");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(passed, "failure")));
    const cJSON *notes = cJSON_GetObjectItemCaseSensitive(passed, "notes");
    assert_string_equal(cJSON_GetArrayItem(notes, 0)->valuestring, "steps[1] never happened");
    const cJSON *failure =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(scenarios, 1), "failure");
    assert_string_equal(text_at(failure, "seed"), "18446744073709551615");
    assert_string_equal(text_at(failure, "story"), "  1s  web-1  asks\n  2s  engine  does\n");
    const cJSON *invalid = cJSON_GetArrayItem(scenarios, 2);
    assert_string_equal(text_at(invalid, "path"), "s/\xef\xbf\xbd\xc3\xa4\x01.json");
    assert_string_equal(text_at(invalid, "error"), "s/c.json:1:1: what");
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(invalid, "name")));
    const cJSON *totals = cJSON_GetObjectItemCaseSensitive(json, "totals");
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(totals, "runs")->valueint, 1001);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(totals, "failed")->valueint, 1);
    cJSON_Delete(json);
    free(text);
    report_result_release(&result);
}

/* Well-formed UTF-8 passes as it is; every malformed byte is one U+FFFD. */
static void test_json_utf8(void **state)
{
    static const struct {
        const char *bytes;
        const char *read;
    } rows[] = {
        { "\xe2\x82\xac\xf0\x9f\x9a\xa2", "\xe2\x82\xac\xf0\x9f\x9a\xa2" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf5", "\xef\xbf\xbd" },
        { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "a\tb\\\x7f", "a\tb\\\x7f" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct report_result result;
        report_result_init(&result);
        report_result_add(&result)->path = results_copy(rows[i].bytes);
        FILE *file = tmpfile();
        assert_non_null(file);
        report_json(file, &result);
        char *text = results_text(file);
        cJSON *json = cJSON_Parse(text);
        assert_non_null(json);
        const cJSON *scenarios = cJSON_GetObjectItemCaseSensitive(json, "scenarios");
        assert_string_equal(text_at(cJSON_GetArrayItem(scenarios, 0), "path"), rows[i].read);
        cJSON_Delete(json);
        free(text);
        report_result_release(&result);
    }
}

/* An empty result is a result. */
static void test_empty(void **state)
{
    struct report_result result;
    (void)state;
    report_result_init(&result);
    FILE *file = tmpfile();
    assert_non_null(file);
    report_json(file, &result);
    char *text = results_text(file);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    cJSON_Delete(json);
    free(text);
    text = as_text(&result, (struct report_text_style){ .verbose = true });
    assert_non_null(strstr(text, "0 scenarios: 0 passed\n0 runs, "));
    free(text);
    report_result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_styles),
        cmocka_unit_test(test_text_of_what_was_not_run),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_took),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_utf8),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
