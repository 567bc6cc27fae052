#include "sim/sweep.h"

#include "sim/explore/follow.h"

#define FILL 0xAA

/* False when the sweep of this kind is over: nothing was refused, or a run was
 * wrong, which @out says. */
static bool run_one(struct sim_world *world, const struct sim_sweep *sweep,
                    const struct sim_world_options *options, struct sim_swept *out)
{
    struct sim_run run;
    if (sweep->running != NULL) {
        sweep->running(sweep->ctx, options->refuse_nth, options->refuse_onwards);
    }
    sim_follow(world, options, &run);
    out->run_count++;
    out->refused_count += run.refused_count;
    out->nomem_count += run.nomem_count;
    if (run.violation.invariant[0] != '\0') {
        out->nth = options->refuse_nth;
        out->onwards = options->refuse_onwards;
        out->violation = run.violation;
        return false;
    }
    return run.refused_count > 0 && (sweep->nth_max == 0 || options->refuse_nth < sweep->nth_max);
}

bool sim_sweep_run(struct sim_world *world, const struct sim_sweep *sweep, struct sim_swept *out)
{
    *out = (struct sim_swept){ .nth = 0 };
    for (int onwards = 0; onwards < 2 && out->nth == 0; onwards++) {
        struct sim_world_options options = {
            .seed = sweep->seed,
            .fill = FILL,
            .refuse_nth = 1,
            .refuse_onwards = onwards > 0,
        };
        while (run_one(world, sweep, &options, out)) {
            options.refuse_nth++;
        }
    }
    return out->nth == 0;
}
