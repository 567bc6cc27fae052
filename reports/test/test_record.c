/* A scenario's result as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/json.h"
#include "reports/record.h"
#include "reports/test/results.h"

static char *as_json(const struct report_result *result)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    report_json(file, result);
    return results_text(file);
}

/* A result with everything that one can have. */
static void fill(struct report_result *result)
{
    report_result_init(result);
    struct report_scenario *passed = results_add_passed(result, "s/a.json");
    passed->moves = calloc(3, sizeof(*passed->moves));
    assert_non_null(passed->moves);
    passed->move_count = 3;
    passed->moves[1] = UINT64_C(1) << 40;
    (void)results_add_failed(result, "s/b.json");
    (void)results_add_invalid(result, "s/c.json");
}

/* What is read is what was written, down to the last field. */
static void test_record_round_trip(void **state)
{
    struct report_result result;
    struct report_result again;
    (void)state;
    fill(&result);
    report_result_init(&again);
    for (size_t i = 0; i < result.scenario_count; i++) {
        unsigned char *bytes;
        size_t count;
        assert_true(report_record_write(&result.scenarios[i], &bytes, &count));
        assert_true(report_record_read(bytes, count, report_result_add(&again)));
        free(bytes);
    }
    char *one = as_json(&result);
    char *other = as_json(&again);
    assert_string_equal(one, other);
    free(one);
    free(other);
    assert_int_equal(again.scenarios[0].move_count, 3);
    assert_true(again.scenarios[0].moves[1] == UINT64_C(1) << 40);
    report_result_release(&result);
    report_result_release(&again);
}

/* Bytes that end too early, or go on, are no record. */
static void test_record_cut(void **state)
{
    struct report_result result;
    (void)state;
    fill(&result);
    for (size_t i = 0; i < result.scenario_count; i++) {
        unsigned char *bytes;
        struct report_scenario read;
        size_t count;
        assert_true(report_record_write(&result.scenarios[i], &bytes, &count));
        for (size_t cut = 0; cut < count; cut++) {
            unsigned char *part = malloc(cut + 1); /* a reader that goes on is seen */
            assert_non_null(part);
            memcpy(part, bytes, cut);
            assert_false(report_record_read(part, cut, &read));
            assert_null(read.path);
            free(part);
        }
        unsigned char *longer = malloc(count + 1);
        assert_non_null(longer);
        memcpy(longer, bytes, count);
        longer[count] = 0;
        assert_false(report_record_read(longer, count + 1, &read));
        free(longer);
        free(bytes);
    }
    report_result_release(&result);
}

/* Whatever a byte is changed to, it is refused, or read as a result that can be shown. */
static void test_record_changed(void **state)
{
    struct report_result result;
    (void)state;
    fill(&result);
    for (size_t i = 0; i < result.scenario_count; i++) {
        unsigned char *bytes;
        size_t count;
        assert_true(report_record_write(&result.scenarios[i], &bytes, &count));
        for (size_t at = 0; at < count; at++) {
            static const unsigned char others[] = { 0x00, 0x01, 0x7f, 0xff };
            unsigned char was = bytes[at];
            for (size_t k = 0; k < sizeof(others); k++) {
                struct report_result again;
                struct report_scenario read;
                bytes[at] = others[k];
                if (report_record_read(bytes, count, &read)) {
                    report_result_init(&again);
                    *report_result_add(&again) = read;
                    free(as_json(&again));
                    report_result_release(&again);
                }
            }
            bytes[at] = was;
        }
        free(bytes);
    }
    report_result_release(&result);
}

/* A record that nobody would read is not written. */
static void test_record_too_large(void **state)
{
    struct report_scenario scenario = { .verdict = REPORT_PASSED };
    unsigned char *bytes;
    size_t count;
    (void)state;
    scenario.path = malloc(REPORT_RECORD_MAX + 1);
    assert_non_null(scenario.path);
    memset(scenario.path, 'a', REPORT_RECORD_MAX);
    scenario.path[REPORT_RECORD_MAX] = '\0';
    assert_false(report_record_write(&scenario, &bytes, &count));
    assert_null(bytes);
    report_scenario_release(&scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_round_trip),
        cmocka_unit_test(test_record_cut),
        cmocka_unit_test(test_record_changed),
        cmocka_unit_test(test_record_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
