/* S10: no engine pull, and no inspect for one, in a repository in which an image that
 * is being DELETEd is bound (H08, H39). Part of the oracle (oracle_state.h).
 *
 * Only bindings that the coordinator must have count: the name means the image, a pull
 * of ours made that, and the pull's success is known. What others, or our own later
 * calls, have changed since is excused. */
#include "sim/array.h"
#include "sim/oracle_state.h"

static bool is_bound(const struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_name *name = &oracle->name_at[index];
    return !name->by_digest && name->succeeded > name->landed && oracle_name_is_owed(oracle, index);
}

static void gate_add(struct sim_oracle *oracle, struct oracle_gate gate)
{
    oracle->gates = sim_array_grow(oracle->gates, &oracle->gate_capacity, oracle->gate_count + 1,
                                   sizeof(*oracle->gates));
    oracle->gates[oracle->gate_count++] = gate;
}

static void gate_open(struct sim_oracle *oracle, size_t index)
{
    oracle->gates[index] = oracle->gates[--oracle->gate_count];
}

static void check_no_pull(struct sim_oracle *oracle, const struct oracle_call *call, uint32_t image,
                          uint32_t name)
{
    if (oracle->name_at[oracle->name_at[name].repository].flying_count > 0) {
        const char *words = oracle_image_text(oracle, image);
        sim_oracle_object(oracle, "S10", words,
                          "the engine is asked to DELETE %s (%s) while a pull in the repository "
                          "of %s is in flight",
                          oracle_name_text(oracle, call->name), words,
                          oracle_name_text(oracle, name));
    }
}

void oracle_gate_close(struct sim_oracle *oracle, const struct oracle_call *call, uint64_t number)
{
    uint32_t image = call->aim;
    if (image == SIM_NONE || oracle->config.adopt) {
        return;
    }
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (is_bound(oracle, i)) {
            check_no_pull(oracle, call, image, i);
            gate_add(oracle, (struct oracle_gate){ .call = number,
                                                   .repository = oracle->name_at[i].repository,
                                                   .image = image });
        }
    }
}

void oracle_gate_answered(struct sim_oracle *oracle, uint64_t number, bool lost)
{
    bool executed = oracle->call_at[number - 1].executed;
    for (size_t i = oracle->gate_count; i-- > 0;) {
        struct oracle_gate *gate = &oracle->gates[i];
        if (gate->call == number && lost && !executed) {
            gate->lost = true;
            gate->until_ns = oracle->now_ns + oracle->config.delete_settling_ns;
        } else if (gate->call == number) {
            gate_open(oracle, i);
        }
    }
}

void oracle_gate_executed(struct sim_oracle *oracle, uint64_t number)
{
    for (size_t i = oracle->gate_count; i-- > 0;) {
        const struct oracle_gate *gate = &oracle->gates[i];
        if (gate->lost && (number == 0 || gate->call == number)) {
            gate_open(oracle, i);
        }
    }
}

/* Doubts that the coordinator need not have any more. */
static void drop_doubts(struct sim_oracle *oracle)
{
    for (size_t i = oracle->gate_count; i-- > 0;) {
        const struct oracle_gate *gate = &oracle->gates[i];
        if (gate->lost &&
            (oracle->now_ns >= gate->until_ns || !oracle->image_at[gate->image].exists)) {
            gate_open(oracle, i);
        }
    }
}

void oracle_gate_check(struct sim_oracle *oracle, uint32_t index, const char *verb)
{
    drop_doubts(oracle);
    for (size_t i = 0; i < oracle->gate_count && !oracle->closing; i++) {
        const struct oracle_gate *gate = &oracle->gates[i];
        if (gate->repository == oracle->name_at[index].repository) {
            const char *words = oracle_image_text(oracle, gate->image);
            sim_oracle_object(oracle, "S10", words,
                              "the engine is asked to %s %s while the DELETE of %s, which has a "
                              "name in that repository, is %s",
                              verb, oracle_name_text(oracle, index), words,
                              gate->lost ? "in doubt" : "in flight");
        }
    }
}

uint32_t oracle_gate_doubtful(struct sim_oracle *oracle)
{
    drop_doubts(oracle);
    return oracle->gate_count > 0 ? oracle->gates[0].image : SIM_NONE;
}
