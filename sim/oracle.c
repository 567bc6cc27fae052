#include "sim/oracle.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/oracle_state.h"

#define MEMORY_BASE_BYTES UINT64_C(1048576)
#define MEMORY_EACH_BYTES UINT64_C(8192) /* operation, lease, image or name */

struct sim_oracle *sim_oracle_create(void)
{
    return fake_memory_alloc(sizeof(struct sim_oracle));
}

static void operations_drop(struct sim_oracle *oracle)
{
    for (size_t i = 0; i < oracle->operation_count; i++) {
        fake_memory_free(oracle->operation_at[i].bindings);
    }
    oracle->operation_count = 0;
}

void sim_oracle_destroy(struct sim_oracle *oracle)
{
    if (oracle == NULL) {
        return;
    }
    operations_drop(oracle);
    sim_names_release(&oracle->names);
    sim_names_release(&oracle->image_ids);
    sim_names_release(&oracle->callers);
    sim_map_release(&oracle->pairs);
    sim_map_release(&oracle->holds);
    sim_map_release(&oracle->numbers);
    fake_memory_free(oracle->name_at);
    fake_memory_free(oracle->image_at);
    fake_memory_free(oracle->caller_at);
    fake_memory_free(oracle->pair_at);
    fake_memory_free(oracle->hold_at);
    fake_memory_free(oracle->operation_at);
    fake_memory_free(oracle->call_at);
    fake_memory_free(oracle->deletes);
    fake_memory_free(oracle->gates);
    fake_memory_free(oracle->violation);
    fake_memory_free(oracle);
}

void sim_oracle_begin(struct sim_oracle *oracle, const struct dd_config *config,
                      struct sim_namer namer)
{
    operations_drop(oracle);
    sim_names_clear(&oracle->names);
    sim_names_clear(&oracle->image_ids);
    sim_names_clear(&oracle->callers);
    sim_map_clear(&oracle->pairs);
    sim_map_clear(&oracle->holds);
    sim_map_clear(&oracle->numbers);
    oracle->config = *config;
    oracle->timeless = false;
    oracle->wordless = false;
    oracle->outside = false;
    oracle->namer = namer;
    fake_memory_free(oracle->violation);
    oracle->violation = NULL;
    oracle->sequence = 0;
    oracle->now_ns = 0;
    oracle->pair_count = 0;
    oracle->hold_count = 0;
    oracle->pending_count = 0;
    oracle->lease_count = 0;
    oracle->call_count = 0;
    oracle->delete_count = 0;
    oracle->gate_count = 0;
    oracle->removal_count = 0;
    oracle->refused_count = 0;
    oracle->crowded_ns = 0;
    oracle->asking_name = SIM_NONE;
    oracle->paid_name = SIM_NONE;
    oracle->asking_image = SIM_NONE;
    oracle->pull_count = 0;
    oracle->pull_max = 0;
    oracle->secret = 0;
    oracle->saw = 0;
    oracle->closing = false;
    oracle->draining = false;
    oracle->closing_ns = 0;
    oracle->closing_until_ns = 0;
    oracle->closed = false;
    oracle->closed_late = false;
    oracle->late_count = 0;
}

void sim_oracle_set_wordless(struct sim_oracle *oracle)
{
    oracle->wordless = true;
}

void sim_oracle_set_timeless(struct sim_oracle *oracle)
{
    oracle->timeless = true;
}

void sim_oracle_set_outside(struct sim_oracle *oracle)
{
    oracle->outside = true;
}

/* Whether what was found by @invariant's rule is known, though the engine is not seen. */
static bool is_seen_from_outside(const char *invariant)
{
    static const char *const seen[] = { "expect", "open", "S2", "S9", "L2", "live" };
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        if (strcmp(invariant, seen[i]) == 0) {
            return true;
        }
    }
    return false;
}

const struct sim_violation *sim_oracle_violation(const struct sim_oracle *oracle)
{
    return oracle->violation;
}

uint64_t sim_oracle_late_count(const struct sim_oracle *oracle)
{
    return oracle->late_count;
}

uint64_t sim_oracle_parallel_pulls(const struct sim_oracle *oracle)
{
    return oracle->pull_max;
}

void sim_oracle_object(struct sim_oracle *oracle, const char *invariant, const char *subject,
                       const char *format, ...)
{
    if (oracle->violation != NULL || (oracle->outside && !is_seen_from_outside(invariant))) {
        return; /* the first one is the story */
    }
    struct sim_violation *violation = fake_memory_alloc(sizeof(*violation));
    oracle->violation = violation;
    char text[sizeof(violation->message)];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sim_trace_rename(oracle->namer, text, violation->message, sizeof(violation->message));
    (void)snprintf(violation->invariant, sizeof(violation->invariant), "%s", invariant);
    (void)snprintf(violation->subject, sizeof(violation->subject), "%s", subject);
}

void sim_oracle_locate(struct sim_oracle *oracle, const char *where)
{
    if (oracle->violation != NULL) {
        (void)snprintf(oracle->violation->where, sizeof(oracle->violation->where), "%s", where);
    }
}

void sim_oracle_memory(struct sim_oracle *oracle, uint64_t live_bytes)
{
    uint64_t known =
        oracle->pending_count + oracle->lease_count + oracle->image_ids.count + oracle->names.count;
    uint64_t bound = MEMORY_BASE_BYTES + MEMORY_EACH_BYTES * known;
    if (live_bytes > bound) {
        sim_oracle_object(oracle, "S6", "",
                          "the coordinator has %llu bytes of memory for %llu operations, leases, "
                          "images and names",
                          (unsigned long long)live_bytes, (unsigned long long)known);
    }
}

void sim_oracle_closing(struct sim_oracle *oracle, uint64_t now_ns, bool drain,
                        uint64_t deadline_ns)
{
    oracle->now_ns = now_ns;
    oracle->closing = true;
    oracle->draining = drain;
    oracle->closing_ns = now_ns;
    oracle->closing_until_ns = now_ns + deadline_ns;
    oracle_timing_closing(oracle);
}

void sim_oracle_close_is_late(struct sim_oracle *oracle)
{
    oracle->closing_until_ns = oracle->now_ns;
}

/* --- records ---------------------------------------------------------------------- */

bool oracle_is_id(const char *text)
{
    return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 71 &&
           strspn(text + 7, "0123456789abcdef") == 64;
}

static uint32_t repository_of(struct sim_oracle *oracle, const char *text, bool *by_digest)
{
    char repository[DD_REFERENCE_MAX + 1];
    size_t length = strcspn(text, "@");
    *by_digest = text[length] == '@';
    if (!*by_digest) {
        const char *colon = strrchr(text, ':');
        length = colon != NULL ? (size_t)(colon - text) : length;
    }
    if (length > DD_REFERENCE_MAX) {
        length = DD_REFERENCE_MAX;
    }
    memcpy(repository, text, length);
    repository[length] = '\0';
    /* Repositories are numbered among the names; they mean no image. */
    uint32_t index = sim_names_add(&oracle->names, repository);
    oracle->name_at = sim_array_grow(oracle->name_at, &oracle->name_capacity, (size_t)index + 1,
                                     sizeof(*oracle->name_at));
    return index;
}

static struct oracle_name name_without_meaning(uint32_t repository, bool by_digest)
{
    return (struct oracle_name){
        .image = SIM_NONE,
        .next = SIM_NONE,
        .repository = repository,
        .by_digest = by_digest,
        .inspected = { .image = SIM_NONE },
        .fetched = SIM_NONE,
        .brought = SIM_NONE,
        .awaited = SIM_NONE,
    };
}

uint32_t oracle_name_of(struct sim_oracle *oracle, const char *text)
{
    uint32_t found = sim_names_find(&oracle->names, text);
    if (found != SIM_NONE) {
        return found;
    }
    bool by_digest;
    size_t known = oracle->names.count;
    uint32_t repository = repository_of(oracle, text, &by_digest);
    if (repository == known) {
        oracle->name_at[repository] = name_without_meaning(repository, false);
    }
    uint32_t index = sim_names_add(&oracle->names, text);
    oracle->name_at = sim_array_grow(oracle->name_at, &oracle->name_capacity, (size_t)index + 1,
                                     sizeof(*oracle->name_at));
    oracle->name_at[index] = name_without_meaning(repository, by_digest);
    return index;
}

uint32_t oracle_image_of(struct sim_oracle *oracle, const char *id)
{
    size_t known = oracle->image_ids.count;
    uint32_t index = sim_names_add(&oracle->image_ids, id);
    if (index == known) {
        oracle->image_at = sim_array_grow(oracle->image_at, &oracle->image_capacity, known + 1,
                                          sizeof(*oracle->image_at));
        oracle->image_at[index] = (struct oracle_image){ .names = SIM_NONE,
                                                         .inspected = { .image = SIM_NONE },
                                                         .pairs = SIM_NONE };
    }
    return index;
}

struct oracle_image *oracle_known_image(struct sim_oracle *oracle, const char *id)
{
    uint32_t index = oracle_image_of(oracle, id);
    return &oracle->image_at[index];
}

struct oracle_name *oracle_known_name(struct sim_oracle *oracle, const char *text)
{
    uint32_t index = oracle_name_of(oracle, text);
    return &oracle->name_at[index];
}

uint32_t oracle_caller_of(struct sim_oracle *oracle, const char *text)
{
    size_t known = oracle->callers.count;
    uint32_t index = sim_names_add(&oracle->callers, text);
    if (index == known) {
        oracle->caller_at = sim_array_grow(oracle->caller_at, &oracle->caller_capacity, known + 1,
                                           sizeof(*oracle->caller_at));
        oracle->caller_at[index] = (struct oracle_caller){ .holds = SIM_NONE };
    }
    return index;
}

void oracle_busier(struct sim_oracle *oracle, uint32_t name)
{
    oracle->name_at[oracle->name_at[name].repository].busy_count++;
}

void oracle_quieter(struct sim_oracle *oracle, uint32_t name)
{
    struct oracle_name *repository = &oracle->name_at[oracle->name_at[name].repository];
    assert(repository->busy_count > 0);
    if (--repository->busy_count == 0) {
        repository->quiet_ns = oracle->now_ns;
    }
}

const char *oracle_name_text(const struct sim_oracle *oracle, uint32_t name)
{
    return name == SIM_NONE ? "an image" : sim_names_text(&oracle->names, name);
}

const char *oracle_caller_text(const struct sim_oracle *oracle, uint32_t caller)
{
    return sim_names_text(&oracle->callers, caller);
}

const char *oracle_image_text(const struct sim_oracle *oracle, uint32_t image)
{
    if (image == SIM_NONE) {
        return "no image";
    }
    const char *id = sim_names_text(&oracle->image_ids, image);
    const char *nickname =
        oracle->namer.nickname != NULL ? oracle->namer.nickname(oracle->namer.ctx, id) : NULL;
    return nickname != NULL ? nickname : id;
}
