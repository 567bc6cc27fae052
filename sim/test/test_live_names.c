/* What things are called in a scenario and on a real engine (sim/live/names.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/live/names.h"

#define TOLD "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REAL "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int names_setup(void **state)
{
    static struct sim_live_names names;
    sim_live_names_init(&names, "127.0.0.1:5000", "live-1");
    sim_live_names_pair(&names, TOLD, REAL);
    *state = &names;
    return 0;
}

static int names_teardown(void **state)
{
    sim_live_names_release(*state);
    return 0;
}

static void assert_real(struct sim_live_names *names, const char *name, const char *expected)
{
    char real[SIM_LIVE_NAME_SIZE];
    sim_live_names_real(names, name, real);
    assert_string_equal(real, expected);
}

static void assert_told(struct sim_live_names *names, const char *text, const char *expected)
{
    struct fake_bytes told;
    fake_bytes_init(&told);
    sim_live_names_told(names, text, &told);
    assert_string_equal(told.at != NULL ? told.at : "", expected);
    fake_bytes_release(&told);
}

/* A repository has one path in the corner, whatever tag or digest comes behind it. */
static void test_names_real(void **state)
{
    struct sim_live_names *names = *state;
    assert_real(names, "redis:7", "127.0.0.1:5000/live-1/r0:7");
    assert_real(names, "host:5000/team/app:1", "127.0.0.1:5000/live-1/r1:1");
    assert_real(names, "redis@" TOLD, "127.0.0.1:5000/live-1/r0@" REAL);
    assert_real(names, TOLD, REAL);
}

/* A digest that nothing has is itself: the engine is to say that it is not there. */
static void test_names_unknown_digest(void **state)
{
    assert_real(*state, REAL, REAL);
}

/* A repository that was placed lies in the other registry, under the same corner. */
static void test_names_placed(void **state)
{
    struct sim_live_names *names = *state;
    sim_live_names_place(names, "private.example/app", "127.0.0.1:5001");
    assert_real(names, "private.example/app:1", "127.0.0.1:5001/live-1/r0:1");
    assert_told(names, "127.0.0.1:5001/live-1/r0:1", "private.example/app:1");
}

/* Wherever an engine's text has a name of the corner, with its registry or without, it is
 * told as the scenario's. */
static void test_names_told(void **state)
{
    struct sim_live_names *names = *state;
    assert_real(names, "redis:7", "127.0.0.1:5000/live-1/r0:7");
    assert_told(names, "manifest for 127.0.0.1:5000/live-1/r0:7 not found",
                "manifest for redis:7 not found");
    assert_told(names, "Pulling from live-1/r0", "Pulling from redis");
    assert_told(names, "Digest: " REAL, "Digest: " TOLD);
}

/* What is not of this corner stays as it is: another run's number, an unknown digest. */
static void test_names_of_others(void **state)
{
    struct sim_live_names *names = *state;
    assert_real(names, "redis:7", "127.0.0.1:5000/live-1/r0:7");
    assert_told(names, "127.0.0.1:5000/live-12/r0:7", "127.0.0.1:5000/live-12/r0:7");
    assert_told(names, "127.0.0.1:5000/live-1/r7:7", "127.0.0.1:5000/live-1/r7:7");
    assert_false(sim_live_names_has(names, "127.0.0.1:5000/live-12/r0:7"));
    assert_true(sim_live_names_has(names, "127.0.0.1:5000/live-1/r0:7"));
}

/* Podman leaves out the algorithm of an ID, and so does what is told. */
static void test_names_bare_digits(void **state)
{
    assert_told(*state, &REAL[strlen("sha256:")], &TOLD[strlen("sha256:")]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_real, names_setup, names_teardown),
        cmocka_unit_test_setup_teardown(test_names_unknown_digest, names_setup, names_teardown),
        cmocka_unit_test_setup_teardown(test_names_placed, names_setup, names_teardown),
        cmocka_unit_test_setup_teardown(test_names_told, names_setup, names_teardown),
        cmocka_unit_test_setup_teardown(test_names_of_others, names_setup, names_teardown),
        cmocka_unit_test_setup_teardown(test_names_bare_digits, names_setup, names_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
