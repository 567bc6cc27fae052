#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/kept.h"

#define TEXT_COUNT 200

/* Equal texts are kept once, and stay where they are while others are added. */
static void test_kept_text_is_kept_once(void **state)
{
    const char *first[TEXT_COUNT];
    char text[32];
    (void)state;
    struct sim_kept *kept = sim_kept_create();
    for (int i = 0; i < TEXT_COUNT; i++) {
        (void)snprintf(text, sizeof(text), "text %d", i);
        first[i] = sim_kept_text(kept, text);
    }
    for (int i = 0; i < TEXT_COUNT; i++) {
        (void)snprintf(text, sizeof(text), "text %d", i);
        assert_ptr_equal(sim_kept_text(kept, text), first[i]);
        assert_string_equal(first[i], text);
    }
    sim_kept_destroy(kept);
}

/* No text is no text, which is not the empty one. */
static void test_kept_null_is_null(void **state)
{
    (void)state;
    struct sim_kept *kept = sim_kept_create();
    assert_null(sim_kept_text(kept, NULL));
    assert_string_equal(sim_kept_text(kept, ""), "");
    sim_kept_destroy(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_text_is_kept_once),
        cmocka_unit_test(test_kept_null_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
