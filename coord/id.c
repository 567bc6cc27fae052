#include "coord/id.h"

#include "coord/hex.h"

#define DIGITS (2 * DD__ID_BYTES)
#define PREFIX "sha256:"
#define PREFIX_LENGTH (sizeof PREFIX - 1)

static bool digits_read(struct dd__id *out, const char *text)
{
    dd__hex_block bad = dd__hex_all(0);

    for (size_t i = 0; i < DD__ID_BYTES; i += DD__HEX_DIGITS) {
        dd__hex_block low = dd__hex_values(dd__hex_load(text + 2 * i), &bad);
        dd__hex_block high = dd__hex_values(dd__hex_load(text + 2 * i + DD__HEX_DIGITS), &bad);
        dd__hex_store(out->bytes + i, dd__hex_pack(low, high));
    }
    return !dd__hex_is_bad(bad);
}

static void digits_write(const struct dd__id *id, char *out)
{
    for (size_t i = 0; i < DD__ID_BYTES; i += DD__HEX_DIGITS) {
        dd__hex_block packed = dd__hex_load(id->bytes + i);
        dd__hex_store(out + 2 * i, dd__hex_digits(dd__hex_low(packed)));
        dd__hex_store(out + 2 * i + DD__HEX_DIGITS, dd__hex_digits(dd__hex_high(packed)));
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
    size_t length = text == NULL ? 0 : strlen(text);

    out->length = length <= DD_IMAGE_ID_MAX ? (unsigned char)length : 0;
    if (length == PREFIX_LENGTH + DIGITS && memcmp(text, PREFIX, PREFIX_LENGTH) == 0) {
        return digits_read(out, text + PREFIX_LENGTH);
    }
    if (length == DIGITS) {
        return digits_read(out, text);
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
        digits_write(id, out + id->length - DIGITS);
    }
    out[id->length] = '\0';
}
