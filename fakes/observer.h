/**
 * The coordinator's observer, simulated: counts the events of each kind and
 * hands each on to whoever writes the trace.
 */
#ifndef FAKE_OBSERVER_H
#define FAKE_OBSERVER_H

#include <stdint.h>

#include "drydock/env.h"
#include "drydock/event.h"

struct fake_observer {
    void (*seen)(void *ctx, const struct dd_event *event); /* NULL: only count */
    void *ctx;
    uint32_t counts[DD_EVENT_COUNT];
};

/** @seen is called for each event, which is borrowed for that call. */
void fake_observer_init(struct fake_observer *observer,
                        void (*seen)(void *ctx, const struct dd_event *event), void *ctx);

/** The interface to give to a coordinator; @observer must outlive it. */
struct dd_observer fake_observer_interface(struct fake_observer *observer);

#endif
