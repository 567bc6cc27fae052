/**
 * What a world of coord-N-R looks like in the abstract: each caller's program, the
 * image, its pull and its removal, as abstract.h has them.
 *
 * A caller whose call only looks at what is there (a policy's inspect, before it joins
 * a pull or is granted) has not asked yet, in the abstract; while a removal keeps it
 * from looking, it waits. A pull lasts from its acceptance until its result is known; a
 * removal from its first inspect to its outcome.
 */
#ifndef SIM_EXPLORE_PROJECTION_H
#define SIM_EXPLORE_PROJECTION_H

#include "sim/explore/abstract.h"
#include "sim/world_state.h"

/** The terms of a scenario of that shape: all its callers pull and release, in turns.
 * False: it has another shape. */
bool sim_projection_limits(const struct sim_scenario *scenario, struct sim_abstract_limits *out);

/** @world as a state of the abstract coordinator. */
struct sim_abstract sim_projection(const struct sim_world *world,
                                   const struct sim_abstract_limits *limits);

#endif
