/** What a step says beside when it happens: one function for all verbs. */
#ifndef SIM_SCENARIO_VERBS_H
#define SIM_SCENARIO_VERBS_H

#include "sim/scenario_parts.h"

/* The first round: read what @step says, and make known what it names: nicknames,
 * callers, containers. */
void sim_read_verb(struct sim_draft *draft, const struct sim_step_draft *keys,
                   struct sim_step *step);

#endif
