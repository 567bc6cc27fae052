/**
 * A 64-bit hash of a sequence of numbers and strings, the same on every machine,
 * compiler and run. It is for telling runs and names apart, not for secrets.
 */
#ifndef SIM_HASH_H
#define SIM_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIM_HASH_START UINT64_C(0x9e3779b97f4a7c15)

/** The finalizer of splitmix64: every bit of the input reaches every bit. */
static inline uint64_t sim_hash_finish(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline uint64_t sim_hash_number(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ (hash >> 29);
}

/* Eight bytes as a number, the first the lowest, whatever the machine's order. */
static inline uint64_t sim_hash_load(const unsigned char *bytes)
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/** NULL and "" differ; the length is part of it, so that two strings in a row
 * cannot be taken for two others. */
static inline uint64_t sim_hash_string(uint64_t hash, const char *text)
{
    if (text == NULL) {
        return sim_hash_number(hash, UINT64_MAX);
    }
    size_t length = strlen(text);
    const unsigned char *bytes = (const unsigned char *)text;
    size_t left = length;
    for (; left >= 8; left -= 8, bytes += 8) {
        hash = sim_hash_number(hash, sim_hash_load(bytes));
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < left; i++) {
        tail |= (uint64_t)bytes[i] << (8 * i);
    }
    return sim_hash_number(sim_hash_number(hash, tail), length);
}

#endif
