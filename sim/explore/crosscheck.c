#include "sim/explore/crosscheck.h"

#include "coord/coord.h"
#include "coord/operation.h"
#include "coord/pull.h"
#include "fakes/engine_internal.h"
#include "sim/explore/abstract_subject.h"
#include "sim/explore/projection.h"

struct sim_crosscheck {
    struct sim_abstract_limits limits;
    bool symmetry;
    struct sim_visited states; /* of the abstract coordinator */
    struct sim_visited looks;  /* of those, what worlds look like */
    struct sim_stepper stepper;
    struct sim_crosschecked out;
};

static void reached(void *ctx)
{
    struct sim_crosscheck *check = ctx;
    (void)sim_visited_add(&check->states, sim_stepper_fingerprint(&check->stepper));
}

struct sim_crosscheck *sim_crosscheck_create(const struct sim_abstract_limits *limits,
                                             bool symmetry, size_t byte_max)
{
    struct sim_crosscheck *check = fake_memory_alloc(sizeof(*check));
    struct sim_searched found;
    *check = (struct sim_crosscheck){ .limits = *limits, .symmetry = symmetry };
    sim_visited_init(&check->states, byte_max);
    sim_visited_init(&check->looks, byte_max);
    const struct sim_limits all = { .byte_max = byte_max,
                                    .reached = reached,
                                    .reached_ctx = check };
    sim_abstract_open(&check->stepper, limits, symmetry);
    sim_search_depth(&check->stepper, &all, &found);
    sim_stepper_close(&check->stepper);
    check->out.abstract_count = found.state_count;
    sim_searched_release(&found);
    return check;
}

void sim_crosscheck_destroy(struct sim_crosscheck *check)
{
    if (check != NULL) {
        sim_visited_release(&check->states);
        sim_visited_release(&check->looks);
        fake_memory_free(check);
    }
}

static bool looks_again(const struct dd_coord *coord)
{
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_operations) {
        const struct dd__operation *operation =
            DD__CONTAINER(link, const struct dd__operation, all);
        if (operation->is_second) {
            return true;
        }
    }
    return false;
}

static bool looks_up(const struct dd_coord *coord)
{
    struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_pulls) {
        if (DD__CONTAINER(link, const struct dd__pull, all)->phase == DD__PULL_LOOKING_UP) {
            return !dd__list_is_empty(&coord->all_images);
        }
    }
    return false;
}

static uint64_t failed_pulls(const struct fake_engine *engine)
{
    uint64_t count = 0;
    for (size_t i = 0; i < engine->fault_count; i++) {
        const struct fake__fault *fault = &engine->faults[i];
        count += fault->fault.call == FAKE_CALL_PULL ? fault->hit : 0;
    }
    return count;
}

static uint64_t failures_told(const struct sim_world *world)
{
    uint64_t count = 0;
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        for (unsigned k = 0; k < world->steps[i].count; k++) {
            const struct sim_instance *instance = &world->steps[i].instances[k];
            bool failed = instance->step->kind == SIM_STEP_PULL && instance->status != DD_OK;
            count += instance->told && failed ? 1U : 0U;
        }
    }
    return count;
}

static enum sim_finer finer(const struct sim_world *world)
{
    if (looks_again(world->coord)) {
        return SIM_FINER_LOOKS_AGAIN;
    }
    if (looks_up(world->coord)) {
        return SIM_FINER_LOOKS_UP;
    }
    return failures_told(world) < failed_pulls(world->engine) ? SIM_FINER_FOUND_AGAIN
                                                              : SIM_FINER_UNKNOWN;
}

void sim_crosscheck_look(struct sim_crosscheck *check, const struct sim_world *world)
{
    struct sim_abstract look = sim_projection(world, &check->limits);
    uint64_t fingerprint = sim_abstract_fingerprint(&look, &check->limits, check->symmetry);
    enum sim_finer reason = SIM_FINER_NONE;
    check->out.state_count++;
    if (sim_visited_has(&check->states, fingerprint)) {
        (void)sim_visited_add(&check->looks, fingerprint);
        check->out.looks_count = sim_visited_count(&check->looks);
    } else {
        reason = finer(world);
    }
    if (reason == SIM_FINER_UNKNOWN && check->out.by_reason[reason] == 0) {
        check->out.unknown = look;
    }
    check->out.by_reason[reason]++;
}

const struct sim_crosschecked *sim_crosschecked(const struct sim_crosscheck *check)
{
    return &check->out;
}

const char *sim_finer_text(enum sim_finer reason)
{
    switch (reason) {
    case SIM_FINER_NONE:
        return "one of the abstract coordinator's";
    case SIM_FINER_LOOKS_AGAIN:
        return "a failed pull's waiter inspects once more";
    case SIM_FINER_LOOKS_UP:
        return "a pull's image was found by somebody else before the pull looked it up";
    case SIM_FINER_FOUND_AGAIN:
        return "a failed pull's waiter found what another pull had brought";
    default:
        return "nothing that is known";
    }
}
