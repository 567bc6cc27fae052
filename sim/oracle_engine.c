/* The engine as its history tells: what it has, and what names mean. Part of the oracle
 * (oracle_state.h). */
#include <assert.h>

#include "sim/oracle_state.h"

static void name_detach(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_name *name = &oracle->name_at[index];
    if (name->image == SIM_NONE) {
        return;
    }
    struct oracle_image *image = &oracle->image_at[name->image];
    uint32_t *link = &image->names;
    while (*link != index) {
        assert(*link != SIM_NONE);
        link = &oracle->name_at[*link].next;
    }
    *link = name->next;
    image->name_count--;
    name->image = SIM_NONE;
    name->next = SIM_NONE;
}

static void name_attach(struct sim_oracle *oracle, uint32_t index, uint32_t image_index)
{
    struct oracle_name *name = &oracle->name_at[index];
    struct oracle_image *image = &oracle->image_at[image_index];
    name->image = image_index;
    name->next = image->names;
    image->names = index;
    image->name_count++;
}

/* Whether @call does what nobody of ours stands for any more. */
static bool is_foreign(const struct sim_oracle *oracle, uint64_t number)
{
    return number == 0 || number > oracle->call_count || oracle->call_at[number - 1].late;
}

/* Whether a pull of the name is asked for, under way, or not looked into yet. */
static bool is_busy(const struct oracle_name *name)
{
    return name->asked_count > 0 || name->pull_count > 0 || name->owed_count > 0;
}

/* What others make a busy name mean cannot be told from our pull's doing, nor can
 * the digest that goes with it: such pairs pass for ours. */
static void mistake_for_ours(struct sim_oracle *oracle, uint32_t index, uint32_t image)
{
    uint32_t repository = oracle->name_at[index].repository;
    oracle_pair_record(oracle, index, image);
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (oracle->name_at[i].by_digest && oracle->name_at[i].repository == repository) {
            oracle_pair_record(oracle, i, image);
        }
    }
}

static void happened_named(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    uint32_t index = oracle_name_of(oracle, happening->name);
    uint32_t image = oracle_image_of(oracle, happening->image);
    struct oracle_name *name = &oracle->name_at[index];
    name_detach(oracle, index);
    name_attach(oracle, index, image);
    if (happening->number != 0) {
        oracle_pair_record(oracle, index, image);
    }
    if (is_foreign(oracle, happening->number)) {
        name->made_by = 0;
        name->foreign = oracle->sequence;
        oracle->image_at[image].foreign = oracle->sequence;
        if (is_busy(name)) {
            mistake_for_ours(oracle, index, image);
        }
    } else {
        struct oracle_call *call = oracle_call_of(oracle, happening->number);
        call->landed = call->landed || call->name == index;
        name->made_by = happening->number;
        name->landed = oracle->sequence;
    }
}

static void happened_unnamed(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    uint32_t index = oracle_name_of(oracle, happening->name);
    uint32_t was = oracle->name_at[index].image;
    name_detach(oracle, index);
    oracle->name_at[index].made_by = 0;
    if (is_foreign(oracle, happening->number)) {
        oracle->name_at[index].foreign = oracle->sequence;
    } else {
        oracle_delete_unnamed(oracle, oracle_call_of(oracle, happening->number), index, was);
    }
}

static void happened_made(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    uint32_t index = oracle_image_of(oracle, happening->image);
    struct oracle_image *image = &oracle->image_at[index];
    image->exists = true;
    image->gone_excused = false;
    /* Others may have removed it in between, and nobody has told the coordinator:
     * then the delay that it knows of goes on. */
    if (!oracle_image_is_ours(oracle, index)) {
        image->released = false;
        image->made_ns = oracle->now_ns;
    }
    if (happening->number == 0) {
        image->foreign = oracle->sequence;
    }
}

static void happened_deleted(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    uint32_t index = oracle_image_of(oracle, happening->image);
    struct oracle_image *image = &oracle->image_at[index];
    image->exists = false;
    image->gone_excused = is_foreign(oracle, happening->number);
    if (happening->number != 0) {
        oracle_delete_deleted(oracle, oracle_call_of(oracle, happening->number), index);
    }
}

static void happened_late(struct sim_oracle *oracle, const struct fake_happening *happening)
{
    struct oracle_call *call = oracle_call_of(oracle, happening->number);
    bool deletes = call->kind == FAKE_CALL_REMOVE;
    uint64_t settling_ns =
        deletes ? oracle->config.delete_settling_ns : oracle->config.pull_settling_ns;
    if (happening->since_abandoned_ns < settling_ns) {
        return;
    }
    call->late = true;
    oracle->late_count += deletes ? 1 : 0;
}

void sim_oracle_happened(struct sim_oracle *oracle, uint64_t now_ns,
                         const struct fake_happening *happening)
{
    oracle->sequence++;
    oracle->now_ns = now_ns;
    switch (happening->kind) {
    case FAKE_HAPPENED_SENT:
        oracle_call_sent(oracle, happening);
        break;
    case FAKE_HAPPENED_EXECUTED:
        oracle_call_executed(oracle, happening);
        break;
    case FAKE_HAPPENED_ANSWERED:
        oracle_call_answered(oracle, happening);
        break;
    case FAKE_HAPPENED_CANCELLED:
        oracle_call_of(oracle, happening->number)->given_up = true;
        oracle_slot_free(oracle, oracle_call_of(oracle, happening->number));
        break;
    case FAKE_HAPPENED_MADE:
        happened_made(oracle, happening);
        break;
    case FAKE_HAPPENED_NAMED:
        happened_named(oracle, happening);
        break;
    case FAKE_HAPPENED_UNNAMED:
        happened_unnamed(oracle, happening);
        break;
    case FAKE_HAPPENED_DELETED:
        happened_deleted(oracle, happening);
        break;
    case FAKE_HAPPENED_LATE:
        happened_late(oracle, happening);
        break;
    case FAKE_HAPPENED_RESTARTED:
        oracle_gate_executed(oracle, 0);
        break;
    }
}
