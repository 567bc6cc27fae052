#include "fakes/json_text.h"

#include <stdbool.h>
#include <string.h>

/* How long the UTF-8 sequence at @at is, and its code point; 0 if it is none:
 * cut short, too long for its value, a surrogate, or beyond Unicode. */
static size_t utf8_decode(const unsigned char *at, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = at[0] < 0x80   ? 1
                    : at[0] < 0xC0 ? 0
                    : at[0] < 0xE0 ? 2
                    : at[0] < 0xF0 ? 3
                    : at[0] < 0xF8 ? 4
                                   : 0;
    if (length < 2) {
        *code = at[0];
        return length;
    }
    uint32_t value = at[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0; /* the text's NUL ends here too */
        }
        value = value << 6 | (at[i] & 0x3Fu);
    }
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *code = value;
    return length;
}

static void add_escape(struct fake_bytes *out, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    fake_bytes_text(out, "\\u");
    for (unsigned shift = 16; shift > 0; shift -= 4) {
        fake_bytes_char(out, digits[code >> (shift - 4) & 0xF]);
    }
}

/* Go 1.19 has short forms for these five only; \b and \f came later. */
static const char *short_escape(uint32_t code)
{
    switch (code) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static bool needs_escape(uint32_t code, enum fake_json_style style)
{
    if (code < 0x20 || code == 0x2028 || code == 0x2029) {
        return true;
    }
    return style == FAKE_JSON_HTML && (code == '<' || code == '>' || code == '&');
}

void fake_json_string(struct fake_bytes *out, const char *text, enum fake_json_style style)
{
    fake_bytes_char(out, '"');
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        uint32_t code = 0;
        size_t length = utf8_decode(at, &code);
        if (length == 0) {
            add_escape(out, 0xFFFD);
            at++;
            continue;
        }
        if (short_escape(code) != NULL) {
            fake_bytes_text(out, short_escape(code));
        } else if (needs_escape(code, style)) {
            add_escape(out, code);
        } else {
            fake_bytes_add(out, at, length);
        }
        at += length;
    }
    fake_bytes_char(out, '"');
}

void fake_json_strings(struct fake_bytes *out, struct dd_strings strings)
{
    fake_bytes_char(out, '[');
    for (size_t i = 0; i < strings.count; i++) {
        if (i > 0) {
            fake_bytes_char(out, ',');
        }
        fake_json_string(out, strings.at[i], FAKE_JSON_PLAIN);
    }
    fake_bytes_char(out, ']');
}
