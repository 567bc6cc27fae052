#include "sim/explore/audit.h"

#include <stdio.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/table.h"
#include "sim/hash.h"
#include "sim/names.h"

#define SUCCESSOR_MAX 4096
#define WALK_LENGTH 12 /* steps that two worlds with one fingerprint go side by side */

/* What a world can become in one step, and how. */
struct successor {
    uint64_t fingerprint; /* or what is wrong with it */
    struct sim_alternative how;
};

/* All of it, by fingerprint. */
struct successors {
    struct successor at[SUCCESSOR_MAX];
    size_t count;
    uint64_t model; /* what the plain model knows before */
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

static struct world_saved copy_of(const struct world_saved *saved)
{
    struct world_saved copy = { .bytes = fake_memory_grow(NULL, saved->used, 1),
                                .used = saved->used };
    memcpy(copy.bytes, saved->bytes, saved->used);
    return copy;
}

static void restore(struct sim_stepper *stepper, const struct world_saved *saved)
{
    sim_region_restore(&stepper->region, saved->bytes, saved->used);
}

static void insert(struct successors *successors, struct successor successor)
{
    size_t at = successors->count;
    if (at == SUCCESSOR_MAX) {
        return;
    }
    for (; at > 0 && successors->at[at - 1].fingerprint > successor.fingerprint; at--) {
        successors->at[at] = successors->at[at - 1];
    }
    successors->at[at] = successor;
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
    out->model = sim_fingerprint_of_model(stepper->printer);
    size_t move_count = sim_stepper_moves(stepper, moves);
    if (move_count == 0) {
        return;
    }
    do {
        restore(stepper, saved);
        sim_stepper_make(stepper, moves, &alternative);
        const struct sim_violation *violation = sim_stepper_violation(stepper);
        insert(out, (struct successor){
                        .fingerprint = violation != NULL
                                           ? sim_hash_string(SIM_HASH_START, violation->invariant)
                                           : sim_stepper_fingerprint(stepper),
                        .how = alternative,
                    });
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

static bool are_equal(const struct successors *one, const struct successors *other)
{
    if (one->count != other->count || one->model != other->model) {
        return false;
    }
    for (size_t i = 0; i < one->count; i++) {
        if (one->at[i].fingerprint != other->at[i].fingerprint) {
            return false;
        }
    }
    return true;
}

/* False: it is wrong now, and goes nowhere. */
static bool go(struct sim_stepper *stepper, struct world_saved *world,
               const struct successor *successor)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative how = successor->how;
    restore(stepper, world);
    (void)sim_stepper_moves(stepper, moves);
    sim_stepper_make(stepper, moves, &how);
    fake_memory_free(world->bytes);
    *world = save(stepper);
    return sim_stepper_violation(stepper) == NULL;
}

/* Two worlds go the same way, drawn by lot, as long as both can. What is missing from a
 * fingerprint may make no difference at once; and only the first of the two worlds is
 * ever gone on from by the search. */
static void compare(struct audit *audit, struct world_saved one, struct world_saved other)
{
    static _Thread_local struct successors of_one;
    static _Thread_local struct successors of_other;
    uint64_t lot = audit->out->merge_count++;
    bool going = true;
    for (size_t i = 0; going && i < WALK_LENGTH; i++) {
        look_ahead(audit->stepper, &one, &of_one);
        look_ahead(audit->stepper, &other, &of_other);
        if (!are_equal(&of_one, &of_other)) {
            if (audit->out->different_count++ == 0) {
                size_t length = 0;
                describe(audit, &one, &length);
                describe(audit, &other, &length);
            }
            break;
        }
        going = of_one.count > 0;
        if (going) {
            lot = sim_hash_finish(lot + i + 1);
            size_t drawn = (size_t)(lot % of_one.count);
            going = go(audit->stepper, &one, &of_one.at[drawn]) &&
                    go(audit->stepper, &other, &of_other.at[drawn]);
        }
    }
    fake_memory_free(one.bytes);
    fake_memory_free(other.bytes);
}

/* The world was just brought to a state. */
static void arrive(struct audit *audit, uint64_t state_max, uint64_t sample)
{
    uint64_t fingerprint = sim_stepper_fingerprint(audit->stepper);
    uint32_t known = sim_map_find(&audit->index_of, fingerprint);
    if (known != SIM_NONE) {
        if (audit->merges++ % sample == 0) {
            compare(audit, copy_of(&audit->states[known]), save(audit->stepper));
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
