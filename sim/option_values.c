#include "sim/option_values.h"

#include <stdio.h>
#include <string.h>

#define HASH_MIN 7
#define HASH_MAX 40
#define HASH_USED 16

bool sim_option_refuse(char message[SIM_OPTION_MESSAGE_SIZE], const char *what, const char *given,
                       const char *expected)
{
    (void)snprintf(message, SIM_OPTION_MESSAGE_SIZE, "%s \"%.60s\"; expected %s", what, given,
                   expected);
    return false;
}

static bool decimal_read(const char *text, size_t length, uint64_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        unsigned digit = (unsigned)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return length > 0;
}

static int hex_digit(char letter)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = letter != '\0' ? strchr(digits, letter) : NULL;
    return found != NULL ? (int)((found - digits) % 16) : -1;
}

static bool hash_read(const char *text, size_t length, uint64_t *seed)
{
    bool letter = false;
    uint64_t value = 0;
    if (length < HASH_MIN || length > HASH_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            return false;
        }
        letter = letter || text[i] > '9';
        value = i < HASH_USED ? value << 4 | (unsigned)digit : value;
    }
    if (!letter && length < HASH_MAX) {
        return false;
    }
    *seed = value;
    return true;
}

static bool seed_read(const char *text, size_t length, uint64_t *seed)
{
    return hash_read(text, length, seed) || decimal_read(text, length, seed);
}

bool sim_seed_read(const char *text, uint64_t *seed)
{
    return seed_read(text, strlen(text), seed);
}

bool sim_seeds_read(const char *text, uint64_t *first, uint64_t *last)
{
    const char *dots = strstr(text, "..");
    uint64_t from;
    uint64_t to;
    if (dots == NULL || !seed_read(text, (size_t)(dots - text), &from) ||
        !seed_read(dots + 2, strlen(dots + 2), &to) || from > to) {
        return false;
    }
    *first = from;
    *last = to;
    return true;
}

bool sim_jobs_read(const char *text, unsigned *count)
{
    uint64_t number = 0;
    if (strcmp(text, "auto") != 0 &&
        (!decimal_read(text, strlen(text), &number) || number > SIM_JOBS_MAX)) {
        return false;
    }
    *count = (unsigned)number;
    return true;
}

bool sim_count_read(const char *text, uint64_t *count)
{
    uint64_t number;
    if (!decimal_read(text, strlen(text), &number) || number == 0) {
        return false;
    }
    *count = number;
    return true;
}

bool sim_personality_read(const char *text, enum fake_personality *out)
{
    for (unsigned i = 0; i < FAKE_PERSONALITY_COUNT; i++) {
        if (strcmp(text, fake_personality_word((enum fake_personality)i)) == 0) {
            *out = (enum fake_personality)i;
            return true;
        }
    }
    return false;
}
