/**
 * Records of one size, by the million: each has a number of 32 bits and lies in a
 * segment, and a hash table of their numbers finds them.
 *
 * The table is linear hashing (Litwin 1980) with buckets of one cache line: 7
 * numbers, each beside the 32 bits of hash that count, so that looking for what is
 * not there, entering, and splitting a bucket touch no record. What finds its
 * bucket full is chained through the records; hence entering needs no memory of
 * its own and never fails. The table grows by splitting a bucket or two when a
 * record is entered; there is no long pause, and no record ever moves. Without
 * memory to grow the chains get longer, and the next entry tries again.
 *
 * Records that are given back are used again, the last one first; their memory is
 * kept until dd__ledger_release. Buckets and numbers are an order of the hash's
 * and of chance's making: never let it be seen in a decision or an output.
 *
 * Ownership: records belong to the ledger; dd__ledger_reserve lends one until
 *            dd__ledger_remove or dd__ledger_discard. The allocator is copied. A
 *            ledger may be moved in memory.
 * Threading: one at a time.
 */
#ifndef DD__LEDGER_H
#define DD__LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "coord/segments.h"
#include "drydock/env.h"

#define DD__BUCKET_PLACES 7

/** What a record begins with. Entered: 1 + the number of the next one of its
 * bucket that found no place, or 0. Reserved: its own number. */
struct dd__record {
    uint32_t link;
};

struct dd__bucket {
    uint32_t hashes[DD__BUCKET_PLACES]; /* with the next two, two vectors */
    uint16_t count;                     /* of the places taken: these are the first */
    uint16_t hints;                     /* of those that found none: see dd__ledger_hint */
    uint32_t numbers[DD__BUCKET_PLACES];
    uint32_t more; /* 1 + the number of the first that found no place; 0: none */
};

/** The hash that @record was entered with. */
typedef uint64_t dd__record_hash_fn(const void *ctx, const struct dd__record *record);

/** Whether @record is the one that @key means. */
typedef bool dd__record_is_fn(const struct dd__record *record, const void *key);

struct dd__ledger {
    struct dd_allocator allocator;
    size_t record_size;
    dd__record_hash_fn *hash_of;
    const void *ctx;
    size_t count; /* entered */
    size_t room;  /* how many may be, before a bucket is split */
    size_t bucket_count;
    size_t mask;             /* of the bits of a hash that count, where a bucket has been split */
    struct dd__bucket first; /* the first bucket; the others are in `buckets` */
    struct dd__segments buckets;
    struct dd__segments records;
    uint32_t free; /* 1 + the number of the record given back last; 0: none */
    uint32_t made; /* records that have been used; the others are fresh */
    char *fresh;   /* the first of those, if the newest segment has one */
};

/** Where a walk is. Begin with {0}. */
struct dd__ledger_cursor {
    size_t bucket;
    uint32_t place;
    uint32_t more;
};

/** Never allocates. Records are of @record_size bytes, a multiple of what they
 * must be aligned to. */
void dd__ledger_init(struct dd__ledger *ledger, const struct dd_allocator *allocator,
                     size_t record_size, dd__record_hash_fn *hash_of, const void *ctx);

/** Free the table and all records, entered or not. */
void dd__ledger_release(struct dd__ledger *ledger);

/** A record that nobody finds yet; NULL without memory. What follows its
 * dd__record is open. */
struct dd__record *dd__ledger_reserve(struct dd__ledger *ledger);

/** Give back @record, which was reserved and not entered. */
void dd__ledger_discard(struct dd__ledger *ledger, struct dd__record *record);

/** Enter @record, which was reserved, into the bucket of @hash. */
void dd__ledger_enter(struct dd__ledger *ledger, struct dd__bucket *bucket,
                      struct dd__record *record, uint64_t hash);

/** Remove @record and give it back. Asserts that it is there. */
void dd__ledger_remove(struct dd__ledger *ledger, struct dd__record *record, uint64_t hash);

/** The next record of a walk over all that are entered, or NULL. Nothing may be
 * entered or removed meanwhile. */
struct dd__record *dd__ledger_each(const struct dd__ledger *ledger,
                                   struct dd__ledger_cursor *cursor);

static inline struct dd__record *dd__ledger_at(const struct dd__ledger *ledger, uint32_t number)
{
    return dd__segments_at(&ledger->records, DD__SEGMENTS_FIRST + (size_t)number,
                           ledger->record_size);
}

/** Bucket @index. Const is the walkers' promise, not the bucket's: the first lies in
 * the ledger itself. */
static inline struct dd__bucket *dd__ledger_bucket(const struct dd__ledger *ledger, size_t index)
{
    if (index == 0) {
        return (struct dd__bucket *)&ledger->first;
    }
    return dd__segments_at(&ledger->buckets, DD__SEGMENTS_FIRST - 1 + index,
                           sizeof(struct dd__bucket));
}

/** The bucket of @hash, until something is entered. Those below the next one to be
 * split have been split already: for them one bit more of the hash counts. */
static inline struct dd__bucket *dd__ledger_bucket_of(const struct dd__ledger *ledger,
                                                      uint64_t hash)
{
    size_t index = (uint32_t)hash & ledger->mask;

    return dd__ledger_bucket(ledger,
                             index < ledger->bucket_count ? index : index & (ledger->mask >> 1));
}

/** Have the bucket of @hash fetched meanwhile: somebody will look into it. */
static inline void dd__ledger_expect(const struct dd__ledger *ledger, uint64_t hash)
{
    /* gnu: C11 cannot say so. A hint, without effect on what is computed. */
    __builtin_prefetch(dd__ledger_bucket_of(ledger, hash));
}

/** The bit that is set in `hints` if a record with @hash found no place (Bloom 1970);
 * perhaps also for others, or for one that was there once. */
static inline unsigned dd__ledger_hint(uint64_t hash)
{
    return 1U << ((uint32_t)hash >> 28);
}

/* gnu: C11 has no vectors. Seven comparisons one by one are a third of what a lease
 * costs here; compilers make of this whatever the machine has. */
typedef uint32_t dd__bucket_half __attribute__((vector_size(16)));
typedef uint64_t dd__bucket_words __attribute__((vector_size(16)));

/** Whether a place of @bucket may have @hash: the first half of it, and those up to
 * `count` and `hints`, which do no harm. */
static inline bool dd__bucket_may_have(const struct dd__bucket *bucket, uint32_t hash)
{
    dd__bucket_half wanted = { hash, hash, hash, hash };
    dd__bucket_half first;
    dd__bucket_half last;
    dd__bucket_words equal;

    memcpy(&first, bucket, sizeof first);
    memcpy(&last, (const char *)bucket + sizeof first, sizeof last);
    equal = (dd__bucket_words)(first == wanted) | (dd__bucket_words)(last == wanted);
    return (equal[0] | equal[1]) != 0;
}

/** The record in the bucket of @hash of which @is says so, or NULL. */
static inline struct dd__record *dd__ledger_find(const struct dd__ledger *ledger,
                                                 const struct dd__bucket *bucket, uint64_t hash,
                                                 dd__record_is_fn *is, const void *key)
{
    uint32_t more;

    if (dd__bucket_may_have(bucket, (uint32_t)hash)) {
        for (uint32_t i = 0; i < bucket->count; i++) {
            if (bucket->hashes[i] == (uint32_t)hash) {
                struct dd__record *record = dd__ledger_at(ledger, bucket->numbers[i]);
                if (is(record, key)) {
                    return record;
                }
            }
        }
    }
    more = (bucket->hints & dd__ledger_hint(hash)) != 0 ? bucket->more : 0;
    while (more != 0) {
        struct dd__record *record = dd__ledger_at(ledger, more - 1);
        if (is(record, key)) {
            return record;
        }
        more = record->link;
    }
    return NULL;
}

#endif
