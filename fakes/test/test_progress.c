#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/progress.h"

static void check_size(uint64_t size_bytes, const char *expected)
{
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_progress_size(&out, size_bytes);
    assert_string_equal(out.at, expected);
    fake_bytes_release(&out);
}

/* The engine's own recipe, in the machine's floating point. */
static void reference_size(char *out, size_t size, uint64_t size_bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
    double value = (double)size_bytes;
    size_t unit = 0;
    while (value >= 1000.0) {
        value /= 1000.0;
        unit++;
    }
    (void)snprintf(out, size, "%.4g%s", value, units[unit]);
}

/* Sizes have four significant digits, powers of 1000 and no zeros at the end. */
static void test_progress_size(void **state)
{
    (void)state;
    check_size(0, "0B");
    check_size(1, "1B");
    check_size(999, "999B");
    check_size(1000, "1kB");
    check_size(36445, "36.45kB"); /* 36.445 is a little more in binary */
    check_size(32768, "32.77kB");
    check_size(700399, "700.4kB");
    check_size(999949, "999.9kB");
    check_size(999950, "1000kB"); /* "%.4g" of 999.95 */
    check_size(30000000, "30MB");
    check_size(UINT64_MAX, "18.45EB");
}

/* Sizes are what "%.4g" of the double gives, at every tie that has three or five
 * digits and at numbers of every length. */
static void test_progress_size_is_the_engines(void **state)
{
    (void)state;
    uint64_t number = 1;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t size_bytes = i;
        if (i % 2 == 1) {
            number = number * UINT64_C(6364136223846793005) + 1442695040888963407u;
            size_bytes = number >> (i / 2) % 64;
        } else if (i >= 100000) {
            size_bytes = (i - 100000) * 5 * (i % 3 == 0 ? 1000 : 1);
        }
        char expected[32];
        reference_size(expected, sizeof(expected), size_bytes);
        check_size(size_bytes, expected);
    }
}

static void check_text(uint64_t current, uint64_t total, size_t bar, const char *numbers)
{
    struct fake_bytes expected;
    fake_bytes_init(&expected);
    fake_bytes_char(&expected, '[');
    fake_bytes_repeat(&expected, '=', bar);
    fake_bytes_char(&expected, '>');
    fake_bytes_repeat(&expected, ' ', 50 - bar);
    fake_bytes_text(&expected, "] ");
    fake_bytes_text(&expected, numbers);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_progress_text(&out, current, total);
    assert_string_equal(out.at, expected.at);
    fake_bytes_release(&out);
    fake_bytes_release(&expected);
}

/* The bar has one mark for two percent, then the numbers, the first in eight columns. */
static void test_progress_text(void **state)
{
    (void)state;
    check_text(36446, 700399, 2, " 36.45kB/700.4kB");
    check_text(700399, 700399, 50, " 700.4kB/700.4kB");
    check_text(0, 1000, 0, "      0B/1kB");
    check_text(1001, 1000, 50, " 1.001kB"); /* beyond the total: no total */
}

/* No total: only the size; nothing at all: no text. */
static void test_progress_text_without_total(void **state)
{
    (void)state;
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_progress_text(&out, 0, 0);
    assert_int_equal(out.size, 0);
    fake_progress_text(&out, 5, 0);
    assert_string_equal(out.at, "      5B");
    fake_bytes_release(&out);
}

/* The bar's length is the engine's, its roundings included: 58 of 100 are 28 marks. */
static void test_progress_bar_is_the_engines(void **state)
{
    (void)state;
    for (uint64_t total = 1; total < 300; total++) {
        for (uint64_t current = 1; current <= total; current++) {
            size_t expected = (size_t)((double)current / (double)total * 100.0) / 2;
            struct fake_bytes out;
            fake_bytes_init(&out);
            fake_progress_text(&out, current, total);
            assert_int_equal(strcspn(out.at, ">"), expected + 1);
            fake_bytes_release(&out);
        }
    }
    check_text(58, 100, 28, "     58B/100B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_size),
        cmocka_unit_test(test_progress_size_is_the_engines),
        cmocka_unit_test(test_progress_text),
        cmocka_unit_test(test_progress_text_without_total),
        cmocka_unit_test(test_progress_bar_is_the_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
