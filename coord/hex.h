/**
 * Hexadecimal digits, small letters, sixteen at a time: blocks of sixteen digits as
 * they stand in memory, and blocks of sixteen values, one a byte, in the same places.
 * Two blocks of values are packed into one. No branches, no tables.
 *
 * gnu: C11 has no vectors. IDs and callers are read in every call of an agent's, and
 * by bytes, or by words of eight, this would be most of what a retain costs. Compilers
 * make of it whatever the machine has.
 *
 * Threading: any. Errors: none; that something is no digit is said by *bad.
 */
#ifndef COORD_HEX_H
#define COORD_HEX_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DD__HEX_DIGITS 16 /* in a block */

typedef uint8_t dd__hex_block __attribute__((vector_size(DD__HEX_DIGITS)));
typedef int8_t dd__hex_signed __attribute__((vector_size(DD__HEX_DIGITS)));
typedef uint64_t dd__hex_words __attribute__((vector_size(DD__HEX_DIGITS)));

/* @byte in every place. */
static inline dd__hex_block dd__hex_all(uint8_t byte)
{
    uint64_t word = UINT64_C(0x0101010101010101) * byte;

    return (dd__hex_block)(dd__hex_words){ word, word };
}

/** Sixteen bytes at @at. */
static inline dd__hex_block dd__hex_load(const void *at)
{
    dd__hex_block block;

    memcpy(&block, at, sizeof block);
    return block;
}

static inline void dd__hex_store(void *at, dd__hex_block block)
{
    memcpy(at, &block, sizeof block);
}

/** The values of the digits in @digits. Something in *bad becomes more than 15 if one
 * of them is none. */
static inline dd__hex_block dd__hex_values(dd__hex_block digits, dd__hex_block *bad)
{
    dd__hex_block are_letters =
        (dd__hex_block)((dd__hex_signed)digits > (dd__hex_signed)dd__hex_all('9'));
    dd__hex_block values = digits - dd__hex_all('0') - (are_letters & dd__hex_all('a' - '9' - 1));

    /* What is no digit is above 15, or, between '9' and 'a', wraps below 10 there. */
    *bad |= values | (are_letters & (values - dd__hex_all(10)));
    return values;
}

static inline bool dd__hex_is_bad(dd__hex_block bad)
{
    dd__hex_words words = (dd__hex_words)(bad & dd__hex_all(0xf0));

    return (words[0] | words[1]) != 0;
}

/** The digits of the values in @values, each of them 0 to 15. */
static inline dd__hex_block dd__hex_digits(dd__hex_block values)
{
    dd__hex_block are_letters =
        (dd__hex_block)((dd__hex_signed)values > (dd__hex_signed)dd__hex_all(9));

    return values + dd__hex_all('0') + (are_letters & dd__hex_all('a' - '9' - 1));
}

static inline dd__hex_block dd__hex_pack(dd__hex_block low_values, dd__hex_block high_values)
{
    /* By words: no value is so large that it comes into the next byte. */
    return low_values | (dd__hex_block)((dd__hex_words)high_values << 4);
}

static inline dd__hex_block dd__hex_low(dd__hex_block packed)
{
    return packed & dd__hex_all(15);
}

static inline dd__hex_block dd__hex_high(dd__hex_block packed)
{
    return (dd__hex_block)((dd__hex_words)packed >> 4) & dd__hex_all(15);
}

#endif
