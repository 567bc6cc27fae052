#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/known.h"

static int setup(void **state)
{
    struct sim_arena *arena = malloc(sizeof(*arena));
    if (arena == NULL) {
        return -1;
    }
    sim_arena_init(arena);
    *state = arena;
    return 0;
}

static int teardown(void **state)
{
    sim_arena_release(*state);
    free(*state);
    return 0;
}

/* What was added is found, and nothing else, however much there is. */
static void test_add_and_find(void **state)
{
    struct sim_known known;
    sim_known_init(&known, *state);
    for (unsigned i = 0; i < 1000; i++) {
        (void)sim_known_add(&known, sim_arena_format(*state, "name %u", i), 0, i);
    }
    assert_int_equal(known.count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        const struct sim_known_name *name =
            sim_known_find(&known, sim_arena_format(*state, "name %u", i));
        assert_non_null(name);
        assert_int_equal(name->index, i);
    }
    assert_null(sim_known_find(&known, "name 1000"));
    assert_null(sim_known_find(&known, ""));
}

/* A name that is added again keeps what it names, and its larger count. */
static void test_add_again(void **state)
{
    struct sim_known known;
    sim_known_init(&known, *state);
    struct sim_known_name *first = sim_known_add(&known, "web-{n}", 3, 7);
    assert_ptr_equal(sim_known_add(&known, "web-{n}", 5, 8), first);
    assert_ptr_equal(sim_known_add(&known, "web-{n}", 4, 9), first);
    assert_int_equal(first->count, 5);
    assert_int_equal(first->index, 7);
    assert_int_equal(known.count, 1);
}

/* {n} stands for the numbers from 1 to the count, written as numbers are. */
static void test_marks(void **state)
{
    struct sim_known known;
    sim_known_init(&known, *state);
    (void)sim_known_add(&known, "a2-{n}b", 12, 0);
    assert_non_null(sim_known_find(&known, "a2-1b"));
    assert_non_null(sim_known_find(&known, "a2-12b"));
    assert_non_null(sim_known_find(&known, "a2-{n}b"));
    assert_null(sim_known_find(&known, "a2-13b"));
    assert_null(sim_known_find(&known, "a2-0b"));
    assert_null(sim_known_find(&known, "a2-01b"));
    assert_null(sim_known_find(&known, "a2-b"));
    assert_null(sim_known_find(&known, "a3-1b"));
    assert_null(sim_known_find(&known, "a2-10000000000000000000001b"));
    assert_null(sim_known_get(&known, "a2-1b"));
}

/* Every {n} is filled, and one that is filled in is left alone. */
static void test_fill(void **state)
{
    assert_true(sim_mark_in("x{n}"));
    assert_false(sim_mark_in("x{m}"));
    assert_string_equal(sim_mark_number(*state, "{n}a{n}", 12), "12a12");
    assert_string_equal(sim_mark_number(*state, "plain", 12), "plain");
    assert_string_equal(sim_mark_fill(*state, "{n}{n}", "{n}"), "{n}{n}");
}

/* The nearest of all names is offered. */
static void test_spell(void **state)
{
    struct sim_known known;
    struct sim_spell spell;
    sim_known_init(&known, *state);
    (void)sim_known_add(&known, "redis-a", 0, 0);
    (void)sim_known_add(&known, "debian", 0, 0);
    sim_spell_init(&spell, "dbeian");
    sim_known_spell(&known, &spell);
    assert_string_equal(spell.nearest, "debian");
}

/* What an arena gives is zero, aligned, and stays where it is. */
static void test_arena(void **state)
{
    unsigned char *last = NULL;
    for (size_t size = 1; size < 200000; size = size * 3 / 2 + 1) {
        unsigned char *bytes = sim_arena_alloc(*state, size, 1);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(bytes[i], 0);
        }
        memset(bytes, 0xaa, size);
        assert_true(last == NULL || *last == 0xaa);
        last = bytes;
    }
    assert_non_null(sim_arena_alloc(*state, 0, 8));
    assert_string_equal(sim_arena_bytes(*state, "abc", 2), "ab");
    assert_string_equal(sim_arena_bytes(*state, NULL, 0), "");
    assert_string_equal(sim_arena_format(*state, "%d-%s", 7, "x"), "7-x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add_and_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_add_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spell, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arena, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
