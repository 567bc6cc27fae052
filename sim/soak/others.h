/**
 * Somebody else on the engine and its registry, while an agent is soaked: gives names of
 * his own to images, takes ours away, makes and removes containers, moves tags at the
 * registry. All by a seed, and all in the recording.
 *
 * Ownership: what he is begun with is borrowed until his end. Threading: a thread of his
 *            own. Errors: what he tries may fail, and then did not happen.
 */
#ifndef SIM_SOAK_OTHERS_H
#define SIM_SOAK_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/soak/recording.h"

struct sim_soak_images;
struct sim_others;

struct sim_others_options {
    const char *engine; /* the engine's own address, without the recorder */
    struct sim_soak_images *images;
    bool moves_tags; /* there is a registry to do so */
    uint64_t seed;
    struct sim_recording *recording;
};

/** NULL: there is no thread to be had. */
struct sim_others *sim_others_begin(const struct sim_others_options *options);

/** He ends, and takes away what he made: names, containers. False: the engine would not let
 * him. */
bool sim_others_end(struct sim_others *others);

struct sim_engine_left {
    uint64_t images; /* that have a name, or a digest of a repository */
    uint64_t nameless;
    uint64_t containers;
};

/** What the engine has, each with a line; false: it does not say. */
bool sim_engine_count(const char *engine, struct sim_recording *recording,
                      struct sim_engine_left *out);

#endif
