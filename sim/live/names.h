/**
 * What things are called in a scenario, and on a real engine: repositories lie in a
 * corner of a real registry, contents have IDs and digests of their own. Above the
 * Docker client everything is said in the scenario's words, below it in the engine's.
 *
 * Ownership: texts are copied.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_LIVE_NAMES_H
#define SIM_LIVE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "fakes/bytes.h"

#define SIM_LIVE_NAME_SIZE 512 /* bytes, with the NUL: any reference */

struct sim_live_repository {
    char *name;        /* in the scenario: "redis", "host:5000/app" */
    const char *there; /* the registry that it lies in: "127.0.0.1:5000" */
};

/** An ID or a digest. */
struct sim_live_pair {
    char *told; /* in the scenario */
    char *real;
};

struct sim_live_names {
    const char *registry; /* "127.0.0.1:5000"; outlives the names */
    char corner[64];      /* "live-4711-3": of this run alone */
    struct sim_live_repository *repositories;
    size_t repository_count;
    size_t repository_capacity;
    struct sim_live_pair *pairs;
    size_t pair_count;
    size_t pair_capacity;
};

void sim_live_names_init(struct sim_live_names *names, const char *registry, const char *corner);
void sim_live_names_release(struct sim_live_names *names);

/** @repository lies in @registry, which outlives the names, and not in the usual one. */
void sim_live_names_place(struct sim_live_names *names, const char *repository,
                          const char *registry);

/** From now on @told (an ID or a digest) is @real; what it was before is forgotten. */
void sim_live_names_pair(struct sim_live_names *names, const char *told, const char *real);

/** The path of @repository in its registry, "live-4711-3/r0", and *@registry (NULL: nobody
 * asks). */
void sim_live_names_path(struct sim_live_names *names, const char *repository,
                         char out[SIM_LIVE_NAME_SIZE], const char **registry);

/** The engine's name of @name: a reference in normal form, or an ID. */
void sim_live_names_real(struct sim_live_names *names, const char *name,
                         char out[SIM_LIVE_NAME_SIZE]);

/** Add @text to @out in the scenario's words: whatever of the engine's is in it. */
void sim_live_names_told(const struct sim_live_names *names, const char *text,
                         struct fake_bytes *out);

/** Whether @reference, a real one, is of this corner. */
bool sim_live_names_has(const struct sim_live_names *names, const char *reference);

#endif
