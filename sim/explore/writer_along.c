/* A written scenario that tells its order itself: what failed, with its way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/writer_parts.h"

/* The lines of a text, each an element. */
static cJSON *lines_of(const char *text)
{
    cJSON *lines = cJSON_CreateArray();
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        (void)cJSON_AddItemToArray(lines, cJSON_CreateString(line));
        free(line);
        text += length + (text[length] != '\0' ? 1 : 0);
    }
    return lines;
}

cJSON *sim_written_along(const struct sim_written *written)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return NULL;
    }
    sim_way_tape_write_lines(&written->made->tape, file);
    cJSON *document = NULL;
    if (fclose(file) == 0) {
        document = cJSON_Duplicate(written->made->document, true);
        sim_written_head(written, document);
        cJSON_DeleteItemFromObjectCaseSensitive(document, "way");
        (void)cJSON_AddItemToObject(document, "way", lines_of(text));
        sim_written_order_keys(document);
    }
    free(text);
    return document;
}
