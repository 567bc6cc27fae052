/**
 * A report's file, whole or not at all: written beside its place and then moved there.
 * What is no regular file (a pipe, a terminal) is written to as it is.
 *
 * Ownership: @path borrowed until the end.
 * Errors:    false, and `message` says in one line what was wrong.
 */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct sim_output {
    const char *path;
    char *temporary; /* NULL: written to as it is */
    FILE *file;
    char message[512];
};

/** Whether @path could be written, as far as that is known now; nothing has changed. */
bool sim_output_is_possible(const char *path, char message[512]);

/** Find out whether @path can be written, before there is anything to write. */
bool sim_output_begin(struct sim_output *output, const char *path);

/** Put what was written to `file` in its place. */
bool sim_output_commit(struct sim_output *output);

/** Leave everything as it was; fine after a commit, or if nothing was begun. */
void sim_output_drop(struct sim_output *output);

#endif
