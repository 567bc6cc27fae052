/* Which run of an engine a connection leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/backend/instance.h"

/* A process that listens, under a name. */
struct listener {
    char folder[64];
    struct sockaddr_un address;
    pid_t pid;
};

static void listener_start(struct listener *listener, const char *name)
{
    int pipes[2];
    char byte = 'n';

    (void)unlink(listener->address.sun_path);
    assert_int_equal(pipe(pipes), 0);
    listener->pid = fork();
    if (listener->pid == 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        /* A test that fails leaves nobody behind. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        byte = prctl(PR_SET_NAME, name) == 0 &&
                       bind(fd, (struct sockaddr *)&listener->address, sizeof listener->address) ==
                           0 &&
                       listen(fd, 4) == 0
                   ? 'y'
                   : 'n';
        (void)!write(pipes[1], &byte, 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(close(pipes[0]) + close(pipes[1]), 0);
}

static void listener_stop(struct listener *listener)
{
    int status;

    assert_int_equal(kill(listener->pid, SIGKILL), 0);
    assert_int_equal(waitpid(listener->pid, &status, 0), listener->pid);
}

static uint64_t instance_of(const struct listener *listener)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    uint64_t instance;

    assert_int_equal(
        connect(fd, (const struct sockaddr *)&listener->address, sizeof listener->address), 0);
    instance = dd__instance_of(fd);
    assert_int_equal(close(fd), 0);
    return instance;
}

static int setup(void **state)
{
    struct listener *listener = calloc(1, sizeof *listener);

    assert_non_null(listener);
    (void)snprintf(listener->folder, sizeof listener->folder, "/tmp/drydock-instance-XXXXXX");
    assert_non_null(mkdtemp(listener->folder));
    listener->address.sun_family = AF_UNIX;
    (void)snprintf(listener->address.sun_path, sizeof listener->address.sun_path, "%s/socket",
                   listener->folder);
    *state = listener;
    return 0;
}

static int teardown(void **state)
{
    struct listener *listener = *state;

    (void)unlink(listener->address.sun_path);
    assert_int_equal(rmdir(listener->folder), 0);
    free(listener);
    return 0;
}

/* Connections to one run of an engine have one number, and to the next run another. */
static void test_instance_changes_with_the_process(void **state)
{
    struct listener *listener = *state;
    uint64_t first;

    listener_start(listener, "dockerd");
    first = instance_of(listener);
    assert_true(first != 0);
    assert_true(instance_of(listener) == first);
    listener_stop(listener);
    listener_start(listener, "dockerd");
    assert_true(instance_of(listener) != 0);
    assert_true(instance_of(listener) != first);
    listener_stop(listener);
}

/* Somebody else who listens (systemd, a proxy) tells nothing: the engine behind may go
 * on when it is restarted. A name like an engine's is not an engine's. */
static void test_instance_of_others_is_unknown(void **state)
{
    static const char *const names[] = { "systemd", "socat", "dockerd) S", "(dockerd", "docker" };
    struct listener *listener = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        listener_start(listener, names[i]);
        assert_true(instance_of(listener) == 0);
        listener_stop(listener);
    }
}

/* What is no unix socket tells nothing. */
static void test_instance_of_anything(void **state)
{
    (void)state;
    assert_true(dd__instance_of(-1) == 0);
    assert_true(dd__instance_of(STDIN_FILENO) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_instance_changes_with_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(test_instance_of_others_is_unknown, setup, teardown),
        cmocka_unit_test(test_instance_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
