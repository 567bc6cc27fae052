#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/duration.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A duration is numbers with units, the larger ones first, to the nanosecond. */
static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {
        { "0s", 0 },
        { "1ns", 1 },
        { "2us", 2000 },
        { "250ms", 250000000 },
        { "3m", UINT64_C(180000000000) },
        { "1h", UINT64_C(3600000000000) },
        { "1.5s", 1500000000 },
        { "0.000000001s", 1 },
        { "0.25h", UINT64_C(900000000000) },
        { "1m30s", UINT64_C(90000000000) },
        { "1h0.5m1ms1us1ns", UINT64_C(3630001001001) },
        { "87600h", SIM_DURATION_MAX_NS },
        { "007s", UINT64_C(7000000000) },
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        uint64_t ns = 42;
        assert_true(sim_duration_parse(good[i].text, &ns));
        assert_int_equal(ns, good[i].ns);
    }
}

/* What is no duration, or none that can be had exactly, changes nothing. */
static void test_no_durations(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "3",
        "s",
        "3 s",
        " 3s",
        "3s ",
        "-3s",
        "+3s",
        "3.s",
        ".5s",
        "3d",
        "3M",
        "3sec",
        "1s1m",
        "1s1s",
        "1m30",
        "1.5ns",
        "0.0000000001s",
        "1e3s",
        "87600h1ns",
        "87601h",
        "99999999999999999999s",
        "18446744073709551616ns",
        "1.0000000000001h",
        "0x1s",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint64_t ns = 42;
        if (sim_duration_parse(bad[i], &ns)) {
            fail_msg("taken for a duration: \"%s\"", bad[i]);
        }
        assert_int_equal(ns, 42);
    }
}

/* A size is one number with a unit, to the byte. */
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        { "0B", 0 },          { "1B", 1 },
        { "4KB", 4000 },      { "4kB", 4000 },
        { "30MB", 30000000 }, { "1.5GB", 1500000000 },
        { "0.001KB", 1 },     { "1000000GB", SIM_SIZE_MAX_BYTES },
    };
    static const char *const bad[] = { "",      "30",    "MB",        "30 MB", "1.5B",
                                       "1MB1B", "30MiB", "1000001GB", "-1B" };
    uint64_t bytes = 42;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(sim_size_parse(bad[i], &bytes));
        assert_int_equal(bytes, 42);
    }
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(sim_size_parse(good[i].text, &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_no_durations),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
