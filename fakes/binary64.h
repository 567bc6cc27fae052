/**
 * IEEE 754 binary64 arithmetic, as far as the engine's progress texts need it,
 * in integers. The engine computes them in float64 and its roundings show; the
 * fakes compute nothing in floating point, whose results may depend on flags and
 * machines.
 *
 * All numbers here are positive, or zero with mantissa 0, and far from the ends
 * of the exponent's range. Each result is rounded to nearest, ties to even.
 */
#ifndef FAKE_BINARY64_H
#define FAKE_BINARY64_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_BINARY64_DIGITS 53 /* binary digits of a mantissa */

/** mantissa * 2^exponent, the mantissa's top bit (2^52) set. */
struct fake_binary64 {
    uint64_t mantissa;
    int exponent;
};

struct fake_binary64 fake_binary64_of(uint64_t number);

/** @b is not zero. */
struct fake_binary64 fake_binary64_divide(struct fake_binary64 a, struct fake_binary64 b);

/** @factor is at most 1024. */
struct fake_binary64 fake_binary64_times(struct fake_binary64 a, uint64_t factor);

/** Whether @a >= @number. */
bool fake_binary64_at_least(struct fake_binary64 a, uint64_t number);

/** @a * @factor, exactly, cut to an integer. The result fits 63 bits. @factor is
 * at most 1024. */
uint64_t fake_binary64_floor(struct fake_binary64 a, uint64_t factor);

/** The same, rounded to nearest, ties to even, as printf and Go do. */
uint64_t fake_binary64_round(struct fake_binary64 a, uint64_t factor);

#endif
