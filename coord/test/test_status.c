/* Statuses, conflicts and image states in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drydock/drydock.h"

/* Every status has a name, a text, and only recoverable ones a time to wait. */
static void test_status_rows_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < DD_STATUS_COUNT; i++) {
        enum dd_status status = (enum dd_status)i;
        assert_int_equal(strncmp(dd_status_name(status), "DD_", 3), 0);
        assert_true(strlen(dd_status_text(status)) > 0);
        if (!dd_status_recoverable(status)) {
            assert_true(dd_status_retry_after_ns(status) == 0);
        }
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(dd_status_text(status), dd_status_text((enum dd_status)other));
        }
    }
}

/* H14: a typing error is final, an outage is not. */
static void test_status_recoverable(void **state)
{
    (void)state;
    static const enum dd_status final[] = { DD_OK,      DD_ENOTFOUND,
                                            DD_EDENIED, DD_EUNAUTHENTICATED,
                                            DD_EINVAL,  DD_ECLOSED };
    static const enum dd_status hopeful[] = { DD_ERATELIMITED, DD_EDISKFULL, DD_ENETWORK,
                                              DD_ESTALLED,     DD_ETIMEDOUT, DD_ECONFLICT,
                                              DD_EGONE,        DD_EENGINE,   DD_EBUSY };
    for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
        assert_false(dd_status_recoverable(final[i]));
    }
    for (size_t i = 0; i < sizeof(hopeful) / sizeof(hopeful[0]); i++) {
        assert_true(dd_status_recoverable(hopeful[i]));
    }
    assert_true(dd_status_retry_after_ns(DD_ERATELIMITED) == 60 * DD_SECOND_NS);
    assert_true(dd_status_retry_after_ns(DD_EGONE) == 0);
}

/* The words are the maps' own. */
static void test_status_words(void **state)
{
    (void)state;
    assert_string_equal(dd_status_name(DD_ENOTFOUND), "DD_ENOTFOUND");
    assert_string_equal(dd_status_text(DD_ENOTFOUND), "no such image");
    assert_string_equal(dd_conflict_text(DD_CONFLICT_CONTAINER), "in use by a container");
    assert_string_equal(dd_conflict_text(DD_CONFLICT_NONE), "none");
    assert_string_equal(dd_image_state_word(DD_IMAGE_ABSENT), "absent");
    assert_string_equal(dd_image_state_word(DD_IMAGE_BLOCKED), "blocked");
}

/* A number that is none of them still has words, and no hope. */
static void test_status_out_of_range(void **state)
{
    (void)state;
    static const int strange[] = { -1, DD_STATUS_COUNT, 1 << 20 };
    assert_string_equal(dd_conflict_text(DD_CONFLICT_COUNT), "unknown conflict");
    assert_string_equal(dd_image_state_word(DD_IMAGE_STATE_COUNT), "unknown");
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        assert_string_equal(dd_status_name((enum dd_status)strange[i]), "DD_EUNKNOWN");
        assert_string_equal(dd_status_text((enum dd_status)strange[i]), "unknown status");
        assert_false(dd_status_recoverable((enum dd_status)strange[i]));
        assert_true(dd_status_retry_after_ns((enum dd_status)strange[i]) == 0);
        assert_string_equal(dd_conflict_text((enum dd_conflict)strange[i]), "unknown conflict");
        assert_string_equal(dd_image_state_word((enum dd_image_state)strange[i]), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_rows_are_whole),
        cmocka_unit_test(test_status_recoverable),
        cmocka_unit_test(test_status_words),
        cmocka_unit_test(test_status_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
