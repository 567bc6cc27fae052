/**
 * What the files of the writer share: writer.c looks for instants and tries them,
 * writer_document.c writes a document with them.
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

/** @object's member @key is the duration @ns. */
void sim_json_set_duration(cJSON *object, const char *key, uint64_t ns);
/** @object's member @key, made if it is not there. */
cJSON *sim_json_object(cJSON *object, const char *key);

#endif
