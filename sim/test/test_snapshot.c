#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/explore/search.h"
#include "sim/explore/snapshot.h"
#include "sim/hash.h"

#define BLOCK_COUNT 200
#define ROUND_COUNT 20000

static int setup(void **state)
{
    struct sim_region *region = malloc(sizeof(*region));
    assert_non_null(region);
    sim_region_open(region, (size_t)1 << 20);
    *state = region;
    return 0;
}

static int teardown(void **state)
{
    sim_region_close(*state);
    free(*state);
    return 0;
}

static void *take(struct sim_region *region, size_t size)
{
    return region->source.take(region->source.ctx, size);
}

static void give(struct sim_region *region, void *block)
{
    region->source.give(region->source.ctx, block);
}

/* What is given back in any order leaves nothing in use behind it. */
static void test_snapshot_all_given_back_is_nothing_used(void **state)
{
    struct sim_region *region = *state;
    unsigned char *blocks[BLOCK_COUNT];
    size_t empty = sim_region_used(region);
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        size_t size = 1 + i * i % 3000;
        blocks[i] = take(region, size);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        give(region, blocks[i * 37 % BLOCK_COUNT]);
    }
    assert_int_equal(sim_region_used(region), empty);
}

/* Blocks keep what is in them whatever is taken, given back and grown beside them. */
static void test_snapshot_blocks_keep_what_they_hold(void **state)
{
    struct sim_region *region = *state;
    unsigned char *blocks[BLOCK_COUNT] = { NULL };
    size_t sizes[BLOCK_COUNT] = { 0 };
    for (uint64_t round = 0; round < ROUND_COUNT; round++) {
        uint64_t chance = sim_hash_finish(round + 1);
        size_t i = (size_t)(chance % BLOCK_COUNT);
        size_t size = 1 + (size_t)(chance >> 32) % (chance % 7 == 0 ? 4000 : 200);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], i);
        }
        if (blocks[i] != NULL && chance % 3 == 0) {
            give(region, blocks[i]);
            blocks[i] = NULL;
            sizes[i] = 0;
            continue;
        }
        blocks[i] = blocks[i] == NULL ? take(region, size)
                                      : region->source.grow(region->source.ctx, blocks[i], size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < sizes[i] && k < size; k++) {
            assert_int_equal(blocks[i][k], i);
        }
        memset(blocks[i], (int)i, size);
        sizes[i] = size;
    }
}

/* A region that is restored is what it was, what was free in it included. */
static void test_snapshot_restores_what_was_free(void **state)
{
    struct sim_region *region = *state;
    void *one = take(region, 100);
    void *two = take(region, 300);
    void *three = take(region, 100);
    give(region, two);
    size_t used = sim_region_used(region);
    void *saved = malloc(used);
    assert_true(one != NULL && three != NULL && saved != NULL);
    sim_region_save(region, saved);
    void *first = take(region, 280);
    (void)take(region, 5000);
    give(region, one);
    sim_region_restore(region, saved, used);
    assert_int_equal(sim_region_used(region), used);
    assert_ptr_equal(take(region, 280), first);
    free(saved);
}

/* Without room there is nothing, and what is there stays. */
static void test_snapshot_full_region_gives_nothing(void **state)
{
    struct sim_region *region = *state;
    assert_null(take(region, (size_t)1 << 20));
    unsigned char *block = take(region, (size_t)1 << 19);
    assert_non_null(block);
    assert_null(take(region, (size_t)1 << 19));
    assert_null(region->source.grow(region->source.ctx, block, (size_t)1 << 20));
    assert_non_null(take(region, 1000));
}

/* Bytes of a saved state of @path, on average over all of them. */
static uint64_t bytes_of_a_state(const char *path)
{
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0xAA };
    const struct sim_limits limits = { .byte_max = (size_t)1 << 26 };
    struct sim_error error;
    struct sim_stepper stepper;
    struct sim_searched found;
    struct sim_scenario *scenario = sim_scenario_read(path, &error);
    assert_non_null(scenario);
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_depth(&stepper, &limits, &found);
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
    assert_true(found.complete);
    uint64_t bytes = found.saved_bytes / found.saved_count;
    sim_searched_release(&found);
    return bytes;
}

/* The gate: what a world takes is copied at every transition, and must not grow by the
 * way. What has to be larger is larger here, too. */
static void test_snapshot_worlds_are_small(void **state)
{
    (void)state;
    assert_in_range(bytes_of_a_state("scenarios/explore/coord-4-2.json"), 1, 26 * 1024);
    assert_in_range(bytes_of_a_state("scenarios/explore/coord-6-2.json"), 1, 30 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshot_all_given_back_is_nothing_used, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_snapshot_blocks_keep_what_they_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshot_restores_what_was_free, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshot_full_region_gives_nothing, setup, teardown),
        cmocka_unit_test(test_snapshot_worlds_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
