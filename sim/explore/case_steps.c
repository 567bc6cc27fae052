/* Dropping steps of a scenario, and what is about them alone: on the tape, and in what
 * others wait for, release, cancel or expect. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/case.h"
#include "sim/explore/case_parts.h"

/* --- labels ---------------------------------------------------------------------------- */

const char *sim_json_text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

bool sim_after_names(const char *after, const char *label)
{
    const char *space = strrchr(after, ' ');
    size_t length = space != NULL ? (size_t)(space - after) : 0;
    return strlen(label) == length && strncmp(after, label, length) == 0;
}

static bool is_dropped(const cJSON *steps, const bool *dropped, const char *text, bool after)
{
    const cJSON *step;
    size_t i = 0;
    cJSON_ArrayForEach(step, steps)
    {
        const char *label = dropped[i++] ? sim_json_text(step, "as") : NULL;
        if (label != NULL && (after ? sim_after_names(text, label) : strcmp(text, label) == 0)) {
            return true;
        }
    }
    return false;
}

static bool targets_dropped(const cJSON *steps, const bool *dropped, const cJSON *step)
{
    static const char *const verbs[] = { "release", "cancel", "restart" };
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        const char *target = sim_json_text(step, verbs[i]);
        if (target != NULL && is_dropped(steps, dropped, target, false)) {
            return true;
        }
    }
    return false;
}

/* What it waits for of the dropped is taken out; false if then nothing is left. */
static bool wait_for_others(const cJSON *steps, const bool *dropped, cJSON *step)
{
    cJSON *after = cJSON_GetObjectItemCaseSensitive(step, "after");
    if (cJSON_IsString(after)) {
        return !is_dropped(steps, dropped, after->valuestring, true);
    }
    if (!cJSON_IsArray(after)) {
        return true;
    }
    cJSON *item = after->child;
    while (item != NULL) {
        cJSON *next = item->next;
        if (cJSON_IsString(item) && is_dropped(steps, dropped, item->valuestring, true)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(after, item));
        }
        item = next;
    }
    return after->child != NULL;
}

/* What is expected of operations that are not begun any more is not. */
static void expect_of_others(const cJSON *steps, const bool *dropped, cJSON *expects)
{
    static const char *const keys[] = { "told", "text", "recoverable", "retry_after", "image" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        cJSON *object = cJSON_GetObjectItemCaseSensitive(expects, keys[i]);
        cJSON *item = object != NULL ? object->child : NULL;
        while (item != NULL) {
            cJSON *next = item->next;
            if (is_dropped(steps, dropped, item->string, false)) {
                cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
            }
            item = next;
        }
    }
}

/* --- the tape -------------------------------------------------------------------------- */

bool sim_step_of_move(const char *name, size_t *step, unsigned *number)
{
    char *end;
    if (strncmp(name, "step ", 5) != 0) {
        return false;
    }
    *step = strtoull(name + 5, &end, 10);
    *number = *end == '.' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    return true;
}

void sim_move_rename_step(struct sim_tape_move *move, size_t step)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "step %zu", step);
    fake_memory_free(move->name);
    move->name = fake_memory_copy(name);
}

static void renumber(struct sim_way_tape *tape, const bool *dropped, size_t count)
{
    for (size_t i = 0; i < tape->count; i++) {
        size_t step;
        unsigned number;
        if (!sim_step_of_move(tape->moves[i].name, &step, &number) || step >= count) {
            continue;
        }
        size_t before = 0;
        for (size_t k = 0; k < step; k++) {
            before += dropped[k] ? 1 : 0;
        }
        tape->moves[i].left_out = dropped[step];
        if (number == 0) {
            sim_move_rename_step(&tape->moves[i], step - before);
        } else {
            char name[64];
            (void)snprintf(name, sizeof(name), "step %zu.%u", step - before, number);
            fake_memory_free(tape->moves[i].name);
            tape->moves[i].name = fake_memory_copy(name);
        }
    }
    sim_way_tape_compact(tape);
}

/* --- dropping --------------------------------------------------------------------------- */

void sim_case_drop_steps(struct sim_case *made, size_t from, size_t count, bool cut)
{
    cJSON *steps = cJSON_GetObjectItemCaseSensitive(made->document, "steps");
    size_t total = sim_case_step_count(made);
    bool *dropped = fake_memory_alloc(total + 1);
    cJSON *step;
    size_t i = 0;
    cJSON_ArrayForEach(step, steps)
    {
        dropped[i] = i >= from && i < from + count;
        if (!dropped[i]) {
            bool waits = wait_for_others(steps, dropped, step);
            dropped[i] = targets_dropped(steps, dropped, step) || (!waits && !cut);
            if (!waits && cut) {
                cJSON_DeleteItemFromObjectCaseSensitive(step, "after");
                cJSON_DeleteItemFromObjectCaseSensitive(step, "within");
            }
        }
        expect_of_others(steps, dropped, cJSON_GetObjectItemCaseSensitive(step, "expect"));
        i++;
    }
    expect_of_others(steps, dropped, cJSON_GetObjectItemCaseSensitive(made->document, "finally"));
    renumber(&made->tape, dropped, total);
    for (size_t k = total; k-- > 0;) {
        if (dropped[k]) {
            cJSON_DeleteItemFromArray(steps, (int)k);
        }
    }
    fake_memory_free(dropped);
}
