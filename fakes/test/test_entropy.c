#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/entropy.h"

/* The numbers are splitmix64's, whatever the compiler: the published ones of its seed. */
static void test_entropy_is_splitmix64(void **state)
{
    (void)state;
    struct fake_entropy fake;
    fake_entropy_init(&fake, 1234567);
    struct dd_entropy entropy = fake_entropy_interface(&fake);
    const uint64_t expected[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(entropy.ops->next(entropy.ctx) == expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_entropy_is_splitmix64) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
