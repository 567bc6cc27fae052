#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/duration.h"
#include "sim/known.h"
#include "sim/reader.h"
#include "sim/spell.h"

bool sim_read_array(struct sim_reader *reader, struct sim_value value, const char *expected)
{
    return sim_value_kind(reader, value) == SIM_VALUE_ARRAY ||
           sim_fail_expected(reader, value, expected);
}

bool sim_read_object(struct sim_reader *reader, struct sim_value value, const char *expected)
{
    return sim_value_kind(reader, value) == SIM_VALUE_OBJECT ||
           sim_fail_expected(reader, value, expected);
}

bool sim_read_text(struct sim_reader *reader, struct sim_value value, const char *expected,
                   const char **out)
{
    if (sim_value_kind(reader, value) != SIM_VALUE_STRING || value.json->valuestring[0] == '\0') {
        return sim_fail_expected(reader, value, expected);
    }
    *out = sim_arena_text(reader->arena, value.json->valuestring);
    return true;
}

bool sim_read_flag(struct sim_reader *reader, struct sim_value value, bool *out)
{
    enum sim_value_kind kind = sim_value_kind(reader, value);
    if (kind != SIM_VALUE_TRUE && kind != SIM_VALUE_FALSE) {
        return sim_fail_expected(reader, value, "true or false");
    }
    *out = kind == SIM_VALUE_TRUE;
    return true;
}

/* A number that is whole and not below 0, from its own characters: no floating
 * point comes near it. */
static bool whole_number(const struct sim_reader *reader, struct sim_value value, uint64_t *out)
{
    const struct sim_place *place = &reader->positions.places[value.place];
    uint64_t number = 0;
    if (place->kind != SIM_VALUE_NUMBER || place->end - place->begin > 18) {
        return false;
    }
    for (uint32_t at = place->begin; at < place->end; at++) {
        char c = reader->positions.bytes[at];
        if (c < '0' || c > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(c - '0');
    }
    *out = number;
    return true;
}

bool sim_read_number(struct sim_reader *reader, struct sim_value value, uint64_t min, uint64_t max,
                     uint64_t *out)
{
    uint64_t number;
    if (whole_number(reader, value, &number) && number >= min && number <= max) {
        *out = number;
        return true;
    }
    char expected[80];
    (void)snprintf(expected, sizeof(expected), "a whole number from %llu to %llu",
                   (unsigned long long)min, (unsigned long long)max);
    return sim_fail_expected(reader, value, expected);
}

bool sim_read_duration(struct sim_reader *reader, struct sim_value value, uint64_t *out_ns)
{
    return (sim_value_kind(reader, value) == SIM_VALUE_STRING &&
            sim_duration_parse(value.json->valuestring, out_ns)) ||
           sim_fail_expected(reader, value, "a duration with a unit, such as \"3m\" or \"250ms\"");
}

bool sim_read_size(struct sim_reader *reader, struct sim_value value, uint64_t *out_bytes)
{
    return (sim_value_kind(reader, value) == SIM_VALUE_STRING &&
            sim_size_parse(value.json->valuestring, out_bytes)) ||
           sim_fail_expected(reader, value, "a size with a unit, such as \"30MB\" or \"4KB\"");
}

bool sim_read_window(struct sim_reader *reader, struct sim_value value, struct fake_window *out)
{
    if (sim_value_kind(reader, value) != SIM_VALUE_ARRAY) {
        uint64_t point_ns;
        if (!sim_read_duration(reader, value, &point_ns)) {
            return false;
        }
        *out = (struct fake_window){ point_ns, point_ns };
        return true;
    }
    if (sim_value_count(reader, value) != 2) {
        return sim_fail(reader, value, "expected two durations, such as [\"1s\", \"4s\"], found %u",
                        sim_value_count(reader, value));
    }
    struct sim_value first = sim_value_first(reader, value);
    struct sim_value second = sim_value_next(reader, first);
    struct fake_window window;
    if (!sim_read_duration(reader, first, &window.earliest_ns) ||
        !sim_read_duration(reader, second, &window.latest_ns)) {
        return false;
    }
    if (window.latest_ns < window.earliest_ns) {
        return sim_fail(reader, value,
                        "expected a window that does not end before it starts, found \"%s\" to "
                        "\"%s\"",
                        first.json->valuestring, second.json->valuestring);
    }
    *out = window;
    return true;
}

bool sim_read_range(struct sim_reader *reader, struct sim_value value, struct sim_range *out)
{
    static const char *const keys[] = { "min", "max" };
    struct sim_range range = { 0, UINT64_MAX };
    struct sim_value members[2];
    if (sim_value_kind(reader, value) != SIM_VALUE_OBJECT) {
        if (!whole_number(reader, value, &range.min)) {
            return sim_fail_expected(reader, value,
                                     "a number, or {\"min\": n, \"max\": n} with one or both");
        }
        *out = (struct sim_range){ range.min, range.min };
        return true;
    }
    if (!sim_read_members(reader, value, keys, 2, members)) {
        return false;
    }
    if (members[0].json == NULL && members[1].json == NULL) {
        return sim_fail(reader, value, "expected \"min\", \"max\" or both, found neither");
    }
    const uint64_t limit = UINT64_C(1000000000);
    bool ok = members[0].json == NULL || sim_read_number(reader, members[0], 0, limit, &range.min);
    ok = (members[1].json == NULL || sim_read_number(reader, members[1], 0, limit, &range.max)) &&
         ok;
    if (ok && range.max < range.min) {
        return sim_fail(reader, members[1], "expected a maximum not below the minimum, %llu",
                        (unsigned long long)range.min);
    }
    *out = ok ? range : *out;
    return ok;
}

bool sim_read_word(struct sim_reader *reader, struct sim_value value, const char *what,
                   const char *const *words, size_t count, size_t *out)
{
    char expected[256];
    struct sim_spell spell = { .nearest = NULL };
    if (sim_value_kind(reader, value) == SIM_VALUE_STRING) {
        sim_spell_init(&spell, value.json->valuestring);
        for (size_t i = 0; i < count; i++) {
            if (strcmp(value.json->valuestring, words[i]) == 0) {
                *out = i;
                return true;
            }
            sim_spell_offer(&spell, words[i]);
        }
    }
    if (spell.nearest != NULL) {
        return sim_fail(reader, value, "\"%s\" is not %s; did you mean \"%s\"?", spell.word, what,
                        spell.nearest);
    }
    int used = snprintf(expected, sizeof(expected), "%s (", what);
    for (size_t i = 0; i < count && (size_t)used < sizeof(expected) - 2; i++) {
        used += snprintf(expected + used, sizeof(expected) - (size_t)used, "%s\"%s\"",
                         i == 0          ? ""
                         : i + 1 < count ? ", "
                                         : " or ",
                         words[i]);
    }
    if ((size_t)used < sizeof(expected) - 2) {
        (void)snprintf(expected + used, sizeof(expected) - (size_t)used, ")");
        return sim_fail_expected(reader, value, expected);
    }
    return sim_fail_expected(reader, value, what);
}

bool sim_read_name(struct sim_reader *reader, struct sim_value value, const char *what, size_t max,
                   bool mark, const char **out)
{
    if (sim_value_kind(reader, value) != SIM_VALUE_STRING) {
        return sim_fail_expected(reader, value, what);
    }
    const char *text = value.json->valuestring;
    size_t length = strlen(text);
    bool ok = length > 0 && length <= max;
    for (const char *at = text; ok && *at != '\0'; at++) {
        if (mark && strncmp(at, SIM_NUMBER_MARK, strlen(SIM_NUMBER_MARK)) == 0) {
            at += strlen(SIM_NUMBER_MARK) - 1;
        } else {
            ok = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                 (*at >= '0' && *at <= '9') || *at == '-' || *at == '_' || *at == '.';
        }
    }
    if (!ok) {
        char expected[120];
        (void)snprintf(expected, sizeof(expected),
                       "%s of at most %zu letters, digits, '-', '_' or '.'", what, max);
        return sim_fail_expected(reader, value, expected);
    }
    *out = sim_arena_text(reader->arena, text);
    return true;
}
