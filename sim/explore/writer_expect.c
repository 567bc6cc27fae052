/* What a run does not see by itself: it looks at the plain model (S9) only now and then,
 * and a difference may pass. Then the scenario says what the model said, as an expectation
 * at the time of the difference, which a run finds out that looks after each event. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/follow.h"
#include "sim/explore/layout.h"
#include "sim/explore/writer_parts.h"

#define TIME_MAX 400  /* of one run */
#define AFTER_NS 1000 /* what happens at an instant has happened then */

/* --- what the model said ------------------------------------------------------------------ */

/* "the model says that app-a is [not ]wanted, …" or "… is idle, and the coordinator says it
 * is …" as {"wanted": {"app-a": true}} or {"state": {"app-a": "idle"}}; NULL: anything else. */
static cJSON *expectation_of(const char *message)
{
    static const char begin[] = "the model says that ";
    static const char *const words[] = { "absent", "held", "idle", "removing", "blocked" };
    char name[200];
    const char *is = strstr(message, " is ");
    size_t length = is != NULL ? (size_t)(is - message) : 0;
    if (strncmp(message, begin, strlen(begin)) != 0 || length <= strlen(begin) ||
        length - strlen(begin) >= sizeof(name)) {
        return NULL;
    }
    length -= strlen(begin);
    memcpy(name, message + strlen(begin), length);
    name[length] = '\0';
    is += strlen(" is ");
    bool wanted = strncmp(is, "wanted,", 7) == 0;
    cJSON *expectation = cJSON_CreateObject();
    if (wanted || strncmp(is, "not wanted,", 11) == 0) {
        (void)cJSON_AddBoolToObject(cJSON_AddObjectToObject(expectation, "wanted"), name, wanted);
        return expectation;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t word = strlen(words[i]);
        if (strncmp(is, words[i], word) == 0 && is[word] == ',') {
            (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(expectation, "state"), name,
                                          words[i]);
            return expectation;
        }
    }
    cJSON_Delete(expectation);
    return NULL;
}

/* --- when it differs ------------------------------------------------------------------------ */

static void run_comparing(void *arg, FILE *file, struct sim_attempted *out)
{
    const struct sim_world_options options = { .fill = 0xAA, .compare_always = true };
    struct sim_world *world = sim_world_create(arg);
    struct sim_run run;
    sim_follow(world, &options, &run);
    sim_failure_of(&run.violation, &out->failure);
    (void)fprintf(file, "%" PRIu64 "\n", run.simulated_ns);
    sim_world_destroy(world);
}

/* How a run of @document differs from the model, and when. */
static struct sim_failure difference_of(const struct sim_written *written, const cJSON *document,
                                        uint64_t *time_ns)
{
    struct sim_error error;
    struct sim_attempted attempted = { .made_count = 0 };
    char *text = sim_layout_print(document);
    char *told = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&told, &size);
    struct sim_scenario *scenario =
        sim_scenario_parse(written->made->tape.path, text, strlen(text), &error);
    if (scenario != NULL && file != NULL) {
        sim_attempt_telling(run_comparing, scenario, file, &attempted);
    }
    if (file != NULL) {
        (void)fclose(file);
        *time_ns = strtoull(told, NULL, 10);
    }
    free(told);
    fake_memory_free(text);
    sim_scenario_destroy(scenario);
    return attempted.failure;
}

cJSON *sim_written_expecting(const struct sim_written *written, cJSON *document)
{
    uint64_t time_ns = 0;
    struct sim_failure difference = difference_of(written, document, &time_ns);
    cJSON *expectation = expectation_of(difference.message);
    if (expectation == NULL) {
        cJSON_Delete(document);
        return NULL;
    }
    cJSON *step = cJSON_CreateObject();
    sim_json_set_duration(step, "at", time_ns + AFTER_NS);
    (void)cJSON_AddItemToObject(step, "expect", expectation);
    (void)cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(document, "steps"), step);
    return document;
}
