/**
 * Image IDs and digests in half the room: 64 hexadecimal digits are 32 bytes,
 * whether "sha256:" stands before them (Docker) or not (Podman's image IDs). A
 * shorter text of hexadecimal digits is kept as it is. There may be many of these, and
 * they compare and hash faster than texts.
 *
 * Units:     bytes, lengths without the NUL.
 * Ownership: values; copy them by assignment.
 * Threading: any.
 */
#ifndef COORD_ID_H
#define COORD_ID_H

#include <stdbool.h>
#include <string.h>

#include "coord/hash.h"
#include "drydock/reference.h"

#define DD__ID_BYTES 32

struct dd__id {
    unsigned char bytes[DD__ID_BYTES];
    unsigned char length; /* of the text; 0: none */
};

/** Read @text. False, and *out open, if it is of none of these forms. */
bool dd__id_read(struct dd__id *out, const char *text);

/** Write the text that was read; of an empty one "". */
void dd__id_write(const struct dd__id *id, char out[DD_IMAGE_ID_MAX + 1]);

static inline uint64_t dd__id_hash(const struct dd__sipkey *key, const struct dd__id *id)
{
    return dd__hash_bytes(key, id->bytes, DD__ID_BYTES) + id->length;
}

static inline bool dd__id_equal(const struct dd__id *a, const struct dd__id *b)
{
    uint64_t differ = (uint64_t)(a->length ^ b->length);

    /* Here, for compilers call memcmp for as many. */
    for (size_t i = 0; i < DD__ID_BYTES; i += sizeof(uint64_t)) {
        differ |= dd__hash_word(a->bytes + i) ^ dd__hash_word(b->bytes + i);
    }
    return differ == 0;
}

#endif
