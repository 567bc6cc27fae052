/**
 * What the loop gives the rest of the backend, beside its public face: descriptors
 * to watch.
 *
 * Threading: strand only.
 */
#ifndef DD__BACKEND_LOOP_H
#define DD__BACKEND_LOOP_H

#include <stdbool.h>

#include "drydock/loop.h"

/** A descriptor that is watched. Lies inside the object it is about, and is the
 * loop's from dd__loop_watch to dd__loop_unwatch, but for `fd` and `ready`. */
struct dd__watch {
    int fd;
    /* @events as of epoll. Level-triggered. */
    void (*ready)(struct dd__watch *watch, unsigned events);
    bool is_watched;
};

/**
 * Watch @watch->fd for @events, or for others than up to now. After
 * dd__loop_unwatch `ready` is not called again, not even for what happened
 * already; the descriptor may be closed before or after it.
 *
 * Errors: DD_ENOMEM: the system has no room for it.
 */
DD_MUST_USE enum dd_status dd__loop_watch(struct dd_loop *loop, struct dd__watch *watch,
                                          unsigned events);
void dd__loop_unwatch(struct dd_loop *loop, struct dd__watch *watch);

#endif
