#include "sim/watchdog.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOKS 4 /* at the run within its limit */
#define SECOND_NS UINT64_C(1000000000)

/* A signal handler has nobody to ask but what is static. */
static const volatile uint64_t *volatile watched;
static volatile uint64_t last_seen;
static volatile sig_atomic_t looks;

static void on_tick(int signal_number)
{
    if (*watched != last_seen) {
        last_seen = *watched;
        looks = 0;
        return;
    }
    looks++;
    if (looks > LOOKS) {
        struct sigaction action;
        memset(&action, 0, sizeof(action));
        action.sa_handler = SIG_DFL;
        (void)sigemptyset(&action.sa_mask);
        (void)sigaction(signal_number, &action, NULL);
        (void)raise(signal_number);
    }
}

void sim_watchdog_start(const volatile uint64_t *run_number, uint64_t limit_ns)
{
    uint64_t tick_ns = limit_ns / LOOKS > 0 ? limit_ns / LOOKS : 1;
    struct sigevent event;
    struct sigaction action;
    struct itimerspec every;
    timer_t timer;
    watched = run_number;
    last_seen = *run_number;
    looks = 0;
    memset(&event, 0, sizeof(event));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGXCPU;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_tick;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    every.it_value.tv_sec = (time_t)(tick_ns / SECOND_NS);
    every.it_value.tv_nsec = (long)(tick_ns % SECOND_NS);
    every.it_interval = every.it_value;
    if (sigaction(SIGXCPU, &action, NULL) != 0 ||
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 ||
        timer_settime(timer, 0, &every, NULL) != 0) {
        perror("drydock: no timer for the watchdog");
        abort();
    }
}
