#include "coord/coord.h"

#include <assert.h>

#include "coord/close.h"
#include "coord/image.h"
#include "coord/inquiry.h"
#include "coord/open.h"
#include "coord/operation.h"
#include "coord/pull.h"
#include "coord/pull_outcome.h"
#include "coord/pull_queue.h"
#include "coord/removal.h"

static void alarm_set(struct dd_coord *coord)
{
    const struct dd_clock *clock = &coord->env.clock;
    uint64_t due_ns;
    bool wanted = dd__timers_next(&coord->timers, &due_ns);

    if (coord->alarm_armed && (!wanted || coord->alarm_due_ns != due_ns)) {
        clock->ops->cancel(clock->ctx, &coord->alarm);
        coord->alarm_armed = false;
    }
    if (wanted && !coord->alarm_armed) {
        coord->alarm_armed = true;
        coord->alarm_due_ns = due_ns;
        clock->ops->arm(clock->ctx, &coord->alarm, due_ns);
    }
}

void dd__begin_what_can(struct dd_coord *coord)
{
    if (!dd__list_is_empty(&coord->gated)) {
        dd__inquiries_open_gates(coord);
    }
    if (!dd__list_is_empty(&coord->pull_queue)) {
        dd__pull_queue_start(coord);
    }
    if (coord->due.count > 0) {
        dd__removals_start(coord);
    }
    if (coord->close_begun) {
        dd__close_check(coord);
    }
    if (coord->timers.is_changed) {
        alarm_set(coord);
    }
}

static void timer_fired(struct dd_coord *coord, struct dd__timer *timer)
{
    switch ((enum dd__timer_kind)timer->kind) {
    case DD__TIMER_IMAGE:
        dd__image_time_over(coord, DD__CONTAINER(timer, struct dd__image, timer));
        break;
    case DD__TIMER_DEADLINE:
        dd__operation_leave(coord, DD__CONTAINER(timer, struct dd__operation, deadline),
                            DD_ETIMEDOUT);
        break;
    case DD__TIMER_PROGRESS:
        dd__pull_give_up(DD__CONTAINER(timer, struct dd__pull, progress.timer), DD_ESTALLED);
        break;
    case DD__TIMER_PULL:
        dd__pull_give_up(DD__CONTAINER(timer, struct dd__pull, whole.timer), DD_ETIMEDOUT);
        break;
    case DD__TIMER_SETTLING:
        dd__pull_check(DD__CONTAINER(timer, struct dd__pull, settling));
        break;
    case DD__TIMER_INQUIRY:
        dd__inquiry_time_over(DD__CONTAINER(timer, struct dd__inquiry, timer.timer));
        break;
    case DD__TIMER_PLACE:
        dd__place_time_over(DD__CONTAINER(timer, struct dd__place, timer.timer));
        break;
    case DD__TIMER_LIFE:
        dd__life_time_over(coord);
        break;
    }
}

void dd__alarm_run(struct dd_task *task)
{
    struct dd_coord *coord = DD__CONTAINER(task, struct dd_coord, alarm);
    struct dd__timer *timer;

    coord->alarm_armed = false;
    coord->timers.is_changed = true; /* the alarm at least: it may have to be set again */
    dd__enter(coord);
    while ((timer = dd__timers_pop_due(&coord->timers, coord->now_ns)) != NULL) {
        timer_fired(coord, timer);
    }
    dd__leave(coord);
}

void dd__emit_event(const struct dd_coord *coord, struct dd_event *event)
{
    event->time_ns = coord->now_ns;
    coord->env.observer.ops->event(coord->env.observer.ctx, event);
}
