#include "sim/duration.h"

#include <stddef.h>
#include <string.h>

struct unit {
    const char *word;
    uint64_t factor;
};

/* From large to small, as the parts of a sum come. */
static const struct unit duration_units[] = {
    { "h", UINT64_C(3600000000000) }, { "m", UINT64_C(60000000000) }, { "s", UINT64_C(1000000000) },
    { "ms", UINT64_C(1000000) },      { "us", UINT64_C(1000) },       { "ns", 1 },
};

static const struct unit size_units[] = {
    { "GB", UINT64_C(1000000000) },
    { "MB", UINT64_C(1000000) },
    { "KB", 1000 },
    { "kB", 1000 },
    { "B", 1 },
};

#define UNIT_COUNT(units) (sizeof(units) / sizeof((units)[0]))

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number: digits, and perhaps a point and digits. */
struct decimal {
    uint64_t whole;
    uint64_t fraction; /* in units of 1 / scale */
    uint64_t scale;
};

/* The text behind the number, or NULL if there is none or it is too long. */
static const char *decimal_parse(const char *text, struct decimal *out)
{
    *out = (struct decimal){ .scale = 1 };
    if (!is_digit(*text)) {
        return NULL;
    }
    for (; is_digit(*text); text++) {
        if (out->whole > UINT64_C(100000000000000000)) {
            return NULL;
        }
        out->whole = out->whole * 10 + (uint64_t)(*text - '0');
    }
    if (*text != '.') {
        return text;
    }
    text++;
    if (!is_digit(*text)) {
        return NULL;
    }
    for (; is_digit(*text); text++) {
        if (out->scale >= UINT64_C(1000000000000)) {
            return NULL;
        }
        out->scale *= 10;
        out->fraction = out->fraction * 10 + (uint64_t)(*text - '0');
    }
    return text;
}

/* The index of the unit that @text begins with, up to a digit or the end. */
static size_t unit_find(const char *text, const struct unit *units, size_t count, size_t *length)
{
    *length = 0;
    while (text[*length] != '\0' && !is_digit(text[*length])) {
        ++*length;
    }
    size_t at = 0;
    while (at < count &&
           (strlen(units[at].word) != *length || memcmp(units[at].word, text, *length) != 0)) {
        at++;
    }
    return at;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* number * factor, if that is whole and at most @max. */
static bool decimal_scale(const struct decimal *number, uint64_t factor, uint64_t max,
                          uint64_t *out)
{
    uint64_t divisor = common_divisor(factor, number->scale);
    uint64_t scale = number->scale / divisor;
    if (number->whole > max / factor || number->fraction % scale != 0) {
        return false;
    }
    /* The second part is below @factor: the fraction is below 1. */
    *out = number->whole * factor + number->fraction / scale * (factor / divisor);
    return *out <= max;
}

bool sim_duration_parse(const char *text, uint64_t *out_ns)
{
    uint64_t sum_ns = 0;
    size_t first = 0; /* the largest unit that may come now */
    do {
        struct decimal number;
        size_t length;
        text = decimal_parse(text, &number);
        if (text == NULL) {
            return false;
        }
        size_t unit = unit_find(text, duration_units, UNIT_COUNT(duration_units), &length);
        uint64_t part_ns;
        if (unit < first || unit == UNIT_COUNT(duration_units) ||
            !decimal_scale(&number, duration_units[unit].factor, SIM_DURATION_MAX_NS - sum_ns,
                           &part_ns)) {
            return false;
        }
        sum_ns += part_ns;
        first = unit + 1;
        text += length;
    } while (*text != '\0');
    *out_ns = sum_ns;
    return true;
}

bool sim_size_parse(const char *text, uint64_t *out_bytes)
{
    struct decimal number;
    size_t length;
    text = decimal_parse(text, &number);
    if (text == NULL) {
        return false;
    }
    size_t unit = unit_find(text, size_units, UNIT_COUNT(size_units), &length);
    if (unit == UNIT_COUNT(size_units) || text[length] != '\0') {
        return false;
    }
    uint64_t bytes;
    if (!decimal_scale(&number, size_units[unit].factor, SIM_SIZE_MAX_BYTES, &bytes)) {
        return false;
    }
    *out_bytes = bytes;
    return true;
}
