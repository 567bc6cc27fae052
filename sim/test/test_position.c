#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/position.h"

static struct sim_positions scan(const char *text)
{
    struct sim_positions positions;
    struct sim_error error;
    if (!sim_positions_scan(&positions, text, strlen(text), &error)) {
        fail_msg("%u:%u: %s", error.line, error.column, error.message);
    }
    return positions;
}

/* Places stand in the order of the text, and know their parents and siblings. */
static void test_places(void **state)
{
    (void)state;
    struct sim_positions positions = scan("{\"a\": [1, \"x\"],\n \"b\" : {}}");
    assert_int_equal(positions.count, 5);
    const struct sim_place *places = positions.places;
    assert_int_equal(places[0].kind, SIM_VALUE_OBJECT);
    assert_int_equal(places[0].child_count, 2);
    assert_int_equal(places[0].parent, SIM_NO_PLACE);
    assert_int_equal(places[0].next, SIM_NO_PLACE);
    assert_int_equal(places[1].kind, SIM_VALUE_ARRAY);
    assert_int_equal(places[1].key_begin, 1);
    assert_int_equal(places[1].key_end, 4);
    assert_int_equal(places[1].begin, 6);
    assert_int_equal(places[1].end, 14);
    assert_int_equal(places[1].next, 4);
    assert_int_equal(places[2].kind, SIM_VALUE_NUMBER);
    assert_int_equal(places[2].parent, 1);
    assert_int_equal(places[2].next, 3);
    assert_int_equal(places[3].kind, SIM_VALUE_STRING);
    assert_int_equal(places[3].index, 1);
    assert_int_equal(places[3].next, SIM_NO_PLACE);
    assert_int_equal(places[4].kind, SIM_VALUE_OBJECT);
    assert_int_equal(places[4].line, 2);
    assert_int_equal(places[4].child_count, 0);
    sim_positions_release(&positions);
}

/* Every kind of value, number and escape that JSON has is let through. */
static void test_good(void **state)
{
    (void)state;
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1.5e+10",
        "0.1E-2",
        "\"\"",
        "[]",
        "{}",
        " [ ] ",
        "\t{\r\n}\n",
        "[[],{},\"\"]",
        "\"\\u00e9\\ud83d\\ude00\\/\\\\\\\"\"",
        "\"\303\251\342\202\254\360\237\230\200\"",
        "[1,2,3]",
        "{\"\":1}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct sim_positions positions = scan(good[i]);
        sim_positions_release(&positions);
    }
}

/* Nesting goes as deep as it may, and no deeper. */
static void test_nesting(void **state)
{
    (void)state;
    char text[2 * SIM_NESTING_MAX + 4] = "";
    struct sim_positions positions;
    struct sim_error error;
    memset(text, '[', SIM_NESTING_MAX);
    memset(text + SIM_NESTING_MAX, ']', SIM_NESTING_MAX);
    assert_true(sim_positions_scan(&positions, text, 2 * SIM_NESTING_MAX, &error));
    char path[1024];
    sim_positions_path(&positions, SIM_NESTING_MAX - 1, path, sizeof(path));
    assert_int_equal(strlen(path), 3 * (SIM_NESTING_MAX - 1));
    sim_positions_release(&positions);
    memset(text, '[', SIM_NESTING_MAX + 1);
    memset(text + SIM_NESTING_MAX + 1, ']', SIM_NESTING_MAX + 1);
    assert_false(sim_positions_scan(&positions, text, 2 * SIM_NESTING_MAX + 2, &error));
    assert_int_equal(error.column, SIM_NESTING_MAX + 1);
}

/* A path is dotted where it can be, quoted where not, and never cut in a character. */
static void test_paths(void **state)
{
    (void)state;
    struct sim_positions positions =
        scan("{\"steps\": [{\"a b\": {\"\303\251\303\251\": 1}}], \"$x-y_1\": 2, \"\": 3}");
    static const char *const expected[] = {
        "",
        "steps",
        "steps[0]",
        "steps[0][\"a b\"]",
        "steps[0][\"a b\"][\"\303\251\303\251\"]",
        "$x-y_1",
        "[\"\"]",
    };
    char path[64];
    for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        sim_positions_path(&positions, i, path, sizeof(path));
        assert_string_equal(path, expected[i]);
    }
    sim_positions_path(&positions, 4, path, 19);
    assert_string_equal(path, "steps[0][\"a b\"][\"");
    sim_positions_path(&positions, 4, path, 20);
    assert_string_equal(path, "steps[0][\"a b\"][\"\303\251");
    sim_positions_path(&positions, 4, path, 1);
    assert_string_equal(path, "");
    sim_positions_release(&positions);
}

/* Lines end at a line feed; columns are bytes. */
static void test_locate(void **state)
{
    (void)state;
    struct sim_error error;
    sim_positions_locate("a\r\n\303\251x", 0, &error);
    assert_int_equal(error.line, 1);
    assert_int_equal(error.column, 1);
    sim_positions_locate("a\r\n\303\251x", 5, &error);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 3);
}

/* Text is shown in whole characters. */
static void test_fit(void **state)
{
    (void)state;
    assert_int_equal(sim_text_fit("abc", 3, 10), 3);
    assert_int_equal(sim_text_fit("abc", 3, 2), 2);
    assert_int_equal(sim_text_fit("a\303\251", 3, 2), 1);
    assert_int_equal(sim_text_fit("a\342\202\254", 4, 3), 1);
    assert_int_equal(sim_text_fit("a\360\237\230\200", 5, 4), 1);
    assert_int_equal(sim_text_fit("a\360\237\230\200", 5, 5), 5);
    assert_int_equal(sim_text_fit("", 0, 4), 0);
}

/* Whatever is cut off a good text, what is left is refused and nothing crashes. */
static void test_prefixes(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\": [1.5e3, \"\\u00e9\\ud83d\\ude00\", true, null], \"b\": {\"c\": \"\303\251\"}}";
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        struct sim_positions positions;
        struct sim_error error;
        assert_false(sim_positions_scan(&positions, text, size, &error));
        assert_true(error.message[0] != '\0');
        assert_true(error.line == 1 && error.column >= 1 && error.column <= size + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),   cmocka_unit_test(test_good),
        cmocka_unit_test(test_nesting),  cmocka_unit_test(test_paths),
        cmocka_unit_test(test_locate),   cmocka_unit_test(test_fit),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
