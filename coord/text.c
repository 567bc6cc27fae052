#include "coord/text.h"

#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

void dd__text_init(struct dd__text *text, char *buffer, size_t size)
{
    *text = (struct dd__text){ .at = buffer, .size = size };
    if (size > 0) {
        buffer[0] = '\0';
    }
}

/* How many bytes a character that begins with @lead has. */
static size_t character_size(unsigned char lead)
{
    if (lead < 0xc0) {
        return 1;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Take back the beginning of a character whose rest did not fit. */
static void drop_partial_character(struct dd__text *text)
{
    for (size_t back = 1; back <= 3 && back <= text->length; back++) {
        unsigned char byte = (unsigned char)text->at[text->length - back];
        if ((byte & 0xc0) != 0x80) {
            if (character_size(byte) > back) {
                text->length -= back;
            }
            return;
        }
    }
}

void dd__text_bytes(struct dd__text *text, const char *s, size_t length)
{
    if (text->is_cut || length == 0) {
        return;
    }
    if (text->size == 0) {
        text->is_cut = true;
        return;
    }
    size_t room = text->size - 1 - text->length;
    size_t kept = length <= room ? length : room;
    memcpy(text->at + text->length, s, kept);
    text->length += kept;
    if (kept < length) {
        text->is_cut = true;
        drop_partial_character(text);
    }
    text->at[text->length] = '\0';
}

void dd__text_string(struct dd__text *text, const char *s)
{
    if (s != NULL) {
        dd__text_bytes(text, s, strlen(s));
    }
}

void dd__text_u64(struct dd__text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    dd__text_bytes(text, digits + at, sizeof(digits) - at);
}

/* @count of @unit (a power of ten of the smallest unit), as "1", "1.5", "0.25". */
static void append_decimal(struct dd__text *text, uint64_t count, uint64_t unit)
{
    dd__text_u64(text, count / unit);
    uint64_t rest = count % unit;
    if (rest == 0) {
        return;
    }
    dd__text_string(text, ".");
    while (rest > 0) {
        unit /= 10;
        char digit = (char)('0' + rest / unit);
        dd__text_bytes(text, &digit, 1);
        rest %= unit;
    }
}

void dd__text_duration(struct dd__text *text, uint64_t duration_ns)
{
    if (duration_ns == 0 || duration_ns >= SECOND_NS) {
        uint64_t minutes = duration_ns / SECOND_NS / 60;
        if (minutes >= 60) {
            dd__text_u64(text, minutes / 60);
            dd__text_string(text, "h");
        }
        if (minutes > 0) {
            dd__text_u64(text, minutes % 60);
            dd__text_string(text, "m");
        }
        append_decimal(text, duration_ns - minutes * 60 * SECOND_NS, SECOND_NS);
        dd__text_string(text, "s");
    } else if (duration_ns >= 1000000) {
        append_decimal(text, duration_ns, 1000000);
        dd__text_string(text, "ms");
    } else if (duration_ns >= 1000) {
        append_decimal(text, duration_ns, 1000);
        dd__text_string(text, "us");
    } else {
        dd__text_u64(text, duration_ns);
        dd__text_string(text, "ns");
    }
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the well-formed character at @at (Unicode, table 3-7), or 0. */
static size_t well_formed_size(const unsigned char *at, size_t length)
{
    unsigned char lead = at[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t size = character_size(lead);
    if (lead < 0xc2 || lead > 0xf4 || size > length) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(at[i])) {
            return 0;
        }
    }
    bool too_long = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    bool no_character = (lead == 0xed && at[1] > 0x9f) || (lead == 0xf4 && at[1] > 0x8f);
    return too_long || no_character ? 0 : size;
}

size_t dd__text_character(struct dd__text *text, const char *at, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)at;
    size_t size = well_formed_size(bytes, (size_t)(end - at));
    bool is_c0 = bytes[0] < 0x20 || bytes[0] == 0x7f;
    bool is_c1 = size == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
    if (size == 0 || is_c0 || is_c1) {
        dd__text_bytes(text, "?", 1);
    } else {
        dd__text_bytes(text, at, size);
    }
    return size == 0 ? 1 : size;
}

void dd__text_printable(struct dd__text *text, const char *s)
{
    if (s == NULL) {
        return;
    }
    const char *end = s + strlen(s);
    while (s < end && !text->is_cut) {
        s += dd__text_character(text, s, end);
    }
}
