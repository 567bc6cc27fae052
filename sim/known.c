#include "sim/known.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "drydock/reference.h"

#define FIRST_BUCKET_COUNT 64u
#define NUMBER_DIGITS_MAX 6u

void sim_known_init(struct sim_known *known, struct sim_arena *arena)
{
    *known = (struct sim_known){
        .arena = arena,
        .buckets = sim_arena_alloc(arena, FIRST_BUCKET_COUNT, sizeof(*known->buckets)),
        .bucket_count = FIRST_BUCKET_COUNT,
    };
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return value;
}

static struct sim_known_name **bucket_of(const struct sim_known *known, const char *text)
{
    return &known->buckets[hash(text) % known->bucket_count];
}

static void buckets_grow(struct sim_known *known)
{
    known->bucket_count *= 4;
    known->buckets = sim_arena_alloc(known->arena, known->bucket_count, sizeof(*known->buckets));
    for (struct sim_known_name *name = known->first; name != NULL; name = name->next) {
        struct sim_known_name **bucket = bucket_of(known, name->text);
        name->next_in_bucket = *bucket;
        *bucket = name;
    }
}

struct sim_known_name *sim_known_get(const struct sim_known *known, const char *text)
{
    struct sim_known_name *name = *bucket_of(known, text);
    while (name != NULL && strcmp(name->text, text) != 0) {
        name = name->next_in_bucket;
    }
    return name;
}

struct sim_known_name *sim_known_add(struct sim_known *known, const char *text, unsigned count,
                                     size_t index)
{
    struct sim_known_name *name = sim_known_get(known, text);
    if (name != NULL) {
        name->count = count > name->count ? count : name->count;
        return name;
    }
    if (known->count >= known->bucket_count) {
        buckets_grow(known);
    }
    struct sim_known_name **bucket = bucket_of(known, text);
    name = sim_arena_alloc(known->arena, 1, sizeof(*name));
    *name = (struct sim_known_name){
        .text = text, .count = count, .index = index, .next_in_bucket = *bucket
    };
    *bucket = name;
    if (known->first == NULL) {
        known->first = name;
    } else {
        known->last->next = name;
    }
    known->last = name;
    known->count++;
    known->has_marks = known->has_marks || sim_mark_in(text);
    return name;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The entry that stands for @text with its @length digits at @begin as {n}. */
static struct sim_known_name *find_marked(const struct sim_known *known, const char *text,
                                          size_t begin, size_t length)
{
    char marked[512];
    int written = snprintf(marked, sizeof(marked), "%.*s" SIM_NUMBER_MARK "%s", (int)begin, text,
                           text + begin + length);
    if (written < 0 || (size_t)written >= sizeof(marked)) {
        return NULL;
    }
    unsigned number = 0;
    for (size_t i = 0; i < length; i++) {
        number = number * 10 + (unsigned)(text[begin + i] - '0');
    }
    struct sim_known_name *name = sim_known_get(known, marked);
    return name != NULL && number <= name->count ? name : NULL;
}

struct sim_known_name *sim_known_find(const struct sim_known *known, const char *text)
{
    struct sim_known_name *name = sim_known_get(known, text);
    if (name != NULL || !known->has_marks || strlen(text) > DD_REFERENCE_MAX) {
        return name;
    }
    for (size_t begin = 0; text[begin] != '\0'; begin++) {
        if (text[begin] == '0') {
            continue;
        }
        for (size_t length = 1; length <= NUMBER_DIGITS_MAX && is_digit(text[begin + length - 1]);
             length++) {
            name = find_marked(known, text, begin, length);
            if (name != NULL) {
                return name;
            }
        }
    }
    return NULL;
}

void sim_known_spell(const struct sim_known *known, struct sim_spell *spell)
{
    for (const struct sim_known_name *name = known->first; name != NULL; name = name->next) {
        sim_spell_offer(spell, name->text);
    }
}

bool sim_mark_in(const char *text)
{
    return strstr(text, SIM_NUMBER_MARK) != NULL;
}

const char *sim_mark_fill(struct sim_arena *arena, const char *text, const char *with)
{
    const char *filled = text;
    const char *mark = strstr(filled, SIM_NUMBER_MARK);
    while (mark != NULL) {
        size_t before = (size_t)(mark - filled);
        filled = sim_arena_format(arena, "%.*s%s%s", (int)before, filled, with,
                                  mark + strlen(SIM_NUMBER_MARK));
        mark = strstr(filled + before + strlen(with), SIM_NUMBER_MARK);
    }
    return filled;
}

const char *sim_mark_number(struct sim_arena *arena, const char *text, unsigned n)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%u", n);
    return sim_mark_fill(arena, text, number);
}
