/* The bounded text builder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/text.h"

#define SECOND_NS UINT64_C(1000000000)

struct buffer {
    char at[64];
    struct dd__text text;
};

static struct dd__text *begin(struct buffer *buffer, size_t size)
{
    memset(buffer->at, '#', sizeof(buffer->at));
    dd__text_init(&buffer->text, buffer->at, size);
    return &buffer->text;
}

/* A fresh text is empty, and appending nothing leaves it so. */
static void test_text_empty(void **state)
{
    (void)state;
    struct buffer b;
    dd__text_string(begin(&b, 10), NULL);
    dd__text_string(&b.text, "");
    dd__text_printable(&b.text, NULL);
    dd__text_bytes(&b.text, "abc", 0);
    assert_string_equal(b.at, "");
    assert_int_equal(b.text.length, 0);
    assert_false(b.text.is_cut);
}

/* Pieces stand one behind the other; a text that just fits is not cut. */
static void test_text_appends(void **state)
{
    (void)state;
    struct buffer b;
    dd__text_string(begin(&b, 9), "abc");
    dd__text_bytes(&b.text, "defg", 2);
    dd__text_u64(&b.text, 123);
    assert_string_equal(b.at, "abcde123");
    assert_int_equal(b.text.length, 8);
    assert_false(b.text.is_cut);
}

/* What does not fit is cut, and nothing is added behind a cut. */
static void test_text_cut(void **state)
{
    (void)state;
    struct buffer b;
    dd__text_string(begin(&b, 6), "abcdefgh");
    assert_true(b.text.is_cut);
    assert_string_equal(b.at, "abcde");
    assert_int_equal(b.at[6], '#');
    dd__text_string(begin(&b, 6), "ab");
    dd__text_string(&b.text, "\xc3\xa4\xe2\x82\xac");
    dd__text_string(&b.text, "x");
    assert_string_equal(b.at, "ab\xc3\xa4");
}

/* Buffers of no byte and of one byte are never overrun. */
static void test_text_no_room(void **state)
{
    (void)state;
    struct buffer b;
    dd__text_string(begin(&b, 0), "abc");
    assert_int_equal(b.at[0], '#');
    assert_true(b.text.is_cut);
    dd__text_init(&b.text, NULL, 0);
    dd__text_u64(&b.text, 1);
    dd__text_string(begin(&b, 1), "abc");
    assert_string_equal(b.at, "");
    assert_int_equal(b.at[1], '#');
}

/* A cut never leaves part of a character, at whatever size, and wherever the
 * pieces end that brought it. */
static void test_text_cut_between_characters(void **state)
{
    (void)state;
    const char *s = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3z"; /* a, 2, 3, 4 bytes, z */
    static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };
    for (size_t room = 0; room < sizeof(whole) / sizeof(whole[0]); room++) {
        struct buffer b;
        dd__text_string(begin(&b, room + 1), s);
        assert_int_equal(b.text.length, whole[room]);
        assert_memory_equal(b.at, s, whole[room]);
        assert_int_equal(b.at[whole[room]], '\0');
        begin(&b, room + 1);
        for (const char *at = s; *at != '\0'; at++) {
            dd__text_bytes(&b.text, at, 1);
        }
        assert_int_equal(b.text.length, whole[room]);
    }
}

/* Numbers are decimal, up to the largest. */
static void test_text_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = { { 0, "0" }, { 9, "9" }, { 10, "10" }, { UINT64_MAX, "18446744073709551615" } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer b;
        dd__text_u64(begin(&b, sizeof(b.at)), rows[i].number);
        assert_string_equal(b.at, rows[i].text);
    }
}

/* Durations are exact and as short as can be. */
static void test_text_durations(void **state)
{
    (void)state;
    static const struct {
        uint64_t duration_ns;
        const char *text;
    } rows[] = {
        { 0, "0s" },
        { 1, "1ns" },
        { 999, "999ns" },
        { 1000, "1us" },
        { 1500, "1.5us" },
        { 250000, "250us" },
        { 20000000, "20ms" },
        { 1001000, "1.001ms" },
        { 999999999, "999.999999ms" },
        { SECOND_NS, "1s" },
        { SECOND_NS * 3 / 2, "1.5s" },
        { SECOND_NS + 1, "1.000000001s" },
        { 59 * SECOND_NS, "59s" },
        { 60 * SECOND_NS, "1m0s" },
        { 180 * SECOND_NS, "3m0s" },
        { 200 * SECOND_NS + 50000000, "3m20.05s" },
        { 3600 * SECOND_NS, "1h0m0s" },
        { 3661 * SECOND_NS, "1h1m1s" },
        { 7200 * SECOND_NS + SECOND_NS / 4, "2h0m0.25s" },
        { UINT64_MAX, "5124095h34m33.709551615s" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer b;
        dd__text_duration(begin(&b, sizeof(b.at)), rows[i].duration_ns);
        assert_string_equal(b.at, rows[i].text);
    }
}

/* Control characters, of both sets, and what is not UTF-8 become '?'. */
static void test_text_printable(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        { "plain", "plain" },
        { "a\nb\tc\x1b[31m\x7f", "a?b?c?[31m?" },
        { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb3" },
        { "\xc2\x9b"
          "31m",
          "?31m" },                     /* CSI in one character */
        { "\xc2\xa0", "\xc2\xa0" },     /* the first that is none */
        { "\x80\xff", "??" },           /* never begin anything */
        { "\xc0\xaf", "??" },           /* '/', overlong */
        { "\xe0\x80\xaf", "???" },      /* likewise */
        { "\xf0\x80\x80\xaf", "????" }, /* likewise */
        { "\xed\xa0\x80", "???" },      /* half a surrogate pair */
        { "\xf4\x90\x80\x80", "????" }, /* beyond Unicode */
        { "\xc3", "?" },                /* ends too early */
        { "\xe2\x82", "??" },           /* likewise */
        { "\xe2\x82x", "??x" },         /* likewise */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer b;
        dd__text_printable(begin(&b, sizeof(b.at)), rows[i].in);
        assert_string_equal(b.at, rows[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_empty),
        cmocka_unit_test(test_text_appends),
        cmocka_unit_test(test_text_cut),
        cmocka_unit_test(test_text_no_room),
        cmocka_unit_test(test_text_cut_between_characters),
        cmocka_unit_test(test_text_numbers),
        cmocka_unit_test(test_text_durations),
        cmocka_unit_test(test_text_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
