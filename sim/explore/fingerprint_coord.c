/* What a coordinator is, as far as its future goes: images, bindings, removals, leases.
 * Part of the fingerprinter (fingerprint_parts.h). */
#include "sim/explore/fingerprint_parts.h"

static const struct dd__image *image_at(const struct dd__list *link)
{
    return DD__CONTAINER(link, const struct dd__image, all);
}

/* --- bindings and repositories ------------------------------------------------------ */

static uint64_t put_name(const struct sim_fingerprinter *printer, uint64_t hash,
                         const struct dd__binding *binding)
{
    char name[DD_REFERENCE_MAX + 1];
    dd__binding_name(binding, name);
    return put_text(printer, hash, SIM_FIELD_BINDING, name);
}

/* In the order of recording, in which a removal looks at them. `fresh` is forgotten at
 * each send, `examined` at the beginning of each round. */
static uint64_t put_bindings(const struct sim_fingerprinter *printer, uint64_t hash,
                             const struct dd__image *image)
{
    const struct dd__binding *binding = image->bindings;
    for (unsigned ordinal = 1; binding != NULL; binding = binding->next, ordinal++) {
        hash = put_name(printer, hash, binding);
        if (image->place != NULL) {
            hash = put(printer, hash, SIM_FIELD_BINDING_FRESH, binding->fresh ? 1 : 0);
            hash = put(printer, hash, SIM_FIELD_BINDING_EXAMINED, binding->examined ? 1 : 0);
            hash =
                put(printer, hash, SIM_FIELD_PLACE, image->place->binding == binding ? ordinal : 0);
        }
    }
    return hash;
}

static void print_repositories(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    struct dd__table_cursor cursor = { 0 };
    struct dd__node *node;
    while ((node = dd__table_each(&coord->repositories, &cursor)) != NULL) {
        const struct dd__repository *repository =
            DD__CONTAINER(node, const struct dd__repository, by_name);
        const struct dd__list *link;
        uint64_t hash =
            put_text(printer, SIM_HASH_START + 1, SIM_FIELD_REPOSITORY, repository->name);
        bool defers = false;
        DD__LIST_EACH (link, &repository->bindings) {
            const struct dd__binding *binding =
                DD__CONTAINER(link, const struct dd__binding, in_repository);
            hash = put_id(printer, hash, SIM_FIELD_REPOSITORY, &binding->image->id);
            defers = defers || binding->image->deferred;
        }
        /* Without an image that was put aside nothing comes of it. */
        hash = put(printer, hash, SIM_FIELD_REPOSITORY, repository->deferring && defers ? 1 : 0);
        add(core_of(printer), hash);
    }
}

/* --- images ------------------------------------------------------------------------------ */

static uint64_t put_place(struct sim_fingerprinter *printer, uint64_t hash,
                          const struct dd__place *place, bool current)
{
    hash = put(printer, hash, SIM_FIELD_PLACE,
               (uint64_t)place->step << 2 | (place->is_late ? 2U : 0U) | (current ? 1U : 0U));
    hash = put(printer, hash, SIM_FIELD_PLACE, place->was_absent ? 1 : 0);
    if (place->step == DD__STEP_PROBE && current) {
        hash = put(printer, hash, SIM_FIELD_PLACE,
                   place->sent_ns >= place->image->doubt_until_ns ? 1 : 0);
    }
    if (printer->timed && dd__timer_is_armed(&place->timer.timer)) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TIME, ticks_to(printer, place->timer.due_ns));
    }
    return sim_print_request(printer, hash, &place->request);
}

static bool goes_before(const struct dd__image *a, const struct dd__image *b)
{
    if (a->deadline_ns != b->deadline_ns) {
        return a->deadline_ns < b->deadline_ns;
    }
    return (int32_t)(a->timer.sequence - b->timer.sequence) < 0;
}

/* Its rank among those whose turn it is; among the others, by the deadline that a
 * rescue keeps. */
static uint64_t rank_of(const struct sim_fingerprinter *printer, const struct dd__image *image)
{
    const struct dd_coord *coord = printer->world->coord;
    const struct dd__list *link;
    uint64_t rank = 0;
    DD__LIST_EACH (link, &coord->all_images) {
        const struct dd__image *other = image_at(link);
        if (other == image || other->in_due != image->in_due) {
            continue;
        }
        if (image->in_due) {
            rank += goes_before(other, image) ? 1 : 0;
        } else if (printer->timed) {
            rank += other->deadline_ns < image->deadline_ns ? 1 : 0;
        }
    }
    return rank;
}

static uint64_t put_image_time(const struct sim_fingerprinter *printer, uint64_t hash,
                               const struct dd__image *image)
{
    bool armed = dd__timer_is_armed(&image->timer);
    bool alone = printer->world->coord->all_images.next == printer->world->coord->all_images.prev;
    bool kept = image->state == DD_IMAGE_IDLE || image->state == DD_IMAGE_REMOVING;
    hash = put(printer, hash, SIM_FIELD_IMAGE_TIMER, (armed ? 1U : 0U) | (image->in_due ? 2U : 0U));
    if (!alone && (kept || image->in_due)) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_DUE_ORDER, rank_of(printer, image));
    }
    if (printer->timed && armed && !image->in_due) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TIME,
                   ticks_to(printer, dd__timer_due(&printer->world->coord->timers, &image->timer)));
    }
    if (printer->timed && kept) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TIME, ticks_to(printer, image->deadline_ns));
    }
    if (printer->timed && image->in_doubt) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TIME, ticks_to(printer, image->doubt_until_ns));
    }
    return hash;
}

/* How often it was blocked in a row says only how long it waits. */
static uint64_t put_image_state(const struct sim_fingerprinter *printer, uint64_t hash,
                                const struct dd__image *image)
{
    hash = put(printer, hash, SIM_FIELD_IMAGE_STATE, image->state);
    if (image->state == DD_IMAGE_BLOCKED) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_STATE,
                   (uint64_t)image->reason << 8 | image->conflict);
    }
    hash = put(printer, hash, SIM_FIELD_IMAGE_LEASES,
               (uint64_t)image->lease_count << 32 | image->want_count);
    hash = put(printer, hash, SIM_FIELD_IMAGE_FLAGS,
               (image->ours ? 1U : 0U) | (image->deferred ? 2U : 0U) |
                   (image->unanswered ? 4U : 0U) | (image->in_doubt ? 8U : 0U));
    if (image->in_doubt) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_FLAGS,
                   image->doubt_instance == printer->world->engine->instance ? 1 : 0);
    }
    if (image->state == DD_IMAGE_REMOVING) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TRIES, image->tries);
    }
    if (printer->timed) {
        hash = put(printer, hash, SIM_FIELD_IMAGE_TRIES, image->backoff < 16 ? image->backoff : 16);
    }
    return hash;
}

static uint64_t print_image(struct sim_fingerprinter *printer, const struct dd__image *image)
{
    uint64_t hash = put_id(printer, SIM_HASH_START + 2, SIM_FIELD_NONE, &image->id);
    const struct dd__list *link;
    uint64_t position = 0;
    hash = put_image_state(printer, hash, image);
    hash = put_image_time(printer, hash, image);
    hash = put_bindings(printer, hash, image);
    if (image->place != NULL) {
        hash = put_place(printer, hash, image->place, true);
    }
    DD__LIST_EACH (link, &image->waiters) {
        const struct dd__inquiry *inquiry = DD__CONTAINER(link, const struct dd__inquiry, link);
        const struct dd__operation *operation = inquiry->owner;
        struct printer_owner owner = operation != NULL
                                         ? sim_printer_instance_owner(printer, operation->arg)
                                         : core_of(printer);
        uint64_t waits = put_id(printer, SIM_HASH_START + 3, SIM_FIELD_IMAGE_WAITERS, &image->id);
        waits = put(printer, waits, SIM_FIELD_IMAGE_WAITERS,
                    printer->is_posting || operation == NULL ? position : 0);
        add(owner, waits);
        position++;
    }
    return hash;
}

static void print_images(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    const struct dd__list *link;
    uint64_t chain = SIM_HASH_START;
    DD__LIST_EACH (link, &coord->all_images) {
        uint64_t hash = print_image(printer, image_at(link));
        add(core_of(printer), hash);
        if (printer->closes) {
            chain = sim_hash_number(chain, hash);
        }
    }
    add(core_of(printer), chain);
}

/* Removals that were given up and whose answer is still on its way. */
static void print_old_places(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    for (unsigned i = 0; coord->places != NULL && i < coord->config.parallel_removal_max; i++) {
        const struct dd__place *place = &coord->places[i];
        if (place->image == NULL && place->request.in_flight) {
            add(core_of(printer), put_place(printer, SIM_HASH_START + 4, place, false));
        }
    }
}

static void print_leases(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    struct dd__ledger_cursor cursor = { 0 };
    struct dd__record *record;
    while ((record = dd__ledger_each(&coord->leases, &cursor)) != NULL) {
        const struct dd__held *held = DD__CONTAINER(record, const struct dd__held, record);
        char caller[DD_CALLER_MAX + 1];
        uint64_t hash = put_id(printer, SIM_HASH_START + 5, SIM_FIELD_LEASE, &held->image->id);
        hash = put(printer, hash, SIM_FIELD_LEASE,
                   (uint64_t)dd__lease_untold(held) << 1 | (held->number != 0 ? 1U : 0U));
        dd__lease_caller(held, caller);
        caller[dd__caller_length(dd__lease_caller_kind(held))] = '\0';
        add(sim_printer_owner(printer, caller), hash);
    }
}

void sim_print_coord(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    uint64_t hash = put(printer, SIM_HASH_START + 6, SIM_FIELD_COORD_LIFE,
                        (uint64_t)coord->life << 4 | (coord->close_begun ? 1U : 0U) |
                            (coord->is_late ? 2U : 0U) | (coord->is_finishing ? 4U : 0U) |
                            (coord->destroy_asked ? 8U : 0U));
    hash = put(printer, hash, SIM_FIELD_COORD_SLOTS,
               (uint64_t)coord->pulls_running << 32 | coord->places_taken);
    if (dd__timer_is_armed(&coord->life_timer)) {
        hash = put(printer, hash, SIM_FIELD_COORD_LIFE,
                   ticks_to(printer, dd__timer_due(&coord->timers, &coord->life_timer)));
    }
    hash = sim_print_request(printer, hash, &coord->identify);
    add(core_of(printer), hash);
    print_images(printer);
    print_old_places(printer);
    print_repositories(printer);
    print_leases(printer);
}
