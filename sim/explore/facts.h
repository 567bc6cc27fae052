/**
 * What is true of a world, in short lines, so that what a move changes can be shown:
 * images and leases as the coordinator explains them, the engine's images and names, its
 * calls in flight, who waits for what and what they were told.
 *
 * Ownership: facts own their lines; release with sim_facts_release.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_FACTS_H
#define SIM_EXPLORE_FACTS_H

#include <stdio.h>

#include "sim/explore/stepper.h"

struct sim_facts {
    char **lines;
    size_t count;
    size_t capacity;
};

/** What is true now of @stepper's world. */
struct sim_facts sim_facts_of(struct sim_stepper *stepper);
void sim_facts_release(struct sim_facts *facts);

/** What @now has and @before has not behind "+", what it lacks behind "-". */
void sim_facts_write_changes(const struct sim_facts *before, const struct sim_facts *now,
                             FILE *file);

#endif
