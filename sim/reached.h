/**
 * Which steps of a scenario were carried out in any of its runs: a step that never was
 * is likely a mistake in the file (a wrong tag, a label of another step), and a
 * scenario that passes should say so.
 *
 * Ownership: sim_reached_release frees what it has.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_REACHED_H
#define SIM_REACHED_H

#include <stddef.h>

#include "reports/result.h"
#include "sim/scenario.h"

struct sim_world;

struct sim_reached {
    unsigned char *steps; /* SIM_REACHED_… of each */
    size_t step_count;
    size_t done_count;
};

#define SIM_REACHED_DUE 1u  /* what it waits for came */
#define SIM_REACHED_DONE 2u /* and it was carried out */

void sim_reached_init(struct sim_reached *reached, size_t step_count);
void sim_reached_release(struct sim_reached *reached);

/** Add what the world's last run came to. */
void sim_world_reached(const struct sim_world *world, struct sim_reached *reached);

/** A note in @out for each step that was never carried out, and why. */
void sim_reached_note(const struct sim_reached *reached, const struct sim_scenario *scenario,
                      struct report_scenario *out);

#endif
