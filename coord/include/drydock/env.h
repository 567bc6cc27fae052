/**
 * What the coordinator asks of the world around it, but for the engine
 * (docker.h): a clock, an executor, a host lock, entropy, an allocator and an
 * observer. Each is a constant table of functions and a context, copied by value
 * into the coordinator when it is opened; table and context must outlive it.
 *
 * Threading: the coordinator calls all of them on the strand, and they call
 * back (dd_task.run) on the strand only, never from inside the call that asked.
 */
#ifndef DRYDOCK_ENV_H
#define DRYDOCK_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dd_event;

/**
 * A piece of work that lies inside the object it is about, so that posting it
 * never needs memory. From the post (or arm) until `run` is called (or the
 * cancel returns) it belongs to the interface it was given to, which may use
 * `next` and `due_ns` as it likes; it is in at most one place at a time.
 */
struct dd_task {
    void (*run)(struct dd_task *task);
    struct dd_task *next;
    uint64_t due_ns;
};

/** Monotonic time and one alarm, which is all that a coordinator needs. */
struct dd_clock_ops {
    /* Nanoseconds since some fixed point; never goes back. */
    uint64_t (*now)(void *ctx);
    /* Run @task once, at @due_ns or later. @task is not armed already. */
    void (*arm)(void *ctx, struct dd_task *task, uint64_t due_ns);
    /* Forget an armed @task; its run is not called. */
    void (*cancel)(void *ctx, struct dd_task *task);
};

struct dd_clock {
    const struct dd_clock_ops *ops;
    void *ctx;
};

/** The strand's queue. */
struct dd_executor_ops {
    /* Run @task once, after everything that was posted before it. */
    void (*post)(void *ctx, struct dd_task *task);
};

struct dd_executor {
    const struct dd_executor_ops *ops;
    void *ctx;
};

/** One coordinator an engine, whatever the process (H34). */
struct dd_host_lock_ops {
    /* Take the lock named @engine_id (borrowed for the call), without waiting.
     * DD_EBUSY: somebody has it, and who stands in @holder, cut to
     * @holder_size bytes with its NUL. Other statuses: it could not be tried, and
     * why may stand there, or "". */
    enum dd_status (*take)(void *ctx, const char *engine_id, char *holder, size_t holder_size);
    /* Let go of what was taken. */
    void (*let_go)(void *ctx, const char *engine_id);
};

struct dd_host_lock {
    const struct dd_host_lock_ops *ops;
    void *ctx;
};

/** Unpredictable bits: for the jitter of retries and the keys of hashes. */
struct dd_entropy_ops {
    uint64_t (*next)(void *ctx);
};

struct dd_entropy {
    const struct dd_entropy_ops *ops;
    void *ctx;
};

/** Memory. Sizes are in bytes; blocks are aligned for any type. */
struct dd_allocator_ops {
    /* NULL if there is none. @size is never 0. The block's content is open. */
    void *(*alloc)(void *ctx, size_t size);
    /* @size is what was asked for; @block is never NULL. */
    void (*free)(void *ctx, void *block, size_t size);
};

struct dd_allocator {
    const struct dd_allocator_ops *ops;
    void *ctx;
};

/** Told of everything that happens, as it happens (event.h). */
struct dd_observer_ops {
    /* @event and all that it points to are borrowed for the call. Must not
     * call the coordinator. */
    void (*event)(void *ctx, const struct dd_event *event);
};

struct dd_observer {
    const struct dd_observer_ops *ops; /* NULL: nobody looks */
    void *ctx;
};

#ifdef __cplusplus
}
#endif

#endif
