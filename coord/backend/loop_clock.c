/* The loop as a clock: a list of alarms, of which there are few (a coordinator has
 * one), and a timerfd for the earliest. */
#include <assert.h>
#include <sys/timerfd.h>
#include <time.h>

#include "coord/backend/loop_internal.h"

#define SECOND_NS UINT64_C(1000000000)

uint64_t dd__loop_now(void)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_MONOTONIC, &now);

    assert(failed == 0);
    (void)failed;
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void dd__loop_timer_set(struct dd_loop *loop)
{
    /* 0 would be "never", to the timerfd too. */
    uint64_t due_ns = loop->alarms == NULL        ? 0
                      : loop->alarms->due_ns == 0 ? 1
                                                  : loop->alarms->due_ns;
    struct itimerspec setting = { .it_value = { .tv_sec = (time_t)(due_ns / SECOND_NS),
                                                .tv_nsec = (long)(due_ns % SECOND_NS) } };
    int failed;

    if (due_ns == loop->timer_ns) {
        return;
    }
    failed = timerfd_settime(loop->timer.fd, TFD_TIMER_ABSTIME, &setting, NULL);
    assert(failed == 0);
    (void)failed;
    loop->timer_ns = due_ns;
}

static void timer_follow(struct dd_loop *loop)
{
    if (!loop->is_dispatching) {
        dd__loop_timer_set(loop);
    }
}

static uint64_t clock_now(void *ctx)
{
    (void)ctx;
    return dd__loop_now();
}

static void clock_arm(void *ctx, struct dd_task *task, uint64_t due_ns)
{
    struct dd_loop *loop = ctx;
    struct dd_task **link = &loop->alarms;

    assert(task->run != NULL);
    while (*link != NULL && (*link)->due_ns <= due_ns) {
        assert(*link != task);
        link = &(*link)->next;
    }
    task->due_ns = due_ns;
    task->next = *link;
    *link = task;
    timer_follow(loop);
}

static void clock_cancel(void *ctx, struct dd_task *task)
{
    struct dd_loop *loop = ctx;
    struct dd_task **link = &loop->alarms;

    while (*link != task) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = task->next;
    task->next = NULL;
    timer_follow(loop);
}

static const struct dd_clock_ops clock_ops = {
    .now = clock_now,
    .arm = clock_arm,
    .cancel = clock_cancel,
};

struct dd_clock dd_loop_clock(struct dd_loop *loop)
{
    return (struct dd_clock){ .ops = &clock_ops, .ctx = loop };
}

void dd__loop_run_alarms(struct dd_loop *loop, uint64_t now_ns)
{
    /* It went off, or may have: it is to be set anew in any case. */
    if (loop->timer_ns != 0 && loop->timer_ns <= now_ns) {
        loop->timer_ns = 0;
    }
    for (unsigned i = 0; i < DD__LOOP_TASK_MAX; i++) {
        struct dd_task *task = loop->alarms;
        if (task == NULL || task->due_ns > now_ns) {
            return;
        }
        if (now_ns - task->due_ns > loop->counts.latest_alarm_ns) {
            loop->counts.latest_alarm_ns = now_ns - task->due_ns;
        }
        loop->alarms = task->next;
        task->next = NULL;
        loop->counts.task_count++;
        task->run(task);
    }
}
