/**
 * A way told move by move, with what each changed: all of it, or only what is near the
 * moves of interest.
 *
 * Ownership: everything borrowed for the call.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_STEPS_TOLD_H
#define SIM_EXPLORE_STEPS_TOLD_H

#include "sim/explore/attempt.h"

#define SIM_AROUND 3 /* moves before and after one of interest */

struct sim_telling_steps {
    size_t until;       /* stop after so many moves; 0: all */
    const char *around; /* only moves near those whose names have this; NULL: all */
    size_t break_at;    /* stop for a debugger before this move; 0: never */
};

/** Go @tape's way through @scenario and tell it to @out. With `break_at` in this process,
 * as a debugger likes it; else in one of its own. */
void sim_steps_tell(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                    const struct sim_telling_steps *telling, FILE *out,
                    struct sim_attempted *attempted);

#endif
