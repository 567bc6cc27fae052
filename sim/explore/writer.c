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

static bool fails_as(const struct sim_written *written, const char *text,
                     const struct sim_failure *expected)
{
    struct sim_failure failure = failure_of(written, text);
    return sim_failure_is(&failure, expected);
}

/* Without @item of @parent, if it fails without it, too: @text is what it is now. */
static void leave_out(const struct sim_written *written, const cJSON *document, cJSON *parent,
                      cJSON *item, char **text, const struct sim_failure *failure)
{
    int at = 0;
    for (const cJSON *before = parent->child; before != item; before = before->next) {
        at++;
    }
    (void)cJSON_DetachItemViaPointer(parent, item);
    char *without = sim_layout_print(document);
    if (fails_as(written, without, failure)) {
        fake_memory_free(*text);
        *text = without;
        cJSON_Delete(item);
        return;
    }
    fake_memory_free(without);
    (void)cJSON_InsertItemInArray(parent, at, item);
}

/* Times of calls that it does not need are as usual: those are points, too. */
static void leave_out_calls(const struct sim_written *written, cJSON *document, char **text,
                            const struct sim_failure *failure)
{
    cJSON *engine = cJSON_GetObjectItemCaseSensitive(document, "engine");
    cJSON *calls = cJSON_GetObjectItemCaseSensitive(engine, "calls");
    for (int i = cJSON_GetArraySize(calls); i-- > 0;) {
        cJSON *call = cJSON_GetArrayItem(calls, i);
        int size = cJSON_GetArraySize(call);
        leave_out(written, document, calls, call, text, failure);
        if (cJSON_GetArrayItem(calls, i) == call) {
            while (--size > 1) { /* "on" and "nth" stay */
                leave_out(written, document, call, cJSON_GetArrayItem(call, size), text, failure);
            }
        }
    }
    if (calls != NULL && calls->child == NULL) {
        leave_out(written, document, engine, calls, text, failure);
    }
}

/* The text of a file that fails as it should, or, if @otherwise, in any other way; NULL. */
static char *try_instants(struct sim_written *written, bool otherwise)
{
    cJSON *document = sim_written_document(written);
    char *text = sim_layout_print(document);
    struct sim_failure failure = failure_of(written, text);
    if (failure.invariant[0] != '\0' && (otherwise || sim_failure_is(&failure, written->failure))) {
        /* It is called by what it shows. */
        (void)cJSON_ReplaceItemInObjectCaseSensitive(document, "name",
                                                     cJSON_CreateString(failure.message));
        leave_out_calls(written, document, &text, &failure);
        fake_memory_free(text);
        text = sim_layout_print(document);
    } else {
        fake_memory_free(text);
        text = NULL;
    }
    cJSON_Delete(document);
    return text;
}

/* Sets @tried to how many files were run. */
static char *try_durations(struct sim_written *written, bool otherwise, size_t *tried)
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
            text = try_instants(written, otherwise);
        }
    }
    fake_memory_free(instants);
    return text;
}

static char *try_all(struct sim_written *written, char why[SIM_WRITER_WHY_SIZE])
{
    size_t tried;
    own_durations(written->made->scenario, &written->own);
    char *text = try_durations(written, false, &tried);
    if (text == NULL && tried > 0) {
        text = try_durations(written, true, &tried);
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

char *sim_writer_write(const struct sim_case *made, const struct sim_failure *failure,
                       char why[SIM_WRITER_WHY_SIZE])
{
    struct sim_order *order = sim_order_create();
    struct sim_written written = { .made = made, .failure = failure, .order = order };
    char *text = NULL;
    if (!is_unrolled(made->scenario)) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE,
                       "it takes a step that is carried out several times");
    } else if (!record(made, order)) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE, "too much happens on the way");
    } else if (order->differs) {
        (void)snprintf(why, SIM_WRITER_WHY_SIZE, "it takes settings of just these durations");
    } else {
        for (size_t i = 0; i < order->thing_count; i++) {
            const struct sim_thing *thing = &order->things[i];
            bool timer = thing->kind == SIM_THING_TIMER && thing->setting != SIM_SETTING_NONE;
            written.runs[timer ? thing->setting : SIM_SETTING_NONE] |= timer;
        }
        text = try_all(&written, why);
    }
    sim_order_destroy(order);
    return text;
}
