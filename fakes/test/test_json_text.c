#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/json_text.h"

static void check(const char *text, enum fake_json_style style, const char *expected)
{
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_json_string(&out, text, style);
    assert_string_equal(out.at, expected);
    fake_bytes_release(&out);
}

/* Quotes, backslashes and controls are escaped as Go 1.19 does, in both styles. */
static void test_json_string_escapes(void **state)
{
    (void)state;
    const char *text = "\"a\\b\"\n\r\t\b\f\x01\x1f\x7f/'";
    const char *expected = "\"\\\"a\\\\b\\\"\\n\\r\\t\\u0008\\u000c\\u0001\\u001f\x7f/'\"";
    check(text, FAKE_JSON_PLAIN, expected);
    check(text, FAKE_JSON_HTML, expected);
    check("", FAKE_JSON_PLAIN, "\"\"");
}

/* <, > and & are escaped in a stream's lines, and left alone in answers. */
static void test_json_string_html(void **state)
{
    (void)state;
    check("<a>&", FAKE_JSON_PLAIN, "\"<a>&\"");
    check("<a>&", FAKE_JSON_HTML, "\"\\u003ca\\u003e\\u0026\"");
}

/* Line and paragraph separators are always escaped; other UTF-8 never. */
static void test_json_string_unicode(void **state)
{
    (void)state;
    check("\xe2\x80\xa8|\xe2\x80\xa9", FAKE_JSON_PLAIN, "\"\\u2028|\\u2029\"");
    check("\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xb3", FAKE_JSON_PLAIN,
          "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xb3\"");
}

/* Each byte that is not part of UTF-8 becomes \ufffd: a lone continuation, a cut
 * sequence, an overlong one, a surrogate, what is beyond Unicode. */
static void test_json_string_bad_utf8(void **state)
{
    (void)state;
    check("a\x80z", FAKE_JSON_PLAIN, "\"a\\ufffdz\"");
    check("\xe2\x82", FAKE_JSON_PLAIN, "\"\\ufffd\\ufffd\"");
    check("\xc0\xaf", FAKE_JSON_PLAIN, "\"\\ufffd\\ufffd\"");
    check("\xed\xa0\x80", FAKE_JSON_PLAIN, "\"\\ufffd\\ufffd\\ufffd\"");
    check("\xf4\x90\x80\x80", FAKE_JSON_PLAIN, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    check("\xff", FAKE_JSON_PLAIN, "\"\\ufffd\"");
}

/* An array has its strings in order; none is "[]". */
static void test_json_strings(void **state)
{
    (void)state;
    const char *const two[] = { "a:1", "b\"" };
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_json_strings(&out, (struct dd_strings){ .at = two, .count = 2 });
    fake_json_strings(&out, (struct dd_strings){ .at = NULL, .count = 0 });
    assert_string_equal(out.at, "[\"a:1\",\"b\\\"\"][]");
    fake_bytes_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_string_escapes), cmocka_unit_test(test_json_string_html),
        cmocka_unit_test(test_json_string_unicode), cmocka_unit_test(test_json_string_bad_utf8),
        cmocka_unit_test(test_json_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
