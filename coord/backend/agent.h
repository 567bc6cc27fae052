/**
 * The agent's face from inside: what its files share. agent_open.c opens it,
 * agent.c is its life and end,
 * agent_operation.c pulls, retains and cancels, agent_refusal.c says what was wrong, agent_wait.c
 * waits for pulls and retains, agent_answer.c has the calls that the strand answers at once.
 */
#ifndef DD__BACKEND_AGENT_H
#define DD__BACKEND_AGENT_H

#include "coord/backend/mailbox.h"
#include "coord/table.h"
#include "drydock/agent.h"
#include "drydock/backend.h"

struct dd_agent {
    struct dd__mailbox mailbox;
    struct dd_backend *backend; /* NULL: the caller's */
    struct dd_loop *loop;
    bool has_thread;
    pthread_t thread;
    struct dd_task wake; /* letters have come */
    struct dd_env env;
    struct dd_observer observers[DD_AGENT_OBSERVER_MAX + 1]; /* and the one that counts */
    size_t observer_count;

    /* The strand's. */
    struct dd_coord *coord; /* NULL: not any more; every call is answered DD_ECLOSED */
    bool is_settled;        /* the opening has come to an end: letters are read */
    dd_opened_fn opened;
    void *opened_arg;
    struct dd_event_counts counts;

    /* Under the mailbox's lock. */
    bool close_asked;
    struct dd_close close;
    struct dd__letter close_letter;
    struct dd__table operations; /* dd__agent_operation, by number, until they are told */
    uint64_t last_number;
    bool may_run; /* the thread: the coordinator is there, or will never be */
};

/** The loop's wake task: letters have come. */
void dd__agent_letters_came(struct dd_task *task);

/** The coordinator's dd_opened_fn. */
void dd__agent_opened(void *arg, enum dd_status status, const char *text);

/** The close letter's delivery. */
void dd__agent_close_deliver(struct dd__letter *letter, struct dd_agent *agent);

/** The thread of an agent that has one. */
void *dd__agent_strand(void *arg);

/** Of an agent that is over, or never began. */
void dd__agent_free(struct dd_agent *agent);

/** What operations are found by. */
uint64_t dd__agent_operation_hash(const void *ctx, const struct dd__node *node);

/** How a call that was refused with @status is told. */
struct dd_result dd__agent_refusal(enum dd_status status);

/** What made the coordinator answer DD_EINVAL to it, a sentence in @complaint. */
const char *dd__agent_pull_complaint(const struct dd_pull *pull,
                                     char complaint[DD_OUTCOME_TEXT_MAX + 1]);
const char *dd__agent_retain_complaint(const struct dd_retain *retain,
                                       char complaint[DD_OUTCOME_TEXT_MAX + 1]);

#endif
