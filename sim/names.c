#include "sim/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/hash.h"

#define FIRST_SLOTS 4
#define FEW 8

static size_t map_slot(const struct sim_map *map, uint64_t key)
{
    size_t slot = (size_t)sim_hash_finish(key) & (map->slot_count - 1);
    while (map->values[slot] != SIM_NONE && map->keys[slot] != key) {
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return slot;
}

static void map_resize(struct sim_map *map, size_t slot_count)
{
    struct sim_map grown = { .slot_count = slot_count, .count = map->count };
    grown.keys = fake_memory_grow(NULL, slot_count, sizeof(*grown.keys));
    grown.values = fake_memory_grow(NULL, slot_count, sizeof(*grown.values));
    memset(grown.values, 0xff, slot_count * sizeof(*grown.values));
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->values[i] != SIM_NONE) {
            size_t slot = map_slot(&grown, map->keys[i]);
            grown.keys[slot] = map->keys[i];
            grown.values[slot] = map->values[i];
        }
    }
    sim_map_release(map);
    *map = grown;
}

uint32_t sim_map_find(const struct sim_map *map, uint64_t key)
{
    return map->count == 0 ? SIM_NONE : map->values[map_slot(map, key)];
}

void sim_map_put(struct sim_map *map, uint64_t key, uint32_t value)
{
    assert(value != SIM_NONE);
    if ((map->count + 1) * 2 > map->slot_count) {
        map_resize(map, map->slot_count == 0 ? FIRST_SLOTS : map->slot_count * 2);
    }
    size_t slot = map_slot(map, key);
    map->count += map->values[slot] == SIM_NONE ? 1 : 0;
    map->keys[slot] = key;
    map->values[slot] = value;
}

void sim_map_clear(struct sim_map *map)
{
    if (map->count > 0) {
        memset(map->values, 0xff, map->slot_count * sizeof(*map->values));
        map->count = 0;
    }
}

void sim_map_release(struct sim_map *map)
{
    fake_memory_free(map->keys);
    fake_memory_free(map->values);
    *map = (struct sim_map){ .keys = NULL };
}

/* By which most texts differ: names begin alike, and end with a tag, a number or a digit
 * of a digest. */
static uint64_t ending_of(const char *text, size_t length)
{
    uint64_t ending = 0;
    if (length >= sizeof(ending)) {
        memcpy(&ending, text + length - sizeof(ending), sizeof(ending));
        return ending;
    }
    for (size_t i = 0; i < length; i++) {
        ending = ending << 8 | (unsigned char)text[i];
    }
    return ending;
}

/* Few texts are compared sooner than hashed. */
static uint32_t find_among_few(const struct sim_names *names, const char *text, size_t length)
{
    uint64_t ending = ending_of(text, length);
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->entries[i].ending == ending &&
            strcmp(names->bytes + names->entries[i].offset, text) == 0) {
            return i;
        }
    }
    return SIM_NONE;
}

static uint32_t names_find(const struct sim_names *names, uint64_t hash, const char *text)
{
    uint32_t index = sim_map_find(&names->by_hash, hash);
    while (index != SIM_NONE && strcmp(sim_names_text(names, index), text) != 0) {
        index = names->entries[index].same_hash;
    }
    return index;
}

uint32_t sim_names_find(const struct sim_names *names, const char *text)
{
    if (text == NULL) {
        return SIM_NONE;
    }
    if (names->count <= 1) {
        return names->count == 1 && strcmp(names->bytes, text) == 0 ? 0 : SIM_NONE;
    }
    return names->count <= FEW ? find_among_few(names, text, strlen(text))
                               : names_find(names, sim_hash_string(SIM_HASH_START, text), text);
}

static void name_index(struct sim_names *names, uint32_t index)
{
    struct sim_named *entry = &names->entries[index];
    entry->same_hash = sim_map_find(&names->by_hash, entry->hash);
    sim_map_put(&names->by_hash, entry->hash, index);
}

uint32_t sim_names_add(struct sim_names *names, const char *text)
{
    uint32_t found = sim_names_find(names, text);
    if (found != SIM_NONE) {
        return found;
    }
    size_t size = strlen(text) + 1;
    assert(names->byte_count + size <= UINT32_MAX);
    names->bytes = sim_array_grow(names->bytes, &names->byte_capacity, names->byte_count + size, 1);
    memcpy(names->bytes + names->byte_count, text, size);
    names->entries =
        sim_array_grow(names->entries, &names->capacity, names->count + 1, sizeof(*names->entries));
    uint32_t index = (uint32_t)names->count++;
    names->entries[index] = (struct sim_named){
        .hash = sim_hash_string(SIM_HASH_START, text),
        .ending = ending_of(text, size - 1),
        .offset = (uint32_t)names->byte_count,
        .same_hash = SIM_NONE,
    };
    names->byte_count += size;
    for (uint32_t i = index == FEW ? 0 : index; index >= FEW && i <= index; i++) {
        name_index(names, i);
    }
    return index;
}

const char *sim_names_text(const struct sim_names *names, uint32_t index)
{
    assert(index < names->count);
    return names->bytes + names->entries[index].offset;
}

uint64_t sim_names_hash(const struct sim_names *names, uint32_t index)
{
    assert(index < names->count);
    return names->entries[index].hash;
}

void sim_names_clear(struct sim_names *names)
{
    sim_map_clear(&names->by_hash);
    names->byte_count = 0;
    names->count = 0;
}

void sim_names_release(struct sim_names *names)
{
    sim_map_release(&names->by_hash);
    fake_memory_free(names->bytes);
    fake_memory_free(names->entries);
    *names = (struct sim_names){ .bytes = NULL };
}
