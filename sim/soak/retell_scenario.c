/* Retelling: the scenario of a recording. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/soak/retell.h"

static void add_text(cJSON *json, const char *key, const char *value)
{
    (void)cJSON_AddStringToObject(json, key, value);
}

/* Of what is pulled, what is known to be there. */
static void add_registry(const struct sim_retold *retold, cJSON *json)
{
    cJSON *registry = cJSON_AddObjectToObject(json, "registry");
    char nickname[SIM_RETOLD_NAME_SIZE];
    for (size_t i = 0; i < retold->name_count; i++) {
        const struct sim_retold_name *name = &retold->names[i];
        if (strchr(name->name, '@') == NULL) {
            sim_retold_call(retold, retold->images[name->image], nickname);
            add_text(cJSON_AddObjectToObject(registry, name->name), "id", nickname);
        }
    }
}

static void add_label(cJSON *step, const char *key, uint64_t operation)
{
    char label[32];
    (void)snprintf(label, sizeof(label), "o%llu", (unsigned long long)operation);
    add_text(step, key, label);
}

/* Whose telling brought that lease; 0: nobody's. */
static uint64_t operation_of(const struct sim_retold *retold, const struct sim_entry *release)
{
    for (size_t i = 0; i < retold->line_count; i++) {
        const struct sim_entry *told = &retold->lines[i];
        if (told == release) {
            break;
        }
        if (told->kind == SIM_ENTRY_TOLD && told->lease == release->lease && told->image != NULL &&
            release->image != NULL && strcmp(told->image, release->image) == 0) {
            return told->number;
        }
    }
    return 0;
}

static void add_release(const struct sim_retold *retold, cJSON *step, const struct sim_entry *entry)
{
    char name[SIM_RETOLD_NAME_SIZE] = "";
    uint64_t operation = operation_of(retold, entry);
    if (strcmp(entry->text, "caller") == 0) {
        add_text(step, "release_caller", entry->caller);
    } else if (strcmp(entry->text, "lease") == 0 && operation != 0) {
        add_label(step, "release", operation);
    } else {
        sim_retold_call(retold, entry->image != NULL ? entry->image : "", name);
        add_text(step, "release", name);
        add_text(step, "caller", entry->caller);
    }
}

static void add_retain(const struct sim_retold *retold, cJSON *step, const struct sim_entry *entry)
{
    char name[SIM_RETOLD_NAME_SIZE];
    sim_retold_call(retold, entry->image, name);
    add_text(step, "retain", name);
    add_text(step, "caller", entry->caller);
    if (entry->name_count > 0) {
        cJSON *bindings = cJSON_AddArrayToObject(step, "bindings");
        for (size_t i = 0; i < entry->name_count; i++) {
            sim_retold_call(retold, entry->names[i], name);
            (void)cJSON_AddItemToArray(bindings, cJSON_CreateString(name));
        }
    }
    add_label(step, "as", entry->number);
}

static void add_step(const struct sim_retold *retold, cJSON *steps, const struct sim_entry *entry)
{
    cJSON *step = cJSON_CreateObject();
    (void)cJSON_AddItemToArray(steps, step);
    if (entry->kind == SIM_ENTRY_PULL) {
        add_text(step, "pull", entry->reference);
        add_text(step, "caller", entry->caller);
        add_text(step, "policy", entry->text != NULL ? entry->text : "always");
        add_label(step, "as", entry->number);
    } else if (entry->kind == SIM_ENTRY_RETAIN) {
        add_retain(retold, step, entry);
    } else if (entry->kind == SIM_ENTRY_CANCEL) {
        add_label(step, "cancel", entry->number);
    } else {
        add_release(retold, step, entry);
    }
}

char *sim_retold_scenario(const struct sim_retold *retold)
{
    cJSON *json = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(json, "version", 1);
    add_text(json, "name", "a recording, retold");
    add_text(json, "retells", "what a soak recorded on an engine");
    cJSON *explore = cJSON_AddObjectToObject(json, "explore");
    add_text(explore, "time", "untimed");
    add_text(explore, "calls", "parts");
    add_registry(retold, json);
    cJSON *steps = cJSON_AddArrayToObject(json, "steps");
    for (size_t i = 0; i < retold->end; i++) {
        enum sim_entry_kind kind = retold->lines[i].kind;
        if (kind == SIM_ENTRY_PULL || kind == SIM_ENTRY_RETAIN || kind == SIM_ENTRY_CANCEL ||
            kind == SIM_ENTRY_RELEASE) {
            add_step(retold, steps, &retold->lines[i]);
        }
    }
    char *printed = cJSON_Print(json);
    if (printed == NULL) {
        (void)fputs("drydock: out of memory\n", stderr);
        abort();
    }
    char *text = fake_memory_copy(printed);
    cJSON_free(printed);
    cJSON_Delete(json);
    return text;
}
