/* A pull's stream, read from the bytes of a real engine and of the fake one, however
 * they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/stream_reader.h"
#include "fakes/bytes.h"
#include "fakes/http.h"
#include "fakes/test/recording.h"

/* What was read, rendered again. */
struct heard {
    struct fake_bytes rendered;
    size_t count;
    size_t stop_at; /* wants no more when it has heard so many; 0: never */
};

static void heard_init(struct heard *heard)
{
    *heard = (struct heard){ .count = 0 };
    fake_bytes_init(&heard->rendered);
    fake_bytes_text(&heard->rendered, "");
}

static bool hear(void *ctx, const struct dd_line *line)
{
    struct heard *heard = ctx;

    heard->count++;
    fake_http_line(&heard->rendered, line);
    return heard->count != heard->stop_at;
}

/* Read @size bytes, @piece at a time, each in a block of just its size. */
static void read_in_pieces(struct heard *heard, const char *bytes, size_t size, size_t piece)
{
    struct dd__stream_reader reader = { .is_skipping = false };

    for (size_t at = 0; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        char *block = malloc(length);

        assert_non_null(block);
        memcpy(block, bytes + at, length);
        assert_int_equal(dd__stream_reader_feed(&reader, block, length, hear, heard), DD_OK);
        free(block);
    }
    dd__stream_reader_end(&reader, hear, heard);
    dd__stream_reader_release(&reader);
}

static void check_pieces(const char *bytes, size_t size, const char *expected)
{
    const size_t pieces[] = { 1, 2, 7, 16384, size };

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct heard heard;

        heard_init(&heard);
        read_in_pieces(&heard, bytes, size, pieces[i]);
        assert_string_equal(heard.rendered.at, expected);
        fake_bytes_release(&heard.rendered);
    }
}

/* Every recorded stream is read into just what it was made of, whatever the pieces: from
 * what was read the same bytes are rendered. */
static void test_stream_reads_what_engines_send(void **state)
{
    static const char *const names[] = { "pull-ok", "pull-by-digest", "pull-missing-blob",
                                         "pull-right-password", "pull-up-to-date" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct fake_bytes whole;
        struct fake_bytes body;

        recording_read(&whole, names[i]);
        recording_body(&body, &whole);
        check_pieces(body.at, body.size, body.at);
        fake_bytes_release(&body);
        fake_bytes_release(&whole);
    }
}

/* What the fake engine sends is read into the fields it had: errors, brackets, quotes,
 * sizes beyond 32 bits. */
static void test_stream_reads_what_the_fake_sends(void **state)
{
    static const struct dd_line lines[] = {
        { .status = "Pulling from <a>&\"b\"", .id = "7" },
        { .status = "Downloading", .id = "c", .current_bytes = 1, .total_bytes = 5000000000 },
        { .status = "Extracting", .id = "c", .current_bytes = 9007199254740991 },
        { .status = "Digest: sha256:\xC3\xA4\n\t\x01" },
        { .error = "no <such> \"blob\"\\" },
    };
    struct fake_bytes sent;

    (void)state;
    fake_bytes_init(&sent);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        fake_http_line(&sent, &lines[i]);
    }
    check_pieces(sent.at, sent.size, sent.at);
    fake_bytes_release(&sent);
}

static void check_one(const char *text, const char *expected)
{
    check_pieces(text, strlen(text), expected);
}

#define NOT_JSON                                                                                   \
    "{\"errorDetail\":{\"message\":\"a line of the pull's stream is no JSON object\"},"            \
    "\"error\":\"a line of the pull's stream is no JSON object\"}\r\n"
#define TOO_LONG                                                                                   \
    "{\"errorDetail\":{\"message\":\"a line of the pull's stream is too long\"},"                  \
    "\"error\":\"a line of the pull's stream is too long\"}\r\n"

/* Lines end in LF, in CR LF, or with the stream; blank ones say nothing. */
static void test_stream_ends_of_lines(void **state)
{
    (void)state;
    check_one("{\"status\":\"a\"}\n\r\n \n{\"status\":\"b\"}\r\n{\"status\":\"c\"}",
              "{\"status\":\"a\"}\r\n{\"status\":\"b\"}\r\n{\"status\":\"c\"}\r\n");
    check_one("", "");
    check_one("\n", "");
}

/* What is no JSON object is an error line, and the lines after it are read (H21: nothing
 * that was not understood is success). */
static void test_stream_junk_is_an_error(void **state)
{
    (void)state;
    check_one("<html>\n{\"status\":\"a\"}\n", NOT_JSON "{\"status\":\"a\"}\r\n");
    check_one("7\n", NOT_JSON);
    check_one("{\"status\":\"cut", NOT_JSON);
    check_one("{\"status\":\"a\"}{\"error\":\"b\"}\n", NOT_JSON);
    check_one("{\"status\":\"a\"} 7 \r\n", NOT_JSON);
}

/* The error's text may stand in either place, and an empty one is none. */
static void test_stream_forms_of_errors(void **state)
{
    static const char one[] = "{\"errorDetail\":{\"message\":\"x\"},\"error\":\"x\"}\r\n";

    (void)state;
    check_one("{\"error\":\"x\"}\n", one);
    check_one("{\"errorDetail\":{\"code\":1,\"message\":\"x\"}}\n", one);
    check_one("{\"error\":\"\",\"status\":\"a\"}\n", "{\"status\":\"a\"}\r\n");
}

/* Fields of a wrong type are not there, and sizes that no size can be are the nearest
 * one. */
static void test_stream_wrong_types(void **state)
{
    (void)state;
    check_one("{\"status\":\"a\",\"id\":7,\"progressDetail\":[]}\n", "{\"status\":\"a\"}\r\n");
    check_one("{\"status\":\"a\",\"id\":\"b\",\"progressDetail\":{\"current\":-1,\"total\":\"9\"}}"
              "\n",
              "{\"status\":\"a\",\"progressDetail\":{},\"id\":\"b\"}\r\n");
}

static bool remember(void *ctx, const struct dd_line *line)
{
    struct dd_line *last = ctx;

    *last = *line;
    return true;
}

/* A size beyond all sizes is the largest. */
static void test_stream_size_is_bounded(void **state)
{
    static const char text[] = "{\"progressDetail\":{\"current\":1e300,\"total\":1e19}}\n";
    struct dd__stream_reader reader = { .is_skipping = false };
    struct dd_line last = { .status = NULL };

    (void)state;
    assert_int_equal(dd__stream_reader_feed(&reader, text, strlen(text), remember, &last), DD_OK);
    assert_true(last.current_bytes == UINT64_MAX);
    assert_true(last.total_bytes == UINT64_C(10000000000000000000));
    dd__stream_reader_release(&reader);
}

/* A line longer than a line may be is an error once, whatever the pieces; its rest is
 * skipped, and what follows it is read. */
static void test_stream_line_is_bounded(void **state)
{
    static const char after[] = "\n{\"status\":\"a\"}\n";
    size_t size = 2 * DD__STREAM_LINE_MAX;
    char *text = malloc(size + sizeof after);
    const size_t pieces[] = { 1000, DD__STREAM_LINE_MAX, DD__STREAM_LINE_MAX + 1 };

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text + size, after, sizeof after);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct heard heard;

        heard_init(&heard);
        read_in_pieces(&heard, text, size + strlen(after), pieces[i]);
        assert_string_equal(heard.rendered.at, TOO_LONG "{\"status\":\"a\"}\r\n");
        fake_bytes_release(&heard.rendered);
    }
    free(text);
}

/* A line with more values than one can have is an error, however long a string may be in
 * which a page of HTML is quoted. */
static void test_stream_values_are_bounded(void **state)
{
    char text[8 * DD__STREAM_VALUE_MAX];
    size_t size;

    (void)state;
    memset(text, ',', sizeof text);
    memcpy(text, "{\"error\":\"", 10);
    memcpy(text + sizeof text - 3, "\"}\n", 3);
    struct heard heard;
    heard_init(&heard);
    read_in_pieces(&heard, text, sizeof text, 100);
    assert_string_not_equal(heard.rendered.at, NOT_JSON);
    fake_bytes_release(&heard.rendered);
    size = (size_t)snprintf(text, sizeof text, "{\"a\":[");
    for (size_t i = 0; i < DD__STREAM_VALUE_MAX; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size, i == 0 ? "7" : ",7");
    }
    (void)snprintf(text + size, sizeof text - size, "]}\n");
    check_one(text, NOT_JSON);
}

/* Whoever wants no more hears no more. */
static void test_stream_stops(void **state)
{
    static const char text[] = "{\"status\":\"a\"}\n{\"status\":\"b\"}\n{\"status\":\"c\"}\n";
    struct dd__stream_reader reader = { .is_skipping = false };
    struct heard heard;

    (void)state;
    heard_init(&heard);
    heard.stop_at = 2;
    assert_int_equal(dd__stream_reader_feed(&reader, text, strlen(text), hear, &heard),
                     DD_ECANCELLED);
    assert_int_equal(heard.count, 2);
    dd__stream_reader_release(&reader);
    fake_bytes_release(&heard.rendered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_reads_what_engines_send),
        cmocka_unit_test(test_stream_reads_what_the_fake_sends),
        cmocka_unit_test(test_stream_ends_of_lines),
        cmocka_unit_test(test_stream_junk_is_an_error),
        cmocka_unit_test(test_stream_forms_of_errors),
        cmocka_unit_test(test_stream_wrong_types),
        cmocka_unit_test(test_stream_size_is_bounded),
        cmocka_unit_test(test_stream_line_is_bounded),
        cmocka_unit_test(test_stream_values_are_bounded),
        cmocka_unit_test(test_stream_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
