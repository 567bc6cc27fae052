#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/process.h"
#include "sim/progress.h"

static volatile sig_atomic_t alarm_count;

static void count_alarm(int number)
{
    (void)number;
    alarm_count++;
}

/* A signal every few milliseconds, and no call goes on by itself after one. */
static void set_alarms(bool on)
{
    const struct itimerval every = { .it_interval = { .tv_usec = on ? 3000 : 0 },
                                     .it_value = { .tv_usec = on ? 3000 : 0 } };
    struct sigaction action = { .sa_handler = count_alarm };
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    alarm_count = 0;
}

/* A pause lasts its whole time, also when signals break it. */
static void test_pause_is_whole(void **state)
{
    (void)state;
    set_alarms(true);
    uint64_t began_ns = sim_wall_ns();
    sim_pause_ms(40);
    uint64_t took_ns = sim_wall_ns() - began_ns;
    set_alarms(false);
    assert_true(took_ns >= UINT64_C(40000000));
}

/* A shell's command is waited for whatever signals come, and says how it ended. */
static void test_shell_says_how_it_ended(void **state)
{
    (void)state;
    assert_int_equal(sim_shell_run("exit 7"), 7);
    assert_int_equal(sim_shell_run("true"), 0);
    assert_int_equal(sim_shell_run("kill -9 $$"), 128 + SIGKILL);
    set_alarms(true);
    int status = sim_shell_run("sleep 0.05; exit 3");
    bool was_broken = alarm_count > 0;
    set_alarms(false);
    assert_int_equal(status, 3);
    assert_true(was_broken);
}

/* A file more that is open is one more. */
static void test_descriptors_are_counted(void **state)
{
    uint64_t before;
    uint64_t with;
    uint64_t after;
    (void)state;
    assert_true(sim_descriptor_count(&before));
    int file = open("/dev/null", O_RDONLY);
    assert_true(file >= 0);
    assert_true(sim_descriptor_count(&with));
    (void)close(file);
    assert_true(sim_descriptor_count(&after));
    assert_int_equal(with, before + 1);
    assert_int_equal(after, before);
}

/* A folder goes with its files; one that is not there is no matter. */
static void test_folder_is_removed(void **state)
{
    char folder[] = "/tmp/drydock-process-XXXXXX";
    char path[64];
    struct stat there;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/lock", folder);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    (void)close(file);
    sim_remove_folder(folder);
    assert_int_not_equal(stat(folder, &there), 0);
    sim_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_is_whole),
        cmocka_unit_test(test_shell_says_how_it_ended),
        cmocka_unit_test(test_descriptors_are_counted),
        cmocka_unit_test(test_folder_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
