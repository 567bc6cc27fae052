/* Classes: from status and text, with the very texts of engines (docs/ENGINE.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/classify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct dd__verdict classify(unsigned http_status, const char *text)
{
    struct dd_answer answer = { .transport = DD_TRANSPORT_ANSWERED,
                                .http_status = http_status,
                                .text = text };
    return dd__classify(&answer);
}

static void assert_class(unsigned http_status, const char *text, enum dd_status status)
{
    struct dd__verdict verdict = classify(http_status, text);
    if (verdict.status != status) {
        fail_msg("%u %s: %s, not %s", http_status, text, dd_status_name(verdict.status),
                 dd_status_name(status));
    }
    assert_true((verdict.conflict != DD_CONFLICT_NONE) == (status == DD_ECONFLICT));
}

/* Any 2xx is fine, whatever it says. */
static void test_classify_success(void **state)
{
    (void)state;
    assert_class(200, NULL, DD_OK);
    assert_class(201, "dial tcp", DD_OK);
    assert_class(204, "", DD_OK);
    assert_class(299, NULL, DD_OK);
    assert_class(300, NULL, DD_EENGINE);
    assert_class(199, NULL, DD_EENGINE);
}

/* Without an answer the wire is to blame, or who cancelled. */
static void test_classify_transport(void **state)
{
    (void)state;
    static const struct {
        enum dd_transport transport;
        enum dd_status status;
    } rows[] = { { DD_TRANSPORT_UNSENT, DD_ENETWORK },
                 { DD_TRANSPORT_LOST, DD_ENETWORK },
                 { DD_TRANSPORT_CANCELLED, DD_ECANCELLED } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dd_answer answer = { .transport = rows[i].transport,
                                    .http_status = 200,
                                    .text = "toomanyrequests: x" };
        assert_int_equal(dd__classify(&answer).status, rows[i].status);
        assert_int_equal(dd__classify(&answer).conflict, DD_CONFLICT_NONE);
    }
}

/* H14: what engines answer, recorded or read in their code, has its class. */
static void test_classify_engine_answers(void **state)
{
    (void)state;
    static const struct {
        unsigned http_status;
        enum dd_status status;
        const char *text;
    } rows[] = {
        { 404, DD_ENOTFOUND,
          "manifest for 127.0.0.1:5055/team/app:nope not found: manifest unknown: manifest "
          "unknown" },
        { 404, DD_ENOTFOUND,
          "no such image: 127.0.0.1:5055/team/app:none: No such image: "
          "127.0.0.1:5055/team/app:none" },
        { 404, DD_ENOTFOUND, "No such image: sha256:932b67386888076d16d70ef7d307cf46" },
        { 404, DD_EDENIED,
          "pull access denied for x, repository does not exist or may require 'docker login': "
          "denied: requested access to the resource is denied" },
        { 404, DD_ENOTFOUND, NULL },
        { 500, DD_EUNAUTHENTICATED, "unauthorized: authentication required" },
        { 401, DD_EUNAUTHENTICATED, "unauthorized: authentication required" },
        { 500, DD_EUNAUTHENTICATED,
          "Head \"http://127.0.0.1:5056/v2/team/app/manifests/7\": no basic auth credentials" },
        { 500, DD_EUNAUTHENTICATED,
          "Get \"https://r.io/v2/\": unauthorized: incorrect username or password" },
        { 500, DD_ERATELIMITED,
          "toomanyrequests: You have reached your pull rate limit. You may increase the limit" },
        { 429, DD_ERATELIMITED, "slow down" },
        { 429, DD_ERATELIMITED, NULL },
        { 500, DD_ERATELIMITED, "received unexpected HTTP status: 429 Too Many Requests" },
        { 500, DD_ENETWORK,
          "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection "
          "refused" },
        { 500, DD_ENETWORK, "Get \"https://r.io/v2/\": net/http: TLS handshake timeout" },
        { 500, DD_ENETWORK, "Get \"https://r.io/v2/\": EOF" },
        { 500, DD_ENETWORK, "Get \"https://r.io/v2/\": unexpected EOF" },
        { 500, DD_ENETWORK, "dial tcp: lookup r.io on 10.0.0.1:53: no such host" },
        { 500, DD_ENETWORK,
          "Get \"https://r.io/v2/\": read tcp 10.0.0.1:1->10.0.0.2:2: i/o timeout" },
        { 500, DD_ENETWORK,
          "Get \"https://r.io/v2/\": context deadline exceeded (Client.Timeout exceeded while "
          "awaiting headers)" },
        { 500, DD_ENETWORK, "received unexpected HTTP status: 503 Service Unavailable" },
        { 500, DD_ENETWORK, "write tcp: connection reset by peer" },
        { 500, DD_EDISKFULL,
          "failed to register layer: Error processing tar file(exit status 1): write /x: no "
          "space left on device" },
        { 400, DD_EINVAL, "invalid reference format: repository name must be lowercase" },
        { 400, DD_EINVAL, NULL },
        { 500, DD_EINVAL, "invalid reference format" },
        { 403, DD_EDENIED, "whatever" },
        { 500, DD_EDENIED, "denied: requested access to the resource is denied" },
        { 500, DD_EENGINE, "layer does not exist" },
        { 500, DD_EENGINE, "" },
        { 500, DD_EENGINE, NULL },
        { 507, DD_EDISKFULL, "quota" },
        { 502, DD_EENGINE, "Bad Gateway" },
        { 0, DD_EENGINE, NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_class(rows[i].http_status, rows[i].text, rows[i].status);
    }
}

/* H05, H12, H24: a 409 says which kind it is. */
static void test_classify_conflicts(void **state)
{
    (void)state;
    static const struct {
        enum dd_conflict conflict;
        const char *text;
    } rows[] = {
        { DD_CONFLICT_CONTAINER,
          "conflict: unable to remove repository reference \"127.0.0.1:5055/team/app:7\" (must "
          "force) - container 9dd8433feaf2 is using its referenced image 932b67386888" },
        { DD_CONFLICT_CONTAINER,
          "conflict: unable to delete 932b67386888 (must be forced) - image is being used by "
          "stopped container 9dd8433feaf2" },
        { DD_CONFLICT_CONTAINER,
          "conflict: unable to delete 932b67386888 (cannot be forced) - image is being used by "
          "running container 9dd8433feaf2" },
        { DD_CONFLICT_CONTAINER, "image used by 3b1f: image is in use by a container" },
        { DD_CONFLICT_CHILDREN,
          "conflict: unable to delete 932b67386888 (cannot be forced) - image has dependent child "
          "images" },
        { DD_CONFLICT_NAMES,
          "conflict: unable to delete 932b67386888 (must be forced) - image is referenced in "
          "multiple repositories" },
        { DD_CONFLICT_NAMES, "unable to delete \"x\" by ID with more than one tag ([a b])" },
        { DD_CONFLICT_OTHER, "a prune operation is already running" },
        { DD_CONFLICT_OTHER, "dial tcp: no such host" },
        { DD_CONFLICT_OTHER, NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_class(409, rows[i].text, DD_ECONFLICT);
        assert_int_equal(classify(409, rows[i].text).conflict, rows[i].conflict);
    }
}

/* Conflict words in an answer that is no 409 are no conflict. */
static void test_classify_conflict_words_elsewhere(void **state)
{
    (void)state;
    assert_class(500, "image has dependent child images", DD_EENGINE);
    assert_class(404, "referenced in multiple repositories", DD_ENOTFOUND);
}

/* An error line inside a 200 stream is judged by its text alone. */
static void test_classify_stream_texts(void **state)
{
    (void)state;
    static const struct {
        enum dd_status status;
        const char *text;
    } rows[] = {
        { DD_EENGINE, "unknown blob" },
        { DD_ENOTFOUND,
          "initializing source docker://127.0.0.1:5055/team/app:nope: reading manifest nope in "
          "127.0.0.1:5055/team/app: manifest unknown: manifest unknown" },
        { DD_EUNAUTHENTICATED,
          "initializing source docker://r.io/app:1: unable to retrieve auth token: invalid "
          "username/password: unauthorized: authentication required" },
        { DD_EDENIED,
          "initializing source docker://x: requested access to the resource is denied" },
        { DD_ENETWORK,
          "pinging container registry 127.0.0.1:5999: Get \"http://127.0.0.1:5999/v2/\": dial tcp "
          "127.0.0.1:5999: connect: connection refused" },
        { DD_ENETWORK, "unexpected EOF" },
        { DD_EDISKFULL, "write /var/lib/docker/tmp/x: no space left on device" },
        { DD_ERATELIMITED, "toomanyrequests: x" },
        { DD_ENOTFOUND, "no matching manifest for linux/arm64 in the manifest list entries" },
        { DD_EENGINE, "image is being used by running container x" },
        { DD_EENGINE, "" },
        { DD_EENGINE, NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dd__verdict verdict = dd__classify_text(rows[i].text);
        if (verdict.status != rows[i].status) {
            fail_msg("%s: %s", rows[i].text, dd_status_name(verdict.status));
        }
        assert_int_equal(verdict.conflict, DD_CONFLICT_NONE);
    }
}

/* The case of a text does not matter. */
static void test_classify_any_case(void **state)
{
    (void)state;
    assert_class(500, "NO SPACE LEFT ON DEVICE", DD_EDISKFULL);
    assert_class(500, "TooManyRequests: x", DD_ERATELIMITED);
    assert_class(404, "Pull Access Denied for x", DD_EDENIED);
}

/* An image's name in a text is not taken for the engine's words. */
static void test_classify_names_are_not_words(void **state)
{
    (void)state;
    assert_class(500, "cannot load geofence: bad layer", DD_EENGINE);
    assert_class(500, "cannot load acme/eof: bad layer", DD_EENGINE);
    assert_class(500, "cannot load eof:1", DD_EENGINE);
    assert_class(500, "cannot load r.io/unauthorized: bad layer", DD_EENGINE);
    assert_class(500, "cannot load r.io/toomanyrequests: bad layer", DD_EENGINE);
    assert_class(500, "cannot load my-denied: bad layer", DD_EENGINE);
}

/* Of two causes in one text the row that is first in the table is meant. */
static void test_classify_first_row_wins(void **state)
{
    (void)state;
    assert_class(500, "dial tcp: x: toomanyrequests: y", DD_ERATELIMITED);
    assert_class(500, "EOF: write: no space left on device", DD_EDISKFULL);
    assert_class(400, "write: no space left on device", DD_EDISKFULL);
}

/* Only the beginning of a text is read, but that to its last byte. */
static void test_classify_bounded(void **state)
{
    (void)state;
    char text[2 * DD__CLASSIFIED_MAX];
    const char *words = " no space left on device";
    size_t length = strlen(words);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_class(500, text, DD_EENGINE);
    memcpy(text + DD__CLASSIFIED_MAX - length, words, length);
    text[DD__CLASSIFIED_MAX] = ' ';
    assert_class(500, text, DD_EDISKFULL);
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + DD__CLASSIFIED_MAX - length + 1, words, length);
    assert_class(500, text, DD_EENGINE);
}

/* Of one object only the engine's 404 says that it is absent: neither the words of another
 * answer nor a lost connection do, and its own words take nothing from it. */
static void test_classify_object(void **state)
{
    static const struct {
        enum dd_transport transport;
        unsigned http_status;
        const char *text;
        enum dd_status status;
    } rows[] = {
        { DD_TRANSPORT_ANSWERED, 200, NULL, DD_OK },
        { DD_TRANSPORT_ANSWERED, 404, "No such image: redis:7", DD_ENOTFOUND },
        { DD_TRANSPORT_ANSWERED, 404, "pull access denied for x", DD_ENOTFOUND },
        { DD_TRANSPORT_ANSWERED, 404, NULL, DD_ENOTFOUND },
        { DD_TRANSPORT_ANSWERED, 500, "No such image: redis:7", DD_EENGINE },
        { DD_TRANSPORT_ANSWERED, 500, "manifest unknown", DD_EENGINE },
        { DD_TRANSPORT_ANSWERED, 500, "no space left on device", DD_EDISKFULL },
        { DD_TRANSPORT_ANSWERED, 409, "no such image", DD_ECONFLICT },
        { DD_TRANSPORT_LOST, 404, "no such image", DD_ENETWORK },
        { DD_TRANSPORT_CANCELLED, 404, "no such image", DD_ECANCELLED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dd_answer answer = { .transport = rows[i].transport,
                                    .http_status = rows[i].http_status,
                                    .text = rows[i].text };

        assert_int_equal(dd__classify_object(&answer).status, rows[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classify_success),
        cmocka_unit_test(test_classify_transport),
        cmocka_unit_test(test_classify_engine_answers),
        cmocka_unit_test(test_classify_conflicts),
        cmocka_unit_test(test_classify_conflict_words_elsewhere),
        cmocka_unit_test(test_classify_stream_texts),
        cmocka_unit_test(test_classify_any_case),
        cmocka_unit_test(test_classify_names_are_not_words),
        cmocka_unit_test(test_classify_first_row_wins),
        cmocka_unit_test(test_classify_bounded),
        cmocka_unit_test(test_classify_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
