/**
 * All that a coordinator needs in production, in one piece: event loop, Docker
 * client, host lock, memory. Whoever wants to replace one of them takes the parts
 * (loop.h, client.h, host_lock.h) instead.
 *
 * @code
 * struct dd_backend *backend;
 * char why[DD_WHY_SIZE];
 * if (dd_backend_open(&(struct dd_backend_config){ 0 }, why, sizeof why, &backend) != DD_OK)
 *     die(why);
 * struct dd_env env = dd_backend_env(backend);
 * dd_open(&config, &env, opened, arg, &coord);
 * while (!closed)
 *     dd_loop_wait(dd_backend_loop(backend), UINT64_MAX);
 * dd_destroy(coord);
 * dd_backend_close(backend);
 * @endcode
 *
 * Threading: strand only.
 */
#ifndef DRYDOCK_BACKEND_H
#define DRYDOCK_BACKEND_H

#include <stddef.h>

#include "drydock/client.h"
#include "drydock/drydock.h"
#include "drydock/host_lock.h"
#include "drydock/loop.h"
#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DD_WHY_SIZE 512 /* bytes; enough for any sentence about an error */

struct dd_backend;

struct dd_backend_config {
    const char *host;        /* the engine's, as dd_client_open takes it */
    const char *lock_folder; /* as dd_file_lock_open takes it */
};

/**
 * Ownership: @config and what is in it are borrowed for the call; *@out is
 *            returned, release with dd_backend_close.
 * Errors:    as dd_loop_open, dd_client_open and dd_file_lock_open; one sentence
 *            stands in @why then, cut to @why_size bytes with its NUL. *@out stays
 *            as it was.
 */
DD_MUST_USE enum dd_status dd_backend_open(const struct dd_backend_config *config, char *why,
                                           size_t why_size, struct dd_backend **out);

/** The coordinator is closed and destroyed. Not from inside a dispatch. NULL is
 * fine. */
void dd_backend_close(struct dd_backend *backend);

/** What dd_open takes: everything but the observer, which may be added. */
struct dd_env dd_backend_env(struct dd_backend *backend);

/** Borrowed until dd_backend_close. */
struct dd_loop *dd_backend_loop(struct dd_backend *backend);
struct dd_client *dd_backend_client(struct dd_backend *backend);

/** malloc and free. Threading: any. */
struct dd_allocator dd_malloc_allocator(void);

#ifdef __cplusplus
}
#endif

#endif
