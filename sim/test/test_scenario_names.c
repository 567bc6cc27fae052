/* Names in scenario files: what is none, what nothing makes known, and what comes
 * first where a text could be two things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"
#include "sim/test/bad_files.h"

static const struct bad_file bad_labels[] = {
    { STEPS("{`after`:`me done`,`as`:`me`,`disk`:`full`}"),
      "x.json:2:19: steps[0].after: expected an earlier step's label; `me` is this step's own" },
    { WITH_PULL("{`disk`:`full`,`as`:`d`},{`cancel`:`d`}"),
      "x.json:3:36: steps[2].cancel: expected the label of a pull, a retain or a restart; `d` is "
      "a `disk`" },
    { WITH_PULL("{`retain`:`redis-a`,`caller`:`a`,`as`:`r`},{`restart`:`r`}"),
      "x.json:3:55: steps[2].restart: expected the label of a pull; `r` is a `retain`" },
    { WITH_PULL("{`disk`:`full`,`as`:`d`},{`release`:`d`}"),
      "x.json:3:37: steps[2].release: expected the label of a pull, a retain or a restart; `d` is "
      "a `disk`" },
    { WITH_PULL("{`disk`:`full`,`as`:`d`},{`expect`:{`told`:{`d`:`ok`}}}"),
      "x.json:3:45: steps[2].expect.told.d: expected the label of a pull, a retain or a restart; "
      "`d` is a `disk`" },
    { WITH_PULL("{`after`:`p1 told`,`release`:`p1`,`callers`:2}"),
      "x.json:3:35: steps[1].callers: `callers` does not go with the label of a step: its lease "
      "says who" },
    { WITH_PULL("{`after`:7,`release`:`p1`}"),
      "x.json:3:10: steps[1].after: expected a label and `granted`, `failed`, `told` or `done`, "
      "such as `p1 granted`, found the number 7" },
};

/* A label is that of an earlier step, of the kind that is wanted. */
static void test_bad_labels(void **state)
{
    (void)state;
    CHECK(bad_labels);
}

static const struct bad_file bad_callers[] = {
    { WITH_PULL("{`release`:`redis:7`,`caller`:`web`,`callers`:2}"),
      "x.json:3:31: steps[1].caller: no step pulls or retains for the caller `web-1`; did you mean "
      "`web`?" },
    { STEPS("{`pull`:`redis:7`,`caller`:`a`,`callers`:2},{`release_caller`:`a`,`callers`:3}"),
      "x.json:2:72: steps[1].release_caller: no step pulls or retains for the caller `a-3`" },
    { STEPS("{`pull`:`redis:7`,`caller`:``}"),
      "x.json:2:37: steps[0].caller: expected a name, found ``" },
    { STEPS("{`pull`:`redis:7`,`caller`:`a{n}`}"),
      "x.json:2:37: steps[0].caller: {n} in a caller's name needs `callers`" },
};

/* A release is for a caller for whom some step pulls or retains. */
static void test_bad_callers(void **state)
{
    (void)state;
    CHECK(bad_callers);
}

#define MANY "`registry`:{`app-{n}:1`:{`id`:`app-{n}`,`images`:3}},"
#define MANY_WITH(steps) "{`version`:1,`name`:`n`,`retells`:`r`," MANY "\n`steps`:[" steps "]}"

static const struct bad_file bad_images[] = {
    { MANY_WITH("{`retain`:`app-{n}`,`caller`:`a`,`images`:4}"),
      "x.json:2:20: steps[0].retain: nothing in this file makes `app-4` known" },
    { MANY_WITH("{`rmi`:`app-0:1`}"),
      "x.json:2:17: steps[0].rmi: nothing in this file makes `app-0:1` known; did you mean "
      "`app-{n}`?" },
    { MANY_WITH("{`user_pull`:`app-1`}"),
      "x.json:2:23: steps[0].user_pull: expected a reference; `app-1` is the nickname of an "
      "image" },
    { MANY_WITH("{`unpush`:`app-1`}"),
      "x.json:2:20: steps[0].unpush: expected a reference; `app-1` is the nickname of an image" },
    { MANY_WITH("{`pull`:`App-{n}:1`,`caller`:`a`,`images`:3}"),
      "x.json:2:18: steps[0].pull: expected a reference, found `App-{n}:1`: repository name must "
      "be lowercase" },
    { MANY_WITH(
          "{`push`:`app@sha256:0123456789012345678901234567890123456789012345678901234567890123`"
          ",`id`:`x`}"),
      "x.json:2:18: steps[0].push: expected a reference with a tag, not a digest" },
    { MANY_WITH("{`push`:`app`,`id`:`x`,`base`:`x`}"),
      "x.json:2:40: steps[0].base: an image cannot have its own layers for a base" },
    { MANY_WITH("{`push`:`app`,`id`:`x`,`images`:2}"),
      "x.json:2:33: steps[0].images: `images` does not go with `push`" },
    { MANY_WITH("{`build`:`x`,`on`:`nothing`}"),
      "x.json:2:28: steps[0].on: nothing in this file makes `nothing` known" },
    { WITH(
          "`registry`:{`a@sha256:0123456789012345678901234567890123456789012345678901234567890123`:"
          "{`id`:`a`}}"),
      "x.json:1:51: "
      "registry[`a@sha256:0123456789012345678901234567890123456789012345678901234567890"
      "123`]: expected a reference with a tag: digests come from the image" },
    { WITH("`registry`:{`a-{n}`:{`id`:`a-{n}`,`images`:60000},`b-{n}`:{`id`:`b-{n}`,`images`:60000}"
           "}"),
      "x.json:1:89: registry[`b-{n}`]: expected at most 100000 images in the registry" },
    { WITH("`credentials`:{`t`:{`token`:`x`}},`registry`:{`a`:{`id`:`a`,`credentials`:`t`}}"),
      "x.json:1:113: registry.a.credentials: expected credentials with a user name and a password; "
      "`t` has a token" },
};

/* An image is named by what the file makes known, and as often as it does. */
static void test_bad_images(void **state)
{
    (void)state;
    CHECK(bad_images);
}

/* All steps together are carried out a million times at most. */
static void test_too_many(void **state)
{
    (void)state;
    char *text = malloc(4096);
    assert_non_null(text);
    int size = snprintf(text, 4096, "{\"version\":1,\"name\":\"n\",\"retells\":\"r\",\"steps\":[");
    for (int i = 0; i < 11; i++) {
        size +=
            snprintf(text + size, 4096 - (size_t)size,
                     "%s{\"pull\":\"a\",\"caller\":\"b\",\"callers\":100000}", i == 0 ? "" : ",");
    }
    size += snprintf(text + size, 4096 - (size_t)size, "]}");
    struct sim_error error;
    assert_null(sim_scenario_parse("x.json", text, (size_t)size, &error));
    assert_string_equal(error.path, "steps[10]");
    assert_string_equal(error.message,
                        "expected at most 1000000 times that steps are carried out, all counted");
    free(text);
}

/* Where a release's text is an earlier step's label, it is the label; a later step's
 * is none. A nickname comes before a reference. */
static void test_what_comes_first(void **state)
{
    (void)state;
    static const char text[] = "{\"version\":1,\"name\":\"n\",\"retells\":\"r\","
                               "\"registry\":{\"redis\":{\"id\":\"redis\"}},\"steps\":["
                               "{\"at\":\"9s\",\"release\":\"redis\",\"caller\":\"web\"},"
                               "{\"pull\":\"redis:latest\",\"caller\":\"web\",\"as\":\"redis\"},"
                               "{\"at\":\"9s\",\"release\":\"redis\"},"
                               "{\"rmi\":\"redis\"}]}";
    struct sim_error error;
    struct sim_scenario *scenario = sim_scenario_parse("x", text, sizeof(text) - 1, &error);
    assert_non_null(scenario);
    assert_int_equal(scenario->steps[0].kind, SIM_STEP_RELEASE);
    assert_null(scenario->steps[0].normal);
    assert_int_equal(scenario->steps[2].kind, SIM_STEP_RELEASE_LEASE);
    assert_int_equal(scenario->steps[2].target, 1);
    assert_string_equal(scenario->steps[3].name, "redis");
    assert_null(scenario->steps[3].normal);
    sim_scenario_destroy(scenario);
}

/* The number of a name's image stands where the file has {n}, whatever stands around it. */
static void test_marked_names(void **state)
{
    (void)state;
    static const char *const names[] = { "app-{n}", "d0n{n}d0n", "d0{n}d1{n}n", "d{n}d0nd1n" };
    char text[400];
    struct sim_error error;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int length = snprintf(text, sizeof(text),
                              "{\"version\":1,\"name\":\"n\",\"retells\":\"r\",\"registry\":"
                              "{\"%s:1\":{\"id\":\"a-{n}\",\"images\":3}},\"steps\":"
                              "[{\"pull\":\"%s:1\",\"caller\":\"one\",\"images\":3}]}",
                              names[i], names[i]);
        struct sim_scenario *scenario = sim_scenario_parse("x", text, (size_t)length, &error);
        assert_non_null(scenario);
        assert_memory_equal(scenario->steps[0].normal, names[i], strlen(names[i]));
        assert_string_equal(scenario->steps[0].normal + strlen(names[i]), ":1");
        sim_scenario_destroy(scenario);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_labels),       cmocka_unit_test(test_bad_callers),
        cmocka_unit_test(test_bad_images),       cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_what_comes_first), cmocka_unit_test(test_marked_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
