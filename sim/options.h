/**
 * The command line, read: what to do, to which files, with which seeds.
 *
 * Errors: false, and `message` says in one line what was wrong and what is valid.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_JOBS_MAX 256

enum sim_verb { SIM_VERB_RUN, SIM_VERB_CHECK, SIM_VERB_HELP, SIM_VERB_VERSION };

struct sim_options {
    enum sim_verb verb;
    uint64_t seed_first;
    uint64_t seed_last;
    unsigned job_count;    /* worker processes; 0: as many as there are processors */
    bool in_process;       /* no worker at all */
    uint64_t run_limit_ns; /* CPU time of one run */
    const char *junit;     /* file; NULL: none. In the arguments */
    bool states;
    bool json;
    bool verbose;
    const char *run_only; /* the first option that `check` has no use for; NULL: none */
    char **paths;         /* in the arguments */
    int path_count;
    char message[256];
};

/** Read the arguments; their order may change. Uses getopt's state, so not twice
 * at a time. */
bool sim_options_read(struct sim_options *options, int argc, char **argv);

/** A seed: a decimal number, or a git commit hash (7 to 40 hex digits, a letter
 * among them unless there are 40), of which the first 16 digits count. */
bool sim_seed_read(const char *text, uint64_t *seed);

/** "A..B", both included, A not above B. */
bool sim_seeds_read(const char *text, uint64_t *first, uint64_t *last);

/** "auto", or a number from 0 to SIM_JOBS_MAX. */
bool sim_jobs_read(const char *text, unsigned *count);

/** What `drydock help` prints. Static storage. */
const char *sim_options_help(void);

#endif
