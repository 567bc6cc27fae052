/**
 * A Docker client for tests of the agent's face: an engine that lives on the
 * agent's loop and answers in the loop's next turns.
 *
 * "app-3:1" is image 3 of 64. Names that begin with "slow" are pulled for ever,
 * until somebody cancels; "none" is in no registry.
 *
 * Threading: strand only, but for the counts, once the agent is destroyed.
 */
#ifndef COORD_BACKEND_TEST_LITTLE_ENGINE_H
#define COORD_BACKEND_TEST_LITTLE_ENGINE_H

#include <stdbool.h>

#include "drydock/docker.h"
#include "drydock/env.h"

#define LITTLE_IMAGE_COUNT 64

struct little_engine {
    struct dd_executor executor; /* of the loop; set before the first call */
    struct dd_clock clock;
    uint64_t identify_ns; /* how long it takes to say who it is */
    const char *holder;   /* of the host lock; NULL: it is free */
    bool is_there[LITTLE_IMAGE_COUNT];
    unsigned pull_count;
    unsigned call_count;
    unsigned open_calls;
    unsigned locks_taken;
};

struct dd_docker little_engine_docker(struct little_engine *engine);
struct dd_host_lock little_engine_lock(struct little_engine *engine);

#endif
