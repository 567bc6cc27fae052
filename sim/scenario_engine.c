/* "engine": how long its calls take, all of them and single ones. */
#include "sim/scenario_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALL_NTH_MAX 1000000u
#define CALLS_MAX 10000u

#define MS UINT64_C(1000000)

void sim_default_timing(struct fake_timing *timing)
{
    *timing = (struct fake_timing){
        .execute = {
            [FAKE_CALL_IDENTIFY] = { 1 * MS, 1 * MS },
            [FAKE_CALL_PULL] = { 1 * MS, 10 * MS },
            [FAKE_CALL_INSPECT] = { 1 * MS, 20 * MS },
            [FAKE_CALL_REMOVE] = { 10 * MS, 200 * MS },
            [FAKE_CALL_LIST] = { 1 * MS, 20 * MS },
        },
        .abandoned = { 0, 4000 * MS },
    };
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        timing->answer[i] = (struct fake_window){ 0, 5 * MS };
    }
}

/* ---- single calls ---------------------------------------------------------------- */

enum call_key {
    CALL_ON,
    CALL_NTH,
    CALL_ANYWAY,
    CALL_PART, /* the first, then in the order of enum fake_call_part */
    CALL_KEY_COUNT = CALL_PART + FAKE_PART_COUNT
};

static const char *const call_keys[] = {
    [CALL_ON] = "on",
    [CALL_NTH] = "nth",
    [CALL_ANYWAY] = "anyway",
    [CALL_PART + FAKE_PART_EXECUTE] = "execute",
    [CALL_PART + FAKE_PART_STREAM] = "stream",
    [CALL_PART + FAKE_PART_ANSWER] = "answer",
    [CALL_PART + FAKE_PART_END] = "end",
    [CALL_PART + FAKE_PART_ABANDONED] = "abandoned",
};
_Static_assert(COUNT(call_keys) == CALL_KEY_COUNT, "each key has its word");

static void read_parts(struct sim_reader *reader, const struct sim_value *values,
                       struct fake_call_timing *out)
{
    for (size_t i = 0; i < FAKE_PART_COUNT; i++) {
        struct sim_value value = values[CALL_PART + i];
        if (value.json == NULL) {
            continue;
        }
        if (i == FAKE_PART_STREAM && out->call != FAKE_CALL_PULL) {
            (void)sim_fail(reader, sim_value_key(value), "\"stream\" goes with a pull only");
        }
        out->has[i] = sim_read_window(reader, value, &out->part[i]);
    }
}

static void read_call(struct sim_reader *reader, struct sim_value object,
                      struct fake_call_timing *out)
{
    static const char *const kinds[] = { "identify", "pull", "inspect", "remove", "list" };
    _Static_assert(COUNT(kinds) == FAKE_CALL_KIND_COUNT, "each call has its word");
    struct sim_value values[CALL_KEY_COUNT];
    uint64_t nth;
    size_t kind;
    *out = (struct fake_call_timing){ .nth = 1 };
    if (!sim_read_members(reader, object, call_keys, CALL_KEY_COUNT, values)) {
        return;
    }
    if (values[CALL_ON].json == NULL) {
        (void)sim_fail_missing(reader, object, "missing \"on\": the call whose time it is");
    } else if (sim_read_word(reader, values[CALL_ON], "a call", kinds, COUNT(kinds), &kind)) {
        out->call = (enum fake_call_kind)kind;
        read_parts(reader, values, out);
    }
    if (values[CALL_NTH].json != NULL &&
        sim_read_number(reader, values[CALL_NTH], 1, CALL_NTH_MAX, &nth)) {
        out->nth = (unsigned)nth;
    }
    if (values[CALL_ANYWAY].json != NULL) {
        out->has_anyway = sim_read_flag(reader, values[CALL_ANYWAY], &out->anyway);
    }
}

static bool is_told(const struct fake_call_timing *at, size_t count,
                    const struct fake_call_timing *timing)
{
    for (size_t i = 0; i < count; i++) {
        if (at[i].call == timing->call && at[i].nth == timing->nth) {
            return true;
        }
    }
    return false;
}

static void read_calls(struct sim_draft *draft, struct sim_value array)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, array, "an array of calls")) {
        return;
    }
    size_t count = sim_value_count(reader, array);
    if (count > CALLS_MAX) {
        (void)sim_fail(reader, array, "expected at most %u calls, found %zu", CALLS_MAX, count);
        return;
    }
    struct fake_call_timing *at = sim_arena_alloc(draft->arena, count, sizeof(*at));
    struct sim_value object = sim_value_first(reader, array);
    for (size_t i = 0; i < count; i++, object = sim_value_next(reader, object)) {
        read_call(reader, object, &at[i]);
        if (is_told(at, i, &at[i])) {
            (void)sim_fail(reader, object, "the time of this call stands above already");
        }
    }
    draft->scenario->call_timings = at;
    draft->scenario->call_timing_count = count;
}

/* ---- all of it ------------------------------------------------------------------- */

void sim_read_engine(struct sim_draft *draft, struct sim_value section)
{
    static const char *const keys[] = { "identify", "pull_start", "inspect",     "remove", "list",
                                        "answer",   "abandoned",  "personality", "calls" };
    const char *personalities[FAKE_PERSONALITY_COUNT];
    enum { ANSWER = FAKE_CALL_KIND_COUNT, ABANDONED, PERSONALITY, CALLS, KEY_COUNT };
    _Static_assert(COUNT(keys) == KEY_COUNT, "the first keys are the kinds of calls, in order");
    struct sim_reader *reader = &draft->reader;
    struct fake_timing *timing = &draft->scenario->timing;
    struct sim_value values[KEY_COUNT];
    (void)sim_read_members(reader, section, keys, KEY_COUNT, values);
    for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
        if (values[i].json != NULL) {
            (void)sim_read_window(reader, values[i], &timing->execute[i]);
        }
    }
    struct fake_window answer;
    if (values[ANSWER].json != NULL && sim_read_window(reader, values[ANSWER], &answer)) {
        for (size_t i = 0; i < FAKE_CALL_KIND_COUNT; i++) {
            timing->answer[i] = answer;
        }
    }
    if (values[ABANDONED].json != NULL) {
        (void)sim_read_window(reader, values[ABANDONED], &timing->abandoned);
    }
    for (unsigned i = 0; i < FAKE_PERSONALITY_COUNT; i++) {
        personalities[i] = fake_personality_word((enum fake_personality)i);
    }
    size_t index;
    if (values[PERSONALITY].json != NULL &&
        sim_read_word(reader, values[PERSONALITY], "a personality", personalities,
                      FAKE_PERSONALITY_COUNT, &index)) {
        draft->scenario->has_personality = true;
        draft->scenario->personality = (enum fake_personality)index;
    }
    if (values[CALLS].json != NULL) {
        read_calls(draft, values[CALLS]);
    }
}
