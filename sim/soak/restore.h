/**
 * What an agent that starts again would do: it vouches, by dd_agent_retain, for the names
 * that the recording says were bound, and for whatever pulls of its predecessor may have
 * brought without anybody hearing of it; and lets go of it again.
 *
 * Nobody else must give names in the repositories of @references.
 */
#ifndef SIM_SOAK_RESTORE_H
#define SIM_SOAK_RESTORE_H

#include "drydock/agent.h"
#include "sim/soak/recording.h"

struct sim_restore {
    struct dd_agent *agent;
    struct sim_recording *recording;
    const char *recording_path;
    const char *const *references;
    size_t reference_count;
    uint64_t first_operation;
};

/** Waits until all that is done; returns the next operation's number. */
uint64_t sim_restore(const struct sim_restore *restore);

#endif
