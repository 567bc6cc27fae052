/**
 * SipHash (Aumasson and Bernstein, 2012): hashes that nobody who does not know
 * the key can make collide. The same on every machine.
 *
 * 2-4 with 128 bits, for fingerprints: those must not collide at all.
 */
#ifndef DD__SIPHASH_H
#define DD__SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct dd__sipkey {
    uint64_t k0;
    uint64_t k1;
};

struct dd__digest128 {
    uint64_t lo;
    uint64_t hi;
};

struct dd__digest128 dd__siphash128(const struct dd__sipkey *key, const void *data, size_t size);

#endif
