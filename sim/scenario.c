#include "sim/scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/explore/explorable.h"
#include "sim/scenario_parts.h"
#include "sim/way_line.h"

/* A scenario as it is kept: with all that it points to. */
struct kept {
    struct sim_scenario scenario; /* first */
    struct sim_arena arena;
    struct sim_known nicknames;
};

enum section {
    SECTION_SCHEMA,
    SECTION_VERSION,
    SECTION_NAME,
    SECTION_RETELLS,
    SECTION_HAZARDS,
    SECTION_CONFIG,
    SECTION_EXPLORE,
    SECTION_CREDENTIALS,
    SECTION_REGISTRY,
    SECTION_ENGINE,
    SECTION_STRAND,
    SECTION_FAULTS,
    SECTION_WAY,
    SECTION_STEPS,
    SECTION_FINALLY,
    SECTION_COUNT
};

static const char *const section_keys[] = {
    [SECTION_SCHEMA] = "$schema",    [SECTION_VERSION] = "version",
    [SECTION_NAME] = "name",         [SECTION_RETELLS] = "retells",
    [SECTION_HAZARDS] = "hazards",   [SECTION_CONFIG] = "config",
    [SECTION_EXPLORE] = "explore",   [SECTION_CREDENTIALS] = "credentials",
    [SECTION_REGISTRY] = "registry", [SECTION_ENGINE] = "engine",
    [SECTION_STRAND] = "strand",     [SECTION_FAULTS] = "faults",
    [SECTION_WAY] = "way",           [SECTION_STEPS] = "steps",
    [SECTION_FINALLY] = "finally",
};

/* ---- the head of a file ---------------------------------------------------------------- */

static void read_version(struct sim_draft *draft, struct sim_value value)
{
    uint64_t version;
    const char *expected = "the format's version, 1";
    if (sim_value_kind(&draft->reader, value) != SIM_VALUE_NUMBER ||
        !sim_read_number(&draft->reader, value, 0, UINT32_MAX, &version)) {
        (void)sim_fail_expected(&draft->reader, value, expected);
    } else if (version != 1) {
        (void)sim_fail_expected(&draft->reader, value, expected);
    }
}

static void read_hazards(struct sim_draft *draft, struct sim_value array)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, array, "an array of hazards, such as [\"H08\"]")) {
        return;
    }
    size_t count = sim_value_count(reader, array);
    const char **at = sim_arena_alloc(draft->arena, count, sizeof(*at));
    struct sim_value value = sim_value_first(reader, array);
    for (size_t i = 0; i < count; i++, value = sim_value_next(reader, value)) {
        const char *text = NULL;
        if (!sim_read_text(reader, value, "a hazard, such as \"H08\"", &text)) {
            continue;
        }
        if (strlen(text) != 3 || text[0] != 'H' || strspn(text + 1, "0123456789") != 2) {
            (void)sim_fail_expected(reader, value, "a hazard, such as \"H08\"");
        }
        at[i] = text;
    }
    draft->scenario->hazards = (struct dd_strings){ at, count };
}

static void read_head(struct sim_draft *draft, struct sim_value document,
                      const struct sim_value *values)
{
    static const enum section required[] = { SECTION_VERSION, SECTION_NAME, SECTION_RETELLS,
                                             SECTION_STEPS };
    struct sim_reader *reader = &draft->reader;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (values[required[i]].json == NULL) {
            (void)sim_fail_missing(reader, document, "missing \"%s\"", section_keys[required[i]]);
        }
    }
    if (values[SECTION_SCHEMA].json != NULL) {
        const char *ignored = NULL;
        (void)sim_read_text(reader, values[SECTION_SCHEMA], "the schema's address", &ignored);
    }
    if (values[SECTION_VERSION].json != NULL) {
        read_version(draft, values[SECTION_VERSION]);
    }
    if (values[SECTION_NAME].json != NULL) {
        (void)sim_read_text(reader, values[SECTION_NAME], "the scenario's name",
                            &draft->scenario->name);
    }
    if (values[SECTION_RETELLS].json != NULL) {
        (void)sim_read_text(reader, values[SECTION_RETELLS],
                            "a sentence: which incident the scenario retells",
                            &draft->scenario->retells);
    }
    if (values[SECTION_HAZARDS].json != NULL) {
        read_hazards(draft, values[SECTION_HAZARDS]);
    }
}

/* ---- the way ---------------------------------------------------------------------------- */

static void read_way(struct sim_draft *draft, struct sim_value array)
{
    struct sim_reader *reader = &draft->reader;
    if (!sim_read_array(reader, array, "an array of lines, such as [\"move step 0\"]")) {
        return;
    }
    struct sim_way_reading reading = { .move_count = 0 };
    size_t count = sim_value_count(reader, array);
    const char **at = sim_arena_alloc(draft->arena, count, sizeof(*at));
    struct sim_value value = sim_value_first(reader, array);
    for (size_t i = 0; i < count; i++, value = sim_value_next(reader, value)) {
        struct sim_way_line line;
        const char *text = "";
        if (!sim_read_text(reader, value, "a line, such as \"move step 0\"", &text)) {
            continue;
        }
        at[i] = text;
        const char *wrong = sim_way_line_read(&reading, sim_arena_text(draft->arena, text), &line);
        if (wrong != NULL) {
            (void)sim_fail(reader, value, "%s", wrong);
        }
    }
    draft->scenario->has_way = true;
    draft->scenario->way = (struct dd_strings){ at, count };
}

/* As many steps as can be explored: each move is one of all that could be made. */
static void check_way(struct sim_draft *draft, struct sim_value way)
{
    size_t total = 0;
    for (size_t i = 0; i < draft->scenario->step_count; i++) {
        total += draft->scenario->steps[i].count;
    }
    if (draft->scenario->has_way && total > SIM_EXPLORED_STEP_MAX) {
        (void)sim_fail(&draft->reader, sim_value_key(way),
                       "with a \"way\", steps are carried out at most %d times in all, found %zu",
                       SIM_EXPLORED_STEP_MAX, total);
    }
}

/* ---- a whole file ---------------------------------------------------------------------- */

static void read_shapes(struct sim_draft *draft, struct sim_value document,
                        struct sim_value *values)
{
    static void (*const read[SECTION_COUNT])(struct sim_draft *, struct sim_value) = {
        [SECTION_CONFIG] = sim_read_config,
        [SECTION_EXPLORE] = sim_read_exploration,
        [SECTION_CREDENTIALS] = sim_read_credentials,
        [SECTION_REGISTRY] = sim_read_registry,
        [SECTION_ENGINE] = sim_read_engine,
        [SECTION_FAULTS] = sim_read_faults,
        [SECTION_WAY] = read_way,
        [SECTION_STEPS] = sim_read_steps,
    };
    if (!sim_read_object(&draft->reader, document, "a scenario (an object)")) {
        return;
    }
    (void)sim_read_members(&draft->reader, document, section_keys, SECTION_COUNT, values);
    read_head(draft, document, values);
    if (values[SECTION_STRAND].json != NULL) {
        (void)sim_read_window(&draft->reader, values[SECTION_STRAND], &draft->scenario->strand);
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (i == SECTION_EXPLORE) {
            sim_default_exploration(draft->scenario);
        }
        if (read[i] != NULL && values[i].json != NULL) {
            read[i](draft, values[i]);
        }
    }
}

/* All three rounds (scenario_parts.h). */
static void read_document(struct sim_draft *draft)
{
    struct sim_value values[SECTION_COUNT];
    read_shapes(draft, sim_reader_document(&draft->reader), values);
    if (!sim_reader_failed(&draft->reader)) {
        sim_define_references(draft);
    }
    if (sim_reader_failed(&draft->reader)) {
        return;
    }
    sim_check_bases(draft);
    if (values[SECTION_FAULTS].json != NULL) {
        sim_resolve_faults(draft, values[SECTION_FAULTS]);
    }
    sim_resolve_steps(draft);
    check_way(draft, values[SECTION_WAY]);
    if (values[SECTION_FINALLY].json != NULL) {
        sim_read_expectations(draft, values[SECTION_FINALLY], &draft->scenario->finally,
                              &draft->scenario->finally_count);
    }
}

struct sim_scenario *sim_scenario_parse(const char *path, const char *bytes, size_t size,
                                        struct sim_error *error)
{
    struct sim_arena arena;
    sim_arena_init(&arena);
    struct kept *kept = sim_arena_alloc(&arena, 1, sizeof(*kept));
    struct sim_draft draft = { .arena = &arena, .scenario = &kept->scenario };
    *error = (struct sim_error){ .line = 0 };
    if (!sim_reader_open(&draft.reader, &arena, bytes, size, error)) {
        sim_arena_release(&arena);
        return NULL;
    }
    kept->scenario.path = sim_arena_text(&arena, path);
    kept->scenario.text = sim_arena_bytes(&arena, bytes, size);
    kept->scenario.text_size = size;
    dd_config_init(&kept->scenario.config);
    sim_default_timing(&kept->scenario.timing);
    struct sim_known *const sets[] = { &draft.nicknames, &draft.references, &draft.credentials,
                                       &draft.labels,    &draft.containers, &draft.callers };
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        sim_known_init(sets[i], &arena);
    }
    read_document(&draft);
    bool failed = sim_reader_failed(&draft.reader);
    sim_reader_close(&draft.reader);
    if (failed) {
        sim_arena_release(&arena);
        return NULL;
    }
    kept->nicknames = draft.nicknames;
    kept->arena = arena;
    kept->nicknames.arena = &kept->arena;
    return &kept->scenario;
}

void sim_scenario_destroy(struct sim_scenario *scenario)
{
    if (scenario != NULL) {
        /* The arena holds its own head: it is taken out first. */
        struct sim_arena arena = ((struct kept *)scenario)->arena;
        sim_arena_release(&arena);
    }
}

bool sim_scenario_suits(const struct sim_scenario *scenario, enum fake_personality personality)
{
    return !scenario->has_personality || scenario->personality == personality;
}

bool sim_scenario_has_nickname(const struct sim_scenario *scenario, const char *name)
{
    return sim_known_find(&((const struct kept *)scenario)->nicknames, name) != NULL;
}

/* ---- files ------------------------------------------------------------------------------ */

/* At most one byte more than a scenario may have: enough to see that it is too
 * much. */
static char *read_file(const char *path, size_t *size, struct sim_error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)snprintf(error->message, sizeof(error->message), "cannot be opened: %s",
                       strerror(errno));
        return NULL;
    }
    size_t capacity = (size_t)64 * 1024;
    char *bytes = fake_memory_grow(NULL, capacity, 1);
    *size = 0;
    size_t more = fread(bytes, 1, capacity, file);
    while (more > 0) {
        *size += more;
        if (*size > SIM_TEXT_MAX_BYTES) {
            break;
        }
        if (*size == capacity) {
            capacity *= 2;
            bytes = fake_memory_grow(bytes, capacity, 1);
        }
        more = fread(bytes + *size, 1, capacity - *size, file);
    }
    if (ferror(file)) {
        (void)snprintf(error->message, sizeof(error->message), "cannot be read: %s",
                       strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    (void)fclose(file);
    return bytes;
}

struct sim_scenario *sim_scenario_read(const char *path, struct sim_error *error)
{
    size_t size = 0;
    *error = (struct sim_error){ .line = 0 };
    char *bytes = read_file(path, &size, error);
    if (bytes == NULL) {
        return NULL;
    }
    struct sim_scenario *scenario = sim_scenario_parse(path, bytes, size, error);
    free(bytes);
    return scenario;
}

void sim_error_format(const char *path, const struct sim_error *error, char *buffer, size_t size)
{
    const char *colon = error->path[0] == '\0' ? "" : ": ";
    if (error->line == 0) {
        (void)snprintf(buffer, size, "%s: %s", path, error->message);
    } else {
        (void)snprintf(buffer, size, "%s:%u:%u: %s%s%s", path, error->line, error->column,
                       error->path, colon, error->message);
    }
}
