/**
 * One scenario played on a real engine, in this process.
 *
 * Ownership: arguments borrowed for the call; @out is filled with texts of its own.
 * Threading: one thread.
 * Errors:    none; what goes wrong is the result's failure.
 */
#ifndef SIM_LIVE_STAGE_H
#define SIM_LIVE_STAGE_H

#include "sim/live/player.h"

/** @index: of the scenario in @order; @corner: the run's own name. */
void sim_live_perform(const struct sim_live_order *order, size_t index, const char *corner,
                      struct report_scenario *out);

/** The command that plays the scenario at @path alone; memory of the fakes' (fakes/memory.h),
 * the caller's. */
char *sim_live_command_of(const struct sim_live_order *order, const char *path);

#endif
