#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/binary64.h"

/* Bits that look random, the same in every run. */
static uint64_t mix(uint64_t number)
{
    number *= UINT64_C(0x9e3779b97f4a7c15);
    number ^= number >> 29;
    number *= UINT64_C(0xbf58476d1ce4e5b9);
    return number ^ number >> 32;
}

/* The value as the machine's own double; scaling by powers of two is exact. */
static double value_of(struct fake_binary64 number)
{
    double value = (double)number.mantissa;
    for (int i = number.exponent; i < 0; i++) {
        value /= 2;
    }
    for (int i = 0; i < number.exponent; i++) {
        value *= 2;
    }
    return value;
}

/* Conversion, division and product are those of the machine's double, bit by bit. */
static void test_binary64_is_the_machines_double(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 20000; i++) {
        uint64_t a = mix(i) >> i % 64;
        uint64_t b = (mix(i + 77777) >> (i / 64) % 64) | 1;
        struct fake_binary64 of_a = fake_binary64_of(a);
        struct fake_binary64 of_b = fake_binary64_of(b);
        double double_a = (double)a;
        double double_b = (double)b;
        assert_true(value_of(of_a) == double_a);
        assert_true(value_of(fake_binary64_divide(of_a, of_b)) == double_a / double_b);
        assert_true(value_of(fake_binary64_times(of_a, 100)) == double_a * 100.0);
    }
}

/* Cutting goes down; rounding goes to nearest, ties to even. */
static void test_binary64_floor_and_round(void **state)
{
    (void)state;
    const struct fake_binary64 two = fake_binary64_of(2);
    struct fake_binary64 half = fake_binary64_divide(fake_binary64_of(1), two);
    struct fake_binary64 third = fake_binary64_divide(two, fake_binary64_of(3));
    assert_int_equal(fake_binary64_round(half, 1), 0);
    assert_int_equal(fake_binary64_round(half, 3), 2);
    assert_int_equal(fake_binary64_round(half, 5), 2);
    assert_int_equal(fake_binary64_floor(half, 5), 2);
    assert_int_equal(fake_binary64_round(third, 1), 1);
    assert_int_equal(fake_binary64_floor(third, 1000), 666);
    assert_int_equal(fake_binary64_round(third, 1000), 667);
    assert_int_equal(fake_binary64_round(fake_binary64_of(0), 10), 0);
    struct fake_binary64 tiny = fake_binary64_divide(third, fake_binary64_of(UINT64_MAX));
    assert_int_equal(fake_binary64_round(tiny, 1000), 0);
}

/* The comparison is exact on both sides of the number. */
static void test_binary64_at_least(void **state)
{
    (void)state;
    assert_true(fake_binary64_at_least(fake_binary64_of(1000), 1000));
    assert_false(fake_binary64_at_least(fake_binary64_of(999), 1000));
    assert_true(fake_binary64_at_least(fake_binary64_of(UINT64_MAX), 1000));
    assert_false(fake_binary64_at_least(fake_binary64_of(0), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary64_is_the_machines_double),
        cmocka_unit_test(test_binary64_floor_and_round),
        cmocka_unit_test(test_binary64_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
