/**
 * Callers of an agent under soak: each asks for an image, perhaps leaves, holds it, asks
 * again without giving it back, and gives it back in one of three ways, by a seed.
 *
 * Ownership: callers borrow agent and recording. Threading: any; there is a lock inside.
 */
#ifndef SIM_SOAK_CALLERS_H
#define SIM_SOAK_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/agent.h"
#include "sim/soak/recording.h"

struct sim_callers;

struct sim_callers_options {
    struct dd_agent *agent;
    struct sim_recording *recording;
    const char *const *references;
    size_t reference_count;
    unsigned caller_count;
    uint64_t seed;
    uint64_t first_operation; /* numbers in the recording begin there */
};

struct sim_callers *sim_callers_create(const struct sim_callers_options *options);
/** Nobody will be told any more: the agent has closed. */
void sim_callers_destroy(struct sim_callers *callers);

/** Whoever has something to do now, does it. */
void sim_callers_step(struct sim_callers *callers, uint64_t now_ns);
/** Nobody asks any more; each gives back all that he has and leaves what he waits for. */
void sim_callers_stop(struct sim_callers *callers);
/** Operations that were not told yet. */
unsigned sim_callers_waiting(struct sim_callers *callers);

/** The next draw of @random, below @count. */
uint64_t sim_soak_draw(uint64_t *random, uint64_t count);

#endif
