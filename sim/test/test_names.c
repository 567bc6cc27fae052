/* Strings as numbers, and maps of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/names.h"

/* Numbers go by appearance, and stay when the table grows. */
static void test_names_number_by_appearance(void **state)
{
    struct sim_names names = { .count = 0 };
    char text[16];
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "name-%u", i);
        assert_int_equal(sim_names_find(&names, text), SIM_NONE);
        assert_int_equal(sim_names_add(&names, text), i);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "name-%u", i);
        assert_int_equal(sim_names_add(&names, text), i);
        assert_string_equal(sim_names_text(&names, i), text);
    }
    assert_int_equal(sim_names_find(&names, NULL), SIM_NONE);
    sim_names_clear(&names);
    assert_int_equal(sim_names_find(&names, "name-1"), SIM_NONE);
    assert_int_equal(sim_names_add(&names, "name-1"), 0);
    sim_names_release(&names);
}

/* Few or many, texts that end alike and those that are shorter than eight bytes are told
 * apart. */
static void test_names_ends_alike(void **state)
{
    static const char *const texts[] = { "",           "a",          "ab",         "b",
                                         "a/same-end", "b/same-end", "c/same-end", "same-end",
                                         "d/same-end", "e/same-end", "xsame-end",  "ame-end" };
    const uint32_t count = sizeof(texts) / sizeof(texts[0]);
    struct sim_names names = { .count = 0 };
    (void)state;
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(sim_names_find(&names, texts[i]), SIM_NONE);
        assert_int_equal(sim_names_add(&names, texts[i]), i);
        for (uint32_t k = 0; k <= i; k++) {
            assert_int_equal(sim_names_find(&names, texts[k]), k);
        }
    }
    sim_names_release(&names);
}

/* A map remembers the last value of each key, the key 0 too. */
static void test_map(void **state)
{
    struct sim_map map = { .count = 0 };
    (void)state;
    assert_int_equal(sim_map_find(&map, 0), SIM_NONE);
    for (uint64_t key = 0; key < 1000; key++) {
        sim_map_put(&map, key << 40, (uint32_t)key);
    }
    sim_map_put(&map, 0, 5);
    assert_int_equal(map.count, 1000);
    assert_int_equal(sim_map_find(&map, 0), 5);
    assert_int_equal(sim_map_find(&map, UINT64_C(999) << 40), 999);
    assert_int_equal(sim_map_find(&map, 1), SIM_NONE);
    sim_map_clear(&map);
    assert_int_equal(sim_map_find(&map, 0), SIM_NONE);
    sim_map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_number_by_appearance),
        cmocka_unit_test(test_names_ends_alike),
        cmocka_unit_test(test_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
