#include "fakes/binary64.h"

#include <assert.h>

#define TOP (UINT64_C(1) << (FAKE_BINARY64_DIGITS - 1))

/* The mantissa of @value * 2^@exponent, where @rest says that a little more was
 * cut off below. @value has at least 54 digits then. */
static struct fake_binary64 normal(uint64_t value, int exponent, bool rest)
{
    if (value == 0) {
        return (struct fake_binary64){ .mantissa = 0 };
    }
    while (value < TOP) {
        value <<= 1;
        exponent--;
    }
    bool half = false;
    while (value >= 2 * TOP) {
        rest = rest || half;
        half = (value & 1) != 0;
        value >>= 1;
        exponent++;
    }
    if (half && (rest || (value & 1) != 0)) {
        value++;
        if (value == 2 * TOP) {
            value >>= 1;
            exponent++;
        }
    }
    return (struct fake_binary64){ .mantissa = value, .exponent = exponent };
}

struct fake_binary64 fake_binary64_of(uint64_t number)
{
    return normal(number, 0, false);
}

struct fake_binary64 fake_binary64_divide(struct fake_binary64 a, struct fake_binary64 b)
{
    assert(b.mantissa >= TOP);
    if (a.mantissa == 0) {
        return a;
    }
    /* Long division, to two digits more than a mantissa has: the half, and one
     * because the quotient of two mantissas may begin with a 0. */
    const int digit_count = FAKE_BINARY64_DIGITS + 2;
    uint64_t quotient = 0;
    uint64_t remainder = a.mantissa;
    for (int i = 0; i < digit_count; i++) {
        quotient <<= 1;
        if (remainder >= b.mantissa) {
            remainder -= b.mantissa;
            quotient |= 1;
        }
        remainder <<= 1;
    }
    return normal(quotient, a.exponent - b.exponent - (digit_count - 1), remainder != 0);
}

struct fake_binary64 fake_binary64_times(struct fake_binary64 a, uint64_t factor)
{
    assert(factor <= 1024);
    return normal(a.mantissa * factor, a.exponent, false);
}

/* The integer part of a * factor, and what is left of it: 0 nothing, 1 less than
 * a half, 2 a half, 3 more. */
static uint64_t split(struct fake_binary64 a, uint64_t factor, unsigned *left)
{
    assert(factor <= 1024);
    uint64_t value = a.mantissa * factor;
    *left = 0;
    if (value == 0) {
        return 0;
    }
    if (a.exponent >= 0) {
        assert(a.exponent < 63 && value <= (UINT64_MAX >> 1) >> a.exponent);
        return value << a.exponent;
    }
    if (a.exponent <= -64) {
        *left = 1; /* value < 2^63, so it is less than a half */
        return 0;
    }
    unsigned shift = (unsigned)-a.exponent;
    uint64_t rest = value & ((UINT64_C(1) << shift) - 1);
    uint64_t half = UINT64_C(1) << (shift - 1);
    *left = rest == 0 ? 0 : rest < half ? 1 : rest == half ? 2 : 3;
    return value >> shift;
}

bool fake_binary64_at_least(struct fake_binary64 a, uint64_t number)
{
    if (a.exponent > 0) {
        return true; /* 2^53 or more; nobody asks for so much */
    }
    unsigned left = 0;
    return split(a, 1, &left) >= number;
}

uint64_t fake_binary64_floor(struct fake_binary64 a, uint64_t factor)
{
    unsigned left = 0;
    return split(a, factor, &left);
}

uint64_t fake_binary64_round(struct fake_binary64 a, uint64_t factor)
{
    unsigned left = 0;
    uint64_t whole = split(a, factor, &left);
    return left == 3 || (left == 2 && (whole & 1) != 0) ? whole + 1 : whole;
}
