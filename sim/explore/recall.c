#include "sim/explore/recall.h"

#include <assert.h>
#include <string.h>

#include "sim/array.h"
#include "sim/hash.h"

/* Outcomes by key: a state's index, or, with this bit, how many answers a choice has. */
#define IS_CHOICE (UINT32_C(1) << 31)
#define STATE_MAX ((size_t)1 << 30)

/* Beside what is saved of a state: its record, and its place in the maps. */
#define STATE_BYTES (sizeof(struct sim_recalled) + 256)

void sim_recall_init(struct sim_recall *recall, size_t byte_max)
{
    *recall = (struct sim_recall){ .byte_max = byte_max };
}

void sim_recall_release(struct sim_recall *recall)
{
    for (size_t i = 0; i < recall->count; i++) {
        fake_memory_free(recall->at[i].saved);
        fake_memory_free(recall->at[i].moves);
    }
    fake_memory_free(recall->at);
    sim_map_release(&recall->index_of);
    sim_map_release(&recall->outcomes);
    *recall = (struct sim_recall){ .byte_max = recall->byte_max };
}

uint32_t sim_recall_find(const struct sim_recall *recall, uint64_t fingerprint)
{
    return sim_map_find(&recall->index_of, fingerprint);
}

uint32_t sim_recall_add(struct sim_recall *recall, struct sim_stepper *stepper,
                        uint64_t fingerprint, const struct sim_move *moves, size_t move_count)
{
    size_t used = sim_region_used(&stepper->region);
    size_t bytes = used + move_count * sizeof(*moves) + STATE_BYTES;
    if (recall->bytes + bytes > recall->byte_max || recall->count == STATE_MAX) {
        return SIM_NONE;
    }
    recall->bytes += bytes;
    recall->at =
        sim_array_grow(recall->at, &recall->capacity, recall->count + 1, sizeof(*recall->at));
    uint32_t index = (uint32_t)recall->count++;
    struct sim_recalled *state = &recall->at[index];
    *state = (struct sim_recalled){
        .used = used, .move_count = move_count, .fingerprint = fingerprint, .parent = SIM_NONE
    };
    state->saved = fake_memory_grow(NULL, used, 1);
    sim_region_save(&stepper->region, state->saved);
    state->moves = fake_memory_grow(NULL, move_count, sizeof(*moves));
    memcpy(state->moves, moves, move_count * sizeof(*moves));
    sim_map_put(&recall->index_of, fingerprint, index);
    return index;
}

uint64_t sim_recall_move(uint32_t state, size_t move)
{
    return sim_hash_finish((uint64_t)state << 32 | (uint64_t)(move + 1));
}

uint64_t sim_recall_answer(uint64_t key, uint64_t answer)
{
    return sim_hash_finish(key ^ (answer + 1));
}

struct sim_outcome_known sim_recall_outcome(const struct sim_recall *recall, uint64_t key)
{
    struct sim_outcome_known known = { .state = SIM_NONE };
    uint32_t value = sim_map_find(&recall->outcomes, key);
    if (value == SIM_NONE) {
        return known;
    }
    if ((value & IS_CHOICE) != 0) {
        known.choice = value & ~IS_CHOICE;
    } else {
        known.state = value;
    }
    return known;
}

void sim_recall_made(struct sim_recall *recall, uint32_t state,
                     const struct sim_alternative *alternative, uint32_t to)
{
    uint64_t key = sim_recall_move(state, alternative->move);
    assert(to < IS_CHOICE);
    for (size_t i = 0; i < alternative->answer_count; i++) {
        sim_map_put(&recall->outcomes, key, alternative->counts[i] | IS_CHOICE);
        key = sim_recall_answer(key, alternative->answers[i]);
    }
    sim_map_put(&recall->outcomes, key, to);
}
