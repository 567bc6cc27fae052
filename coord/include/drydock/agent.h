/**
 * The coordinator for programs with threads: an agent opens one of these, and any
 * of its threads may call it.
 *
 * It is a queue in front of the strand, and nothing else: every call is written
 * down, the strand carries it out by the function of the same name in drydock.h,
 * in the order of asking, and what that function would answer is the answer. Each
 * call exists twice. The plain form returns at once and tells the answer by a
 * callback on the strand; the form that ends in _wait waits for it.
 *
 * The strand is a thread of the agent's own, or, if the agent is embedded into the
 * caller's loop (loop.h), the thread that dispatches that.
 *
 * Units:     nanoseconds.
 * Ownership: what is given to a function is borrowed for the call, strings too;
 *            what a callback is given is borrowed for the callback.
 * Threading: any thread, unless a function says otherwise. Callbacks are called
 *            on the strand, without any lock; while one runs, nothing else does.
 * Errors:    a _wait function on the strand's own thread would wait for itself:
 *            DD_EDEADLK, and nothing happened. After the close: DD_ECLOSED.
 */
#ifndef DRYDOCK_AGENT_H
#define DRYDOCK_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/backend.h"
#include "drydock/drydock.h"
#include "drydock/observe.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DD_AGENT_OBSERVER_MAX 8
#define DD_OUTCOME_TEXT_MAX 511 /* bytes, without the NUL */

struct dd_agent;

/** What an agent chooses. dd_agent_config_init gives the defaults. */
struct dd_agent_config {
    struct dd_config coordinator;
    const char *docker_host;             /* "unix:///…", "tcp://…"; NULL: what DOCKER_HOST says,
                                            or its default (client.h) */
    const char *lock_folder;             /* of the host's locks; NULL: the default (host_lock.h) */
    const struct dd_observer *observers; /* told of everything, in this order */
    size_t observer_count;               /* at most DD_AGENT_OBSERVER_MAX */
    dd_opened_fn opened;                 /* for dd_agent_open alone */
    void *arg;

    /* In the place of a backend of its own: a loop of the caller's, and what the
     * coordinator is given, all but the observer (such as dd_backend_loop() and
     * dd_backend_env()). The allocator is called by any thread. The agent has the
     * loop's wake task (dd_loop_on_wake) from the opening to `closed`. */
    struct dd_loop *loop;
    const struct dd_env *env;
    bool is_embedded; /* the caller dispatches `loop`; otherwise a thread of the
                         agent's own does, from the opening to `closed` */
};

void dd_agent_config_init(struct dd_agent_config *config);

/**
 * Begin to coordinate an engine. @config->opened tells how it ended, as dd_open's
 * does; calls that are made before wait until then. After anything but DD_OK every
 * call answers DD_ECLOSED; dd_agent_destroy is due in any case.
 *
 * Ownership: @config is borrowed for the call, `loop` and all that `observers` and
 *            `env` point to until dd_agent_destroy. *@out: release with that.
 * Threading: embedded: on the strand.
 * Errors:    DD_EINVAL: @config makes no sense, or docker_host is none; DD_ENOMEM:
 *            no memory, descriptor or thread. `opened` is not called, *@out stays
 *            as it was, and a sentence that says more stands in @why, cut to
 *            @why_size bytes with its NUL, of which DD_WHY_SIZE are enough. (NULL
 *            and 0: nobody wants to know.)
 */
DD_MUST_USE enum dd_status dd_agent_open(const struct dd_agent_config *config, char *why,
                                         size_t why_size, struct dd_agent **out);

/**
 * The same, having waited: what `opened` would be told is returned, with its text
 * in @why. The config's `opened` and `arg` are not looked at.
 *
 * Errors: after anything but DD_OK there is nothing to destroy, *@out stays as it
 *         was. DD_EINVAL if it is embedded, for nobody would dispatch.
 */
DD_MUST_USE enum dd_status dd_agent_open_wait(const struct dd_agent_config *config, char *why,
                                              size_t why_size, struct dd_agent **out);

/**
 * Pull an image for a caller: dd_pull. Its answer, refusals too, is told to
 * @pull->done; this may be before the function has returned. A deadline counts from the
 * asking; one that is over before the opening has ended is told then.
 *
 * Ownership: copied; copies of credentials are wiped once the strand has them.
 *            *@out (may be NULL): for dd_agent_cancel; not a number of dd_pull's.
 * Errors:    DD_EINVAL, DD_ENOMEM, DD_ECLOSED: `done` is not called.
 */
DD_MUST_USE enum dd_status dd_agent_pull(struct dd_agent *agent, const struct dd_pull *pull,
                                         struct dd_operation *out);

/** Likewise dd_retain. */
DD_MUST_USE enum dd_status dd_agent_retain(struct dd_agent *agent, const struct dd_retain *retain,
                                           struct dd_operation *out);

/**
 * Leave an operation: `done` will say DD_ECANCELLED, or what was on its way to be
 * told when the strand learned of it.
 *
 * Errors: DD_EALREADY: it was told, or was cancelled before, or never was. Never
 *         DD_ENOMEM.
 */
DD_MUST_USE enum dd_status dd_agent_cancel(struct dd_agent *agent, struct dd_operation operation);

/** How a waited-for operation ended: a dd_result of one's own. */
struct dd_outcome {
    enum dd_status status;
    enum dd_conflict conflict;
    bool recoverable;
    uint64_t retry_after_ns;
    uint64_t lease;                  /* its number, if DD_OK */
    char image[DD_IMAGE_ID_MAX + 1]; /* its image ID, if DD_OK */
    char text[DD_OUTCOME_TEXT_MAX + 1];
};

/**
 * Pull an image and wait for it, at most @pull->deadline_ns from the asking (0: as long
 * as it takes), of which an opening that is under way is a part. Once that has passed it returns
 * DD_ETIMEDOUT, but not before the strand has taken back what it may have got: what was not told is
 * not held.
 *
 * Ownership: @pull's `done` and `arg` are not looked at. *@out is written in any
 *            case; needs no release.
 * Errors:    the outcome's status, any class; DD_EDEADLK.
 */
DD_MUST_USE enum dd_status dd_agent_pull_wait(struct dd_agent *agent, const struct dd_pull *pull,
                                              struct dd_outcome *out);

/** Likewise dd_retain. */
DD_MUST_USE enum dd_status dd_agent_retain_wait(struct dd_agent *agent,
                                                const struct dd_retain *retain,
                                                struct dd_outcome *out);

/** Tells what the strand answered; may be NULL where nobody wants to know. */
typedef void (*dd_answered_fn)(void *arg, enum dd_status status);

/**
 * Give back a lease: dd_release, and its other forms.
 *
 * Errors: DD_ECLOSED: @answered is not called; what dd_release answers is told to
 *         it. Never DD_ENOMEM: without memory to write it down, the call waits for
 *         the strand, and @answered is called all the same.
 */
DD_MUST_USE enum dd_status dd_agent_release(struct dd_agent *agent, struct dd_lease lease,
                                            dd_answered_fn answered, void *arg);
DD_MUST_USE enum dd_status dd_agent_release_image(struct dd_agent *agent, const char *image,
                                                  const char *caller, dd_answered_fn answered,
                                                  void *arg);
DD_MUST_USE enum dd_status dd_agent_release_caller(struct dd_agent *agent, const char *caller,
                                                   dd_answered_fn answered, void *arg);

/** They return what dd_release and its other forms answer; no engine is asked. */
DD_MUST_USE enum dd_status dd_agent_release_wait(struct dd_agent *agent, struct dd_lease lease);
DD_MUST_USE enum dd_status dd_agent_release_image_wait(struct dd_agent *agent, const char *image,
                                                       const char *caller);
DD_MUST_USE enum dd_status dd_agent_release_caller_wait(struct dd_agent *agent, const char *caller);

/**
 * Why each image is still there: dd_explain. @visit is called on the strand, for
 * each image, then @answered, which may be NULL, once.
 *
 * Errors: DD_EINVAL, DD_ENOMEM, DD_ECLOSED: neither is called.
 */
DD_MUST_USE enum dd_status dd_agent_explain(struct dd_agent *agent, dd_explained_fn visit,
                                            dd_answered_fn answered, void *arg);

/** @visit is called on the strand, while the caller waits. */
DD_MUST_USE enum dd_status dd_agent_explain_wait(struct dd_agent *agent, dd_explained_fn visit,
                                                 void *arg);

/** The clock of dd_explained.next_ns and dd_event.time_ns. */
uint64_t dd_agent_now(void);

/** What happened since the opening. */
struct dd_agent_counts {
    struct dd_event_counts events;
    struct dd_loop_counts loop; /* the longest pause of the strand among them */
};

/** *@out is as it was unless DD_OK. */
DD_MUST_USE enum dd_status dd_agent_counted_wait(struct dd_agent *agent,
                                                 struct dd_agent_counts *out);

/**
 * Close: dd_close. @close->closed, which may be NULL, is called last of all
 * callbacks. An open that is under way is awaited first.
 *
 * Errors: DD_ECLOSED if it is closing or closed already, or was never open. Never
 *         DD_ENOMEM.
 */
DD_MUST_USE enum dd_status dd_agent_close(struct dd_agent *agent, const struct dd_close *close);

/** @close's `closed` and `arg` are not looked at. */
DD_MUST_USE enum dd_status dd_agent_close_wait(struct dd_agent *agent,
                                               const struct dd_close *close);

/**
 * Free an agent. One that has a thread is closed first if nobody did, without
 * draining or waiting for the engine longer than a second, once an open that is under
 * way has ended; calls that wait in it end. NULL is fine.
 *
 * Threading: any but the strand, and after every other call has returned or waits
 *            in a _wait function. Embedded: on the strand, outside of callbacks.
 * Errors:    DD_EDEADLK on the strand of one that has a thread; DD_EBUSY if it is
 *            embedded and `closed` has not returned yet. Nothing happened then.
 */
enum dd_status dd_agent_destroy(struct dd_agent *agent);

#ifdef __cplusplus
}
#endif

#endif
