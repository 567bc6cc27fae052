#include "coord/siphash.h"

struct sipstate {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static inline void sip_rounds(struct sipstate *s, unsigned count)
{
    while (count-- > 0) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

/* Little endian on every machine; compilers make one load of it where they can. */
static inline uint64_t word_at(const unsigned char *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
           (uint64_t)at[7] << 56;
}

static inline void sip_word(struct sipstate *s, uint64_t word)
{
    s->v3 ^= word;
    sip_rounds(s, 2);
    s->v0 ^= word;
}

static inline struct sipstate sip_begin(const struct dd__sipkey *key)
{
    return (struct sipstate){
        .v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->k1 ^ UINT64_C(0x7465646279746573),
    };
}

/* All of the data, and the last word with the length in it. */
static inline void sip_absorb(struct sipstate *s, const void *data, size_t size)
{
    const unsigned char *at = data;
    size_t left = size;
    for (; left >= 8; left -= 8, at += 8) {
        sip_word(s, word_at(at));
    }
    uint64_t last = (uint64_t)size << 56;
    for (size_t i = 0; i < left; i++) {
        last |= (uint64_t)at[i] << (8 * i);
    }
    sip_word(s, last);
}

static inline uint64_t sip_fold(const struct sipstate *s)
{
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct dd__digest128 dd__siphash128(const struct dd__sipkey *key, const void *data, size_t size)
{
    struct sipstate s = sip_begin(key);
    struct dd__digest128 digest;
    s.v1 ^= 0xee;
    sip_absorb(&s, data, size);
    s.v2 ^= 0xee;
    sip_rounds(&s, 4);
    digest.lo = sip_fold(&s);
    s.v1 ^= 0xdd;
    sip_rounds(&s, 4);
    digest.hi = sip_fold(&s);
    return digest;
}
