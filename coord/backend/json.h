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
#include <stdint.h>

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
