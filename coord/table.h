/**
 * The hash table: linear hashing (Litwin 1980) with a segmented directory
 * (Larson 1988) and chains through the entries themselves. Inserting needs no
 * memory of its own and never fails; the table grows by splitting a bucket or
 * two at an insertion, so there is no long pause, and nothing ever moves.
 * Without memory to grow the chains get longer, and the next insertion tries
 * again.
 *
 * The entries of a chain are in the order of their insertion, and stay so when
 * it is split. A chain is walked at every insertion into it: keys are meant to
 * be nearly unique. Buckets are an order of the hash's making: never let it be
 * seen in a decision or an output.
 *
 * Ownership: entries are the caller's, borrowed while they are in the table.
 *            The allocator is copied. A table may be moved in memory.
 * Threading: one at a time. Errors: none.
 */
#ifndef DD__TABLE_H
#define DD__TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "coord/segments.h"
#include "drydock/env.h"

#define DD__TABLE_INLINE DD__SEGMENTS_FIRST /* buckets without any memory */

struct dd__node {
    struct dd__node *next; /* of the chain; NULL: the last */
};

/** The hash that @node was, or would be, inserted with. */
typedef uint64_t (*dd__hash_of_fn)(const void *ctx, const struct dd__node *node);

struct dd__table {
    struct dd_allocator allocator;
    dd__hash_of_fn hash_of;
    const void *ctx;
    size_t count;
    size_t bucket_count;
    size_t mask; /* of the bits of a hash that count, where a bucket has been split */
    struct dd__node *first[DD__TABLE_INLINE];
    struct dd__segments more;
};

/** Where a walk is. Begin with {0}. */
struct dd__table_cursor {
    size_t bucket; /* the next one to look into */
    struct dd__node *next;
};

/** Never allocates. */
void dd__table_init(struct dd__table *table, const struct dd_allocator *allocator,
                    dd__hash_of_fn hash_of, const void *ctx);

/** Free the buckets; entries that are still there are forgotten. */
void dd__table_release(struct dd__table *table);

void dd__table_insert(struct dd__table *table, struct dd__node *node, uint64_t hash);

/** The place that holds the first of bucket @index's chain. Const is the walkers'
 * promise, not the bucket's: the inline ones lie in the table itself. */
static inline struct dd__node **dd__table_bucket(const struct dd__table *table, size_t index)
{
    if (index < DD__TABLE_INLINE) {
        return (struct dd__node **)&table->first[index];
    }
    return dd__segments_at(&table->more, index, sizeof(struct dd__node *));
}

/** Where a hash belongs. Buckets below the next one to be split have been split
 * already: for them one bit more of the hash counts. */
static inline size_t dd__table_index(const struct dd__table *table, uint64_t hash)
{
    size_t index = (size_t)hash & table->mask;
    return index < table->bucket_count ? index : index & (table->mask >> 1);
}

/** The first entry of @hash's chain, or NULL: the caller walks `next` and
 * compares keys; entries with other hashes are among them. */
static inline struct dd__node *dd__table_first(const struct dd__table *table, uint64_t hash)
{
    return *dd__table_bucket(table, dd__table_index(table, hash));
}

/** Asserts that @node is there. */
void dd__table_remove(struct dd__table *table, struct dd__node *node, uint64_t hash);

/** The next entry of a walk over all, or NULL. The entry that was returned may
 * be removed, or freed, before the next call; nothing may be inserted. */
struct dd__node *dd__table_each(const struct dd__table *table, struct dd__table_cursor *cursor);

#endif
