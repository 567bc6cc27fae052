/**
 * The loop's inside, for its own files: loop.c (descriptors, dispatching),
 * loop_clock.c, loop_executor.c and loop_entropy.c.
 */
#ifndef DD__BACKEND_LOOP_INTERNAL_H
#define DD__BACKEND_LOOP_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "coord/backend/loop.h"
#include "coord/siphash.h"

#define DD__LOOP_EVENT_MAX 64  /* looked at in one dispatch */
#define DD__LOOP_TASK_MAX 4096 /* run in one dispatch, of each kind */

struct dd_loop {
    int epoll_fd;
    struct dd__watch timer; /* a timerfd, set to the earliest alarm */
    struct dd__watch event; /* an eventfd: by dd_loop_wake, or for what is posted */
    bool is_dispatching;
    /* What one epoll_wait answered; unwatching takes out what was not looked at. */
    struct epoll_event events[DD__LOOP_EVENT_MAX];
    int event_count;

    /* Armed alarms, by the time they are due and the order of their arming. */
    struct dd_task *alarms;
    uint64_t timer_ns; /* what the timerfd is set to; 0: nothing */

    /* Posted tasks, first in first out. */
    struct dd_task *first;
    struct dd_task *last;

    struct dd_task *on_wake;
    struct dd_task wake_task; /* posted after a wake */
    bool wake_is_posted;
    atomic_bool is_woken;

    struct dd__sipkey entropy_key;
    uint64_t entropy_counter;

    struct dd_loop_counts counts;
};

uint64_t dd__loop_now(void);

/** Make the descriptor readable. Any thread. */
void dd__loop_signal(struct dd_loop *loop);

/** Set the timerfd to the earliest alarm. */
void dd__loop_timer_set(struct dd_loop *loop);

void dd__loop_run_alarms(struct dd_loop *loop, uint64_t now_ns);
void dd__loop_run_posted(struct dd_loop *loop);
void dd__loop_post(struct dd_loop *loop, struct dd_task *task);

DD_MUST_USE enum dd_status dd__loop_entropy_init(struct dd_loop *loop);

#endif
