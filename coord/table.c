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
    table->mask = 2 * DD__TABLE_INLINE - 1;
    dd__segments_init(&table->more);
}

void dd__table_release(struct dd__table *table)
{
    dd__segments_release(&table->more, &table->allocator, sizeof(struct dd__node *));
    memset(table->first, 0, sizeof(table->first));
    table->bucket_count = DD__TABLE_INLINE;
    table->mask = 2 * DD__TABLE_INLINE - 1;
    table->count = 0;
}

/* The bucket that is split next will be walked at the next insertion, and its first
 * entry is most likely in no cache: have it fetched meanwhile. */
static void split_prepare(const struct dd__table *table)
{
    size_t whole = (table->mask >> 1) + 1;

    /* gnu: C11 cannot say so. A hint, without effect on what is computed. */
    __builtin_prefetch(*dd__table_bucket(table, table->bucket_count - whole));
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
    size_t whole = (table->mask >> 1) + 1;
    struct dd__node **stays = dd__table_bucket(table, index - whole);
    struct dd__node **moves = dd__table_bucket(table, index);
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
    if (index == table->mask) {
        table->mask = 2 * index + 1; /* all are split; it begins again with the first */
    }
    split_prepare(table);
    return DD_OK;
}

void dd__table_insert(struct dd__table *table, struct dd__node *node, uint64_t hash)
{
    struct dd__node **at = dd__table_bucket(table, dd__table_index(table, hash));
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

void dd__table_remove(struct dd__table *table, struct dd__node *node, uint64_t hash)
{
    struct dd__node **at = dd__table_bucket(table, dd__table_index(table, hash));
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
        cursor->next = *dd__table_bucket(table, cursor->bucket++);
    }
    struct dd__node *node = cursor->next;
    if (node != NULL) {
        cursor->next = node->next;
    }
    return node;
}
