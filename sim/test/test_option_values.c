/* What the words of options mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/option_values.h"

/* A seed is a number, or a commit hash: 7 to 40 hex digits with a letter, or 40. */
static void test_seed(void **state)
{
    uint64_t seed = 0;
    (void)state;
    assert_true(sim_seed_read("0", &seed));
    assert_int_equal(seed, 0);
    assert_true(sim_seed_read("18446744073709551615", &seed));
    assert_true(seed == UINT64_MAX);
    assert_true(sim_seed_read("1234567", &seed));
    assert_int_equal(seed, 1234567);
    assert_true(sim_seed_read("fd59476", &seed));
    assert_int_equal(seed, 0xfd59476);
    assert_true(sim_seed_read("FD59476", &seed));
    assert_int_equal(seed, 0xfd59476);
    assert_true(sim_seed_read("1111111111111111222222222222222222222222", &seed));
    assert_true(seed == UINT64_C(0x1111111111111111));
    const char *const bad[] = { "",
                                "-1",
                                "+1",
                                " 1",
                                "1 ",
                                "0x7",
                                "abcdef",
                                "12345g7",
                                "18446744073709551616",
                                "1e",
                                "a1111111111111111222222222222222222222222" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sim_seed_read(bad[i], &seed));
    }
}

/* Seeds are a range, both ends included. */
static void test_seeds(void **state)
{
    uint64_t first = 0;
    uint64_t last = 0;
    (void)state;
    assert_true(sim_seeds_read("3..3", &first, &last));
    assert_true(sim_seeds_read("0..999", &first, &last));
    assert_int_equal(first, 0);
    assert_int_equal(last, 999);
    const char *const bad[] = { "", "3", "..", "3..", "..3", "4..3", "1...3", "a..b", "1..2..3" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sim_seeds_read(bad[i], &first, &last));
    }
}

/* Jobs are a number, or as many as there are processors. */
static void test_jobs(void **state)
{
    unsigned jobs = 7;
    (void)state;
    assert_true(sim_jobs_read("auto", &jobs));
    assert_int_equal(jobs, 0);
    assert_true(sim_jobs_read("256", &jobs));
    assert_int_equal(jobs, 256);
    assert_false(sim_jobs_read("257", &jobs));
    assert_false(sim_jobs_read("", &jobs));
    assert_false(sim_jobs_read("two", &jobs));
}

/* A count is a decimal number, without a sign, that is not 0 and fits. */
static void test_count(void **state)
{
    static const char *const bad[] = { "",   "0",  "00",  "-1",  "+1",
                                       " 1", "1 ", "0x1", "1e3", "18446744073709551616" };
    uint64_t count = 7;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sim_count_read(bad[i], &count));
        assert_int_equal(count, 7);
    }
    assert_true(sim_count_read("1000", &count));
    assert_int_equal(count, 1000);
    assert_true(sim_count_read("18446744073709551615", &count));
    assert_true(count == UINT64_MAX);
}

/* A refusal says what was given, cut if it is long, and what is valid. */
static void test_refusal(void **state)
{
    char message[SIM_OPTION_MESSAGE_SIZE];
    char given[1000];
    (void)state;
    memset(given, 'x', sizeof(given) - 1);
    given[sizeof(given) - 1] = '\0';
    assert_false(sim_option_refuse(message, "bad seed", "-1", "a number"));
    assert_string_equal(message, "bad seed \"-1\"; expected a number");
    assert_false(sim_option_refuse(message, "bad seed", given, "a number"));
    assert_non_null(strstr(message, "x\"; expected a number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed),  cmocka_unit_test(test_seeds),   cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_count), cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
