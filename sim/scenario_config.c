/* "config", "explore" and "credentials": what the coordinator is like. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "sim/scenario_parts.h"

#define OWN_MAX 5 /* keys of "explore" beside the settings */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- config ------------------------------------------------------------------ */

enum setting_kind { SETTING_FLAG, SETTING_NUMBER, SETTING_DURATION, SETTING_TIMEOUT };

struct setting {
    const char *key;
    enum setting_kind kind;
    size_t offset; /* in struct dd_config */
};

#define SETTING(key, kind, field)                                                                  \
    {                                                                                              \
        key, kind, offsetof(struct dd_config, field)                                               \
    }

static const struct setting settings[] = {
    SETTING("cleanup", SETTING_FLAG, cleanup),
    SETTING("adopt", SETTING_FLAG, adopt),
    SETTING("parallel_pulls", SETTING_NUMBER, parallel_pull_max),
    SETTING("parallel_removals", SETTING_NUMBER, parallel_removal_max),
    SETTING("remove_delay", SETTING_DURATION, remove_delay_ns),
    SETTING("progress_timeout", SETTING_TIMEOUT, progress_timeout_ns),
    SETTING("pull_timeout", SETTING_TIMEOUT, pull_timeout_ns),
    SETTING("inspect_timeout", SETTING_TIMEOUT, inspect_timeout_ns),
    SETTING("pull_settling", SETTING_DURATION, pull_settling_ns),
    SETTING("delete_settling", SETTING_DURATION, delete_settling_ns),
    SETTING("retry", SETTING_DURATION, retry_ns),
    SETTING("tries", SETTING_NUMBER, try_max),
    SETTING("backoff_min", SETTING_TIMEOUT, backoff_min_ns),
    SETTING("backoff_max", SETTING_TIMEOUT, backoff_max_ns),
};

static void read_setting(struct sim_reader *reader, struct sim_value value,
                         const struct setting *setting, struct dd_config *config)
{
    unsigned char *field = (unsigned char *)config + setting->offset;
    if (setting->kind == SETTING_FLAG) {
        bool flag;
        if (sim_read_flag(reader, value, &flag)) {
            memcpy(field, &flag, sizeof(flag));
        }
    } else if (setting->kind == SETTING_NUMBER) {
        uint64_t number;
        if (sim_read_number(reader, value, 1, 1000, &number)) {
            unsigned narrow = (unsigned)number;
            memcpy(field, &narrow, sizeof(narrow));
        }
    } else {
        uint64_t duration_ns;
        if (!sim_read_duration(reader, value, &duration_ns)) {
            return;
        }
        if (setting->kind == SETTING_TIMEOUT && duration_ns == 0) {
            (void)sim_fail_expected(reader, value, "a duration above 0");
            return;
        }
        memcpy(field, &duration_ns, sizeof(duration_ns));
    }
}

/* Members of @section: @own_count keys of its own, whose values go to @own, then the
 * settings. */
static void read_settings(struct sim_reader *reader, struct sim_value section,
                          struct dd_config *config, const char *const *own_keys, size_t own_count,
                          struct sim_value *own)
{
    const char *keys[COUNT(settings) + OWN_MAX];
    struct sim_value values[COUNT(settings) + OWN_MAX];
    assert(own_count <= OWN_MAX);
    for (size_t i = 0; i < own_count; i++) {
        keys[i] = own_keys[i];
    }
    for (size_t i = 0; i < COUNT(settings); i++) {
        keys[own_count + i] = settings[i].key;
    }
    (void)sim_read_members(reader, section, keys, own_count + COUNT(settings), values);
    for (size_t i = 0; i < own_count; i++) {
        own[i] = values[i];
    }
    for (size_t i = 0; i < COUNT(settings); i++) {
        if (values[own_count + i].json != NULL) {
            read_setting(reader, values[own_count + i], &settings[i], config);
        }
    }
    if (config->backoff_max_ns < config->backoff_min_ns) {
        (void)sim_fail_missing(reader, section,
                               "expected a \"backoff_max\" not below \"backoff_min\"");
    }
}

void sim_read_config(struct sim_draft *draft, struct sim_value section)
{
    read_settings(&draft->reader, section, &draft->scenario->config, NULL, 0, NULL);
}

/* ---- explore ----------------------------------------------------------------- */

/* Untimed, doubt ends when nothing can come any more. */
static void settle_at_once(struct sim_exploration *exploration)
{
    if (exploration->time == FAKE_TIME_FREE) {
        exploration->config.delete_settling_ns = 0;
    }
}

void sim_default_exploration(struct sim_scenario *scenario)
{
    scenario->exploration = (struct sim_exploration){
        .time = FAKE_TIME_FREE,
        .tick_ns = DD_SECOND_NS,
        .config = scenario->config,
    };
    settle_at_once(&scenario->exploration);
}

static void read_choice(struct sim_reader *reader, struct sim_value value, const char *what,
                        const char *const words[], size_t count, size_t *index)
{
    if (value.json != NULL) {
        (void)sim_read_word(reader, value, what, words, count, index);
    }
}

void sim_read_exploration(struct sim_draft *draft, struct sim_value section)
{
    static const char *const keys[] = { "time", "tick", "calls", "faults", "timeouts" };
    static const char *const times[] = { "untimed", "ticks" };
    static const char *const calls[] = { [FAKE_CALLS_IN_PARTS] = "parts",
                                         [FAKE_CALLS_WHOLE] = "whole",
                                         [FAKE_CALLS_PROMPT] = "prompt" };
    enum { TIME, TICK, CALLS, FAULTS, TIMEOUTS };
    struct sim_reader *reader = &draft->reader;
    struct sim_exploration *out = &draft->scenario->exploration;
    struct sim_value own[OWN_MAX];
    size_t ticks = 0;
    size_t calls_go = FAKE_CALLS_IN_PARTS;
    uint64_t fault_max;
    out->config = draft->scenario->config;
    read_settings(reader, section, &out->config, keys, COUNT(keys), own);
    read_choice(reader, own[TIME], "a kind of time", times, COUNT(times), &ticks);
    read_choice(reader, own[CALLS], "how calls go", calls, COUNT(calls), &calls_go);
    out->time = ticks == 1 ? FAKE_TIME_TICKS : FAKE_TIME_FREE;
    out->calls_go = (enum fake_calls_go)calls_go;
    if (own[TICK].json != NULL && sim_read_duration(reader, own[TICK], &out->tick_ns)) {
        if (out->tick_ns == 0) {
            (void)sim_fail_expected(reader, own[TICK], "a duration above 0");
        } else if (ticks != 1) {
            (void)sim_fail(reader, sim_value_key(own[TICK]),
                           "\"tick\" goes with \"time\": \"ticks\" only");
        }
    }
    if (own[FAULTS].json != NULL && sim_read_number(reader, own[FAULTS], 0, 1000, &fault_max)) {
        out->has_fault_max = true;
        out->fault_max = (unsigned)fault_max;
    }
    settle_at_once(out);
    if (own[TIMEOUTS].json != NULL) {
        (void)sim_read_flag(reader, own[TIMEOUTS], &out->timeouts);
    }
}

/* ---- credentials ---------------------------------------------------------------- */

static void read_credentials(struct sim_draft *draft, struct sim_value value,
                             struct dd_credentials *out)
{
    static const char *const keys[] = { "username", "password", "token" };
    struct sim_reader *reader = &draft->reader;
    struct sim_value values[COUNT(keys)];
    const char *texts[COUNT(keys)] = { NULL };
    if (!sim_read_members(reader, value, keys, COUNT(keys), values)) {
        return;
    }
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (values[i].json != NULL) {
            (void)sim_read_text(reader, values[i], "a text that is not empty", &texts[i]);
        }
    }
    bool user = values[0].json != NULL || values[1].json != NULL;
    if (user == (values[2].json != NULL)) {
        (void)sim_fail(reader, value,
                       "expected either \"username\" and \"password\", or \"token\"");
    } else if (user && values[0].json == NULL) {
        (void)sim_fail_missing(reader, value, "missing \"username\"");
    } else if (user && values[1].json == NULL) {
        (void)sim_fail_missing(reader, value, "missing \"password\"");
    }
    *out = (struct dd_credentials){ .username = texts[0],
                                    .password = texts[1],
                                    .identity_token = texts[2] };
}

void sim_read_credentials(struct sim_draft *draft, struct sim_value section)
{
    if (!sim_read_object(&draft->reader, section, "an object of labels and credentials")) {
        return;
    }
    draft->credentials_table = sim_arena_alloc(
        draft->arena, sim_value_count(&draft->reader, section), sizeof(struct sim_credentials));
    size_t index = 0;
    struct sim_value value = sim_value_first(&draft->reader, section);
    for (; value.json != NULL; value = sim_value_next(&draft->reader, value), index++) {
        struct sim_credentials *credentials = &draft->credentials_table[index];
        credentials->label = sim_arena_text(draft->arena, value.json->string);
        (void)sim_known_add(&draft->credentials, credentials->label, 0, index);
        read_credentials(draft, value, &credentials->value);
    }
}

bool sim_find_credentials(struct sim_draft *draft, struct sim_value value,
                          const struct sim_credentials **out)
{
    const char *label = NULL;
    if (!sim_read_text(&draft->reader, value, "the label of credentials", &label)) {
        return false;
    }
    const struct sim_known_name *name =
        sim_find_known(draft, value, &draft->credentials, label, "no credentials have the label");
    if (name == NULL) {
        return false;
    }
    *out = &draft->credentials_table[name->index];
    return true;
}
