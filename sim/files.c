#include "sim/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fakes/memory.h"
#include "sim/array.h"

#define TEXT_OF(macro) TEXT_OF_ARGUMENT(macro)
#define TEXT_OF_ARGUMENT(argument) #argument
#define DEPTH_MAX 32 /* folders in folders; a link that leads back ends here */

static const char schema_name[] = "scenario.schema.json";

static void files_push(struct sim_files *files, const char *path, const char *problem)
{
    struct sim_file file = { .path = fake_memory_copy(path) };
    if (problem != NULL) {
        size_t size = strlen(path) + strlen(problem) + sizeof(": ");
        file.problem = fake_memory_alloc(size);
        (void)snprintf(file.problem, size, "%s: %s", path, problem);
    }
    files->at = sim_array_grow(files->at, &files->capacity, files->count + 1, sizeof(*files->at));
    files->at[files->count++] = file;
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

static void walk(struct sim_files *files, const char *folder, unsigned depth);

static void walk_entry(struct sim_files *files, const char *path, const char *name, unsigned depth)
{
    struct stat status;
    if (name[0] == '.' || stat(path, &status) != 0) {
        return; /* a dangling link is nobody's scenario */
    }
    if (S_ISDIR(status.st_mode)) {
        walk(files, path, depth + 1);
    } else if (S_ISREG(status.st_mode) && is_scenario_name(name)) {
        files_push(files, path, NULL);
    }
}

static void walk(struct sim_files *files, const char *folder, unsigned depth)
{
    if (depth > DEPTH_MAX) {
        files_push(files, folder, "more than " TEXT_OF(DEPTH_MAX) " folders deep");
        return;
    }
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL) {
        files_push(files, folder, strerror(errno));
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(open_folder)) != NULL) {
        char *path = joined(folder, entry->d_name);
        walk_entry(files, path, entry->d_name, depth);
        free(path);
    }
    (void)closedir(open_folder);
}

static int path_order(const void *a, const void *b)
{
    return strcmp(((const struct sim_file *)a)->path, ((const struct sim_file *)b)->path);
}

void sim_files_add(struct sim_files *files, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        files_push(files, path, strerror(errno));
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        files_push(files, path, NULL);
        return;
    }
    size_t before = files->count;
    walk(files, path, 0);
    if (files->count == before) {
        files_push(files, path, "expected scenario files (*.json) in this folder, found none");
    }
    qsort(files->at + before, files->count - before, sizeof(*files->at), path_order);
}

void sim_files_release(struct sim_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->at[i].path);
        free(files->at[i].problem);
    }
    free(files->at);
    *files = (struct sim_files){ .at = NULL };
}
