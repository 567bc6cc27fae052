/**
 * Observers: one that writes a log, one that counts.
 *
 * Ownership: an observer's object is its user's and must outlive the coordinator
 *            that tells it. It owns nothing and needs no release.
 * Threading: strand only.
 */
#ifndef DRYDOCK_OBSERVE_H
#define DRYDOCK_OBSERVE_H

#include <stddef.h>
#include <stdint.h>

#include "drydock/env.h"
#include "drydock/event.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DD_LOG_LINE_MAX 2048 /* bytes, with the line break; longer ones are cut */

/**
 * A log of lines like
 *
 *     at=12.000345 level=info event=pull-started reference="redis:7" msg="pulling redis:7"
 *
 * `at` is the coordinator's clock in seconds. Fields that an event does not have
 * are not there. Values in quotes have '"' and '\' escaped and '?' for what is no
 * printable text. Nothing secret is in an event, and so not in the log.
 */
struct dd_log {
    enum dd_level level; /* what is less is not written */
    /* @line ends in a line break and has a NUL, which @length does not count. */
    void (*write)(void *ctx, const char *line, size_t length);
    void *ctx;
};

struct dd_observer dd_log_observer(struct dd_log *log);

/** How often each kind of event came. Begin with all 0. */
struct dd_event_counts {
    uint64_t kinds[DD_EVENT_COUNT];
    uint64_t told[DD_STATUS_COUNT]; /* operations, by how they ended */
};

struct dd_observer dd_event_counts_observer(struct dd_event_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
