#include "sim/explore/writer.h"

#include <string.h>

#include "sim/explore/layout.h"
#include "sim/explore/writer_parts.h"

#define TRY_MAX 64     /* files that are run */
#define FIND_MAX 20000 /* sets of durations for which instants are looked for */
#define SEED_COUNT 3   /* that must all fail */
#define SECOND_NS DD_SECOND_NS

/* --- the order ----------------------------------------------------------------------------- */

/* With free time the settings run as long as their marks; by ticks, time is what it is. */
static void mark_settings(struct sim_case *made)
{
    cJSON *explore = sim_json_object(made->document, "explore");
    for (size_t i = SIM_SETTING_REMOVE_DELAY; i < SIM_SETTING_COUNT; i++) {
        enum sim_setting setting = (enum sim_setting)i;
        sim_json_set_duration(explore, sim_setting_key(setting), sim_setting_mark_ns(setting));
    }
    sim_json_set_duration(explore, "backoff_min", sim_setting_mark_ns(SIM_SETTING_BACKOFF));
}

static bool record(const struct sim_case *made, struct sim_order *order)
{
    struct sim_case marked = sim_case_copy(made);
    if (made->scenario->exploration.time == FAKE_TIME_FREE) {
        mark_settings(&marked);
    }
    bool read = sim_case_read(&marked);
    if (read) {
        sim_order_record(marked.scenario, &marked.tape, order);
    }
    sim_case_release(&marked);
    return read && !order->overflow;
}

/* --- durations to try ------------------------------------------------------------------------ */

static const uint64_t others_ns[] = { 1 * SECOND_NS, 60 * SECOND_NS, 3600 * SECOND_NS,
                                      24 * 3600 * SECOND_NS };
#define OTHER_COUNT (sizeof(others_ns) / sizeof(others_ns[0]))

static bool is_timeout(size_t setting)
{
    return setting >= SIM_SETTING_PROGRESS_TIMEOUT;
}

static void own_durations(const struct sim_scenario *scenario, struct sim_durations *out)
{
    const struct dd_config *config = &scenario->exploration.config;
    *out = (struct sim_durations){
        .ns = { [SIM_SETTING_REMOVE_DELAY] = config->remove_delay_ns,
                [SIM_SETTING_RETRY] = config->retry_ns,
                [SIM_SETTING_PULL_SETTLING] = config->pull_settling_ns,
                [SIM_SETTING_DELETE_SETTLING] = scenario->config.delete_settling_ns,
                [SIM_SETTING_BACKOFF] = config->backoff_min_ns,
                [SIM_SETTING_PROGRESS_TIMEOUT] = config->progress_timeout_ns,
                [SIM_SETTING_PULL_TIMEOUT] = config->pull_timeout_ns,
                [SIM_SETTING_INSPECT_TIMEOUT] = config->inspect_timeout_ns },
        .strand_ns = SIM_GAP_NS,
    };
}

/* The @number th set: first their own, then others in place of more and more of them. The
 * digits: all timeouts together, the strand, each other setting that runs. False: past
 * the last. */
static bool nth_durations(const struct sim_written *written, size_t number,
                          struct sim_durations *out)
{
    const struct sim_durations *own = &written->own;
    *out = *own;
    bool longer = number % 2 == 1;
    number /= 2;
    for (size_t i = SIM_SETTING_REMOVE_DELAY; i < SIM_SETTING_COUNT; i++) {
        if (is_timeout(i) && longer) {
            out->ns[i] = others_ns[OTHER_COUNT - 1] * (i == SIM_SETTING_PULL_TIMEOUT ? 2 : 1);
        } else if (!is_timeout(i) && written->runs[i]) {
            size_t digit = number % (OTHER_COUNT + 1);
            number /= OTHER_COUNT + 1;
            out->ns[i] = digit > 0 ? others_ns[digit - 1] : own->ns[i];
        }
    }
    if (written->made->scenario->strand.latest_ns > 0) {
        static const uint64_t strands_ns[] = { SIM_GAP_NS, 10 * SIM_GAP_NS, 100 * SIM_GAP_NS, 0 };
        out->strand_ns = strands_ns[number % 4];
        number /= 4;
    }
    return number == 0;
}

/* --- trying ------------------------------------------------------------------------------------
 */

/* How @text fails, by every seed that is tried; invariant "": not, or not always so. */
static struct sim_failure failure_of(const struct sim_written *written, const char *text)
{
    struct sim_error error;
    struct sim_failure first = { .invariant = "" };
    struct sim_scenario *scenario =
        sim_scenario_parse(written->made->tape.path, text, strlen(text), &error);
    for (uint64_t seed = 0; scenario != NULL && seed < SEED_COUNT; seed++) {
        struct sim_attempted attempted;
        sim_attempt_run(scenario, seed, &attempted);
        if (seed == 0) {
            first = attempted.failure;
        }
        if (first.invariant[0] == '\0' || !sim_failure_is(&first, &attempted.failure)) {
            first.invariant[0] = '\0';
            break;
        }
    }
    sim_scenario_destroy(scenario);
    return first;
}

struct sim_failure sim_written_failure(const struct sim_written *written, const cJSON *document)
{
    char *text = sim_layout_print(document);
    struct sim_failure failure = failure_of(written, text);
    fake_memory_free(text);
    return failure;
}

static cJSON *calls_of(const cJSON *document)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(document, "engine"),
                                            "calls");
}

/* Leave out of *@document its @call th call, or only the @part th member of that, if it
 * fails without it, too. */
static bool leave_out(const struct sim_written *written, cJSON **document, int call, int part,
                      const struct sim_failure *failure)
{
    cJSON *candidate = cJSON_Duplicate(*document, true);
    cJSON *calls = calls_of(candidate);
    if (part >= 0) {
        cJSON *parent = cJSON_GetArrayItem(calls, call);
        cJSON_Delete(cJSON_DetachItemViaPointer(parent, cJSON_GetArrayItem(parent, part)));
    } else {
        cJSON_DeleteItemFromArray(calls, call);
    }
    if (calls->child == NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(candidate, "engine"), "calls");
    }
    struct sim_failure without = sim_written_failure(written, candidate);
    bool same = sim_failure_is(&without, failure);
    cJSON_Delete(same ? *document : candidate);
    *document = same ? candidate : *document;
    return same;
}

/* Times of calls that it does not need are as usual: those are points, too. */
static void leave_out_calls(const struct sim_written *written, cJSON **document,
                            const struct sim_failure *failure)
{
    for (int i = cJSON_GetArraySize(calls_of(*document)); i-- > 0;) {
        int size = cJSON_GetArraySize(cJSON_GetArrayItem(calls_of(*document), i));
        if (leave_out(written, document, i, -1, failure)) {
            continue;
        }
        while (--size > 1) { /* "on" and "nth" stay */
            (void)leave_out(written, document, i, size, failure);
        }
    }
}

/* How a file has to fail: as it should; in any way; or by an expectation that is added. */
enum manner { MANNER_SAME, MANNER_ANY, MANNER_EXPECTING, MANNER_COUNT };

/* The document and @failure if a run of it fails in that manner; else NULL. */
static cJSON *failing_document(const struct sim_written *written, enum manner manner,
                               struct sim_failure *failure)
{
    cJSON *document = sim_written_document(written);
    if (manner == MANNER_EXPECTING) {
        document = sim_written_expecting(written, document);
    }
    *failure = (struct sim_failure){ .invariant = "" };
    if (document != NULL) {
        *failure = sim_written_failure(written, document);
    }
    if (failure->invariant[0] == '\0' ||
        (manner == MANNER_SAME && !sim_failure_is(failure, written->failure))) {
        cJSON_Delete(document);
        return NULL;
    }
    return document;
}

/* The text of a file that fails so; NULL: it does not. */
static char *try_instants(const struct sim_written *written, enum manner manner)
{
    struct sim_failure failure;
    cJSON *document = failing_document(written, manner, &failure);
    if (document == NULL) {
        return NULL;
    }
    /* What is expected at an instant is expected of these instants. */
    if (manner != MANNER_EXPECTING) {
        (void)cJSON_ReplaceItemInObjectCaseSensitive(document, "name",
                                                     cJSON_CreateString(failure.message));
        leave_out_calls(written, &document, &failure);
    }
    char *text = sim_layout_print(document);
    cJSON_Delete(document);
    return text;
}

/* Sets @tried to how many files were run. */
static char *try_durations(struct sim_written *written, enum manner manner, size_t *tried)
{
    int64_t *instants = fake_memory_alloc((written->order->move_count + 1) * sizeof(*instants));
    char *text = NULL;
    *tried = 0;
    written->instants = instants;
    for (size_t i = 0; text == NULL && *tried < TRY_MAX && i < FIND_MAX &&
                       nth_durations(written, i, &written->durations);
         i++) {
        if (sim_instants_find(written->order, &written->durations, SIM_GAP_NS, instants)) {
            ++*tried;
            text = try_instants(written, manner);
        }
    }
    fake_memory_free(instants);
    return text;
}

static char *try_all(struct sim_written *written, char why[SIM_WRITER_WHY_SIZE])
{
    size_t tried = 1;
    char *text = NULL;
    own_durations(written->made->scenario, &written->own);
    for (unsigned i = 0; text == NULL && tried > 0 && i < MANNER_COUNT; i++) {
        text = try_durations(written, (enum manner)i, &tried);
    }
    if (text == NULL && tried == 0) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE,
                       "no instants give this order: it takes time that goes by as it likes");
    } else if (text == NULL) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE,
                       "with instants in this order (%zu were tried) a run does not fail", tried);
    }
    return text;
}

static bool is_unrolled(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        if (scenario->steps[i].count > 1) {
            return false;
        }
    }
    return true;
}

/* By instants, which `drydock live` and readers can follow, too. */
static char *write_instants(struct sim_written *written, char why[SIM_WRITER_WHY_SIZE])
{
    struct sim_order *order = sim_order_create();
    char *text = NULL;
    written->order = order;
    if (!is_unrolled(written->made->scenario)) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE,
                       "it takes a step that is carried out several times");
    } else if (!record(written->made, order)) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE, "too much happens on the way");
    } else if (order->differs) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE, "it takes settings of just these durations");
    } else {
        for (size_t i = 0; i < order->thing_count; i++) {
            const struct sim_thing *thing = &order->things[i];
            bool timer = thing->kind == SIM_THING_TIMER && thing->setting != SIM_SETTING_NONE;
            written->runs[timer ? thing->setting : SIM_SETTING_NONE] |= timer;
        }
        text = try_all(written, why);
    }
    sim_order_destroy(order);
    return text;
}

/* What no instants give can still be told move by move. */
static char *write_way(const struct sim_written *written)
{
    char *text = NULL;
    cJSON *document = sim_written_along(written);
    if (document != NULL) {
        struct sim_failure failure = sim_written_failure(written, document);
        text = sim_failure_is(&failure, written->failure) ? sim_layout_print(document) : NULL;
    }
    cJSON_Delete(document);
    return text;
}

char *sim_writer_write(const struct sim_case *made, const struct sim_failure *failure,
                       char why[SIM_WRITER_WHY_SIZE])
{
    struct sim_written written = { .made = made, .failure = failure };
    char *text = write_instants(&written, why);
    return text != NULL ? text : write_way(&written);
}
