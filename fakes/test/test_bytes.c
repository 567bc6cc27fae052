#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/bytes.h"

/* Whatever is added stands there in order, followed by a NUL that is not counted. */
static void test_bytes_add(void **state)
{
    (void)state;
    struct fake_bytes bytes;
    fake_bytes_init(&bytes);
    fake_bytes_text(&bytes, "a");
    fake_bytes_char(&bytes, 'b');
    fake_bytes_add(&bytes, "c\0d", 3);
    fake_bytes_repeat(&bytes, '=', 3);
    fake_bytes_repeat(&bytes, 'x', 0);
    assert_int_equal(bytes.size, 8);
    assert_memory_equal(bytes.at, "abc\0d===", 9);

    fake_bytes_clear(&bytes);
    assert_int_equal(bytes.size, 0);
    assert_string_equal(bytes.at, "");
    fake_bytes_release(&bytes);
}

/* Numbers are written whole at both ends of their range. */
static void test_bytes_numbers(void **state)
{
    (void)state;
    struct fake_bytes bytes;
    fake_bytes_init(&bytes);
    fake_bytes_decimal(&bytes, 0);
    fake_bytes_char(&bytes, ' ');
    fake_bytes_decimal(&bytes, UINT64_MAX);
    fake_bytes_char(&bytes, ' ');
    fake_bytes_hex(&bytes, 0xa42);
    fake_bytes_char(&bytes, ' ');
    fake_bytes_hex(&bytes, UINT64_MAX);
    fake_bytes_char(&bytes, ' ');
    fake_bytes_padded(&bytes, 7, 2);
    fake_bytes_padded(&bytes, 123, 2);
    assert_string_equal(bytes.at, "0 18446744073709551615 a42 ffffffffffffffff 07123");
    fake_bytes_release(&bytes);
}

/* A buffer grows past its first room without losing a byte. */
static void test_bytes_grow(void **state)
{
    (void)state;
    struct fake_bytes bytes;
    fake_bytes_init(&bytes);
    for (unsigned i = 0; i < 10000; i++) {
        fake_bytes_char(&bytes, (char)('a' + i % 26));
    }
    assert_int_equal(bytes.size, 10000);
    for (unsigned i = 0; i < 10000; i++) {
        assert_int_equal(bytes.at[i], 'a' + i % 26);
    }
    fake_bytes_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_add),
        cmocka_unit_test(test_bytes_numbers),
        cmocka_unit_test(test_bytes_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
