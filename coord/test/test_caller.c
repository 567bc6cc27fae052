/* Callers' names, in 16 bytes where that is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/caller.h"
#include "coord/test/heap.h"

static const struct dd__sipkey key = { 1, 2 };

static struct dd__caller read_caller(const char *text)
{
    struct dd__caller caller;
    assert_true(dd__caller_read(&caller, text, &key));
    return caller;
}

/* Keep @text's name and write it again; its form. */
static enum dd__caller_form assert_comes_back(const char *text)
{
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    struct dd__caller caller = read_caller(text);
    union dd__caller_name name;
    char written[DD_CALLER_MAX + 1];

    assert_true(dd__caller_keep(&name, &caller, &allocator));
    assert_true(dd__caller_is(&name, &caller));
    assert_int_equal(dd__caller_hash(&name, caller.kind, &key), caller.hash);
    dd__caller_write(&name, caller.kind, written);
    assert_string_equal(written, text);
    assert_int_equal(heap.live_blocks, dd__caller_form(caller.kind) == DD__CALLER_LONG ? 1 : 0);
    dd__caller_drop(&name, caller.kind, &allocator);
    assert_int_equal(heap.live_blocks, 0);
    assert_int_equal(heap.wrong_sizes, 0);
    return dd__caller_form(caller.kind);
}

/* Every name comes back letter for letter, whatever its form. */
static void test_caller_comes_back(void **state)
{
    static const struct {
        const char *text;
        enum dd__caller_form form;
    } rows[] = {
        { "a", DD__CALLER_SHORT },
        { "web-1", DD__CALLER_SHORT },
        { "sixteen-bytes-ab", DD__CALLER_SHORT },
        { "seventeen-bytes-a", DD__CALLER_LONG },
        { "01234567-89ab-cdef-fedc-ba9876543210", DD__CALLER_LOWER },
        { "01234567-89AB-CDEF-FEDC-BA9876543210", DD__CALLER_UPPER },
        { "01234567-8901-2345-6789-012345678901", DD__CALLER_LOWER },
        { "01234567-89Ab-cdef-fedc-ba9876543210", DD__CALLER_LONG },
        { "01234567-89ab-cdef-fedc-ba987654321", DD__CALLER_LONG },
        { "01234567-89ab-cdef-fedc-ba98765432100", DD__CALLER_LONG },
        { "0123456789abcdefedcba9876543210-----", DD__CALLER_LONG },
        { "the task that nobody named, so far: \xc3\xa4", DD__CALLER_LONG },
    };
    char longest[DD_CALLER_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(assert_comes_back(rows[i].text), rows[i].form);
    }
    memset(longest, 'x', DD_CALLER_MAX);
    longest[DD_CALLER_MAX] = '\0';
    assert_int_equal(assert_comes_back(longest), DD__CALLER_LONG);
}

/* Whatever byte stands wherever in a UUID, the name comes back, and is another one. */
static void test_caller_every_character_counts(void **state)
{
    static const char *const uuids[] = { "01234567-89ab-cdef-fedc-ba9876543210",
                                         "01234567-89AB-CDEF-FEDC-BA9876543210" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dd__caller whole = read_caller(uuids[i]);
        for (size_t at = 0; at < 36; at++) {
            for (int c = 1; c <= UINT8_MAX; c++) {
                char text[37];
                struct dd__caller other;

                memcpy(text, uuids[i], sizeof(text));
                text[at] = (char)c;
                (void)assert_comes_back(text);
                other = read_caller(text);
                if (c != (unsigned char)uuids[i][at]) {
                    assert_true(other.kind != whole.kind ||
                                memcmp(other.packed, whole.packed, sizeof(whole.packed)) != 0);
                    assert_true(other.hash != whole.hash);
                }
            }
        }
    }
}

/* Long names are compared as texts. */
static void test_caller_long_names_differ(void **state)
{
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    struct dd__caller one = read_caller("a rather long name, number 1");
    struct dd__caller two = read_caller("a rather long name, number 2");
    union dd__caller_name name;

    (void)state;
    assert_true(dd__caller_keep(&name, &one, &allocator));
    assert_true(dd__caller_is(&name, &one));
    assert_false(dd__caller_is(&name, &two));
    dd__caller_drop(&name, one.kind, &allocator);
}

/* A long name needs memory, and says so; no other does. */
static void test_caller_without_memory(void **state)
{
    struct test_heap heap;
    struct dd_allocator allocator = test_heap_init(&heap);
    struct dd__caller caller = read_caller("a rather long name, number 1");
    union dd__caller_name name;

    (void)state;
    heap.calls_left = 0;
    assert_false(dd__caller_keep(&name, &caller, &allocator));
    caller = read_caller("web-1");
    assert_true(dd__caller_keep(&name, &caller, &allocator));
}

/* No name, an empty one and one that is too long are none. */
static void test_caller_refuses(void **state)
{
    struct dd__caller caller;
    char text[DD_CALLER_MAX + 2];

    (void)state;
    assert_false(dd__caller_read(&caller, NULL, &key));
    assert_false(dd__caller_read(&caller, "", &key));
    memset(text, 'x', DD_CALLER_MAX + 1);
    text[DD_CALLER_MAX + 1] = '\0';
    assert_false(dd__caller_read(&caller, text, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caller_comes_back),
        cmocka_unit_test(test_caller_every_character_counts),
        cmocka_unit_test(test_caller_long_names_differ),
        cmocka_unit_test(test_caller_without_memory),
        cmocka_unit_test(test_caller_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
