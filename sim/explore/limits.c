#include "sim/explore/limits.h"

#include "sim/progress.h"

#define CLOCK_INTERVAL 256 /* looks between two at the clock */

void sim_watch_begin(struct sim_watch *watch, const struct sim_limits *limits)
{
    *watch = (struct sim_watch){ .limits = *limits };
    if (limits->wall_ns > 0) {
        watch->end_ns = sim_wall_ns() + limits->wall_ns;
    }
}

bool sim_watch_is_over(struct sim_watch *watch, uint64_t transition_count)
{
    const struct sim_limits *limits = &watch->limits;
    if (limits->transition_max > 0 && transition_count >= limits->transition_max) {
        return true;
    }
    if (limits->stop != NULL && *limits->stop) {
        return true;
    }
    return watch->end_ns > 0 && watch->look_count++ % CLOCK_INTERVAL == 0 &&
           sim_wall_ns() >= watch->end_ns;
}
