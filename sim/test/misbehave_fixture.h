/**
 * The fake engine in a process of its own, misbehaving, and what an agent makes of it.
 */
#ifndef SIM_TEST_MISBEHAVE_FIXTURE_H
#define SIM_TEST_MISBEHAVE_FIXTURE_H

#include <sys/types.h>

#include "drydock/agent.h"
#include "sim/server/misbehave.h"

struct engine_child {
    pid_t pid;
    char folder[32];
    char address[64];
    long first_kb; /* resident when it began */
    long grown_kb; /* and more at most; once it was stopped */
};

/** An engine whose registry has app:1 and tool:7. @misbehaviour: as --misbehave takes
 * it; NULL: none. */
void engine_child_start(struct engine_child *child, const char *misbehaviour);
/** The test fails if it does not end well: sanitizers speak there, too. */
void engine_child_stop(struct engine_child *child);

#define WORD_MAX 64

/** What became of a call whose answers misbehave: a class's name ("DD_ENETWORK"), or
 * what `misbehave_call` says below. */
struct misbehaved {
    char word[WORD_MAX];
    char text[256];   /* the library's sentence */
    unsigned long ms; /* until it was told */
    long grown_kb;    /* of this process, at most */
    long engine_kb;   /* likewise of the engine's */
    int files_left;   /* descriptors that were not given back */
};

/**
 * Let answers to @call misbehave as @kind says, and have an agent do what makes that
 * call: open (version, info), pull (pull, inspect), remove. (Nobody but the client asks
 * for a list.) Answers that are swapped are those of two pulls.
 *
 * The word is the class that the agent is told of. A removal's is the state that the
 * image comes to: "gone", "blocked", or "removing", if it is so after @patience_ms, which is
 * also the deadline of what stalls. A list's is "ok", "unreadable" (200, and a text that
 * says so), or the class.
 */
void misbehave_call(enum sim_misbehaviour_kind kind, enum sim_endpoint call, unsigned patience_ms,
                    struct misbehaved *out);

/** What opening and pulling takes here, with an engine that behaves: measured once. */
unsigned misbehave_usual_ms(void);

/** "DD_ENETWORK". */
const char *status_name(enum dd_status status);

#endif
