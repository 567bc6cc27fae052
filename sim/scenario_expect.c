/* "expect" and "finally": what must be true of coordinator and engine. */
#include <string.h>

#include "sim/scenario_parts.h"
#include "sim/spell.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const keys[] = {
    [SIM_EXPECT_HOLDERS] = "holders",
    [SIM_EXPECT_STATE] = "state",
    [SIM_EXPECT_REASON] = "reason",
    [SIM_EXPECT_WANTED] = "wanted",
    [SIM_EXPECT_BINDINGS] = "bindings",
    [SIM_EXPECT_ENGINE_IMAGES] = "engine_images",
    [SIM_EXPECT_ENGINE_NAMES] = "engine_tags",
    [SIM_EXPECT_ENGINE_PULLS] = "engine_pulls",
    [SIM_EXPECT_REMOVED] = "removed",
    [SIM_EXPECT_MANIFEST_REQUESTS] = "manifest_requests",
    [SIM_EXPECT_PARALLEL_PULLS] = "parallel_pulls",
    [SIM_EXPECT_TOLD] = "told",
    [SIM_EXPECT_TEXT] = "text",
    [SIM_EXPECT_RECOVERABLE] = "recoverable",
    [SIM_EXPECT_RETRY_AFTER] = "retry_after",
    [SIM_EXPECT_SAME_IMAGE] = "image",
    [SIM_EXPECT_EVENTS] = "events",
};
_Static_assert(COUNT(keys) == SIM_EXPECT_KIND_COUNT, "each expectation has its key");

static const char *const state_words[] = {
#define STATE_WORD(name, word) word,
    DD_IMAGE_STATE_MAP(STATE_WORD)
#undef STATE_WORD
};

static const char *const conflict_words[] = {
#define CONFLICT_WORD(name, text) text,
    DD_CONFLICT_MAP(CONFLICT_WORD)
#undef CONFLICT_WORD
};

static const char *const event_words[] = {
#define EVENT_WORD(name, word, level, text) word,
    DD_EVENT_MAP(EVENT_WORD)
#undef EVENT_WORD
};

/* Two words for each status: its text, and its constant without DD_E in small
 * letters. */
static const char *const status_words[] = {
#define STATUS_WORD(name, text, recoverable, wait) text,
    DD_STATUS_MAP(STATUS_WORD)
#undef STATUS_WORD
};

static const char *const status_names[] = {
#define STATUS_NAME(name, text, recoverable, wait) #name,
    DD_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
};

static const char *status_short(struct sim_draft *draft, size_t status)
{
    const char *name = status_names[status] + strlen("DD_");
    char *text = sim_arena_text(draft->arena, status == DD_OK ? name : name + 1);
    for (char *at = text; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    return text;
}

static bool read_status(struct sim_draft *draft, struct sim_value value, enum dd_status *out)
{
    const char *words[2 * DD_STATUS_COUNT];
    size_t index;
    for (size_t i = 0; i < DD_STATUS_COUNT; i++) {
        words[i] = status_short(draft, i);
        words[DD_STATUS_COUNT + i] = status_words[i];
    }
    if (!sim_read_word(&draft->reader, value, "a status, such as \"ok\" or \"notfound\"", words,
                       COUNT(words), &index)) {
        return false;
    }
    *out = (enum dd_status)(index % DD_STATUS_COUNT);
    return true;
}

bool sim_read_event_word(struct sim_draft *draft, struct sim_value value, const char *word,
                         enum dd_event_kind *out)
{
    struct sim_spell spell;
    sim_spell_init(&spell, word);
    for (size_t i = 0; i < DD_EVENT_COUNT; i++) {
        if (strcmp(event_words[i], word) == 0) {
            *out = (enum dd_event_kind)i;
            return true;
        }
        sim_spell_offer(&spell, event_words[i]);
    }
    int shown = (int)sim_text_fit(word, strlen(word), 80);
    if (spell.nearest == NULL) {
        return sim_fail(&draft->reader, value, "\"%.*s\" is not an event's word", shown, word);
    }
    return sim_fail(&draft->reader, value, "\"%.*s\" is not an event's word; did you mean \"%s\"?",
                    shown, word, spell.nearest);
}

/* ---- lists ----------------------------------------------------------------------- */

enum list_kind { LIST_CALLERS, LIST_NICKNAMES, LIST_REFERENCES };

static bool read_list_item(struct sim_draft *draft, struct sim_value value, enum list_kind kind,
                           const char **out)
{
    static const char *const expected[] = {
        [LIST_CALLERS] = "a caller's name",
        [LIST_NICKNAMES] = "an image's nickname",
        [LIST_REFERENCES] = "a reference",
    };
    if (!sim_read_text(&draft->reader, value, expected[kind], out)) {
        return false;
    }
    switch (kind) {
    case LIST_CALLERS:
        return sim_find_known(draft, value, &draft->callers, *out,
                              "no step pulls or retains for") != NULL;
    case LIST_NICKNAMES:
        return sim_find_known(draft, value, &draft->nicknames, *out,
                              "nothing in this file makes the image") != NULL;
    default:
        return sim_find_name(draft, value, *out, SIM_NAME_REFERENCE, 0, out);
    }
}

static void read_list(struct sim_draft *draft, struct sim_value array, enum list_kind kind,
                      struct dd_strings *out)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, array,
                        kind == LIST_CALLERS     ? "an array of callers"
                        : kind == LIST_NICKNAMES ? "an array of nicknames"
                                                 : "an array of references")) {
        return;
    }
    size_t count = sim_value_count(reader, array);
    const char **at = sim_arena_alloc(draft->arena, count, sizeof(*at));
    struct sim_value value = sim_value_first(reader, array);
    for (size_t i = 0; i < count; i++, value = sim_value_next(reader, value)) {
        (void)read_list_item(draft, value, kind, &at[i]);
    }
    *out = (struct dd_strings){ at, count };
}

/* ---- one expectation ---------------------------------------------------------------- */

/* What a member's key names: an image, a reference, a step, an event. */
static void read_subject(struct sim_draft *draft, struct sim_value member, struct sim_expect *out)
{
    const char *text = sim_arena_text(draft->arena, member.json->string);
    struct sim_value key = sim_value_key(member);
    const struct sim_known_name *label;
    switch (out->kind) {
    case SIM_EXPECT_ENGINE_PULLS:
    case SIM_EXPECT_MANIFEST_REQUESTS:
        (void)sim_find_name(draft, key, text, SIM_NAME_REFERENCE, 0, &out->name);
        break;
    case SIM_EXPECT_TOLD:
    case SIM_EXPECT_TEXT:
    case SIM_EXPECT_RECOVERABLE:
    case SIM_EXPECT_RETRY_AFTER:
    case SIM_EXPECT_SAME_IMAGE:
        label = sim_find_known(draft, key, &draft->labels, text, "no step has the label");
        if (label == NULL) {
            break;
        }
        out->step = label->index;
        if (!sim_step_is_operation(draft->steps[out->step].kind)) {
            (void)sim_fail(&draft->reader, key,
                           "expected the label of a pull, a retain or a restart; \"%s\" is a "
                           "\"%s\"",
                           text, sim_step_word(draft->steps[out->step].kind));
        }
        break;
    case SIM_EXPECT_EVENTS:
        (void)sim_read_event_word(draft, key, text, &out->event);
        break;
    default:
        (void)sim_find_name(draft, key, text, SIM_NAME_ANY, 0, &out->name);
        break;
    }
}

static void read_nickname(struct sim_draft *draft, struct sim_value value, const char **out)
{
    if (sim_read_text(&draft->reader, value, "an image's nickname", out)) {
        (void)sim_find_known(draft, value, &draft->nicknames, *out,
                             "nothing in this file makes the image");
    }
}

static void read_wanted(struct sim_draft *draft, struct sim_value value, struct sim_expect *out)
{
    struct sim_reader *reader = &draft->reader;
    size_t index;
    switch (out->kind) {
    case SIM_EXPECT_HOLDERS:
        read_list(draft, value, LIST_CALLERS, &out->strings);
        break;
    case SIM_EXPECT_STATE:
        if (sim_read_word(reader, value, "a state", state_words, COUNT(state_words), &index)) {
            out->state = (enum dd_image_state)index;
        }
        break;
    case SIM_EXPECT_REASON:
        if (sim_read_word(reader, value, "a conflict", conflict_words, COUNT(conflict_words),
                          &index)) {
            out->text = conflict_words[index];
        }
        break;
    case SIM_EXPECT_BINDINGS:
    case SIM_EXPECT_ENGINE_NAMES:
        read_list(draft, value, LIST_REFERENCES, &out->strings);
        break;
    case SIM_EXPECT_ENGINE_IMAGES:
        read_list(draft, value, LIST_NICKNAMES, &out->strings);
        break;
    case SIM_EXPECT_TOLD:
        (void)read_status(draft, value, &out->status);
        break;
    case SIM_EXPECT_TEXT:
        (void)sim_read_text(reader, value, "a part of the text", &out->text);
        break;
    case SIM_EXPECT_WANTED:
    case SIM_EXPECT_RECOVERABLE:
        (void)sim_read_flag(reader, value, &out->flag);
        break;
    case SIM_EXPECT_RETRY_AFTER:
        (void)sim_read_duration(reader, value, &out->wait_ns);
        break;
    case SIM_EXPECT_SAME_IMAGE:
        read_nickname(draft, value, &out->name);
        break;
    default:
        (void)sim_read_range(reader, value, &out->range);
        break;
    }
}

static bool has_subjects(enum sim_expect_kind kind)
{
    return kind != SIM_EXPECT_ENGINE_IMAGES && kind != SIM_EXPECT_ENGINE_NAMES &&
           kind != SIM_EXPECT_PARALLEL_PULLS;
}

static void read_one(struct sim_draft *draft, struct sim_value value, enum sim_expect_kind kind,
                     struct sim_expect *out)
{
    *out = (struct sim_expect){
        .kind = kind,
        .path = sim_value_path(&draft->reader, value),
        .line = sim_value_line(&draft->reader, value),
        .step = SIM_NO_STEP,
    };
    if (has_subjects(kind)) {
        read_subject(draft, value, out);
    }
    read_wanted(draft, value, out);
}

void sim_read_expectations(struct sim_draft *draft, struct sim_value object,
                           const struct sim_expect **out, size_t *count)
{
    struct sim_reader *reader = &draft->reader;
    struct sim_value values[SIM_EXPECT_KIND_COUNT];
    *count = 0;
    if (!sim_read_members(reader, object, keys, SIM_EXPECT_KIND_COUNT, values)) {
        return;
    }
    size_t total = 0;
    for (size_t kind = 0; kind < SIM_EXPECT_KIND_COUNT; kind++) {
        if (values[kind].json != NULL) {
            total += has_subjects((enum sim_expect_kind)kind)
                         ? sim_value_count(reader, values[kind])
                         : 1;
        }
    }
    struct sim_expect *expects = sim_arena_alloc(draft->arena, total, sizeof(*expects));
    *out = expects;
    struct sim_value value = sim_value_first(reader, object);
    for (; value.json != NULL; value = sim_value_next(reader, value)) {
        size_t kind = 0;
        while (strcmp(keys[kind], value.json->string) != 0) {
            kind++;
        }
        if (!has_subjects((enum sim_expect_kind)kind)) {
            read_one(draft, value, (enum sim_expect_kind)kind, &expects[(*count)++]);
        } else if (sim_read_object(reader, value, "an object")) {
            struct sim_value member = sim_value_first(reader, value);
            for (; member.json != NULL; member = sim_value_next(reader, member)) {
                read_one(draft, member, (enum sim_expect_kind)kind, &expects[(*count)++]);
            }
        }
    }
}
