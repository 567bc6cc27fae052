/**
 * What tests of pulling need beside the fixture: pulls that are under way, and a
 * watch over everything that a secret could get into.
 */
#ifndef COORD_TEST_FIXTURE_PULL_H
#define COORD_TEST_FIXTURE_PULL_H

#include <stdbool.h>
#include <stddef.h>

#include "coord/test/fixture.h"

/** A fixture with these changes of the default configuration. */
struct fixture *fixture_open_limited(unsigned parallel_pull_max);
struct fixture *fixture_open_adopting(void);
/** One of an engine that prints no closing lines (Podman). */
struct fixture *fixture_open_podman(void);

/** A pull whose name meant nothing before; the engine has begun it. */
struct fixture_told *fixture_pull_running(struct fixture *f, const char *reference,
                                          const char *caller);
/** Policies, credentials, deadlines, platforms; asserts that it began. */
struct fixture_told *fixture_pull_policy(struct fixture *f, const char *reference,
                                         const char *caller, enum dd_policy policy);
struct fixture_told *fixture_pull_with(struct fixture *f, const char *reference, const char *caller,
                                       const struct dd_credentials *credentials);
struct fixture_told *fixture_pull_within(struct fixture *f, const char *reference,
                                         const char *caller, uint64_t deadline_ns);
struct fixture_told *fixture_pull_for(struct fixture *f, const char *reference, const char *caller,
                                      const char *platform);

/** Cancel; the answer. */
enum dd_status fixture_cancel(struct fixture *f, const struct fixture_told *told);
/** Asserts DD_OK, and drains. */
void fixture_leave(struct fixture *f, const struct fixture_told *told);

/** Fire the next alarm and drain nothing: what was posted stays so. */
void fixture_alarm(struct fixture *f);

/** @reference was pulled, as @image with the digest "@x" beside it, and let go; its
 * removal has looked at the ID and at the name, and its DELETE of the name is
 * unanswered. The trace and calls are forgotten. */
void fixture_deleting(struct fixture *f, const char *reference, const char *image);

/** What fixture_watch sees: memory and events that hold @secret. */
struct fixture_watch {
    const char *secret;
    struct dd_allocator inner;
    struct {
        void *at;
        size_t size;
    } blocks[512];
    size_t block_count;
    unsigned freed_with; /* blocks given back with the secret in them */
    unsigned told_with;  /* events that hold it */
    unsigned told_of;    /* events seen */
    void (*seen)(void *ctx, const struct dd_event *event);
    void *seen_ctx;
};

/** An open coordinator whose memory and events are watched. @watch must outlive
 * the fixture. */
struct fixture *fixture_open_watched(struct fixture_watch *watch, const char *secret);
/** Blocks in use that hold the secret. */
unsigned fixture_watch_live(const struct fixture_watch *watch);

#endif
