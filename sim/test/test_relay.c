/* The relay between a client and an engine that the test plays itself. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/server/connect.h"
#include "sim/server/relay.h"
#include "sim/server/server.h"

#define ENGINE_MAX 8
#define REQUEST                                                                                    \
    "GET /v1.41/images/a/json?x=y HTTP/1.1\r\nHost: x\r\nX-Registry-Auth: secret\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

struct bench {
    struct sim_relay *relay;
    char folder[32];
    char address[64];
    int client;              /* the newest */
    int engines[ENGINE_MAX]; /* the test's ends of the engine's connections */
    size_t engine_count;
    bool refuses; /* the engine is not there */
    char told[1024];
    bool swallows, cuts, says_more;
    unsigned more;
};

/* --- the hooks: what they are told is a text --------------------------------------------- */

static void tell(struct bench *bench, const char *text)
{
    size_t size = strlen(bench->told);
    (void)snprintf(bench->told + size, sizeof(bench->told) - size, "%s", text);
}

static void asked(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    char text[2048];
    char query[64];
    char secret[64];
    if (piece->kind == SIM_PIECE_HEAD) {
        sim_message_query(exchange->request, query, sizeof(query));
        (void)sim_message_header(exchange->request, "X-Registry-Auth", secret, sizeof(secret));
        (void)snprintf(text, sizeof(text), "%d %s %s ? %s %s;", (int)exchange->number,
                       exchange->request->method, exchange->request->path, query, secret);
        tell(ctx, text);
    } else if (piece->kind == SIM_PIECE_BODY) {
        tell(ctx, "body;");
    }
}

static bool more(struct sim_relay_exchange *exchange, struct fake_bytes *out)
{
    struct bench *bench = exchange->owner;
    fake_bytes_char(out, '.');
    return ++bench->more < 100000;
}

static bool answered(void *ctx, struct sim_relay_exchange *exchange, const struct sim_piece *piece)
{
    struct bench *bench = ctx;
    char text[64];
    if (piece->kind == SIM_PIECE_HEAD) {
        (void)snprintf(text, sizeof(text), "status %u;", exchange->answer->status);
        tell(bench, text);
    } else if (piece->kind == SIM_PIECE_BROKEN) {
        tell(bench, "broken;");
    }
    if (bench->says_more && piece->kind == SIM_PIECE_END) {
        exchange->owner = bench;
        sim_relay_say_from(exchange, more);
    }
    if (bench->cuts) {
        sim_relay_say(exchange, "HTTP", 4);
        sim_relay_cut(exchange);
    }
    return !bench->swallows;
}

static void woken(void *ctx, struct sim_relay_exchange *exchange)
{
    tell(ctx, "woken;");
    sim_relay_say(exchange, "late", 4);
    sim_relay_finish(exchange);
}

static void over(void *ctx, struct sim_relay_exchange *exchange, enum sim_relay_end end)
{
    static const char *const words[] = { "answered", "lost", "left", "cut", "strange" };
    struct bench *bench = ctx;
    char text[64];
    (void)snprintf(text, sizeof(text), "over %d %s %d;", (int)exchange->number, words[end],
                   (int)exchange->body_bytes);
    tell(bench, text);
}

static const struct sim_relay_hooks hooks = {
    .asked = asked,
    .answered = answered,
    .woken = woken,
    .over = over,
};

/* --- the bench ---------------------------------------------------------------------------- */

static int connect_engine(void *ctx)
{
    struct bench *bench = ctx;
    int pair[2];
    if (bench->refuses) {
        return -1;
    }
    assert_true(bench->engine_count < ENGINE_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    bench->engines[bench->engine_count++] = pair[1];
    return pair[0];
}

/* Until nothing happens any more. */
static void turn(struct bench *bench)
{
    struct pollfd file = { .fd = sim_relay_descriptor(bench->relay), .events = POLLIN };
    do {
        sim_relay_dispatch(bench->relay);
    } while (poll(&file, 1, 2) > 0);
}

static int connect_client(struct bench *bench)
{
    struct sim_address address;
    char message[256];
    assert_true(sim_address_read(bench->address, &address, message));
    bench->client = sim_address_connect(&address);
    assert_true(bench->client >= 0);
    turn(bench);
    return bench->client;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    char message[256];
    assert_non_null(bench);
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/drydock-relay-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->address, sizeof(bench->address), "unix://%s/socket", bench->folder);
    const struct sim_relay_options options = {
        .listening = sim_server_listen(bench->address, message),
        .connect = connect_engine,
        .hooks = &hooks,
        .ctx = bench,
    };
    assert_true(options.listening >= 0);
    bench->relay = sim_relay_open(&options, message);
    assert_non_null(bench->relay);
    connect_client(bench);
    *state = bench;
    return 0;
}

static void close_engine(struct bench *bench, size_t index)
{
    if (bench->engines[index] >= 0) {
        (void)close(bench->engines[index]);
        bench->engines[index] = -1;
    }
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    if (bench->client >= 0) {
        (void)close(bench->client);
    }
    if (bench->relay != NULL) {
        turn(bench);
        if (sim_relay_link_count(bench->relay) != 0) {
            return -1; /* nobody is there any more */
        }
    }
    sim_relay_close(bench->relay);
    for (size_t i = 0; i < bench->engine_count; i++) {
        close_engine(bench, i);
    }
    sim_server_unlisten(bench->address);
    (void)rmdir(bench->folder);
    free(bench);
    return 0;
}

static void say(struct bench *bench, int file, const char *text)
{
    assert_int_equal(send(file, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    turn(bench);
}

/* What came; "(end)" behind it, if that was all. */
static const char *heard(int file)
{
    static char text[8192];
    ssize_t size = recv(file, text, sizeof(text) - 8, 0);
    size_t length = size > 0 ? (size_t)size : 0;
    text[length] = '\0';
    if (length == 0 && size == 0) {
        (void)snprintf(text, sizeof(text), "(end)");
    }
    return text;
}

/* --- passing on ------------------------------------------------------------------------------ */

/* Requests and answers are passed on as they came, credentials and all; the hooks see
 * no credentials. */
static void test_relay_passes_on(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 2; i++) {
        say(bench, bench->client, REQUEST);
        assert_string_equal(heard(bench->engines[0]), REQUEST);
        say(bench, bench->engines[0], ANSWER);
        assert_string_equal(heard(bench->client), ANSWER);
    }
    assert_string_equal(bench->told, "1 GET /v1.41/images/a/json ? x=y ******;status 200;"
                                     "over 1 answered 5;"
                                     "2 GET /v1.41/images/a/json ? x=y ******;status 200;"
                                     "over 2 answered 5;");
}

/* A stream is passed on part by part, as it comes. */
static void test_relay_does_not_wait_for_a_stream(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[0], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_string_equal(heard(bench->client),
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    say(bench, bench->engines[0], "3\r\nab");
    assert_string_equal(heard(bench->client), "3\r\nab");
    say(bench, bench->engines[0], "c\r\n0\r\n\r\n");
    assert_string_equal(heard(bench->client), "c\r\n0\r\n\r\n");
    assert_non_null(strstr(bench->told, "over 1 answered 3;"));
}

/* Of two requests that come at once the second waits for the first one's answer. */
static void test_relay_asks_one_after_the_other(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client,
        "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nxyGET /b HTTP/1.1\r\n\r\n");
    assert_string_equal(heard(bench->engines[0]),
                        "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nxy");
    say(bench, bench->engines[0], ANSWER);
    assert_string_equal(heard(bench->engines[0]), "GET /b HTTP/1.1\r\n\r\n");
    say(bench, bench->engines[0], ANSWER);
    assert_string_equal(heard(bench->client), ANSWER ANSWER);
    assert_string_equal(bench->told, "1 POST /a ?  ;body;status 200;over 1 answered 5;"
                                     "2 GET /b ?  ;status 200;over 2 answered 5;");
}

/* After 101, and where no HTTP is spoken, both sides' bytes are passed on, and each
 * side's end. */
static void test_relay_becomes_a_tunnel(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client, "POST /attach HTTP/1.1\r\n\r\n");
    say(bench, bench->client, "early");
    (void)heard(bench->engines[0]);
    say(bench, bench->engines[0], "HTTP/1.1 101 UPGRADED\r\n\r\nraw");
    assert_string_equal(heard(bench->client), "HTTP/1.1 101 UPGRADED\r\n\r\nraw");
    assert_string_equal(heard(bench->engines[0]), "early");
    (void)shutdown(bench->client, SHUT_WR);
    turn(bench);
    assert_string_equal(heard(bench->engines[0]), "(end)");
    say(bench, bench->engines[0], "last words");
    close_engine(bench, 0);
    turn(bench);
    assert_string_equal(heard(bench->client), "last words");
    assert_string_equal(heard(bench->client), "(end)");
    assert_non_null(strstr(bench->told, "over 1 answered 0;"));
}

/* What is no HTTP goes through unchanged. */
static void test_relay_passes_on_what_is_no_http(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client, "hello there\r\n\r\nand more");
    assert_string_equal(heard(bench->engines[0]), "hello there\r\n\r\nand more");
    say(bench, bench->engines[0], "what?");
    assert_string_equal(heard(bench->client), "what?");
    close_engine(bench, 0);
    turn(bench);
    connect_client(bench);
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[1], "SSH-2.0\r\n\r\nx");
    assert_string_equal(heard(bench->client), "SSH-2.0\r\n\r\nx");
    assert_non_null(strstr(bench->told, "over 1 strange 0;"));
}

/* --- ends ------------------------------------------------------------------------------------- */

/* An engine that dies under a request is a connection that breaks; an engine that is not
 * there is one that is closed; and when it is back, it is found. */
static void test_relay_survives_its_engine(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[0], "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    close_engine(bench, 0);
    turn(bench);
    assert_string_equal(heard(bench->client), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    assert_string_equal(heard(bench->client), "(end)");
    assert_non_null(strstr(bench->told, "broken;over 1 lost 2;"));
    (void)close(bench->client);
    bench->refuses = true;
    (void)close(connect_client(bench));
    bench->refuses = false;
    connect_client(bench);
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[1], ANSWER);
    assert_string_equal(heard(bench->client), ANSWER);
}

/* An answer without a length ends with its connection, and is whole. */
static void test_relay_knows_an_end_by_close(void **state)
{
    struct bench *bench = *state;
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[0], "HTTP/1.1 200 OK\r\n\r\nhello");
    close_engine(bench, 0);
    turn(bench);
    assert_string_equal(heard(bench->client), "HTTP/1.1 200 OK\r\n\r\nhello");
    assert_string_equal(heard(bench->client), "(end)");
    assert_non_null(strstr(bench->told, "over 1 answered 5;"));
}

/* A client that hangs up hangs up on the engine, too; what it asked for was asked. */
static void test_relay_hangs_up_with_its_client(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(send(bench->client, REQUEST, strlen(REQUEST), 0), (ssize_t)strlen(REQUEST));
    (void)close(bench->client);
    bench->client = -1;
    turn(bench);
    assert_string_equal(heard(bench->engines[0]), REQUEST);
    assert_string_equal(heard(bench->engines[0]), "(end)");
    assert_non_null(strstr(bench->told, "over 1 left 0;"));
    assert_int_equal(sim_relay_link_count(bench->relay), 0);
}

/* Closing ends what is open, and every descriptor is given back. */
static void test_relay_closes_what_is_open(void **state)
{
    struct bench *bench = *state;
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    say(bench, bench->client, REQUEST);
    sim_relay_close(bench->relay);
    bench->relay = NULL;
    assert_non_null(strstr(bench->told, "over 1 left 0;"));
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(after < before);
    (void)close(before);
    (void)close(after);
}

/* --- meddling ----------------------------------------------------------------------------------
 */

/* What a hook does not pass on is not passed on, and the exchange waits for its word. */
static void test_relay_lets_a_hook_answer(void **state)
{
    struct bench *bench = *state;
    bench->swallows = true;
    say(bench, bench->client, REQUEST REQUEST);
    say(bench, bench->engines[0], ANSWER);
    assert_string_equal(heard(bench->client), "");
    assert_null(strstr(bench->told, "over"));
    close_engine(bench, 0);
    turn(bench);
    assert_string_equal(heard(bench->client), "");
    assert_null(strstr(bench->told, "over"));
}

/* Cutting closes both ends, after what was said. */
static void test_relay_lets_a_hook_cut(void **state)
{
    struct bench *bench = *state;
    bench->cuts = true;
    say(bench, bench->client, REQUEST REQUEST);
    say(bench, bench->engines[0], ANSWER);
    assert_string_equal(heard(bench->client), "HTTP");
    assert_string_equal(heard(bench->client), "(end)");
    (void)heard(bench->engines[0]);
    assert_string_equal(heard(bench->engines[0]), "(end)");
    assert_non_null(strstr(bench->told, "over 1 cut 0;"));
    assert_null(strstr(bench->told, "2 GET"));
}

/* A source is asked only for what can be sent, and the exchange ends with it. */
static void test_relay_asks_a_source_as_it_can_send(void **state)
{
    struct bench *bench = *state;
    bench->says_more = true;
    say(bench, bench->client, REQUEST);
    say(bench, bench->engines[0], ANSWER);
    assert_in_range(bench->more, 1, 99999);
    assert_null(strstr(bench->told, "over"));
    for (size_t length = 0; length < strlen(ANSWER) + 100000;) {
        length += strlen(heard(bench->client));
        turn(bench);
    }
    assert_int_equal(bench->more, 100000);
    assert_non_null(strstr(bench->told, "over 1 answered 5;"));
}

/* --- addresses
 * ------------------------------------------------------------------------------------ */

/* An address that is none is refused with a word on what was expected. */
static void test_relay_refuses_bad_addresses(void **state)
{
    static const char *const bad[] = { "",
                                       "unix://",
                                       "unix://relative",
                                       "tcp://127.0.0.1",
                                       "tcp://127.0.0.1:",
                                       "tcp://127.0.0.1:65536",
                                       "tcp://127.0.0.1:1x",
                                       "tcp://somewhere:1",
                                       "http://127.0.0.1:1" };
    struct sim_address address;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char message[256] = "";
        assert_false(sim_address_read(bad[i], &address, message));
        assert_non_null(strstr(message, "expected unix:///PATH"));
    }
}

/* Over TCP, too: a relay before a relay, and an engine that is not there. */
static void test_relay_connects_over_tcp(void **state)
{
    struct bench *bench = *state;
    char message[256];
    char upstream[64];
    struct sim_relay_options options = {
        .listening = sim_server_listen("tcp://127.0.0.1:0", message),
        .upstream = bench->address,
    };
    (void)snprintf(upstream, sizeof(upstream), "tcp://127.0.0.1:%u",
                   sim_server_port(options.listening));
    struct sim_relay *second = sim_relay_open(&options, message);
    options.listening = sim_server_listen("tcp://127.0.0.1:0", message);
    options.upstream = upstream;
    struct sim_relay *first = sim_relay_open(&options, message);
    struct sim_address address;
    (void)snprintf(upstream, sizeof(upstream), "tcp://127.0.0.1:%u",
                   sim_server_port(options.listening));
    assert_true(sim_address_read(upstream, &address, message));
    (void)close(bench->client);
    bench->client = sim_address_connect(&address);
    struct pollfd file = { .fd = bench->client, .events = POLLOUT };
    assert_int_equal(poll(&file, 1, 60000), 1);
    assert_int_equal(send(bench->client, REQUEST, strlen(REQUEST), 0), (ssize_t)strlen(REQUEST));
    file.events = POLLIN;
    for (int i = 0; i < 10000 && poll(&file, 1, 0) == 0; i++) {
        sim_relay_dispatch(first);
        sim_relay_dispatch(second);
        turn(bench);
        if (bench->engine_count > 1 && strcmp(heard(bench->engines[1]), REQUEST) == 0) {
            say(bench, bench->engines[1], ANSWER);
            sim_relay_close(second);
            second = NULL;
            break;
        }
    }
    assert_null(second);
    for (int i = 0; i < 10000 && poll(&file, 1, 1) == 0; i++) {
        sim_relay_dispatch(first);
    }
    assert_string_equal(heard(bench->client), "(end)");
    sim_relay_close(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_relay_passes_on),
        TEST(test_relay_does_not_wait_for_a_stream),
        TEST(test_relay_asks_one_after_the_other),
        TEST(test_relay_becomes_a_tunnel),
        TEST(test_relay_passes_on_what_is_no_http),
        TEST(test_relay_survives_its_engine),
        TEST(test_relay_knows_an_end_by_close),
        TEST(test_relay_hangs_up_with_its_client),
        TEST(test_relay_closes_what_is_open),
        TEST(test_relay_lets_a_hook_answer),
        TEST(test_relay_lets_a_hook_cut),
        TEST(test_relay_asks_a_source_as_it_can_send),
        TEST(test_relay_refuses_bad_addresses),
        TEST(test_relay_connects_over_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
