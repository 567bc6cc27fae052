#include "sim/position.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"

#define NUMBER_MAX 40u /* bytes of a number */

struct scanner {
    struct sim_positions *positions;
    struct sim_error *error;
    const char *bytes;
    uint32_t size;
    uint32_t at;
    uint32_t inside; /* the place whose value is being read */
    uint32_t line;
    unsigned depth;
};

/* Always false, for callers to return. */
__attribute__((format(printf, 3, 4))) static bool scanner_fail(struct scanner *scanner,
                                                               uint32_t offset, const char *format,
                                                               ...)
{
    struct sim_error *error = scanner->error;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    sim_positions_locate(scanner->bytes, offset, error);
    sim_positions_path(scanner->positions, scanner->inside, error->path, sizeof(error->path));
    return false;
}

static bool scanner_expected(struct scanner *scanner, const char *what)
{
    if (scanner->at >= scanner->size) {
        return scanner_fail(scanner, scanner->at, "expected %s, found the end of the file", what);
    }
    unsigned char c = (unsigned char)scanner->bytes[scanner->at];
    if (c > ' ' && c < 0x7f) {
        return scanner_fail(scanner, scanner->at, "expected %s, found '%c'", what, c);
    }
    return scanner_fail(scanner, scanner->at, "expected %s, found the byte 0x%02X", what, c);
}

/* The byte to be read, or 0 at the end. (A NUL byte is nowhere valid.) */
static char scanner_peek(const struct scanner *scanner)
{
    return scanner->at < scanner->size ? scanner->bytes[scanner->at] : '\0';
}

static void scanner_skip_space(struct scanner *scanner)
{
    char c = scanner_peek(scanner);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        scanner->at++;
        scanner->line += c == '\n' ? 1 : 0;
        c = scanner_peek(scanner);
    }
}

/* ---- strings ------------------------------------------------------------ */

/* The length of the UTF-8 sequence at @offset, or 0 if it is none: too short, too
 * long for what it says, a surrogate, or past U+10FFFF. */
static uint32_t utf8_length(const char *bytes, uint32_t size, uint32_t offset, uint32_t *out)
{
    const unsigned char *at = (const unsigned char *)bytes + offset;
    uint32_t left = size - offset;
    uint32_t length = at[0] < 0x80                    ? 1
                      : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                      : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                      : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                      : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    uint32_t point = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (uint32_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0u) != 0x80u) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3fu);
    }
    bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    bool surrogate = point >= 0xd800 && point < 0xe000;
    *out = point;
    return overlong || surrogate || point > 0x10ffff ? 0 : length;
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

/* Four hexadecimal digits at @offset. */
static bool hex4(const struct scanner *scanner, uint32_t offset, uint32_t *out)
{
    *out = 0;
    for (uint32_t i = 0; i < 4; i++) {
        char c = offset + i < scanner->size ? scanner->bytes[offset + i] : '\0';
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16u;
        if (digit == 16) {
            return false;
        }
        *out = *out << 4 | digit;
    }
    return true;
}

/* At a backslash. */
static bool scan_escape(struct scanner *scanner)
{
    uint32_t begin = scanner->at;
    char c = begin + 1 < scanner->size ? scanner->bytes[begin + 1] : '\0';
    if (c == '"' || c == '\\' || c == '/') {
        scanner->at += 2;
        return true;
    }
    uint32_t point = 0;
    if (c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't') {
        point = 1; /* some control character */
    } else if (c != 'u' || !hex4(scanner, begin + 2, &point)) {
        return scanner_fail(scanner, begin, "expected an escape that JSON knows, such as \\u00e9");
    } else if (point >= 0xd800 && point < 0xe000) {
        uint32_t low = 0;
        bool pair = point < 0xdc00 && begin + 7 < scanner->size &&
                    memcmp(scanner->bytes + begin + 6, "\\u", 2) == 0 &&
                    hex4(scanner, begin + 8, &low) && low >= 0xdc00 && low < 0xe000;
        if (!pair) {
            return scanner_fail(scanner, begin, "expected a whole character, found half a pair");
        }
        scanner->at += 6;
    }
    if (is_control(point)) {
        return scanner_fail(scanner, begin, "expected a text without control characters");
    }
    scanner->at += c == 'u' ? 6 : 2;
    return true;
}

/* At an opening quote; leaves it behind the closing one. */
static bool scan_string(struct scanner *scanner)
{
    uint32_t begin = scanner->at++;
    while (scanner->at < scanner->size && scanner->bytes[scanner->at] != '"') {
        if (scanner->bytes[scanner->at] == '\\') {
            if (!scan_escape(scanner)) {
                return false;
            }
            continue;
        }
        uint32_t point = 0;
        uint32_t length = utf8_length(scanner->bytes, scanner->size, scanner->at, &point);
        if (length == 0) {
            return scanner_fail(scanner, scanner->at, "expected UTF-8, found the byte 0x%02X",
                                (unsigned char)scanner->bytes[scanner->at]);
        }
        if (point == '\n' || point == '\r') {
            return scanner_fail(scanner, begin, "expected a closing quote before the line's end");
        }
        if (is_control(point)) {
            return scanner_fail(scanner, scanner->at, "expected a text without control characters");
        }
        scanner->at += length;
    }
    if (scanner->at == scanner->size) {
        return scanner_fail(scanner, begin, "expected a closing quote before the file's end");
    }
    scanner->at++;
    return true;
}

/* ---- numbers and words ---------------------------------------------------- */

static bool scan_digits(struct scanner *scanner)
{
    if (scanner_peek(scanner) < '0' || scanner_peek(scanner) > '9') {
        return scanner_expected(scanner, "a digit");
    }
    while (scanner_peek(scanner) >= '0' && scanner_peek(scanner) <= '9') {
        scanner->at++;
    }
    return true;
}

static bool scan_number(struct scanner *scanner)
{
    uint32_t begin = scanner->at;
    if (scanner_peek(scanner) == '-') {
        scanner->at++;
    }
    uint32_t digits = scanner->at;
    if (!scan_digits(scanner)) {
        return false;
    }
    if (scanner->bytes[digits] == '0' && scanner->at > digits + 1) {
        return scanner_fail(scanner, begin, "expected a number without leading zeros");
    }
    if (scanner_peek(scanner) == '.') {
        scanner->at++;
        if (!scan_digits(scanner)) {
            return false;
        }
    }
    if (scanner_peek(scanner) == 'e' || scanner_peek(scanner) == 'E') {
        scanner->at++;
        if (scanner_peek(scanner) == '+' || scanner_peek(scanner) == '-') {
            scanner->at++;
        }
        if (!scan_digits(scanner)) {
            return false;
        }
    }
    if (scanner->at - begin > NUMBER_MAX) {
        return scanner_fail(scanner, begin, "expected a number of at most %u characters",
                            NUMBER_MAX);
    }
    return true;
}

static bool scan_word(struct scanner *scanner, enum sim_value_kind *kind)
{
    static const struct {
        const char *text;
        enum sim_value_kind kind;
    } words[] = { { "null", SIM_VALUE_NULL },
                  { "false", SIM_VALUE_FALSE },
                  { "true", SIM_VALUE_TRUE } };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i].text);
        if (scanner->size - scanner->at >= length &&
            memcmp(scanner->bytes + scanner->at, words[i].text, length) == 0) {
            scanner->at += (uint32_t)length;
            *kind = words[i].kind;
            return true;
        }
    }
    uint32_t length = 0;
    while (length < 20 && scanner->at + length < scanner->size &&
           scanner->bytes[scanner->at + length] >= 'a' &&
           scanner->bytes[scanner->at + length] <= 'z') {
        length++;
    }
    return length == 0 ? scanner_expected(scanner, "a value")
                       : scanner_fail(scanner, scanner->at, "expected a value, found \"%.*s\"",
                                      (int)length, scanner->bytes + scanner->at);
}

/* ---- values -------------------------------------------------------------- */

static struct sim_place *place_at(struct scanner *scanner, uint32_t place)
{
    return &scanner->positions->places[place];
}

/* A new place below the one being read, its value beginning here. */
static uint32_t place_add(struct scanner *scanner, uint32_t *last_sibling)
{
    struct sim_positions *positions = scanner->positions;
    if (positions->count == positions->capacity) {
        positions->capacity = positions->capacity == 0 ? 256 : positions->capacity * 2;
        positions->places =
            fake_memory_grow(positions->places, positions->capacity, sizeof(*positions->places));
    }
    uint32_t place = positions->count++;
    *place_at(scanner, place) = (struct sim_place){
        .begin = scanner->at,
        .line = scanner->line,
        .parent = scanner->inside,
        .next = SIM_NO_PLACE,
    };
    if (scanner->inside != SIM_NO_PLACE) {
        place_at(scanner, place)->index = place_at(scanner, scanner->inside)->child_count++;
    }
    if (*last_sibling != SIM_NO_PLACE) {
        place_at(scanner, *last_sibling)->next = place;
    }
    *last_sibling = place;
    return place;
}

static bool scan_value(struct scanner *scanner);

/* One value of an array or object: @place is made for it, `inside` meanwhile. */
static bool scan_child(struct scanner *scanner, bool member, uint32_t *last)
{
    if (scanner->positions->count >= SIM_PLACE_MAX) {
        return scanner_fail(scanner, scanner->at, "expected at most %u values in a file",
                            SIM_PLACE_MAX);
    }
    uint32_t parent = scanner->inside;
    uint32_t place = SIM_NO_PLACE;
    if (member) {
        uint32_t key_begin = scanner->at;
        if (scanner_peek(scanner) != '"') {
            return scanner_expected(scanner, "a key in quotes");
        }
        if (!scan_string(scanner)) {
            return false;
        }
        uint32_t key_end = scanner->at;
        scanner_skip_space(scanner);
        if (scanner_peek(scanner) != ':') {
            return scanner_expected(scanner, "':' after the key");
        }
        scanner->at++;
        scanner_skip_space(scanner);
        place = place_add(scanner, last);
        place_at(scanner, place)->key_begin = key_begin;
        place_at(scanner, place)->key_end = key_end;
    } else {
        place = place_add(scanner, last);
    }
    scanner->inside = place;
    bool ok = scan_value(scanner);
    scanner->inside = parent;
    return ok;
}

/* At '[' or '{'. */
static bool scan_children(struct scanner *scanner, bool members)
{
    const char close = members ? '}' : ']';
    uint32_t last = SIM_NO_PLACE;
    if (scanner->depth == SIM_NESTING_MAX) {
        scanner->inside = SIM_NO_PLACE; /* nobody wants to read that path */
        return scanner_fail(scanner, scanner->at,
                            "expected at most %u levels of brackets, found more", SIM_NESTING_MAX);
    }
    scanner->depth++;
    scanner->at++;
    scanner_skip_space(scanner);
    while (scanner_peek(scanner) != close || last != SIM_NO_PLACE) {
        if (!scan_child(scanner, members, &last)) {
            return false;
        }
        scanner_skip_space(scanner);
        if (scanner_peek(scanner) == close) {
            break;
        }
        if (scanner_peek(scanner) != ',') {
            return scanner_expected(scanner, members ? "',' or '}'" : "',' or ']'");
        }
        scanner->at++;
        scanner_skip_space(scanner);
    }
    scanner->at++;
    scanner->depth--;
    return true;
}

/* The value of `inside`; recursion is no deeper than SIM_NESTING_MAX. */
static bool scan_value(struct scanner *scanner)
{
    uint32_t place = scanner->inside;
    enum sim_value_kind kind = SIM_VALUE_NULL;
    bool ok;
    char c = scanner_peek(scanner);
    if (c == '{') {
        kind = SIM_VALUE_OBJECT;
        ok = scan_children(scanner, true);
    } else if (c == '[') {
        kind = SIM_VALUE_ARRAY;
        ok = scan_children(scanner, false);
    } else if (c == '"') {
        kind = SIM_VALUE_STRING;
        ok = scan_string(scanner);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        kind = SIM_VALUE_NUMBER;
        ok = scan_number(scanner);
    } else {
        ok = scan_word(scanner, &kind);
    }
    place_at(scanner, place)->kind = kind;
    place_at(scanner, place)->end = scanner->at;
    return ok;
}

bool sim_positions_scan(struct sim_positions *out, const char *bytes, size_t size,
                        struct sim_error *error)
{
    *out = (struct sim_positions){ .bytes = bytes, .size = size };
    *error = (struct sim_error){ .line = 0 };
    if (size > SIM_TEXT_MAX_BYTES) {
        (void)snprintf(error->message, sizeof(error->message),
                       "expected at most 16 MB, found %zu bytes", size);
        return false;
    }
    struct scanner scanner = {
        .positions = out,
        .error = error,
        .bytes = bytes,
        .size = (uint32_t)size,
        .line = 1,
        .inside = SIM_NO_PLACE,
    };
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        return scanner_fail(&scanner, 0, "expected JSON, found a byte order mark");
    }
    scanner_skip_space(&scanner);
    uint32_t last = SIM_NO_PLACE;
    bool ok = scan_child(&scanner, false, &last);
    scanner_skip_space(&scanner);
    if (ok && scanner.at < scanner.size) {
        ok = scanner_expected(&scanner, "nothing after the document");
    }
    if (!ok) {
        sim_positions_release(out);
    }
    return ok;
}
