/* The hash table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/hash.h"
#include "coord/list.h"
#include "coord/table.h"
#include "coord/test/heap.h"

struct entry {
    struct dd__node node;
    uint64_t key;
    uint64_t serial;
    bool is_in;
    bool was_seen;
};

struct fixture {
    struct test_heap heap;
    struct dd__table table;
    bool hashes_are_keys; /* for tests that choose their buckets */
    size_t hashed;        /* entries that a split looked at */
};

static uint64_t key_hash(const struct fixture *f, uint64_t key)
{
    static const struct dd__sipkey sipkey = { 1, 2 };
    return f->hashes_are_keys ? key : dd__hash_bytes(&sipkey, &key, sizeof(key));
}

static uint64_t hash_of(const void *ctx, const struct dd__node *node)
{
    struct fixture *f = *(struct fixture *const *)ctx;
    f->hashed++;
    return key_hash(f, DD__CONTAINER(node, struct entry, node)->key);
}

/* The table's context is const; the fixture behind it counts. */
struct holder {
    struct fixture *f;
    struct fixture fixture;
};

static int setup(void **state)
{
    struct holder *holder = calloc(1, sizeof(*holder));
    if (holder == NULL) {
        return -1;
    }
    holder->f = &holder->fixture;
    struct dd_allocator allocator = test_heap_init(&holder->f->heap);
    dd__table_init(&holder->f->table, &allocator, hash_of, &holder->f);
    *state = holder;
    return 0;
}

static int teardown(void **state)
{
    struct holder *holder = *state;
    dd__table_release(&holder->f->table);
    int bad = holder->f->heap.live_blocks != 0 || holder->f->heap.wrong_sizes != 0;
    free(holder);
    return bad;
}

static struct fixture *fixture_of(void **state)
{
    return ((struct holder *)*state)->f;
}

static struct entry *entry_of(struct dd__node *node)
{
    return DD__CONTAINER(node, struct entry, node);
}

static void insert(struct fixture *f, struct entry *entry, uint64_t key)
{
    entry->key = key;
    entry->is_in = true;
    dd__table_insert(&f->table, &entry->node, key_hash(f, key));
}

static void take_out(struct fixture *f, struct entry *entry)
{
    dd__table_remove(&f->table, &entry->node, key_hash(f, entry->key));
    entry->is_in = false;
}

/* The first entry with @key, or NULL. */
static struct entry *find(const struct fixture *f, uint64_t key)
{
    struct dd__node *at = dd__table_first(&f->table, key_hash(f, key));
    while (at != NULL && entry_of(at)->key != key) {
        at = at->next;
    }
    return at == NULL ? NULL : entry_of(at);
}

static struct entry *entries_make(size_t count)
{
    struct entry *entries = calloc(count, sizeof(*entries));
    if (entries == NULL) {
        abort();
    }
    return entries;
}

/* Every entry that is in is found by its key and met once in a walk; no other. */
static void assert_holds_exactly(struct fixture *f, struct entry *entries, size_t count)
{
    size_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        entries[i].was_seen = false;
        struct entry *found = find(f, entries[i].key);
        expected += entries[i].is_in;
        if (entries[i].is_in ? found != &entries[i] : found == &entries[i]) {
            fail_msg("entry %zu is %s", i, entries[i].is_in ? "lost" : "still there");
        }
    }
    struct dd__table_cursor cursor = { 0 };
    struct dd__node *node;
    size_t met = 0;
    while ((node = dd__table_each(&f->table, &cursor)) != NULL) {
        assert_true(entry_of(node)->is_in);
        assert_false(entry_of(node)->was_seen);
        entry_of(node)->was_seen = true;
        met++;
    }
    assert_int_equal(met, expected);
    assert_int_equal(f->table.count, expected);
}

/* An empty table finds nothing, and has asked for no memory. */
static void test_table_empty(void **state)
{
    struct fixture *f = fixture_of(state);
    struct dd__table_cursor cursor = { 0 };
    assert_null(find(f, 1));
    assert_null(dd__table_each(&f->table, &cursor));
    assert_int_equal(f->heap.calls, 0);
}

/* The first five entries need no memory at all. */
static void test_table_starts_tiny(void **state)
{
    struct fixture *f = fixture_of(state);
    struct entry entries[6] = { 0 };
    for (uint64_t i = 0; i < 5; i++) {
        insert(f, &entries[i], i);
    }
    assert_int_equal(f->heap.calls, 0);
    insert(f, &entries[5], 5);
    assert_int_equal(f->heap.live_bytes, 12 * sizeof(void *));
    assert_holds_exactly(f, entries, 6);
}

/* Random insertions and removals leave what a plain array of flags says. */
static void test_table_random_against_model(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t count = 3000;
    struct entry *entries = entries_make(count);
    uint64_t random = 42;
    for (size_t i = 0; i < count; i++) {
        entries[i].key = i;
    }
    for (size_t step = 1; step <= 60000; step++) {
        /* The share that is in swings, so that it is nearly empty at times. */
        bool grows = (step / 7000) % 2 == 0;
        size_t i = (size_t)(test_random(&random) % count);
        bool wants_in = test_random(&random) % 4 != 0 ? grows : !grows;
        if (wants_in && !entries[i].is_in) {
            insert(f, &entries[i], i);
        } else if (!wants_in && entries[i].is_in) {
            take_out(f, &entries[i]);
        }
        if (step % 5000 == 0) {
            assert_holds_exactly(f, entries, count);
        }
    }
    free(entries);
}

/* A million entries are all there, in buckets of at most 8 bytes an entry, and
 * chains stay short. */
static void test_table_million(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t count = 1000000;
    struct entry *entries = entries_make(count);
    for (size_t i = 0; i < count; i++) {
        insert(f, &entries[i], i);
    }
    assert_true(f->heap.live_bytes <= 8 * count);
    size_t longest = 0;
    for (size_t bucket = 0; bucket < f->table.bucket_count; bucket++) {
        size_t length = 0;
        struct dd__table_cursor cursor = { .bucket = bucket };
        struct dd__node *at = dd__table_each(&f->table, &cursor);
        for (; at != NULL && cursor.bucket == bucket + 1; at = at->next) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    assert_true(longest <= 16);
    assert_holds_exactly(f, entries, count);
    free(entries);
}

/* No insertion looks at more than a few entries, nor asks for more than one
 * segment and a page: growth has no long pause. */
static void test_table_insertion_work_is_bounded(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t count = 300000;
    struct entry *entries = entries_make(count);
    size_t most_hashed = 0;
    size_t most_calls = 0;
    for (size_t i = 0; i < count; i++) {
        size_t hashed = f->hashed;
        size_t calls = f->heap.calls;
        insert(f, &entries[i], i);
        most_hashed = f->hashed - hashed > most_hashed ? f->hashed - hashed : most_hashed;
        most_calls = f->heap.calls - calls > most_calls ? f->heap.calls - calls : most_calls;
    }
    assert_true(most_hashed <= 16);
    assert_true(most_calls <= 3);
    assert_true(f->heap.largest <= DD__SEGMENT_ITEMS * sizeof(void *));
    free(entries);
}

/* Without memory nothing fails and nothing is lost; when memory is back, the
 * table catches up by at most two splits an insertion. */
static void test_table_out_of_memory(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t count = 4000;
    struct entry *entries = entries_make(count);
    f->heap.calls_left = 2;
    for (size_t i = 0; i < 1000; i++) {
        insert(f, &entries[i], i);
    }
    for (size_t i = 1000; i < count; i++) {
        entries[i].key = i;
    }
    size_t stuck = f->table.bucket_count;
    assert_int_equal(stuck, 64);
    assert_holds_exactly(f, entries, count);
    f->heap.calls_left = SIZE_MAX;
    for (size_t i = 1000; i < count; i++) {
        size_t before = f->table.bucket_count;
        insert(f, &entries[i], i);
        assert_true(f->table.bucket_count <= before + 2);
    }
    assert_true(f->table.bucket_count * 5 >= count * 4);
    assert_holds_exactly(f, entries, count);
    free(entries);
}

/* Memory that fails at every other call only slows the growth down. */
static void test_table_failing_now_and_then(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t count = 20000;
    struct entry *entries = entries_make(count);
    for (size_t i = 0; i < count; i++) {
        f->heap.calls_left = i % 3 == 0 ? 1 : 0;
        insert(f, &entries[i], i);
        if (i % 5 == 4) {
            take_out(f, &entries[i - 2]);
        }
    }
    assert_holds_exactly(f, entries, count);
    free(entries);
}

/* Entries of one key come in the order of their insertion, across splits and
 * removals among them. */
static void test_table_order_within_a_key(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t keys = 500;
    size_t each = 4;
    struct entry *entries = entries_make(keys * each);
    for (size_t i = 0; i < keys * each; i++) {
        entries[i].serial = i;
        insert(f, &entries[i], i % keys);
    }
    for (size_t i = keys; i < 2 * keys; i += 3) {
        take_out(f, &entries[i]);
    }
    for (uint64_t key = 0; key < keys; key++) {
        uint64_t last = 0;
        size_t met = 0;
        struct dd__node *at = dd__table_first(&f->table, key_hash(f, key));
        for (; at != NULL; at = at->next) {
            if (entry_of(at)->key == key) {
                assert_true(met == 0 || entry_of(at)->serial > last);
                last = entry_of(at)->serial;
                met++;
            }
        }
        assert_int_equal(met, key % 3 == 0 ? each - 1 : each);
    }
    free(entries);
}

/* Hashes that all fall into one bucket are a long chain, and still right. */
static void test_table_all_collide(void **state)
{
    struct fixture *f = fixture_of(state);
    struct entry *entries = entries_make(300);
    f->hashes_are_keys = true;
    for (uint64_t i = 0; i < 300; i++) {
        insert(f, &entries[i], i << 40);
    }
    assert_holds_exactly(f, entries, 300);
    for (size_t i = 0; i < 300; i += 2) {
        take_out(f, &entries[i]);
    }
    assert_holds_exactly(f, entries, 300);
    free(entries);
}

/* What a walk has returned may be removed and overwritten at once. */
static void test_table_walk_and_remove(void **state)
{
    struct fixture *f = fixture_of(state);
    struct entry *entries = entries_make(1000);
    for (size_t i = 0; i < 1000; i++) {
        insert(f, &entries[i], i);
    }
    struct dd__table_cursor cursor = { 0 };
    struct dd__node *node;
    size_t met = 0;
    while ((node = dd__table_each(&f->table, &cursor)) != NULL) {
        take_out(f, entry_of(node));
        memset(node, 0xff, sizeof(*node));
        met++;
    }
    assert_int_equal(met, 1000);
    assert_int_equal(f->table.count, 0);
    free(entries);
}

/* A table holds no pointer to itself: it works on after being moved. */
static void test_table_may_be_moved(void **state)
{
    struct fixture *f = fixture_of(state);
    struct entry *entries = entries_make(100);
    for (size_t i = 0; i < 50; i++) {
        insert(f, &entries[i], i);
    }
    struct dd__table copy = f->table;
    memset(&f->table, 0xff, sizeof(f->table));
    f->table = copy;
    for (size_t i = 50; i < 100; i++) {
        insert(f, &entries[i], i);
    }
    assert_holds_exactly(f, entries, 100);
    free(entries);
}

/* A released table is an empty one that can be used again. */
static void test_table_release_and_reuse(void **state)
{
    struct fixture *f = fixture_of(state);
    struct entry *entries = entries_make(100);
    for (size_t i = 0; i < 100; i++) {
        insert(f, &entries[i], i);
    }
    dd__table_release(&f->table);
    assert_int_equal(f->heap.live_blocks, 0);
    for (size_t i = 0; i < 100; i++) {
        insert(f, &entries[i], i);
    }
    assert_holds_exactly(f, entries, 100);
    free(entries);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_table_empty),
        TEST(test_table_starts_tiny),
        TEST(test_table_random_against_model),
        TEST(test_table_million),
        TEST(test_table_insertion_work_is_bounded),
        TEST(test_table_out_of_memory),
        TEST(test_table_failing_now_and_then),
        TEST(test_table_order_within_a_key),
        TEST(test_table_all_collide),
        TEST(test_table_walk_and_remove),
        TEST(test_table_may_be_moved),
        TEST(test_table_release_and_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
