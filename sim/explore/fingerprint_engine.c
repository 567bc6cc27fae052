/* The fake engine and its calls. Part of the fingerprinter (fingerprint_parts.h). */
#include <assert.h>

#include "sim/explore/fingerprint_parts.h"

/* --- calls ---------------------------------------------------------------------------- */

static uint64_t put_strings(const struct sim_fingerprinter *printer, uint64_t hash,
                            struct dd_strings strings)
{
    for (size_t i = 0; i < strings.count; i++) {
        hash = put_text(printer, hash, SIM_FIELD_CALL_ANSWER, strings.at[i]);
    }
    return put(printer, hash, SIM_FIELD_CALL_ANSWER, strings.count);
}

static uint64_t put_answer(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct fake__call *call)
{
    const struct dd_answer *answer = &call->answer;
    hash = put(printer, hash, SIM_FIELD_CALL_ANSWER,
               (uint64_t)answer->transport << 32 | answer->http_status);
    hash = put_text(printer, hash, SIM_FIELD_CALL_ANSWER, answer->text);
    hash = put_text(printer, hash, SIM_FIELD_CALL_ANSWER, answer->id);
    hash = put_strings(printer, hash, answer->tags);
    hash = put_strings(printer, hash, answer->digests);
    hash = put_strings(printer, hash, answer->untagged);
    return put_strings(printer, hash, answer->deleted);
}

static uint64_t put_window(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct fake_event *event)
{
    bool pending = fake_queue_pending(event);
    hash = put(printer, hash, SIM_FIELD_CALL_PHASE, pending ? 1 : 0);
    if (pending && printer->timed) {
        hash = put(printer, hash, SIM_FIELD_CALL_TIME, ticks_to(printer, event->earliest_ns));
        hash = put(printer, hash, SIM_FIELD_CALL_TIME, ticks_to(printer, event->latest_ns));
    }
    return hash;
}

static uint64_t put_pull(const struct sim_fingerprinter *printer, uint64_t hash,
                         const struct fake__call *call)
{
    if (call->pull != NULL && call->pull->content != NULL) {
        hash = put_text(printer, hash, SIM_FIELD_CALL_TARGET, call->pull->content->nickname);
    }
    if (call->pull != NULL && call->fault != NULL && call->fault->after_line > 0) {
        hash = put(printer, hash, SIM_FIELD_CALL_FAULT, call->pull->line_count);
    }
    return hash;
}

static uint64_t longest_settling_ns(const struct sim_fingerprinter *printer)
{
    const struct dd_config *config = &printer->world->scenario->exploration.config;
    return config->delete_settling_ns > config->pull_settling_ns ? config->delete_settling_ns
                                                                 : config->pull_settling_ns;
}

static uint64_t fault_ordinal(const struct fake_engine *engine, const struct fake_fault *fault)
{
    for (size_t i = 0; fault != NULL && i < engine->fault_count; i++) {
        if (fault == &engine->faults[i].fault) {
            return i + 1;
        }
    }
    return 0;
}

static uint64_t print_call(const struct sim_fingerprinter *printer, uint64_t hash,
                           const struct fake__call *call)
{
    const struct fake_engine *engine = printer->world->engine;
    hash = put(printer, hash, SIM_FIELD_CALL_PHASE,
               (uint64_t)call->kind << 8 | (uint64_t)call->phase << 4 | (call->executed ? 1U : 0U) |
                   (call->cancelled ? 2U : 0U) | (call->abandoned ? 4U : 0U) |
                   (call->client != NULL ? 8U : 0U));
    hash = put_text(printer, hash, SIM_FIELD_CALL_TARGET, call->target.text);
    hash = put(printer, hash, SIM_FIELD_CALL_FAULT, fault_ordinal(engine, call->fault));
    if (call->timing != NULL) {
        hash = put(printer, hash, SIM_FIELD_CALL_FAULT, call->nth);
    }
    hash = put(printer, hash, SIM_FIELD_ENGINE_LIFE, call->instance == engine->instance ? 1 : 0);
    hash = put_window(printer, hash, &call->event);
    if (call->abandoned) {
        hash = put_window(printer, hash, &call->late);
        hash = put(printer, hash, SIM_FIELD_CALL_TIME,
                   ticks_since(printer, call->abandoned_ns, longest_settling_ns(printer)));
    }
    if (call->phase >= FAKE__ANSWERING) {
        hash = put_answer(printer, hash, call);
    }
    if (call->kind == FAKE_CALL_PULL) {
        hash = put_pull(printer, hash, call);
    }
    return sim_print_oracle_call(printer, hash, call->number);
}

uint64_t sim_print_request(struct sim_fingerprinter *printer, uint64_t hash,
                           const struct dd__request *request)
{
    hash = put(printer, hash, SIM_FIELD_CALL_PHASE,
               (request->in_flight ? 1U : 0U) | (request->in_flight && request->refused ? 2U : 0U));
    if (!request->in_flight || request->refused) {
        return hash;
    }
    const struct fake__call *call = request->call.client;
    if (call == NULL) {
        return hash;
    }
    assert(printer->owned_count < PRINTER_CALL_MAX);
    printer->owned[printer->owned_count++] = call;
    return print_call(printer, hash, call);
}

static bool is_owned(const struct sim_fingerprinter *printer, const struct fake__call *call)
{
    for (size_t i = 0; i < printer->owned_count; i++) {
        if (printer->owned[i] == call) {
            return true;
        }
    }
    return false;
}

static void print_unowned(struct sim_fingerprinter *printer, const struct fake__calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        if (!is_owned(printer, calls->at[i])) {
            add(core_of(printer), print_call(printer, SIM_HASH_START + 9, calls->at[i]));
        }
    }
}

/* --- what there is ------------------------------------------------------------------------ */

static uint64_t put_names(const struct sim_fingerprinter *printer, uint64_t hash,
                          const struct fake__names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        hash = put_text(printer, hash, SIM_FIELD_ENGINE_IMAGES, names->at[i]->text);
        hash = names->at[i]->is_own ? put(printer, hash, SIM_FIELD_ENGINE_IMAGES, 1) : hash;
    }
    return put(printer, hash, SIM_FIELD_ENGINE_IMAGES, names->count);
}

static void print_images(struct sim_fingerprinter *printer)
{
    const struct fake_engine *engine = printer->world->engine;
    for (size_t i = 0; i < engine->image_count; i++) {
        const struct fake__image *image = engine->images[i];
        uint64_t hash = put_text(printer, SIM_HASH_START + 10, SIM_FIELD_ENGINE_IMAGES,
                                 image->content->nickname);
        hash = put_names(printer, hash, &image->tags);
        hash = put_names(printer, hash, &image->digests);
        if (image->parent != NULL) {
            hash =
                put_text(printer, hash, SIM_FIELD_ENGINE_IMAGES, image->parent->content->nickname);
        }
        add(core_of(printer), hash);
    }
}

/* In their order: a refusal names the first. */
static void print_containers(struct sim_fingerprinter *printer)
{
    const struct fake_engine *engine = printer->world->engine;
    uint64_t hash = SIM_HASH_START + 11;
    for (size_t i = 0; i < engine->container_count; i++) {
        const struct fake__container *container = engine->containers[i];
        hash = put_text(printer, hash, SIM_FIELD_ENGINE_CONTAINERS, container->name);
        hash = put_text(printer, hash, SIM_FIELD_ENGINE_CONTAINERS, container->content->nickname);
        hash = put(printer, hash, SIM_FIELD_ENGINE_CONTAINERS, container->running ? 1 : 0);
    }
    add(core_of(printer), hash);
}

/* What is left of each fault: of what is a choice, how often it can still hit. */
static uint64_t put_faults(const struct sim_fingerprinter *printer, uint64_t hash)
{
    const struct fake_engine *engine = printer->world->engine;
    for (size_t i = 0; i < engine->fault_count; i++) {
        const struct fake__fault *fault = &engine->faults[i];
        if (fault->fault.nth > 0) {
            unsigned matched =
                fault->matched < fault->fault.nth ? fault->matched : fault->fault.nth;
            hash = put(printer, hash, SIM_FIELD_ENGINE_FAULTS, matched);
        }
        if (fault->fault.budget > 0) {
            unsigned own = fault->fault.budget - fault->hit;
            unsigned all = engine->fault_max - engine->fault_count_hit;
            hash = put(printer, hash, SIM_FIELD_ENGINE_FAULTS, own < all ? own : all);
        }
    }
    return hash;
}

/* How far the calls have been counted, as long as one whose time is told may come, and
 * what is told of those in flight. */
static uint64_t put_call_timings(const struct sim_fingerprinter *printer, uint64_t hash)
{
    const struct fake_engine *engine = printer->world->engine;
    for (size_t i = 0; i < engine->call_timing_count; i++) {
        const struct fake_call_timing *timing = &engine->call_timings[i];
        unsigned started = engine->started_count[timing->call];
        hash = put(printer, hash, SIM_FIELD_ENGINE_FAULTS,
                   started < timing->nth ? started : timing->nth);
    }
    return hash;
}

static uint64_t put_registry(const struct sim_fingerprinter *printer, uint64_t hash)
{
    const struct fake__name *name = printer->world->engine->pushed_first;
    for (; name != NULL; name = name->next_pushed) {
        const struct fake__variant *variant = name->variants;
        if (printer->pushes) {
            hash = put_text(printer, hash, SIM_FIELD_ENGINE_REGISTRY, name->text);
        }
        for (; printer->pushes && variant != NULL; variant = variant->next) {
            hash = put_text(printer, hash, SIM_FIELD_ENGINE_REGISTRY, variant->content->nickname);
        }
        if (printer->counters_needed) {
            hash = put(printer, hash, SIM_FIELD_COUNTERS, name->request_count);
            hash = put(printer, hash, SIM_FIELD_COUNTERS, name->pull_count);
            for (variant = name->variants; variant != NULL; variant = variant->next) {
                hash = put(printer, hash, SIM_FIELD_COUNTERS, variant->content->removed_count);
            }
        }
    }
    return hash;
}

static uint64_t put_counters(const struct sim_fingerprinter *printer, uint64_t hash)
{
    const struct sim_world *world = printer->world;
    for (size_t i = 0; printer->counters_needed && i < DD_EVENT_COUNT; i++) {
        hash = put(printer, hash, SIM_FIELD_COUNTERS, world->observer.counts[i]);
    }
    return hash;
}

void sim_print_engine(struct sim_fingerprinter *printer)
{
    const struct fake_engine *engine = printer->world->engine;
    uint64_t hash = put(printer, SIM_HASH_START + 12, SIM_FIELD_ENGINE_LIFE,
                        (engine->up ? 1U : 0U) | (engine->disk_full ? 2U : 0U));
    hash = put_faults(printer, hash);
    hash = put_call_timings(printer, hash);
    hash = put_registry(printer, hash);
    add(core_of(printer), put_counters(printer, hash));
    print_images(printer);
    print_containers(printer);
    print_unowned(printer, &engine->calls);
    for (size_t i = 0; i < engine->abandoned.count; i++) {
        /* Those that still have a client are among the others. */
        if (engine->abandoned.at[i]->client == NULL) {
            add(core_of(printer),
                print_call(printer, SIM_HASH_START + 13, engine->abandoned.at[i]));
        }
    }
}
