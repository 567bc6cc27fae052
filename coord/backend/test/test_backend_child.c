/*
 * The backend beside child processes: a child without permission is told so, and a
 * program that is started has no descriptor of ours.
 */
#define _GNU_SOURCE /* NOLINT: that is its name; for setresuid */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"
#include "drydock/agent.h"

#define NOBODY 65534
#define OUTPUT_MAX 8192

static int setup(void **state)
{
    *state = client_fixture_create(true);
    return 0;
}

static int teardown(void **state)
{
    client_fixture_destroy(*state);
    return 0;
}

/* All that comes from @fd until its end, and the child's exit status. */
static int child_await(pid_t child, int fd, char output[OUTPUT_MAX])
{
    size_t size = 0;
    ssize_t more;
    int status = -1;

    while (size < OUTPUT_MAX - 1 && (more = read(fd, output + size, OUTPUT_MAX - 1 - size)) > 0) {
        size += (size_t)more;
    }
    output[size] = '\0';
    (void)close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Open an agent as nobody; write its status and the sentence that it says. (The exit
 * status may be a checker's, which minds what the child has of its parent.) */
static void try_as_nobody(const char *host, int out)
{
    char why[DD_WHY_SIZE] = "";
    struct dd_agent_config config;
    struct dd_agent *agent;
    enum dd_status status;

    if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0) {
        _exit(99);
    }
    dd_agent_config_init(&config);
    config.docker_host = host;
    status = dd_agent_open_wait(&config, why, sizeof why, &agent);
    (void)dprintf(out, "%d: %s", (int)status, why);
    _exit(0);
}

/* A socket that is its owner's alone is a sentence at once that names it and says that
 * permission is what is missing; as whatever cannot be reached it is DD_ENETWORK, for
 * somebody may give the permission yet. */
static void test_child_without_permission(void **state)
{
    struct client_fixture *f = *state;
    const char *path = f->web.address + strlen("unix://");
    char expected[256];
    char output[OUTPUT_MAX];
    int ends[2];

    assert_int_equal(chmod(f->web.folder, 0755), 0);
    /* Root may use any: there the child is nobody. Elsewhere it is this user, who has
     * taken the permission from himself. */
    assert_int_equal(chmod(path, geteuid() == 0 ? 0600 : 0), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        try_as_nobody(f->web.address, ends[1]);
    }
    (void)close(ends[1]);
    (void)child_await(child, ends[0], output);
    (void)snprintf(expected, sizeof expected,
                   "%d: cannot connect to the engine at %s: permission denied: this user may not "
                   "use the socket",
                   (int)DD_ENETWORK, f->web.address);
    assert_string_equal(output, expected);
    assert_true(dd_status_recoverable(DD_ENETWORK));
}

/* Whether @fd is of the backend: its loop's, its timer's, or a connection to the engine.
 * (libcurl's own pair of sockets, by which it would wake itself, leads nowhere.) */
static bool is_ours(const struct client_fixture *f, int fd, const char *link)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;

    if (strncmp(link, "socket:", 7) != 0) {
        return strncmp(link, "anon_inode:", 11) == 0;
    }
    memset(&peer, 0, sizeof peer);
    return getpeername(fd, (struct sockaddr *)(void *)&peer, &size) == 0 &&
           strstr(((const char *)&peer) + offsetof(struct sockaddr, sa_data),
                  f->web.address + strlen("unix://")) != NULL;
}

/* The descriptors of this process that are ours, and are in @output, too. */
static void count_ours(const struct client_fixture *f, const char *output, size_t *ours,
                       size_t *passed_on)
{
    for (int fd = 3; fd < 256; fd++) {
        char path[64];
        char link[256];
        char named[300];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        (void)snprintf(named, sizeof named, "%d %s\n", fd, link);
        if (length > 0 && is_ours(f, fd, link)) {
            *ours += 1;
            *passed_on += strstr(output, named) != NULL ? 1 : 0;
        }
    }
}

/* A program that an agent starts while calls are under way gets no connection to the
 * engine, nor anything else of the backend's. */
static void test_child_has_no_descriptor(void **state)
{
    static char list[] = "cd /proc/self/fd || exit 1; for fd in *; do "
                         "echo \"$fd $(readlink /proc/$$/fd/$fd)\"; done";
    static char shell[] = "/bin/sh";
    static char option[] = "-c";
    struct client_fixture *f = *state;
    struct probe probe;
    char output[OUTPUT_MAX];
    size_t ours = 0;
    size_t passed_on = 0;
    int ends[2];

    web_say(&f->web, "HTTP/1.1 200 OK\r\n", strlen("HTTP/1.1 200 OK\r\n"), WEB_HANGS);
    probe_init(&probe, f);
    probe_pull(&probe);
    client_fixture_await_requests(f, 2);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *const words[] = { shell, option, list, NULL };
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execv(shell, words);
        _exit(97);
    }
    (void)close(ends[1]);
    assert_int_equal(child_await(child, ends[0], output), 0);
    count_ours(f, output, &ours, &passed_on);
    assert_true(ours >= 4); /* epoll, timer, event, the connection */
    assert_int_equal(passed_on, 0);
    probe_cancel(&probe);
    probe_await(&probe);
    probe_release(&probe);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_child_without_permission),
        TEST(test_child_has_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
