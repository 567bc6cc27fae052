/**
 * Instants for an order: when each of its moves is made, so that they come in that order,
 * timers run as long as their settings say, and none goes off before its time.
 *
 * These are difference constraints (t[b] >= t[a] + w), solved for their least solution
 * as Bellman and Ford do.
 */
#ifndef SIM_EXPLORE_INSTANTS_H
#define SIM_EXPLORE_INSTANTS_H

#include "sim/explore/order.h"

struct sim_durations {
    uint64_t ns[SIM_SETTING_COUNT];
    uint64_t strand_ns; /* from what was posted until it is run */
};

/** The instants of moves 0 to @order->move_count, from the beginning, @gap_ns apart at
 * least. False: there are none. */
bool sim_instants_find(const struct sim_order *order, const struct sim_durations *durations,
                       uint64_t gap_ns, int64_t *instants);

/** How long @thing runs; it is a timer, or of the strand. */
uint64_t sim_thing_duration_ns(const struct sim_thing *thing,
                               const struct sim_durations *durations);

#endif
