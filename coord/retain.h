/**
 * dd_retain: a lease by image ID, and the names that an agent vouches for.
 */
#ifndef COORD_RETAIN_H
#define COORD_RETAIN_H

#include "coord/operation.h"

/** Free the names that an operation still holds. */
void dd__vouched_discard(struct dd_coord *coord, struct dd__operation *operation);

#endif
