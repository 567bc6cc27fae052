/**
 * A run of a scenario: as the seed chooses, or, if the file tells a "way", along that,
 * by its "explore".
 *
 * A move of the way that cannot be made yet is waited for: until it can, everything goes
 * by default, oldest first, for SIM_WAIT_MAX moves at most; then it is left out. After
 * the last one it goes on by default to the end. So a seed changes nothing but keys.
 *
 * Ownership, threading, errors: as sim_world_run.
 */
#ifndef SIM_EXPLORE_FOLLOW_H
#define SIM_EXPLORE_FOLLOW_H

#include "sim/world.h"

void sim_follow(struct sim_world *world, const struct sim_world_options *options,
                struct sim_run *out);

#endif
