/**
 * The host's locks, simulated: one coordinator an engine (H34). The host is
 * shared by several coordinators; each has a lock of its own, with its name.
 */
#ifndef FAKE_HOST_LOCK_H
#define FAKE_HOST_LOCK_H

#include <stdbool.h>

#include "drydock/env.h"

#define FAKE_HOST_LOCK_ENGINE_MAX 128 /* bytes of an engine's ID, with its NUL */

struct fake_host_lock;

/** What is taken on a host. */
struct fake_host_locks {
    struct fake_host_lock *first;
};

/** One coordinator's part of it. */
struct fake_host_lock {
    struct fake_host_locks *locks;
    const char *holder;
    struct fake_host_lock *next; /* taken by somebody else */
    bool taken;
    char engine_id[FAKE_HOST_LOCK_ENGINE_MAX];
    enum dd_status refuse; /* set to answer this to every take; DD_OK: do not */
};

void fake_host_locks_init(struct fake_host_locks *locks);

/** Who holds the engine named @engine_id, or NULL. Borrowed until let go. */
const char *fake_host_locks_holder(const struct fake_host_locks *locks, const char *engine_id);

/** @locks and @holder must outlive the lock. */
void fake_host_lock_init(struct fake_host_lock *lock, struct fake_host_locks *locks,
                         const char *holder);

/** Let go of whatever is taken, as when an agent dies. */
void fake_host_lock_release(struct fake_host_lock *lock);

/** The interface to give to a coordinator; @lock must outlive it. */
struct dd_host_lock fake_host_lock_interface(struct fake_host_lock *lock);

#endif
