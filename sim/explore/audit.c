#include "sim/explore/audit.h"

#include <stdio.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/table.h"
#include "sim/hash.h"
#include "sim/names.h"

#define SUCCESSOR_MAX 4096

/* All that a world can become in one step. */
struct successors {
    uint64_t at[SUCCESSOR_MAX];
    size_t count;
};

struct world_saved {
    unsigned char *bytes;
    size_t used;
};

struct audit {
    struct sim_stepper *stepper;
    struct sim_audited *out;
    struct sim_map index_of; /* of a fingerprint: its state */
    struct world_saved *states;
    size_t count;
    size_t capacity;
    uint64_t merges;
};

static struct world_saved save(const struct sim_stepper *stepper)
{
    struct world_saved saved = { .used = sim_region_used(&stepper->region) };
    saved.bytes = fake_memory_grow(NULL, saved.used, 1);
    sim_region_save(&stepper->region, saved.bytes);
    return saved;
}

static void restore(struct sim_stepper *stepper, const struct world_saved *saved)
{
    sim_region_restore(&stepper->region, saved->bytes, saved->used);
}

static void insert(struct successors *successors, uint64_t fingerprint)
{
    size_t at = successors->count;
    if (at == SUCCESSOR_MAX) {
        return;
    }
    for (; at > 0 && successors->at[at - 1] > fingerprint; at--) {
        successors->at[at] = successors->at[at - 1];
    }
    successors->at[at] = fingerprint;
    successors->count++;
}

/* The world's successors; what is wrong in one is told apart by its invariant. */
static void look_ahead(struct sim_stepper *stepper, const struct world_saved *saved,
                       struct successors *out)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative alternative = { .move = 0 };
    out->count = 0;
    restore(stepper, saved);
    size_t move_count = sim_stepper_moves(stepper, moves);
    if (move_count == 0) {
        return;
    }
    do {
        restore(stepper, saved);
        sim_stepper_make(stepper, moves, &alternative);
        const struct sim_violation *violation = sim_stepper_violation(stepper);
        insert(out, violation != NULL ? sim_hash_string(SIM_HASH_START, violation->invariant)
                                      : sim_stepper_fingerprint(stepper));
    } while (sim_alternative_next(&alternative, move_count));
}

static void describe(struct audit *audit, const struct world_saved *saved, size_t *length)
{
    struct sim_move moves[SIM_MOVE_MAX];
    char name[SIM_MOVE_NAME_SIZE];
    size_t size = sizeof(audit->out->difference);
    restore(audit->stepper, saved);
    size_t count = sim_stepper_moves(audit->stepper, moves);
    for (size_t i = 0; i < count && *length + 1 < size; i++) {
        sim_move_name(audit->stepper->world, moves[i], name);
        *length += (size_t)snprintf(audit->out->difference + *length, size - *length, "%s%s",
                                    i > 0 ? ", " : "", name);
    }
    if (*length + 1 < size) {
        *length += (size_t)snprintf(audit->out->difference + *length, size - *length, "\n");
    }
}

static void compare(struct audit *audit, const struct world_saved *one,
                    const struct world_saved *other)
{
    static _Thread_local struct successors of_one;
    static _Thread_local struct successors of_other;
    look_ahead(audit->stepper, one, &of_one);
    look_ahead(audit->stepper, other, &of_other);
    audit->out->merge_count++;
    if (of_one.count == of_other.count &&
        memcmp(of_one.at, of_other.at, of_one.count * sizeof(of_one.at[0])) == 0) {
        return;
    }
    if (audit->out->different_count++ == 0) {
        size_t length = 0;
        describe(audit, one, &length);
        describe(audit, other, &length);
    }
}

/* The world was just brought to a state. */
static void arrive(struct audit *audit, uint64_t state_max, uint64_t sample)
{
    uint64_t fingerprint = sim_stepper_fingerprint(audit->stepper);
    uint32_t known = sim_map_find(&audit->index_of, fingerprint);
    if (known != SIM_NONE) {
        if (audit->merges++ % sample == 0) {
            struct world_saved here = save(audit->stepper);
            compare(audit, &audit->states[known], &here);
            fake_memory_free(here.bytes);
        }
        return;
    }
    if (audit->count == state_max) {
        return;
    }
    audit->states =
        sim_array_grow(audit->states, &audit->capacity, audit->count + 1, sizeof(*audit->states));
    sim_map_put(&audit->index_of, fingerprint, (uint32_t)audit->count);
    audit->states[audit->count++] = save(audit->stepper);
}

static void expand(struct audit *audit, size_t index, uint64_t state_max, uint64_t sample)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative alternative = { .move = 0 };
    restore(audit->stepper, &audit->states[index]);
    size_t move_count = sim_stepper_moves(audit->stepper, moves);
    if (move_count == 0) {
        return;
    }
    do {
        restore(audit->stepper, &audit->states[index]);
        sim_stepper_make(audit->stepper, moves, &alternative);
        if (sim_stepper_violation(audit->stepper) == NULL) {
            arrive(audit, state_max, sample);
        }
    } while (sim_alternative_next(&alternative, move_count));
}

void sim_audit(struct sim_stepper *stepper, uint64_t state_max, uint64_t sample,
               struct sim_audited *out)
{
    struct audit audit = { .stepper = stepper, .out = out };
    *out = (struct sim_audited){ .state_count = 0 };
    arrive(&audit, state_max, sample);
    for (size_t i = 0; i < audit.count; i++) {
        expand(&audit, i, state_max, sample);
    }
    out->state_count = audit.count;
    for (size_t i = 0; i < audit.count; i++) {
        fake_memory_free(audit.states[i].bytes);
    }
    fake_memory_free(audit.states);
    sim_map_release(&audit.index_of);
}
