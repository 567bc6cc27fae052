#include "sim/explore/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/array.h"

#define LINE_WIDTH 110 /* what is no longer stays in one line */

struct layout {
    char *text;
    size_t used;
    size_t capacity;
};

static void put(struct layout *layout, const char *text)
{
    size_t length = strlen(text);
    layout->text = sim_array_grow(layout->text, &layout->capacity, layout->used + length + 1, 1);
    memcpy(layout->text + layout->used, text, length + 1);
    layout->used += length;
}

static void put_quoted(struct layout *layout, const char *text)
{
    cJSON *string = cJSON_CreateString(text);
    char *quoted = cJSON_PrintUnformatted(string);
    put(layout, quoted);
    cJSON_free(quoted);
    cJSON_Delete(string);
}

static void put_key(struct layout *layout, const cJSON *item)
{
    if (item->string != NULL) {
        put_quoted(layout, item->string);
        put(layout, ": ");
    }
}

static bool has_parts(const cJSON *item)
{
    return cJSON_IsObject(item) || cJSON_IsArray(item);
}

/* In one line: { "a": 1 } and [1, 2]. */
static void put_flat(struct layout *layout, const cJSON *item)
{
    bool object = cJSON_IsObject(item);
    const cJSON *part;
    if (!has_parts(item)) {
        char *text = cJSON_PrintUnformatted(item);
        put(layout, text);
        cJSON_free(text);
        return;
    }
    put(layout, object ? "{" : "[");
    cJSON_ArrayForEach(part, item)
    {
        put(layout, part != item->child ? ", " : object ? " " : "");
        if (object) {
            put_key(layout, part);
        }
        put_flat(layout, part);
    }
    put(layout, object ? (item->child != NULL ? " }" : "}") : "]");
}

static size_t flat_width(const cJSON *item)
{
    struct layout flat = { .text = NULL };
    put(&flat, "");
    put_flat(&flat, item);
    size_t width = flat.used;
    fake_memory_free(flat.text);
    return width;
}

static void put_indent(struct layout *layout, unsigned depth)
{
    put(layout, "\n");
    for (unsigned i = 0; i < depth; i++) {
        put(layout, "  ");
    }
}

/* The document, its faults, steps and single calls, and what holds them, go over several
 * lines, whatever their width. */
static bool is_broken(const cJSON *item, unsigned depth)
{
    static const char *const broken[] = { "steps", "faults", "calls" };
    if (depth == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (item->string != NULL && item->child != NULL && strcmp(item->string, broken[i]) == 0) {
            return true;
        }
    }
    if (item->string != NULL && strcmp(item->string, "registry") == 0) {
        return cJSON_GetArraySize(item) > 1;
    }
    return flat_width(item) + 2 * (size_t)depth > LINE_WIDTH;
}

static void put_item(struct layout *layout, const cJSON *item, unsigned depth)
{
    bool in_step = depth > 1 && item->string == NULL; /* elements stay in their line */
    const cJSON *part;
    if (!has_parts(item) || in_step || !is_broken(item, depth)) {
        put_flat(layout, item);
        return;
    }
    bool object = cJSON_IsObject(item);
    put(layout, object ? "{" : "[");
    cJSON_ArrayForEach(part, item)
    {
        put(layout, part != item->child ? "," : "");
        put_indent(layout, depth + 1);
        if (object) {
            put_key(layout, part);
        }
        put_item(layout, part, depth + 1);
    }
    put_indent(layout, depth);
    put(layout, object ? "}" : "]");
}

char *sim_layout_print(const cJSON *document)
{
    struct layout layout = { .text = NULL };
    put_item(&layout, document, 0);
    put(&layout, "\n");
    return layout.text;
}
