#include "sim/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fakes/memory.h"
#include "sim/array.h"

#define DEPTH_MAX 32 /* folders in folders; a link that leads back ends here */

static const char schema_name[] = "scenario.schema.json";

static void files_push(struct sim_files *files, const char *path)
{
    files->at = sim_array_grow(files->at, &files->capacity, files->count + 1, sizeof(char *));
    files->at[files->count++] = fake_memory_copy(path);
}

static bool is_scenario_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0 &&
           strcmp(name, schema_name) != 0;
}

static char *joined(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    size_t size = length + strlen(name) + 2;
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    char *path = fake_memory_alloc(size);
    (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

static bool walk(struct sim_files *files, const char *folder, unsigned depth, char *message);

static bool walk_entry(struct sim_files *files, const char *path, const char *name, unsigned depth,
                       char *message)
{
    struct stat status;
    if (name[0] == '.' || stat(path, &status) != 0) {
        return true; /* a dangling link is nobody's scenario */
    }
    if (S_ISDIR(status.st_mode)) {
        return walk(files, path, depth + 1, message);
    }
    if (is_scenario_name(name)) {
        files_push(files, path);
    }
    return true;
}

static bool walk(struct sim_files *files, const char *folder, unsigned depth, char *message)
{
    if (depth > DEPTH_MAX) {
        (void)snprintf(message, SIM_FILES_MESSAGE_SIZE, "%s: more than %d folders deep", folder,
                       DEPTH_MAX);
        return false;
    }
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL) {
        (void)snprintf(message, SIM_FILES_MESSAGE_SIZE, "%s: %s", folder, strerror(errno));
        return false;
    }
    bool ok = true;
    struct dirent *entry;
    while (ok && (entry = readdir(open_folder)) != NULL) {
        char *path = joined(folder, entry->d_name);
        ok = walk_entry(files, path, entry->d_name, depth, message);
        free(path);
    }
    (void)closedir(open_folder);
    return ok;
}

static int path_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool sim_files_add(struct sim_files *files, const char *path, char message[SIM_FILES_MESSAGE_SIZE])
{
    struct stat status;
    if (stat(path, &status) != 0) {
        (void)snprintf(message, SIM_FILES_MESSAGE_SIZE, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        files_push(files, path);
        return true;
    }
    size_t before = files->count;
    if (!walk(files, path, 0, message)) {
        return false;
    }
    if (files->count == before) {
        (void)snprintf(message, SIM_FILES_MESSAGE_SIZE,
                       "%s: expected scenario files (*.json) in this folder, found none", path);
        return false;
    }
    qsort(files->at + before, files->count - before, sizeof(char *), path_order);
    return true;
}

void sim_files_release(struct sim_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->at[i]);
    }
    free(files->at);
    *files = (struct sim_files){ .at = NULL };
}
