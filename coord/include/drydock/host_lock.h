/**
 * The production host lock: one coordinator an engine, whatever the process (H34).
 *
 * A file in a folder of the host, named by the engine's ID, with flock(2) on it;
 * the system lets go of it when the process ends, however it ends. Agents exclude
 * each other only if they look into the same folder: it must not depend on who
 * runs them, and containers that share an engine's socket must share it, too.
 *
 * Threading: strand only.
 */
#ifndef DRYDOCK_HOST_LOCK_H
#define DRYDOCK_HOST_LOCK_H

#include "drydock/env.h"
#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where everybody may write, on Debian, until the next boot. */
#define DD_HOST_LOCK_FOLDER "/run/lock"

struct dd_file_lock;

/**
 * @folder: where the locks of the host are; NULL: DD_HOST_LOCK_FOLDER. It is
 * neither made nor looked at before a lock is taken.
 *
 * Ownership: @folder is borrowed for the call; *@out is returned, release with
 *            dd_file_lock_close.
 * Errors:    DD_ENOMEM, DD_EINVAL (a path that is too long); *@out stays as it was.
 */
DD_MUST_USE enum dd_status dd_file_lock_open(const char *folder, struct dd_file_lock **out);

/** Lets go of what is still taken. NULL is fine. */
void dd_file_lock_close(struct dd_file_lock *lock);

/**
 * The interface to give to one coordinator; @lock must outlive it.
 *
 * Errors: of `take`: DD_EBUSY, and "process 1234 on web-7" in @holder; else
 *         DD_EINVAL or DD_ENOMEM: the file cannot be had, and why stands there.
 */
struct dd_host_lock dd_file_lock_interface(struct dd_file_lock *lock);

#ifdef __cplusplus
}
#endif

#endif
