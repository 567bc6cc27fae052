/* What of scenarios cannot be played on a real engine (sim/live/live.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/live/live.h"

static const struct sim_live_site bare = { .docker = "unix:///d", .registry = "127.0.0.1:1" };

/* A scenario with these keys before its step; fails where it cannot be read. */
static const char *obstacle(const char *keys, const char *step, const struct sim_live_site *site)
{
    char text[2048];
    struct sim_error error;
    int length = snprintf(text, sizeof(text),
                          "{\"version\":1,\"name\":\"n\",\"retells\":\"r\",%s\"steps\":[{\"pull\":"
                          "\"redis:7\",\"caller\":\"a\",\"as\":\"p\"}%s]}",
                          keys, step);
    struct sim_scenario *scenario = sim_scenario_parse("x.json", text, (size_t)length, &error);
    if (scenario == NULL) {
        fail_msg("%s: %s", error.path, error.message);
    }
    const char *found = sim_live_obstacle(scenario, site);
    sim_scenario_destroy(scenario);
    return found;
}

#define REGISTRY "\"registry\":{\"redis:7\":{\"id\":\"a\"}},"

/* What agents and users do, and how long it takes, can be played. */
static void test_plain_is_played(void **state)
{
    (void)state;
    assert_null(
        obstacle(REGISTRY, ",{\"at\":\"1m\",\"release\":\"p\"},{\"rmi\":\"redis:7\"}", &bare));
}

/* Faults of the wire are the player's to make, what an engine says is not. */
static void test_faults(void **state)
{
    (void)state;
    assert_null(obstacle(REGISTRY "\"faults\":[{\"on\":\"remove\",\"lose\":true}],", "", &bare));
    assert_null(obstacle(REGISTRY "\"faults\":[{\"on\":\"inspect\",\"hang\":true}],", "", &bare));
    assert_non_null(obstacle(
        REGISTRY "\"faults\":[{\"on\":\"remove\",\"status\":500,\"reason\":\"server error\"}],", "",
        &bare));
    assert_non_null(
        obstacle(REGISTRY "\"faults\":[{\"on\":\"pull\",\"truncate\":true}],", "", &bare));
}

/* What is about one engine's ways is for that engine; a way is for none. */
static void test_one_engines_ways(void **state)
{
    static const struct sim_live_site podman = { .docker = "unix:///d",
                                                 .registry = "127.0.0.1:1",
                                                 .personality = FAKE_PODMAN_4_3 };
    (void)state;
    assert_null(obstacle(REGISTRY "\"engine\":{\"personality\":\"podman-4.3\"},", "", &podman));
    assert_non_null(obstacle(REGISTRY "\"engine\":{\"personality\":\"podman-4.3\"},", "", &bare));
    assert_non_null(
        obstacle(REGISTRY "\"engine\":{\"personality\":\"docker-20.10\"},", "", &podman));
    assert_non_null(obstacle(REGISTRY "\"way\":[],", "", &bare));
}

/* A step that stops the engine needs a command that does. */
static void test_stopping(void **state)
{
    (void)state;
    static const char stops[] = ",{\"stop\":\"engine\"},{\"at\":\"1s\",\"start\":\"engine\"}";
    struct sim_live_site site = bare;
    assert_non_null(obstacle(REGISTRY, stops, &site));
    site.stop = "true";
    site.start = "true";
    assert_null(obstacle(REGISTRY, stops, &site));
}

/* Credentials need a registry that demands a login, which is one alone. */
static void test_credentials(void **state)
{
    (void)state;
    static const char one[] = "\"credentials\":{\"x\":{\"username\":\"x\",\"password\":\"1\"},"
                              "\"y\":{\"username\":\"y\",\"password\":\"2\"}},\"registry\":{"
                              "\"redis:7\":{\"id\":\"a\",\"credentials\":\"x\"}},";
    static const char two[] = "\"credentials\":{\"x\":{\"username\":\"x\",\"password\":\"1\"},"
                              "\"y\":{\"username\":\"y\",\"password\":\"2\"}},\"registry\":{"
                              "\"redis:7\":{\"id\":\"a\",\"credentials\":\"x\"},"
                              "\"app:1\":{\"id\":\"b\",\"credentials\":\"y\"}},";
    struct sim_live_site site = bare;
    assert_non_null(obstacle(one, "", &site));
    site.registry_auth = "127.0.0.1:2";
    assert_null(obstacle(one, "", &site));
    assert_non_null(obstacle(two, "", &site));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_is_played), cmocka_unit_test(test_one_engines_ways),
        cmocka_unit_test(test_faults),          cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
