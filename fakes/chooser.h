/**
 * The chooser: everything in a simulation that could go either way asks one
 * function, which is given to the fakes; they hold no randomness themselves.
 *
 * A label is a (kind, identity) pair; it is rendered only when somebody prints
 * it. A choice with one answer is not asked.
 */
#ifndef FAKE_CHOOSER_H
#define FAKE_CHOOSER_H

#include <stdint.h>

struct fake_label {
    const char *kind;     /* static storage: "pull-time", "fault" */
    const char *identity; /* borrowed for the call: "redis:7"; may be NULL */
};

struct fake_chooser {
    /* A number below @count (at least 1). */
    uint64_t (*choose)(void *ctx, uint64_t count, struct fake_label label);
    void *ctx;
};

static inline uint64_t fake_choose(const struct fake_chooser *chooser, uint64_t count,
                                   struct fake_label label)
{
    return count <= 1 ? 0 : chooser->choose(chooser->ctx, count, label);
}

#endif
