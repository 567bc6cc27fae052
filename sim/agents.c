/* What the simulated agents ask of the coordinator, what they were told, and the
 * leases they hold. Part of the world (world_state.h). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/hash.h"
#include "sim/world_state.h"

uint64_t sim_secret_hash(const struct dd_credentials *credentials, const char *platform)
{
    static const struct dd_credentials anonymous;
    const struct dd_credentials *given = credentials != NULL ? credentials : &anonymous;
    uint64_t hash = sim_hash_string(SIM_HASH_START, given->username);
    hash = sim_hash_string(hash, given->password);
    hash = sim_hash_string(hash, given->identity_token);
    hash = sim_hash_string(hash, given->server_address);
    return sim_hash_string(hash, platform);
}

static const struct dd_credentials *credentials_of(const struct sim_step *step)
{
    return step->credentials != NULL ? &step->credentials->value : NULL;
}

static void trace_call(struct sim_instance *instance, enum dd_status status)
{
    uint64_t digest = sim_hash_number(SIM_HASH_START, instance->step_index);
    digest = sim_hash_number(digest, instance->number);
    digest = sim_hash_number(digest, (uint64_t)status);
    sim_trace_add(&instance->world->trace, instance->world->queue.now_ns, digest);
}

static void say(struct sim_instance *instance, const char *what, const char *object,
                enum dd_status status)
{
    sim_trace_say(&instance->world->trace, instance->world->queue.now_ns, true,
                  instance->caller != NULL ? instance->caller : "agent", "%s%s%s%s%s", what,
                  object != NULL ? " " : "", object != NULL ? object : "",
                  status != DD_OK ? ": refused, " : "",
                  status != DD_OK ? dd_status_text(status) : "");
}

/* What a call that completes at once answered; what it was is said before it, so that
 * what it leads to, or breaks, comes behind it. */
static void answered(struct sim_instance *instance, const char *what, const char *object,
                     enum dd_status status)
{
    instance->status = status;
    instance->told = true;
    instance->recoverable = dd_status_recoverable(status);
    instance->retry_after_ns = dd_status_retry_after_ns(status);
    trace_call(instance, status);
    if (status != DD_OK) {
        say(instance, what, object, status);
    }
}

const char *sim_instance_image(const struct sim_instance *instance)
{
    return instance->image != SIM_NONE ? sim_names_text(&instance->world->told, instance->image)
                                       : "";
}

const char *sim_instance_text(const struct sim_instance *instance)
{
    return instance->text != SIM_NONE ? sim_names_text(&instance->world->told, instance->text) : "";
}

/* --- operations --------------------------------------------------------------- */

static void remember_result(struct sim_instance *instance, const struct dd_result *result)
{
    instance->told = true;
    instance->status = result->status;
    instance->recoverable = result->recoverable;
    instance->retry_after_ns = result->retry_after_ns;
    if (result->text != NULL) {
        instance->text = sim_names_add(&instance->world->told, result->text);
    }
    if (result->status == DD_OK && result->lease.image != NULL) {
        instance->image = sim_names_add(&instance->world->told, result->lease.image);
        instance->lease = result->lease.number;
    }
}

static void trace_telling(struct sim_instance *instance, const struct dd_result *result)
{
    struct sim_world *world = instance->world;
    uint64_t digest = sim_hash_number(~SIM_HASH_START, instance->step_index);
    digest = sim_hash_number(digest, instance->number);
    digest = sim_hash_number(digest, (uint64_t)result->status << 32 | (uint64_t)result->conflict);
    digest = sim_hash_number(digest, result->retry_after_ns << 1 | (result->recoverable ? 1 : 0));
    digest = sim_hash_string(digest, result->text);
    digest = sim_hash_string(digest, result->lease.image);
    digest = sim_hash_number(digest, result->lease.number);
    sim_trace_add(&world->trace, world->queue.now_ns, digest);
    const char *text = result->text != NULL ? result->text : "";
    if (result->status == DD_OK) {
        sim_trace_say(&world->trace, world->queue.now_ns, true, instance->caller,
                      "is told: granted %s (lease %llu)",
                      result->lease.image != NULL ? result->lease.image : "nothing",
                      (unsigned long long)result->lease.number);
    } else {
        sim_trace_say(&world->trace, world->queue.now_ns, true, instance->caller, "is told: %s%s%s",
                      dd_status_text(result->status), *text != '\0' ? ": " : "", text);
    }
}

static void agent_told(void *arg, const struct dd_result *result)
{
    struct sim_instance *instance = arg;
    struct sim_world *world = instance->world;
    bool first = instance->asked && !instance->told;
    trace_telling(instance, result);
    bool allowed = true;
    if (result->status == DD_OK && result->lease.image != NULL && instance->reference != NULL) {
        allowed = sim_image_allowed(world, instance->reference, result->lease.image,
                                    credentials_of(instance->step));
    }
    sim_oracle_told(world->oracle, world->queue.now_ns, instance->judged, result, allowed);
    sim_model_told(world->model, instance->judged, result);
    if (!first) {
        return; /* the oracle has objected */
    }
    remember_result(instance, result);
    assert(world->untold_count > 0);
    world->untold_count--;
    world->event_count++;
    sim_schedule_reached(instance, SIM_OUTCOME_TOLD);
    sim_schedule_reached(instance,
                         result->status == DD_OK ? SIM_OUTCOME_GRANTED : SIM_OUTCOME_FAILED);
}

/* A reference in its normal form, or a nickname. */
static const char *name_meant(const struct sim_instance *instance)
{
    return instance->reference != NULL ? instance->reference : instance->name;
}

static enum dd_status start_pull(struct sim_instance *instance)
{
    const struct sim_step *step = instance->step;
    const struct dd_pull pull = {
        .reference = instance->name,
        .caller = instance->caller,
        .policy = step->policy,
        .platform = step->platform,
        .credentials = credentials_of(step),
        .deadline_ns = step->deadline_ns,
        .done = agent_told,
        .arg = instance,
    };
    const struct sim_asked asked = {
        .caller = instance->caller,
        .reference = name_meant(instance),
        .policy = step->policy,
        .deadline_ns = step->deadline_ns,
        .secret = sim_secret_hash(pull.credentials, step->platform),
    };
    instance->judged =
        sim_oracle_asking(instance->world->oracle, instance->world->queue.now_ns, &asked);
    sim_model_asking(instance->world->model, instance->judged, &asked);
    return dd_pull(instance->world->coord, &pull, &instance->handle);
}

static enum dd_status start_retain(struct sim_instance *instance)
{
    const struct sim_step *step = instance->step;
    char id[72];
    const char *image = sim_image_of(instance->world, name_meant(instance), id);
    const struct dd_retain retain = {
        .image = image != NULL ? image : instance->name,
        .caller = instance->caller,
        .bindings = step->bindings,
        .deadline_ns = step->deadline_ns,
        .done = agent_told,
        .arg = instance,
    };
    const struct sim_asked asked = {
        .caller = instance->caller,
        .image = retain.image,
        .bindings = step->bindings,
        .policy = DD_PULL_NEVER,
        .deadline_ns = step->deadline_ns,
    };
    instance->judged =
        sim_oracle_asking(instance->world->oracle, instance->world->queue.now_ns, &asked);
    sim_model_asking(instance->world->model, instance->judged, &asked);
    return dd_retain(instance->world->coord, &retain, &instance->handle);
}

void sim_agent_ask(struct sim_instance *instance)
{
    struct sim_world *world = instance->world;
    bool pulls = instance->step->kind != SIM_STEP_RETAIN;
    instance->asked = true;
    world->untold_count++;
    if (instance->asks != SIM_NONE) {
        instance->next_asking = world->askers[instance->asks];
        world->askers[instance->asks] = instance;
    }
    const char *verb = instance->step->kind == SIM_STEP_RESTART ? "restarts and asks again for"
                       : pulls                                  ? "asks for"
                                                                : "asks to retain";
    trace_call(instance, DD_OK);
    say(instance, verb, instance->name, DD_OK);
    sim_refusal_before(world);
    enum dd_status status = pulls ? start_pull(instance) : start_retain(instance);
    sim_refusal_after(world, pulls ? "dd_pull" : "dd_retain", status);
    sim_oracle_asked(world->oracle, instance->judged, status, instance->handle);
    sim_model_asked(world->model, instance->judged, status);
    if (status == DD_OK) {
        return;
    }
    world->untold_count--;
    answered(instance, verb, instance->name, status);
    sim_schedule_reached(instance, SIM_OUTCOME_TOLD);
    sim_schedule_reached(instance, SIM_OUTCOME_FAILED);
}

void sim_agent_cancel(struct sim_instance *instance, struct sim_instance *target)
{
    say(instance, "cancels what it asked for:", target->name, DD_OK);
    struct sim_model *model = instance->world->model;
    enum dd_status expected = sim_model_cancel(model, target->handle.number);
    enum dd_status status = dd_cancel(instance->world->coord, target->handle);
    sim_model_answered(model, "dd_cancel", expected, status);
    sim_refusal_never(instance->world, "dd_cancel", status);
    if (target->asked) {
        sim_oracle_cancelled(instance->world->oracle, target->judged, status);
    }
    answered(instance, "cancels what it asked for:", target->name, status);
}

/* --- leases --------------------------------------------------------------------- */

void sim_agent_release_lease(struct sim_instance *instance, struct sim_instance *target)
{
    struct sim_world *world = instance->world;
    const struct dd_lease lease = { .image = sim_instance_image(target),
                                    .caller = target->caller,
                                    .number = target->lease };
    instance->caller = target->caller;
    say(instance, "gives back its lease of", lease.image, DD_OK);
    enum dd_status expected = sim_model_release(world->model, lease);
    enum dd_status status = dd_release(world->coord, lease);
    sim_model_answered(world->model, "dd_release", expected, status);
    sim_refusal_never(world, "dd_release", status);
    sim_oracle_released(world->oracle, world->queue.now_ns, lease, status);
    target->released = true;
    answered(instance, "gives back its lease of", lease.image, status);
}

/* The image that a caller means when it says a reference: what it was granted
 * for it last and has not released, or else what the name means now. */
static const char *image_meant(struct sim_instance *instance, char id[72])
{
    struct sim_world *world = instance->world;
    struct sim_instance *asker = instance->asks != SIM_NONE ? world->askers[instance->asks] : NULL;
    for (; asker != NULL; asker = asker->next_asking) {
        if (asker->image != SIM_NONE && !asker->released) {
            return sim_instance_image(asker);
        }
    }
    return sim_image_of(world, name_meant(instance), id);
}

static void mark_released(struct sim_instance *instance, const char *image)
{
    struct sim_instance *asker =
        instance->asks != SIM_NONE ? instance->world->askers[instance->asks] : NULL;
    for (; asker != NULL; asker = asker->next_asking) {
        asker->released = asker->released || strcmp(sim_instance_image(asker), image) == 0;
    }
}

void sim_agent_release_image(struct sim_instance *instance)
{
    struct sim_world *world = instance->world;
    char id[72];
    const char *meant = image_meant(instance, id);
    char image[DD_REFERENCE_MAX + 1];
    (void)snprintf(image, sizeof(image), "%s", meant != NULL ? meant : instance->name);
    say(instance, "releases", image, DD_OK);
    enum dd_status expected = sim_model_release_image(world->model, image, instance->caller);
    enum dd_status status = dd_release_image(world->coord, image, instance->caller);
    sim_model_answered(world->model, "dd_release_image", expected, status);
    sim_refusal_never(world, "dd_release_image", status);
    sim_oracle_released_image(world->oracle, world->queue.now_ns, image, instance->caller, status);
    mark_released(instance, image);
    answered(instance, "releases", image, status);
}

void sim_agent_release_caller(struct sim_instance *instance)
{
    struct sim_world *world = instance->world;
    say(instance, "releases everything", NULL, DD_OK);
    enum dd_status expected = sim_model_release_caller(world->model, instance->caller);
    enum dd_status status = dd_release_caller(world->coord, instance->caller);
    sim_model_answered(world->model, "dd_release_caller", expected, status);
    sim_refusal_never(world, "dd_release_caller", status);
    sim_oracle_released_caller(world->oracle, world->queue.now_ns, instance->caller, status);
    answered(instance, "releases everything", NULL, status);
}
