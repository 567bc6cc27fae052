/* What the plain model knows (S9). It is no part of a world's fingerprint: as long as it
 * agrees, all that it knows the coordinator knows, too. That this is so, the audit looks
 * at: worlds with one fingerprint have one of these. Part of the fingerprinter
 * (fingerprint_parts.h). */
#include "sim/explore/fingerprint_parts.h"
#include "sim/model_state.h"

static uint64_t number(uint64_t hash, uint64_t value)
{
    return sim_hash_number(hash, value);
}

static uint64_t flag(bool value, unsigned bit)
{
    return value ? UINT64_C(1) << bit : 0;
}

static uint64_t image_text(const struct sim_fingerprinter *printer, uint64_t hash, uint32_t image)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    return sim_hash_string(hash,
                           image == SIM_NONE ? NULL : sim_names_text(&oracle->image_ids, image));
}

static uint64_t name_text(const struct sim_fingerprinter *printer, uint64_t hash, uint32_t name)
{
    const struct sim_oracle *oracle = printer->world->oracle;
    return sim_hash_string(hash, name == SIM_NONE ? NULL : sim_names_text(&oracle->names, name));
}

static struct printer_owner owner_of(struct sim_fingerprinter *printer, uint32_t caller)
{
    const char *text = sim_names_text(&printer->world->oracle->callers, caller);
    return sim_printer_owner(printer, text);
}

static uint64_t print_look(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct model_look *look)
{
    bool asked = look->state == MODEL_LOOK_ASKED;
    hash = number(hash, look->state);
    hash = look->state != MODEL_LOOK_NONE ? name_text(printer, hash, look->name) : hash;
    hash = image_text(printer, hash, look->wanted);
    return number(hash, flag(asked && look->stale, 0) | flag(asked && look->late, 1) |
                            flag(asked && look->abandoned, 2));
}

static void print_operation(struct sim_fingerprinter *printer,
                            const struct model_operation *operation)
{
    uint64_t hash = number(SIM_HASH_START, operation->phase);
    hash = number(hash, (uint64_t)operation->result.status << 8 | operation->result.conflict);
    hash = number(hash, flag(operation->concluded, 0) | flag(operation->second, 1) |
                            flag(operation->retains, 2) | flag(operation->pull != 0, 3));
    hash = name_text(printer, hash, operation->reference);
    hash = image_text(printer, hash, operation->image);
    hash = print_look(printer, hash, &operation->look);
    add(owner_of(printer, operation->caller), hash);
}

static void print_pull(struct sim_fingerprinter *printer, const struct model_pull *pull)
{
    bool failed = pull->failed && pull->in_flight;
    uint64_t hash = name_text(printer, SIM_HASH_START, pull->reference);
    hash = number(hash, pull->phase);
    hash = number(hash, pull->secret);
    hash =
        number(hash, flag(pull->joinable, 0) | flag(pull->begun, 1) | flag(pull->owes, 2) |
                         flag(pull->slot, 3) | flag(pull->started, 4) | flag(pull->unsettled, 5) |
                         flag(pull->before_known, 6) | flag(pull->learned, 7) |
                         flag(pull->pays, 8) | flag(failed, 9) | flag(pull->in_flight, 10) |
                         flag(pull->newer, 11) | flag(pull->closed, 12) | flag(pull->paid, 13));
    hash = number(hash, failed ? pull->failure.status : DD_OK);
    hash = name_text(printer, hash, pull->digest);
    hash = image_text(printer, hash, pull->before);
    hash = image_text(printer, hash, pull->image);
    hash = print_look(printer, hash, &pull->look);
    add(core_of(printer), hash);
}

static void print_image(struct sim_fingerprinter *printer, const struct model_image *image)
{
    bool by_name = image->step == MODEL_STEP_ASK_NAME || image->step == MODEL_STEP_DELETE_NAME;
    uint64_t hash = image_text(printer, SIM_HASH_START, image->image);
    hash = number(hash, image->state);
    hash = number(hash, image->holder_count);
    hash = number(hash, image->step);
    hash = name_text(printer, hash, by_name ? image->name : SIM_NONE);
    hash = number(hash, flag(image->ours, 0) | flag(image->due, 1) | flag(image->place, 2) |
                            flag(image->step != MODEL_STEP_NONE && image->late, 3) |
                            flag(image->place && image->was_absent, 4) |
                            flag(image->unanswered, 5) | flag(image->in_doubt, 6));
    add(core_of(printer), hash);
}

static void print_binding(struct sim_fingerprinter *printer, const struct model_binding *binding)
{
    const struct model_image *image = model_image_find(printer->world->model, binding->image);
    bool removing = image != NULL && image->place;
    uint64_t hash = image_text(printer, SIM_HASH_START, binding->image);
    hash = name_text(printer, hash, binding->name);
    hash =
        number(hash, flag(removing && binding->fresh, 0) | flag(removing && binding->examined, 1));
    add(core_of(printer), hash);
}

void sim_print_model(struct sim_fingerprinter *printer)
{
    const struct sim_model *model = printer->world->model;
    if (!model->on) {
        return; /* it follows no more */
    }
    for (size_t i = 0; i < model->operation_count; i++) {
        print_operation(printer, &model->operations[i]);
    }
    for (size_t i = 0; i < model->lease_count; i++) {
        const struct model_lease *lease = &model->leases[i];
        uint64_t hash = image_text(printer, SIM_HASH_START, lease->image);
        add(owner_of(printer, lease->caller),
            number(hash, flag(lease->number != 0, 0) | (uint64_t)lease->untold << 1));
    }
    for (size_t i = 0; i < model->pull_count; i++) {
        print_pull(printer, &model->pulls[i]);
    }
    for (size_t i = 0; i < model->image_count; i++) {
        print_image(printer, &model->images[i]);
    }
    for (size_t i = 0; i < model->binding_count; i++) {
        print_binding(printer, &model->bindings[i]);
    }
    add(core_of(printer), number(SIM_HASH_START, model->stray_count));
}
