/**
 * libdrydock: pulls Docker images, shares pulls between callers, counts who
 * uses which image, and removes what nobody uses.
 *
 * A coordinator is one event-driven state machine. It has no thread, socket,
 * clock or memory of its own: it is given them when it is opened (env.h,
 * docker.h), and everything happens on one strand, the executor it was given.
 *
 * Threading: every function here is called on the strand. A callback may call
 *            any of them; dd_close takes effect after the callback returns.
 * Ownership: strings given to a function are borrowed for the call; strings in
 *            a callback are borrowed for the callback.
 * Units:     times and durations are in nanoseconds.
 */
#ifndef DRYDOCK_DRYDOCK_H
#define DRYDOCK_DRYDOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/docker.h"
#include "drydock/env.h"
#include "drydock/event.h"
#include "drydock/reference.h"
#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DD_VERSION "0.1.0" /* of what this header came with */
#define DD_SECOND_NS UINT64_C(1000000000)
#define DD_CALLER_MAX 255 /* bytes of a caller's name */
#define DD_VOUCHED_MAX 64 /* bindings that a retain names; a bound, nothing more */

struct dd_coord;

/** All that a coordinator asks of the world. */
struct dd_env {
    struct dd_clock clock;
    struct dd_executor executor;
    struct dd_docker docker;
    struct dd_host_lock host_lock;
    struct dd_entropy entropy;
    struct dd_allocator allocator;
    struct dd_observer observer;
};

/** How a coordinator behaves. dd_config_init gives the defaults. */
struct dd_config {
    bool cleanup;                  /* remove what nobody uses (true) */
    bool adopt;                    /* whatever is pulled is ours (false) */
    unsigned parallel_pull_max;    /* engine pulls at a time (8) */
    unsigned parallel_removal_max; /* removals at a time (4) */
    uint64_t remove_delay_ns;      /* from the last release (3 min) */
    uint64_t progress_timeout_ns;  /* a pull without any line (5 min) */
    uint64_t pull_timeout_ns;      /* a whole pull from its start (1 h) */
    uint64_t inspect_timeout_ns;   /* (30 s) */
    uint64_t pull_settling_ns;     /* after an aborted or lost pull (5 s) */
    uint64_t delete_settling_ns;   /* after a lost DELETE (60 s) */
    uint64_t retry_ns;             /* between tries at an unknown error (3 s) */
    unsigned try_max;              /* tries before BLOCKED (3) */
    uint64_t backoff_min_ns;       /* first retry of a BLOCKED image (1 min) */
    uint64_t backoff_max_ns;       /* and the longest (1 h) */
};

void dd_config_init(struct dd_config *config);

/** An operation's handle: one call of the agent's that completes later. */
struct dd_operation {
    uint64_t number; /* never 0, never used twice */
};

/** What a granted caller holds; it has no expiry. Give it back by dd_release. */
struct dd_lease {
    const char *image; /* image ID */
    const char *caller;
    uint64_t number; /* never 0 in a lease that was told */
};

/** How an operation ended. */
struct dd_result {
    enum dd_status status;
    enum dd_conflict conflict;
    bool recoverable;        /* asking again later may succeed */
    uint64_t retry_after_ns; /* how long to wait first */
    const char *text;        /* "Failed to pull `X`: …"; "" if DD_OK */
    struct dd_lease lease;   /* if DD_OK */
};

/** Tells how an operation ended: exactly once, never inside the call that
 * began it, unless that call did not answer DD_OK. */
typedef void (*dd_done_fn)(void *arg, const struct dd_result *result);

/** Tells how dd_open ended: DD_OK, DD_EBUSY with the holder in @text, or the
 * class of what went wrong. After anything but DD_OK: dd_destroy. */
typedef void (*dd_opened_fn)(void *arg, enum dd_status status, const char *text);

/**
 * Begin to coordinate the engine behind @env: ask who it is, take the host lock
 * of its name (H34), then call @opened. Operations are accepted from then on.
 *
 * Ownership: @config and @env are copied; @out: release with dd_destroy.
 * Errors:    DD_EINVAL: a table is missing (the seed's nil client), or a number
 *            makes no sense; DD_ENOMEM. *out stays as it was, @opened is not
 *            called.
 */
DD_MUST_USE enum dd_status dd_open(const struct dd_config *config, const struct dd_env *env,
                                   dd_opened_fn opened, void *arg, struct dd_coord **out);

/** What to do when the image may be there already. */
enum dd_policy {
    DD_PULL_ALWAYS,     /* ask the registry whatever is there */
    DD_PULL_IF_MISSING, /* only if the engine does not have it; may grant what
                           other credentials pulled */
    DD_PULL_NEVER       /* never: absent is DD_ENOTFOUND; likewise */
};

struct dd_pull {
    const char *reference;
    const char *caller;
    enum dd_policy policy;
    const char *platform;                     /* NULL: the engine's own */
    const struct dd_credentials *credentials; /* NULL: anonymous; what must be
                                                 kept is wiped after use */
    uint64_t deadline_ns;                     /* from now; 0: none */
    dd_done_fn done;
    void *arg;
};

/**
 * Pull an image for a caller, or share a pull of it that is under way.
 *
 * Ownership: @pull and all in it are borrowed for the call.
 * Errors:    DD_EINVAL (no reference, no caller, not open yet), DD_ENOMEM,
 *            DD_ECLOSED: nothing happened, `done` is not called.
 *            Through `done`: any class.
 */
DD_MUST_USE enum dd_status dd_pull(struct dd_coord *coord, const struct dd_pull *pull,
                                   struct dd_operation *out);

struct dd_retain {
    const char *image; /* image ID */
    const char *caller;
    struct dd_strings bindings; /* names that the agent vouches for as ours */
    uint64_t deadline_ns;       /* from now; 0: none */
    dd_done_fn done;
    void *arg;
};

/**
 * Take a lease on an image that should be there, by its ID.
 *
 * Ownership: as dd_pull.
 * Errors:    as dd_pull; through `done` DD_EGONE if it is not there.
 */
DD_MUST_USE enum dd_status dd_retain(struct dd_coord *coord, const struct dd_retain *retain,
                                     struct dd_operation *out);

/**
 * Leave an operation. What was granted and not told is taken back at once.
 *
 * Errors: DD_OK: `done` will say DD_ECANCELLED. DD_EALREADY: it was told, or
 *         never was. DD_ECLOSED.
 */
DD_MUST_USE enum dd_status dd_cancel(struct dd_coord *coord, struct dd_operation operation);

/**
 * Give a lease back; the last one starts the image's removal delay.
 *
 * Errors: DD_ENOLEASE if it is not held, or was replaced by a newer one (H17):
 *         nothing changes. DD_ECLOSED. Never DD_ENOMEM.
 */
DD_MUST_USE enum dd_status dd_release(struct dd_coord *coord, struct dd_lease lease);

/** The seed's form: whatever @caller holds on @image, and what is granted on it
 * and not told (that operation's `done` says DD_ECANCELLED). Errors: as
 * dd_release. */
DD_MUST_USE enum dd_status dd_release_image(struct dd_coord *coord, const char *image,
                                            const char *caller);

/** Everything @caller holds, and all its pending operations, which end
 * DD_ECANCELLED. Looks at every image and every pending operation. Errors:
 * DD_ENOLEASE if there was neither; as dd_release. */
DD_MUST_USE enum dd_status dd_release_caller(struct dd_coord *coord, const char *caller);

/** Why an image is still there (H29). */
struct dd_explained {
    const char *image;
    enum dd_image_state state;
    bool ours;             /* will be removed when nobody uses it */
    bool wanted;           /* a pull or a retain keeps it from being removed */
    enum dd_status status; /* why it is BLOCKED */
    enum dd_conflict conflict;
    uint64_t next_ns; /* when something happens next; 0: when it is let go */
    uint64_t lease_count;
    struct dd_strings holders;  /* callers, in the order of their bytes */
    struct dd_strings bindings; /* names, in the order of their recording */
};

typedef void (*dd_explained_fn)(void *arg, const struct dd_explained *explained);

/**
 * Call @visit for every image that the coordinator knows, in the order in which
 * it came to know them. @visit must not call the coordinator.
 * Errors: DD_ENOMEM (@visit may have been called for some), DD_ECLOSED.
 */
DD_MUST_USE enum dd_status dd_explain(struct dd_coord *coord, dd_explained_fn visit, void *arg);

struct dd_close {
    bool drain;           /* remove what nobody uses now, instead of leaving it */
    uint64_t deadline_ns; /* from now; for what the engine still has to answer. 0: no time,
                             so that nothing is drained */
    void (*closed)(void *arg);
    void *arg;
};

/**
 * Close: waiters are told DD_ECLOSED, what was granted and not told is taken
 * back, pulls are aborted, DELETEs that were sent are awaited. `closed` comes
 * last of all; then dd_destroy. What is left and why: an event LEFT for each
 * image, and the sum, "1 held, 2 idle, 1 blocked, 1 in doubt", in CLOSED, the
 * last event of all.
 *
 * Errors: DD_ECLOSED if it is closing or closed already. DD_EINVAL if it was
 *         never open. Never DD_ENOMEM.
 */
DD_MUST_USE enum dd_status dd_close(struct dd_coord *coord, const struct dd_close *close);

/**
 * Free a closed coordinator, or one whose open failed. NULL is fine. From inside
 * `opened` or `closed` it takes effect when that returns.
 */
void dd_destroy(struct dd_coord *coord);

#ifdef __cplusplus
}
#endif

#endif
