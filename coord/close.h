/**
 * Closing: everything comes to its end, within a deadline, and then the agent is
 * told.
 */
#ifndef COORD_CLOSE_H
#define COORD_CLOSE_H

#include "coord/coord.h"

/** At the end of each event: whether closing is done. */
void dd__close_check(struct dd_coord *coord);

/** The deadline has passed: the calls that are left are cancelled. */
void dd__close_time_over(struct dd_coord *coord);

#endif
