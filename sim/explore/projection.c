#include "sim/explore/projection.h"

#include <string.h>

#include "coord/image.h"
#include "coord/operation.h"
#include "coord/pull.h"
#include "fakes/engine_internal.h"

/* --- the terms ------------------------------------------------------------------------- */

bool sim_projection_limits(const struct sim_scenario *scenario, struct sim_abstract_limits *out)
{
    unsigned callers = scenario->step_count > 0 ? scenario->steps[0].count : 0;
    unsigned pulls = 0;
    unsigned releases = 0;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct sim_step *step = &scenario->steps[i];
        pulls += step->kind == SIM_STEP_PULL ? 1U : 0U;
        releases += step->kind == SIM_STEP_RELEASE_LEASE ? 1U : 0U;
        if (step->count != callers) {
            return false;
        }
    }
    if (pulls == 0 || pulls != releases || pulls + releases != scenario->step_count ||
        callers > SIM_ABSTRACT_CALLER_MAX || !scenario->exploration.has_fault_max ||
        scenario->exploration.fault_max > UINT8_MAX) {
        return false;
    }
    *out = (struct sim_abstract_limits){ .callers = (uint8_t)callers,
                                         .rounds = (uint8_t)pulls,
                                         .faults = (uint8_t)scenario->exploration.fault_max };
    return true;
}

/* --- callers ------------------------------------------------------------------------------ */

static const struct dd__operation *operation_of(const struct dd_coord *coord,
                                                const struct sim_instance *instance)
{
    return dd__operation_find(coord, instance->handle.number);
}

/* It looks, and neither joined a pull nor has to wait for a removal. */
static bool is_looking(const struct sim_world *world, const struct sim_instance *instance,
                       bool removing)
{
    const struct dd__operation *operation = operation_of(world->coord, instance);
    return operation != NULL && operation->pull == NULL && !removing;
}

static void look_at_instance(const struct sim_world *world, const struct sim_instance *instance,
                             bool removing, struct sim_abstract_caller *caller)
{
    if (instance->step->kind == SIM_STEP_RELEASE_LEASE) {
        if (instance->done) {
            caller->place = SIM_ABSTRACT_IDLE;
            caller->rounds++;
        }
    } else if (instance->asked && !instance->told) {
        bool looking = is_looking(world, instance, removing);
        caller->place = looking ? SIM_ABSTRACT_IDLE : SIM_ABSTRACT_WAITING;
    } else if (instance->told && instance->status == DD_OK) {
        caller->place = SIM_ABSTRACT_HOLDING;
    } else if (instance->told) {
        caller->rounds++;
    }
}

/* Steps stand in the order of the rounds. */
static void look_at_callers(const struct sim_world *world, bool removing,
                            const struct sim_abstract_limits *limits, struct sim_abstract *out)
{
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        const struct sim_step_state *step = &world->steps[i];
        for (unsigned k = 0; k < limits->callers; k++) {
            look_at_instance(world, &step->instances[k], removing, &out->callers[k]);
        }
    }
    for (unsigned k = 0; k < limits->callers; k++) {
        out->waiter_count =
            (uint8_t)(out->waiter_count + (out->callers[k].place == SIM_ABSTRACT_WAITING ? 1 : 0));
    }
}

/* --- the image ------------------------------------------------------------------------------ */

static void look_at_images(const struct dd_coord *coord, struct sim_abstract *out)
{
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_images) {
        const struct dd__image *image = DD__CONTAINER(link, const struct dd__image, all);
        bool unused = image->state == DD_IMAGE_IDLE || image->state == DD_IMAGE_BLOCKED;
        out->image =
            image->state == DD_IMAGE_REMOVING ? SIM_ABSTRACT_DELETING : SIM_ABSTRACT_PRESENT;
        out->timer = unused ? 1 : 0;
        out->lease_count = (uint8_t)(out->lease_count + image->lease_count);
    }
}

static void look_at_pulls(const struct dd_coord *coord, struct sim_abstract *out)
{
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_pulls) {
        const struct dd__pull *pull = DD__CONTAINER(link, const struct dd__pull, all);
        if (pull->phase <= DD__PULL_LOOKING_UP) {
            out->pull_count++;
            out->image = SIM_ABSTRACT_PULLING;
        }
    }
}

/* In the abstract, a fault happens when its call is answered. */
static uint8_t faults_that_happened(const struct fake_engine *engine)
{
    unsigned count = engine->fault_count_hit;
    for (size_t i = 0; i < engine->calls.count; i++) {
        const struct fake__call *call = engine->calls.at[i];
        count -= call->fault != NULL && call->fault->budget > 0 ? 1U : 0U;
    }
    return (uint8_t)count;
}

struct sim_abstract sim_projection(const struct sim_world *world,
                                   const struct sim_abstract_limits *limits)
{
    struct sim_abstract out = { .image = SIM_ABSTRACT_ABSENT };
    look_at_images(world->coord, &out);
    bool removing = out.image == SIM_ABSTRACT_DELETING;
    look_at_pulls(world->coord, &out);
    look_at_callers(world, removing, limits, &out);
    out.fault_count = faults_that_happened(world->engine);
    return out;
}
