/* Image IDs and digests in binary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/id.h"

#define DIGITS "0123456789abcdef00ff10eeffffffffffffffff0000000000000000fedcba98"

/* What is read is written again, letter for letter. */
static void test_id_round_trip(void **state)
{
    static const char *const texts[] = {
        DIGITS,         ("sha256:" DIGITS), "A", "sha256:abc", "0123456789abcdef0123456789abcdef",
        "abcdefABCDEF",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char written[DD_IMAGE_ID_MAX + 1];
        struct dd__id id;

        assert_true(dd__id_read(&id, texts[i]));
        dd__id_write(&id, written);
        assert_string_equal(written, texts[i]);
    }
}

/* Each digit counts, wherever it is; what is no lower-case digit is refused. */
static void test_id_every_digit_counts(void **state)
{
    struct dd__id zeros;
    char text[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    (void)state;
    assert_true(dd__id_read(&zeros, text));
    for (size_t at = 7; at < sizeof(text) - 1; at++) {
        for (int c = 1; c <= UINT8_MAX; c++) {
            char written[DD_IMAGE_ID_MAX + 1];
            bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            struct dd__id id;

            text[at] = (char)c;
            assert_int_equal(dd__id_read(&id, text), is_digit);
            if (is_digit) {
                dd__id_write(&id, written);
                assert_string_equal(written, text);
                assert_int_equal(dd__id_equal(&id, &zeros), c == '0');
            }
        }
        text[at] = '0';
    }
}

/* The same digits with and without their algorithm are two IDs; so is a shorter text. */
static void test_id_forms_are_different(void **state)
{
    struct dd__id with;
    struct dd__id without;
    struct dd__id text;
    struct dd__id longer;

    (void)state;
    assert_true(dd__id_read(&with, "sha256:" DIGITS));
    assert_true(dd__id_read(&without, DIGITS));
    assert_false(dd__id_equal(&with, &without));
    assert_true(dd__id_read(&text, "a"));
    assert_true(dd__id_read(&longer, "ab"));
    assert_false(dd__id_equal(&text, &longer));
    assert_true(dd__id_read(&longer, "a"));
    assert_true(dd__id_equal(&text, &longer));
}

/* What cannot be kept is refused: nothing, and long texts of other forms. */
static void test_id_refuses(void **state)
{
    static const char *const texts[] = {
        "",
        "0123456789abcdef0123456789abcdef0",
        "sha512:" DIGITS,
        "sha256-" DIGITS,
        "sha256:" DIGITS "0",
        "sha256:" DIGITS DIGITS,
        "with a space",
        "ubuntu:latest",
        "beef:dead",
        "a\r\nb: c",
        "sha256:",
        "Z123456789abcdef00ff10eeffffffffffffffff0000000000000000fedcba98",
    };
    struct dd__id id;

    (void)state;
    assert_false(dd__id_read(&id, NULL));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(dd__id_read(&id, texts[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_round_trip),
        cmocka_unit_test(test_id_every_digit_counts),
        cmocka_unit_test(test_id_forms_are_different),
        cmocka_unit_test(test_id_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
