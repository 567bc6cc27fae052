#include "coord/id.h"

#include <limits.h>

#define DIGITS (2 * DD__ID_BYTES)
#define PREFIX "sha256:"
#define PREFIX_LENGTH (sizeof PREFIX - 1)

/* Loops without branches and of known length, for compilers to take in a few
 * steps of many bytes each. */
static bool digits_read(unsigned char out[DD__ID_BYTES], const char *text)
{
    unsigned char values[DIGITS];
    unsigned char any = 0;

    /* What is no digit is above 15, or, between '9' and 'a', wraps below 10 there. */
    for (size_t i = 0; i < DIGITS; i++) {
        unsigned char letter = (signed char)text[i] > '9' ? UCHAR_MAX : 0; /* a mask */
        unsigned char value = (unsigned char)(text[i] - '0' - (letter & ('a' - '9' - 1)));

        values[i] = value;
        any |= (unsigned char)(value | (letter & (value - 10)));
    }
    for (size_t i = 0; i < DD__ID_BYTES; i++) {
        out[i] = (unsigned char)(values[2 * i] << 4 | values[2 * i + 1]);
    }
    return any <= 15;
}

static void digits_write(const unsigned char bytes[DD__ID_BYTES], char *out)
{
    unsigned char values[DIGITS];

    for (size_t i = 0; i < DD__ID_BYTES; i++) {
        values[2 * i] = bytes[i] >> 4;
        values[2 * i + 1] = bytes[i] & 15;
    }
    for (size_t i = 0; i < DIGITS; i++) {
        out[i] = (char)(values[i] + (values[i] <= 9 ? '0' : 'a' - 10));
    }
}

/* Such a text goes into requests as it is. */
static bool is_plain(const char *text, size_t length)
{
    size_t begin =
        length > PREFIX_LENGTH && memcmp(text, PREFIX, PREFIX_LENGTH) == 0 ? PREFIX_LENGTH : 0;

    for (size_t i = begin; i < length; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        bool is_letter = (text[i] >= 'a' && text[i] <= 'f') || (text[i] >= 'A' && text[i] <= 'F');

        if (!is_digit && !is_letter) {
            return false;
        }
    }
    return true;
}

bool dd__id_read(struct dd__id *out, const char *text)
{
    size_t length = text == NULL ? 0 : strnlen(text, DD_IMAGE_ID_MAX + 1);

    out->length = (unsigned char)length;
    if (length == PREFIX_LENGTH + DIGITS && memcmp(text, PREFIX, PREFIX_LENGTH) == 0) {
        return digits_read(out->bytes, text + PREFIX_LENGTH);
    }
    if (length == DIGITS) {
        return digits_read(out->bytes, text);
    }
    if (length == 0 || length > DD__ID_BYTES || !is_plain(text, length)) {
        return false;
    }
    memset(out->bytes, 0, DD__ID_BYTES);
    memcpy(out->bytes, text, length);
    return true;
}

void dd__id_write(const struct dd__id *id, char out[DD_IMAGE_ID_MAX + 1])
{
    if (id->length <= DD__ID_BYTES) {
        memcpy(out, id->bytes, id->length);
    } else {
        memcpy(out, PREFIX, PREFIX_LENGTH);
        digits_write(id->bytes, out + id->length - DIGITS);
    }
    out[id->length] = '\0';
}
