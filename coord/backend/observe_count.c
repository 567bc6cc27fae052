#include "drydock/observe.h"

static void count(void *ctx, const struct dd_event *event)
{
    struct dd_event_counts *counts = ctx;

    counts->kinds[event->kind]++;
    if (event->kind == DD_EVENT_TOLD) {
        counts->told[event->status]++;
    }
}

struct dd_observer dd_event_counts_observer(struct dd_event_counts *counts)
{
    static const struct dd_observer_ops ops = { .event = count };

    return (struct dd_observer){ .ops = &ops, .ctx = counts };
}
