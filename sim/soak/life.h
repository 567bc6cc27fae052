/**
 * One life of an agent that is soaked: a coordinator behind the agent's face, callers that
 * pull, cancel, restart and release by a seed, and all that they know in a recording.
 *
 * The callers' choices are the seed's; when things happen is the clock's.
 *
 * Ownership: what a life is begun with is borrowed until its end.
 * Threading: sim_life_* by one thread; the coordinator tells on a thread of its own.
 * Errors:    beginning says why it failed; aborts without memory.
 */
#ifndef SIM_SOAK_LIFE_H
#define SIM_SOAK_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/soak/recording.h"

struct sim_life;

struct sim_life_options {
    const char *docker; /* "unix:///..." */
    const char *lock_folder;
    const char *const *references; /* what callers pull */
    size_t reference_count;
    unsigned caller_count;
    uint64_t seed;
    uint64_t number; /* of the life; operations are numbered by it */
    bool restore;    /* vouch for what lives before this one have pulled */
    const char *recording_path;
    struct sim_recording *recording;
};

/** Begin, and restore. NULL, and @why says why. */
struct sim_life *sim_life_begin(const struct sim_life_options *options, char why[512]);

/** Let callers do what is due. */
void sim_life_step(struct sim_life *life);

/** Everybody leaves and gives back what he holds; true once nothing of ours is left on the
 * engine, false if something still is after @patience_ns. */
bool sim_life_quiet(struct sim_life *life, uint64_t patience_ns);

/** What a life left behind: all must be 0. */
struct sim_life_left {
    uint64_t library_bytes; /* of the coordinator and its face */
    uint64_t descriptors;
    uint64_t untold;
};

/** Close, drained or not, and free all. */
struct sim_life_left sim_life_end(struct sim_life *life, bool drain);

#endif
