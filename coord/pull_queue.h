/**
 * Admission: a limit on parallel engine pulls, first come, first served among
 * those that could start (H22).
 */
#ifndef COORD_PULL_QUEUE_H
#define COORD_PULL_QUEUE_H

#include "coord/pull.h"

/** Begin @pull for @reference: it waits first for the reference, then for
 * a slot. */
void dd__pull_queue_add(struct dd__pull *pull, struct dd__reference *reference);

/** Start those whose turn it is. */
void dd__pull_queue_start(struct dd_coord *coord);

/** Give the slot back, if @pull has one. */
void dd__pull_slot_free(struct dd__pull *pull);

#endif
