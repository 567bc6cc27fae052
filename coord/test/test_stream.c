/* What the lines of a pull's stream say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/stream.h"

#define DIGEST "sha256:3e229c80fe835c9302e29d90f9fcca0bc780ff69121a5bb5c2ff598ac07777e1"
#define OTHER "sha256:932b67386888076d16d70ef7d307cf46de6b911b4f9d1e5455e5f8bae98cd0d0"
#define LONGER                                                                                     \
    "sha512:"                                                                                      \
    "0000000000000000000000000000000000000000000000000000000000000000"                             \
    "0000000000000000000000000000000000000000000000000000000000000000"

static void status(struct dd__stream *stream, const char *text)
{
    struct dd_line line = { .status = text };
    assert_false(dd__stream_line(stream, &line));
}

/* Whether it is the first. */
static bool error(struct dd__stream *stream, const char *text)
{
    struct dd_line line = { .error = text };
    return dd__stream_line(stream, &line);
}

/* Before its first line a stream has said nothing. */
static void test_stream_begins_with_nothing(void **state)
{
    (void)state;
    struct dd__stream stream;
    memset(&stream, 0xAA, sizeof(stream));
    dd__stream_init(&stream);
    assert_string_equal(stream.digest, "");
    assert_int_equal(stream.closing, DD__CLOSING_NONE);
    assert_false(stream.failed);
}

/* A successful pull's lines give the digest and the closing line. */
static void test_stream_success(void **state)
{
    (void)state;
    struct dd__stream stream;
    dd__stream_init(&stream);
    status(&stream, "Pulling from team/app");
    status(&stream, "Pull complete");
    assert_int_equal(stream.closing, DD__CLOSING_NONE);
    status(&stream, "Digest: " DIGEST);
    status(&stream, "Status: Downloaded newer image for 127.0.0.1:5055/team/app:7");
    assert_string_equal(stream.digest, DIGEST);
    assert_int_equal(stream.closing, DD__CLOSING_NEWER);
    assert_false(stream.failed);
}

/* "Up to date" is told from "newer"; the order of digest and closing is free. */
static void test_stream_up_to_date(void **state)
{
    (void)state;
    struct dd__stream stream;
    dd__stream_init(&stream);
    status(&stream, "Status: Image is up to date for redis:7");
    status(&stream, "Digest: " DIGEST);
    assert_int_equal(stream.closing, DD__CLOSING_UP_TO_DATE);
    assert_string_equal(stream.digest, DIGEST);
}

/* A digest that is none is not remembered; of two the last counts, also in binary. */
static void test_stream_digest(void **state)
{
    (void)state;
    struct dd__stream stream;
    struct dd__id id;
    char huge[1000] = "Digest: sha256:";
    dd__stream_init(&stream);
    status(&stream, "Digest: ");
    status(&stream, "Digest: sha256:123");
    status(&stream, "Digest: " DIGEST "0");
    status(&stream, " Digest: " DIGEST);
    status(&stream, "digest: " DIGEST);
    memset(huge + strlen(huge), 'a', sizeof(huge) - strlen(huge) - 1);
    status(&stream, huge);
    assert_string_equal(stream.digest, "");
    status(&stream, "Digest: " DIGEST);
    status(&stream, "Digest: " OTHER);
    status(&stream, "Digest: nonsense");
    assert_string_equal(stream.digest, OTHER);
    assert_true(dd__id_read(&id, OTHER) && dd__id_equal(&stream.digest_id, &id));
    status(&stream, "Digest: " LONGER);
    assert_string_equal(stream.digest, LONGER);
    assert_int_equal(stream.digest_id.length, 0);
}

/* H21: only the closing lines close; what merely looks like one does not. */
static void test_stream_not_closing(void **state)
{
    (void)state;
    static const char *const lines[] = { "",
                                         "Status: ",
                                         "Status: Downloaded newer image",
                                         "Downloaded newer image for x",
                                         "Status: Image is up to date",
                                         "Download complete",
                                         "status: Downloaded newer image for x" };
    struct dd__stream stream;
    dd__stream_init(&stream);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        status(&stream, lines[i]);
        assert_int_equal(stream.closing, DD__CLOSING_NONE);
    }
}

/* An error line fails the stream, before or after a closing line. */
static void test_stream_error(void **state)
{
    (void)state;
    struct dd__stream stream;
    dd__stream_init(&stream);
    status(&stream, "Status: Downloaded newer image for redis:7");
    assert_true(error(&stream, "toomanyrequests: slow down"));
    status(&stream, "Status: Downloaded newer image for redis:7");
    assert_true(stream.failed);
    assert_int_equal(stream.failure.status, DD_ERATELIMITED);
}

/* The first error is the cause. */
static void test_stream_first_error(void **state)
{
    (void)state;
    struct dd__stream stream;
    dd__stream_init(&stream);
    assert_true(error(&stream, "no space left on device"));
    assert_false(error(&stream, "unauthorized: x"));
    assert_int_equal(stream.failure.status, DD_EDISKFULL);
}

/* An error without words is still an error; a line may have status and error. */
static void test_stream_error_without_words(void **state)
{
    (void)state;
    struct dd__stream stream;
    struct dd_line both = { .status = "Digest: " DIGEST, .error = "" };
    dd__stream_init(&stream);
    assert_true(dd__stream_line(&stream, &both));
    assert_true(stream.failed);
    assert_int_equal(stream.failure.status, DD_EENGINE);
    assert_string_equal(stream.digest, DIGEST);
}

/* The class is judged by the whole text. */
static void test_stream_error_is_read_to_its_end(void **state)
{
    (void)state;
    struct dd__stream stream;
    char text[1500] = "Get \"http://bob:hunter2@r.io/\": ";
    dd__stream_init(&stream);
    memset(text + strlen(text), 'x', 1000);
    const char *cause = " dial tcp: refused";
    memcpy(text + strlen(text), cause, strlen(cause) + 1);
    assert_true(error(&stream, text));
    assert_int_equal(stream.failure.status, DD_ENETWORK);
}

/* H26: the phases of a layer are told apart. */
static void test_stream_phases(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum dd__phase phase;
        const char *word;
    } rows[] = {
        { "Pulling fs layer", DD__PHASE_WAITING, "waiting" },
        { "Waiting", DD__PHASE_WAITING, "waiting" },
        { "Retrying in 5 seconds", DD__PHASE_WAITING, "waiting" },
        { "Downloading", DD__PHASE_DOWNLOADING, "downloading" },
        { "Verifying Checksum", DD__PHASE_VERIFYING, "verifying" },
        { "Download complete", DD__PHASE_DOWNLOADED, "downloaded" },
        { "Extracting", DD__PHASE_EXTRACTING, "extracting" },
        { "Pull complete", DD__PHASE_COMPLETE, "complete" },
        { "Already exists", DD__PHASE_COMPLETE, "complete" },
        { "Pulling from team/app", DD__PHASE_OTHER, "other" },
        { "Digest: " DIGEST, DD__PHASE_OTHER, "other" },
        { "", DD__PHASE_OTHER, "other" },
        { NULL, DD__PHASE_OTHER, "other" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dd_line line = { .status = rows[i].status, .id = "485c87007d2a" };
        assert_int_equal(dd__phase_of(&line), rows[i].phase);
        assert_string_equal(dd__phase_word(dd__phase_of(&line)), rows[i].word);
    }
    assert_string_equal(dd__phase_word(DD__PHASE_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_begins_with_nothing),
        cmocka_unit_test(test_stream_success),
        cmocka_unit_test(test_stream_up_to_date),
        cmocka_unit_test(test_stream_digest),
        cmocka_unit_test(test_stream_not_closing),
        cmocka_unit_test(test_stream_error),
        cmocka_unit_test(test_stream_first_error),
        cmocka_unit_test(test_stream_error_without_words),
        cmocka_unit_test(test_stream_error_is_read_to_its_end),
        cmocka_unit_test(test_stream_phases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
