#include "fakes/observer.h"

#include <assert.h>
#include <stddef.h>

static void observer_event(void *ctx, const struct dd_event *event)
{
    struct fake_observer *observer = ctx;
    assert((unsigned)event->kind < DD_EVENT_COUNT);
    observer->counts[event->kind]++;
    if (observer->seen != NULL) {
        observer->seen(observer->ctx, event);
    }
}

static const struct dd_observer_ops observer_ops = { .event = observer_event };

void fake_observer_init(struct fake_observer *observer,
                        void (*seen)(void *ctx, const struct dd_event *event), void *ctx)
{
    *observer = (struct fake_observer){ .seen = seen, .ctx = ctx };
}

struct dd_observer fake_observer_interface(struct fake_observer *observer)
{
    return (struct dd_observer){ .ops = &observer_ops, .ctx = observer };
}
