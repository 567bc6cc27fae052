/**
 * When the coordinator breaks (a failed assert, a bad address): say which run it
 * was and how to replay it, before the process dies of it.
 *
 * Threading: one run at a time in a process.
 */
#ifndef SIM_CRASH_H
#define SIM_CRASH_H

#include <stdint.h>

/** Once: be told of what kills a process, which was called as @program: borrowed. */
void sim_crash_watch(const char *program);

/** The run that is going on; @path is borrowed until the next call; NULL: none. */
void sim_crash_running(const char *path, uint64_t seed);

#endif
