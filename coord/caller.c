#include "coord/caller.h"

#include "coord/hex.h"
#include "coord/memory.h"

/* A UUID in two blocks, the first 16 characters and the last 16. Three of these are
 * '-' and give room to the digits between the blocks; the fourth '-' is there, too. */
#define LAST_BLOCK (DD__UUID_LENGTH - DD__HEX_DIGITS)
#define WORD 8

/* Byte @index, as it stands in memory, of a word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define AT(byte, index) ((uint64_t)(unsigned char)(byte) << (8 * (index)))
#else
#define AT(byte, index) ((uint64_t)(unsigned char)(byte) << (56 - 8 * (index)))
#endif

/* 8-4-4-4-12: in the second word of the first block, and in the first of the last. */
#define DASHES_FIRST (AT('-', 0) | AT('-', 5))
#define PLACES_FIRST (AT(255, 0) | AT(255, 5))
#define DASHES_LAST AT('-', 3)
#define PLACES_LAST AT(255, 3)

struct blocks {
    dd__hex_block first;
    dd__hex_block last;
};

/* False if there is not a '-' where it must be. By words and shifts, for a byte that
 * is stored into a block in memory keeps the block from being loaded for long. */
static bool uuid_load(struct blocks *out, const char *text)
{
    uint64_t first = dd__hash_word(text + WORD);
    uint64_t last = dd__hash_word(text + LAST_BLOCK);

    if ((first & PLACES_FIRST) != DASHES_FIRST || (last & PLACES_LAST) != DASHES_LAST ||
        text[18] != '-') {
        return false;
    }
    first = (first & ~PLACES_FIRST) | AT(text[16], 0) | AT(text[17], 5);
    last = (last & ~PLACES_LAST) | AT(text[19], 3);
    out->first = (dd__hex_block)(dd__hex_words){ dd__hash_word(text), first };
    out->last = (dd__hex_block)(dd__hex_words){ last, dd__hash_word(text + LAST_BLOCK + WORD) };
    return true;
}

static void uuid_store(char *text, const struct blocks *blocks)
{
    dd__hex_store(text, blocks->first);
    dd__hex_store(text + LAST_BLOCK, blocks->last);
    text[16] = (char)blocks->first[8];
    text[17] = (char)blocks->first[13];
    text[19] = (char)blocks->last[3];
    text[8] = text[13] = text[18] = text[23] = '-';
}

static bool uuid_pack(uint64_t packed[2], const struct blocks *digits)
{
    dd__hex_block bad = dd__hex_all(0);
    dd__hex_block low = dd__hex_values(digits->first, &bad);
    dd__hex_block high = dd__hex_values(digits->last, &bad);

    dd__hex_store(packed, dd__hex_pack(low, high));
    return !dd__hex_is_bad(bad);
}

/* Small letters for capitals, and the other way round; digits stay. */
static struct blocks swap_case(struct blocks digits)
{
    /* Letters have the bit 0x40, which is the other case's 0x20 one place further. */
    digits.first ^= (dd__hex_block)((dd__hex_words)(digits.first & dd__hex_all(0x40)) >> 1);
    digits.last ^= (dd__hex_block)((dd__hex_words)(digits.last & dd__hex_all(0x40)) >> 1);
    return digits;
}

static enum dd__caller_form uuid_read(uint64_t packed[2], const char *text)
{
    struct blocks digits;

    if (!uuid_load(&digits, text)) {
        return DD__CALLER_LONG;
    }
    if (uuid_pack(packed, &digits)) {
        return DD__CALLER_LOWER;
    }
    digits = swap_case(digits);
    return uuid_pack(packed, &digits) ? DD__CALLER_UPPER : DD__CALLER_LONG;
}

static void uuid_write(const uint64_t packed[2], bool is_upper, char *text)
{
    dd__hex_block block = dd__hex_load(packed);
    struct blocks digits = { .first = dd__hex_digits(dd__hex_low(block)),
                             .last = dd__hex_digits(dd__hex_high(block)) };

    if (is_upper) {
        digits = swap_case(digits);
    }
    uuid_store(text, &digits);
}

extern inline bool dd__caller_read(struct dd__caller *out, const char *text,
                                   const struct dd__sipkey *key)
{
    size_t length = text == NULL ? 0 : strlen(text);
    enum dd__caller_form form = DD__CALLER_LONG;

    if (length == 0 || length > DD_CALLER_MAX) {
        return false;
    }
    out->text = text;
    if (length == DD__UUID_LENGTH) {
        form = uuid_read(out->packed, text);
    }
    if (form == DD__CALLER_LONG) {
        out->packed[0] = 0;
        out->packed[1] = 0;
        out->hash = dd__hash_bytes(key, text, length);
        if (length <= DD__CALLER_PACKED) {
            memcpy(out->packed, text, length);
            form = DD__CALLER_SHORT;
        }
    } else {
        out->hash = dd__hash_bytes(key, out->packed, sizeof out->packed);
    }
    out->kind = dd__caller_kind(form, length);
    return true;
}

bool dd__caller_keep(union dd__caller_name *name, const struct dd__caller *caller,
                     const struct dd_allocator *allocator)
{
    size_t length = dd__caller_length(caller->kind);

    if (dd__caller_form(caller->kind) != DD__CALLER_LONG) {
        memcpy(name->packed, caller->packed, sizeof name->packed);
        return true;
    }
    name->text = dd__alloc(allocator, length);
    if (name->text == NULL) {
        return false;
    }
    memcpy(name->text, caller->text, length);
    return true;
}

void dd__caller_drop(union dd__caller_name *name, uint32_t kind,
                     const struct dd_allocator *allocator)
{
    if (dd__caller_form(kind) == DD__CALLER_LONG) {
        dd__free(allocator, name->text, dd__caller_length(kind));
    }
}

uint64_t dd__caller_hash(const union dd__caller_name *name, uint32_t kind,
                         const struct dd__sipkey *key)
{
    size_t length = dd__caller_length(kind);

    switch (dd__caller_form(kind)) {
    case DD__CALLER_SHORT:
        return dd__hash_bytes(key, name->packed, length);
    case DD__CALLER_LONG:
        return dd__hash_bytes(key, name->text, length);
    default:
        return dd__hash_bytes(key, name->packed, sizeof name->packed);
    }
}

void dd__caller_write(const union dd__caller_name *name, uint32_t kind, char out[DD_CALLER_MAX + 1])
{
    size_t length = dd__caller_length(kind);

    switch (dd__caller_form(kind)) {
    case DD__CALLER_SHORT:
        memcpy(out, name->packed, length);
        break;
    case DD__CALLER_LONG:
        memcpy(out, name->text, length);
        break;
    case DD__CALLER_LOWER:
        uuid_write(name->packed, false, out);
        break;
    case DD__CALLER_UPPER:
        uuid_write(name->packed, true, out);
        break;
    }
    out[length] = '\0';
}
