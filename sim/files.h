/**
 * Finding scenario files: a file is itself; a folder is all regular files *.json in
 * it and in its folders, in the order of the bytes of their paths, but for the schema.
 *
 * Ownership: a list owns its texts; sim_files_release frees them.
 * Errors:    what cannot be looked at is on the list with what is wrong with it.
 */
#ifndef SIM_FILES_H
#define SIM_FILES_H

#include <stddef.h>

struct sim_file {
    char *path;
    char *problem; /* "PATH: …"; NULL: none is known */
};

struct sim_files {
    struct sim_file *at;
    size_t count;
    size_t capacity;
};

/** Add what @path is, behind what is there. */
void sim_files_add(struct sim_files *files, const char *path);

void sim_files_release(struct sim_files *files);

#endif
