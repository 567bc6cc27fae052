#include "sim/crash.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* A signal handler has nobody to ask but what is static. */
static const char *volatile program_path;
static const char *volatile running_path;
static volatile uint64_t running_seed;

static void say(const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0) {
            return;
        }
        text += written;
        length -= (size_t)written;
    }
}

static void say_number(uint64_t number)
{
    char digits[21];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(digits + at);
}

static void on_crash(int signal_number)
{
    if (running_path != NULL) {
        say("drydock: the run broke; to replay it:\n");
        say(program_path);
        say(" run ");
        say(running_path);
        say(" --seed ");
        say_number(running_seed);
        say("\n");
    }
    /* SA_RESETHAND: the default action follows. */
    (void)raise(signal_number);
}

void sim_crash_watch(const char *program)
{
    static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    struct sigaction action;
    program_path = program;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_crash;
    action.sa_flags = (int)SA_RESETHAND;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
}

void sim_crash_running(const char *path, uint64_t seed)
{
    running_path = path;
    running_seed = seed;
}
