/**
 * The production strand: an event loop on one thread that is a clock, an executor
 * and a source of entropy for a coordinator, and on which the Docker client waits
 * for its sockets.
 *
 * A loop is one descriptor to poll and one function to dispatch, so that an agent
 * with an event loop of its own can embed it: when dd_loop_descriptor() is
 * readable, call dd_loop_dispatch(). An agent without one calls dd_loop_wait()
 * again and again. The thread that dispatches *is* the strand, and everything
 * that is called on the strand may be called there between two dispatches, too:
 * what it posts makes the descriptor readable.
 *
 * Units:     nanoseconds of CLOCK_MONOTONIC.
 * Ownership: a loop is its opener's; what was given one of its interfaces must be
 *            gone before dd_loop_close().
 * Threading: strand only, but for dd_loop_wake().
 */
#ifndef DRYDOCK_LOOP_H
#define DRYDOCK_LOOP_H

#include <stdint.h>

#include "drydock/env.h"
#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dd_loop;

/**
 * Ownership: *@out is returned, release with dd_loop_close.
 * Threading: any; the loop belongs to whichever thread dispatches first.
 * Errors:    DD_ENOMEM: no memory, or no descriptors, are left; *@out stays as it
 *            was.
 */
DD_MUST_USE enum dd_status dd_loop_open(struct dd_loop **out);

/** Close its descriptors. Nothing is posted, armed or watched any more. NULL is
 * fine. */
void dd_loop_close(struct dd_loop *loop);

/** Readable when there is something to dispatch. Only ever polled for reading;
 * owned by the loop. */
int dd_loop_descriptor(const struct dd_loop *loop);

/**
 * Do what is due: sockets, alarms, posted tasks. Never waits, and returns after a
 * bounded number of them; what is left keeps the descriptor readable. Not from
 * inside a dispatch.
 */
void dd_loop_dispatch(struct dd_loop *loop);

/** Wait until there is something to dispatch, at most @timeout_ns (UINT64_MAX: for
 * ever), and dispatch once. A signal handler that ran ends the waiting early. */
void dd_loop_wait(struct dd_loop *loop, uint64_t timeout_ns);

/**
 * Have @task run on the strand some time after each dd_loop_wake(); several wakes
 * may make one run. NULL: nothing from now on.
 *
 * Ownership: @task is the loop's until another one, or NULL, takes its place.
 */
void dd_loop_on_wake(struct dd_loop *loop, struct dd_task *task);

/** Threading: any thread; also from a signal handler. What was written before it
 * is seen by the run that follows. */
void dd_loop_wake(struct dd_loop *loop);

/** The interfaces to give to a coordinator; @loop must outlive it. */
struct dd_clock dd_loop_clock(struct dd_loop *loop);
struct dd_executor dd_loop_executor(struct dd_loop *loop);
struct dd_entropy dd_loop_entropy(struct dd_loop *loop);

/** What the loop did since it was opened. */
struct dd_loop_counts {
    uint64_t dispatch_count;
    uint64_t task_count;       /* posted tasks and alarms that were run */
    uint64_t longest_pause_ns; /* the longest dispatch: for so long the strand took
                                  nothing new */
    uint64_t latest_alarm_ns;  /* how long after it was due an alarm went off at worst */
};

struct dd_loop_counts dd_loop_counted(const struct dd_loop *loop);

#ifdef __cplusplus
}
#endif

#endif
