/**
 * Moves: what may happen next in a world that is being explored.
 *
 * - an event of the queue fires (a step of the scenario, a part of an engine call);
 * - with free time, one timer of the coordinator's goes off, whatever its due: delays
 *   and waits between tries, deadlines that a step names, and, if the scenario asks
 *   for them ("timeouts"), those of pulls and inspects;
 * - by ticks, time passes.
 *
 * Ownership: moves point into the world, and are good until it changes or, where it is
 *            restored to the same state, again.
 */
#ifndef SIM_EXPLORE_MOVES_H
#define SIM_EXPLORE_MOVES_H

#include "sim/world_state.h"

#define SIM_MOVE_MAX 512 /* at a time */

enum sim_move_kind { SIM_MOVE_EVENT, SIM_MOVE_TIMER, SIM_MOVE_LANE_TIMER, SIM_MOVE_PASS };

struct sim_move {
    enum sim_move_kind kind;
    void *object; /* event or timer; NULL */
};

/** The moves that there are, in the order in which the world would make them by
 * itself; returns how many (at most SIM_MOVE_MAX, or it aborts). */
size_t sim_moves(struct sim_world *world, struct sim_move moves[SIM_MOVE_MAX]);

/** Make @move, and let what was posted run. */
void sim_move_make(struct sim_world *world, struct sim_move move);

#define SIM_MOVE_NAME_SIZE 512

/** What @move is called on a tape: "step 3.2", "inspect-executed redis:7". */
void sim_move_name(struct sim_world *world, struct sim_move move, char out[SIM_MOVE_NAME_SIZE]);

#endif
