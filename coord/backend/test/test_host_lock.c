/* The production host lock (H34). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drydock/host_lock.h"

#define ENGINE "AAAA:BBBB"
#define FILE_NAME "drydock-AAAA%3ABBBB.lock"

struct locks {
    char folder[64];
    char path[128];
    struct dd_file_lock *files[2];
    struct dd_host_lock at[2];
    char holder[512];
};

static int setup(void **state)
{
    struct locks *locks = calloc(1, sizeof *locks);

    assert_non_null(locks);
    /* In memory, as /run/lock is: a disk would make the crowd slow. */
    (void)snprintf(locks->folder, sizeof locks->folder, "%s/drydock-lock-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(locks->folder));
    (void)snprintf(locks->path, sizeof locks->path, "%s/%s", locks->folder, FILE_NAME);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dd_file_lock_open(locks->folder, &locks->files[i]), DD_OK);
        locks->at[i] = dd_file_lock_interface(locks->files[i]);
    }
    *state = locks;
    return 0;
}

static int teardown(void **state)
{
    struct locks *locks = *state;

    dd_file_lock_close(locks->files[0]);
    dd_file_lock_close(locks->files[1]);
    (void)unlink(locks->path);
    assert_int_equal(rmdir(locks->folder), 0); /* nothing was left behind */
    free(locks);
    return 0;
}

static enum dd_status take(struct locks *locks, int which, const char *engine)
{
    const struct dd_host_lock *lock = &locks->at[which];

    locks->holder[0] = '\0';
    return lock->ops->take(lock->ctx, engine, locks->holder, sizeof locks->holder);
}

static void let_go(struct locks *locks, int which)
{
    locks->at[which].ops->let_go(locks->at[which].ctx, ENGINE);
}

/* A second taker is told who has it, be it the same process; when that let go, it can
 * be taken, and the file is gone at last. */
static void test_lock_names_its_holder(void **state)
{
    struct locks *locks = *state;
    char expected[64];

    assert_int_equal(take(locks, 0, ENGINE), DD_OK);
    assert_int_equal(take(locks, 1, ENGINE), DD_EBUSY);
    (void)snprintf(expected, sizeof expected, "process %ld on ", (long)getpid());
    assert_memory_equal(locks->holder, expected, strlen(expected));
    let_go(locks, 0);
    assert_int_equal(take(locks, 1, ENGINE), DD_OK);
    let_go(locks, 1);
    assert_int_equal(access(locks->path, F_OK), -1);
}

/* Engines do not get into each other's way, whatever their IDs are made of. */
static void test_lock_is_one_engines(void **state)
{
    struct locks *locks = *state;

    assert_int_equal(take(locks, 0, "a/../b"), DD_OK);
    assert_int_equal(take(locks, 1, "a:..:b"), DD_OK);
}

/* The lock goes with its process, however that ends, and what it leaves is no hindrance. */
static void test_lock_goes_with_its_process(void **state)
{
    struct locks *locks = *state;
    int pipes[2];
    char byte;
    int status;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        /* A test that fails leaves nobody behind. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        byte = take(locks, 0, ENGINE) == DD_OK ? 'y' : 'n';
        (void)!write(pipes[1], &byte, 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(take(locks, 1, ENGINE), DD_EBUSY);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(take(locks, 1, ENGINE), DD_OK);
    assert_int_equal(close(pipes[0]) + close(pipes[1]), 0);
}

/* A file that was removed and made anew under a waiting taker is another lock: what is
 * held is always the file that is there. */
static void test_lock_is_of_the_file_that_is_there(void **state)
{
    struct locks *locks = *state;

    assert_int_equal(take(locks, 0, ENGINE), DD_OK);
    let_go(locks, 0);
    assert_int_equal(take(locks, 0, ENGINE), DD_OK);
    assert_int_equal(access(locks->path, F_OK), 0);
    assert_int_equal(take(locks, 1, ENGINE), DD_EBUSY);
}

#define CROWD_COUNT 4
#define CROWD_ROUND_COUNT 10000

/* Take the lock again and again; 'n' if somebody else was seen while it was held. */
static char crowd_member(const struct locks *locks)
{
    struct dd_file_lock *file;
    struct dd_host_lock lock;
    char holder[256];
    char mark[96];

    (void)snprintf(mark, sizeof mark, "%s/held", locks->folder);
    if (dd_file_lock_open(locks->folder, &file) != DD_OK) {
        return 'n';
    }
    lock = dd_file_lock_interface(file);
    for (int i = 0; i < CROWD_ROUND_COUNT; i++) {
        if (lock.ops->take(lock.ctx, ENGINE, holder, sizeof holder) == DD_OK) {
            if (mkdir(mark, 0700) != 0 || rmdir(mark) != 0) {
                return 'n';
            }
            lock.ops->let_go(lock.ctx, ENGINE);
        }
    }
    dd_file_lock_close(file);
    return 'y';
}

/* Processes that take it and let go again and again never have it together, though the
 * file comes and goes. */
static void test_lock_in_a_crowd(void **state)
{
    const struct locks *locks = *state;
    pid_t children[CROWD_COUNT];
    char answers[CROWD_COUNT + 1] = "";
    size_t answered = 0;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < CROWD_COUNT; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            const char answer = crowd_member(locks);
            _exit(write(ends[1], &answer, 1) == 1 ? 0 : 1);
        }
    }
    assert_int_equal(close(ends[1]), 0);
    for (int i = 0; i < CROWD_COUNT; i++) {
        assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
        answered += read(ends[0], answers + answered, 1) == 1 ? 1 : 0;
    }
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(answered, CROWD_COUNT);
    assert_null(strchr(answers, 'n'));
}

/* Every user may take it after any other: the umask has no say. */
static void test_lock_is_for_everybody(void **state)
{
    struct locks *locks = *state;
    mode_t before = umask(077);
    struct stat file;

    assert_int_equal(take(locks, 0, ENGINE), DD_OK);
    (void)umask(before);
    assert_int_equal(stat(locks->path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0666);
}

/* What cannot be had says which file, and why; a symbolic link is not followed. */
static void test_lock_says_why_not(void **state)
{
    struct locks *locks = *state;
    struct dd_file_lock *nowhere;
    struct dd_host_lock lock;
    char long_id[300];
    char holder[512] = "";

    assert_int_equal(dd_file_lock_open("/nowhere/at/all", &nowhere), DD_OK);
    lock = dd_file_lock_interface(nowhere);
    assert_int_equal(lock.ops->take(lock.ctx, ENGINE, holder, sizeof holder), DD_EINVAL);
    assert_string_equal(holder, "the host lock /nowhere/at/all/" FILE_NAME
                                " cannot be had: there is no such folder");
    dd_file_lock_close(nowhere);

    assert_int_equal(symlink("/tmp/elsewhere", locks->path), 0);
    assert_int_equal(take(locks, 0, ENGINE), DD_EINVAL);
    assert_non_null(strstr(locks->holder, "symbolic link"));

    memset(long_id, 'a', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    assert_int_equal(take(locks, 0, long_id), DD_EINVAL);
    assert_non_null(strstr(locks->holder, "too long"));
}

/* A folder whose path is too long is refused at once; the default is Debian's. */
static void test_lock_folder(void **state)
{
    char folder[5000];
    struct dd_file_lock *lock = NULL;

    (void)state;
    memset(folder, 'a', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    assert_int_equal(dd_file_lock_open(folder, &lock), DD_EINVAL);
    assert_null(lock);
    assert_int_equal(dd_file_lock_open(NULL, &lock), DD_OK);
    dd_file_lock_close(lock);
    dd_file_lock_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lock_names_its_holder),
        TEST(test_lock_is_one_engines),
        TEST(test_lock_goes_with_its_process),
        TEST(test_lock_is_of_the_file_that_is_there),
        TEST(test_lock_in_a_crowd),
        TEST(test_lock_is_for_everybody),
        TEST(test_lock_says_why_not),
        TEST(test_lock_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
