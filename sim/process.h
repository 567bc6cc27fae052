/**
 * What a process that plays on the real system asks of it: a pause, a shell's command,
 * its own open files, an end to a folder of its own. Nothing here is for a simulated run.
 *
 * Units:     milliseconds.
 * Threading: any thread.
 */
#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/** Wait for all of @ms, whatever signals come meanwhile. */
void sim_pause_ms(uint64_t ms);

/** Run @line in a shell and wait for its end: its exit status, 128 and the signal that
 * ended it, or -1 if it could not be begun. */
int sim_shell_run(const char *line);

/** How many files this process has open. Returns false if that cannot be seen. */
bool sim_descriptor_count(uint64_t *out);

/** Remove the folder at @path and the files in it (locks, sockets). What cannot be removed
 * stays. */
void sim_remove_folder(const char *path);

#endif
