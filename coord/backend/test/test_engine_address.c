/* Where an engine is, as the docker command reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/engine_address.h"

static enum dd_status read_address(const char *text, struct dd__engine_address *out, char why[512])
{
    struct dd__text builder;

    dd__text_init(&builder, why, 512);
    return dd__engine_address_read(text, out, &builder);
}

/* Sockets, hosts, ports and paths, with the docker command's defaults. */
static void test_address_forms(void **state)
{
    static const struct {
        const char *text;
        const char *socket_path;
        const char *base_url;
        const char *shown;
    } rows[] = {
        { "", "/var/run/docker.sock", "http://localhost", "unix:///var/run/docker.sock" },
        { "unix://", "/var/run/docker.sock", "http://localhost", "unix:///var/run/docker.sock" },
        { " unix:///run/user/1000/docker.sock\n", "/run/user/1000/docker.sock", "http://localhost",
          "unix:///run/user/1000/docker.sock" },
        { "unix://docker.sock", "docker.sock", "http://localhost", "unix://docker.sock" },
        { "tcp://host", "", "http://host:2375", "tcp://host:2375" },
        { "tcp://", "", "http://localhost:2375", "tcp://localhost:2375" },
        { "tcp://:2376", "", "http://localhost:2376", "tcp://localhost:2376" },
        { "tcp://10.0.0.1:1", "", "http://10.0.0.1:1", "tcp://10.0.0.1:1" },
        { "tcp://[::1]:65535/", "", "http://[::1]:65535", "tcp://[::1]:65535" },
        { "tcp://[fe80::1]", "", "http://[fe80::1]:2375", "tcp://[fe80::1]:2375" },
        { "tcp://host:1/a/b//", "", "http://host:1/a/b", "tcp://host:1/a/b" },
        { "host:1234", "", "http://host:1234", "tcp://host:1234" },
        { ":1234", "", "http://localhost:1234", "tcp://localhost:1234" },
        { "host", "", "http://host:2375", "tcp://host:2375" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dd__engine_address address;
        char why[512] = "";

        assert_int_equal(read_address(rows[i].text, &address, why), DD_OK);
        assert_string_equal(why, "");
        assert_string_equal(address.socket_path, rows[i].socket_path);
        assert_string_equal(address.base_url, rows[i].base_url);
        assert_string_equal(address.shown, rows[i].shown);
    }
}

/* What is malformed or not supported is refused, in a sentence that names it. */
static void test_address_refusals(void **state)
{
    static const char *const texts[] = { "ssh://me@host",
                                         "npipe:////./pipe/docker_engine",
                                         "fd://",
                                         "http://host:1",
                                         "unix://a://b",
                                         "tcp://host:0",
                                         "tcp://h:x",
                                         "tcp://h:65536",
                                         "tcp://h:",
                                         "tcp://h:99999999999999999999",
                                         "tcp://[::1",
                                         "tcp://[]:1",
                                         "tcp://[::1]x",
                                         "tcp://a b",
                                         "tcp://h/?q",
                                         "tcp://h:1/a b",
                                         "tcp://h#x",
                                         "a@b",
                                         "tcp://h:1/\xC3\xA4" };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct dd__engine_address address = { .shown = "as it was" };
        char why[512] = "";

        assert_int_equal(read_address(texts[i], &address, why), DD_EINVAL);
        assert_string_equal(address.shown, "as it was");
        assert_non_null(strstr(why, "the engine's address \""));
    }
}

/* The path of a socket and the whole address are bounded. */
static void test_address_is_bounded(void **state)
{
    struct dd__engine_address address;
    char text[1024] = "unix://";
    char why[512];

    (void)state;
    memset(text + 7, 'a', DD__SOCKET_PATH_MAX);
    text[7 + DD__SOCKET_PATH_MAX] = '\0';
    assert_int_equal(read_address(text, &address, why), DD_OK);
    assert_string_equal(address.socket_path, text + 7);
    memcpy(text + 7 + DD__SOCKET_PATH_MAX, "a", 2);
    assert_int_equal(read_address(text, &address, why), DD_EINVAL);
    assert_non_null(strstr(why, "longer than the path of a socket may be"));
    memset(text, 'a', 1000);
    text[1000] = '\0';
    assert_int_equal(read_address(text, &address, why), DD_EINVAL);
}

/* A password in an address is refused, and is not in the sentence that says so. */
static void test_address_keeps_secrets(void **state)
{
    struct dd__engine_address address;
    char why[512];

    (void)state;
    assert_int_equal(read_address("tcp://alice:hunter2@host:2375", &address, why), DD_EINVAL);
    assert_null(strstr(why, "hunter2"));
    assert_non_null(strstr(why, "expected tcp://HOST[:PORT]"));
}

/* The environment: DOCKER_HOST, nothing, or TLS, which would be spoken in vain. */
static void test_address_of_the_environment(void **state)
{
    char why[512] = "";
    struct dd__text text;

    (void)state;
    dd__text_init(&text, why, sizeof why);
    assert_int_equal(unsetenv("DOCKER_TLS_VERIFY"), 0);
    assert_int_equal(unsetenv("DOCKER_HOST"), 0);
    assert_string_equal(dd__engine_address_environment(&text), "");
    assert_int_equal(setenv("DOCKER_HOST", "tcp://h", 1), 0);
    assert_string_equal(dd__engine_address_environment(&text), "tcp://h");
    assert_int_equal(setenv("DOCKER_TLS_VERIFY", "1", 1), 0);
    assert_null(dd__engine_address_environment(&text));
    assert_non_null(strstr(why, "TLS"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address_forms),
        cmocka_unit_test(test_address_refusals),
        cmocka_unit_test(test_address_is_bounded),
        cmocka_unit_test(test_address_keeps_secrets),
        cmocka_unit_test(test_address_of_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
