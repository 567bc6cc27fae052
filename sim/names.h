/**
 * Strings as small numbers, by order of appearance, and a map from numbers to
 * numbers: how the oracle and the world find things without comparing text.
 *
 * Nothing may depend on the order in a table; indices depend only on the run.
 *
 * Ownership: texts are the table's own, valid until the next sim_names_add.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define SIM_NONE UINT32_MAX

/** All zero is an empty one. */
struct sim_map {
    uint64_t *keys;
    uint32_t *values; /* SIM_NONE: free */
    size_t slot_count;
    size_t count;
};

/** SIM_NONE if @key is not in it. */
uint32_t sim_map_find(const struct sim_map *map, uint64_t key);
/** Adds @key or changes its value, which is not SIM_NONE. */
void sim_map_put(struct sim_map *map, uint64_t key, uint32_t value);
/** Empty it; its memory is kept. */
void sim_map_clear(struct sim_map *map);
void sim_map_release(struct sim_map *map);

/** All zero is an empty one. */
struct sim_names {
    struct sim_map by_hash; /* empty while there are few */
    char *bytes;
    size_t byte_count;
    size_t byte_capacity;
    struct sim_named {
        uint64_t hash;      /* of the text (hash.h) */
        uint64_t ending;    /* its last bytes */
        uint32_t offset;    /* in bytes */
        uint32_t same_hash; /* the next text with this hash */
    } * entries;
    size_t count;
    size_t capacity;
};

/** The number of @text, new if need be: 0, 1, 2, … */
uint32_t sim_names_add(struct sim_names *names, const char *text);
/** SIM_NONE if it was never added; also for NULL. */
uint32_t sim_names_find(const struct sim_names *names, const char *text);
const char *sim_names_text(const struct sim_names *names, uint32_t index);
/** The hash of that text, as sim_hash_string makes it from SIM_HASH_START. */
uint64_t sim_names_hash(const struct sim_names *names, uint32_t index);
void sim_names_clear(struct sim_names *names);
void sim_names_release(struct sim_names *names);

#endif
