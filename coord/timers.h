/**
 * Deadlines, earliest first, and of equals the one that was armed first. Timers
 * lie inside the objects they are about; arming never fails.
 *
 * Most are of a kind whose timers all run equally long. Those are due in the
 * order of their arming, so that a list does: a *lane*. The others are in a
 * binary heap, in which room for them is reserved beforehand.
 *
 * Units:     nanoseconds of the clock.
 * Ownership: a timer is borrowed while it is armed. The allocator is copied.
 * Threading: one at a time.
 */
#ifndef DD__TIMERS_H
#define DD__TIMERS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/list.h"
#include "coord/segments.h"
#include "drydock/env.h"
#include "drydock/status.h"

#define DD__TIMER_IN_LANE UINT32_MAX

struct dd__timer {
    uint32_t slot;     /* 1 + place in the heap; or DD__TIMER_IN_LANE; 0: not armed */
    uint32_t sequence; /* order of arming; wraps, and is compared so */
    uint32_t kind;     /* the owner's, who dispatches by it */
};

/** A timer that runs as long as all others of its lane. */
struct dd__lane_timer {
    struct dd__timer timer;
    struct dd__list link; /* open unless it is armed */
    uint64_t due_ns;
};

#define DD__LANE_COUNT 4

struct dd__timers {
    struct dd_allocator allocator;
    size_t count; /* in the heap */
    size_t reserved;
    uint32_t next_sequence;
    /* For whoever keeps an alarm for the earliest: when that is, and whether it may have
     * become another one since they last looked. If it may have been forgotten, it is only
     * known that none is earlier. */
    uint64_t earliest_ns;
    bool is_changed;
    bool is_forgotten;
    struct dd__segments heap;
    struct dd__list lanes[DD__LANE_COUNT];
};

/** Never allocates. The lanes point to it: it must not be moved. */
void dd__timers_init(struct dd__timers *timers, const struct dd_allocator *allocator);

/** Free the heap; timers that are still armed are forgotten. */
void dd__timers_release(struct dd__timers *timers);

/** Make room in the heap for @n more timers. DD_ENOMEM: all as it was. */
DD_MUST_USE enum dd_status dd__timers_reserve(struct dd__timers *timers, size_t n);

/** Give back room for @n timers. Asserts that the armed ones still have theirs. */
void dd__timers_unreserve(struct dd__timers *timers, size_t n);

void dd__timer_init(struct dd__timer *timer, uint32_t kind);

/** Arm @timer for @due_ns, or move it there, from a lane, too; moving is a new arming in
 * the order of equals. Asserts that there is room in the heap. */
void dd__timer_arm(struct dd__timers *timers, struct dd__timer *timer, uint64_t due_ns);

/** Forget @timer if it is armed, in the heap or in a lane. */
void dd__timer_disarm(struct dd__timers *timers, struct dd__timer *timer);

static inline bool dd__timer_is_armed(const struct dd__timer *timer)
{
    return timer->slot != 0;
}

/** When @timer, which is armed, is due. */
uint64_t dd__timer_due(const struct dd__timers *timers, const struct dd__timer *timer);

void dd__lane_timer_init(struct dd__lane_timer *timer, uint32_t kind);

static inline struct dd__lane_timer *dd__lane_timer_at(struct dd__list *link)
{
    return DD__CONTAINER(link, struct dd__lane_timer, link);
}

/* One that is due at @due_ns is armed, or forgotten: what that says of the earliest. */
static inline void dd__timers_gain(struct dd__timers *timers, uint64_t due_ns)
{
    if (due_ns < timers->earliest_ns) {
        timers->earliest_ns = due_ns;
        timers->is_changed = true;
        timers->is_forgotten = false;
    }
}

static inline void dd__timers_lose(struct dd__timers *timers, uint64_t due_ns)
{
    if (due_ns <= timers->earliest_ns) {
        timers->is_changed = true;
        timers->is_forgotten = true;
    }
}

/** Forget @timer if it is armed. */
static inline void dd__lane_timer_disarm(struct dd__timers *timers, struct dd__lane_timer *timer)
{
    if (dd__timer_is_armed(&timer->timer)) {
        dd__timers_lose(timers, timer->due_ns);
        dd__list_remove(&timer->link);
        timer->timer.slot = 0;
    }
}

/** Arm @timer for @due_ns in a lane, or move it to the lane's end. Asserts that
 * none in it is due later. Needs no room. */
static inline void dd__lane_timer_arm(struct dd__timers *timers, unsigned lane,
                                      struct dd__lane_timer *timer, uint64_t due_ns)
{
    struct dd__list *head = &timers->lanes[lane];

    if (!dd__timer_is_armed(&timer->timer) || head->prev != &timer->link) {
        dd__lane_timer_disarm(timers, timer);
        assert(dd__list_is_empty(head) || dd__lane_timer_at(head->prev)->due_ns <= due_ns);
        dd__list_init(&timer->link);
        dd__list_add_last(head, &timer->link);
        timer->timer.slot = DD__TIMER_IN_LANE;
    } else {
        /* It is at the end, and stays there. */
        assert(timer->due_ns <= due_ns);
        dd__timers_lose(timers, timer->due_ns);
    }
    timer->due_ns = due_ns;
    timer->timer.sequence = timers->next_sequence++;
    dd__timers_gain(timers, due_ns);
}

/** When the earliest is due; is_changed is cleared. False, and
 * *due_ns as it was, if none is armed. */
bool dd__timers_next(struct dd__timers *timers, uint64_t *due_ns);

/** Disarm and return the earliest that is due at @now_ns, or NULL. Of a
 * dd__lane_timer it is the `timer`. */
struct dd__timer *dd__timers_pop_due(struct dd__timers *timers, uint64_t now_ns);

#endif
