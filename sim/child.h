/**
 * A process of our own making: what it hands back, what it says on stderr, how it
 * ended. The parent never waits for one that has not ended its output.
 *
 * Ownership: sim_child_release frees what a child's record holds.
 * Threading: one thread; children are forked from it.
 * Errors:    none, but that a child cannot be made; aborts without memory.
 */
#ifndef SIM_CHILD_H
#define SIM_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIM_CHILD_SAID_MAX 8192

struct sim_child {
    pid_t pid;
    int out; /* what it hands back; -1: ended */
    int err; /* its stderr; -1: ended */
    unsigned char *bytes;
    size_t used;
    size_t capacity;
    char said[SIM_CHILD_SAID_MAX]; /* the beginning of it, ended by a NUL */
    size_t said_length;
    bool senseless; /* what it handed back cannot be */
    int status;     /* as of waitpid, once it has ended */
};

/** Make one, which runs @body and exits; false, with errno, if there can be none.
 * In the child stdin and stdout are left alone, stderr is the parent's to read, and
 * an interrupt from the keyboard is ignored: it is the parent's to hear. */
bool sim_child_start(struct sim_child *child, void (*body)(void *arg, int out), void *arg);

/** There is something to read from @fd (one of the two). */
void sim_child_read(struct sim_child *child, int fd);

/** Drop the first @count of its bytes. */
void sim_child_take(struct sim_child *child, size_t count);

/** Both ends are read: learn how it ended. */
void sim_child_reap(struct sim_child *child);

/** End it now, if it has not ended. */
void sim_child_kill(struct sim_child *child);

void sim_child_release(struct sim_child *child);

/** In the child: write all of it, or end the process: nobody is there to read. */
void sim_child_write(int out, const void *bytes, size_t count);

/** Why it died, in words without addresses: what an assert or a sanitizer said, or
 * else the signal or exit status. Returned, release with free. */
char *sim_child_words(const struct sim_child *child);

/** It did not end well. */
bool sim_child_broke(const struct sim_child *child);

#endif
