/* The conformance suite, on the fake: the real engines are make test-engine's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* The above are cmocka's. */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/conformance/conform.h"

static void hold(struct sim_conform_target *target, const char *only)
{
    char text[800];
    for (const struct sim_conform_row *row = sim_conform_rows; row->name != NULL; row++) {
        if ((only == NULL || strcmp(only, row->name) == 0) &&
            sim_conform_run(target, row, text) == SIM_CONFORM_FAILED) {
            print_error("%s: %s\n", row->name, text);
            fail();
        }
    }
    target->ops->destroy(target);
}

/* In process, the fake does as Docker's rows say. */
static void test_docker_in_process(void **state)
{
    (void)state;
    hold(sim_conform_fake(FAKE_DOCKER_20_10), NULL);
}

/* In process, the fake does as Podman's rows say. */
static void test_podman_in_process(void **state)
{
    (void)state;
    hold(sim_conform_fake(FAKE_PODMAN_4_3), NULL);
}

/* Over HTTP a target answers as in process. */
static void test_over_http(void **state)
{
    (void)state;
    hold(sim_conform_served(FAKE_DOCKER_20_10), "delete-name-last");
    hold(sim_conform_served(FAKE_PODMAN_4_3), "delete-name-last");
    hold(sim_conform_served(FAKE_DOCKER_20_10), "pull-wrong-credentials");
}

static void expect_nothing_of_the_kind(struct sim_conform *c)
{
    EXPECT(c, sim_conform_has(c, "no-such"));
    EXPECT(c, false);
}

/* A row of which something is not so fails, and says the first that is not. */
static void test_a_row_that_is_not_so(void **state)
{
    const struct sim_conform_row row = { .name = "no-such", .run = expect_nothing_of_the_kind };
    struct sim_conform_target *target = sim_conform_fake(FAKE_DOCKER_20_10);
    char text[800];
    (void)state;
    assert_int_equal(sim_conform_run(target, &row, text), SIM_CONFORM_FAILED);
    assert_non_null(strstr(text, "not so: sim_conform_has(c, \"no-such\"); the last answer: 404"));
    target->ops->destroy(target);
}

static const struct sim_conform_row *row_of(const char *name, size_t length)
{
    const struct sim_conform_row *row = sim_conform_rows;
    while (row->name != NULL &&
           (strlen(row->name) != length || strncmp(row->name, name, length) != 0)) {
        row++;
    }
    return row->name != NULL ? row : NULL;
}

/* Every row of docs/ENGINE.md is in the table, and the table has no other. */
static void test_every_row(void **state)
{
    size_t in_table = 0;
    size_t in_text = 0;
    char line[4096];
    FILE *file = fopen("docs/ENGINE.md", "r");
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "| `", 3) == 0) {
            size_t length = strcspn(line + 3, "`");
            if (row_of(line + 3, length) == NULL) {
                print_error("no test: %.*s\n", (int)length, line + 3);
                fail();
            }
            in_text++;
        }
    }
    (void)fclose(file);
    while (sim_conform_rows[in_table].name != NULL) {
        in_table++;
    }
    assert_int_equal(in_table, in_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_docker_in_process), cmocka_unit_test(test_podman_in_process),
        cmocka_unit_test(test_over_http),         cmocka_unit_test(test_a_row_that_is_not_so),
        cmocka_unit_test(test_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
