/* The JSON schema of scenario files says the same words as the reader takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fakes/memory.h"
#include "sim/scenario.h"

#define SCHEMA_PATH "scenarios/scenario.schema.json"
#define SCHEMA_MAX ((size_t)1024 * 1024)

/* Tests run in the repository's root. */
static int setup(void **state)
{
    FILE *file = fopen(SCHEMA_PATH, "rb");
    if (file == NULL) {
        return -1;
    }
    char *text = fake_memory_alloc(SCHEMA_MAX);
    size_t size = fread(text, 1, SCHEMA_MAX, file);
    (void)fclose(file);
    *state = cJSON_ParseWithLength(text, size);
    free(text);
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    cJSON_Delete(*state);
    return 0;
}

/* What is at the end of @names, each a key in what the one before names. */
static const cJSON *at(const cJSON *json, const char *const *names)
{
    for (; *names != NULL; names++) {
        json = cJSON_GetObjectItemCaseSensitive(json, *names);
        if (json == NULL) {
            fail_msg("the schema has no \"%s\"", *names);
        }
    }
    return json;
}

#define AT(json, ...) at(json, (const char *const[]){ __VA_ARGS__, NULL })

static bool has_word(const cJSON *words, const char *word)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, words)
    {
        if (strcmp(item->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

/* The events are those of the coordinator. */
static void test_events(void **state)
{
    const cJSON *words =
        AT(*state, "definitions", "expect", "properties", "events", "propertyNames", "enum");
    const char *when =
        AT(*state, "definitions", "step_pull", "properties", "when", "pattern")->valuestring;
    assert_int_equal(cJSON_GetArraySize(words), DD_EVENT_COUNT);
    for (size_t i = 0; i < DD_EVENT_COUNT; i++) {
        const char *word = dd_event_word((enum dd_event_kind)i);
        if (!has_word(words, word) || strstr(when, word) == NULL) {
            fail_msg("the schema lacks the event \"%s\"", word);
        }
    }
}

/* And docs/SCENARIOS.md lists them all. */
static void test_events_are_documented(void **state)
{
    char *text = fake_memory_alloc(SCHEMA_MAX);
    FILE *file = fopen("docs/SCENARIOS.md", "rb");
    (void)state;
    assert_non_null(file);
    (void)fread(text, 1, SCHEMA_MAX - 1, file);
    (void)fclose(file);
    for (size_t i = 0; i < DD_EVENT_COUNT; i++) {
        char word[64];
        (void)snprintf(word, sizeof(word), "`%s`", dd_event_word((enum dd_event_kind)i));
        if (strstr(text, word) == NULL) {
            fail_msg("docs/SCENARIOS.md lacks the event %s", word);
        }
    }
    free(text);
}

/* The reasons are those of the fake engine. */
static void test_reasons(void **state)
{
    const cJSON *words = AT(*state, "definitions", "fault", "properties", "reason", "enum");
    size_t count = 0;
    for (; fake_reason_word(count) != NULL; count++) {
        if (!has_word(words, fake_reason_word(count))) {
            fail_msg("the schema lacks the reason \"%s\"", fake_reason_word(count));
        }
    }
    assert_int_equal(cJSON_GetArraySize(words), count);
}

/* States, conflicts and statuses are those of the library: each status by its text
 * and by its constant's name, but DD_OK, whose text is its name. */
static void test_statuses(void **state)
{
    const cJSON *expect = AT(*state, "definitions", "expect", "properties");
    const cJSON *states = AT(expect, "state", "additionalProperties", "enum");
    const cJSON *conflicts = AT(expect, "reason", "additionalProperties", "enum");
    const cJSON *statuses = AT(expect, "told", "additionalProperties", "enum");
    assert_int_equal(cJSON_GetArraySize(states), DD_IMAGE_STATE_COUNT);
    assert_int_equal(cJSON_GetArraySize(conflicts), DD_CONFLICT_COUNT);
    assert_int_equal(cJSON_GetArraySize(statuses), 2 * DD_STATUS_COUNT - 1);
    for (size_t i = 0; i < DD_CONFLICT_COUNT; i++) {
        assert_true(has_word(conflicts, dd_conflict_text((enum dd_conflict)i)));
    }
    for (size_t i = 0; i < DD_STATUS_COUNT; i++) {
        assert_true(has_word(statuses, dd_status_text((enum dd_status)i)));
    }
}

/* Each step has its schema. */
static void test_steps(void **state)
{
    for (size_t kind = 0; kind < SIM_STEP_KIND_COUNT; kind++) {
        const char *word = sim_step_word((enum sim_step_kind)kind);
        char name[64];
        (void)snprintf(name, sizeof(name), "step_%s", word);
        (void)AT(*state, "definitions", name, "properties", word);
    }
    /* Two kinds of release are one verb. */
    assert_int_equal(cJSON_GetArraySize(AT(*state, "definitions", "step", "oneOf")),
                     SIM_STEP_KIND_COUNT - 1);
}

/* Whatever word the schema has for a step, a fault or an expectation, the reader
 * knows it: an unknown key is said before anything else. */
static void test_keys(void **state)
{
    static const struct {
        const char *definition;
        const char *before;
        const char *after;
    } objects[] = {
        { "fault", "\"steps\":[{\"close\":\"leave\"}],\"faults\":[{", "}]" },
        { "call", "\"steps\":[{\"close\":\"leave\"}],\"engine\":{\"calls\":[{", "}]}" },
        { "expect", "\"steps\":[{\"close\":\"leave\"}],\"finally\":{", "}" },
        { "manifest", "\"steps\":[{\"close\":\"leave\"}],\"registry\":{\"a\":{", "}}" },
        { "step_pull", "\"steps\":[{", "}]" },
        { "step_retain", "\"steps\":[{", "}]" },
        { "step_push", "\"steps\":[{", "}]" },
        { "step_run", "\"steps\":[{", "}]" },
        { "step_build", "\"steps\":[{", "}]" },
    };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        const cJSON *key;
        cJSON_ArrayForEach(key, AT(*state, "definitions", objects[i].definition, "properties"))
        {
            char text[512];
            struct sim_error error;
            int size = snprintf(text, sizeof(text),
                                "{%s\"%s\":null%s,\"version\":1,\"name\":\"n\",\"retells\":\"r\"}",
                                objects[i].before, key->string, objects[i].after);
            assert_null(sim_scenario_parse("x", text, (size_t)size, &error));
            if (strstr(error.message, "unknown key") != NULL) {
                fail_msg("%s: %s", objects[i].definition, error.message);
            }
        }
    }
}

/* What the reader says of a key or of the lack of one: the words behind "one of". */
static char *said_words(const char *before, const char *key, const char *after)
{
    char text[512];
    struct sim_error error;
    int size =
        snprintf(text, sizeof(text), "{%s%s%s,\"version\":1,\"name\":\"n\",\"retells\":\"r\"}",
                 before, key, after);
    assert_null(sim_scenario_parse("x", text, (size_t)size, &error));
    const char *words = strstr(error.message, "one of");
    if (words == NULL) {
        fail_msg("no words: %s", error.message);
        return NULL;
    }
    words += strlen("one of");
    return fake_memory_copy(words + strspn(words, ": "));
}

/* The next word of @list, which is moved on; NULL: that was all. */
static char *next_word(char **list)
{
    char *word = *list + strspn(*list, ", ");
    size_t length = strcspn(word, ", ");
    *list = word + length + (word[length] != '\0' ? 1 : 0);
    word[length] = '\0';
    return length > 0 ? word : NULL;
}

/* And whatever key the reader knows, the schema has; so it does each effect of a fault. */
static void test_keys_of_the_reader(void **state)
{
    static const struct {
        const char *definition;
        const char *before;
        const char *after;
    } objects[] = {
        { "fault", "\"steps\":[{\"close\":\"leave\"}],\"faults\":[{", "}]" },
        { "call", "\"steps\":[{\"close\":\"leave\"}],\"engine\":{\"calls\":[{", "}]}" },
        { "expect", "\"steps\":[{\"close\":\"leave\"}],\"finally\":{", "}" },
        { "manifest", "\"steps\":[{\"close\":\"leave\"}],\"registry\":{\"a\":{", "}}" },
    };
    char *rest;
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        char *words = said_words(objects[i].before, "\"no such word\":null", objects[i].after);
        rest = words;
        for (char *word; (word = next_word(&rest)) != NULL;) {
            (void)AT(*state, "definitions", objects[i].definition, "properties", word);
        }
        free(words);
    }
    const cJSON *effects = AT(*state, "definitions", "fault", "oneOf");
    char *words = said_words(objects[0].before, "\"on\":\"pull\"", objects[0].after);
    int count = 0;
    rest = words;
    for (char *word; (word = next_word(&rest)) != NULL;) {
        bool found = false;
        const cJSON *effect;
        cJSON_ArrayForEach(effect, effects)
        {
            found = found || has_word(AT(effect, "required"), word);
        }
        if (!found) {
            fail_msg("the schema lacks the fault \"%s\"", word);
        }
        count++;
    }
    free(words);
    assert_int_equal(cJSON_GetArraySize(effects), count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_documented),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_of_the_reader),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
