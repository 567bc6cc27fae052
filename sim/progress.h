/**
 * Progress, for a person at a terminal: one line on stderr that is written over,
 * and erased in the end. Nothing where stderr is no terminal.
 */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_progress {
    bool enabled;
    bool shown;
    size_t scenario_number; /* from 1; set by whoever counts */
    size_t scenario_count;
    uint64_t shown_ns; /* wall time */
};

void sim_progress_init(struct sim_progress *progress, size_t scenario_count);
void sim_progress_show(struct sim_progress *progress, const char *path, uint64_t seed);
/** Likewise, any text. */
void sim_progress_note(struct sim_progress *progress, const char *text);
void sim_progress_erase(struct sim_progress *progress);

/** Wall time, for progress and rates only. */
uint64_t sim_wall_ns(void);

#endif
