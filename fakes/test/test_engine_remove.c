#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"

/* One row of docs/ENGINE.md: what was there, which DELETE, what came of it. */
struct row {
    const char *row;
    const char *given;
    const char *name;
    unsigned http_status;
    const char *text;
    const char *untagged;
    const char *deleted;
    const char *images; /* that are there afterwards */
};

#define IN_USE(name, container)                                                                    \
    "conflict: unable to remove repository reference \"" name                                      \
    "\" (must force) - container {" container "!} is using its referenced image {A}"
#define CANNOT "conflict: unable to delete {A} (cannot be forced) - "
#define MUST "conflict: unable to delete {A} (must be forced) - "

static const struct row rows[] = {
    { "delete-name-others-left", "pull app:1; tag app:1 mine:1", "mine:1", 200, "", "mine:1", "",
      "A" },
    { "delete-name-others-left, a container running", "pull app:1; tag app:1 mine:1; run app:1 c",
      "mine:1", 200, "", "mine:1", "", "A" },
    { "delete-name-last-in-use, running", "pull app:1; run app:1 c", "app:1", 409,
      IN_USE("app:1", "c"), "", "", "A" },
    { "delete-name-last-in-use, stopped", "pull app:1; run app:1 c; stop c", "app:1", 409,
      IN_USE("app:1", "c"), "", "", "A" },
    { "delete-name-last-in-use, created", "pull app:1; create app:1 c", "app:1", 409,
      IN_USE("app:1", "c"), "", "", "A" },
    { "delete-name-last-in-use, as it was spelled", "pull app:1; create app:1 c",
      "docker.io/library/app:1", 409, IN_USE("docker.io/library/app:1", "c"), "", "", "A" },
    { "delete-name-last", "pull app:1", "app:1", 200, "", "app:1 app@{A.digest}", "A layer layer",
      "" },
    { "delete-name-last, of two containers' images", "pull app:1; pull app:2; run app:2 c", "app:1",
      200, "", "app:1 app@{A.digest}", "A layer layer", "B" },
    { "delete-name-children", "pull app:1; child app:1 C", "app:1", 200, "", "app:1 app@{A.digest}",
      "", "A C" },
    { "delete-name-same-repository", "pull app:1; pull app:same", "app:1", 200, "", "app:1", "",
      "A" },
    { "delete-name-drops-digest", "pull app:1; pull other:1", "app:1", 200, "",
      "app:1 app@{A.digest}", "", "A" },
    { "delete-id-names, two repositories", "pull app:1; tag app:1 mine:1", "{A.id}", 409,
      MUST "image is referenced in multiple repositories", "", "", "A" },
    { "delete-id-names, two tags of one repository", "pull app:1; pull app:same", "{A.id}", 409,
      MUST "image is referenced in multiple repositories", "", "", "A" },
    { "delete-id-stopped", "pull app:1; run app:1 c; stop c", "{A.id}", 409,
      MUST "image is being used by stopped container {c!}", "", "", "A" },
    { "delete-id-stopped, only created", "pull app:1; create app:1 c", "{A.id}", 409,
      MUST "image is being used by stopped container {c!}", "", "", "A" },
    { "delete-id-running", "pull app:1; create app:1 a; run app:1 b", "{A.id}", 409,
      CANNOT "image is being used by running container {b!}", "", "", "A" },
    { "delete-id-children", "pull app:1; child app:1 C", "{A.id}", 409,
      CANNOT "image has dependent child images", "", "", "A C" },
    { "delete-check-order: children before running", "pull app:1; run app:1 c; child app:1 C",
      "{A.id}", 409, CANNOT "image has dependent child images", "", "", "A C" },
    { "delete-check-order: running before names", "pull app:1; tag app:1 mine:1; run app:1 c",
      "{A.id}", 409, CANNOT "image is being used by running container {c!}", "", "", "A" },
    { "delete-check-order: names hide a stopped container",
      "pull app:1; tag app:1 mine:1; create app:1 c", "{A.id}", 409,
      MUST "image is referenced in multiple repositories", "", "", "A" },
    { "delete-id-one-name", "load A users:own", "{A.id}", 200, "", "users:own", "A layer layer",
      "" },
    { "delete-id-one-name, with its digest", "pull app:1", "{A.id}", 200, "",
      "app:1 app@{A.digest}", "A layer layer", "" },
    { "delete-id-no-name", "load A", "{A.id}", 200, "", "", "A layer layer", "" },
    { "delete-id-no-name, in use", "load A; create {A.id} c", "{A.id}", 409,
      MUST "image is being used by stopped container {c!}", "", "", "A" },
    { "delete-missing, by ID", "", "{A.id}", 404, "No such image: {A.id}", "", "", "" },
    { "delete-missing, by name", "pull app:1", "app:2", 404, "No such image: app:2", "", "", "A" },
    { "delete-missing, no tag given", "", "app", 404, "No such image: app:latest", "", "", "" },
    { "delete-name-gone-by-hand", "pull app:1; pull other:1; rmi app:1", "app:1", 404,
      "No such image: app:1", "", "", "A" },
    { "delete-digest-last", "pull app@{A.digest}", "app@{A.digest}", 200, "", "app@{A.digest}",
      "A layer layer", "" },
    { "delete-digest-last, with a container", "pull app@{A.digest}; create {A.id} c",
      "app@{A.digest}", 409, IN_USE("app@{A.digest}", "c"), "", "", "A" },
    { "delete-digest-tag-left", "pull app:1", "app@{A.digest}", 200, "", "app@{A.digest}", "",
      "A" },
    { "delete-moved-name", "pull app:1; push app:1 B; pull app:1", "app:1", 200, "",
      "app:1 app@{B.digest}", "B layer layer", "A" },
    { "delete-prunes-parents", "load A; child {A.id} C; rmi {C.id}", "{C.id}", 404,
      "No such image: {C.id}", "", "", "" },
    { "delete-prunes-parents, not named ones", "pull app:1; child app:1 C; rmi {C.id}", "{C.id}",
      404, "No such image: {C.id}", "", "", "A" },
    { "delete-noprune", "load A; child {A.id} C", "{C.id}", 200, "", "", "C layer", "A" },
    { "delete-short-id", "pull app:1", "{A}", 200, "", "app:1 app@{A.digest}", "A layer layer",
      "" },
    { "delete-malformed", "", "App", 400,
      "invalid reference format: repository name must be lowercase", "", "", "" },
};

/* Every row about DELETE, and what it says, lists and leaves. */
static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        char text[512] = "";
        char untagged[512] = "";
        char images[64] = "";
        void *fresh = NULL;
        assert_int_equal(engine_setup(&fresh), 0);
        struct engine_fixture *f = fresh;
        engine_given(f, row->given);

        const struct engine_probe *answer = engine_remove(f, row->name);

        engine_expand(row->text, text, sizeof(text));
        engine_expand(row->untagged, untagged, sizeof(untagged));
        bool as_said = answer->transport == DD_TRANSPORT_ANSWERED &&
                       answer->http_status == row->http_status && strcmp(answer->text, text) == 0 &&
                       strcmp(answer->untagged, untagged) == 0 &&
                       strcmp(answer->deleted, row->deleted) == 0 &&
                       strcmp(engine_images(f, images, sizeof(images)), row->images) == 0;
        if (!as_said) {
            print_error("%s: %u \"%s\", untagged \"%s\", deleted \"%s\", left \"%s\"\n", row->row,
                        answer->http_status, answer->text, answer->untagged, answer->deleted,
                        images);
        }
        assert_true(as_said);
        engine_teardown(&fresh);
    }
}

/* Every row that is cited here is one of docs/ENGINE.md. */
static void test_rows_are_documented(void **state)
{
    (void)state;
    static char page[65536];
    FILE *file = fopen("docs/ENGINE.md", "r");
    assert_non_null(file);
    size_t size = fread(page, 1, sizeof(page) - 1, file);
    (void)fclose(file);
    assert_in_range(size, 1, sizeof(page) - 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char cell[80];
        (void)snprintf(cell, sizeof(cell), "| `%.*s` |", (int)strcspn(rows[i].row, ",:"),
                       rows[i].row);
        if (!strstr(page, cell)) {
            print_error("%s is not in docs/ENGINE.md\n", cell);
            fail();
        }
    }
}

/* Row "force-name-running": all names go, the image stays without one. */
static void test_force(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_image_view view;
    engine_given(f, "pull app:1; run app:1 c");

    assert_int_equal(fake_engine_rmi(f->engine, "app:1", true), 200);

    assert_true(fake_engine_image(f->engine, 0, &view));
    assert_string_equal(view.nickname, "A");
    assert_int_equal(view.tags.count + view.digests.count, 0);
    assert_int_equal(view.running_count, 1);
}

/* Row "delete-id-running": not even force removes it. */
static void test_force_by_id_running(void **state)
{
    struct engine_fixture *f = *state;
    char id[72];
    engine_given(f, "pull app:1; run app:1 c");
    fake_image_id("A", id);

    assert_int_equal(fake_engine_rmi(f->engine, id, true), 409);
    assert_true(fake_engine_has(f->engine, id));
}

/* A container made before a forced removal still uses the image that comes back. */
static void test_force_stopped_then_pull(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_image_view view;
    engine_given(f, "pull app:1; create app:1 c; force app:1");
    assert_string_equal(engine_means(f, "{A.id}"), "-");

    engine_given(f, "pull app:1");

    assert_true(fake_engine_image(f->engine, 0, &view));
    assert_int_equal(view.container_count, 1);
    assert_int_equal(engine_remove(f, "app:1")->http_status, 409);
}

/* Row "delete-during-pull": nothing protects an image between pull and create. */
static void test_delete_while_pulled_again(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe pull = { 0 };
    engine_given(f, "pull app:1");
    engine_start_pull(f, &pull, "app:1");
    engine_run_until(f, 500 * MS);

    engine_given(f, "rmi {A.id}");
    assert_string_equal(engine_means(f, "app:1"), "-");
    engine_run(f);

    assert_int_equal(pull.http_status, 200);
    assert_string_equal(engine_means(f, "app:1"), "A");
}

/* Row "delete-two-names-one-pulled-again": both answer 200 and the image stays. */
static void test_pulled_again_between_two(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1; pull other:1");

    assert_string_equal(engine_remove(f, "app:1")->deleted, "");
    engine_given(f, "pull app:1");
    assert_int_equal(engine_remove(f, "other:1")->http_status, 200);

    assert_string_equal(f->probe.deleted, "");
    assert_string_equal(engine_means(f, "app:1"), "A");
}

/* Deletions are counted by nickname, and only those that calls of ours did. */
static void test_removed_count(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1; rmi app:1; pull app:1");

    (void)engine_remove(f, "app:1");

    assert_int_equal(fake_engine_removed_count(f->engine, "A"), 1);
    assert_int_equal(fake_engine_removed_count(f->engine, "nobody"), 0);
}

/* Layers that two images share stay until the last one goes, and count once. */
static void test_shared_layers(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = {
        .reference = "derived:1", .image = "D", .base = "A", .size_bytes = 500, .layer_count = 1
    };
    fake_registry_push(f->engine, &manifest);
    engine_given(f, "pull app:1; pull derived:1");
    assert_int_equal(fake_engine_disk_bytes(f->engine), 4500);

    assert_string_equal(engine_remove(f, "app:1")->deleted, "A");
    assert_int_equal(fake_engine_disk_bytes(f->engine), 4500);
    assert_string_equal(engine_remove(f, "derived:1")->deleted, "D layer layer layer");
    assert_int_equal(fake_engine_disk_bytes(f->engine), 0);
}

/* What happened is told in order, the outcome after what was done. */
static void test_happenings(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1");
    f->log[0] = '\0';

    (void)engine_remove(f, "app:1");

    char digest_line[160] = "";
    char expected[512];
    engine_expand("unnamed #1 app@{A.digest} was A\n", digest_line, sizeof(digest_line));
    (void)snprintf(expected, sizeof(expected), "%s%s%s", "sent #1 app:1\nunnamed #1 app:1 was A\n",
                   digest_line, "deleted #1 A\nexecuted #1 app:1 200\nanswered #1 app:1 200\n");
    assert_string_equal(f->log, expected);
}

int main(void)
{
#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_rows_are_documented),
        ENGINE_TEST(test_force),
        ENGINE_TEST(test_force_by_id_running),
        ENGINE_TEST(test_force_stopped_then_pull),
        ENGINE_TEST(test_delete_while_pulled_again),
        ENGINE_TEST(test_pulled_again_between_two),
        ENGINE_TEST(test_removed_count),
        ENGINE_TEST(test_shared_layers),
        ENGINE_TEST(test_happenings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
