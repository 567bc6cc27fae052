/**
 * The coordinator's clock, simulated: virtual time and its alarm, which goes off
 * exactly when it is due.
 *
 * Units: virtual nanoseconds, as the queue counts them.
 */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "drydock/env.h"
#include "fakes/queue.h"

/* A coordinator arms one task at a time; what more there is, is for tests. */
#define FAKE_CLOCK_ALARM_MAX 4

struct fake_alarm {
    struct fake_event event;
    struct fake_clock *clock;
    struct dd_task *task; /* NULL: free */
};

struct fake_clock {
    struct fake_queue *queue;
    struct fake_alarm alarms[FAKE_CLOCK_ALARM_MAX];
    void (*goes_off)(void *ctx); /* told before an alarm's task runs; NULL: nobody is */
    void *ctx;
};

/** @queue must outlive the clock. */
void fake_clock_init(struct fake_clock *clock, struct fake_queue *queue);

/** Forget all that is armed, as when an agent dies. */
void fake_clock_release(struct fake_clock *clock);

/** The interface to give to a coordinator; @clock must outlive it. */
struct dd_clock fake_clock_interface(struct fake_clock *clock);

/** Let the alarm of @task, which is armed, go off now. */
void fake_clock_fire(struct fake_clock *clock, struct dd_task *task);

/** Whether @event, which is pending, is an alarm's. */
bool fake_clock_is_alarm(const struct fake_clock *clock, const struct fake_event *event);

/** When the next alarm goes off; false, and *@due_ns as it was, if none is armed. */
bool fake_clock_due(const struct fake_clock *clock, uint64_t *due_ns);

#endif
