/* Durations and counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/format.h"

/* Durations are whole numbers of the largest units, with the rest behind a point. */
static void test_durations(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {
        { 0, "0s" },
        { 1, "0.000001ms" },
        { 1500000, "1.5ms" },
        { 250000000, "250ms" },
        { 1000000000, "1s" },
        { 1204000000, "1.204s" },
        { UINT64_C(60000000000), "1m0s" },
        { UINT64_C(180000000000), "3m0s" },
        { UINT64_C(3600000000000), "1h0m0s" },
        { UINT64_C(93841000000001), "26h4m1.000000001s" },
        { UINT64_MAX, "5124095h34m33.709551615s" },
    };
    char text[REPORT_DURATION_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(report_duration(rows[i].ns, text), rows[i].text);
    }
}

/* Counts have a comma at every third digit. */
static void test_counts(void **state)
{
    char text[REPORT_COUNT_SIZE];
    (void)state;
    assert_string_equal(report_count(0, text), "0");
    assert_string_equal(report_count(999, text), "999");
    assert_string_equal(report_count(1000, text), "1,000");
    assert_string_equal(report_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
    assert_string_equal(report_plural(1), "");
    assert_string_equal(report_plural(0), "s");
    assert_string_equal(report_plural(2), "s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
