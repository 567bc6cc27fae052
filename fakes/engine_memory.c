/* What the fake engine keeps its records in: an arena, growing arrays, a string map. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/engine_internal.h"

#define CHUNK_SIZE ((size_t)512)
#define MAP_START 4

struct fake__chunk {
    struct fake__chunk *next;
    max_align_t bytes[];
};

struct fake__slot {
    uint32_t hash;
    uint32_t length;
    const char *key;
    void *value; /* NULL: free */
};

void *fake__grow(void *array, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity) {
        return array;
    }
    *capacity += *capacity / 2 + 1;
    return fake_memory_grow(array, *capacity, item_size);
}

char *fake__join(const char *const parts[])
{
    size_t length = 0;
    for (size_t i = 0; parts[i]; i++) {
        length += strlen(parts[i]);
    }
    char *text = fake_memory_alloc(length + 1);
    char *end = text;
    for (size_t i = 0; parts[i]; i++) {
        size_t part_length = strlen(parts[i]);
        memcpy(end, parts[i], part_length);
        end += part_length;
    }
    *end = '\0';
    return text;
}

void *fake__keep(struct fake__arena *arena, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!arena->chunk || arena->size - arena->used < size) {
        size_t chunk_size = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        struct fake__chunk *chunk = fake_memory_alloc(sizeof(*chunk) + chunk_size);
        chunk->next = arena->chunk;
        arena->chunk = chunk;
        arena->used = 0;
        arena->size = chunk_size;
    }
    void *block = (char *)arena->chunk->bytes + arena->used;
    arena->used += size;
    return block;
}

char *fake__keep_text(struct fake__arena *arena, const char *text, size_t length)
{
    char *copy = fake__keep(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

void fake__arena_release(struct fake__arena *arena)
{
    while (arena->chunk) {
        struct fake__chunk *chunk = arena->chunk;
        arena->chunk = chunk->next;
        fake_memory_free(chunk);
    }
}

uint64_t fake__hash(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* Eight bytes at a time: nobody walks a map, so that the machine's order of bytes in a
 * number does not show. */
static uint32_t short_hash(const char *text, size_t length)
{
    uint64_t hash = length;
    uint64_t word;
    for (; length >= sizeof(word); text += sizeof(word), length -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, text, length);
    hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
    return (uint32_t)(hash ^ hash >> 32);
}

static struct fake__slot *slot_of(const struct fake__map *map, uint32_t hash, const char *key,
                                  size_t length)
{
    size_t at = (size_t)hash & (map->capacity - 1);
    for (;;) {
        struct fake__slot *slot = &map->slots[at];
        if (!slot->value ||
            (slot->hash == hash && slot->length == length && memcmp(slot->key, key, length) == 0)) {
            return slot;
        }
        at = (at + 1) & (map->capacity - 1);
    }
}

void *fake__map_find(const struct fake__map *map, const char *key, size_t length)
{
    return map->count ? slot_of(map, short_hash(key, length), key, length)->value : NULL;
}

static void map_widen(struct fake__map *map)
{
    struct fake__map wider = { .capacity = map->capacity ? 2 * map->capacity : MAP_START };
    wider.slots = fake_memory_alloc(wider.capacity * sizeof(*wider.slots));
    for (size_t i = 0; i < map->capacity; i++) {
        struct fake__slot *slot = &map->slots[i];
        if (slot->value) {
            *slot_of(&wider, slot->hash, slot->key, slot->length) = *slot;
        }
    }
    wider.count = map->count;
    fake_memory_free(map->slots);
    *map = wider;
}

void fake__map_add(struct fake__map *map, const char *key, size_t length, void *value)
{
    if (2 * (map->count + 1) > map->capacity) {
        map_widen(map);
    }
    uint32_t hash = short_hash(key, length);
    *slot_of(map, hash, key, length) =
        (struct fake__slot){ .hash = hash, .length = (uint32_t)length, .key = key, .value = value };
    map->count++;
}

void fake__map_release(struct fake__map *map)
{
    fake_memory_free(map->slots);
}

void fake__strings_add(struct fake__strings *strings, const char *text)
{
    strings->at = fake__grow(strings->at, strings->count, &strings->capacity, sizeof(*strings->at));
    strings->at[strings->count++] = text;
}

struct dd_strings fake__strings_view(const struct fake__strings *strings)
{
    return (struct dd_strings){ strings->at, strings->count };
}
