#include "sim/refusal.h"

#include "sim/hash.h"
#include "sim/world_state.h"

void sim_refusal_begin(struct sim_world *world, const struct sim_world_options *options)
{
    world->refusal = (struct sim_refusal){ .on = options->refuse_nth > 0 };
    fake_allocator_refuse(&world->heap.allocator, options->refuse_nth, options->refuse_onwards);
}

enum dd_status sim_refusal_look(struct sim_world *world, dd_explained_fn visit, void *arg)
{
    struct fake_allocator *allocator = &world->heap.allocator;
    uint64_t refuse_at = allocator->refuse_at;
    uint64_t asked_count = allocator->asked_count;
    allocator->refuse_at = 0;
    enum dd_status status = dd_explain(world->coord, visit, arg);
    allocator->refuse_at = refuse_at;
    allocator->asked_count = asked_count;
    return status;
}

static void look_away(void *arg, const struct dd_explained *explained)
{
    (void)arg;
    (void)explained;
}

enum dd_status sim_refusal_explain(struct sim_world *world, dd_explained_fn visit, void *arg)
{
    if (!world->refusal.on) {
        return dd_explain(world->coord, visit, arg);
    }
    uint64_t refused_count = world->heap.allocator.refused_count;
    enum dd_status tried = dd_explain(world->coord, look_away, NULL);
    enum dd_status status = sim_refusal_look(world, visit, arg);
    bool refused = world->heap.allocator.refused_count != refused_count;
    if (tried != (refused ? DD_ENOMEM : status)) {
        sim_oracle_object(world->oracle, "M1", "", "dd_explain answered \"%s\" %s",
                          dd_status_text(tried),
                          refused ? "though it was refused memory" : "and then something else");
    }
    return status;
}

static uint64_t hash_strings(uint64_t hash, const struct dd_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) {
        hash = sim_hash_string(hash, strings->at[i]);
    }
    return sim_hash_number(hash, strings->count);
}

static void sign(void *arg, const struct dd_explained *explained)
{
    uint64_t *hash = arg;
    *hash = sim_hash_string(*hash, explained->image);
    *hash = sim_hash_number(*hash, (uint64_t)explained->state << 32 | (uint64_t)explained->status);
    *hash = sim_hash_number(*hash, (uint64_t)explained->conflict << 2 |
                                       (explained->ours ? 2U : 0U) | (explained->wanted ? 1U : 0U));
    *hash = sim_hash_number(*hash, explained->next_ns);
    *hash = hash_strings(*hash, &explained->holders);
    *hash = hash_strings(*hash, &explained->bindings);
}

static uint64_t signature_of(struct sim_world *world)
{
    uint64_t hash = SIM_HASH_START;
    enum dd_status status = sim_refusal_look(world, sign, &hash);
    return sim_hash_number(hash, (uint64_t)status);
}

void sim_refusal_before(struct sim_world *world)
{
    struct sim_refusal *refusal = &world->refusal;
    refusal->refused_count = world->heap.allocator.refused_count;
    if (refusal->on) {
        refusal->entry_count = world->trace.entry_count;
        refusal->task_count = world->executor.pending_count;
        refusal->queue_count = world->queue.count;
        refusal->signature = signature_of(world);
    }
}

/* What a refused call changed, in words; NULL: nothing. */
static const char *changed_since(struct sim_world *world)
{
    const struct sim_refusal *refusal = &world->refusal;
    if (world->trace.entry_count != refusal->entry_count) {
        return "something happened";
    }
    if (world->executor.pending_count != refusal->task_count) {
        return "work was posted";
    }
    if (world->queue.count != refusal->queue_count) {
        return "an alarm was set or a call begun";
    }
    return signature_of(world) != refusal->signature ? "an image changed" : NULL;
}

void sim_refusal_after(struct sim_world *world, const char *what, enum dd_status status)
{
    struct sim_refusal *refusal = &world->refusal;
    if (status != DD_ENOMEM) {
        return;
    }
    refusal->nomem_count++;
    if (world->heap.allocator.refused_count == refusal->refused_count) {
        sim_oracle_object(world->oracle, "M1", "",
                          "%s answered \"%s\", and no allocation was refused", what,
                          dd_status_text(status));
        return;
    }
    const char *changed = refusal->on ? changed_since(world) : NULL;
    if (changed != NULL) {
        sim_oracle_object(world->oracle, "M1", "", "%s answered \"%s\", and yet %s", what,
                          dd_status_text(status), changed);
    }
}

void sim_refusal_never(struct sim_world *world, const char *what, enum dd_status status)
{
    if (status == DD_ENOMEM) {
        sim_oracle_object(world->oracle, "M1", "", "%s answered \"%s\", which it never may", what,
                          dd_status_text(status));
    }
}
