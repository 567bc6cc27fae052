/**
 * Finding scenario files: a file is itself; a folder is all *.json in it and in
 * its folders, in the order of the bytes of their paths, but for the schema.
 *
 * Ownership: a list owns its paths; sim_files_release frees them.
 * Errors:    false, and @message says what is wrong with @path.
 */
#ifndef SIM_FILES_H
#define SIM_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct sim_files {
    char **at;
    size_t count;
    size_t capacity;
};

#define SIM_FILES_MESSAGE_SIZE 512

/** Add what @path is, behind what is there. */
bool sim_files_add(struct sim_files *files, const char *path, char message[SIM_FILES_MESSAGE_SIZE]);

void sim_files_release(struct sim_files *files);

#endif
