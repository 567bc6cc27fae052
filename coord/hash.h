/**
 * The hash of the core's tables: 16 bytes a step, multiplied into 128 bits and
 * folded (the step of Wang Yi's wyhash), keyed by the coordinator's own entropy.
 * Nothing that is decided or told depends on it; secrets go through SipHash.
 */
#ifndef DD__HASH_H
#define DD__HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "coord/siphash.h"

/* A compiler's own type: C has no product of 128 bits. */
__extension__ typedef unsigned __int128 dd__u128;

static inline uint64_t dd__hash_fold(uint64_t a, uint64_t b)
{
    dd__u128 product = (dd__u128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t dd__hash_word(const unsigned char *at, size_t size)
{
    uint64_t word = 0;

    memcpy(&word, at, size < sizeof word ? size : sizeof word);
    return word;
}

static inline uint64_t dd__hash_bytes(const struct dd__sipkey *key, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = key->k0 ^ size;

    for (; size > 16; size -= 16, at += 16) {
        hash = dd__hash_fold(dd__hash_word(at, 8) ^ key->k1, dd__hash_word(at + 8, 8) ^ hash);
    }
    hash = dd__hash_fold(dd__hash_word(at, size) ^ key->k1,
                         (size > 8 ? dd__hash_word(at + 8, size - 8) : 0) ^ hash);
    return dd__hash_fold(hash ^ key->k0, key->k1 | 1);
}

#endif
