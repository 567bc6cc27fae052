#include "sim/reader.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spell.h"

#define SHOWN_MAX 60 /* bytes of a text that a message shows */

/* ---- opening ------------------------------------------------------------ */

struct member {
    const char *key;
    uint32_t place;
};

static int member_order(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

/* The first key in the file that @object had before, if there is one. */
static void check_object(struct sim_reader *reader, struct sim_value object)
{
    size_t count = sim_value_count(reader, object);
    struct member *members = sim_arena_alloc(reader->arena, count, sizeof(*members));
    struct sim_value value = sim_value_first(reader, object);
    for (size_t i = 0; i < count; i++, value = sim_value_next(reader, value)) {
        members[i] = (struct member){ value.json->string, value.place };
    }
    qsort(members, count, sizeof(*members), member_order);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(members[i - 1].key, members[i].key) == 0) {
            struct sim_value again = { .json = object.json, .place = members[i].place };
            (void)sim_fail_key(reader, again,
                               "duplicate key \"%.*s\": it stands in line %u already",
                               (int)sim_text_fit(members[i].key, strlen(members[i].key), SHOWN_MAX),
                               members[i].key, reader->positions.places[members[i - 1].place].line);
        }
    }
}

/* Recursion is no deeper than SIM_NESTING_MAX. */
static void check_keys(struct sim_reader *reader, struct sim_value value)
{
    if (sim_value_kind(reader, value) == SIM_VALUE_OBJECT && sim_value_count(reader, value) > 1) {
        check_object(reader, value);
    }
    struct sim_value child = sim_value_first(reader, value);
    for (; child.json != NULL; child = sim_value_next(reader, child)) {
        check_keys(reader, child);
    }
}

bool sim_reader_open(struct sim_reader *reader, struct sim_arena *arena, const char *bytes,
                     size_t size, struct sim_error *error)
{
    *reader = (struct sim_reader){ .arena = arena, .error = error, .rank = UINT32_MAX };
    if (!sim_positions_scan(&reader->positions, bytes, size, error)) {
        return false;
    }
    reader->json = cJSON_ParseWithLength(bytes, size);
    if (reader->json == NULL) {
        (void)snprintf(error->message, sizeof(error->message), "cannot be read as JSON");
        sim_positions_release(&reader->positions);
        return false;
    }
    check_keys(reader, sim_reader_document(reader));
    if (sim_reader_failed(reader)) {
        sim_reader_close(reader);
        return false;
    }
    return true;
}

void sim_reader_close(struct sim_reader *reader)
{
    cJSON_Delete(reader->json);
    reader->json = NULL;
    sim_positions_release(&reader->positions);
}

struct sim_value sim_reader_document(const struct sim_reader *reader)
{
    return (struct sim_value){ .json = reader->json, .place = 0 };
}

bool sim_reader_failed(const struct sim_reader *reader)
{
    return reader->rank != UINT32_MAX;
}

/* ---- values and their places ------------------------------------------------ */

static const struct sim_place *place_of(const struct sim_reader *reader, struct sim_value value)
{
    return &reader->positions.places[value.place];
}

enum sim_value_kind sim_value_kind(const struct sim_reader *reader, struct sim_value value)
{
    return place_of(reader, value)->kind;
}

uint32_t sim_value_count(const struct sim_reader *reader, struct sim_value parent)
{
    return place_of(reader, parent)->child_count;
}

struct sim_value sim_value_first(const struct sim_reader *reader, struct sim_value parent)
{
    bool any = sim_value_count(reader, parent) > 0;
    /* The scanner and the parser must agree on what is where. */
    assert(any == (parent.json->child != NULL));
    return (struct sim_value){ .json = parent.json->child,
                               .place = any ? parent.place + 1 : SIM_NO_PLACE };
}

struct sim_value sim_value_next(const struct sim_reader *reader, struct sim_value value)
{
    uint32_t next = place_of(reader, value)->next;
    assert((next != SIM_NO_PLACE) == (value.json->next != NULL));
    return (struct sim_value){ .json = value.json->next, .place = next };
}

struct sim_value sim_value_key(struct sim_value member)
{
    member.is_key = true;
    return member;
}

unsigned sim_value_line(const struct sim_reader *reader, struct sim_value value)
{
    return place_of(reader, value)->line;
}

const char *sim_value_path(const struct sim_reader *reader, struct sim_value value)
{
    char path[sizeof(reader->error->path)];
    sim_positions_path(&reader->positions, value.place, path, sizeof(path));
    return sim_arena_text(reader->arena, path);
}

/* ---- saying what is wrong ---------------------------------------------------- */

static uint32_t offset_of(const struct sim_reader *reader, struct sim_value value)
{
    const struct sim_place *place = place_of(reader, value);
    return value.is_key ? place->key_begin : place->begin;
}

/* Where something is wrong, and where that stands in the order of the file. */
struct spot {
    uint32_t rank;
    uint32_t offset;
    uint32_t place;
};

__attribute__((format(printf, 3, 0))) static bool fail_at(struct sim_reader *reader,
                                                          struct spot spot, const char *format,
                                                          va_list arguments)
{
    if (spot.rank >= reader->rank) {
        return false;
    }
    reader->rank = spot.rank;
    struct sim_error *error = reader->error;
    (void)vsnprintf(error->message, sizeof(error->message), format, arguments);
    size_t length = strlen(error->message);
    error->message[sim_text_fit(error->message, length, length)] = '\0';
    sim_positions_locate(reader->positions.bytes, spot.offset, error);
    sim_positions_path(&reader->positions, spot.place, error->path, sizeof(error->path));
    return false;
}

bool sim_fail(struct sim_reader *reader, struct sim_value value, const char *format, ...)
{
    uint32_t offset = offset_of(reader, value);
    va_list arguments;
    va_start(arguments, format);
    (void)fail_at(reader, (struct spot){ offset, offset, value.place }, format, arguments);
    va_end(arguments);
    return false;
}

bool sim_fail_key(struct sim_reader *reader, struct sim_value value, const char *format, ...)
{
    const struct sim_place *place = place_of(reader, value);
    va_list arguments;
    va_start(arguments, format);
    (void)fail_at(reader, (struct spot){ place->key_begin, place->key_begin, place->parent },
                  format, arguments);
    va_end(arguments);
    return false;
}

bool sim_fail_missing(struct sim_reader *reader, struct sim_value object, const char *format, ...)
{
    const struct sim_place *place = place_of(reader, object);
    va_list arguments;
    va_start(arguments, format);
    (void)fail_at(reader, (struct spot){ place->end - 1, place->begin, object.place }, format,
                  arguments);
    va_end(arguments);
    return false;
}

bool sim_would_fail(const struct sim_reader *reader, struct sim_value value)
{
    return offset_of(reader, value) < reader->rank;
}

bool sim_fail_expected(struct sim_reader *reader, struct sim_value value, const char *expected)
{
    static const char *const words[] = {
        [SIM_VALUE_NULL] = "null",      [SIM_VALUE_FALSE] = "false",      [SIM_VALUE_TRUE] = "true",
        [SIM_VALUE_ARRAY] = "an array", [SIM_VALUE_OBJECT] = "an object",
    };
    const struct sim_place *place = place_of(reader, value);
    if (place->kind == SIM_VALUE_NUMBER) {
        return sim_fail(reader, value, "expected %s, found the number %.*s", expected,
                        (int)(place->end - place->begin), reader->positions.bytes + place->begin);
    }
    if (place->kind != SIM_VALUE_STRING) {
        return sim_fail(reader, value, "expected %s, found %s", expected, words[place->kind]);
    }
    const char *text = value.json->valuestring;
    size_t length = strlen(text);
    size_t shown = sim_text_fit(text, length, SHOWN_MAX);
    return sim_fail(reader, value, "expected %s, found \"%.*s%s\"", expected, (int)shown, text,
                    shown < length ? "…" : "");
}

/* ---- members ------------------------------------------------------------------ */

bool sim_words_list(const char *const *words, size_t count, char out[SIM_WORDS_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && used < SIM_WORDS_MAX - 1; i++) {
        int more = snprintf(out + used, SIM_WORDS_MAX - used, "%s%s", i == 0 ? "" : ", ", words[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    return used < SIM_WORDS_MAX - 1;
}

static bool fail_unknown(struct sim_reader *reader, struct sim_value member,
                         const char *const *keys, size_t count)
{
    const char *key = member.json->string;
    struct sim_spell spell;
    sim_spell_init(&spell, key);
    for (size_t i = 0; i < count; i++) {
        sim_spell_offer(&spell, keys[i]);
    }
    int shown = (int)sim_text_fit(key, strlen(key), SHOWN_MAX);
    if (spell.nearest != NULL) {
        return sim_fail_key(reader, member, "unknown key \"%.*s\"; did you mean \"%s\"?", shown,
                            key, spell.nearest);
    }
    char list[SIM_WORDS_MAX];
    return !sim_words_list(keys, count, list)
               ? sim_fail_key(reader, member, "unknown key \"%.*s\"", shown, key)
               : sim_fail_key(reader, member, "unknown key \"%.*s\"; expected one of: %s", shown,
                              key, list);
}

bool sim_read_members(struct sim_reader *reader, struct sim_value object, const char *const *keys,
                      size_t count, struct sim_value *members)
{
    for (size_t i = 0; i < count; i++) {
        members[i] = (struct sim_value){ .place = SIM_NO_PLACE };
    }
    bool ok = sim_read_object(reader, object, "an object");
    if (!ok) {
        return false;
    }
    struct sim_value member = sim_value_first(reader, object);
    for (; member.json != NULL; member = sim_value_next(reader, member)) {
        size_t i = 0;
        while (i < count && strcmp(member.json->string, keys[i]) != 0) {
            i++;
        }
        if (i < count) {
            members[i] = member;
        } else {
            ok = fail_unknown(reader, member, keys, count);
        }
    }
    return ok;
}
