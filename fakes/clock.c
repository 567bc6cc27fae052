#include "fakes/clock.h"

#include <assert.h>
#include <stddef.h>

static struct fake_alarm *alarm_of(struct fake_event *event)
{
    return (struct fake_alarm *)(void *)((char *)event - offsetof(struct fake_alarm, event));
}

static void alarm_fire(struct fake_event *event)
{
    struct fake_alarm *alarm = alarm_of(event);
    struct dd_task *task = alarm->task;
    alarm->task = NULL; /* first: the task may arm again */
    if (alarm->clock->goes_off != NULL) {
        alarm->clock->goes_off(alarm->clock->ctx);
    }
    task->run(task);
}

static struct fake_alarm *alarm_find(struct fake_clock *clock, const struct dd_task *task)
{
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        if (clock->alarms[i].task == task) {
            return &clock->alarms[i];
        }
    }
    return NULL;
}

static uint64_t clock_now(void *ctx)
{
    const struct fake_clock *clock = ctx;
    return clock->queue->now_ns;
}

static void clock_arm(void *ctx, struct dd_task *task, uint64_t due_ns)
{
    struct fake_clock *clock = ctx;
    assert(task != NULL && task->run != NULL);
    assert(alarm_find(clock, task) == NULL);
    struct fake_alarm *alarm = alarm_find(clock, NULL);
    assert(alarm != NULL);
    uint64_t now_ns = clock->queue->now_ns;
    uint64_t delay_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    task->due_ns = due_ns;
    alarm->task = task;
    fake_queue_add(clock->queue, &alarm->event,
                   (struct fake_window){ .earliest_ns = delay_ns, .latest_ns = delay_ns });
}

static void clock_cancel(void *ctx, struct dd_task *task)
{
    struct fake_clock *clock = ctx;
    assert(task != NULL);
    struct fake_alarm *alarm = alarm_find(clock, task);
    assert(alarm != NULL);
    fake_queue_cancel(clock->queue, &alarm->event);
    alarm->task = NULL;
}

static const struct dd_clock_ops clock_ops = {
    .now = clock_now,
    .arm = clock_arm,
    .cancel = clock_cancel,
};

void fake_clock_init(struct fake_clock *clock, struct fake_queue *queue)
{
    *clock = (struct fake_clock){ .queue = queue };
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        clock->alarms[i].event.fire = alarm_fire;
        clock->alarms[i].clock = clock;
        clock->alarms[i].event.label.kind = "alarm";
    }
}

void fake_clock_release(struct fake_clock *clock)
{
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        fake_queue_cancel(clock->queue, &clock->alarms[i].event);
        clock->alarms[i].task = NULL;
    }
}

struct dd_clock fake_clock_interface(struct fake_clock *clock)
{
    return (struct dd_clock){ .ops = &clock_ops, .ctx = clock };
}

bool fake_clock_due(const struct fake_clock *clock, uint64_t *due_ns)
{
    bool armed = false;
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        const struct fake_alarm *alarm = &clock->alarms[i];
        if (alarm->task != NULL && (!armed || alarm->event.earliest_ns < *due_ns)) {
            *due_ns = alarm->event.earliest_ns;
            armed = true;
        }
    }
    return armed;
}

void fake_clock_fire(struct fake_clock *clock, struct dd_task *task)
{
    clock_cancel(clock, task);
    task->run(task);
}

bool fake_clock_is_alarm(const struct fake_clock *clock, const struct fake_event *event)
{
    for (size_t i = 0; i < FAKE_CLOCK_ALARM_MAX; i++) {
        if (event == &clock->alarms[i].event) {
            return true;
        }
    }
    return false;
}
