/* Answers in one piece: read from the bytes of a real engine and of the fake one, and
 * never more than what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/answers.h"
#include "coord/backend/json.h"
#include "fakes/bytes.h"
#include "fakes/http_body.h"
#include "fakes/test/recording.h"

typedef enum dd_status (*decode_fn)(const char *body, size_t size, struct dd__decoded *decoded,
                                    struct dd_answer *answer);

static void assert_strings(struct dd_strings actual, struct dd_strings expected)
{
    assert_int_equal(actual.count, expected.count);
    for (size_t i = 0; i < actual.count; i++) {
        assert_string_equal(actual.at[i], expected.at[i]);
    }
}

/* The body of a whole answer that the fake rendered. */
static void body_of(struct fake_bytes *body, const struct fake_bytes *whole)
{
    recording_body(body, whole);
}

static void read_recorded(struct fake_bytes *body, const char *name)
{
    struct fake_bytes whole;

    recording_read(&whole, name);
    recording_body(body, &whole);
    fake_bytes_release(&whole);
}

/* Decode @body into *@answer, which lives as long as *@decoded. */
static void decode(decode_fn fn, const struct fake_bytes *body, struct dd__decoded *decoded,
                   struct dd_answer *answer)
{
    *decoded = (struct dd__decoded){ .root = NULL };
    *answer = (struct dd_answer){ .http_status = 200 };
    assert_int_equal(fn(body->at, body->size, decoded, answer), DD_OK);
}

#define STRINGS(...)                                                                               \
    {                                                                                              \
        (const char *const[]){ __VA_ARGS__ },                                                      \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)                    \
    }
#define ID "sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e5455e5f8bae98cd0d0"

/* An image of the fake's with two tags and a digest is read as it was rendered; so is
 * one without any name. */
static void test_answers_inspect_of_the_fake(void **state)
{
    const struct dd_answer said[] = {
        { .http_status = 200,
          .id = ID,
          .tags = STRINGS("redis:7", "redis:\"q\""),
          .digests = STRINGS("redis@sha256:00") },
        { .http_status = 200, .id = ID },
    };
    struct fake_http_host host = fake_http_host(0);
    struct fake_http_image image = fake_http_image(5);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_bytes whole;
        struct fake_bytes body;
        struct dd__decoded decoded;
        struct dd_answer answer;

        fake_bytes_init(&whole);
        fake_http_inspect(&whole, &host, &said[i], &image);
        body_of(&body, &whole);
        decode(dd__decode_inspect, &body, &decoded, &answer);
        assert_string_equal(answer.id, said[i].id);
        assert_strings(answer.tags, said[i].tags);
        assert_strings(answer.digests, said[i].digests);
        dd__decoded_release(&decoded);
        fake_bytes_release(&body);
        fake_bytes_release(&whole);
    }
}

/* A list of the fake's is read as it was rendered: "<none>:<none>" is no name. */
static void test_answers_list_of_the_fake(void **state)
{
    const struct dd_listed listed[] = {
        { .id = "sha256:a",
          .tags = STRINGS("redis:7"),
          .digests = STRINGS("redis@sha256:0"),
          .size_bytes = 8982256 },
        { .id = "sha256:b", .digests = STRINGS("redis@sha256:1"), .size_bytes = 5000000000 },
        { .id = "sha256:c" },
    };
    const struct dd_answer said = { .http_status = 200, .listed = listed, .listed_count = 3 };
    const uint64_t created_s[] = { 1, 2, 3 };
    struct fake_http_host host = fake_http_host(0);
    struct fake_bytes whole;
    struct fake_bytes body;
    struct dd__decoded decoded;
    struct dd_answer answer;

    (void)state;
    fake_bytes_init(&whole);
    fake_http_list(&whole, &host, &said, created_s);
    body_of(&body, &whole);
    decode(dd__decode_list, &body, &decoded, &answer);
    assert_int_equal(answer.listed_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(answer.listed[i].id, listed[i].id);
        assert_strings(answer.listed[i].tags, listed[i].tags);
        assert_strings(answer.listed[i].digests, listed[i].digests);
        assert_true(answer.listed[i].size_bytes == listed[i].size_bytes);
    }
    dd__decoded_release(&decoded);
    fake_bytes_release(&body);
    fake_bytes_release(&whole);
}

/* A DELETE's answer of the fake's is read as it was rendered. */
static void test_answers_remove_of_the_fake(void **state)
{
    const struct dd_answer said = {
        .http_status = 200,
        .untagged = STRINGS("redis:7", "redis@sha256:0"),
        .deleted = STRINGS("sha256:a", "sha256:b"),
    };
    struct fake_http_host host = fake_http_host(0);
    struct fake_bytes whole;
    struct fake_bytes body;
    struct dd__decoded decoded;
    struct dd_answer answer;

    (void)state;
    fake_bytes_init(&whole);
    fake_http_remove(&whole, &host, &said);
    body_of(&body, &whole);
    decode(dd__decode_remove, &body, &decoded, &answer);
    assert_strings(answer.untagged, said.untagged);
    assert_strings(answer.deleted, said.deleted);
    dd__decoded_release(&decoded);
    fake_bytes_release(&body);
    fake_bytes_release(&whole);
}

/* Recorded: a list of an image that lost its tag has its digest, and no tag. */
static void test_answers_list_recorded(void **state)
{
    struct fake_bytes body;
    struct dd__decoded decoded;
    struct dd_answer answer;

    (void)state;
    read_recorded(&body, "list-digest-only");
    decode(dd__decode_list, &body, &decoded, &answer);
    assert_int_equal(answer.listed_count, 1);
    assert_string_equal(answer.listed[0].id, ID);
    assert_int_equal(answer.listed[0].tags.count, 0);
    assert_int_equal(answer.listed[0].digests.count, 1);
    assert_int_equal(answer.listed[0].size_bytes, 8982256);
    dd__decoded_release(&decoded);
    fake_bytes_release(&body);
}

/* Recorded: removing one name of two untags, and deletes nothing. */
static void test_answers_remove_recorded(void **state)
{
    struct fake_bytes body;
    struct dd__decoded decoded;
    struct dd_answer answer;

    (void)state;
    read_recorded(&body, "remove-by-name-of-two");
    decode(dd__decode_remove, &body, &decoded, &answer);
    assert_int_equal(answer.untagged.count, 1);
    assert_int_equal(answer.deleted.count, 0);
    dd__decoded_release(&decoded);
    fake_bytes_release(&body);
}

/* Recorded: the engine's versions. */
static void test_answers_version_recorded(void **state)
{
    struct fake_bytes body;
    struct dd__decoded decoded = { .root = NULL };
    struct dd__version_answer version;

    (void)state;
    read_recorded(&body, "version");
    assert_int_equal(dd__decode_version(body.at, body.size, &decoded, &version), DD_OK);
    assert_string_equal(version.api, "1.41");
    assert_string_equal(version.api_min, "1.12");
    assert_false(version.is_podman);
    dd__decoded_release(&decoded);
    fake_bytes_release(&body);
}

/* An error's message; what has none, or is not JSON, has none. */
static void test_answers_error(void **state)
{
    static const struct {
        const char *body;
        const char *message;
    } rows[] = {
        { "{\"message\":\"a \\\"b\\\"\"}\n", "a \"b\"" },
        { "{\"cause\":\"c\",\"message\":\"m\",\"response\":404}", "m" },
        { "{\"message\":7}", NULL },
        { "{\"message\":\"\"}", NULL },
        { "[]", NULL },
        { "<html>", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dd__decoded decoded = { .root = NULL };
        const char *message = dd__decode_error(rows[i].body, strlen(rows[i].body), &decoded);

        if (rows[i].message == NULL) {
            assert_null(message);
        } else {
            assert_string_equal(message, rows[i].message);
        }
        dd__decoded_release(&decoded);
    }
}

/* What is of another type than it should be is not there; and what is not at all such
 * an answer is refused as a whole. */
static void test_answers_of_wrong_types(void **state)
{
    static const char *const refused[] = { "", "7", "null", "{", "{}", "{\"Id\":7}", "[" };
    struct dd__decoded decoded = { .root = NULL };
    struct dd_answer answer = { .http_status = 200 };
    static const char odd[] = "{\"Id\":\"x\",\"RepoTags\":{\"a\":\"b\"},\"RepoDigests\":[7,null,"
                              "\"d\"]}";
    static const char removed[] = "[7,{\"Untagged\":[]},{\"Deleted\":\"x\"},{\"Other\":\"y\"}]";

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(dd__decode_inspect(refused[i], strlen(refused[i]), &decoded, &answer),
                         DD_EENGINE);
        dd__decoded_release(&decoded);
        assert_int_equal(dd__decode_remove(refused[i], strlen(refused[i]), &decoded, &answer),
                         DD_EENGINE);
        dd__decoded_release(&decoded);
        assert_int_equal(dd__decode_list(refused[i], strlen(refused[i]), &decoded, &answer),
                         DD_EENGINE);
        dd__decoded_release(&decoded);
    }
    assert_int_equal(dd__decode_inspect(odd, strlen(odd), &decoded, &answer), DD_OK);
    assert_int_equal(answer.tags.count, 0);
    assert_int_equal(answer.digests.count, 1);
    dd__decoded_release(&decoded);
    assert_int_equal(dd__decode_remove(removed, strlen(removed), &decoded, &answer), DD_OK);
    assert_int_equal(answer.untagged.count, 0);
    assert_int_equal(answer.deleted.count, 1);
    dd__decoded_release(&decoded);
}

/* @count values in an array, as an answer of its own. */
static char *many(size_t count, size_t *size)
{
    char *body = malloc(2 * count + 1);

    assert_non_null(body);
    for (size_t i = 0; i < count; i++) {
        body[2 * i] = i == 0 ? '[' : ',';
        body[2 * i + 1] = '7';
    }
    body[2 * count] = ']';
    *size = 2 * count + 1;
    return body;
}

/* An answer with more values than one can have is not read at all, however few its bytes:
 * in memory each takes forty times as many. */
static void test_answers_values_are_bounded(void **state)
{
    struct dd__decoded decoded = { .root = NULL };
    struct dd_answer answer = { .http_status = 200 };
    size_t size;
    char *most = many(DD__ANSWER_VALUE_MAX - 1, &size); /* and the array */

    (void)state;
    assert_int_equal(dd__decode_remove(most, size, &decoded, &answer), DD_OK);
    assert_false(decoded.is_excessive);
    dd__decoded_release(&decoded);
    free(most);
    char *more = many(DD__ANSWER_VALUE_MAX, &size);
    assert_int_equal(dd__decode_remove(more, size, &decoded, &answer), DD_EENGINE);
    assert_true(decoded.is_excessive);
    assert_null(decoded.root);
    dd__decoded_release(&decoded);
    free(more);
}

/* What looks like values within a string is none. */
static void test_answers_strings_are_one_value(void **state)
{
    static const char text[] = "{\"a\\\"[,,,,\\\\\":\"{{{,,,\",\"b\":[]}";

    (void)state;
    assert_true(dd__json_is_bounded(text, strlen(text), 4));
    assert_false(dd__json_is_bounded(text, strlen(text), 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_inspect_of_the_fake),
        cmocka_unit_test(test_answers_list_of_the_fake),
        cmocka_unit_test(test_answers_remove_of_the_fake),
        cmocka_unit_test(test_answers_list_recorded),
        cmocka_unit_test(test_answers_remove_recorded),
        cmocka_unit_test(test_answers_version_recorded),
        cmocka_unit_test(test_answers_error),
        cmocka_unit_test(test_answers_of_wrong_types),
        cmocka_unit_test(test_answers_values_are_bounded),
        cmocka_unit_test(test_answers_strings_are_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
