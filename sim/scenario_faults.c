/* "faults": what goes wrong with the coordinator's calls of the engine. */
#include <string.h>

#include "sim/scenario_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FAULT_NUMBER_MAX 1000000u

/* The keys; the effects come first, in the order of enum fake_fault_kind. */
enum fault_key {
    EFFECT_COUNT = FAKE_FAULT_REFUSE + 1,
    KEY_ON = EFFECT_COUNT,
    KEY_IMAGE,
    KEY_NTH,
    KEY_EVERY,
    KEY_BUDGET,
    KEY_REASON,
    KEY_TEXT,
    KEY_EXECUTED,
    KEY_AFTER_LINE,
    KEY_COUNT
};

static const char *const keys[] = {
    [FAKE_FAULT_STATUS] = "status",
    [FAKE_FAULT_STREAM] = "stream",
    [FAKE_FAULT_TRUNCATE] = "truncate",
    [FAKE_FAULT_HANG] = "hang",
    [FAKE_FAULT_LOSE] = "lose",
    [FAKE_FAULT_UNSENT] = "unsent",
    [FAKE_FAULT_REFUSE] = "refuse",
    [KEY_ON] = "on",
    [KEY_IMAGE] = "image",
    [KEY_NTH] = "nth",
    [KEY_EVERY] = "every",
    [KEY_BUDGET] = "budget",
    [KEY_REASON] = "reason",
    [KEY_TEXT] = "text",
    [KEY_EXECUTED] = "executed",
    [KEY_AFTER_LINE] = "after_line",
};
_Static_assert(COUNT(keys) == KEY_COUNT, "each key has its word");

/* The one of @count values from the first on that is there; a second one is an
 * error, as is none at all if one is @required. */
static bool only_one(struct sim_reader *reader, struct sim_value object,
                     const struct sim_value *values, size_t count, bool required, size_t *out)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        if (values[i].json == NULL) {
            continue;
        }
        if (found != count) {
            bool later = values[i].place > values[found].place;
            return sim_fail(reader, sim_value_key(later ? values[i] : values[found]),
                            "expected only one of \"%s\" and \"%s\"",
                            values[later ? found : i].json->string,
                            values[later ? i : found].json->string);
        }
        found = i;
    }
    if (found == count && required) {
        char list[SIM_WORDS_MAX];
        (void)sim_words_list(keys, count, list);
        return sim_fail_missing(reader, object, "missing what goes wrong: one of %s", list);
    }
    *out = found;
    return true;
}

static void read_reason(struct sim_reader *reader, struct sim_value object,
                        const struct sim_value *values, struct fake_fault *out)
{
    if ((values[KEY_REASON].json != NULL) == (values[KEY_TEXT].json != NULL)) {
        (void)sim_fail_missing(reader, object,
                               "expected \"reason\" (a word) or \"text\" beside \"status\"");
        return;
    }
    if (values[KEY_TEXT].json != NULL) {
        (void)sim_read_text(reader, values[KEY_TEXT], "the engine's text", &out->reason);
        return;
    }
    const char *words[64];
    size_t count = 0;
    while (count < COUNT(words) && fake_reason_word(count) != NULL) {
        words[count] = fake_reason_word(count);
        count++;
    }
    size_t index;
    if (sim_read_word(reader, values[KEY_REASON], "a reason", words, count, &index)) {
        out->reason = words[index];
    }
}

static void read_effect(struct sim_draft *draft, struct sim_value object,
                        const struct sim_value *values, struct fake_fault *out)
{
    struct sim_reader *reader = &draft->reader;
    struct sim_value effect = values[out->kind];
    uint64_t status;
    bool flag;
    switch (out->kind) {
    case FAKE_FAULT_STATUS:
        if (sim_read_number(reader, effect, 400, 599, &status)) {
            out->status = (unsigned)status;
        }
        read_reason(reader, object, values, out);
        break;
    case FAKE_FAULT_STREAM:
        (void)sim_read_text(reader, effect, "the text of the stream's error line", &out->reason);
        break;
    default:
        if (sim_read_flag(reader, effect, &flag) && !flag) {
            (void)sim_fail_expected(reader, effect, "true (leave it out otherwise)");
        }
        break;
    }
    if ((out->kind == FAKE_FAULT_STREAM || out->kind == FAKE_FAULT_TRUNCATE) &&
        out->call != FAKE_CALL_PULL) {
        (void)sim_fail(reader, sim_value_key(effect), "\"%s\" goes with \"on\": \"pull\" only",
                       keys[out->kind]);
    }
    for (size_t i = KEY_REASON; i <= KEY_TEXT; i++) {
        if (values[i].json != NULL && out->kind != FAKE_FAULT_STATUS) {
            (void)sim_fail(reader, sim_value_key(values[i]), "\"%s\" goes with \"status\" only",
                           keys[i]);
        }
    }
}

/* Which of the matching calls are hit; the first, unless it says otherwise. */
static void read_which(struct sim_draft *draft, struct sim_value object,
                       const struct sim_value *values, struct fake_fault *out)
{
    struct sim_reader *reader = &draft->reader;
    size_t which = 0;
    uint64_t number = 0;
    bool flag = true;
    out->nth = 1;
    if (!only_one(reader, object, values + KEY_NTH, KEY_BUDGET + 1 - KEY_NTH, false, &which)) {
        return;
    }
    switch (which + KEY_NTH) {
    case KEY_NTH:
        if (sim_read_number(reader, values[KEY_NTH], 1, FAULT_NUMBER_MAX, &number)) {
            out->nth = (unsigned)number;
        }
        break;
    case KEY_EVERY:
        out->nth = 0;
        if (sim_read_flag(reader, values[KEY_EVERY], &flag) && !flag) {
            (void)sim_fail_expected(reader, values[KEY_EVERY], "true (leave it out otherwise)");
        }
        break;
    case KEY_BUDGET:
        out->nth = 0;
        if (sim_read_number(reader, values[KEY_BUDGET], 1, FAULT_NUMBER_MAX, &number)) {
            out->budget = (unsigned)number;
        }
        break;
    default:
        break;
    }
}

static void read_details(struct sim_draft *draft, const struct sim_value *values,
                         struct fake_fault *out)
{
    struct sim_reader *reader = &draft->reader;
    bool streams = out->kind == FAKE_FAULT_STREAM || out->kind == FAKE_FAULT_TRUNCATE ||
                   out->kind == FAKE_FAULT_HANG || out->kind == FAKE_FAULT_LOSE;
    if (values[KEY_EXECUTED].json != NULL) {
        if (out->kind != FAKE_FAULT_TRUNCATE && out->kind != FAKE_FAULT_LOSE) {
            (void)sim_fail(reader, sim_value_key(values[KEY_EXECUTED]),
                           "\"executed\" goes with \"truncate\" or \"lose\" only");
        }
        (void)sim_read_flag(reader, values[KEY_EXECUTED], &out->executed);
    }
    if (values[KEY_AFTER_LINE].json != NULL) {
        if (!streams || out->call != FAKE_CALL_PULL) {
            (void)sim_fail(reader, sim_value_key(values[KEY_AFTER_LINE]),
                           "\"after_line\" goes with \"stream\", \"truncate\", \"hang\" or "
                           "\"lose\" of a pull only");
        }
        (void)sim_read_number(reader, values[KEY_AFTER_LINE], 0, FAULT_NUMBER_MAX,
                              &out->after_line);
    }
}

static void read_fault(struct sim_draft *draft, struct sim_value object, struct fake_fault *out)
{
    static const char *const calls[] = { "identify", "pull", "inspect", "remove", "list" };
    _Static_assert(COUNT(calls) == FAKE_CALL_KIND_COUNT, "each call has its word");
    struct sim_reader *reader = &draft->reader;
    struct sim_value values[KEY_COUNT];
    size_t effect = 0;
    size_t call = 0;
    *out = (struct fake_fault){ .nth = 1 };
    if (!sim_read_members(reader, object, keys, KEY_COUNT, values) ||
        !only_one(reader, object, values, EFFECT_COUNT, true, &effect)) {
        return;
    }
    out->kind = (enum fake_fault_kind)effect;
    if (values[KEY_ON].json == NULL) {
        (void)sim_fail_missing(reader, object, "missing \"on\": the call that goes wrong");
    } else if (sim_read_word(reader, values[KEY_ON], "a call", calls, COUNT(calls), &call)) {
        out->call = (enum fake_call_kind)call;
        read_effect(draft, object, values, out);
        read_details(draft, values, out);
    }
    read_which(draft, object, values, out);
    if (values[KEY_IMAGE].json != NULL) {
        (void)sim_read_text(reader, values[KEY_IMAGE], "a reference or an image's nickname",
                            &out->name);
    }
}

void sim_read_faults(struct sim_draft *draft, struct sim_value section)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, section, "an array of faults")) {
        return;
    }
    size_t count = sim_value_count(reader, section);
    draft->faults = sim_arena_alloc(draft->arena, count, sizeof(*draft->faults));
    draft->scenario->faults = draft->faults;
    draft->scenario->fault_count = count;
    struct sim_value object = sim_value_first(reader, section);
    for (size_t i = 0; i < count; i++, object = sim_value_next(reader, object)) {
        read_fault(draft, object, &draft->faults[i]);
    }
}

void sim_resolve_faults(struct sim_draft *draft, struct sim_value section)
{
    struct sim_value object = sim_value_first(&draft->reader, section);
    for (size_t i = 0; object.json != NULL; i++, object = sim_value_next(&draft->reader, object)) {
        struct sim_value value = sim_value_first(&draft->reader, object);
        while (value.json != NULL && strcmp(value.json->string, keys[KEY_IMAGE]) != 0) {
            value = sim_value_next(&draft->reader, value);
        }
        if (value.json != NULL) {
            (void)sim_find_name(draft, value, draft->faults[i].name, SIM_NAME_RESOLVED, 0,
                                &draft->faults[i].name);
        }
    }
}
