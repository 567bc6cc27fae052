/**
 * The command line, read: what to do, to which files, with which seeds.
 *
 * Errors: false, and `message` says in one line what was wrong and what is valid.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/option_values.h"

enum sim_verb { SIM_VERB_RUN, SIM_VERB_CHECK, SIM_VERB_HELP, SIM_VERB_VERSION };

struct sim_options {
    enum sim_verb verb;
    uint64_t seed_first;
    uint64_t seed_last;
    unsigned job_count;    /* worker processes; 0: as many as there are processors */
    bool in_process;       /* no worker at all */
    uint64_t run_limit_ns; /* CPU time of one run */
    bool has_personality;
    enum fake_personality personality; /* of the engine, whatever scenarios say */
    const char *junit;                 /* file; NULL: none. In the arguments */
    bool states;
    bool json;
    bool verbose;
    const char *run_only; /* the first option that `check` has no use for; NULL: none */
    char **paths;         /* in the arguments */
    int path_count;
    char message[SIM_OPTION_MESSAGE_SIZE];
};

/** Read the arguments; their order may change. Uses getopt's state, so not twice
 * at a time. */
bool sim_options_read(struct sim_options *options, int argc, char **argv);

/** What `drydock help` prints. Static storage. */
const char *sim_options_help(void);

#endif
