/**
 * Whether a scenario can be explored at all: what may be pending at a time is bounded, and
 * so are the ticks of a window, or no search would ever come to its end.
 */
#ifndef SIM_EXPLORE_EXPLORABLE_H
#define SIM_EXPLORE_EXPLORABLE_H

#include "sim/scenario.h"

#define SIM_EXPLORED_STEP_MAX 256
#define SIM_WINDOW_TICK_MAX 10000

#define SIM_EXPLORABLE_MESSAGE_SIZE 640

/** Errors: false, and @message says why not, with the file and the place in it. */
bool sim_scenario_is_explorable(const struct sim_scenario *scenario,
                                char message[SIM_EXPLORABLE_MESSAGE_SIZE]);

#endif
