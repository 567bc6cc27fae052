/**
 * The beginning and the very end of a coordinator.
 */
#ifndef COORD_OPEN_H
#define COORD_OPEN_H

#include "coord/coord.h"

/** The time for identify, or for closing, is over. */
void dd__life_time_over(struct dd_coord *coord);

/** Free all but the coordinator's own block. */
void dd__coord_empty(struct dd_coord *coord);

/** Tell the agent how its open or close ended: the last thing in an event, for
 * @coord may be destroyed in it. */
void dd__life_call(struct dd_coord *coord);

#endif
