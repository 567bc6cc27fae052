/**
 * Canonical fingerprints: one number for all worlds from which the same can happen.
 *
 * A world is walked, never hashed as bytes. Numbers that only count up are encoded as
 * relations (this lease is its holder's, this answer is older than that DELETE's
 * outcome), times as distances from now, or with free time not at all; what nothing
 * depends on any more is left out. Callers whose programs are equal, and whom no step
 * and no expectation names, may be exchanged: each has one signature word, and the
 * words are mixed and added.
 *
 * Ownership: a fingerprinter is made for one world, in memory of its own.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_FINGERPRINT_H
#define SIM_EXPLORE_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world_state.h"

/* What goes into it, by parts that can be left out to see that they are missed. */
#define SIM_FIELD_MAP(X)                                                                           \
    X(NONE)                                                                                        \
    X(COORD_LIFE)                                                                                  \
    X(COORD_SLOTS)                                                                                 \
    X(IMAGE_STATE)                                                                                 \
    X(IMAGE_LEASES)                                                                                \
    X(IMAGE_FLAGS)                                                                                 \
    X(IMAGE_TRIES)                                                                                 \
    X(IMAGE_TIMER)                                                                                 \
    X(IMAGE_TIME)                                                                                  \
    X(IMAGE_DUE_ORDER)                                                                             \
    X(IMAGE_WAITERS)                                                                               \
    X(BINDING)                                                                                     \
    X(BINDING_FRESH)                                                                               \
    X(BINDING_EXAMINED)                                                                            \
    X(PLACE)                                                                                       \
    X(REPOSITORY)                                                                                  \
    X(PULL_PHASE)                                                                                  \
    X(PULL_FLAGS)                                                                                  \
    X(PULL_IMAGES)                                                                                 \
    X(PULL_STREAM)                                                                                 \
    X(PULL_KEY)                                                                                    \
    X(PULL_TIME)                                                                                   \
    X(PULL_ORDER)                                                                                  \
    X(OPERATION_PHASE)                                                                             \
    X(OPERATION_RESULT)                                                                            \
    X(OPERATION_PULL)                                                                              \
    X(OPERATION_IMAGE)                                                                             \
    X(OPERATION_TIME)                                                                              \
    X(TELLING_ORDER)                                                                               \
    X(INQUIRY_STALE)                                                                               \
    X(INQUIRY_FLAGS)                                                                               \
    X(INQUIRY_WANTED)                                                                              \
    X(INQUIRY_TIME)                                                                                \
    X(LEASE)                                                                                       \
    X(LEASE_CURRENT)                                                                               \
    X(CALL_PHASE)                                                                                  \
    X(CALL_TARGET)                                                                                 \
    X(CALL_FAULT)                                                                                  \
    X(CALL_ANSWER)                                                                                 \
    X(CALL_TIME)                                                                                   \
    X(ENGINE_IMAGES)                                                                               \
    X(ENGINE_CONTAINERS)                                                                           \
    X(ENGINE_FAULTS)                                                                               \
    X(ENGINE_REGISTRY)                                                                             \
    X(ENGINE_LIFE)                                                                                 \
    X(COUNTERS)                                                                                    \
    X(STEP)                                                                                        \
    X(STEP_TIME)                                                                                   \
    X(STEP_RESULT)                                                                                 \
    X(ORACLE_NAME)                                                                                 \
    X(ORACLE_IMAGE)                                                                                \
    X(ORACLE_CALL)                                                                                 \
    X(ORACLE_HOLD)

enum sim_field {
#define SIM_FIELD_ENUM(name) SIM_FIELD_##name,
    SIM_FIELD_MAP(SIM_FIELD_ENUM)
#undef SIM_FIELD_ENUM
        SIM_FIELD_COUNT
};

struct sim_fingerprinter;

struct sim_fingerprinter *sim_fingerprinter_create(struct sim_world *world, bool symmetry);
void sim_fingerprinter_destroy(struct sim_fingerprinter *printer);

/** How many callers may be exchanged with each other; 0: none. */
unsigned sim_fingerprinter_symmetry(const struct sim_fingerprinter *printer);

/** Leave @field out from now on: for tests of what that does. */
void sim_fingerprinter_drop(struct sim_fingerprinter *printer, enum sim_field field);

/** The world's fingerprint as it is; never 0. */
uint64_t sim_fingerprint(struct sim_fingerprinter *printer);

/** Likewise, of what the plain model knows alone. */
uint64_t sim_fingerprint_of_model(struct sim_fingerprinter *printer);

/** "IMAGE_STATE". Static storage. */
const char *sim_field_word(enum sim_field field);

#endif
