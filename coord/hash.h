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

static inline uint64_t dd__hash_word(const void *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* Up to 7 bytes, each at least once; the length is in the hash already. */
static inline uint64_t dd__hash_few(const unsigned char *at, size_t size)
{
    uint32_t first;
    uint32_t last;

    if (size >= sizeof first) {
        memcpy(&first, at, sizeof first);
        memcpy(&last, at + size - sizeof last, sizeof last);
        return (uint64_t)first << 32 | last;
    }
    return size == 0 ? 0 : (uint64_t)at[0] << 16 | (uint64_t)at[size / 2] << 8 | at[size - 1];
}

static inline uint64_t dd__hash_bytes(const struct dd__sipkey *key, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + size;
    uint64_t hash = key->k0 ^ size;

    if (size < 8) {
        return dd__hash_fold(dd__hash_few(at, size) ^ key->k1, hash);
    }
    for (; end - at > 16; at += 16) {
        hash = dd__hash_fold(dd__hash_word(at) ^ key->k1, dd__hash_word(at + 8) ^ hash);
    }
    /* The last 16 bytes, or all that there are: some of them may count twice. */
    at = size < 16 ? at : end - 16;
    return dd__hash_fold(dd__hash_word(at) ^ key->k1, dd__hash_word(end - 8) ^ hash);
}

#endif
