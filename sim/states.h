/**
 * The core's table of image states × events, for counting which cells a run reaches.
 */
#ifndef SIM_STATES_H
#define SIM_STATES_H

#include <stdint.h>

#include "coord/transition.h"
#include "drydock/event.h"
#include "reports/result.h"

#define SIM_STATES_CELLS (DD__IMAGE_EVENT_COUNT * DD_IMAGE_STATE_COUNT)

/** The table in words. Static storage; the first call fills it. */
const struct report_table *sim_states_table(void);

/** Count @event in @moves if it is a step through the table. */
void sim_states_count(uint64_t moves[SIM_STATES_CELLS], const struct dd_event *event);

#endif
