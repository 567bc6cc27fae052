/** An image on a real engine, as one look found it. Part of a live run (live_state.h). */
#ifndef SIM_LIVE_VIEW_H
#define SIM_LIVE_VIEW_H

#include "sim/live/live_state.h"

struct live_view {
    char *id; /* in the scenario's words */
    char *real_id;
    const char *nickname; /* never NULL */
    char **names;         /* tags of this run, in the scenario's words */
    size_t name_count;
    char **digests; /* likewise */
    size_t digest_count;
};

/** Look at the engine: live->views is what it has of this run. */
void live_look(struct sim_live *live);

#endif
