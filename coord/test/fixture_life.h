/**
 * On top of the fixture: pulls brought as far as their grant, images brought into a
 * state, and the log as an agent would write it.
 */
#ifndef COORD_TEST_FIXTURE_LIFE_H
#define COORD_TEST_FIXTURE_LIFE_H

#include "coord/test/fixture.h"

/** What the engine does for a pull of @reference that began: @before is what the
 * name means before (NULL: nothing), @image what it means after, of these two names
 * alone. The last answer is given, and nobody is told yet. */
void life_bring_over(struct fixture *f, const char *reference, const char *before,
                     const char *image);
void life_bring(struct fixture *f, const char *reference, const char *image);

/** Bring a pull of @reference that began to where the engine pulls. */
void life_start_pull(struct fixture *f, const char *reference);

/** A pull of @reference for @caller that is granted and not told (H35). */
struct fixture_told *life_granted(struct fixture *f, const char *reference, const char *caller,
                                  const char *image);

/** "redis:7" and "A" give "redis@a", where fixture_pull_whole puts the digest. */
const char *life_digest(const char *reference, const char *image, char out[FIXTURE_NAME_MAX]);

/** @reference was pulled and let go, its delay is over, and the DELETE of the name
 * has been sent. The trace and calls are forgotten. */
void life_deleting(struct fixture *f, const char *reference, const char *image);

/** Likewise, and a container keeps the image: BLOCKED. */
void life_blocked(struct fixture *f, const char *reference, const char *image);

/** Answer whatever its removal asks, in the order of asking, until nothing of it is
 * left: the engine has just the two names of fixture_pull_whole. */
void life_remove(struct fixture *f, const char *reference, const char *image);

/** Asserts that the close was told once and nothing is left: no work, alarm, call or lock,
 * and, after the coordinator is destroyed, no memory. */
void life_assert_closed(struct fixture *f);

/** A lease by hand. */
struct dd_lease life_lease(const char *image, const char *caller, uint64_t number);

/** Every event since the opening, as "level: sentence" lines. */
struct life_log {
    void (*seen)(void *ctx, const struct dd_event *event);
    void *ctx;
    size_t length;
    char lines[16384];
};

/** A fixture and its log, which outlives it. */
struct life {
    struct fixture *f;
    struct life_log log;
};

/** For cmocka: a life in *state, with cleanup or without. */
int life_setup(void **state);
int life_setup_without_cleanup(void **state);
int life_teardown(void **state);

/** Asserts that @line was written just once; prints the log if not. */
void life_log_assert(const struct life_log *log, const char *line);
/** Asserts that no line holds @words. */
void life_log_assert_none(const struct life_log *log, const char *words);

#endif
