#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/test/engine_fixture.h"

static const char *last_line(const struct engine_probe *probe)
{
    assert_int_not_equal(probe->line_count, 0);
    return probe->lines[probe->line_count - 1];
}

static size_t line_starting(const struct engine_probe *probe, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < probe->line_count; i++) {
        count += strncmp(probe->lines[i], text, strlen(text)) == 0 ? 1 : 0;
    }
    return count;
}

static void assert_expands(const char *actual, const char *expected)
{
    char text[512] = "";
    engine_expand(expected, text, sizeof(text));
    assert_string_equal(actual, text);
}

static void pull_own(struct engine_fixture *f, struct engine_probe *probe,
                     const struct dd_credentials *credentials, const char *platform)
{
    struct dd_pull_spec spec = {
        .repository = "app", .tag = "own", .platform = platform, .credentials = credentials
    };
    engine_start_inspect(f, probe, "app:1");
    engine_run(f);
    probe->done_count = 0;
    probe->text[0] = '\0';
    assert_int_equal(f->docker.ops->pull(f->docker.ctx, &probe->call, &spec), DD_OK);
    engine_run(f);
    assert_int_equal(probe->done_count, 1);
}

/* Row "pull-stream": what the engine prints, layer by layer, in the recordings' order
 * for each of them, and nothing after the closing line. */
static void test_stream(void **state)
{
    struct engine_fixture *f = *state;

    const struct engine_probe *pull = engine_pull(f, "app:1");

    assert_int_equal(pull->http_status, 200);
    assert_false(pull->has_text);
    assert_string_equal(pull->lines[0], "Pulling from library/app|1|0/0");
    assert_int_equal(line_starting(pull, "Pulling fs layer|"), 2);
    assert_in_range(line_starting(pull, "Downloading|"), 2, 4);
    assert_int_equal(line_starting(pull, "Verifying Checksum|"), 2);
    assert_int_equal(line_starting(pull, "Download complete|"), 2);
    assert_in_range(line_starting(pull, "Extracting|"), 2, 4);
    assert_int_equal(line_starting(pull, "Pull complete|"), 2);
    assert_expands(pull->lines[pull->line_count - 2], "Digest: {A.digest}||0/0");
    assert_string_equal(last_line(pull), "Status: Downloaded newer image for app:1||0/0");
    assert_int_equal(pull->done_ns, 10 * MS + SECOND + 5 * MS);
    assert_int_equal(pull->line_ns[0], 10 * MS);
}

/* Of more than three layers, the others wait. */
static void test_waiting_layers(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = { .reference = "big:1",
                                      .image = "big",
                                      .size_bytes = 5000,
                                      .layer_count = 5,
                                      .pull = { SECOND, SECOND } };
    fake_registry_push(f->engine, &manifest);

    const struct engine_probe *pull = engine_pull(f, "big:1");

    assert_int_equal(line_starting(pull, "Pulling fs layer|"), 5);
    assert_int_equal(line_starting(pull, "Waiting|"), 2);
    assert_int_equal(line_starting(pull, "Pull complete|"), 5);
}

/* A pull's time is one choice, and a long one brings a line every minute or so. */
static void test_time(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = { .reference = "slow:1",
                                      .image = "slow",
                                      .size_bytes = 1000000,
                                      .layer_count = 1,
                                      .pull = { 1200 * SECOND, 2400 * SECOND } };
    fake_registry_push(f->engine, &manifest);
    engine_choose(f, "pull-time", 60000);

    const struct engine_probe *pull = engine_pull(f, "slow:1");

    assert_int_equal(engine_asked(f, "pull-time"), 1);
    assert_int_equal(f->asked_count, 1);
    assert_int_equal(pull->done_ns, 1260 * SECOND + 15 * MS);
    for (size_t i = 1; i < pull->line_count; i++) {
        assert_in_range(pull->line_ns[i] - pull->line_ns[i - 1], 0, 61 * SECOND);
    }
}

/* Row "pull-up-to-date": three lines, no layer among them. */
static void test_up_to_date(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1");

    const struct engine_probe *pull = engine_pull(f, "app:1");

    assert_int_equal(pull->line_count, 3);
    assert_string_equal(last_line(pull), "Status: Image is up to date for app:1||0/0");
}

/* Row "pull-other-name": the name is new, so the closing line says newer, though
 * nothing was downloaded. */
static void test_other_name(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1");

    const struct engine_probe *pull = engine_pull(f, "other:1");

    assert_int_equal(pull->line_count, 3);
    assert_string_equal(last_line(pull), "Status: Downloaded newer image for other:1||0/0");
    assert_int_equal(fake_registry_blob_downloads(f->engine), 0);
}

/* Row "pull-adds-digest": a pull by tag gives the image its repository's digest. */
static void test_adds_digest(void **state)
{
    struct engine_fixture *f = *state;
    (void)engine_pull(f, "app:1");

    const struct engine_probe *inspect = engine_inspect(f, "app:1");

    assert_string_equal(inspect->tags, "app:1");
    assert_expands(inspect->digests, "app@{A.digest}");
    assert_expands(inspect->id, "{A.id}");
}

/* Row "pull-tag-moved": the name means the new image, the old one keeps its digest. */
static void test_tag_moved(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1; push app:1 B");

    const struct engine_probe *pull = engine_pull(f, "app:1");
    assert_string_equal(last_line(pull), "Status: Downloaded newer image for app:1||0/0");
    assert_string_equal(engine_means(f, "app:1"), "B");

    const struct engine_probe *old = engine_inspect(f, "{A.id}");
    assert_string_equal(old->tags, "");
    assert_expands(old->digests, "app@{A.digest}");
}

/* A pull brings what its manifest request was answered by, whatever is pushed later. */
static void test_pushed_during_pull(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe pull = { 0 };
    engine_start_pull(f, &pull, "app:1");
    engine_run_until(f, 500 * MS);

    engine_given(f, "push app:1 B");
    engine_run(f);

    assert_string_equal(engine_means(f, "app:1"), "A");
}

/* Row "pull-by-digest": a digest and no tag; the first line shows the reference. */
static void test_by_digest(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "push app:1 B");

    const struct engine_probe *pull = engine_pull(f, "app@{A.digest}");
    assert_expands(pull->lines[0], "Pulling from library/app|app@{A.digest}|0/0");
    assert_expands(last_line(pull), "Status: Downloaded newer image for app@{A.digest}||0/0");

    const struct engine_probe *inspect = engine_inspect(f, "app@{A.digest}");
    assert_string_equal(inspect->tags, "");
    assert_expands(inspect->digests, "app@{A.digest}");
}

/* A tag whose digest reference was removed gets it back, and is up to date. */
static void test_digest_comes_back(void **state)
{
    struct engine_fixture *f = *state;
    engine_given(f, "pull app:1; rmi app@{A.digest}");

    const struct engine_probe *pull = engine_pull(f, "app:1");

    assert_string_equal(last_line(pull), "Status: Image is up to date for app:1||0/0");
    assert_string_equal(engine_means(f, "app@{A.digest}"), "A");
}

/* Row "pull-every-tag": without a tag the engine pulls all there are. */
static void test_every_tag(void **state)
{
    struct engine_fixture *f = *state;

    const struct engine_probe *pull = engine_pull(f, "app");

    assert_string_equal(last_line(pull), "Status: Downloaded newer image for app||0/0");
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_string_equal(engine_means(f, "app:same"), "A");
    assert_string_equal(engine_means(f, "app:2"), "B");
    assert_string_equal(engine_means(f, "other:1"), "-");
}

/* Row "pull-shares-blobs": four pulls of one image ask for four manifests, and
 * download its layers once. */
static void test_parallel(void **state)
{
    struct engine_fixture *f = *state;
    struct engine_probe pulls[4] = { 0 };
    for (size_t i = 0; i < 4; i++) {
        engine_start_pull(f, &pulls[i], "app:1");
    }

    engine_run(f);

    assert_int_equal(fake_registry_manifest_requests(f->engine, "app:1"), 4);
    assert_int_equal(fake_registry_blob_downloads(f->engine), 2);
    assert_int_equal(fake_engine_pull_count(f->engine, "docker.io/library/app:1"), 4);
    assert_int_equal(line_starting(&pulls[0], "Status: Downloaded newer"), 1);
    assert_int_equal(line_starting(&pulls[3], "Status: Image is up to date"), 1);
}

/* Layers that are there already are not downloaded, and say so. */
static void test_base_layers(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = { .reference = "derived:1",
                                      .image = "D",
                                      .base = "A",
                                      .size_bytes = 500,
                                      .layer_count = 1,
                                      .pull = { SECOND, SECOND } };
    fake_registry_push(f->engine, &manifest);
    engine_given(f, "pull app:1");

    const struct engine_probe *pull = engine_pull(f, "derived:1");

    assert_int_equal(line_starting(pull, "Already exists|"), 2);
    assert_int_equal(line_starting(pull, "Pulling fs layer|"), 1);
    assert_int_equal(fake_registry_blob_downloads(f->engine), 1);
}

/* Row "disk-full": the stream fails while extracting; nothing is made. */
static void test_disk_full(void **state)
{
    struct engine_fixture *f = *state;
    fake_engine_set_disk_full(f->engine, true);

    const struct engine_probe *pull = engine_pull(f, "app:1");

    assert_int_equal(pull->http_status, 200);
    assert_false(pull->has_text);
    assert_non_null(strstr(pull->error, "no space left on device"));
    assert_string_equal(last_line(pull), "error");
    assert_string_equal(engine_means(f, "app:1"), "-");
    assert_int_equal(fake_engine_user_pull(f->engine, "app:1"), 500);
}

/* What a registry demands, what came with the pull, and what it is answered: rows
 * "pull-no-credentials", "pull-wrong-credentials", "pull-anonymous-fallback". */
static void test_credentials(void **state)
{
    static const struct {
        struct dd_credentials credentials;
        unsigned http_status;
        const char *text;
    } cases[] = {
        { { NULL, NULL, NULL, NULL },
          500,
          "Head \"https://registry-1.docker.io/v2/library/app/manifests/own\": no basic auth "
          "credentials" },
        { { NULL, NULL, NULL, "registry" },
          500,
          "Head \"https://registry-1.docker.io/v2/library/app/manifests/own\": no basic auth "
          "credentials" },
        { { "alice", "wrong", NULL, NULL }, 500, "unauthorized: authentication required" },
        { { "bob", "secret", NULL, NULL }, 500, "unauthorized: authentication required" },
        { { NULL, NULL, "wrong", NULL }, 500, "unauthorized: authentication required" },
        { { NULL, NULL, "secret", NULL }, 200, "" },
        { { "alice", "secret", NULL, NULL }, 200, "" },
    };
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = { .reference = "app:own",
                                      .image = "own",
                                      .layer_count = 1,
                                      .username = "alice",
                                      .password = "secret" };
    fake_registry_push(f->engine, &manifest);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct engine_probe probe = { 0 };
        pull_own(f, &probe, &cases[i].credentials, NULL);
        assert_int_equal(probe.http_status, cases[i].http_status);
        assert_string_equal(probe.text, cases[i].text);
    }
    assert_int_equal(fake_engine_user_pull(f->engine, "app:own"), 500);
}

/* A reference may mean another image on another platform; one that has none there
 * fails after the stream's first line (row "pull-no-platform"). */
static void test_platforms(void **state)
{
    struct engine_fixture *f = *state;
    struct fake_manifest manifest = { .reference = "app:own",
                                      .image = "intel",
                                      .platform = "linux/amd64" };
    struct engine_probe probe = { 0 };
    fake_registry_push(f->engine, &manifest);
    pull_own(f, &probe, NULL, "linux/arm64");
    assert_int_equal(probe.http_status, 200);
    assert_string_equal(probe.error,
                        "no matching manifest for linux/arm64 in the manifest list entries");
    manifest.image = "arm";
    manifest.platform = "linux/arm64";
    fake_registry_push(f->engine, &manifest);

    pull_own(f, &probe, NULL, "linux/arm64");
    assert_string_equal(engine_means(f, "app:own"), "arm");
    pull_own(f, &probe, NULL, NULL);
    assert_string_equal(engine_means(f, "app:own"), "intel");
}

/* What was taken from the registry is unknown there, and was asked for. */
static void test_unpushed(void **state)
{
    struct engine_fixture *f = *state;
    fake_registry_delete(f->engine, "app:1");

    const struct engine_probe *pull = engine_pull(f, "app:1");

    assert_int_equal(pull->http_status, 404);
    assert_string_equal(pull->text,
                        "manifest for app:1 not found: manifest unknown: manifest unknown");
    assert_int_equal(fake_registry_manifest_requests(f->engine, "app:1"), 1);
}

/* Podman's rows: no closing lines, an unknown tag inside the stream, the bare
 * ID of the image alone. */
static void test_podman(void **state)
{
    struct engine_fixture *f = *state;
    fake_engine_set_personality(f->engine, FAKE_PODMAN_4_3);

    const struct engine_probe *pull = engine_pull(f, "app:1");
    assert_int_equal(line_starting(pull, "Digest:") + line_starting(pull, "Status:"), 0);
    assert_string_equal(engine_means(f, "app:1"), "A");

    pull = engine_pull(f, "app:none");
    assert_int_equal(pull->http_status, 200);
    assert_non_null(strstr(pull->error, "manifest unknown"));

    assert_string_equal(engine_remove(f, "app:1")->deleted, "bare A");
}

/* Row "podman-pulled-digest-stays": it counts among an image's names, and is one until it is
 * taken away, or its last tag is, whichever is later. */
static void test_podman_pulled_digest(void **state)
{
    struct engine_fixture *f = *state;
    fake_engine_set_personality(f->engine, FAKE_PODMAN_4_3);

    (void)engine_pull(f, "app:1");
    (void)engine_pull(f, "app@{A.digest}");
    assert_int_equal(engine_remove(f, "{A}")->http_status, 500);
    assert_int_equal(engine_remove(f, "app@{A.digest}")->http_status, 200);
    assert_string_equal(engine_means(f, "app:1"), "A");
    assert_string_equal(engine_means(f, "app@{A.digest}"), "A");
    assert_int_equal(engine_remove(f, "app:1")->http_status, 200);
    assert_string_equal(engine_means(f, "app@{A.digest}"), "-");

    (void)engine_pull(f, "app@{A.digest}");
    (void)engine_pull(f, "app:1");
    assert_string_equal(engine_remove(f, "app:1")->deleted, "");
    assert_string_equal(engine_means(f, "app@{A.digest}"), "A");
    assert_string_equal(engine_remove(f, "app@{A.digest}")->deleted, "bare A");
}

/* Happenings of a pull: what was made and named comes before its outcome. */
static void test_happenings(void **state)
{
    struct engine_fixture *f = *state;
    char digest_line[160] = "";
    char expected[512];

    (void)engine_pull(f, "app:1");

    engine_expand("named #1 app@{A.digest} A\n", digest_line, sizeof(digest_line));
    (void)snprintf(expected, sizeof(expected), "%s%s%s", "sent #1 app:1\nmade #1 A\n", digest_line,
                   "named #1 app:1 A\nexecuted #1 app:1 200\nanswered #1 app:1 200\n");
    assert_string_equal(f->log, expected);
}

int main(void)
{
#define ENGINE_TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_stream),
        ENGINE_TEST(test_waiting_layers),
        ENGINE_TEST(test_time),
        ENGINE_TEST(test_up_to_date),
        ENGINE_TEST(test_other_name),
        ENGINE_TEST(test_adds_digest),
        ENGINE_TEST(test_tag_moved),
        ENGINE_TEST(test_pushed_during_pull),
        ENGINE_TEST(test_by_digest),
        ENGINE_TEST(test_digest_comes_back),
        ENGINE_TEST(test_every_tag),
        ENGINE_TEST(test_parallel),
        ENGINE_TEST(test_base_layers),
        ENGINE_TEST(test_disk_full),
        ENGINE_TEST(test_credentials),
        ENGINE_TEST(test_platforms),
        ENGINE_TEST(test_unpushed),
        ENGINE_TEST(test_podman),
        ENGINE_TEST(test_podman_pulled_digest),
        ENGINE_TEST(test_happenings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
