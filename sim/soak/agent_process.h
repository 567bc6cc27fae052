/**
 * The process that an agent under soak is: it can be killed. It lives one life after the
 * other, as it is told on its standard input: a line "close" or "drain" ends a life and
 * begins the next one; the end of input ends the last one, once nothing of it is left.
 * What it left behind goes to its standard output as one line of numbers.
 *
 * Errors: the exit status is 0 if nothing was left.
 */
#ifndef SIM_SOAK_AGENT_PROCESS_H
#define SIM_SOAK_AGENT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SIM_SOAK_AGENT_VERB "soak-agent" /* of the command, for nobody else */

struct sim_agent_process {
    pid_t pid;
    int in;  /* what it is told; -1: no more */
    int out; /* what it says in the end */
};

struct sim_agent_order {
    const char *docker;
    const char *folder; /* for the host lock */
    const char *recording;
    const char *registry;
    unsigned image_count;
    unsigned caller_count;
    uint64_t seed;
    uint64_t first_life;
};

/** What the last life of a process left behind. */
struct sim_agent_left {
    bool known; /* it said so */
    uint64_t images;
    uint64_t library_bytes;
    uint64_t descriptors;
    uint64_t untold;
    uint64_t grown_kb; /* its resident memory, since it had been at work for some seconds */
};

/** Start one, which is this program again. False: it cannot be started, and errno says why. */
bool sim_agent_start(struct sim_agent_process *process, const struct sim_agent_order *order);
void sim_agent_tell(struct sim_agent_process *process, const char *line);
/** It ends in its own time, is awaited, and says what was left. The exit status as of
 * waitpid is returned. */
int sim_agent_finish(struct sim_agent_process *process, struct sim_agent_left *left);
/** It ends now. */
void sim_agent_kill(struct sim_agent_process *process);
/** It has ended by itself, which it must not. */
bool sim_agent_broke(struct sim_agent_process *process, int *status);

/** What it does: the command's verb. */
int sim_agent_main(int argc, char **argv);

#endif
