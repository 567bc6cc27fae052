/* Somebody else's HTTP, against a small server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* The above are cmocka's. */
#include <cmocka.h>

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/live/http.h"

/* The server says what it was asked: method, path, two headers, the body; "/long" is a
 * thousand bytes. */
struct fixture {
    struct MHD_Daemon *daemon;
    char address[64];
    struct sim_live_http_answer answer;
};

struct asked {
    struct fake_bytes body;
};

static enum MHD_Result respond(struct MHD_Connection *connection, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "X-Said", "  a value ");
    enum MHD_Result result = MHD_queue_response(connection, 201, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context)
{
    struct asked *asked = *context;
    char text[2048];
    (void)ctx;
    (void)version;
    if (!asked) {
        *context = calloc(1, sizeof(struct asked));
        return *context ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        fake_bytes_add(&asked->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    const char *said = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Asked");
    const char *who = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    const char *query = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "q");
    if (strcmp(url, "/long") == 0) {
        memset(text, 'x', 1000);
        text[1000] = '\0';
        return respond(connection, text);
    }
    snprintf(text, sizeof text, "%s %s %s %s %s %s", method, url, query ? query : "-",
             said ? said : "-", who ? who : "-", asked->body.at ? asked->body.at : "-");
    return respond(connection, text);
}

static void completed(void *ctx, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code)
{
    struct asked *asked = *context;
    (void)ctx;
    (void)connection;
    (void)code;
    if (asked) {
        fake_bytes_release(&asked->body);
        free(asked);
    }
}

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ 0 };
    struct sockaddr_in where = { .sin_family = AF_INET };
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fixture.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, NULL,
                                      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&where,
                                      MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    assert_non_null(fixture.daemon);
    snprintf(fixture.address, sizeof fixture.address, "127.0.0.1:%u",
             (unsigned)MHD_get_daemon_info(fixture.daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    MHD_stop_daemon(f->daemon);
    sim_live_http_release(&f->answer);
    return 0;
}

static void ask(struct fixture *f, struct sim_live_http_request request)
{
    request.method = request.method ? request.method : "GET";
    request.address = request.address ? request.address : f->address;
    sim_live_http(&request, &f->answer);
}

/* Method, path, argument and body arrive, and so do status, header and body. */
static void test_a_request_and_its_answer(void **state)
{
    struct fixture *f = *state;
    const char *headers[] = { "X-Asked: this", NULL };
    ask(f, (struct sim_live_http_request){ .method = "PUT",
                                           .path = "/a?q=b%2Fc",
                                           .headers = headers,
                                           .body = "body",
                                           .body_size = 4,
                                           .wanted = "x-said" });
    assert_int_equal(f->answer.status, 201);
    assert_string_equal(f->answer.body.at, "PUT /a b/c this - body");
    assert_string_equal(f->answer.header, "a value");
}

/* A header that is not there has no value, also if another one begins like it. */
static void test_a_header_that_is_missing(void **state)
{
    struct fixture *f = *state;
    ask(f, (struct sim_live_http_request){ .path = "/", .wanted = "X-Sai" });
    assert_int_equal(f->answer.status, 201);
    assert_string_equal(f->answer.header, "");
}

/* A whole address stands where a path does, as in a Location. */
static void test_a_whole_address(void **state)
{
    struct fixture *f = *state;
    char address[96];
    (void)snprintf(address, sizeof(address), "http://%s/whole", f->address);
    ask(f, (struct sim_live_http_request){ .path = address });
    assert_string_equal(f->answer.body.at, "GET /whole - - - -");
}

/* A POST without a body is one with an empty body. */
static void test_a_post_without_a_body(void **state)
{
    struct fixture *f = *state;
    ask(f, (struct sim_live_http_request){ .method = "POST", .path = "/p" });
    assert_string_equal(f->answer.body.at, "POST /p - - - -");
}

/* An answer to HEAD has no body, and nobody waits for one. */
static void test_a_head(void **state)
{
    struct fixture *f = *state;
    ask(f, (struct sim_live_http_request){ .method = "HEAD", .path = "/p" });
    assert_int_equal(f->answer.status, 201);
    assert_int_equal(f->answer.body.size, 0);
}

/* Name and password go by basic authentication. */
static void test_credentials(void **state)
{
    struct fixture *f = *state;
    ask(f,
        (struct sim_live_http_request){ .path = "/p", .username = "alice", .password = "secret" });
    assert_string_equal(f->answer.body.at, "GET /p - - Basic YWxpY2U6c2VjcmV0 -");
}

/* A body longer than the bound is no answer. */
static void test_a_body_is_bounded(void **state)
{
    struct fixture *f = *state;
    ask(f, (struct sim_live_http_request){ .path = "/long", .answer_max = 999 });
    assert_int_equal(f->answer.status, 0);
    assert_string_not_equal(f->answer.why, "");
    assert_true(f->answer.body.size <= 999);
}

static bool hang_up(void *ctx, const char *bytes, size_t size)
{
    size_t *received = ctx;
    (void)bytes;
    *received += size;
    return false;
}

/* Whoever receives a stream can hang up, and keeps what he wants of it. */
static void test_hanging_up(void **state)
{
    struct fixture *f = *state;
    size_t received = 0;
    ask(f,
        (struct sim_live_http_request){ .path = "/long", .received = hang_up, .ctx = &received });
    assert_true(received > 0);
    assert_int_equal(f->answer.status, 0);
    assert_false(f->answer.refused);
    assert_int_equal(f->answer.body.size, 0);
}

/* Where nobody listens the answer says so: by TCP and by a socket's path. */
static void test_nobody_listens(void **state)
{
    struct fixture *f = *state;
    ask(f, (struct sim_live_http_request){ .address = "unix:///no/such.sock", .path = "/" });
    assert_true(f->answer.refused);
    assert_int_equal(f->answer.status, 0);
    sim_live_http_release(&f->answer);
    ask(f, (struct sim_live_http_request){ .address = "127.0.0.1:1", .path = "/" });
    assert_true(f->answer.refused);
}

/* Who does not answer is waited for no longer than was said. */
static void test_a_deadline(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_in where = { .sin_family = AF_INET };
    socklen_t size = sizeof(where);
    char address[64];
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_return_code(bind(listening, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_return_code(listen(listening, 1), 0);
    assert_return_code(getsockname(listening, (struct sockaddr *)&where, &size), 0);
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)ntohs(where.sin_port));
    ask(f, (struct sim_live_http_request){ .address = address, .path = "/", .timeout_ms = 50 });
    close(listening);
    assert_false(f->answer.refused);
    assert_int_equal(f->answer.status, 0);
}

/* What is not plain in a URL is escaped. */
static void test_escaping(void **state)
{
    struct fake_bytes bytes;
    (void)state;
    fake_bytes_init(&bytes);
    sim_live_http_escape(&bytes, "a-Z_0.~/b:@ \xff");
    assert_string_equal(bytes.at, "a-Z_0.~%2Fb%3A%40%20%FF");
    fake_bytes_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_request_and_its_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_header_that_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_whole_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_post_without_a_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_credentials, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_body_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hanging_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deadline, setup, teardown),
        cmocka_unit_test(test_escaping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
