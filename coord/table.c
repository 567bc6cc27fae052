#include "coord/table.h"

#include <assert.h>
#include <string.h>

/* More than 5/4 entries a bucket split one: 6.4 bytes of buckets an entry, and
 * chains as short as their entries' cache misses ask for. */
#define LOAD_ENTRIES 5
#define LOAD_BUCKETS 4

/* With the two splits that catch up, after memory was short for a while. */
#define SPLITS_MAX 2

void dd__table_init(struct dd__table *table, const struct dd_allocator *allocator,
                    dd__hash_of_fn hash_of, const void *ctx)
{
    memset(table, 0, sizeof(*table));
    table->allocator = *allocator;
    table->hash_of = hash_of;
    table->ctx = ctx;
    table->bucket_count = DD__TABLE_INLINE;
    dd__segments_init(&table->more);
}

void dd__table_release(struct dd__table *table)
{
    dd__segments_release(&table->more, &table->allocator, sizeof(struct dd__node *));
    memset(table->first, 0, sizeof(table->first));
    table->bucket_count = DD__TABLE_INLINE;
    table->count = 0;
}

/* The place that holds the first of bucket @index's chain. Const is the walkers'
 * promise, not the bucket's: the inline ones lie in the table itself. */
static struct dd__node **bucket_at(const struct dd__table *table, size_t index)
{
    if (index < DD__TABLE_INLINE) {
        return (struct dd__node **)&table->first[index];
    }
    return dd__segments_at(&table->more, index, sizeof(struct dd__node *));
}

/* Buckets below the next one to be split have been split already: for them one
 * bit more of the hash counts. */
static size_t bucket_index(const struct dd__table *table, uint64_t hash)
{
    size_t whole = (size_t)1 << dd__highest_bit(table->bucket_count);
    size_t index = (size_t)hash & (2 * whole - 1);
    return index < table->bucket_count ? index : index & (whole - 1);
}

/* Move what belongs there from the oldest unsplit bucket to a new last one. */
static enum dd_status bucket_split(struct dd__table *table)
{
    size_t index = table->bucket_count;
    if (index == table->more.end) {
        enum dd_status status =
            dd__segments_grow(&table->more, &table->allocator, sizeof(struct dd__node *));
        if (status != DD_OK) {
            return status;
        }
    }
    size_t whole = (size_t)1 << dd__highest_bit(index);
    struct dd__node **stays = bucket_at(table, index - whole);
    struct dd__node **moves = bucket_at(table, index);
    struct dd__node *node = *stays;
    for (; node != NULL; node = node->next) {
        if ((table->hash_of(table->ctx, node) & whole) != 0) {
            *moves = node;
            moves = &node->next;
        } else {
            *stays = node;
            stays = &node->next;
        }
    }
    *stays = NULL;
    *moves = NULL;
    table->bucket_count = index + 1;
    return DD_OK;
}

void dd__table_insert(struct dd__table *table, struct dd__node *node, uint64_t hash)
{
    struct dd__node **at = bucket_at(table, bucket_index(table, hash));
    while (*at != NULL) {
        assert(*at != node);
        at = &(*at)->next;
    }
    node->next = NULL;
    *at = node;
    table->count++;
    for (unsigned splits = 0; splits < SPLITS_MAX; splits++) {
        if (table->count * LOAD_BUCKETS <= table->bucket_count * LOAD_ENTRIES ||
            bucket_split(table) != DD_OK) {
            break;
        }
    }
}

struct dd__node *dd__table_first(const struct dd__table *table, uint64_t hash)
{
    return *bucket_at(table, bucket_index(table, hash));
}

void dd__table_remove(struct dd__table *table, struct dd__node *node, uint64_t hash)
{
    struct dd__node **at = bucket_at(table, bucket_index(table, hash));
    while (*at != node) {
        assert(*at != NULL);
        at = &(*at)->next;
    }
    *at = node->next;
    node->next = NULL;
    table->count--;
}

struct dd__node *dd__table_each(const struct dd__table *table, struct dd__table_cursor *cursor)
{
    while (cursor->next == NULL && cursor->bucket < table->bucket_count) {
        cursor->next = *bucket_at(table, cursor->bucket++);
    }
    struct dd__node *node = cursor->next;
    if (node != NULL) {
        cursor->next = node->next;
    }
    return node;
}
