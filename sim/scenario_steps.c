/* "steps", the first round: which step it is, when it happens, what it says. */
#include <string.h>

#include "sim/scenario_parts.h"
#include "sim/scenario_verbs.h"

static const char *const key_words[] = {
#define KEY_WORD(name, word) word,
    SIM_STEP_KEY_MAP(KEY_WORD)
#undef KEY_WORD
};

static const char *const outcome_words[] = {
    [SIM_OUTCOME_DONE] = "done",
    [SIM_OUTCOME_GRANTED] = "granted",
    [SIM_OUTCOME_FAILED] = "failed",
    [SIM_OUTCOME_TOLD] = "told",
};

#define BIT(key) (UINT64_C(1) << SIM_KEY_##key)
#define MANIFEST_BITS                                                                              \
    (BIT(ID) | BIT(SIZE) | BIT(LAYERS) | BIT(BASE) | BIT(PLATFORM) | BIT(CREDENTIALS) | BIT(PULL))
#define WHO_BITS (BIT(CALLER) | BIT(CALLERS) | BIT(IMAGES))
#define TIME_BITS (BIT(AT) | BIT(AFTER) | BIT(WHEN) | BIT(WITHIN) | BIT(NTH) | BIT(AS))

/* Each verb: its kind, and the keys that go with it, beside when and label. */
struct verb {
    enum sim_step_kind kind;
    uint64_t keys;
};

static const struct verb verbs[SIM_STEP_KEY_COUNT] = {
    [SIM_KEY_PULL] = { SIM_STEP_PULL,
                       WHO_BITS | BIT(POLICY) | BIT(PLATFORM) | BIT(CREDENTIALS) | BIT(DEADLINE) },
    [SIM_KEY_RETAIN] = { SIM_STEP_RETAIN, WHO_BITS | BIT(BINDINGS) | BIT(DEADLINE) },
    [SIM_KEY_CANCEL] = { SIM_STEP_CANCEL, 0 },
    [SIM_KEY_RELEASE] = { SIM_STEP_RELEASE, WHO_BITS },
    [SIM_KEY_RELEASE_CALLER] = { SIM_STEP_RELEASE_CALLER, BIT(CALLERS) },
    [SIM_KEY_RESTART] = { SIM_STEP_RESTART, 0 },
    [SIM_KEY_CLOSE] = { SIM_STEP_CLOSE, BIT(DEADLINE) },
    [SIM_KEY_STOP] = { SIM_STEP_STOP, 0 },
    [SIM_KEY_START] = { SIM_STEP_START, 0 },
    [SIM_KEY_RMI] = { SIM_STEP_RMI, BIT(FORCE) },
    [SIM_KEY_TAG] = { SIM_STEP_TAG, BIT(TO) },
    [SIM_KEY_LOAD] = { SIM_STEP_LOAD, BIT(NAME) },
    [SIM_KEY_USER_PULL] = { SIM_STEP_USER_PULL, 0 },
    [SIM_KEY_BUILD] = { SIM_STEP_BUILD, BIT(ON) },
    [SIM_KEY_RUN] = { SIM_STEP_RUN, BIT(CONTAINER) | BIT(RUNNING) },
    [SIM_KEY_KILL] = { SIM_STEP_KILL, 0 },
    [SIM_KEY_RM] = { SIM_STEP_RM, 0 },
    [SIM_KEY_PUSH] = { SIM_STEP_PUSH, MANIFEST_BITS },
    [SIM_KEY_UNPUSH] = { SIM_STEP_UNPUSH, 0 },
    [SIM_KEY_DISK] = { SIM_STEP_DISK, 0 },
    [SIM_KEY_EXPECT] = { SIM_STEP_EXPECT, 0 },
};

const char *sim_step_word(enum sim_step_kind kind)
{
    if (kind == SIM_STEP_RELEASE_LEASE) {
        return key_words[SIM_KEY_RELEASE];
    }
    for (size_t key = SIM_KEY_PULL; key <= SIM_KEY_EXPECT; key++) {
        if (verbs[key].kind == kind) {
            return key_words[key];
        }
    }
    return "no step";
}

bool sim_step_is_operation(enum sim_step_kind kind)
{
    return kind == SIM_STEP_PULL || kind == SIM_STEP_RETAIN || kind == SIM_STEP_RESTART;
}

/* ---- which step -------------------------------------------------------------------- */

/* The one verb of a step. (A push has a key "pull" too: how long that takes.) */
static bool find_verb(struct sim_reader *reader, struct sim_step_draft *step)
{
    enum sim_step_key found = SIM_STEP_KEY_COUNT;
    for (size_t key = SIM_KEY_PULL; key <= SIM_KEY_EXPECT; key++) {
        if (step->keys[key].json == NULL ||
            (key == SIM_KEY_PULL && step->keys[SIM_KEY_PUSH].json != NULL)) {
            continue;
        }
        if (found != SIM_STEP_KEY_COUNT) {
            bool later = step->keys[key].place > step->keys[found].place;
            return sim_fail(reader, sim_value_key(step->keys[later ? key : found]),
                            "two verbs in one step: \"%s\" and \"%s\"",
                            key_words[later ? found : key], key_words[later ? key : found]);
        }
        found = (enum sim_step_key)key;
    }
    step->verb = found;
    if (found != SIM_STEP_KEY_COUNT) {
        return true;
    }
    char list[SIM_WORDS_MAX];
    (void)sim_words_list(key_words + SIM_KEY_PULL, SIM_KEY_EXPECT + 1 - SIM_KEY_PULL, list);
    return sim_fail_missing(reader, step->object, "missing what the step does: one of %s", list);
}

static void check_keys(struct sim_reader *reader, const struct sim_step_draft *step)
{
    uint64_t allowed = TIME_BITS | verbs[step->verb].keys | UINT64_C(1) << step->verb;
    for (size_t key = 0; key < SIM_STEP_KEY_COUNT; key++) {
        if (step->keys[key].json != NULL && (allowed >> key & 1) == 0) {
            (void)sim_fail(reader, sim_value_key(step->keys[key]), "\"%s\" does not go with \"%s\"",
                           key_words[key], key_words[step->verb]);
        }
    }
}

/* ---- when ---------------------------------------------------------------------------- */

/* "p1 granted"; the label is looked up in the third round. */
static void read_one_after(struct sim_draft *draft, struct sim_value value, struct sim_after *after)
{
    const char *text = NULL;
    const char *expected = "a label and \"granted\", \"failed\", \"told\" or \"done\", such as "
                           "\"p1 granted\"";
    if (!sim_read_text(&draft->reader, value, expected, &text)) {
        return;
    }
    const char *space = strrchr(text, ' ');
    size_t outcome = 0;
    while (space != NULL && outcome <= SIM_OUTCOME_TOLD &&
           strcmp(space + 1, outcome_words[outcome]) != 0) {
        outcome++;
    }
    if (space == NULL || space == text || outcome > SIM_OUTCOME_TOLD) {
        (void)sim_fail_expected(&draft->reader, value, expected);
        return;
    }
    after->outcome = (enum sim_outcome)outcome;
}

/* One, or an array of them, any of which will do. */
static void read_after(struct sim_draft *draft, struct sim_value value, struct sim_step *step)
{
    struct sim_reader *reader = &draft->reader;
    step->after_count = 1;
    if (sim_value_kind(reader, value) != SIM_VALUE_ARRAY) {
        read_one_after(draft, value, &step->after[0]);
        return;
    }
    step->after_count = sim_value_count(reader, value);
    if (step->after_count == 0 || step->after_count > SIM_AFTER_MAX) {
        (void)sim_fail(reader, value, "expected 1 to %u things that it waits for, found %zu",
                       SIM_AFTER_MAX, step->after_count);
        step->after_count = 0;
        return;
    }
    struct sim_value item = sim_value_first(reader, value);
    for (size_t i = 0; i < step->after_count; i++, item = sim_value_next(reader, item)) {
        read_one_after(draft, item, &step->after[i]);
    }
}

/* "delete-sent" or "delete-sent redis:7"; the name waits for the third round. */
static void read_when(struct sim_draft *draft, const struct sim_step_draft *keys,
                      struct sim_step *step)
{
    struct sim_value value = keys->keys[SIM_KEY_WHEN];
    const char *text = NULL;
    if (!sim_read_text(&draft->reader, value,
                       "an event's word, such as \"delete-sent\" or \"delete-sent redis:7\"",
                       &text)) {
        return;
    }
    size_t length = strcspn(text, " ");
    step->when = true;
    step->when_nth = 1;
    (void)sim_read_event_word(draft, value, sim_arena_bytes(draft->arena, text, length),
                              &step->when_event);
    uint64_t nth;
    if (keys->keys[SIM_KEY_NTH].json != NULL &&
        sim_read_number(&draft->reader, keys->keys[SIM_KEY_NTH], 1, 1000000, &nth)) {
        step->when_nth = (unsigned)nth;
    }
}

static void read_time(struct sim_draft *draft, const struct sim_step_draft *keys,
                      struct sim_step *step)
{
    struct sim_reader *reader = &draft->reader;
    const struct sim_value *values = keys->keys;
    size_t found = SIM_KEY_WITHIN;
    for (size_t key = SIM_KEY_AT; key <= SIM_KEY_WHEN; key++) {
        if (values[key].json == NULL) {
            continue;
        }
        if (found != SIM_KEY_WITHIN) {
            bool later = values[key].place > values[found].place;
            (void)sim_fail(reader, sim_value_key(values[later ? key : found]),
                           "expected only one of \"at\", \"after\" and \"when\"");
        }
        found = key;
    }
    if (values[SIM_KEY_AT].json != NULL) {
        (void)sim_read_window(reader, values[SIM_KEY_AT], &step->window);
    }
    if (values[SIM_KEY_AFTER].json != NULL) {
        read_after(draft, values[SIM_KEY_AFTER], step);
    }
    if (values[SIM_KEY_WHEN].json != NULL) {
        read_when(draft, keys, step);
    } else if (values[SIM_KEY_NTH].json != NULL) {
        (void)sim_fail(reader, sim_value_key(values[SIM_KEY_NTH]),
                       "\"nth\" goes with \"when\" only");
    }
    if (values[SIM_KEY_WITHIN].json != NULL) {
        if (found != SIM_KEY_AFTER && found != SIM_KEY_WHEN) {
            (void)sim_fail(reader, sim_value_key(values[SIM_KEY_WITHIN]),
                           "\"within\" goes with \"after\" or \"when\" only");
        }
        (void)sim_read_window(reader, values[SIM_KEY_WITHIN], &step->window);
    }
}

static void read_label(struct sim_draft *draft, struct sim_value value, size_t index)
{
    struct sim_step *step = &draft->steps[index];
    if (!sim_read_name(&draft->reader, value, "a label", SIM_NAME_MAX, false, &step->label)) {
        return;
    }
    if (sim_known_get(&draft->labels, step->label) != NULL) {
        (void)sim_fail(&draft->reader, value, "the label \"%s\" is an earlier step's", step->label);
        return;
    }
    (void)sim_known_add(&draft->labels, step->label, 0, index);
}

/* ---- a step ---------------------------------------------------------------------------- */

static void read_step(struct sim_draft *draft, struct sim_value object, size_t index)
{
    struct sim_step_draft *keys = &draft->step_drafts[index];
    struct sim_step *step = &draft->steps[index];
    keys->object = object;
    *step = (struct sim_step){
        .line = sim_value_line(&draft->reader, object),
        .target = SIM_NO_STEP,
        .count = 1,
    };
    if (!sim_read_members(&draft->reader, object, key_words, SIM_STEP_KEY_COUNT, keys->keys) ||
        !find_verb(&draft->reader, keys)) {
        return;
    }
    step->kind = verbs[keys->verb].kind;
    check_keys(&draft->reader, keys);
    read_time(draft, keys, step);
    if (keys->keys[SIM_KEY_AS].json != NULL) {
        read_label(draft, keys->keys[SIM_KEY_AS], index);
    }
    sim_read_verb(draft, keys, step);
}

void sim_read_steps(struct sim_draft *draft, struct sim_value section)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, section, "an array of steps")) {
        return;
    }
    size_t count = sim_value_count(reader, section);
    if (count == 0 || count > SIM_STEP_MAX) {
        (void)sim_fail(reader, section, "expected 1 to %u steps, found %zu", SIM_STEP_MAX, count);
        return;
    }
    draft->steps = sim_arena_alloc(draft->arena, count, sizeof(*draft->steps));
    draft->step_drafts = sim_arena_alloc(draft->arena, count, sizeof(*draft->step_drafts));
    draft->scenario->steps = draft->steps;
    draft->scenario->step_count = count;
    struct sim_value object = sim_value_first(reader, section);
    for (size_t i = 0; i < count; i++, object = sim_value_next(reader, object)) {
        read_step(draft, object, i);
    }
}
