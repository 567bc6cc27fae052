/* Requests and answers, held against what is known. */
#include <inttypes.h>
#include <string.h>

#include "sim/array.h"
#include "sim/soak/judge_state.h"

const struct judge_flight *sim_judge_delete_of(const struct sim_judge *judge, const char *image)
{
    for (size_t i = 0; i < judge->flight_count; i++) {
        const struct judge_flight *flight = &judge->flights[i];
        if (!flight->abandoned && flight->means != NULL && strcmp(flight->means, image) == 0) {
            return flight;
        }
    }
    return NULL;
}

static struct judge_flight *find_flight(struct sim_judge *judge, uint64_t number)
{
    for (size_t i = 0; i < judge->flight_count; i++) {
        if (judge->flights[i].number == number) {
            return &judge->flights[i];
        }
    }
    return NULL;
}

static void drop_flight(struct sim_judge *judge, struct judge_flight *flight)
{
    fake_memory_free(flight->means);
    *flight = judge->flights[--judge->flight_count];
}

/* --- requests ------------------------------------------------------------------------- */

static const struct judge_flight *find_with(const struct sim_judge *judge,
                                            enum sim_request_kind kind, const char *repository)
{
    for (size_t i = 0; i < judge->flight_count; i++) {
        const struct judge_flight *flight = &judge->flights[i];
        if (!flight->abandoned && flight->request.kind == kind &&
            strcmp(flight->request.repository, repository) == 0) {
            return flight;
        }
    }
    return NULL;
}

static void check_pull(struct sim_judge *judge, const struct sim_request *request)
{
    for (size_t i = 0; i < judge->flight_count; i++) {
        const struct judge_flight *flight = &judge->flights[i];
        if (!flight->abandoned && flight->request.kind == SIM_REQUEST_PULL &&
            strcmp(flight->request.name, request->name) == 0) {
            sim_judge_found(judge, "two-pulls", "%s is pulled while pull %" PRIu64 " is in flight",
                            request->name, flight->number);
        }
    }
    const struct judge_flight *delete = find_with(judge, SIM_REQUEST_REMOVE, request->repository);
    if (delete != NULL) {
        sim_judge_found(judge, "pull-and-delete",
                        "%s is pulled while DELETE %" PRIu64 " of %s is in flight", request->name,
                        delete->number, delete->request.name);
    }
    sim_judge_name(judge, request->repository)->pulled = true;
}

static void check_delete(struct sim_judge *judge, struct judge_flight *flight)
{
    const struct sim_request *request = &flight->request;
    struct judge_name *name = sim_judge_name(judge, request->name);
    bool looked = name->looked > 0 && name->life == judge->life;
    if (request->by_force) {
        sim_judge_found(judge, "force", "DELETE %s", request->name);
    }
    if (!looked) {
        sim_judge_found(judge, "unlooked", "DELETE %s", request->name);
    } else {
        flight->looked = name->looked;
        flight->means = fake_memory_copy(name->means);
        struct judge_image *image = sim_judge_image(judge, flight->means);
        if (image->held_count > 0) {
            flight->found = true;
            sim_judge_found(judge, "lease", "DELETE %s is sent, and somebody holds %s",
                            request->name, flight->means);
        }
    }
    name = sim_judge_name(judge, request->name); /* the image may have moved it */
    name->looked = 0;
    if (request->by_id) {
        return;
    }
    if (!sim_judge_name(judge, request->repository)->pulled) {
        sim_judge_found(judge, "not-ours", "DELETE %s", request->name);
    }
    const struct judge_flight *pull = find_with(judge, SIM_REQUEST_PULL, request->repository);
    if (pull != NULL) {
        sim_judge_found(judge, "pull-and-delete",
                        "DELETE %s while pull %" PRIu64 " of %s is in flight", request->name,
                        pull->number, pull->request.name);
    }
}

void sim_judge_request(struct sim_judge *judge, const struct sim_entry *entry)
{
    struct judge_flight flight = { .number = entry->number, .line = judge->line };
    flight.request = sim_request_read(entry->method != NULL ? entry->method : "",
                                      entry->path != NULL ? entry->path : "");
    judge->verdict.requests[flight.request.kind]++;
    if (flight.request.kind == SIM_REQUEST_UNKNOWN) {
        sim_judge_found(judge, "request", "%s %s", entry->method != NULL ? entry->method : "",
                        entry->path != NULL ? entry->path : "");
    } else if (flight.request.kind == SIM_REQUEST_PULL) {
        check_pull(judge, &flight.request);
    } else if (flight.request.kind == SIM_REQUEST_REMOVE) {
        check_delete(judge, &flight);
    }
    judge->flights = sim_array_grow(judge->flights, &judge->flight_capacity,
                                    judge->flight_count + 1, sizeof(*judge->flights));
    judge->flights[judge->flight_count++] = flight;
}

/* --- answers ------------------------------------------------------------------------------ */

static void take_inspected(struct sim_judge *judge, const struct judge_flight *flight,
                           const struct sim_entry *entry)
{
    if (entry->status != 200 || entry->image == NULL || flight->abandoned) {
        return;
    }
    sim_judge_image(judge, entry->image)->seen_in_life = judge->life + 1;
    struct judge_name *name = sim_judge_name(judge, flight->request.name);
    if (strlen(entry->image) < sizeof(name->means)) {
        memcpy(name->means, entry->image, strlen(entry->image) + 1);
        name->looked = flight->line;
        name->life = judge->life;
    }
}

/* What was held between the DELETE and its answer is gone. */
static void take_deleted(struct sim_judge *judge, const struct judge_flight *flight, const char *id)
{
    const struct judge_image *image = sim_judge_image(judge, id);
    if (image->seen_in_life == 0) {
        return; /* a layer */
    }
    judge->verdict.removed_count++;
    if (image->held_count == 0 && image->last_held <= flight->line) {
        return;
    }
    uint64_t touched = sim_judge_name(judge, flight->request.name)->touched;
    if (flight->abandoned || (touched > 0 && touched >= flight->looked)) {
        judge->verdict.excused_count++;
    } else if (!flight->found) {
        sim_judge_found(judge, "lease", "DELETE %s has removed %s, which somebody held",
                        flight->request.name, id);
    }
}

/* Podman's IDs are bare. */
static const char *whole_id(const char *id, char out[80])
{
    if (strncmp(id, "sha256:", 7) == 0 || strlen(id) > 64) {
        return id;
    }
    memcpy(out, "sha256:", 7);
    memcpy(out + 7, id, strlen(id) + 1);
    return out;
}

void sim_judge_answer(struct sim_judge *judge, const struct sim_entry *entry)
{
    struct judge_flight *flight = find_flight(judge, entry->number);
    if (flight == NULL) {
        sim_judge_found(judge, "request", "an answer to %" PRIu64 ", which nobody asked",
                        entry->number);
        return;
    }
    if (flight->request.kind == SIM_REQUEST_INSPECT) {
        take_inspected(judge, flight, entry);
    }
    for (size_t i = 0; i < entry->deleted_count && flight->request.kind == SIM_REQUEST_REMOVE;
         i++) {
        char buffer[80];
        const char *id = whole_id(entry->deleted[i], buffer);
        if (strlen(id) == 71) {
            take_deleted(judge, flight, id);
        }
    }
    drop_flight(judge, flight);
}

/* A DELETE may have been executed all the same, and may still be. */
void sim_judge_unanswered(struct sim_judge *judge, const struct sim_entry *entry)
{
    struct judge_flight *flight = find_flight(judge, entry->number);
    if (flight != NULL) {
        judge->verdict.doubt_count += flight->request.kind == SIM_REQUEST_REMOVE ? 1 : 0;
        drop_flight(judge, flight);
    }
}
