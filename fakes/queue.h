/**
 * Virtual time and its event queue.
 *
 * Every pending event has a window [earliest, latest] of virtual nanoseconds.
 * *Running*, an instant in the window is drawn from the chooser when the event
 * is added (a point is not a choice). Events fire in the order of (instant,
 * order of adding). Events lie inside their owners' objects: adding never
 * allocates, and whoever holds a pending event can name it.
 *
 * *Exploring*, no instant is drawn. By *ticks*, windows are widened to whole ticks
 * (a point, such as an alarm, is put off to the next one); whoever explores fires an
 * event whose earliest has come, or lets time pass, as long as no latest has. Integer
 * time reaches every order that real time can (Henzinger, Manna, Pnueli 1992). With
 * *free* time any pending event may be next, and time stands still. What nobody
 * decides about goes by fake_queue_step in all three, each event at its earliest. An
 * event that is *prompt* takes no time at all: whoever explores fires it before anything
 * else, whatever its window.
 */
#ifndef FAKE_QUEUE_H
#define FAKE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fakes/chooser.h"

struct fake_window {
    uint64_t earliest_ns; /* from now */
    uint64_t latest_ns;   /* from now; not before earliest */
};

struct fake_event {
    void (*fire)(struct fake_event *event);
    struct fake_label label; /* identity must live as long as it is pending */
    uint64_t earliest_ns;    /* absolute; once an instant is drawn, both are that */
    uint64_t latest_ns;      /* absolute */
    uint32_t sequence;       /* order of adding */
    uint32_t slot;           /* 1 + index in the queue's heap; 0: not pending */
    bool prompt;             /* exploring: nothing else goes before it */
};

enum fake_time {
    FAKE_TIME_DRAWN, /* running */
    FAKE_TIME_TICKS,
    FAKE_TIME_FREE
};

struct fake_queue {
    const struct fake_chooser *chooser;
    enum fake_time time; /* set before anything is added */
    uint64_t tick_ns;    /* TICKS: above 0 */
    uint64_t now_ns;
    uint32_t next_sequence;
    struct fake_event **heap;
    size_t count;
    size_t capacity;
    size_t prompt_count; /* of those pending */
};

void fake_queue_init(struct fake_queue *queue, const struct fake_chooser *chooser);
/** Free the heap; pending events are forgotten. */
void fake_queue_release(struct fake_queue *queue);

/** Add @event (its fire and label set by the caller). Asserts it is not pending.
 * The simulator cannot go on without memory: it aborts. */
void fake_queue_add(struct fake_queue *queue, struct fake_event *event, struct fake_window window);
/** Forget @event if it is pending. */
void fake_queue_cancel(struct fake_queue *queue, struct fake_event *event);
static inline bool fake_queue_pending(const struct fake_event *event)
{
    return event->slot != 0;
}

/** The event that fires next, or NULL. */
struct fake_event *fake_queue_next(const struct fake_queue *queue);
/** Let time pass to the next event and fire it. False if there is none. */
bool fake_queue_step(struct fake_queue *queue);

/* --- exploring ------------------------------------------------------------ */

/** The events that may fire now, in the order of adding: at most @max of them go to
 * @out; returns how many there are. */
size_t fake_queue_open(const struct fake_queue *queue, struct fake_event **out, size_t max);
/** Whether time may pass before any event fires, and if so until when: for one tick,
 * or, while no window is open, until one opens. Never with free time. */
bool fake_queue_may_pass(const struct fake_queue *queue, uint64_t *to_ns);
/** Let it pass: @to_ns is what fake_queue_may_pass said. */
void fake_queue_pass(struct fake_queue *queue, uint64_t to_ns);
/** Fire @event, which is open, now. */
void fake_queue_fire(struct fake_queue *queue, struct fake_event *event);
/** Fire the prompt event that was added first. False if none is pending. */
bool fake_queue_fire_prompt(struct fake_queue *queue);

#endif
