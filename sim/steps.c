/* Carrying out the steps of a scenario. Part of the world (world_state.h). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/hash.h"
#include "sim/world_state.h"

/* What others do to the engine: in the trace with what it answered. */
static void user_did(struct sim_instance *instance, const char *what, const char *object,
                     unsigned http_status)
{
    struct sim_world *world = instance->world;
    uint64_t digest = sim_hash_number(SIM_HASH_START, instance->step_index);
    digest = sim_hash_number(digest, instance->number);
    sim_trace_add(&world->trace, world->queue.now_ns, sim_hash_number(digest, http_status));
    if (http_status == 0) {
        sim_trace_say(&world->trace, world->queue.now_ns, true, "user", "%s%s%s", what,
                      object != NULL ? " " : "", object != NULL ? object : "");
    } else {
        sim_trace_say(&world->trace, world->queue.now_ns, true, "user", "%s %s: %u", what,
                      object != NULL ? object : "", http_status);
    }
}

/* A nickname stands for the ID of its content. */
static const char *engine_name(const struct sim_instance *instance, const char *name, char id[72])
{
    if (!sim_scenario_has_nickname(instance->world->scenario, name)) {
        return name;
    }
    fake_image_id(name, id);
    return id;
}

static void carry_out_rmi(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    char id[72];
    const char *name = engine_name(instance, instance->name, id);
    user_did(instance, "does docker rmi", instance->name,
             outside->ops->rmi(outside->ctx, name, instance->step->flag));
}

static void carry_out_tag(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    char id[72];
    const char *name = engine_name(instance, instance->name, id);
    user_did(instance, "does docker tag to", instance->step->other,
             outside->ops->tag(outside->ctx, name, instance->step->other));
}

static void carry_out_build(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    char id[72];
    const char *parent = engine_name(instance, instance->step->other, id);
    user_did(instance, "builds a child of", instance->step->other,
             outside->ops->build_child(outside->ctx, parent, instance->name));
}

static void carry_out_run(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    char id[72];
    const char *image = engine_name(instance, instance->step->other, id);
    user_did(instance, instance->step->flag ? "runs a container of" : "creates a container of",
             instance->step->other,
             outside->ops->container(outside->ctx, image, instance->name, instance->step->flag));
}

/* Steps of others; false if it is none of these. */
static bool carry_out_users(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    const char *name = instance->name;
    switch (instance->step->kind) {
    case SIM_STEP_RMI:
        carry_out_rmi(instance);
        return true;
    case SIM_STEP_TAG:
        carry_out_tag(instance);
        return true;
    case SIM_STEP_LOAD:
        user_did(instance, "loads", name, 0);
        outside->ops->load(outside->ctx, name, instance->step->other);
        return true;
    case SIM_STEP_USER_PULL:
        user_did(instance, "does docker pull", name, outside->ops->user_pull(outside->ctx, name));
        return true;
    case SIM_STEP_BUILD:
        carry_out_build(instance);
        return true;
    case SIM_STEP_RUN:
        carry_out_run(instance);
        return true;
    case SIM_STEP_KILL:
        user_did(instance, "stops container", name,
                 outside->ops->container_stop(outside->ctx, name));
        return true;
    case SIM_STEP_RM:
        user_did(instance, "removes container", name,
                 outside->ops->container_remove(outside->ctx, name));
        return true;
    default:
        return false;
    }
}

/* The engine's and the registry's own; false if it is none of these. */
static bool carry_out_engines(struct sim_instance *instance)
{
    const struct sim_outside *outside = &instance->world->outside;
    const struct sim_step *step = instance->step;
    switch (step->kind) {
    case SIM_STEP_STOP:
        user_did(instance, "stops the engine", NULL, 0);
        outside->ops->stop(outside->ctx);
        return true;
    case SIM_STEP_START:
        user_did(instance, "starts the engine", NULL, 0);
        outside->ops->start(outside->ctx);
        return true;
    case SIM_STEP_PUSH:
        user_did(instance, "pushes", step->manifest.reference, 0);
        outside->ops->push(outside->ctx, &step->manifest);
        return true;
    case SIM_STEP_UNPUSH:
        user_did(instance, "takes from the registry", instance->name, 0);
        outside->ops->unpush(outside->ctx, instance->name);
        return true;
    case SIM_STEP_DISK:
        user_did(instance, step->flag ? "fills the engine's disk" : "makes room on the disk", NULL,
                 0);
        outside->ops->set_disk_full(outside->ctx, step->flag);
        return true;
    default:
        return false;
    }
}

/* The nth is about its target's nth. NULL if no operation was begun there, or, if
 * it @must_hold, none was granted. */
static struct sim_instance *target_of(struct sim_instance *instance, bool must_hold)
{
    struct sim_step_state *target = &instance->world->steps[instance->step->target];
    assert(instance->number < target->count);
    struct sim_instance *found = &target->instances[instance->number];
    return found->handle.number != 0 && (!must_hold || found->lease != 0) ? found : NULL;
}

static bool carry_out_on_target(struct sim_instance *instance)
{
    bool releases = instance->step->kind == SIM_STEP_RELEASE_LEASE;
    struct sim_instance *target = target_of(instance, releases);
    if (target == NULL) {
        return false;
    }
    instance->caller = target->caller;
    if (releases) {
        sim_agent_release_lease(instance, target);
    } else if (instance->step->kind == SIM_STEP_CANCEL) {
        sim_agent_cancel(instance, target);
    } else {
        sim_agent_ask(instance);
    }
    return true;
}

/* False if the step's condition, an earlier operation, never came to be. */
static bool carry_out(struct sim_instance *instance)
{
    switch (instance->step->kind) {
    case SIM_STEP_PULL:
    case SIM_STEP_RETAIN:
        sim_agent_ask(instance);
        return true;
    case SIM_STEP_RESTART:
    case SIM_STEP_CANCEL:
    case SIM_STEP_RELEASE_LEASE:
        return carry_out_on_target(instance);
    case SIM_STEP_RELEASE:
        sim_agent_release_image(instance);
        return true;
    case SIM_STEP_RELEASE_CALLER:
        sim_agent_release_caller(instance);
        return true;
    case SIM_STEP_CLOSE:
        user_did(instance, instance->step->flag ? "closes, draining" : "closes", NULL, 0);
        sim_world_close(instance->world, instance->step->flag, instance->step->deadline_ns);
        return true;
    case SIM_STEP_EXPECT:
        if (sim_world_expects(instance->world)) {
            sim_expect_check(instance->world, instance->step->expects,
                             instance->step->expect_count);
        }
        return true;
    default:
        return carry_out_users(instance) || carry_out_engines(instance);
    }
}

void sim_step_carry_out(struct sim_instance *instance)
{
    assert(!instance->done);
    if (carry_out(instance)) {
        instance->done = true;
        sim_schedule_reached(instance, SIM_OUTCOME_DONE);
    }
}
