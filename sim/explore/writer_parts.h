/**
 * What the files of the writer share: writer.c looks for instants and tries them,
 * writer_document.c writes a document with them, writer_expect.c adds an expectation,
 * writer_along.c writes a document that needs none: it tells its way.
 */
#ifndef SIM_EXPLORE_WRITER_PARTS_H
#define SIM_EXPLORE_WRITER_PARTS_H

#include "sim/explore/instants.h"
#include "sim/explore/writer.h"

#define SIM_GAP_NS UINT64_C(10000000) /* between two moves */

/** All that a document is written from. */
struct sim_written {
    const struct sim_case *made;
    const struct sim_failure *failure;
    const struct sim_order *order;
    struct sim_durations own; /* by the scenario */
    struct sim_durations durations;
    bool runs[SIM_SETTING_COUNT]; /* some timer of the order runs by it */
    const int64_t *instants;
};

/** The document, to be run. Returned, release with cJSON_Delete. */
cJSON *sim_written_document(const struct sim_written *written);
/** What its head says. */
void sim_written_head(const struct sim_written *written, cJSON *document);
/** Keys come in the order of docs/SCENARIOS.md. */
void sim_written_order_keys(cJSON *document);

/** The document as it was explored, with a "way". Returned, release with cJSON_Delete;
 * NULL: there is no memory (writer_along.c). */
cJSON *sim_written_along(const struct sim_written *written);

/** @document, taken, with an expectation of what the plain model says where a run of it
 * differs from that; NULL: it does not, or that cannot be expected (writer_expect.c).
 * Returned, release with cJSON_Delete. */
cJSON *sim_written_expecting(const struct sim_written *written, cJSON *document);
/** How a run of @document fails, by every seed that is tried; invariant "": not, or not
 * always so. */
struct sim_failure sim_written_failure(const struct sim_written *written, const cJSON *document);

/** @object's member @key is the duration @ns. */
void sim_json_set_duration(cJSON *object, const char *key, uint64_t ns);
/** @object's member @key, made if it is not there. */
cJSON *sim_json_object(cJSON *object, const char *key);

#endif
