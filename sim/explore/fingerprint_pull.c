/* Pulls, operations and inquiries. Part of the fingerprinter (fingerprint_parts.h). */
#include "sim/explore/fingerprint_parts.h"

static const struct dd__pull *pull_at(const struct dd__list *link)
{
    return DD__CONTAINER(link, const struct dd__pull, all);
}

static uint64_t put_lane(const struct sim_fingerprinter *printer, uint64_t hash,
                         enum sim_field field, const struct dd__lane_timer *timer)
{
    bool armed = dd__timer_is_armed(&timer->timer);
    return put(printer, hash, field, armed ? 1 + ticks_to(printer, timer->due_ns) : 0);
}

static uint64_t put_timer(const struct sim_fingerprinter *printer, uint64_t hash,
                          enum sim_field field, const struct dd__timer *timer)
{
    const struct dd__timers *timers = &printer->world->coord->timers;
    bool armed = dd__timer_is_armed(timer);
    return put(printer, hash, field,
               armed ? 1 + ticks_to(printer, dd__timer_due(timers, timer)) : 0);
}

/* --- inquiries ----------------------------------------------------------------------- */

uint64_t sim_print_inquiry(struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__inquiry *inquiry)
{
    const struct dd_coord *coord = printer->world->coord;
    bool in_flight = inquiry->request.in_flight;
    bool waits = !dd__list_is_empty(&inquiry->link);
    hash = put(printer, hash, SIM_FIELD_INQUIRY_FLAGS, (in_flight ? 1U : 0U) | (waits ? 2U : 0U));
    if (inquiry->wanted != NULL) {
        hash = put_id(printer, hash, SIM_FIELD_INQUIRY_WANTED, &inquiry->wanted->id);
    }
    if (!in_flight && !waits) {
        return hash;
    }
    char room[DD_REFERENCE_MAX + 1];
    hash = put_text(printer, hash, SIM_FIELD_INQUIRY_FLAGS, dd__inquiry_name(inquiry, room));
    hash = put(printer, hash, SIM_FIELD_INQUIRY_FLAGS,
               (inquiry->asking->granting ? 1U : 0U) | (inquiry->is_late ? 2U : 0U) |
                   (inquiry->is_abandoned ? 4U : 0U) | (inquiry->gate != NULL ? 8U : 0U));
    if (in_flight) {
        hash = put(printer, hash, SIM_FIELD_INQUIRY_STALE,
                   inquiry->verdicts != coord->verdicts ? 1 : 0);
    }
    if (printer->timed) {
        hash = put_lane(printer, hash, SIM_FIELD_INQUIRY_TIME, &inquiry->timer);
    }
    return sim_print_request(printer, hash, &inquiry->request);
}

/* --- pulls ------------------------------------------------------------------------------ */

static uint64_t put_stream(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__pull *pull)
{
    const struct dd__stream *stream = &pull->stream;
    hash = put_text(printer, hash, SIM_FIELD_PULL_STREAM, stream->digest);
    hash = put(printer, hash, SIM_FIELD_PULL_STREAM,
               (uint64_t)stream->closing << 1 | (stream->failed ? 1U : 0U));
    if (stream->failed) {
        hash = put(printer, hash, SIM_FIELD_PULL_STREAM,
                   (uint64_t)stream->failure.status << 8 | (uint64_t)stream->failure.conflict);
        hash = put_text(printer, hash, SIM_FIELD_PULL_STREAM, pull->message.text);
    }
    return hash;
}

static uint64_t place_in(const struct dd__list *head, const struct dd__list *wanted)
{
    const struct dd__list *link;
    uint64_t position = 1;
    DD__LIST_EACH (link, head) {
        if (link == wanted) {
            return position;
        }
        position++;
    }
    return 0;
}

static uint64_t put_order(const struct sim_fingerprinter *printer, uint64_t hash,
                          const struct dd__pull *pull)
{
    const struct dd__reference *reference = pull->reference;
    const struct dd_coord *coord = printer->world->coord;
    hash = put(printer, hash, SIM_FIELD_PULL_ORDER, place_in(&coord->pull_queue, &pull->in_queue));
    hash =
        put(printer, hash, SIM_FIELD_PULL_ORDER, place_in(&reference->pulls, &pull->in_reference));
    hash =
        put(printer, hash, SIM_FIELD_PULL_ORDER, place_in(&reference->owing, &pull->in_reference));
    return put(printer, hash, SIM_FIELD_PULL_ORDER, reference->running == pull ? 1 : 0);
}

static uint64_t put_pull_state(const struct sim_fingerprinter *printer, uint64_t hash,
                               const struct dd__pull *pull)
{
    uint64_t digest[2];
    _Static_assert(sizeof(digest) <= sizeof(pull->fingerprint.digest), "128 bits");
    memcpy(digest, &pull->fingerprint.digest, sizeof(digest));
    hash = put_text(printer, hash, SIM_FIELD_NONE, pull->reference->text);
    hash = put(printer, hash, SIM_FIELD_PULL_PHASE, (uint64_t)pull->phase);
    hash = put(printer, hash, SIM_FIELD_PULL_FLAGS,
               (pull->has_slot ? 1U : 0U) | (pull->has_started ? 2U : 0U) |
                   (pull->is_unsettled ? 4U : 0U) | (pull->before_known ? 8U : 0U) |
                   (pull->is_learned ? 16U : 0U) | (pull->has_failed ? 32U : 0U));
    hash = put_text(printer, hash, SIM_FIELD_PULL_KEY, pull->platform);
    if (!pull->fingerprint.is_anonymous) {
        hash = put(printer, hash, SIM_FIELD_PULL_KEY, digest[0] ^ sim_hash_finish(digest[1]));
    }
    if (pull->before_known) {
        hash = put_id(printer, hash, SIM_FIELD_PULL_IMAGES, &pull->before);
    }
    if (pull->is_learned) {
        hash = put_id(printer, hash, SIM_FIELD_PULL_IMAGES, &pull->image);
    }
    return hash;
}

static uint64_t print_pull(struct sim_fingerprinter *printer, const struct dd__pull *pull)
{
    uint64_t hash = put_pull_state(printer, SIM_HASH_START + 7, pull);
    hash = put_order(printer, hash, pull);
    if (pull->request.in_flight || pull->phase >= DD__PULL_LOOKING_UP) {
        hash = put_stream(printer, hash, pull);
    }
    hash = put_timer(printer, hash, SIM_FIELD_PULL_TIME, &pull->settling);
    if (printer->timed) {
        hash = put(printer, hash, SIM_FIELD_PULL_TIME, pull->tries);
    }
    if (printer->timed || printer->world->scenario->exploration.timeouts) {
        hash = put_lane(printer, hash, SIM_FIELD_PULL_TIME, &pull->progress);
        hash = put_lane(printer, hash, SIM_FIELD_PULL_TIME, &pull->whole);
    }
    hash = sim_print_request(printer, hash, &pull->request);
    return sim_print_inquiry(printer, hash, &pull->inquiry);
}

/* In the order of their beginning: lists of them keep it. */
void sim_print_pulls(struct sim_fingerprinter *printer)
{
    const struct dd__list *link;
    uint64_t chain = SIM_HASH_START;
    DD__LIST_EACH (link, &printer->world->coord->all_pulls) {
        chain = sim_hash_number(chain, print_pull(printer, pull_at(link)));
    }
    add(core_of(printer), chain);
}

/* --- operations ---------------------------------------------------------------------------- */

/* 0: it has none any more but for the text of its failure. */
static uint64_t pull_ordinal(const struct sim_fingerprinter *printer,
                             const struct dd__operation *operation)
{
    return dd__list_is_empty(&operation->in_pull)
               ? 0
               : place_in(&printer->world->coord->all_pulls, &operation->pull->all);
}

/* Its telling's place among what was posted. */
static uint64_t telling_position(const struct sim_fingerprinter *printer,
                                 const struct dd__operation *operation)
{
    const struct dd_task *task = printer->world->executor.first;
    uint64_t position = 1;
    while (task != NULL && task != &operation->telling) {
        task = task->next;
        position++;
    }
    return task != NULL ? position : 0;
}

/* What is told first to a caller who waits twice is replaced by what is told then: how
 * many of its own wait before @operation. Among callers nobody is first, unless tellings
 * are events. */
static uint64_t place_among_waiters(const struct sim_fingerprinter *printer,
                                    const struct dd__operation *operation)
{
    const struct dd__list *link;
    uint64_t before = 0;
    if (printer->is_posting || printer->refuses) {
        return place_in(&operation->pull->waiters, &operation->in_pull);
    }
    if (!printer->asks_twice) {
        return 0;
    }
    struct printer_owner owner = sim_printer_instance_owner(printer, operation->arg);
    DD__LIST_EACH (link, &operation->pull->waiters) {
        const struct dd__operation *other =
            DD__CONTAINER(link, const struct dd__operation, in_pull);
        if (other == operation) {
            break;
        }
        before += sim_printer_instance_owner(printer, other->arg).caller == owner.caller ? 1 : 0;
    }
    return before;
}

static uint64_t put_result(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__operation *operation)
{
    hash = put(printer, hash, SIM_FIELD_OPERATION_RESULT,
               (uint64_t)operation->status << 8 | (uint64_t)operation->conflict);
    return put_text(printer, hash, SIM_FIELD_OPERATION_RESULT, operation->message.text);
}

static uint64_t print_operation(struct sim_fingerprinter *printer,
                                const struct dd__operation *operation)
{
    const struct sim_instance *instance = operation->arg;
    uint64_t hash = sim_hash_number(SIM_HASH_START + 8, instance->step_index);
    hash = put(printer, hash, SIM_FIELD_OPERATION_PHASE, operation->is_wanting ? 1 : 0);
    hash = put(printer, hash, SIM_FIELD_OPERATION_PHASE,
               (uint64_t)operation->phase << 2 | (operation->is_second ? 2U : 0U) |
                   (operation->is_posted ? 1U : 0U));
    if (operation->phase == DD__ENDED || operation->is_second) {
        hash = put_result(printer, hash, operation);
    }
    hash = put(printer, hash, SIM_FIELD_OPERATION_PULL, pull_ordinal(printer, operation));
    if (operation->image != NULL) {
        hash = put_id(printer, hash, SIM_FIELD_OPERATION_IMAGE, &operation->image->id);
    }
    if (operation->has_deadline) {
        hash = put_timer(printer, hash, SIM_FIELD_OPERATION_TIME, &operation->deadline);
    }
    if (operation->is_posted) {
        hash = put(printer, hash, SIM_FIELD_TELLING_ORDER, telling_position(printer, operation));
    }
    if (!dd__list_is_empty(&operation->in_pull)) {
        hash = put(printer, hash, SIM_FIELD_TELLING_ORDER, place_among_waiters(printer, operation));
    }
    if (operation->inquiry != NULL) {
        hash = sim_print_inquiry(printer, hash, operation->inquiry);
    }
    return hash;
}

void sim_print_operations(struct sim_fingerprinter *printer)
{
    const struct dd_coord *coord = printer->world->coord;
    const struct dd__list *link;
    DD__LIST_EACH (link, &coord->all_operations) {
        const struct dd__operation *operation =
            DD__CONTAINER(link, const struct dd__operation, all);
        add(sim_printer_instance_owner(printer, operation->arg),
            print_operation(printer, operation));
    }
}
