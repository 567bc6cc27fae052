/* Where HTTP messages begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/server/message.h"

/* What was read: a letter and the bytes of each kind of piece, as one text. */
struct read {
    struct sim_message message;
    struct fake_bytes kinds; /* "HBFE!": one for each run of pieces of a kind */
    struct fake_bytes body;
    struct fake_bytes all;
};

static int setup(void **state)
{
    static struct read read;
    read = (struct read){ .kinds = { NULL, 0, 0 } };
    sim_message_init(&read.message);
    *state = &read;
    return 0;
}

static int teardown(void **state)
{
    struct read *read = *state;
    sim_message_release(&read->message);
    fake_bytes_release(&read->kinds);
    fake_bytes_release(&read->body);
    fake_bytes_release(&read->all);
    return 0;
}

static void note(struct read *read, const struct sim_piece *piece)
{
    static const char letters[] = "-HBFE!";
    char letter = letters[piece->kind];
    if (read->kinds.size == 0 || read->kinds.at[read->kinds.size - 1] != letter) {
        fake_bytes_char(&read->kinds, letter);
    }
    if (piece->kind == SIM_PIECE_BODY) {
        fake_bytes_add(&read->body, piece->at, piece->size);
    }
    fake_bytes_add(&read->all, piece->at, piece->size);
}

/* Feed @bytes in parts of @step; how many were read. */
static size_t feed_sized(struct read *read, const char *bytes, size_t size, size_t step)
{
    struct sim_piece piece;
    size_t at = 0;
    do {
        size_t part = size - at < step ? size - at : step;
        size_t used = sim_message_read(&read->message, bytes + at, part, &piece);
        assert_true(used <= part);
        at += used;
        if (piece.kind != SIM_PIECE_NONE) {
            note(read, &piece);
        }
    } while (piece.kind != SIM_PIECE_END && piece.kind != SIM_PIECE_BROKEN &&
             (at < size || piece.kind != SIM_PIECE_NONE));
    return at;
}

static size_t feed(struct read *read, const char *text)
{
    return feed_sized(read, text, strlen(text), SIZE_MAX);
}

/* An answer that is read whole, one byte at a time, or in one piece: the same. */
static void check_answer(struct read *read, const char *text, const char *body, size_t length)
{
    const size_t steps[] = { 1, 2, 7, SIZE_MAX };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sim_message_begin_answer(&read->message, "GET");
        fake_bytes_clear(&read->kinds);
        fake_bytes_clear(&read->body);
        fake_bytes_clear(&read->all);
        assert_int_equal(feed_sized(read, text, strlen(text), steps[i]), length);
        assert_int_equal(read->kinds.at[read->kinds.size - 1], 'E');
        assert_int_equal(read->body.size, strlen(body));
        assert_memory_equal(read->body.at, body, strlen(body));
        assert_int_equal(read->all.size, length);
        assert_memory_equal(read->all.at, text, length);
    }
}

/* A body ends where its Content-Length says, and what follows is left. */
static void test_message_ends_by_length(void **state)
{
    check_answer(*state, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 404", "hello",
                 43);
}

/* A chunked body is its chunks' bytes; sizes, extensions and trailers are around it. */
static void test_message_ends_by_chunks(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
                               "5;a=\"b\"\r\nhello\r\n0001\r\n!\r\nA\r\n0123456789\r\n0\r\n"
                               "Etag: x\r\n\r\nHTTP/1.1";
    check_answer(*state, text, "hello!0123456789", strlen(text) - strlen("HTTP/1.1"));
}

/* Answers without a body by their status or their question end with their head. */
static void test_message_ends_without_a_body(void **state)
{
    struct read *read = *state;
    check_answer(read, "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nx", "", 46);
    check_answer(read, "HTTP/1.1 304 Not Modified\r\n\r\nx", "", 29);
    sim_message_begin_answer(&read->message, "HEAD");
    assert_int_equal(feed(read, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), 38);
}

/* A 1xx answer is around the answer, and so are blank lines before a head. */
static void test_message_skips_what_is_no_answer_yet(void **state)
{
    struct read *read = *state;
    check_answer(read,
                 "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.0 200\r\nContent-Length: 1\r\n\r\na", "a",
                 63);
    assert_int_equal(read->message.status, 200);
}

/* Without any length an answer ends with its connection; one that has a length and was
 * cut is broken, and so is a cut head. */
static void test_message_tells_an_end_from_a_cut(void **state)
{
    struct read *read = *state;
    sim_message_begin_answer(&read->message, "GET");
    assert_int_equal(sim_message_cut(&read->message), SIM_PIECE_NONE);
    feed(read, "HTTP/1.1 200 OK\r\n");
    assert_int_equal(sim_message_cut(&read->message), SIM_PIECE_BROKEN);
    feed(read, "\r\nuntil then");
    assert_string_equal(read->body.at, "until then");
    assert_int_equal(sim_message_cut(&read->message), SIM_PIECE_END);
    sim_message_begin_answer(&read->message, "GET");
    feed(read, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx");
    assert_int_equal(sim_message_cut(&read->message), SIM_PIECE_BROKEN);
}

/* A request has its method, its path without the query, and the query apart. */
static void test_message_reads_a_request(void **state)
{
    struct read *read = *state;
    char text[64];
    sim_message_begin_request(&read->message);
    feed(read, "POST /v1.41/images/create?fromImage=a&tag=1 HTTP/1.1\r\nHost: x\r\n"
               "X-Registry-Auth: secret\r\nx-registry-auth:more \r\nA: \t b  \r\n\r\n");
    assert_string_equal(read->kinds.at, "HE");
    assert_string_equal(read->message.method, "POST");
    assert_string_equal(read->message.path, "/v1.41/images/create");
    sim_message_query(&read->message, text, sizeof(text));
    assert_string_equal(text, "fromImage=a&tag=1");
    sim_message_query(&read->message, text, 5);
    assert_string_equal(text, "from");
    assert_true(sim_message_header(&read->message, "a", text, sizeof(text)));
    assert_string_equal(text, "b");
    assert_false(sim_message_header(&read->message, "b", text, sizeof(text)));
    assert_string_equal(text, "");
}

/* Credentials are masked wherever they stand in a head. */
static void test_message_masks_credentials(void **state)
{
    struct read *read = *state;
    sim_message_begin_request(&read->message);
    feed(read, "GET / HTTP/1.1\r\nX-Registry-Auth: secret\r\nHost: x\r\n"
               "x-registry-auth:secret\r\nAUTHORIZATION: secret\r\n\r\n");
    assert_non_null(strstr(read->message.head.at, "secret"));
    sim_message_mask(&read->message);
    assert_null(strstr(read->message.head.at, "secret"));
    assert_non_null(strstr(read->message.head.at, "Auth: ******\r\nHost: x\r\n"));
}

/* After 101, and where an engine gives the connection away, no more HTTP comes. */
static void test_message_knows_a_tunnel(void **state)
{
    struct read *read = *state;
    sim_message_begin_answer(&read->message, "POST");
    feed(read, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\nraw");
    assert_true(read->message.is_tunnel);
    sim_message_begin_answer(&read->message, "POST");
    feed(read, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nraw");
    assert_true(read->message.is_tunnel);
}

/* What is no HTTP is broken, and the reader stays so. */
static void test_message_knows_what_is_no_http(void **state)
{
    static const char *const answers[] = {
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    };
    static const char *const requests[] = {
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "ANEXTREMELYLONGMETHOD / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    };
    struct read *read = *state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        sim_message_begin_answer(&read->message, "GET");
        feed(read, answers[i]);
        assert_int_equal(read->kinds.at[read->kinds.size - 1], '!');
        assert_int_equal(feed(read, "HTTP/1.1 200 OK\r\n\r\n"), 0);
    }
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        sim_message_begin_request(&read->message);
        fake_bytes_clear(&read->kinds);
        feed(read, requests[i]);
        assert_string_equal(read->kinds.at, "!");
    }
}

/* Heads, trailers and lines of chunks without an end are given up. */
static void test_message_is_bounded(void **state)
{
    static const char *const begins[] = {
        "HTTP/1.1 200 OK\r\nX: ",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    };
    static char much[SIM_MESSAGE_HEAD_MAX + 1];
    struct read *read = *state;
    memset(much, 'a', sizeof(much));
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        sim_message_begin_answer(&read->message, "GET");
        feed(read, begins[i]);
        assert_true(read->message.state != SIM__MESSAGE_BROKEN);
        feed_sized(read, much, sizeof(much), 1000);
        assert_int_equal(read->message.state, SIM__MESSAGE_BROKEN);
        assert_true(read->message.head.size <= SIM_MESSAGE_HEAD_MAX);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_message_ends_by_length),          TEST(test_message_ends_by_chunks),
        TEST(test_message_ends_without_a_body),     TEST(test_message_skips_what_is_no_answer_yet),
        TEST(test_message_tells_an_end_from_a_cut), TEST(test_message_reads_a_request),
        TEST(test_message_masks_credentials),       TEST(test_message_knows_a_tunnel),
        TEST(test_message_knows_what_is_no_http),   TEST(test_message_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
