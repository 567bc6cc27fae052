#include "sim/soak/judge_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/array.h"

void sim_judge_found(struct sim_judge *judge, const char *rule, const char *format, ...)
{
    char text[400];
    va_list args;
    struct sim_verdict *verdict = &judge->verdict;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (verdict->violation_count++ == 0) {
        (void)snprintf(verdict->first, sizeof(verdict->first), "line %" PRIu64 ": %s: %s",
                       judge->line, rule, text);
    }
}

/* --- what is remembered ---------------------------------------------------------------- */

struct judge_image *sim_judge_image(struct sim_judge *judge, const char *id)
{
    for (size_t i = 0; i < judge->image_count; i++) {
        if (strcmp(judge->images[i].id, id) == 0) {
            return &judge->images[i];
        }
    }
    judge->images = sim_array_grow(judge->images, &judge->image_capacity, judge->image_count + 1,
                                   sizeof(*judge->images));
    struct judge_image *image = &judge->images[judge->image_count++];
    *image = (struct judge_image){ .id = fake_memory_copy(id) };
    return image;
}

struct judge_name *sim_judge_name(struct sim_judge *judge, const char *name)
{
    for (size_t i = 0; i < judge->name_count; i++) {
        if (strcmp(judge->names[i].name, name) == 0) {
            return &judge->names[i];
        }
    }
    judge->names = sim_array_grow(judge->names, &judge->name_capacity, judge->name_count + 1,
                                  sizeof(*judge->names));
    struct judge_name *added = &judge->names[judge->name_count++];
    *added = (struct judge_name){ .name = fake_memory_copy(name) };
    return added;
}

struct sim_judge *sim_judge_create(void)
{
    return fake_memory_alloc(sizeof(struct sim_judge));
}

void sim_judge_destroy(struct sim_judge *judge)
{
    if (judge == NULL) {
        return;
    }
    for (size_t i = 0; i < judge->image_count; i++) {
        fake_memory_free(judge->images[i].id);
    }
    for (size_t i = 0; i < judge->name_count; i++) {
        fake_memory_free(judge->names[i].name);
    }
    for (size_t i = 0; i < judge->lease_count; i++) {
        fake_memory_free(judge->leases[i].image);
        fake_memory_free(judge->leases[i].caller);
    }
    for (size_t i = 0; i < judge->flight_count; i++) {
        fake_memory_free(judge->flights[i].means);
    }
    fake_memory_free(judge->images);
    fake_memory_free(judge->names);
    fake_memory_free(judge->leases);
    fake_memory_free(judge->flights);
    fake_memory_free(judge->operations);
    fake_memory_free(judge);
}

/* --- leases ------------------------------------------------------------------------------ */

static void end_lease(struct sim_judge *judge, size_t index)
{
    struct judge_lease *lease = &judge->leases[index];
    struct judge_image *image = sim_judge_image(judge, lease->image);
    image->held_count--;
    image->last_held = judge->line;
    fake_memory_free(lease->image);
    fake_memory_free(lease->caller);
    *lease = judge->leases[--judge->lease_count];
}

static void end_all_leases(struct sim_judge *judge)
{
    while (judge->lease_count > 0) {
        end_lease(judge, judge->lease_count - 1);
    }
}

/* By lease: the number is that of the newest, or nothing is given back (H17). */
static void take_release(struct sim_judge *judge, const struct sim_entry *entry)
{
    const char *form = entry->text != NULL ? entry->text : "";
    const char *caller = entry->caller != NULL ? entry->caller : "";
    for (size_t i = judge->lease_count; i-- > 0;) {
        const struct judge_lease *lease = &judge->leases[i];
        bool meant = strcmp(lease->caller, caller) == 0;
        if (strcmp(form, "caller") != 0) {
            meant = meant && entry->image != NULL && strcmp(lease->image, entry->image) == 0;
        }
        if (strcmp(form, "lease") == 0) {
            meant = meant && lease->number == entry->lease;
        }
        if (meant) {
            end_lease(judge, i);
        }
    }
}

static struct judge_lease *find_lease(struct sim_judge *judge, const char *image,
                                      const char *caller)
{
    for (size_t i = 0; i < judge->lease_count; i++) {
        if (strcmp(judge->leases[i].image, image) == 0 &&
            strcmp(judge->leases[i].caller, caller) == 0) {
            return &judge->leases[i];
        }
    }
    return NULL;
}

/* A caller has at most one lease on an image; the newer one replaces it. */
static void grant(struct sim_judge *judge, const struct sim_entry *entry)
{
    struct judge_lease *lease = find_lease(judge, entry->image, entry->caller);
    if (lease == NULL) {
        judge->leases = sim_array_grow(judge->leases, &judge->lease_capacity,
                                       judge->lease_count + 1, sizeof(*judge->leases));
        lease = &judge->leases[judge->lease_count++];
        *lease = (struct judge_lease){ .image = fake_memory_copy(entry->image),
                                       .caller = fake_memory_copy(entry->caller) };
        sim_judge_image(judge, entry->image)->held_count++;
    }
    lease->number = entry->lease;
}

/* --- operations ---------------------------------------------------------------------------- */

static void take_asked(struct sim_judge *judge, const struct sim_entry *entry)
{
    judge->verdict.asked_count++;
    judge->operations = sim_array_grow(judge->operations, &judge->operation_capacity,
                                       judge->operation_count + 1, sizeof(*judge->operations));
    judge->operations[judge->operation_count++] = entry->number;
}

static bool take_operation(struct sim_judge *judge, uint64_t number)
{
    for (size_t i = 0; i < judge->operation_count; i++) {
        if (judge->operations[i] == number) {
            judge->operations[i] = judge->operations[--judge->operation_count];
            return true;
        }
    }
    return false;
}

static void take_told(struct sim_judge *judge, const struct sim_entry *entry)
{
    if (!take_operation(judge, entry->number)) {
        sim_judge_found(judge, "once", "operation %" PRIu64 " is told, which nothing waits for",
                        entry->number);
    }
    if (entry->status != 0) {
        return;
    }
    if (entry->image == NULL || entry->caller == NULL) {
        sim_judge_found(judge, "once", "operation %" PRIu64 " is told without an image or caller",
                        entry->number);
        return;
    }
    judge->verdict.granted_count++;
    struct judge_image *image = sim_judge_image(judge, entry->image);
    if (image->seen_in_life != judge->life + 1) {
        sim_judge_found(judge, "unseen", "%s is told %s, which no inspect has seen", entry->caller,
                        entry->image);
    }
    const struct judge_flight *flight = sim_judge_delete_of(judge, entry->image);
    if (flight != NULL) {
        sim_judge_found(judge, "in-flight",
                        "%s is told %s, of which DELETE %" PRIu64 " is unanswered", entry->caller,
                        entry->image, flight->number);
    }
    grant(judge, entry);
}

/* --- agents and the engine -------------------------------------------------------------------- */

/* What an agent knew, dies with it; what it asked the engine for may still be done. */
static void agent_is_gone(struct sim_judge *judge)
{
    end_all_leases(judge);
    judge->operation_count = 0;
    judge->life++;
    for (size_t i = 0; i < judge->flight_count; i++) {
        judge->flights[i].abandoned = true;
    }
}

static void take_agent(struct sim_judge *judge, const struct sim_entry *entry)
{
    const char *what = entry->text != NULL ? entry->text : "";
    if (strcmp(what, "closed") == 0 && judge->operation_count > 0) {
        sim_judge_found(judge, "once",
                        "the agent has closed, and operation %" PRIu64 " was not told",
                        judge->operations[0]);
    }
    if (strcmp(what, "closed") == 0 || strcmp(what, "killed") == 0) {
        agent_is_gone(judge);
    }
}

static void take_other(struct sim_judge *judge, const struct sim_entry *entry)
{
    if (entry->reference != NULL) {
        sim_judge_name(judge, entry->reference)->touched = judge->line;
    }
}

/* What a killed engine was pulling it may have half written. */
static void take_engine(struct sim_judge *judge, const struct sim_entry *entry)
{
    if (entry->text == NULL || strcmp(entry->text, "killed") != 0) {
        return;
    }
    for (size_t i = 0; i < judge->flight_count; i++) {
        judge->verdict.cut_count += judge->flights[i].request.kind == SIM_REQUEST_PULL ? 1 : 0;
    }
}

void sim_judge_take(struct sim_judge *judge, const struct sim_entry *entry)
{
    judge->line++;
    judge->verdict.line_count++;
    judge->verdict.entries[entry->kind]++;
    switch (entry->kind) {
    case SIM_ENTRY_REQUEST:
        sim_judge_request(judge, entry);
        break;
    case SIM_ENTRY_ANSWER:
        sim_judge_answer(judge, entry);
        break;
    case SIM_ENTRY_HUNG_UP:
    case SIM_ENTRY_LOST:
        sim_judge_unanswered(judge, entry);
        break;
    case SIM_ENTRY_AGENT:
        take_agent(judge, entry);
        break;
    case SIM_ENTRY_ENGINE:
        take_engine(judge, entry);
        break;
    case SIM_ENTRY_PULL:
    case SIM_ENTRY_RETAIN:
        take_asked(judge, entry);
        break;
    case SIM_ENTRY_TOLD:
        take_told(judge, entry);
        break;
    case SIM_ENTRY_RELEASE:
        take_release(judge, entry);
        break;
    case SIM_ENTRY_OTHER:
        take_other(judge, entry);
        break;
    default:
        break;
    }
}

struct sim_verdict sim_judge_verdict(const struct sim_judge *judge)
{
    return judge->verdict;
}

static bool visit(void *ctx, const struct sim_entry *entry)
{
    sim_judge_take(ctx, entry);
    return true;
}

bool sim_judge_file(const char *path, struct sim_verdict *out, char message[512])
{
    struct sim_judge *judge = sim_judge_create();
    bool fine = sim_recording_read(path, visit, judge, message);
    *out = sim_judge_verdict(judge);
    sim_judge_destroy(judge);
    return fine;
}
