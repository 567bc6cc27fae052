/**
 * Structured events: all that the coordinator does, as its observer sees it.
 * The same events are the trace of a simulation and the log of an agent.
 * No event ever carries a credential.
 */
#ifndef DRYDOCK_EVENT_H
#define DRYDOCK_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "drydock/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dd_level { DD_LEVEL_TRACE, DD_LEVEL_DEBUG, DD_LEVEL_INFO, DD_LEVEL_WARN, DD_LEVEL_ERROR };

/*
 * kind, word, level, text. In the text, {reference} {image} {caller} {operation}
 * {lease} {count} {attempt} {http} {status} {conflict} {was} {state} {after}
 * {message} stand for the event's fields. Rows marked "seed" are the seed's log lines
 * (docs/PARITY.md).
 */
#define DD_EVENT_MAP(X)                                                                            \
    X(OPENED, "opened", INFO, "coordinating engine {message}")                                     \
    X(OPEN_FAILED, "open-failed", ERROR, "cannot coordinate the engine: {status}: {message}")      \
    X(PULL_ASKED, "pull-asked", DEBUG, "{caller} asks for {reference} (operation {operation})")    \
    X(RETAIN_ASKED, "retain-asked", DEBUG, "{caller} asks for {image} (operation {operation})")    \
    X(PULL_JOINED, "pull-joined", DEBUG,                                                           \
      "{caller} joins the pull of {reference}, {count} waiting")                                   \
    X(PULL_QUEUED, "pull-queued", DEBUG, "pull of {reference} queued for {caller}")                \
    X(PULL_BEFORE, "pull-before", DEBUG, "asking what {reference} means before its pull")          \
    X(PULL_STARTED, "pull-started", INFO, "pulling {reference}")                                   \
    X(PULL_PROGRESS, "pull-progress", TRACE, "{reference}: {message}")                             \
    X(PULL_SUCCEEDED, "pull-succeeded", DEBUG, "docker pull {reference} succeeded") /* seed */     \
    X(PULL_FAILED, "pull-failed", ERROR,                                                           \
      "failed pulling container {reference}: {message} ({status})") /* seed */                     \
    X(LOOKUP_FAILED, "lookup-failed", ERROR,                                                       \
      "failed getting image id for \"{reference}\": {message} ({status})") /* seed */              \
    X(PULL_ABORTED, "pull-aborted", INFO, "aborting the pull of {reference}: {message}")           \
    X(PULL_ENDED, "pull-ended", DEBUG, "the engine's pull of {reference} is over")                 \
    X(PULL_SETTLED, "pull-settled", DEBUG, "asking what {reference} means after its pull")         \
    X(PULL_ORPHAN, "pull-orphan", INFO, "{reference} now means {image}: the failed pull's doing")  \
    X(INSPECT_STARTED, "inspect-started", DEBUG, "inspecting {reference}{image}")                  \
    X(INSPECT_AGAIN, "inspect-again", DEBUG,                                                       \
      "asking again: a removal was answered meanwhile ({reference}{image})")                       \
    X(PULL_WAITS, "pull-waits", DEBUG, "{reference} waits for the removal of {image}")             \
    X(BOUND, "bound", DEBUG, "{reference} of {image} is ours")                                     \
    X(UNBOUND, "unbound", DEBUG, "{reference} of {image} is not ours any more: {message}")         \
    X(GRANTED, "granted", DEBUG, "{caller} granted {image} (operation {operation})")               \
    X(COUNT_UP, "count-up", DEBUG,                                                                 \
      "image \"{reference}\" ({image}) reference count incremented: {count}") /* seed */           \
    X(COUNT_DOWN, "count-down", DEBUG,                                                             \
      "image id \"{image}\" reference count decremented: {count}") /* seed */                      \
    X(TAKEN_BACK, "taken-back", DEBUG, "{image} taken back from {caller}, who was not told")       \
    X(TOLD, "told", DEBUG, "{caller} told {status} (operation {operation}, lease {lease})")        \
    X(RELEASED, "released", DEBUG, "{caller} released {image} (lease {lease})")                    \
    X(RELEASE_UNKNOWN, "release-unknown", WARN,                                                    \
      "RemoveImage on non-referenced counted image id \"{image}\"") /* seed */                     \
    X(FORGOTTEN, "forgotten", DEBUG, "{image} forgotten: it was never ours")                       \
    X(DELAY_STARTED, "delay-started", DEBUG, "{image} is unused: removal in {after}")              \
    X(REMOVAL_CANCELLED, "removal-cancelled", DEBUG,                                               \
      "cancelling removal of image \"{image}\"") /* seed */                                        \
    X(REMOVAL_STARTED, "removal-started", INFO, "removing {image}")                                \
    X(DELETE_SENT, "delete-sent", INFO, "DELETE {reference}{image}")                               \
    X(DELETE_ANSWERED, "delete-answered", DEBUG, "DELETE of {image} answered {http}: {status}")    \
    X(DELETE_IN_DOUBT, "delete-in-doubt", WARN,                                                    \
      "the connection was lost: whether {image} was removed is unknown")                           \
    X(DOUBT_ENDED, "doubt-ended", INFO, "{image} is still there")                                  \
    X(STALE_ANSWER, "stale-answer", DEBUG, "an answer to an older removal is ignored")             \
    X(RESCUED, "rescued", INFO, "{image} is wanted: removal called off")                           \
    X(REMOVED, "removed", DEBUG, "cleanup removed downloaded image: \"{image}\"") /* seed */       \
    X(NOT_THERE, "not-there", DEBUG,                                                               \
      "unable to cleanup image \"{image}\": does not exist") /* seed */                            \
    X(STILL_IN_USE, "still-in-use", DEBUG,                                                         \
      "unable to cleanup image \"{image}\": still in use ({conflict})") /* seed */                 \
    X(ATTEMPT_FAILED, "attempt-failed", DEBUG,                                                     \
      "failed to remove image \"{image}\" (attempt {attempt}): {message}") /* seed */              \
    X(BLOCKED, "blocked", WARN, "{image} cannot be removed: {message}; again in {after}")          \
    X(MOVED, "moved", TRACE, "{image} was {was} and is {state} now: {message}")                    \
    X(CLOSING, "closing", INFO, "closing: {message}")                                              \
    X(LEFT, "left", INFO, "left at close: {image}: {message}")                                     \
    X(CLOSED, "closed", INFO, "closed; images left: {message}")

enum dd_event_kind {
#define DD_EVENT_ENUM(name, word, level, text) DD_EVENT_##name,
    DD_EVENT_MAP(DD_EVENT_ENUM)
#undef DD_EVENT_ENUM
        DD_EVENT_COUNT
};

/** What does not apply is 0 or NULL. */
struct dd_event {
    enum dd_event_kind kind;
    uint64_t time_ns;      /* of the clock */
    const char *reference; /* normalised */
    const char *image;     /* image ID */
    const char *caller;
    uint64_t operation;
    uint64_t lease;
    uint64_t generation; /* of the removal */
    uint64_t count;
    unsigned attempt; /* from 1 */
    unsigned http_status;
    enum dd_status status;
    enum dd_conflict conflict;
    enum dd_image_state was; /* MOVED: the image's state before, and now */
    enum dd_image_state state;
    uint64_t after_ns;
    const char *layer; /* PULL_PROGRESS: a layer's short ID, if the line has one */
    uint64_t current_bytes;
    uint64_t total_bytes;
    const char *message; /* bounded, without secrets */
};

/** "pull-started". Static storage. */
const char *dd_event_word(enum dd_event_kind kind);

enum dd_level dd_event_level(enum dd_event_kind kind);

/** "debug". Static storage. */
const char *dd_level_word(enum dd_level level);

/**
 * Write @event's sentence into @buffer, always ended by a NUL, cut at @size.
 * Ownership: all borrowed for the call. Threading: any. Errors: none.
 */
void dd_event_format(const struct dd_event *event, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
