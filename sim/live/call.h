/**
 * One call of the coordinator's to a real engine, on its way (line.c). Part of a live run
 * (live_state.h).
 */
#ifndef SIM_LIVE_CALL_H
#define SIM_LIVE_CALL_H

#include "sim/arena.h"
#include "sim/live/live_state.h"

struct live_call {
    struct dd_call inner;  /* what the production client has */
    struct dd_call *outer; /* the coordinator's */
    struct sim_live *live;
    struct live_call *next;
    enum fake_call_kind kind;
    uint64_t number;
    unsigned nth;                   /* of its kind, from 1 */
    char aim[SIM_LIVE_DIGEST_SIZE]; /* a DELETE's image, in the scenario's words; "": none */
    const char *name;               /* in the scenario's words; "" */
    struct sim_arena own;           /* what it has copied lies there */
    const struct fake_fault *fault;

    /* Of a pull. */
    struct dd_pull_spec spec; /* in the engine's words */
    struct dd_credentials credentials;
    struct live_line_copy {
        struct dd_line line;
        struct live_line_copy *next;
    } * lines, **lines_end;
    size_t line_count; /* not delivered yet */

    struct fake_event start;   /* it is sent */
    struct fake_event trickle; /* its next line is told */
    struct fake_event end;     /* it is answered */
    bool flying;               /* the engine has it */
    bool arrived;              /* `answer` is there */
    bool overdue;              /* its end has come, and no answer */
    bool cancelled;
    struct dd_answer answer;
};

/* told.c: copies in the scenario's words, in the call's own arena. */
void live_copy_line(struct live_call *call, const struct dd_line *line);
void live_copy_answer(struct live_call *call, const struct dd_answer *answer);

/* faults.c */
/** The scenario's fault that hits a call of @kind about @name; NULL: none. */
const struct fake_fault *live_fault_for(struct sim_live *live, enum fake_call_kind kind,
                                        const char *name);
/** It is not sent to the engine at all. */
bool live_fault_keeps(const struct fake_fault *fault);
/** Its answer has come, or never will: what @fault makes of it. */
void live_fault_strike(struct live_call *call);
/** Whether the fault lets a player who is no engine do it; else why not. */
const char *live_fault_obstacle(const struct fake_fault *fault);

#endif
