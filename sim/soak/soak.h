/**
 * A soak: an agent's callers, by a seed, on an engine that is killed and comes back, while
 * the agent itself is killed and comes back, and somebody else is at the same images. What
 * the engine is asked is recorded, and judged in the end.
 *
 * Threading: one thread; it makes others. Errors: a sentence in the result.
 */
#ifndef SIM_SOAK_SOAK_H
#define SIM_SOAK_SOAK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/soak/agent_process.h"
#include "sim/soak/judge.h"
#include "sim/soak/others.h"

struct sim_soak_options {
    const char *docker;      /* the engine: "unix:///..." */
    const char *registry;    /* "127.0.0.1:5000" */
    const char *recording;   /* the file */
    const char *kill_engine; /* a shell command that kills it and brings it back; NULL: none */
    uint64_t seed;
    uint64_t time_ns;
    uint64_t kill_engine_ns; /* every so often */
    uint64_t kill_agent_ns;  /* likewise, or closed and opened again; 0: never */
    unsigned image_count;
    unsigned caller_count;
    bool push;   /* the images into the registry */
    bool others; /* somebody else is at it, too */
};

struct sim_soak_result {
    char problem[768]; /* it could not be done, or broke; "" */
    uint64_t seconds;
    unsigned engine_kills;
    unsigned agent_kills;
    unsigned agent_closes;
    struct sim_agent_left left; /* by the agent */
    struct sim_engine_left on_engine;
    uint64_t left_descriptors; /* of this process */
    struct sim_verdict verdict;
};

/** Soak until the time is over, or *@stop is set; then everything is put away. */
void sim_soak(const struct sim_soak_options *options, const volatile sig_atomic_t *stop,
              struct sim_soak_result *out);

/** Nothing was violated, and nothing is left: but for images without any name, as many as
 * pulls that a kill of the engine cut off. What it had written of an image before it had a
 * name is nobody's any more: no call tells whose. */
bool sim_soak_passed(const struct sim_soak_result *result);

#endif
