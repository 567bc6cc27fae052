/**
 * Where everything in a JSON text is.
 *
 * The scanner reads the text once, before anything else does, and answers with
 * the place of every value in the order of the text, or with the first thing
 * that is wrong: bytes that are not UTF-8, what is not JSON, nesting that is too
 * deep, text after the end. What it lets through is safe to hand to a parser
 * that recurses, and holds no control characters and no half surrogates.
 *
 * Units:     offsets are in bytes from the start of the text.
 * Ownership: the places are the table's own, until sim_positions_release; the
 *            text is borrowed as long as the table is used.
 */
#ifndef SIM_POSITION_H
#define SIM_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/scenario.h"

#define SIM_TEXT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define SIM_NESTING_MAX 64u
#define SIM_PLACE_MAX 1000000u /* values in one text */
#define SIM_NO_PLACE UINT32_MAX

enum sim_value_kind {
    SIM_VALUE_NULL,
    SIM_VALUE_FALSE,
    SIM_VALUE_TRUE,
    SIM_VALUE_NUMBER,
    SIM_VALUE_STRING,
    SIM_VALUE_ARRAY,
    SIM_VALUE_OBJECT
};

/** One value. Its first child, if it has any, is the next place in the table. */
struct sim_place {
    enum sim_value_kind kind;
    uint32_t begin;
    uint32_t end;       /* behind the value */
    uint32_t key_begin; /* of the key's opening quote; members of objects only */
    uint32_t key_end;   /* behind its closing quote */
    uint32_t parent;    /* a place, or SIM_NO_PLACE */
    uint32_t next;      /* the next value of the same parent, or SIM_NO_PLACE */
    uint32_t index;     /* among the values of the parent, from 0 */
    uint32_t child_count;
    uint32_t line; /* in which it begins, from 1 */
};

struct sim_positions {
    const char *bytes;
    size_t size;
    struct sim_place *places; /* the whole document first */
    uint32_t count;
    uint32_t capacity;
};

/** Errors: false, and @error says what; then there is nothing to release. */
bool sim_positions_scan(struct sim_positions *out, const char *bytes, size_t size,
                        struct sim_error *error);
void sim_positions_release(struct sim_positions *positions);

/** Line and column of an offset, into @error. */
void sim_positions_locate(const char *bytes, size_t offset, struct sim_error *error);
/** The path of a place, "steps[2].caller", cut to @size bytes with its NUL; keys
 * that are no plain words stand as in `registry["redis:7"]`. */
void sim_positions_path(const struct sim_positions *positions, uint32_t place, char *path,
                        size_t size);

/** How many bytes of UTF-8 @text, of @length bytes, to show: at most @max, and no
 * half character at the end. */
size_t sim_text_fit(const char *text, size_t length, size_t max);

#endif
