#include "coord/ledger.h"

#include <assert.h>
#include <string.h>

#include "coord/memory.h"

/* More than 4 records a bucket split one: 16 bytes of buckets a record. When all
 * buckets are about to be split, the fullest have 8 on average and 7 places: more room
 * would be more memory to miss, less room more chains. A few records more are free: the
 * first bucket is not split before it is full. */
#define LOAD_RECORDS 4
#define LOAD_FREE 3

/* With the two splits that catch up, after memory was short for a while. */
#define SPLITS_MAX 2

/* After the number of buckets has changed. */
static void room_set(struct dd__ledger *ledger)
{
    ledger->room = ledger->bucket_count * LOAD_RECORDS + LOAD_FREE;
}

void dd__ledger_init(struct dd__ledger *ledger, const struct dd_allocator *allocator,
                     size_t record_size, dd__record_hash_fn *hash_of, const void *ctx)
{
    memset(ledger, 0, sizeof(*ledger));
    ledger->allocator = *allocator;
    ledger->record_size = record_size;
    ledger->hash_of = hash_of;
    ledger->ctx = ctx;
    ledger->bucket_count = 1;
    ledger->mask = 1;
    room_set(ledger);
    dd__segments_init(&ledger->buckets);
    dd__segments_init(&ledger->records);
}

void dd__ledger_release(struct dd__ledger *ledger)
{
    dd__segments_release(&ledger->buckets, &ledger->allocator, sizeof(struct dd__bucket));
    dd__segments_release(&ledger->records, &ledger->allocator, ledger->record_size);
    ledger->first = (struct dd__bucket){ .count = 0 };
    ledger->bucket_count = 1;
    ledger->mask = 1;
    room_set(ledger);
    ledger->count = 0;
    ledger->free = 0;
    ledger->made = 0;
    ledger->fresh = NULL;
}

/* The next record that was never used; NULL without memory. */
static struct dd__record *record_make(struct dd__ledger *ledger)
{
    size_t index = DD__SEGMENTS_FIRST + (size_t)ledger->made;
    struct dd__record *record;

    if (ledger->fresh == NULL) {
        if (dd__segments_grow(&ledger->records, &ledger->allocator, ledger->record_size) != DD_OK) {
            return NULL;
        }
        ledger->fresh = dd__segments_at(&ledger->records, index, ledger->record_size);
    }
    record = (struct dd__record *)(void *)ledger->fresh;
    record->link = ledger->made++;
    ledger->fresh = index + 1 < ledger->records.end ? ledger->fresh + ledger->record_size : NULL;
    return record;
}

extern inline struct dd__record *dd__ledger_reserve(struct dd__ledger *ledger)
{
    uint32_t number = ledger->free - 1;
    struct dd__record *record;

    if (ledger->free == 0) {
        return record_make(ledger);
    }
    record = dd__ledger_at(ledger, number);
    ledger->free = record->link;
    record->link = number;
    return record;
}

static void record_give_back(struct dd__ledger *ledger, struct dd__record *record, uint32_t number)
{
    record->link = ledger->free;
    ledger->free = number + 1;
}

void dd__ledger_discard(struct dd__ledger *ledger, struct dd__record *record)
{
    record_give_back(ledger, record, record->link);
}

static void bucket_put(const struct dd__ledger *ledger, struct dd__bucket *bucket, uint32_t hash,
                       uint32_t number)
{
    struct dd__record *record;

    if (bucket->count < DD__BUCKET_PLACES) {
        bucket->hashes[bucket->count] = hash;
        bucket->numbers[bucket->count] = number;
        bucket->count++;
    } else {
        record = dd__ledger_at(ledger, number);
        record->link = bucket->more;
        bucket->more = number + 1;
        bucket->hints |= (uint16_t)dd__ledger_hint(hash);
    }
}

/* Of those with a place no more than that can go to either side. Without branches, for
 * which way each goes, and how many there are, nobody can guess: what is in a place that
 * is not taken is moved like the others, and does not count. */
static void places_split(struct dd__bucket *stay, struct dd__bucket *move, uint32_t bit)
{
    struct dd__bucket *const sides[2] = { stay, move };
    struct dd__bucket was = *stay;
    uint32_t counts[2] = { 0, 0 };

    for (uint32_t i = 0; i < DD__BUCKET_PLACES; i++) {
        unsigned side = (was.hashes[i] & bit) != 0;
        sides[side]->hashes[counts[side]] = was.hashes[i];
        sides[side]->numbers[counts[side]] = was.numbers[i];
        counts[side] += i < was.count;
    }
    stay->count = (uint16_t)counts[0];
    move->count = (uint16_t)counts[1];
    stay->hints = 0;
    move->hints = 0;
    stay->more = 0;
    move->more = 0;
}

/* The first without a place in the bucket that is split next will be looked at then, and
 * is most likely in no cache: have it fetched meanwhile. */
static void split_expect(const struct dd__ledger *ledger)
{
    const struct dd__bucket *next =
        dd__ledger_bucket(ledger, ledger->bucket_count & (ledger->mask >> 1));

    if (next->more != 0) {
        /* gnu: C11 cannot say so. A hint, without effect on what is computed. */
        __builtin_prefetch(dd__ledger_at(ledger, next->more - 1));
    }
}

/* Move what belongs there from the oldest unsplit bucket to a new last one. gnu: by
 * itself, for C11 cannot say so, and within dd__ledger_enter it would make all entries
 * slower that split none. */
__attribute__((noinline)) static enum dd_status bucket_split(struct dd__ledger *ledger)
{
    size_t index = ledger->bucket_count;
    size_t whole = (ledger->mask >> 1) + 1;
    struct dd__bucket *stay;
    struct dd__bucket *move;
    uint32_t more;

    if (DD__SEGMENTS_FIRST - 1 + index == ledger->buckets.end) {
        enum dd_status status =
            dd__segments_grow(&ledger->buckets, &ledger->allocator, sizeof(struct dd__bucket));
        if (status != DD_OK) {
            return status;
        }
    }
    stay = dd__ledger_bucket(ledger, index - whole);
    move = dd__ledger_bucket(ledger, index);
    /* A search looks at all places first, and only then at how many are taken. */
    memset(move->hashes, 0, sizeof move->hashes);
    more = stay->more;
    places_split(stay, move, (uint32_t)whole);
    while (more != 0) {
        uint32_t number = more - 1;
        struct dd__record *record = dd__ledger_at(ledger, number);
        uint32_t hash = (uint32_t)ledger->hash_of(ledger->ctx, record);

        more = record->link;
        record->link = 0;
        bucket_put(ledger, (hash & whole) != 0 ? move : stay, hash, number);
    }
    ledger->bucket_count = index + 1;
    room_set(ledger);
    if (index == ledger->mask) {
        ledger->mask = 2 * index + 1; /* all are split; it begins again with the first */
    }
    split_expect(ledger);
    return DD_OK;
}

extern inline void dd__ledger_enter(struct dd__ledger *ledger, struct dd__bucket *bucket,
                                    struct dd__record *record, uint64_t hash)
{
    uint32_t number = record->link;

    record->link = 0;
    bucket_put(ledger, bucket, (uint32_t)hash, number);
    ledger->count++;
    for (unsigned splits = 0; ledger->count > ledger->room && splits < SPLITS_MAX; splits++) {
        if (bucket_split(ledger) != DD_OK) {
            break;
        }
    }
}

/* Which of the places @record has, or DD__BUCKET_PLACES. */
static uint32_t place_find(const struct dd__ledger *ledger, const struct dd__bucket *bucket,
                           const struct dd__record *record, uint32_t hash)
{
    for (uint32_t i = 0; i < bucket->count; i++) {
        if (bucket->hashes[i] == hash && dd__ledger_at(ledger, bucket->numbers[i]) == record) {
            return i;
        }
    }
    return DD__BUCKET_PLACES;
}

/* Take @record out of the chain at *@more; its number. */
static uint32_t chain_take(const struct dd__ledger *ledger, uint32_t *more,
                           const struct dd__record *record)
{
    for (;;) {
        struct dd__record *at;

        assert(*more != 0);
        at = dd__ledger_at(ledger, *more - 1);
        if (at == record) {
            uint32_t number = *more - 1;
            *more = at->link;
            return number;
        }
        more = &at->link;
    }
}

/* Free place @place; one that found none gets it. */
static void place_leave(const struct dd__ledger *ledger, struct dd__bucket *bucket, uint32_t place)
{
    bucket->count--;
    bucket->hashes[place] = bucket->hashes[bucket->count];
    bucket->numbers[place] = bucket->numbers[bucket->count];
    if (bucket->more != 0) {
        uint32_t number = bucket->more - 1;
        struct dd__record *record = dd__ledger_at(ledger, number);

        bucket->more = record->link;
        record->link = 0;
        bucket_put(ledger, bucket, (uint32_t)ledger->hash_of(ledger->ctx, record), number);
    }
}

void dd__ledger_remove(struct dd__ledger *ledger, struct dd__record *record, uint64_t hash)
{
    struct dd__bucket *bucket = dd__ledger_bucket_of(ledger, hash);
    uint32_t place = place_find(ledger, bucket, record, (uint32_t)hash);
    uint32_t number;

    if (place < DD__BUCKET_PLACES) {
        number = bucket->numbers[place];
        place_leave(ledger, bucket, place);
    } else {
        number = chain_take(ledger, &bucket->more, record);
    }
    ledger->count--;
    record_give_back(ledger, record, number);
}

struct dd__record *dd__ledger_each(const struct dd__ledger *ledger,
                                   struct dd__ledger_cursor *cursor)
{
    struct dd__record *record;

    while (cursor->more == 0) {
        const struct dd__bucket *bucket;

        if (cursor->bucket == ledger->bucket_count) {
            return NULL;
        }
        bucket = dd__ledger_bucket(ledger, cursor->bucket);
        if (cursor->place < bucket->count) {
            return dd__ledger_at(ledger, bucket->numbers[cursor->place++]);
        }
        cursor->more = bucket->more;
        cursor->place = 0;
        cursor->bucket++;
    }
    record = dd__ledger_at(ledger, cursor->more - 1);
    cursor->more = record->link;
    return record;
}
