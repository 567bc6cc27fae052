/**
 * Small helpers over cJSON, for what comes from outside: everything may be missing
 * or of another type.
 *
 * Ownership: strings are borrowed from the tree.
 * Threading: any. Errors: none.
 */
#ifndef DD__BACKEND_JSON_H
#define DD__BACKEND_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether the text at @at has at most @value_max values. cJSON takes some 80 bytes for
 * each, however short: that is seen before it begins. Each value but the first stands
 * behind a comma or an opening bracket. */
static inline bool dd__json_is_bounded(const char *at, size_t size, size_t value_max)
{
    size_t count = 1;
    bool in_string = false;

    for (size_t i = 0; i < size; i++) {
        if (at[i] == '"') {
            in_string = !in_string;
        } else if (in_string) {
            i += at[i] == '\\' ? 1 : 0; /* the next is escaped */
        } else if (at[i] == ',' || at[i] == '[' || at[i] == '{') {
            count++;
        }
    }
    return count <= value_max;
}

/** A string member, or NULL. */
static inline const char *dd__json_string(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/** What a size says that is negative, no number, or beyond all sizes: the nearest
 * one that can be. */
static inline uint64_t dd__json_size(const cJSON *item)
{
    static const double beyond = 18446744073709551616.0;

    if (!cJSON_IsNumber(item) || !(item->valuedouble > 0)) {
        return 0;
    }
    return item->valuedouble < beyond ? (uint64_t)item->valuedouble : UINT64_MAX;
}

#endif
