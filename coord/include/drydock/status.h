/**
 * Statuses: what a call answers, and the class of what went wrong.
 *
 * One row each, so that name, text, whether a caller may hope for a better
 * answer by asking again, and how long it should wait first cannot drift apart.
 */
#ifndef DRYDOCK_STATUS_H
#define DRYDOCK_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DD_MUST_USE __attribute__((warn_unused_result))

/* name, text, recoverable, seconds to wait before the next try */
#define DD_STATUS_MAP(X)                                                                           \
    X(DD_OK, "ok", false, 0)                                                                       \
    X(DD_ENOTFOUND, "no such image", false, 0)                                                     \
    X(DD_EDENIED, "access denied", false, 0)                                                       \
    X(DD_EUNAUTHENTICATED, "not authenticated", false, 0)                                          \
    X(DD_ERATELIMITED, "rate limited by the registry", true, 60)                                   \
    X(DD_EDISKFULL, "no space left on the engine's disk", true, 60)                                \
    X(DD_ENETWORK, "network failure", true, 5)                                                     \
    X(DD_ESTALLED, "pull made no progress", true, 5)                                               \
    X(DD_ETIMEDOUT, "timed out", true, 5)                                                          \
    X(DD_ECONFLICT, "in use", true, 60)                                                            \
    X(DD_EGONE, "image is gone", true, 0)                                                          \
    X(DD_EENGINE, "engine failure", true, 5)                                                       \
    X(DD_ECANCELLED, "cancelled", true, 0)                                                         \
    X(DD_ECLOSED, "coordinator is closed", false, 0)                                               \
    X(DD_EBUSY, "engine has another coordinator", true, 5)                                         \
    X(DD_EINVAL, "invalid argument", false, 0)                                                     \
    X(DD_ENOMEM, "out of memory", true, 1)                                                         \
    X(DD_ENOLEASE, "no such lease", false, 0)                                                      \
    X(DD_EALREADY, "already told", false, 0)                                                       \
    X(DD_EDEADLK, "would wait for itself", false, 0)

enum dd_status {
#define DD_STATUS_ENUM(name, text, recoverable, wait_s) name,
    DD_STATUS_MAP(DD_STATUS_ENUM)
#undef DD_STATUS_ENUM
        DD_STATUS_COUNT
};

/** What a DD_ECONFLICT is about: why the engine keeps an image. */
#define DD_CONFLICT_MAP(X)                                                                         \
    X(DD_CONFLICT_NONE, "none")                                                                    \
    X(DD_CONFLICT_CONTAINER, "in use by a container")                                              \
    X(DD_CONFLICT_CHILDREN, "has dependent child images")                                          \
    X(DD_CONFLICT_NAMES, "has names of others")                                                    \
    X(DD_CONFLICT_OTHER, "the engine refuses")

enum dd_conflict {
#define DD_CONFLICT_ENUM(name, text) name,
    DD_CONFLICT_MAP(DD_CONFLICT_ENUM)
#undef DD_CONFLICT_ENUM
        DD_CONFLICT_COUNT
};

/** The constant's own name, "DD_ENOTFOUND". Static storage; never NULL. */
const char *dd_status_name(enum dd_status status);

/** A few words, "no such image". Static storage; never NULL. */
const char *dd_status_text(enum dd_status status);

/** Whether asking again later may succeed: a property of the class (H14). */
bool dd_status_recoverable(enum dd_status status);

/** How long to wait before asking again, in nanoseconds; 0: no need to. */
uint64_t dd_status_retry_after_ns(enum dd_status status);

/** A few words, "in use by a container". Static storage; never NULL. */
const char *dd_conflict_text(enum dd_conflict conflict);

/** An image's state; unknown images have none. */
#define DD_IMAGE_STATE_MAP(X)                                                                      \
    X(ABSENT, "absent")                                                                            \
    X(HELD, "held")                                                                                \
    X(IDLE, "idle")                                                                                \
    X(REMOVING, "removing")                                                                        \
    X(BLOCKED, "blocked")

enum dd_image_state {
#define DD_IMAGE_STATE_ENUM(name, word) DD_IMAGE_##name,
    DD_IMAGE_STATE_MAP(DD_IMAGE_STATE_ENUM)
#undef DD_IMAGE_STATE_ENUM
        DD_IMAGE_STATE_COUNT
};

/** "held". Static storage. */
const char *dd_image_state_word(enum dd_image_state state);

#ifdef __cplusplus
}
#endif

#endif
