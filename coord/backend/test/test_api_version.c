/* Which version of the API is spoken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/backend/api_version.h"

/* The version that is wanted, or the nearest one that the engine speaks. */
static void test_version_is_the_nearest(void **state)
{
    static const struct {
        const char *api;
        const char *api_min;
        const char *chosen;
    } rows[] = {
        { "1.41", "1.12", "1.41" }, { "1.51", "1.24", "1.41" }, { "1.51", NULL, "1.41" },
        { "1.40", "1.12", "1.40" }, { "1.32", NULL, "1.32" },   { "1.52", "1.44", "1.44" },
        { "1.43", "1.44", "1.43" }, { "1.51", "junk", "1.41" }, { "2.0", "1.60", "1.60" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char chosen[DD__API_VERSION_MAX + 1] = "";

        assert_int_equal(dd__api_version_choose(rows[i].api, rows[i].api_min, chosen), DD_OK);
        assert_string_equal(chosen, rows[i].chosen);
    }
}

/* Too old is told from what is no version at all, and nothing is chosen. */
static void test_version_refusals(void **state)
{
    static const char *const junk[] = { "",          "1",     "1.",    ".41",   "1.41.1",
                                        "1.41a",     "v1.41", " 1.41", "-1.41", "1.99999999999999",
                                        "99999999.1" };
    char chosen[DD__API_VERSION_MAX + 1] = "as it was";

    (void)state;
    assert_int_equal(dd__api_version_choose("1.31", NULL, chosen), DD_EENGINE);
    assert_int_equal(dd__api_version_choose("0.99", NULL, chosen), DD_EENGINE);
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
        assert_int_equal(dd__api_version_choose(junk[i], NULL, chosen), DD_EINVAL);
    }
    assert_string_equal(chosen, "as it was");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_is_the_nearest),
        cmocka_unit_test(test_version_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
