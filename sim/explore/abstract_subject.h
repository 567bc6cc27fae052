/**
 * The abstract coordinator as a subject of the searches.
 *
 * Ownership: as a stepper's.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_ABSTRACT_SUBJECT_H
#define SIM_EXPLORE_ABSTRACT_SUBJECT_H

#include "sim/explore/abstract.h"
#include "sim/explore/stepper.h"

/** Close with sim_stepper_close. */
void sim_abstract_open(struct sim_stepper *stepper, const struct sim_abstract_limits *limits,
                       bool symmetry);

/** The state in which @stepper is. */
const struct sim_abstract *sim_abstract_state(const struct sim_stepper *stepper);

#endif
