/* The ledger: records by number, found by hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/hash.h"
#include "coord/ledger.h"
#include "coord/list.h"
#include "coord/test/heap.h"

struct entry {
    struct dd__record record;
    uint32_t serial;
    uint64_t key;
};

struct fixture {
    struct test_heap heap;
    struct dd__ledger ledger;
    bool hashes_are_keys;   /* for tests that choose their buckets */
    size_t hashed;          /* records that were looked at for their hash */
    size_t compared;        /* and for their key */
    struct entry **entries; /* those that are in, by key */
    size_t key_count;
};

/* The ledger's context is const; the fixture behind it counts. */
struct holder {
    struct fixture *f;
    struct fixture fixture;
};

struct wanted {
    struct fixture *f;
    uint64_t key;
};

static uint64_t key_hash(const struct fixture *f, uint64_t key)
{
    static const struct dd__sipkey sipkey = { UINT64_C(0x9b1e6f6a0c4d2e37),
                                              UINT64_C(0x53c8a1f7be9d0642) };
    return f->hashes_are_keys ? key : dd__hash_bytes(&sipkey, &key, sizeof(key));
}

static struct entry *entry_of(struct dd__record *record)
{
    return DD__CONTAINER(record, struct entry, record);
}

static uint64_t hash_of(const void *ctx, const struct dd__record *record)
{
    struct fixture *f = *(struct fixture *const *)ctx;
    f->hashed++;
    return key_hash(f, DD__CONTAINER(record, const struct entry, record)->key);
}

static bool is_wanted(const struct dd__record *record, const void *key)
{
    const struct wanted *wanted = key;
    wanted->f->compared++;
    return DD__CONTAINER(record, const struct entry, record)->key == wanted->key;
}

static int setup(void **state)
{
    struct holder *holder = calloc(1, sizeof(*holder));
    if (holder == NULL) {
        return -1;
    }
    holder->f = &holder->fixture;
    struct dd_allocator allocator = test_heap_init(&holder->f->heap);
    dd__ledger_init(&holder->f->ledger, &allocator, sizeof(struct entry), hash_of, &holder->f);
    *state = holder;
    return 0;
}

static int teardown(void **state)
{
    struct holder *holder = *state;
    dd__ledger_release(&holder->f->ledger);
    int bad = holder->f->heap.live_blocks != 0 || holder->f->heap.wrong_sizes != 0;
    free(holder->f->entries);
    free(holder);
    return bad;
}

static struct fixture *fixture_of(void **state)
{
    return ((struct holder *)*state)->f;
}

static void keys_make(struct fixture *f, size_t count)
{
    f->entries = calloc(count, sizeof(*f->entries));
    f->key_count = count;
    if (f->entries == NULL) {
        abort();
    }
}

/* False: there is no memory for a record. */
static bool enter(struct fixture *f, size_t i, uint64_t key)
{
    struct dd__record *record = dd__ledger_reserve(&f->ledger);
    uint64_t hash = key_hash(f, key);
    if (record == NULL) {
        return false;
    }
    f->entries[i] = entry_of(record);
    f->entries[i]->key = key;
    dd__ledger_enter(&f->ledger, dd__ledger_bucket_of(&f->ledger, hash), record, hash);
    return true;
}

static void take_out(struct fixture *f, size_t i)
{
    dd__ledger_remove(&f->ledger, &f->entries[i]->record, key_hash(f, f->entries[i]->key));
    f->entries[i] = NULL;
}

static struct entry *find(struct fixture *f, uint64_t key)
{
    uint64_t hash = key_hash(f, key);
    struct wanted wanted = { .f = f, .key = key };
    struct dd__record *record = dd__ledger_find(&f->ledger, dd__ledger_bucket_of(&f->ledger, hash),
                                                hash, is_wanted, &wanted);
    return record == NULL ? NULL : entry_of(record);
}

/* Every record that is in is found by its key, which is its place times @step, and met
 * once in a walk; no other. */
static void assert_holds_exactly(struct fixture *f, uint64_t step)
{
    size_t expected = 0;
    for (size_t i = 0; i < f->key_count; i++) {
        assert_ptr_equal(find(f, i * step), f->entries[i]);
        if (f->entries[i] != NULL) {
            f->entries[i]->serial = 1;
            expected++;
        }
    }
    struct dd__ledger_cursor cursor = { 0 };
    struct dd__record *record;
    size_t met = 0;
    while ((record = dd__ledger_each(&f->ledger, &cursor)) != NULL) {
        assert_int_equal(entry_of(record)->serial, 1);
        entry_of(record)->serial = 0;
        met++;
    }
    assert_int_equal(met, expected);
    assert_int_equal(f->ledger.count, expected);
}

/* An empty ledger finds nothing, and has asked for no memory. */
static void test_ledger_empty(void **state)
{
    struct fixture *f = fixture_of(state);
    struct dd__ledger_cursor cursor = { 0 };
    assert_null(find(f, 1));
    assert_null(dd__ledger_each(&f->ledger, &cursor));
    assert_int_equal(f->heap.calls, 0);
}

/* A bucket is a cache line, and the first seven records need no memory but their own. */
static void test_ledger_starts_tiny(void **state)
{
    struct fixture *f = fixture_of(state);
    assert_int_equal(sizeof(struct dd__bucket), 64);
    keys_make(f, 8);
    for (uint64_t i = 0; i < 7; i++) {
        assert_true(enter(f, i, i));
    }
    assert_int_equal(f->heap.live_bytes, 12 * sizeof(struct entry));
    assert_true(enter(f, 7, 7));
    assert_int_equal(f->heap.live_bytes, 12 * (sizeof(struct entry) + sizeof(struct dd__bucket)));
    assert_holds_exactly(f, 1);
}

/* Random entries and removals leave what a plain array says. */
static void test_ledger_random_against_model(void **state)
{
    struct fixture *f = fixture_of(state);
    uint64_t random = 42;
    keys_make(f, 3000);
    for (size_t step = 1; step <= 60000; step++) {
        /* The share that is in swings, so that it is nearly empty at times. */
        bool grows = (step / 7000) % 2 == 0;
        size_t i = (size_t)(test_random(&random) % f->key_count);
        bool wants_in = test_random(&random) % 4 != 0 ? grows : !grows;
        if (wants_in && f->entries[i] == NULL) {
            assert_true(enter(f, i, i));
        } else if (!wants_in && f->entries[i] != NULL) {
            take_out(f, i);
        }
        if (step % 5000 == 0) {
            assert_holds_exactly(f, 1);
        }
    }
}

/* A million records are all there, in at most 17 bytes of buckets each, and few of them
 * found no place in their bucket. */
static void test_ledger_million(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t chained = 0;
    keys_make(f, 1000000);
    for (size_t i = 0; i < f->key_count; i++) {
        assert_true(enter(f, i, i));
    }
    assert_true(f->heap.live_bytes <= (17 + sizeof(struct entry)) * f->key_count);
    for (size_t i = 0; i < f->ledger.bucket_count; i++) {
        uint32_t more = dd__ledger_bucket(&f->ledger, i)->more;
        for (; more != 0; more = dd__ledger_at(&f->ledger, more - 1)->link) {
            chained++;
        }
    }
    assert_in_range(chained, 1, f->key_count / 10);
    assert_holds_exactly(f, 1);
}

/* Looking for what is not there, and entering it, compares no record but those that
 * found no place: the hashes in the bucket say enough. */
static void test_ledger_absent_compares_little(void **state)
{
    struct fixture *f = fixture_of(state);
    keys_make(f, 100000);
    for (size_t i = 0; i < f->key_count; i++) {
        assert_null(find(f, i));
        assert_true(enter(f, i, i));
    }
    assert_true(f->compared < f->key_count / 5);
}

/* No entry looks at more than a few records, nor asks for more than one segment of
 * records, one of buckets, and a page and a directory for each: growth has no long pause. */
static void test_ledger_entry_work_is_bounded(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t most_hashed = 0;
    size_t most_calls = 0;
    keys_make(f, 300000);
    for (size_t i = 0; i < f->key_count; i++) {
        size_t hashed = f->hashed;
        size_t calls = f->heap.calls;
        assert_true(enter(f, i, i));
        most_hashed = f->hashed - hashed > most_hashed ? f->hashed - hashed : most_hashed;
        most_calls = f->heap.calls - calls > most_calls ? f->heap.calls - calls : most_calls;
    }
    assert_true(most_hashed <= 24);
    assert_true(most_calls <= 6);
    assert_true(f->heap.largest <= DD__SEGMENT_ITEMS * sizeof(struct dd__bucket));
}

/* Without memory no entry fails and nothing is lost; when memory is back, the table
 * catches up by at most two splits an entry. */
static void test_ledger_out_of_memory(void **state)
{
    struct fixture *f = fixture_of(state);
    struct dd__record *reserved[1000];
    size_t splits = 0;
    keys_make(f, 4000);
    for (size_t i = 0; i < 1000; i++) {
        reserved[i] = dd__ledger_reserve(&f->ledger);
        assert_non_null(reserved[i]);
    }
    f->heap.calls_left = 0;
    for (size_t i = 0; i < 1000; i++) {
        uint64_t hash = key_hash(f, i);
        f->entries[i] = entry_of(reserved[i]);
        f->entries[i]->key = i;
        dd__ledger_enter(&f->ledger, dd__ledger_bucket_of(&f->ledger, hash), reserved[i], hash);
    }
    assert_int_equal(f->ledger.bucket_count, 1);
    assert_holds_exactly(f, 1);
    f->heap.calls_left = SIZE_MAX;
    for (size_t i = 1000; i < f->key_count; i++) {
        size_t before = f->ledger.bucket_count;
        assert_true(enter(f, i, i));
        splits = f->ledger.bucket_count - before;
        assert_true(splits <= 2);
    }
    assert_true(f->ledger.bucket_count * 9 + 6 >= f->key_count * 2);
    assert_holds_exactly(f, 1);
}

/* Memory that fails at every other call only slows the growth down. */
static void test_ledger_failing_now_and_then(void **state)
{
    struct fixture *f = fixture_of(state);
    keys_make(f, 20000);
    for (size_t i = 0; i < f->key_count; i++) {
        f->heap.calls_left = i % 3 == 0 ? 1 : 0;
        if (!enter(f, i, i)) {
            f->heap.calls_left = 3; /* a directory, a page, a segment */
            assert_true(enter(f, i, i));
        }
        if (i % 5 == 4) {
            take_out(f, i - 2);
        }
    }
    assert_holds_exactly(f, 1);
}

/* Hashes that all fall into one bucket are a long chain, and still right. */
static void test_ledger_all_collide(void **state)
{
    struct fixture *f = fixture_of(state);
    uint64_t step = (uint64_t)1 << 40;
    f->hashes_are_keys = true;
    keys_make(f, 300);
    for (size_t i = 0; i < f->key_count; i++) {
        assert_true(enter(f, i, i * step));
    }
    assert_holds_exactly(f, step);
    for (size_t i = 0; i < f->key_count; i += 2) {
        take_out(f, i);
    }
    assert_holds_exactly(f, step);
}

/* A record that was given back, entered or not, is the next one that is lent. */
static void test_ledger_uses_records_again(void **state)
{
    struct fixture *f = fixture_of(state);
    struct dd__record *first;
    struct dd__record *second;
    size_t calls;
    keys_make(f, 13);
    for (size_t i = 0; i < 12; i++) {
        assert_true(enter(f, i, i));
    }
    first = &f->entries[3]->record;
    second = &f->entries[11]->record;
    take_out(f, 3);
    take_out(f, 11);
    calls = f->heap.calls;
    assert_ptr_equal(dd__ledger_reserve(&f->ledger), second);
    assert_ptr_equal(dd__ledger_reserve(&f->ledger), first);
    dd__ledger_discard(&f->ledger, second);
    assert_true(enter(f, 12, 12));
    assert_ptr_equal(f->entries[12], entry_of(second));
    dd__ledger_discard(&f->ledger, first);
    assert_int_equal(f->heap.calls, calls);
    assert_holds_exactly(f, 1);
}

/* A ledger holds no pointer to itself: it works on after being moved. */
static void test_ledger_may_be_moved(void **state)
{
    struct fixture *f = fixture_of(state);
    keys_make(f, 100);
    for (size_t i = 0; i < 50; i++) {
        assert_true(enter(f, i, i));
    }
    struct dd__ledger copy = f->ledger;
    memset(&f->ledger, 0xff, sizeof(f->ledger));
    f->ledger = copy;
    for (size_t i = 50; i < 100; i++) {
        assert_true(enter(f, i, i));
    }
    assert_holds_exactly(f, 1);
}

/* A released ledger is an empty one that can be used again. */
static void test_ledger_release_and_reuse(void **state)
{
    struct fixture *f = fixture_of(state);
    keys_make(f, 100);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 100; i++) {
            assert_true(enter(f, i, i));
        }
        assert_holds_exactly(f, 1);
        dd__ledger_release(&f->ledger);
        assert_int_equal(f->heap.live_blocks, 0);
        assert_null(find(f, 1));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_ledger_empty),
        TEST(test_ledger_starts_tiny),
        TEST(test_ledger_random_against_model),
        TEST(test_ledger_million),
        TEST(test_ledger_absent_compares_little),
        TEST(test_ledger_entry_work_is_bounded),
        TEST(test_ledger_out_of_memory),
        TEST(test_ledger_failing_now_and_then),
        TEST(test_ledger_all_collide),
        TEST(test_ledger_uses_records_again),
        TEST(test_ledger_may_be_moved),
        TEST(test_ledger_release_and_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
