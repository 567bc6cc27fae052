#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fakes/http.h"
#include "fakes/test/recording.h"

/* 2026-11-23 08:31:38 GMT, when the first recording was made. */
#define START_S UINT64_C(1795422698)

#define APP "127.0.0.1:5055/team/app"
#define DIGEST "sha256:3e229c80fe835c9302e29d90f9fcca0bc780ff69121a5bb5c2ff598ac07777e1"
#define IMAGE "sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e5455e5f8bae98cd0d0"

struct recorded_error {
    const char *name;
    uint64_t after_start_s;
    unsigned status;
    const char *message;
};

/* Every recorded error answer: the message is all that the fake engine gives. */
static const struct recorded_error errors[] = {
    { "inspect-missing", 1, 404, "no such image: " APP ":none: No such image: " APP ":none" },
    { "pull-bad-name", 1, 400, "invalid reference format: repository name must be lowercase" },
    { "pull-no-credentials", 33, 500,
      "Head \"http://127.0.0.1:5056/v2/team/app/manifests/7\": no basic auth credentials" },
    { "pull-registry-down", 1, 500,
      "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused" },
    { "pull-unknown-repo", 1, 404,
      "manifest for 127.0.0.1:5055/team/none:1 not found: manifest unknown: manifest unknown" },
    { "pull-unknown-tag", 1, 404,
      "manifest for " APP ":nope not found: manifest unknown: manifest unknown" },
    { "pull-wrong-password", 33, 500, "unauthorized: authentication required" },
    { "remove-by-id-running", 1, 409,
      "conflict: unable to delete 932b67386888 (cannot be forced) - image is being used by "
      "running container 9dd8433feaf2" },
    { "remove-by-id-stopped", 2, 409,
      "conflict: unable to delete 932b67386888 (must be forced) - image is being used by "
      "stopped container 9dd8433feaf2" },
    { "remove-by-id-two-names", 1, 409,
      "conflict: unable to delete 932b67386888 (must be forced) - image is referenced in "
      "multiple repositories" },
    { "remove-by-name-running", 1, 409,
      "conflict: unable to remove repository reference \"" APP ":7\" (must force) - container "
      "9dd8433feaf2 is using its referenced image 932b67386888" },
    { "remove-by-name-stopped", 2, 409,
      "conflict: unable to remove repository reference \"" APP ":7\" (must force) - container "
      "9dd8433feaf2 is using its referenced image 932b67386888" },
    { "remove-missing", 2, 404, "No such image: " IMAGE },
};

/* Every recorded error answer is rendered byte for byte from status and message. */
static void test_http_errors_are_the_engines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct fake_http_host host = fake_http_host(START_S + errors[i].after_start_s);
        struct fake_bytes out;
        fake_bytes_init(&out);
        fake_http_error(&out, &host, errors[i].status, errors[i].message);
        recording_compare(&out, errors[i].name);
        fake_bytes_release(&out);
    }
}

/* The recorded ping is rendered byte for byte. */
static void test_http_ping_is_the_engines(void **state)
{
    (void)state;
    struct fake_http_host host = fake_http_host(START_S + 2);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_ping(&out, &host, false);
    recording_compare(&out, "ping");
    fake_bytes_release(&out);
}

/* A ping by HEAD has the same headers and no body. */
static void test_http_ping_by_head(void **state)
{
    (void)state;
    struct fake_http_host host = fake_http_host(START_S);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_ping(&out, &host, true);
    assert_non_null(strstr(out.at, "\r\nContent-Length: 0\r\nContent-Type: text/plain"));
    assert_string_equal(out.at + out.size - 8, " GMT\r\n\r\n");
    fake_bytes_release(&out);
}

/* A short stream, written out: the lines that a pull of what is there already has. */
static void test_http_stream_up_to_date(void **state)
{
    (void)state;
    static const struct dd_line lines[] = {
        { .status = "Pulling from team/app", .id = "7" },
        { .status = "Digest: " DIGEST },
        { .status = "Status: Image is up to date for " APP ":7" },
    };
    struct fake_http_host host = fake_http_host(START_S + 1);
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_stream_begin(&out, &host);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        fake_http_stream_line(&out, &lines[i]);
    }
    fake_http_stream_end(&out);
    recording_compare(&out, "pull-up-to-date");
    fake_bytes_release(&out);
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static uint64_t number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return item != NULL ? (uint64_t)item->valuedouble : 0;
}

/* Decode a recorded line as a client does, which leaves the progress text out, and
 * render what was decoded. */
static void render_decoded(struct fake_bytes *out, const char *json)
{
    cJSON *object = cJSON_Parse(json);
    assert_non_null(object);
    const cJSON *detail = cJSON_GetObjectItemCaseSensitive(object, "progressDetail");
    const struct dd_line line = {
        .status = text_of(object, "status"),
        .id = text_of(object, "id"),
        .current_bytes = number_of(detail, "current"),
        .total_bytes = number_of(detail, "total"),
        .error = text_of(object, "error"),
    };
    fake_http_stream_line(out, &line);
    cJSON_Delete(object);
}

static size_t check_stream(const char *name, uint64_t unix_time_s)
{
    struct fake_bytes whole;
    struct fake_bytes body;
    struct fake_bytes out;
    recording_read(&whole, name);
    recording_body(&body, &whole);
    fake_bytes_init(&out);
    struct fake_http_host host = fake_http_host(unix_time_s);
    fake_http_stream_begin(&out, &host);
    size_t count = 0;
    for (char *at = body.at; *at != '\0'; count++) {
        char *end = strstr(at, "\r\n");
        assert_non_null(end);
        *end = '\0';
        render_decoded(&out, at);
        at = end + 2;
    }
    fake_http_stream_end(&out);
    recording_compare(&out, name);
    fake_bytes_release(&out);
    fake_bytes_release(&body);
    fake_bytes_release(&whole);
    return count;
}

/* Every recorded stream is rendered byte for byte from its decoded lines: heads,
 * chunks, the order of fields, progress texts, the error line. */
static void test_http_streams_are_the_engines(void **state)
{
    (void)state;
    assert_int_equal(check_stream("pull-ok", START_S), 45);
    assert_int_equal(check_stream("pull-by-digest", START_S + 2), 45);
    assert_int_equal(check_stream("pull-missing-blob", START_S + 2), 25);
    assert_int_equal(check_stream("pull-right-password", START_S + 33), 44);
    assert_int_equal(check_stream("pull-up-to-date", START_S + 1), 3);
}

/* The error line is written from nothing but its message. */
static void test_http_error_line(void **state)
{
    (void)state;
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_line(&out, &(struct dd_line){ .error = "no <such> \"blob\"" });
    assert_string_equal(out.at, "{\"errorDetail\":{\"message\":\"no \\u003csuch\\u003e "
                                "\\\"blob\\\"\"},\"error\":\"no \\u003csuch\\u003e "
                                "\\\"blob\\\"\"}\r\n");
    fake_bytes_release(&out);
}

/* A current without a total, and a total without a current, leave the other out. */
static void test_http_line_leaves_zeros_out(void **state)
{
    (void)state;
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_line(&out,
                   &(struct dd_line){ .status = "Downloading", .id = "a", .current_bytes = 5 });
    assert_string_equal(out.at, "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5},"
                                "\"progress\":\"      5B\",\"id\":\"a\"}\r\n");
    fake_bytes_clear(&out);
    fake_http_line(&out, &(struct dd_line){ .status = "Downloading", .id = "a", .total_bytes = 5 });
    assert_non_null(strstr(out.at, "\"progressDetail\":{\"total\":5},"));
    fake_bytes_release(&out);
}

static void check_date(uint64_t unix_time_s, const char *expected)
{
    struct fake_bytes out;
    fake_bytes_init(&out);
    fake_http_date(&out, unix_time_s);
    assert_string_equal(out.at, expected);
    fake_bytes_release(&out);
}

/* Dates are right around leap days, centuries and the ends of days. */
static void test_http_date(void **state)
{
    (void)state;
    check_date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    check_date(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
    check_date(951868799, "Tue, 29 Feb 2000 23:59:59 GMT");
    check_date(951868800, "Wed, 01 Mar 2000 00:00:00 GMT");
    check_date(START_S, "Mon, 23 Nov 2026 08:31:38 GMT");
    check_date(4107542399, "Sun, 28 Feb 2100 23:59:59 GMT");
    check_date(4107542400, "Mon, 01 Mar 2100 00:00:00 GMT");
}

/* Up to 2048 bytes a body has a length; one byte more, and it is a chunk. */
static void test_http_framing_by_size(void **state)
{
    (void)state;
    struct fake_http_host host = fake_http_host(START_S);
    struct fake_bytes body;
    struct fake_bytes out;
    fake_bytes_init(&body);
    fake_bytes_init(&out);
    fake_bytes_repeat(&body, ' ', 2048);
    fake_http_json(&out, &host, 200, &body);
    assert_non_null(strstr(out.at, "\r\nContent-Length: 2048\r\n\r\n"));
    fake_bytes_clear(&out);
    fake_bytes_char(&body, '\n');
    fake_http_json(&out, &host, 200, &body);
    assert_non_null(strstr(out.at, "\r\nTransfer-Encoding: chunked\r\n\r\n801\r\n "));
    assert_string_equal(out.at + out.size - 8, "\n\r\n0\r\n\r\n");
    fake_bytes_release(&out);
    fake_bytes_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_errors_are_the_engines),
        cmocka_unit_test(test_http_ping_is_the_engines),
        cmocka_unit_test(test_http_ping_by_head),
        cmocka_unit_test(test_http_stream_up_to_date),
        cmocka_unit_test(test_http_streams_are_the_engines),
        cmocka_unit_test(test_http_error_line),
        cmocka_unit_test(test_http_line_leaves_zeros_out),
        cmocka_unit_test(test_http_date),
        cmocka_unit_test(test_http_framing_by_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
