/* Which cells of a table of states were reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "reports/json.h"
#include "reports/states.h"
#include "reports/test/results.h"

static const char *const states[] = { "off", "on" };
static const char *const happenings[] = { "pressed", "broken by a hammer", "mended" };
static const char *const next[] = { "on", "off", NULL, "off", "off", NULL };
static const struct report_table table = {
    .states = states,
    .state_count = 2,
    .happenings = happenings,
    .happening_count = 3,
    .next = next,
};

static void add(struct report_result *result, const char *path, uint64_t pressed, uint64_t broken)
{
    struct report_scenario *scenario = results_add_passed(result, path);
    scenario->moves = calloc(6, sizeof(*scenario->moves));
    assert_non_null(scenario->moves);
    scenario->move_count = 6;
    scenario->moves[0] = pressed;
    scenario->moves[3] = broken;
}

static void fill(struct report_result *result)
{
    report_result_init(result);
    result->table = &table;
    add(result, "a.json", 0, 1000);
    add(result, "b.json", 7, 234);
    (void)results_add_passed(result, "c.json");
}

/* Counts are summed, the first scenario is named; what never was and what cannot be
 * look different. */
static void test_states_text(void **state)
{
    struct report_result result;
    (void)state;
    fill(&result);
    FILE *file = tmpfile();
    assert_non_null(file);
    report_states(file, &result);
    char *text = results_text(file);
    assert_string_equal(text, "what happens to an image that is          off           on\n"
                              "pressed                                     7            0\n"
                              "broken by a hammer                          .        1,234\n"
                              "mended                                      0            .\n"
                              "\n"
                              "off  pressed             -> on   first in b.json\n"
                              "on   pressed             -> off  never\n"
                              "on   broken by a hammer  -> off  first in a.json\n"
                              "off  mended              -> off  never\n"
                              "2 of 4 cells reached\n");
    free(text);
    report_result_release(&result);
}

/* JSON has the same, cell by cell. */
static void test_states_json(void **state)
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
    const cJSON *cells = cJSON_GetObjectItemCaseSensitive(json, "states");
    assert_int_equal(cJSON_GetArraySize(cells), 4);
    const cJSON *cell = cJSON_GetArrayItem(cells, 2);
    assert_string_equal(cJSON_GetObjectItem(cell, "state")->valuestring, "on");
    assert_string_equal(cJSON_GetObjectItem(cell, "happens")->valuestring, "broken by a hammer");
    assert_string_equal(cJSON_GetObjectItem(cell, "next")->valuestring, "off");
    assert_int_equal(cJSON_GetObjectItem(cell, "count")->valueint, 1234);
    assert_string_equal(cJSON_GetObjectItem(cell, "first")->valuestring, "a.json");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(cells, 3), "first")));
    cJSON_Delete(json);
    free(text);
    report_result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_text),
        cmocka_unit_test(test_states_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
