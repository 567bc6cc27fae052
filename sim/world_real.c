/* A world around a coordinator whose engine is a real one. Part of the world
 * (world_state.h). */
#include "sim/world_state.h"

/* The registry gets what the scenario says, and time begins. */
void sim_real_begin(struct sim_world *world, struct fake_watcher watcher)
{
    const struct sim_scenario *scenario = world->scenario;
    struct sim_outside_real *real = world->real;
    real->queue = &world->queue;
    real->watcher = watcher;
    real->chooser = world->chooser;
    world->outside = real->outside;
    world->docker = real->docker;
    sim_oracle_set_outside(world->oracle);
    for (size_t i = 0; i < scenario->manifest_count; i++) {
        world->outside.ops->push(world->outside.ctx, &scenario->manifests[i]);
    }
    real->time->begin(real->outside.ctx);
}

bool sim_real_advance(struct sim_world *world)
{
    const struct sim_outside_real *real = world->real;
    bool goes_on = real->time->advance(real->outside.ctx);
    if (real->failure[0] != '\0') {
        sim_oracle_object(world->oracle, "live", "", "%s", real->failure);
    }
    return goes_on;
}

/* Somebody else may take away by force what is held: then it is nobody's fault. */
static bool others_remove(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].kind == SIM_STEP_RMI) {
            return true;
        }
    }
    return false;
}

void sim_real_explained(struct sim_world *world, const struct dd_explained *explained)
{
    if (explained->state == DD_IMAGE_HELD && !others_remove(world->scenario) &&
        world->outside.ops->resolve(world->outside.ctx, explained->image) == NULL) {
        sim_oracle_object(world->oracle, "live", explained->image,
                          "%s is held, and the engine does not have it", explained->image);
    }
}
