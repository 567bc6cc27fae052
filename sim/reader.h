/**
 * Reading values out of a JSON document with a message for whatever is wrong.
 *
 * Every function that finds something wrong says so to the reader and answers
 * false; reading goes on, and of all that was said the reader keeps what is
 * first in the file. Outputs stay as they were.
 *
 * Ownership: texts that are read are the arena's.
 */
#ifndef SIM_READER_H
#define SIM_READER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/position.h"
#include "sim/scenario.h"

/** A value in the document: its content and its place. */
struct sim_value {
    const cJSON *json; /* NULL: there is none */
    uint32_t place;
    bool is_key; /* it is the value's key that is meant, should it be wrong */
};

struct sim_reader {
    struct sim_arena *arena;
    struct sim_positions positions;
    cJSON *json;
    struct sim_error *error;
    uint32_t rank; /* offset of what @error is about; UINT32_MAX: nothing yet */
};

/** Begin to read @bytes. Errors: false, @error says what is wrong with the text as
 * such (duplicate keys included), and there is nothing to close. */
bool sim_reader_open(struct sim_reader *reader, struct sim_arena *arena, const char *bytes,
                     size_t size, struct sim_error *error);
void sim_reader_close(struct sim_reader *reader);
struct sim_value sim_reader_document(const struct sim_reader *reader);
bool sim_reader_failed(const struct sim_reader *reader);

/** Say what is wrong. False, for callers to return. */
bool sim_fail(struct sim_reader *reader, struct sim_value value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Likewise, about the key of @value. */
bool sim_fail_key(struct sim_reader *reader, struct sim_value value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Likewise, about what @object does not have. It comes after all that is wrong
 * with what it has: a misspelt key is better named than a missing one. */
bool sim_fail_missing(struct sim_reader *reader, struct sim_value object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Likewise: "expected @expected, found the number 7". */
bool sim_fail_expected(struct sim_reader *reader, struct sim_value value, const char *expected);
/** Whether saying something about @value would change anything: what is costly to
 * say is not said in vain. */
bool sim_would_fail(const struct sim_reader *reader, struct sim_value value);

/** The first value in an array or object, and the one after; .json is NULL past
 * the last. Of anything else there is none. */
struct sim_value sim_value_first(const struct sim_reader *reader, struct sim_value parent);
struct sim_value sim_value_next(const struct sim_reader *reader, struct sim_value value);
uint32_t sim_value_count(const struct sim_reader *reader, struct sim_value parent);
/** The key of a member, to say what is wrong with it. */
struct sim_value sim_value_key(struct sim_value member);
/** Its kind, and the line it begins in. */
enum sim_value_kind sim_value_kind(const struct sim_reader *reader, struct sim_value value);
unsigned sim_value_line(const struct sim_reader *reader, struct sim_value value);
/** Its path, in the arena. */
const char *sim_value_path(const struct sim_reader *reader, struct sim_value value);

/** The members of @object, by their place in @keys (@count of them); absent ones
 * have .json NULL. An unknown key is an error, as is what is no object. */
bool sim_read_members(struct sim_reader *reader, struct sim_value object, const char *const *keys,
                      size_t count, struct sim_value *members);

bool sim_read_array(struct sim_reader *reader, struct sim_value value, const char *expected);
bool sim_read_object(struct sim_reader *reader, struct sim_value value, const char *expected);
/** A text that is not empty. */
bool sim_read_text(struct sim_reader *reader, struct sim_value value, const char *expected,
                   const char **out);
bool sim_read_flag(struct sim_reader *reader, struct sim_value value, bool *out);
bool sim_read_number(struct sim_reader *reader, struct sim_value value, uint64_t min, uint64_t max,
                     uint64_t *out);
bool sim_read_duration(struct sim_reader *reader, struct sim_value value, uint64_t *out_ns);
bool sim_read_size(struct sim_reader *reader, struct sim_value value, uint64_t *out_bytes);
/** A duration, or two of them: from, to. */
bool sim_read_window(struct sim_reader *reader, struct sim_value value, struct fake_window *out);
/** A number, or {"min", "max"}. */
bool sim_read_range(struct sim_reader *reader, struct sim_value value, struct sim_range *out);
/** One of @words; its index. @what: "a policy". */
bool sim_read_word(struct sim_reader *reader, struct sim_value value, const char *what,
                   const char *const *words, size_t count, size_t *out);
#define SIM_WORDS_MAX 256

/** "pull, retain, cancel". False, and cut, if that is too long. */
bool sim_words_list(const char *const *words, size_t count, char out[SIM_WORDS_MAX]);

/** A name of ours: at most @max letters, digits, '-', '_' or '.', and {n} if
 * @mark. @what: "a label". */
bool sim_read_name(struct sim_reader *reader, struct sim_value value, const char *what, size_t max,
                   bool mark, const char **out);

#endif
