#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fakes/http_body.h"
#include "fakes/test/recording.h"

/* 2026-11-23 08:31:38 GMT, when the first recording was made. */
#define START_S UINT64_C(1795422698)

#define APP "127.0.0.1:5055/team/app"
#define APP_DIGEST APP "@sha256:3e229c80fe835c9302e29d90f9fcca0bc780ff69121a5bb5c2ff598ac07777e1"
#define IMAGE "sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e5455e5f8bae98cd0d0"
#define SIZE_BYTES 8982256

#define STRINGS(array)                                                                             \
    {                                                                                              \
        .at = (array), .count = sizeof(array) / sizeof((array)[0])                                 \
    }

static const char *const tags[] = { APP ":7" };
static const char *const digests[] = { APP_DIGEST };

static const struct dd_answer not_found = {
    .transport = DD_TRANSPORT_ANSWERED,
    .http_status = 404,
    .text = "no such image: " APP ":none: No such image: " APP ":none",
};

/* The recorded inspect is rendered byte for byte; the image's configuration and the
 * storage driver's paths, which no fake has, are taken from the recording as they
 * stand there. */
static void test_http_inspect_is_the_engines(void **state)
{
    (void)state;
    static const char *const layers[] = {
        "sha256:e40ce43d42de7b92ae70fee1766f047f5a1c609a8b92bec98bc1c784b1bb607b",
        "sha256:3ca302695de6608cb8771783b3c466782c916f6d6a50631b90aad87320504df3",
        "sha256:2da3651bc9afeacde7d1287f0803de5156956a9f6e3a16b590e35463ca14c987",
        "sha256:fa4238299e85a24a2611962aa2f8f70ef31ac77607d2a72999ee5e3f8e378689",
        "sha256:acb23aab36684b2b911e1fc5eaacc5b7df85474f36e5262945574194945df346",
    };
    struct fake_bytes whole;
    struct fake_bytes container_config;
    struct fake_bytes config;
    struct fake_bytes graph_driver;
    recording_read(&whole, "inspect-ok");
    recording_between(&container_config, &whole, "\"ContainerConfig\":", ",\"DockerVersion\"");
    recording_between(&config, &whole, "\"Config\":", ",\"Architecture\"");
    recording_between(&graph_driver, &whole, "\"GraphDriver\":", ",\"RootFS\"");

    struct fake_http_image image = fake_http_image(SIZE_BYTES);
    image.created = "2026-11-23T08:31:38.152743911Z";
    image.container = "029e1434946ee11529022991b64442f7c706a2e89c7e801a13f1a5be9e8a88f2";
    image.container_config_json = container_config.at;
    image.config_json = config.at;
    image.graph_driver_json = graph_driver.at;
    image.layers = (struct dd_strings)STRINGS(layers);
    const struct dd_answer answer = {
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = 200,
        .id = IMAGE,
        .tags = STRINGS(tags),
        .digests = STRINGS(digests),
    };
    struct fake_http_host host = fake_http_host(START_S + 1);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_inspect(&out, &host, &answer, &image);
    recording_compare(&out, "inspect-ok");

    fake_bytes_release(&out);
    fake_bytes_release(&graph_driver);
    fake_bytes_release(&config);
    fake_bytes_release(&container_config);
    fake_bytes_release(&whole);
}

static void check_same_shape(const cJSON *recorded, const cJSON *rendered)
{
    const cJSON *b = rendered->child;
    for (const cJSON *a = recorded->child; a != NULL; a = a->next) {
        assert_non_null(b);
        assert_string_equal(a->string, b->string);
        b = b->next;
    }
    assert_null(b);
}

/* An image with nothing but defaults is whole JSON, with the recording's keys. */
static void test_http_inspect_defaults(void **state)
{
    (void)state;
    const struct fake_http_image image = fake_http_image(5);
    const struct dd_answer answer = {
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = 200,
        .id = IMAGE,
    };
    struct fake_http_host host = fake_http_host(START_S);
    struct fake_bytes out;
    struct fake_bytes body;
    struct fake_bytes whole;
    struct fake_bytes recorded_body;
    fake_bytes_init(&out);
    fake_http_inspect(&out, &host, &answer, &image);
    recording_body(&body, &out);
    recording_read(&whole, "inspect-ok");
    recording_body(&recorded_body, &whole);
    cJSON *rendered = cJSON_Parse(body.at);
    cJSON *recorded = cJSON_Parse(recorded_body.at);
    assert_non_null(rendered);
    check_same_shape(recorded, rendered);
    check_same_shape(cJSON_GetObjectItem(recorded, "Config"),
                     cJSON_GetObjectItem(rendered, "Config"));
    assert_non_null(strstr(body.at, "\"RepoTags\":[],\"RepoDigests\":[],"));
    cJSON_Delete(recorded);
    cJSON_Delete(rendered);
    fake_bytes_release(&recorded_body);
    fake_bytes_release(&whole);
    fake_bytes_release(&body);
    fake_bytes_release(&out);
}

/* An answer that is no 200 is rendered as its error. */
static void test_http_answer_may_be_an_error(void **state)
{
    (void)state;
    struct fake_http_host host = fake_http_host(START_S + 1);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_inspect(&out, &host, &not_found, NULL);
    recording_compare(&out, "inspect-missing");
    fake_bytes_clear(&out);
    fake_http_remove(&out, &host, &not_found);
    recording_compare(&out, "inspect-missing");
    fake_bytes_clear(&out);
    fake_http_list(&out, &host, &not_found, NULL);
    recording_compare(&out, "inspect-missing");
    fake_bytes_release(&out);
}

/* The recorded removal is rendered byte for byte: names first, then what is gone. */
static void test_http_remove_is_the_engines(void **state)
{
    (void)state;
    static const char *const untagged[] = { APP ":7", APP_DIGEST };
    static const char *const deleted[] = {
        IMAGE,
        "sha256:0f43bfa16ea5402e30b5a5fa73c40f30999af8bab13c4487abf21908c7547fc1",
        "sha256:d3fe58a632874b6c2a72cf13e1d04f49980f7a31cf64c9cf634349b872f61f40",
        "sha256:446f7bcf2fa61800607ce86b3321913ca8fbc4c7849348dab670f12b4c4fd833",
        "sha256:8226a2067776b7e6cf60b13b1d8ef45702d177d80625bedc8811e895ef3b07fc",
        "sha256:e40ce43d42de7b92ae70fee1766f047f5a1c609a8b92bec98bc1c784b1bb607b",
    };
    const struct dd_answer answer = {
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = 200,
        .untagged = STRINGS(untagged),
        .deleted = STRINGS(deleted),
    };
    struct fake_http_host host = fake_http_host(START_S + 2);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_remove(&out, &host, &answer);
    recording_compare(&out, "remove-ok");
    fake_bytes_release(&out);
}

/* A name of several is untagged, and nothing else. */
static void test_http_remove_one_name_of_two(void **state)
{
    (void)state;
    static const char *const untagged[] = { "mine:1" };
    const struct dd_answer answer = {
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = 200,
        .untagged = STRINGS(untagged),
    };
    struct fake_http_host host = fake_http_host(START_S + 1);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_remove(&out, &host, &answer);
    recording_compare(&out, "remove-by-name-of-two");
    fake_bytes_release(&out);
}

static void render_list(struct fake_bytes *out, uint64_t unix_time_s,
                        const struct dd_listed *listed, size_t count)
{
    static const uint64_t created_s[] = { START_S, 7 };
    const struct dd_answer answer = {
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = 200,
        .listed = listed,
        .listed_count = count,
    };
    struct fake_http_host host = fake_http_host(unix_time_s);
    fake_bytes_init(out);
    fake_http_list(out, &host, &answer, created_s);
}

/* Both recorded lists are rendered byte for byte; without a tag, "RepoTags" is null. */
static void test_http_lists_are_the_engines(void **state)
{
    (void)state;
    struct dd_listed listed = {
        .id = IMAGE,
        .tags = STRINGS(tags),
        .digests = STRINGS(digests),
        .size_bytes = SIZE_BYTES,
    };
    struct fake_bytes out;
    render_list(&out, START_S + 1, &listed, 1);
    recording_compare(&out, "list");
    fake_bytes_release(&out);

    listed.tags = (struct dd_strings){ .at = NULL };
    render_list(&out, START_S + 2, &listed, 1);
    recording_compare(&out, "list-digest-only");
    fake_bytes_release(&out);
}

/* No images are an empty list; an image without any name has the engine's
 * placeholders, unescaped. */
static void test_http_list_of_none_and_nameless(void **state)
{
    (void)state;
    const struct dd_listed listed[] = { { .id = "sha256:a" }, { .id = "sha256:b" } };
    struct fake_bytes out;
    render_list(&out, START_S, NULL, 0);
    assert_non_null(strstr(out.at, "\r\n\r\n[]\n"));
    fake_bytes_release(&out);
    render_list(&out, START_S, listed, 2);
    assert_non_null(strstr(out.at,
                           "},{\"Containers\":-1,\"Created\":7,\"Id\":\"sha256:b\",\"Labels\":null,"
                           "\"ParentId\":\"\",\"RepoDigests\":[\"<none>@<none>\"],"
                           "\"RepoTags\":[\"<none>:<none>\"],\"SharedSize\":-1,"));
    fake_bytes_release(&out);
}

/* The recorded version is rendered byte for byte; the kernel and the build time are
 * the recording's machine's. */
static void test_http_version_is_the_engines(void **state)
{
    (void)state;
    struct fake_bytes whole;
    struct fake_bytes kernel;
    recording_read(&whole, "version");
    recording_between(&kernel, &whole, "\"KernelVersion\":\"", "\"");
    struct fake_http_version version = fake_http_version();
    version.kernel = kernel.at;
    version.build_time = "2026-05-07T21:09:36.000000000+00:00";
    struct fake_http_host host = fake_http_host(START_S + 2);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_version_answer(&out, &host, &version);
    recording_compare(&out, "version");
    fake_bytes_release(&out);
    fake_bytes_release(&kernel);
    fake_bytes_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_inspect_is_the_engines),
        cmocka_unit_test(test_http_inspect_defaults),
        cmocka_unit_test(test_http_answer_may_be_an_error),
        cmocka_unit_test(test_http_remove_is_the_engines),
        cmocka_unit_test(test_http_remove_one_name_of_two),
        cmocka_unit_test(test_http_lists_are_the_engines),
        cmocka_unit_test(test_http_list_of_none_and_nameless),
        cmocka_unit_test(test_http_version_is_the_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
