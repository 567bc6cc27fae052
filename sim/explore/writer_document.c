/* The document of a written scenario: every window a point. */
#include <inttypes.h>
#include <string.h>

#include "sim/explore/case_parts.h"
#include "sim/explore/writer_parts.h"

#define MS UINT64_C(1000000)
#define DURATION_SIZE 64

/* --- values ---------------------------------------------------------------------------- */

/* "3m10ms": as many of each unit as go into it, the largest first. */
static void duration_text(uint64_t ns, char out[DURATION_SIZE])
{
    static const struct {
        uint64_t ns;
        const char *unit;
    } units[] = { { 3600000 * MS, "h" }, { 60000 * MS, "m" }, { 1000 * MS, "s" },
                  { MS, "ms" },          { 1000, "us" },      { 1, "ns" } };
    size_t used = 0;
    (void)snprintf(out, DURATION_SIZE, "0ms");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        uint64_t count = ns / units[i].ns;
        if (count > 0) {
            used += (size_t)snprintf(out + used, DURATION_SIZE - used, "%" PRIu64 "%s", count,
                                     units[i].unit);
            ns -= count * units[i].ns;
        }
    }
}

static void set_item(cJSON *object, const char *key, cJSON *item)
{
    if (cJSON_HasObjectItem(object, key)) {
        (void)cJSON_ReplaceItemInObjectCaseSensitive(object, key, item);
    } else {
        (void)cJSON_AddItemToObject(object, key, item);
    }
}

void sim_json_set_duration(cJSON *object, const char *key, uint64_t ns)
{
    char text[DURATION_SIZE];
    duration_text(ns, text);
    set_item(object, key, cJSON_CreateString(text));
}

cJSON *sim_json_object(cJSON *object, const char *key)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    return found != NULL ? found : cJSON_AddObjectToObject(object, key);
}

static int64_t instant(const struct sim_written *written, uint32_t move)
{
    return written->instants[move];
}

/* How long @thing takes in the file. */
static uint64_t taken_ns(const struct sim_written *written, const struct sim_thing *thing)
{
    if (thing->fired != SIM_NEVER) {
        return (uint64_t)(instant(written, thing->fired) - instant(written, thing->made));
    }
    uint32_t until = thing->off != SIM_NEVER ? thing->off : written->order->move_count;
    /* After the last move; what is called off would have come long after that. */
    uint64_t more_ns = thing->off != SIM_NEVER ? 1000 * MS : SIM_GAP_NS + thing->left_ns;
    return (uint64_t)(instant(written, until) - instant(written, thing->made)) + more_ns;
}

/* --- head and configuration ---------------------------------------------------------------- */

void sim_written_head(const struct sim_written *written, cJSON *document)
{
    char text[640];
    set_item(document, "name", cJSON_CreateString(written->failure->message));
    (void)snprintf(text, sizeof(text), "found by exploring %s", written->made->tape.path);
    set_item(document, "retells", cJSON_CreateString(text));
    set_item(document, "hazards", cJSON_CreateArray());
}

/* What explorations were configured by, runs are now. */
static void write_config(const struct sim_written *written, cJSON *document)
{
    static const char *const own[] = { "time", "tick", "calls", "faults", "timeouts" };
    cJSON *explore = cJSON_DetachItemFromObjectCaseSensitive(document, "explore");
    cJSON *config = sim_json_object(document, "config");
    cJSON *item = explore != NULL ? explore->child : NULL;
    while (item != NULL) {
        cJSON *next = item->next;
        bool is_own = false;
        for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
            is_own = is_own || strcmp(item->string, own[i]) == 0;
        }
        if (!is_own) {
            set_item(config, item->string, cJSON_Duplicate(item, true));
        }
        item = next;
    }
    cJSON_Delete(explore);
    for (size_t i = SIM_SETTING_REMOVE_DELAY; i < SIM_SETTING_COUNT; i++) {
        uint64_t own_ns = written->own.ns[i];
        bool same = written->durations.ns[i] == own_ns;
        if (!written->runs[i] || (same && i != SIM_SETTING_BACKOFF)) {
            continue;
        }
        sim_json_set_duration(config, sim_setting_key((enum sim_setting)i),
                              written->durations.ns[i]);
        if (i == SIM_SETTING_BACKOFF) {
            sim_json_set_duration(config, "backoff_min", written->durations.ns[i]);
        }
    }
    if (config->child == NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(document, "config");
    }
}

/* --- the engine ---------------------------------------------------------------------------- */

static bool is_whole(const struct sim_written *written)
{
    return written->made->scenario->exploration.calls_go != FAKE_CALLS_IN_PARTS;
}

/* What single calls take; the one for @thing, made if it is not there. */
static cJSON *call_of(cJSON *calls, enum fake_call_kind kind, unsigned nth)
{
    static const char *const words[] = { "identify", "pull", "inspect", "remove", "list" };
    cJSON *call;
    cJSON_ArrayForEach(call, calls)
    {
        if (strcmp(sim_json_text(call, "on"), words[kind]) == 0 &&
            cJSON_GetObjectItemCaseSensitive(call, "nth")->valueint == (int)nth) {
            return call;
        }
    }
    call = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(call, "on", words[kind]);
    (void)cJSON_AddNumberToObject(call, "nth", nth);
    (void)cJSON_AddItemToArray(calls, call);
    return call;
}

static void write_calls(const struct sim_written *written, cJSON *engine)
{
    static const char *const parts[] = {
        [FAKE_PART_EXECUTE] = "execute",     [FAKE_PART_STREAM] = "stream",
        [FAKE_PART_ANSWER] = "answer",       [FAKE_PART_END] = "end",
        [FAKE_PART_ABANDONED] = "abandoned",
    };
    const struct sim_order *order = written->order;
    cJSON *calls = cJSON_CreateArray();
    for (size_t i = 0; i < order->thing_count; i++) {
        const struct sim_thing *thing = &order->things[i];
        if (thing->kind == SIM_THING_CALL) {
            sim_json_set_duration(call_of(calls, thing->call, thing->nth), parts[thing->part],
                                  taken_ns(written, thing));
        }
    }
    for (size_t i = 0; i < order->chance_count; i++) {
        const struct sim_chance *chance = &order->chances[i];
        set_item(call_of(calls, chance->call, chance->nth), "anyway",
                 cJSON_CreateBool(chance->happened));
    }
    if (calls->child != NULL) {
        set_item(engine, "calls", calls);
    } else {
        cJSON_Delete(calls);
    }
}

static void write_engine(const struct sim_written *written, cJSON *document)
{
    static const char *const keys[] = { "identify", "pull_start", "inspect", "remove", "list" };
    const struct fake_timing *timing = &written->made->scenario->timing;
    cJSON *engine = sim_json_object(document, "engine");
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        if (i != FAKE_CALL_LIST) {
            sim_json_set_duration(engine, keys[i],
                                  i == FAKE_CALL_IDENTIFY ? 0 : timing->execute[i].earliest_ns);
        }
    }
    sim_json_set_duration(engine, "answer",
                          is_whole(written) ? 0 : timing->answer[FAKE_CALL_INSPECT].earliest_ns);
    sim_json_set_duration(engine, "abandoned", timing->abandoned.earliest_ns);
    write_calls(written, engine);
}

/* --- the registry ---------------------------------------------------------------------------- */

static uint64_t pull_ns(const struct sim_written *written, const struct fake_manifest *manifest)
{
    return is_whole(written) ? 0 : manifest->pull.earliest_ns;
}

static void write_registry(const struct sim_written *written, cJSON *document)
{
    cJSON *registry = cJSON_GetObjectItemCaseSensitive(document, "registry");
    const struct fake_manifest *manifest = written->made->scenario->manifests;
    cJSON *entry;
    cJSON_ArrayForEach(entry, registry)
    {
        if (!cJSON_IsArray(entry)) {
            sim_json_set_duration(entry, "pull", pull_ns(written, manifest++));
            continue;
        }
        cJSON *platform;
        cJSON_ArrayForEach(platform, entry)
        {
            sim_json_set_duration(platform, "pull", pull_ns(written, manifest++));
        }
    }
}

/* --- faults ------------------------------------------------------------------------------------
 */

/* A fault that was a choice is one for each call that it hit. */
static void write_faults(const struct sim_written *written, cJSON *document)
{
    cJSON *faults = cJSON_DetachItemFromObjectCaseSensitive(document, "faults");
    cJSON *hitting = cJSON_CreateArray();
    const cJSON *fault;
    size_t index = 0;
    cJSON_ArrayForEach(fault, faults)
    {
        if (!cJSON_HasObjectItem(fault, "budget")) {
            (void)cJSON_AddItemToArray(hitting, cJSON_Duplicate(fault, true));
        }
        for (size_t i = 0; i < written->order->hit_count; i++) {
            const struct sim_hit *hit = &written->order->hits[i];
            if (hit->fault == index && cJSON_HasObjectItem(fault, "budget")) {
                cJSON *one = cJSON_Duplicate(fault, true);
                cJSON_DeleteItemFromObjectCaseSensitive(one, "budget");
                (void)cJSON_AddNumberToObject(one, "nth", hit->nth);
                (void)cJSON_AddItemToArray(hitting, one);
            }
        }
        index++;
    }
    cJSON_Delete(faults);
    if (hitting->child == NULL) {
        cJSON_Delete(hitting);
        return;
    }
    (void)cJSON_AddItemToObject(document, "faults", hitting);
}

/* --- steps ---------------------------------------------------------------------------------------
 */

static const struct sim_thing *thing_of_step(const struct sim_order *order, size_t step)
{
    for (size_t i = 0; i < order->thing_count; i++) {
        if (order->things[i].kind == SIM_THING_STEP && order->things[i].step == step) {
            return &order->things[i];
        }
    }
    return NULL;
}

static void write_steps(const struct sim_written *written, cJSON *document)
{
    const struct sim_scenario *scenario = written->made->scenario;
    cJSON *step;
    size_t index = 0;
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(document, "steps"))
    {
        const struct sim_thing *thing = thing_of_step(written->order, index);
        const struct sim_step *read = &scenario->steps[index++];
        bool waits = read->after_count > 0 || read->when;
        uint64_t taken = thing != NULL ? taken_ns(written, thing) : read->window.earliest_ns;
        cJSON_DeleteItemFromObjectCaseSensitive(step, "at");
        cJSON_DeleteItemFromObjectCaseSensitive(step, "within");
        if (waits && taken > 0) {
            sim_json_set_duration(step, "within", taken);
        } else if (!waits) {
            sim_json_set_duration(step, "at", taken);
        }
        if (read->manifest.image != NULL) {
            sim_json_set_duration(step, "pull", pull_ns(written, &read->manifest));
        }
    }
}

/* Those of @keys that @object has come first, in that order. */
static void put_first(cJSON *object, const char *const *keys, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(object, keys[i]);
        if (item != NULL) {
            (void)cJSON_InsertItemInArray(object, 0, item);
        }
    }
}

void sim_written_order_keys(cJSON *document)
{
    static const char *const sections[] = { "$schema",  "version", "name",    "retells",
                                            "hazards",  "config",  "explore", "credentials",
                                            "registry", "engine",  "strand",  "faults",
                                            "way",      "steps",   "finally" };
    static const char *const times[] = { "at", "after", "when", "nth", "within" };
    cJSON *step;
    put_first(document, sections, sizeof(sections) / sizeof(sections[0]));
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(document, "steps"))
    {
        put_first(step, times, sizeof(times) / sizeof(times[0]));
    }
}

cJSON *sim_written_document(const struct sim_written *written)
{
    cJSON *document = cJSON_Duplicate(written->made->document, true);
    sim_written_head(written, document);
    cJSON_DeleteItemFromObjectCaseSensitive(document, "way");
    write_config(written, document);
    write_engine(written, document);
    write_registry(written, document);
    write_faults(written, document);
    write_steps(written, document);
    if (written->made->scenario->strand.latest_ns > 0) {
        sim_json_set_duration(document, "strand", written->durations.strand_ns);
    }
    sim_written_order_keys(document);
    return document;
}
