/* What the oracle remembers, by the relations that it looks at. Part of the
 * fingerprinter (fingerprint_parts.h). */
#include "sim/explore/fingerprint_parts.h"

static uint64_t flag(bool value, unsigned bit)
{
    return value ? UINT64_C(1) << bit : 0;
}

static uint64_t put_image_of(const struct sim_fingerprinter *printer, uint64_t hash,
                             enum sim_field field, uint32_t image)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    return put_named(printer, hash, field, &oracle->image_ids, image);
}

/* Names are numbered as they were heard of: what is said of each is added, under its
 * text. */
static uint64_t about_name(const struct sim_oracle *oracle, uint32_t name, uint64_t value)
{
    return sim_hash_finish(sim_hash_number(sim_names_hash(&oracle->names, name), value));
}

/* Past, now, or so many ticks ahead. */
static uint64_t when(const struct sim_fingerprinter *printer, uint64_t time_ns)
{
    uint64_t now_ns = printer->world->queue.now_ns;
    if (!printer->timed || time_ns < now_ns) {
        return 0;
    }
    return 1 + ticks_to(printer, time_ns);
}

/* When nothing of a removal of @image can be older. */
static uint64_t floor_ns(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    uint64_t since_ns = image->released ? image->released_ns : image->made_ns;
    return oracle->draining ? 0 : since_ns + oracle->config.remove_delay_ns;
}

/* An inspect as a DELETE would rely on it, if it would. @foreign: the last change by
 * others. */
static uint64_t put_inspected(const struct sim_fingerprinter *printer, uint64_t hash,
                              enum sim_field field, const struct oracle_inspected *inspected,
                              uint64_t foreign)
{
    if (!oracle_inspected_counts(printer->world->oracle, inspected)) {
        return hash;
    }
    hash = put_image_of(printer, hash, field, inspected->image);
    return put(printer, hash, field, foreign > inspected->sequence ? 1 : 0);
}

/* --- calls ------------------------------------------------------------------------------- */

/* What a DELETE relies on, and a pull was begun with, and whether others have been at it
 * since. */
static uint64_t put_aims(const struct sim_fingerprinter *printer, uint64_t hash,
                         const struct oracle_call *call)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t foreign = 0;
    if (call->name != SIM_NONE) {
        foreign = oracle->name_at[call->name].foreign;
    } else if (call->image != SIM_NONE) {
        foreign = oracle->image_at[call->image].foreign;
    }
    if (call->kind == FAKE_CALL_PULL) {
        return put(printer, hash, SIM_FIELD_ORACLE_CALL, foreign > call->before ? 1 : 0);
    }
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, call->image);
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, call->aim);
    return put(printer, hash, SIM_FIELD_ORACLE_CALL,
               flag(call->basis != 0, 0) | flag(call->basis != 0 && foreign > call->basis, 1));
}

/* A DELETE that deleted: which bindings came after that. */
static uint64_t put_deleted(const struct sim_fingerprinter *printer, uint64_t hash,
                            const struct oracle_call *call)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    if (call->deleted == SIM_NONE) {
        return hash;
    }
    const struct oracle_image *image = &oracle->image_at[call->deleted];
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, call->deleted);
    hash = put(printer, hash, SIM_FIELD_ORACLE_CALL,
               flag(image->ours > call->deleted_at, 0) |
                   flag(image->forgotten >= call->deleted_at, 1));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < oracle->names.count; i++) {
        uint32_t pair = sim_map_find(&oracle->pairs, oracle_key(i, call->deleted));
        if (pair != SIM_NONE && oracle->pair_at[pair].sequence > call->deleted_at) {
            sum += about_name(oracle, i, 1);
        }
    }
    return put(printer, hash, SIM_FIELD_ORACLE_CALL, sum);
}

/* An inspect that is not answered yet: which names it saw, as they still are. */
static uint64_t put_seen(const struct sim_fingerprinter *printer, uint64_t hash,
                         const struct oracle_call *call)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t sum = 0;
    for (uint32_t i = 0; call->saw != 0 && i < oracle->names.count; i++) {
        const struct oracle_name *name = &oracle->name_at[i];
        if (name->seen == call->saw) {
            sum += about_name(oracle, i, call->saw < name->landed ? 2 : 1);
        }
    }
    return put(printer, hash, SIM_FIELD_ORACLE_CALL, sum);
}

/* A removal's inspect that is not executed yet: for which images a DELETE could rely
 * on it. */
static uint64_t put_relied_on(const struct sim_fingerprinter *printer, uint64_t hash,
                              const struct oracle_call *call)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t sum = 0;
    for (uint32_t i = 0; call->removes && !call->executed && i < oracle->image_ids.count; i++) {
        const struct oracle_image *image = &oracle->image_at[i];
        if (image->phase == ORACLE_REMOVING && call->sent_at > image->begun) {
            sum += sim_hash_finish(sim_names_hash(&oracle->image_ids, i));
        }
    }
    return put(printer, hash, SIM_FIELD_ORACLE_CALL, sum);
}

uint64_t sim_print_oracle_call(const struct sim_fingerprinter *printer, uint64_t hash,
                               uint64_t number)
{
    static const struct oracle_call unheard = {
        .name = SIM_NONE, .image = SIM_NONE, .aim = SIM_NONE, .deleted = SIM_NONE
    };
    const struct sim_oracle *oracle = printer->world->oracle;
    const struct oracle_call *call =
        number > oracle->call_count ? &unheard : &oracle->call_at[number - 1];
    hash = put(printer, hash, SIM_FIELD_ORACLE_CALL,
               flag(call->sent, 0) | flag(call->executed, 1) | flag(call->answered, 2) |
                   flag(call->slot, 3) | flag(call->late, 4) | flag(call->before_known, 5) |
                   flag(call->settles, 6) | flag(call->landed, 7) | flag(call->removes, 8) |
                   flag(call->precedes, 9));
    if (call->kind == FAKE_CALL_REMOVE || call->kind == FAKE_CALL_PULL) {
        hash = put_aims(printer, hash, call);
    }
    hash = put_deleted(printer, hash, call);
    if (call->kind == FAKE_CALL_INSPECT) {
        hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, call->aim);
        hash = put_seen(printer, hash, call);
        hash = put_relied_on(printer, hash, call);
    }
    return hash;
}

/* --- names and images ----------------------------------------------------------------------- */

/* The pull that made it what it means, and what the name that was pulled has seen since,
 * as far as L1 asks about it. */
static uint64_t put_maker(const struct sim_fingerprinter *printer, uint64_t hash,
                          const struct oracle_name *name)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    if (name->made_by == 0) {
        return hash;
    }
    const struct oracle_call *pull = &oracle->call_at[name->made_by - 1];
    const struct oracle_name *pulled = pull->name != SIM_NONE ? &oracle->name_at[pull->name] : name;
    hash = put(printer, hash, SIM_FIELD_ORACLE_NAME,
               1 | flag(pull->landed, 1) | flag(pull->before_known, 2) |
                   flag(pulled->foreign > pull->before, 3) |
                   flag(pulled->foreign > pulled->landed, 4) |
                   flag(pulled->confirmed < pulled->landed, 5) |
                   flag(pulled->succeeded < pulled->landed, 6) | flag(pulled->is_known, 7));
    hash = put_named(printer, hash, SIM_FIELD_ORACLE_NAME, &oracle->names, pull->name);
    return put(printer, hash, SIM_FIELD_ORACLE_NAME,
               flag(name->succeeded > name->landed, 0) | flag(name->foreign < name->landed, 1));
}

/* What was pulled for whom matters to those who insist on a pull. */
static uint64_t put_pulled(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct oracle_name *name)
{
    if (printer->asks_always && name->pulled) {
        hash = put(printer, hash, SIM_FIELD_ORACLE_NAME, name->secret);
        hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_NAME, name->brought);
    }
    return printer->world->oracle->config.adopt
               ? put_image_of(printer, hash, SIM_FIELD_ORACLE_NAME, name->fetched)
               : hash;
}

/* A digest, and nobody pulls digests: what is known of it no pull relies on. */
static bool is_only_seen(const struct sim_fingerprinter *printer, const struct oracle_name *name)
{
    return name->by_digest && !printer->pulls_digests;
}

static uint64_t put_name(const struct sim_fingerprinter *printer, const struct oracle_name *name)
{
    uint64_t now_ns = printer->world->queue.now_ns;
    uint64_t hash = put_image_of(printer, SIM_HASH_START, SIM_FIELD_ORACLE_NAME, name->image);
    hash = put_maker(printer, hash, name);
    hash =
        put(printer, hash, SIM_FIELD_ORACLE_NAME,
            flag(name->is_known && !is_only_seen(printer, name), 0) | flag(name->is_unknown, 1) |
                flag(name->foreign > name->looked, 2) |
                flag(name->settling && name->settling_ns == now_ns, 3) | flag(name->is_blind, 4));
    hash = put(printer, hash, SIM_FIELD_ORACLE_NAME,
               (uint64_t)name->pull_count << 48 | (uint64_t)name->delete_count << 32 |
                   (uint64_t)name->asked_count << 16 | name->owed_count);
    hash = put(printer, hash, SIM_FIELD_ORACLE_NAME,
               (uint64_t)name->flying_count << 16 | name->busy_count);
    hash = put(printer, hash, SIM_FIELD_ORACLE_NAME, when(printer, name->quiet_ns));
    hash = put_pulled(printer, hash, name);
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_NAME, name->awaited);
    return put_inspected(printer, hash, SIM_FIELD_ORACLE_NAME, &name->inspected, name->foreign);
}

/* Of which there is nothing to say, as if it had not been heard of. */
static void print_names(struct sim_fingerprinter *printer)
{
    static const struct oracle_name unheard = { .image = SIM_NONE,
                                                .inspected = { .image = SIM_NONE },
                                                .fetched = SIM_NONE,
                                                .brought = SIM_NONE,
                                                .awaited = SIM_NONE };
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t nothing = put_name(printer, &unheard);
    for (uint32_t i = 0; i < oracle->names.count; i++) {
        uint64_t hash = put_name(printer, &oracle->name_at[i]);
        if (hash != nothing) {
            add(core_of(printer), about_name(oracle, i, hash));
        }
    }
}

/* Where its removal is; with free time, without when it should begin. */
static uint64_t put_removal(const struct sim_fingerprinter *printer, uint64_t hash,
                            const struct oracle_image *image)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t rank = 0;
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE,
               (uint64_t)image->phase | flag(image->forgotten_now, 8) | flag(image->untried, 9) |
                   (uint64_t)image->want_count << 16);
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE,
               flag(image->failed, 0) | flag(image->refused, 1) | flag(image->doubtful, 2));
    if (!printer->timed) {
        return hash;
    }
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        rank += oracle->image_at[i].due_ns < image->due_ns ? 1 : 0;
    }
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE, rank);
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE, when(printer, image->due_ns));
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE, when(printer, image->latest_ns));
    hash = put(printer, hash, SIM_FIELD_ORACLE_IMAGE, when(printer, image->since_ns));
    return put(printer, hash, SIM_FIELD_ORACLE_IMAGE,
               image->blocked_run < 16 ? image->blocked_run : 16);
}

static uint64_t put_image(const struct sim_fingerprinter *printer, const struct oracle_image *image)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t hash =
        put(printer, SIM_HASH_START, SIM_FIELD_ORACLE_IMAGE,
            flag(image->exists, 0) | flag(image->gone_excused, 1) | flag(image->left, 2) |
                flag(image->ours > image->forgotten, 3) | (uint64_t)image->held_count << 8);
    if (printer->timed) {
        hash =
            put(printer, hash, SIM_FIELD_ORACLE_IMAGE, ticks_to(printer, floor_ns(oracle, image)));
    }
    hash = put_removal(printer, hash, image);
    return put_inspected(printer, hash, SIM_FIELD_ORACLE_IMAGE, &image->inspected, image->foreign);
}

static void print_images(struct sim_fingerprinter *printer)
{
    static const struct oracle_image unheard = { .inspected = { .image = SIM_NONE } };
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t nothing = put_image(printer, &unheard);
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        uint64_t hash = put_image(printer, &oracle->image_at[i]);
        uint64_t ours = 0;
        for (uint32_t k = 0; k < oracle->names.count; k++) {
            ours += oracle_pair_is_ours(oracle, k, i) ? about_name(oracle, k, 1) : 0;
        }
        if (hash != nothing || ours != 0) {
            hash = put_image_of(printer, hash, SIM_FIELD_NONE, i);
            add(core_of(printer), put(printer, hash, SIM_FIELD_ORACLE_IMAGE, ours));
        }
    }
}

/* --- agents ------------------------------------------------------------------------------------
 */

static void print_hold(struct sim_fingerprinter *printer, const struct oracle_hold *hold)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    if (!hold->told && hold->untold == 0) {
        return;
    }
    const char *caller = sim_names_text(&oracle->callers, hold->caller);
    uint64_t hash = put_image_of(printer, SIM_HASH_START + 16, SIM_FIELD_ORACLE_HOLD, hold->image);
    hash = put(printer, hash, SIM_FIELD_ORACLE_HOLD,
               (uint64_t)hold->untold << 1 | (hold->told ? 1U : 0U));
    add(sim_printer_owner(printer, caller), hash);
}

/* The step that began it: of two operations of one caller, which. */
static size_t step_of(const struct sim_fingerprinter *printer, uint32_t operation)
{
    const struct sim_world *world = printer->world;
    for (size_t i = 0; i < world->scenario->step_count; i++) {
        for (unsigned k = 0; k < world->steps[i].count; k++) {
            const struct sim_instance *instance = &world->steps[i].instances[k];
            if (instance->asked && instance->judged == operation) {
                return i;
            }
        }
    }
    return world->scenario->step_count;
}

/* An operation that will be told, by what its telling is judged. */
static void print_operation(struct sim_fingerprinter *printer,
                            const struct oracle_operation *operation)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    const char *caller = sim_names_text(&oracle->callers, operation->caller);
    bool ended = operation->policy == DD_PULL_ALWAYS && operation->reference != SIM_NONE &&
                 oracle->name_at[operation->reference].ended > operation->asked;
    uint64_t hash =
        put(printer, SIM_HASH_START + 18, SIM_FIELD_ORACLE_HOLD,
            flag(operation->cancelled, 0) | flag(operation->taken_back, 1) | flag(ended, 2));
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_HOLD, operation->granted);
    if (printer->asks_twice) {
        uint32_t index = (uint32_t)(operation - oracle->operation_at);
        hash = put(printer, hash, SIM_FIELD_ORACLE_HOLD, step_of(printer, index));
    }
    if (printer->timed && operation->due_ns != UINT64_MAX) {
        hash = put(printer, hash, SIM_FIELD_ORACLE_HOLD, when(printer, operation->due_ns));
    }
    add(sim_printer_owner(printer, caller), hash);
}

static void print_gates(struct sim_fingerprinter *printer)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    for (size_t i = 0; i < oracle->gate_count; i++) {
        const struct oracle_gate *gate = &oracle->gates[i];
        uint64_t hash = put_named(printer, SIM_HASH_START + 19, SIM_FIELD_ORACLE_CALL,
                                  &oracle->names, gate->repository);
        hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, gate->image);
        hash = put(printer, hash, SIM_FIELD_ORACLE_CALL, gate->lost ? 1 : 0);
        if (gate->lost) {
            hash = put(printer, hash, SIM_FIELD_ORACLE_CALL, when(printer, gate->until_ns));
        }
        add(core_of(printer), hash);
    }
}

void sim_print_oracle(struct sim_fingerprinter *printer)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    uint64_t hash =
        put(printer, SIM_HASH_START + 17, SIM_FIELD_ORACLE_IMAGE,
            flag(oracle->closing, 0) | flag(oracle->draining, 1) | flag(oracle->closed, 2));
    hash = put(printer, hash, SIM_FIELD_ORACLE_CALL, oracle->removal_count);
    hash = put(printer, hash, SIM_FIELD_ORACLE_CALL, when(printer, oracle->crowded_ns));
    hash = put_image_of(printer, hash, SIM_FIELD_ORACLE_CALL, oracle->asking_image);
    hash = put_named(printer, hash, SIM_FIELD_ORACLE_CALL, &oracle->names, oracle->asking_name);
    if (printer->counters_needed) {
        hash = put(printer, hash, SIM_FIELD_COUNTERS, oracle->pull_max);
    }
    add(core_of(printer), hash);
    print_names(printer);
    print_images(printer);
    print_gates(printer);
    for (size_t i = 0; i < oracle->operation_count; i++) {
        if (!oracle->operation_at[i].told && !oracle->operation_at[i].refused) {
            print_operation(printer, &oracle->operation_at[i]);
        }
    }
    for (size_t i = 0; i < oracle->hold_count; i++) {
        print_hold(printer, &oracle->hold_at[i]);
    }
}
