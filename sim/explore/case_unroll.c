/* Steps that are carried out several times, written out one by one, so that each can be
 * dropped alone; likewise registry entries for several images. */
#include <assert.h>
#include <string.h>

#include "sim/explore/case.h"
#include "sim/explore/case_parts.h"

#define UNROLLED_MAX 1000 /* steps, or registry entries */
#define TEXT_MAX 1200
#define MARK "{n}"

/* --- numbers in texts -------------------------------------------------------------------- */

static void with_number(const char *text, unsigned number, char out[TEXT_MAX])
{
    const char *mark = strstr(text, MARK);
    if (mark == NULL) {
        (void)snprintf(out, TEXT_MAX, "%s", text);
    } else {
        (void)snprintf(out, TEXT_MAX, "%.*s%u%s", (int)(mark - text), text, number,
                       mark + strlen(MARK));
    }
}

/* In all texts of @item, {n} is @number. */
static void number_texts(cJSON *item, unsigned number)
{
    char text[TEXT_MAX];
    cJSON *part;
    if (cJSON_IsString(item) && strstr(item->valuestring, MARK) != NULL) {
        with_number(item->valuestring, number, text);
        (void)cJSON_SetValuestring(item, text);
    }
    if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
        cJSON_ArrayForEach(part, item)
        {
            number_texts(part, number);
        }
    }
}

static void set_text(cJSON *object, const char *key, const char *text)
{
    (void)cJSON_ReplaceItemInObjectCaseSensitive(object, key, cJSON_CreateString(text));
}

/* --- labels -------------------------------------------------------------------------------- */

/* The count of the step labelled @label, or 0: there is none. */
static unsigned label_count(const struct sim_case *made, const char *label, size_t length)
{
    const struct sim_scenario *scenario = made->scenario;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const char *other = scenario->steps[i].label;
        if (other != NULL && strlen(other) == length && strncmp(other, label, length) == 0) {
            return scenario->steps[i].count;
        }
    }
    return 0;
}

/* "p granted" of a step that waits as its @number th of @count: for p's @number th if they
 * go pairwise, else for its last. */
static void number_after(const struct sim_case *made, cJSON *after, unsigned number, unsigned count)
{
    char text[TEXT_MAX];
    const char *space = cJSON_IsString(after) ? strrchr(after->valuestring, ' ') : NULL;
    if (space == NULL) {
        return;
    }
    int length = (int)(space - after->valuestring);
    unsigned many = label_count(made, after->valuestring, (size_t)length);
    if (many > 1) {
        (void)snprintf(text, sizeof(text), "%.*s-%u%s", length, after->valuestring,
                       many == count ? number : many, space);
        (void)cJSON_SetValuestring(after, text);
    }
}

static void number_target(const struct sim_case *made, cJSON *step, const char *verb,
                          unsigned number)
{
    char text[TEXT_MAX];
    const char *label = sim_json_text(step, verb);
    if (label != NULL && label_count(made, label, strlen(label)) > 1) {
        (void)snprintf(text, sizeof(text), "%s-%u", label, number);
        set_text(step, verb, text);
    }
}

/* What is expected of a label is expected of each of its operations. */
static void unroll_expects(const struct sim_case *made, cJSON *expects)
{
    static const char *const keys[] = { "told", "text", "recoverable", "retry_after", "image" };
    char text[TEXT_MAX];
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        cJSON *object = cJSON_GetObjectItemCaseSensitive(expects, keys[i]);
        cJSON *item = object != NULL ? object->child : NULL;
        while (item != NULL) {
            cJSON *next = item->next;
            unsigned many = label_count(made, item->string, strlen(item->string));
            for (unsigned n = 1; many > 1 && n <= many; n++) {
                (void)snprintf(text, sizeof(text), "%s-%u", item->string, n);
                (void)cJSON_AddItemToObject(object, text, cJSON_Duplicate(item, true));
            }
            if (many > 1) {
                cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
            }
            item = next;
        }
    }
}

/* --- steps ----------------------------------------------------------------------------------- */

/* A name without {n} is followed by its number where there are "callers". */
static void number_caller(cJSON *step, const char *key, unsigned number)
{
    char text[TEXT_MAX];
    const char *caller = sim_json_text(step, key);
    if (caller != NULL && cJSON_HasObjectItem(step, "callers") && strstr(caller, MARK) == NULL) {
        (void)snprintf(text, sizeof(text), "%s-%u", caller, number);
        set_text(step, key, text);
    }
}

static cJSON *unrolled_step(const struct sim_case *made, const cJSON *step, unsigned number,
                            unsigned count)
{
    char text[TEXT_MAX];
    cJSON *one = cJSON_Duplicate(step, true);
    assert(one != NULL);
    cJSON *after = cJSON_GetObjectItemCaseSensitive(one, "after");
    number_after(made, after, number, count);
    if (cJSON_IsArray(after)) {
        cJSON *item;
        cJSON_ArrayForEach(item, after)
        {
            number_after(made, item, number, count);
        }
    }
    number_target(made, one, "release", number);
    number_target(made, one, "cancel", number);
    number_target(made, one, "restart", number);
    number_caller(one, "caller", number);
    number_caller(one, "release_caller", number);
    number_texts(one, number);
    cJSON_DeleteItemFromObjectCaseSensitive(one, "callers");
    cJSON_DeleteItemFromObjectCaseSensitive(one, "images");
    const char *label = sim_json_text(one, "as");
    if (label != NULL && count > 1) {
        (void)snprintf(text, sizeof(text), "%s-%u", label, number);
        set_text(one, "as", text);
    }
    unroll_expects(made, cJSON_GetObjectItemCaseSensitive(one, "expect"));
    return one;
}

static void renumber(struct sim_case *made)
{
    const struct sim_scenario *scenario = made->scenario;
    for (size_t i = 0; i < made->tape.count; i++) {
        struct sim_tape_move *move = &made->tape.moves[i];
        size_t step;
        unsigned number;
        if (!sim_step_of_move(move->name, &step, &number) || step >= scenario->step_count) {
            continue;
        }
        size_t place = number > 0 ? number - 1 : 0;
        for (size_t k = 0; k < step; k++) {
            place += scenario->steps[k].count;
        }
        sim_move_rename_step(move, place);
    }
}

static void unroll_steps(struct sim_case *made)
{
    cJSON *steps = cJSON_GetObjectItemCaseSensitive(made->document, "steps");
    cJSON *unrolled = cJSON_CreateArray();
    const cJSON *step;
    size_t i = 0;
    cJSON_ArrayForEach(step, steps)
    {
        unsigned count = made->scenario->steps[i++].count;
        for (unsigned n = 1; n <= count; n++) {
            (void)cJSON_AddItemToArray(unrolled, unrolled_step(made, step, n, count));
        }
    }
    unroll_expects(made, cJSON_GetObjectItemCaseSensitive(made->document, "finally"));
    (void)cJSON_ReplaceItemInObjectCaseSensitive(made->document, "steps", unrolled);
    renumber(made);
}

/* --- the registry ------------------------------------------------------------------------------
 */

static unsigned image_count(const cJSON *entry)
{
    const cJSON *images = cJSON_GetObjectItemCaseSensitive(entry, "images");
    return cJSON_IsNumber(images) ? (unsigned)images->valueint : 0;
}

static void unroll_registry(struct sim_case *made)
{
    cJSON *registry = cJSON_GetObjectItemCaseSensitive(made->document, "registry");
    cJSON *entry = registry != NULL ? registry->child : NULL;
    while (entry != NULL) {
        cJSON *next = entry->next;
        unsigned count = cJSON_IsObject(entry) ? image_count(entry) : 0;
        for (unsigned n = 1; n <= count; n++) {
            char key[TEXT_MAX];
            cJSON *one = cJSON_Duplicate(entry, true);
            with_number(entry->string, n, key);
            cJSON_DeleteItemFromObjectCaseSensitive(one, "images");
            number_texts(one, n);
            (void)cJSON_AddItemToObject(registry, key, one);
        }
        if (count > 0) {
            cJSON_Delete(cJSON_DetachItemViaPointer(registry, entry));
        }
        entry = next;
    }
}

bool sim_case_unroll(struct sim_case *made)
{
    const struct sim_scenario *scenario = made->scenario;
    size_t total = 0;
    assert(scenario != NULL);
    for (size_t i = 0; i < scenario->step_count; i++) {
        total += scenario->steps[i].count;
    }
    if (total == scenario->step_count || total > UNROLLED_MAX ||
        scenario->manifest_count > UNROLLED_MAX) {
        return false;
    }
    unroll_steps(made);
    unroll_registry(made);
    return true;
}
