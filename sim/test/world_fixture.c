#include "sim/test/world_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct sim_scenario *fix_scenario(const char *body)
{
    char text[8192];
    struct sim_error error;
    int length = snprintf(text, sizeof(text),
                          "{'version': 1, 'name': 'test', 'retells': 'a test',\n"
                          " 'registry': {'redis:7': {'id': 'redis-a', 'pull': ['1s', '4s']},\n"
                          "  'redis:8': {'id': 'redis-b', 'pull': '1s'}},\n%s}",
                          body);
    assert_in_range(length, 1, sizeof(text) - 1);
    for (char *at = text; *at != '\0'; at++) {
        *at = (char)(*at == '\'' ? '"' : *at);
    }
    struct sim_scenario *scenario = sim_scenario_parse("t.json", text, (size_t)length, &error);
    if (scenario == NULL) {
        fail_msg("%u:%u: %s: %s", error.line, error.column, error.path, error.message);
    }
    return scenario;
}

struct sim_run fix_run(const char *body, uint64_t seed)
{
    struct sim_scenario *scenario = fix_scenario(body);
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run run;
    sim_world_run(world, &(struct sim_world_options){ .seed = seed }, &run);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
    return run;
}

void fix_passes(const char *body)
{
    struct sim_run run = fix_run(body, 1);
    if (run.violation.invariant[0] != '\0') {
        fail_msg("%s: %s (%s)", run.violation.invariant, run.violation.message,
                 run.violation.where);
    }
}

void fix_fails(const char *body, const char *invariant, const char *part)
{
    struct sim_run run = fix_run(body, 1);
    assert_string_equal(run.violation.invariant, invariant);
    if (strstr(run.violation.message, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, run.violation.message);
    }
}
