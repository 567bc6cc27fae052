#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/spell.h"

static const char *nearest(const char *word)
{
    static const char *const words[] = { "pull",   "release", "release_caller", "restart",
                                         "retain", "caller",  "callers",        "at" };
    struct sim_spell spell;
    sim_spell_init(&spell, word);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        sim_spell_offer(&spell, words[i]);
    }
    return spell.nearest;
}

/* A letter too many, too few, another one, or two swapped is near. */
static void test_near(void **state)
{
    (void)state;
    assert_string_equal(nearest("calller"), "caller");
    assert_string_equal(nearest("pul"), "pull");
    assert_string_equal(nearest("pukl"), "pull");
    assert_string_equal(nearest("plul"), "pull");
    assert_string_equal(nearest("relaese"), "release");
    assert_string_equal(nearest("release-caller"), "release_caller");
    assert_string_equal(nearest("ta"), "at");
    assert_string_equal(nearest("pull"), "pull");
}

/* Of equally near words it is the first. */
static void test_first_of_equals(void **state)
{
    (void)state;
    struct sim_spell spell;
    sim_spell_init(&spell, "rat");
    sim_spell_offer(&spell, "cat");
    sim_spell_offer(&spell, "hat");
    assert_string_equal(spell.nearest, "cat");
    sim_spell_offer(&spell, "rat");
    assert_string_equal(spell.nearest, "rat");
}

/* What is far away, or shares nothing, is not offered. */
static void test_far(void **state)
{
    (void)state;
    assert_null(nearest("zzz"));
    assert_null(nearest(""));
    assert_null(nearest("x"));
    assert_null(nearest("pullover"));
    assert_null(nearest("a word of more than sixty-four bytes is near to no word at all, ever"));
    struct sim_spell spell;
    sim_spell_init(&spell, "a");
    sim_spell_offer(&spell, "b");
    assert_null(spell.nearest);
    sim_spell_offer(&spell, "a word of more than sixty-four bytes is near to no word at all, ever");
    assert_null(spell.nearest);
}

/* The longest words that are compared fit. */
static void test_longest(void **state)
{
    (void)state;
    static const char a[] = "0123456789012345678901234567890123456789012345678901234567890123";
    static const char b[] = "0123456789012345678901234567890123456789012345678901234567890124";
    assert_int_equal(sizeof(a) - 1, SIM_SPELL_MAX);
    struct sim_spell spell;
    sim_spell_init(&spell, a);
    sim_spell_offer(&spell, b);
    assert_ptr_equal(spell.nearest, b);
    assert_int_equal(spell.distance, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_first_of_equals),
        cmocka_unit_test(test_far),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
