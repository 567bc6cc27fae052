/* The fake engine's server: where it listens, who logs in, what it is asked, how it
 * misbehaves, and clients who leave. */
#include <dirent.h>
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
#include "sim/server/exchange.h"
#include "sim/test/misbehave_fixture.h"

/* --- logging in ---------------------------------------------------------------------------- */

static void check_login(const char *header, const char *username, const char *password,
                        const char *token)
{
    struct sim_login login;
    sim_login_read(&login, header);
    const char *const found[] = { login.credentials.username, login.credentials.password,
                                  login.credentials.identity_token };
    const char *const wanted[] = { username, password, token };
    for (int i = 0; i < 3; i++) {
        assert_string_equal(found[i] != NULL ? found[i] : "-", wanted[i] != NULL ? wanted[i] : "-");
    }
    sim_login_release(&login);
}

/* pull-anonymous-fallback: padded base64 in the URL's alphabet is read; all else is
 * silently nobody (H27). */
static void test_server_reads_logins(void **state)
{
    (void)state;
    check_login("eyJ1c2VybmFtZSI6ImEiLCJwYXNzd29yZCI6ImI_YiJ9", "a", "b?b", NULL);
    check_login("eyJpZGVudGl0eXRva2VuIjoidCJ9", NULL, NULL, "t");
    check_login("eyJ1c2VybmFtZSI6ImFiIn0=", "ab", NULL, NULL);
    check_login("eyJ1c2VybmFtZSI6ImFiIn0", NULL, NULL, NULL);
    check_login("eyJ1c2VybmFtZSI6ImEiLCJwYXNzd29yZCI6ImI/YiJ9", NULL, NULL, NULL);
    check_login("bm8ganNvbg==", NULL, NULL, NULL);
    check_login("====", NULL, NULL, NULL);
    check_login("W10=", NULL, NULL, NULL);
    check_login("", NULL, NULL, NULL);
    check_login(NULL, NULL, NULL, NULL);
}

/* --- listening ------------------------------------------------------------------------------ */

/* An address that is none is refused with its reason. */
static void test_server_refuses_bad_addresses(void **state)
{
    static const char *const bad[][2] = {
        { "", "expected unix:///PATH" },
        { "unix://relative", "absolute path" },
        { "unix:///no/such/folder/s", "cannot be listened at" },
        { "tcp://127.0.0.1:x", "expected a port" },
        { "tcp://127.0.0.1:65536", "expected a port" },
        { "tcp://0.0.0.0:80", "expected unix:///PATH" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char message[256] = "";
        assert_int_equal(sim_server_listen(bad[i][0], message), -1);
        assert_non_null(strstr(message, bad[i][1]));
    }
}

/* A socket that nobody listens at any more is taken; one that is listened at is not, and
 * neither is a file. */
static void test_server_takes_only_what_was_left(void **state)
{
    char folder[] = "/tmp/drydock-listen-XXXXXX";
    char address[64];
    char message[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address, sizeof(address), "unix://%s/s", folder);
    int first = sim_server_listen(address, message);
    assert_true(first >= 0);
    assert_int_equal(sim_server_port(first), 0);
    assert_int_equal(sim_server_listen(address, message), -1);
    (void)close(first);
    int second = sim_server_listen(address, message);
    assert_true(second >= 0);
    (void)close(second);
    sim_server_unlisten(address);
    FILE *file = fopen(address + strlen("unix://"), "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(sim_server_listen(address, message), -1);
    sim_server_unlisten(address);
    assert_int_equal(rmdir(folder), 0);
}

/* --- misbehaviours ---------------------------------------------------------------------------- */

/* KIND, KIND:CALL and KIND:CALL:N are read; all else is refused with what was expected. */
static void test_server_reads_misbehaviours(void **state)
{
    static const char *const bad[][2] = {
        { "", "unknown misbehaviour \"\"; expected stall, " },
        { "stal", "unknown misbehaviour \"stal\"" },
        { "stall:", "unknown call \"\"; expected any, version, info, pull, " },
        { "stall:pulls", "unknown call \"pulls\"" },
        { "stall:pull:", "bad count \"\"" },
        { "stall:pull:0", "bad count \"0\"" },
        { "stall:pull:1x", "bad count \"1x\"" },
        { "stall:pull:-1", "bad count \"-1\"" },
        { "stall:pull:1:2", "bad count \"1:2\"" },
        { "stall:pull:10000000", "expected a number from 1 to 999999" },
    };
    struct sim_misbehaviour found;
    char message[384] = "";
    (void)state;
    assert_true(sim_misbehaviour_read("500", &found, message));
    assert_int_equal(found.kind, SIM_MISBEHAVIOUR_STATUS_500);
    assert_int_equal(found.call, SIM_ENDPOINT_ANY);
    assert_int_equal(found.nth, 0);
    assert_true(sim_misbehaviour_read("one-byte:remove:42", &found, message));
    assert_int_equal(found.kind, SIM_MISBEHAVIOUR_ONE_BYTE);
    assert_int_equal(found.call, SIM_ENDPOINT_REMOVE);
    assert_int_equal(found.nth, 42);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sim_misbehaviour_read(bad[i][0], &found, message));
        assert_non_null(strstr(message, bad[i][1]));
    }
}

/* What is asked for is told by method and path, with a version or without. */
static void test_server_knows_what_is_asked(void **state)
{
    (void)state;
    assert_int_equal(sim_endpoint_of("HEAD", "/_ping"), SIM_ENDPOINT_VERSION);
    assert_int_equal(sim_endpoint_of("GET", "/version"), SIM_ENDPOINT_VERSION);
    assert_int_equal(sim_endpoint_of("GET", "/v1.41/info"), SIM_ENDPOINT_INFO);
    assert_int_equal(sim_endpoint_of("POST", "/v1.41/images/create"), SIM_ENDPOINT_PULL);
    assert_int_equal(sim_endpoint_of("GET", "/v1.41/images/h:5/a/b:1/json"), SIM_ENDPOINT_INSPECT);
    assert_int_equal(sim_endpoint_of("GET", "/v1.41/images/json"), SIM_ENDPOINT_LIST);
    assert_int_equal(sim_endpoint_of("DELETE", "/images/a"), SIM_ENDPOINT_REMOVE);
    assert_int_equal(sim_endpoint_of("POST", "/images/a/tag"), SIM_ENDPOINT_ANY);
    assert_int_equal(sim_endpoint_of("GET", "/containers/json"), SIM_ENDPOINT_ANY);
    assert_int_equal(sim_endpoint_of("GET", "/v/info"), SIM_ENDPOINT_ANY);
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* A request over a connection of its own; the answer's first bytes, or "" if @leaves. */
static void ask(const struct engine_child *child, const char *request, bool leaves,
                char answer[512])
{
    struct sim_address address;
    char message[256];
    ssize_t size = 0;
    assert_true(sim_address_read(child->address, &address, message));
    struct pollfd file = { .fd = sim_address_connect(&address), .events = POLLIN };
    assert_true(file.fd >= 0);
    assert_int_equal(send(file.fd, request, strlen(request), MSG_NOSIGNAL),
                     (ssize_t)strlen(request));
    if (!leaves) {
        assert_int_equal(poll(&file, 1, 60000), 1);
        size = recv(file.fd, answer, 511, 0);
    }
    answer[size > 0 ? size : 0] = '\0';
    (void)close(file.fd);
}

/* Paths that are none, names that are none, and what is too long get the engine's kind of
 * error. */
static void test_server_answers_what_is_no_request(void **state)
{
    static const struct {
        const char *request, *status, *part;
    } rows[] = {
        { "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", "404", "page not found" },
        { "PUT /images/json HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "404", "" },
        { "GET /images/none:1/json HTTP/1.1\r\nHost: x\r\n\r\n", "404", "No such image" },
        { "DELETE /images/A HTTP/1.1\r\nHost: x\r\n\r\n", "400", "invalid reference format" },
        { "POST /images/create HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "400", "" },
        { "POST /images/create?fromImage=none&tag=1 HTTP/1.1\r\nHost: x\r\n"
          "Content-Length: 0\r\n\r\n",
          "404", "manifest unknown" },
        { "GET /images/json?filters={\"dangling\":{\"true\":true}} HTTP/1.1\r\nHost: x\r\n\r\n",
          "400", "by reference only" },
        { "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n", "200", "OK" },
        { "no HTTP at all\r\n\r\n", "400", "" },
    };
    struct engine_child child;
    char answer[512];
    (void)state;
    engine_child_start(&child, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask(&child, rows[i].request, false, answer);
        assert_memory_equal(answer, "HTTP/1.", 7);
        assert_memory_equal(answer + 9, rows[i].status, 3);
        assert_non_null(strstr(answer, rows[i].part));
    }
    engine_child_stop(&child);
}

static int files_of(pid_t pid)
{
    char path[64];
    int count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

/* Clients who leave in the middle of whatever they asked for leave nothing behind, with a
 * relay before the engine and without. */
static void test_server_forgets_who_leaves(void **state)
{
    static const char *const requests[] = {
        "POST /images/create?fromImage=app&tag=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "GET /images/json HTTP/1.1\r\nHost: x\r\n\r\n",
        "DELETE /images/app:1?noprune=true HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /images/create?fromImage=app&tag=1 HTTP/1.1\r\nContent-Le",
        "",
    };
    static const char *const misbehaviours[] = { NULL, "stall:any", "endless-line:any" };
    static const char ping[] = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    struct engine_child child;
    char answer[512];
    (void)state;
    for (size_t i = 0; i < sizeof(misbehaviours) / sizeof(misbehaviours[0]); i++) {
        engine_child_start(&child, misbehaviours[i]);
        ask(&child, ping, i == 1, answer);
        /* (Some are opened when they are needed first.) */
        int files = files_of(child.pid) + 10;
        for (int round = 0; round < 500; round++) {
            ask(&child, requests[round % 5], true, answer);
        }
        ask(&child, ping, i == 1, answer);
        /* The last of them may still be on their way out, or in. */
        int left = files_of(child.pid);
        for (int tries = 0; left > files && tries < 60000; tries++) {
            (void)poll(NULL, 0, 1);
            left = files_of(child.pid);
        }
        assert_true(left <= files);
        engine_child_stop(&child);
        assert_true(child.grown_kb < 64L * 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_reads_logins),
        cmocka_unit_test(test_server_refuses_bad_addresses),
        cmocka_unit_test(test_server_takes_only_what_was_left),
        cmocka_unit_test(test_server_reads_misbehaviours),
        cmocka_unit_test(test_server_knows_what_is_asked),
        cmocka_unit_test(test_server_answers_what_is_no_request),
        cmocka_unit_test(test_server_forgets_who_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
