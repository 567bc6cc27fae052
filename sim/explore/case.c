#include "sim/explore/case.h"

#include <assert.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/layout.h"

void sim_case_init(struct sim_case *made, const struct sim_scenario *scenario,
                   const struct sim_way_tape *tape)
{
    *made =
        (struct sim_case){ .document = cJSON_ParseWithLength(scenario->text, scenario->text_size),
                           .tape = sim_way_tape_copy(tape) };
    assert(made->document != NULL);
    bool read = sim_case_read(made);
    assert(read);
    (void)read;
}

struct sim_case sim_case_copy(const struct sim_case *from)
{
    struct sim_case copy = { .document = cJSON_Duplicate(from->document, true),
                             .tape = sim_way_tape_copy(&from->tape) };
    assert(copy.document != NULL);
    return copy;
}

void sim_case_release(struct sim_case *made)
{
    cJSON_Delete(made->document);
    sim_way_tape_release(&made->tape);
    sim_scenario_destroy(made->scenario);
    *made = (struct sim_case){ .document = NULL };
}

bool sim_case_read(struct sim_case *made)
{
    struct sim_error error;
    fake_memory_free(made->tape.text);
    made->tape.text = sim_layout_print(made->document);
    sim_scenario_destroy(made->scenario);
    made->scenario =
        sim_scenario_parse(made->tape.path, made->tape.text, strlen(made->tape.text), &error);
    return made->scenario != NULL;
}

size_t sim_case_step_count(const struct sim_case *made)
{
    return (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(made->document, "steps"));
}

/* --- places -------------------------------------------------------------------------- */

struct places {
    struct sim_document_place *at;
    size_t count;
    size_t capacity;
};

static bool is_needed(const cJSON *item)
{
    static const char *const needed[] = { "$schema", "version", "name", "retells", "steps" };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (strcmp(item->string, needed[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What lies inside @parent, which lies at @place: the whole before its parts. */
static void add_places(struct places *places, const cJSON *parent,
                       const struct sim_document_place *place)
{
    bool top = place->depth == 0;
    bool steps = place->depth == 1 && strcmp(parent->string, "steps") == 0;
    struct sim_document_place inner = *place;
    const cJSON *item;
    if (inner.depth == SIM_PLACE_DEPTH_MAX) {
        return;
    }
    inner.depth++;
    inner.at[place->depth] = 0;
    cJSON_ArrayForEach(item, parent)
    {
        if (!steps && !(top && is_needed(item))) {
            places->at = sim_array_grow(places->at, &places->capacity, places->count + 1,
                                        sizeof(*places->at));
            places->at[places->count++] = inner;
        }
        add_places(places, item, &inner);
        inner.at[place->depth]++;
    }
}

struct sim_document_place *sim_case_places(const struct sim_case *made, size_t *count)
{
    struct places places = { .at = NULL };
    const struct sim_document_place root = { .depth = 0 };
    add_places(&places, made->document, &root);
    *count = places.count;
    return places.at;
}

void sim_case_drop_place(struct sim_case *made, const struct sim_document_place *place)
{
    cJSON *parent = made->document;
    assert(place->depth > 0);
    for (size_t i = 0; i + 1 < place->depth; i++) {
        parent = cJSON_GetArrayItem(parent, (int)place->at[i]);
    }
    cJSON *item = cJSON_GetArrayItem(parent, (int)place->at[place->depth - 1]);
    cJSON_Delete(cJSON_DetachItemViaPointer(parent, item));
}
