/*
 * The agent's face: how it lives on its strand, and how it ends. agent_open.c has
 * its beginning; what its calls do is in agent_operation.c, agent_wait.c and
 * agent_answer.c.
 */
#include "coord/backend/agent.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "coord/list.h"
#include "coord/text.h"

#define HURRIED_CLOSE_NS DD_SECOND_NS

static void deliver_all(struct dd_agent *agent, struct dd__letter *letter)
{
    while (letter != NULL) {
        struct dd__letter *next = letter->next;
        letter->deliver(letter, agent);
        letter = next;
    }
}

void dd__agent_letters_came(struct dd_task *task)
{
    struct dd_agent *agent = DD__CONTAINER(task, struct dd_agent, wake);

    dd__mailbox_arrive(&agent->mailbox);
    if (agent->is_settled) {
        deliver_all(agent, dd__mailbox_take(&agent->mailbox));
    }
}

/* Whatever was asked is answered DD_ECLOSED from here on, and `closed` is the last
 * callback of all. */
static void agent_end(struct dd_agent *agent)
{
    struct dd_coord *coord = agent->coord;

    agent->coord = NULL;
    deliver_all(agent, dd__mailbox_shut(&agent->mailbox));
    dd_destroy(coord);
    dd_loop_on_wake(agent->loop, NULL);
    if (agent->close_asked && agent->close.closed != NULL) {
        agent->close.closed(agent->close.arg);
    }
    dd__mailbox_end(&agent->mailbox);
}

/* What did not open names the engine, in the words of the coordinator too, who does not
 * know where it is. */
static void tell_opened(struct dd_agent *agent, enum dd_status status, const char *text)
{
    const char *host =
        agent->backend == NULL ? "" : dd_client_host(dd_backend_client(agent->backend));
    char named[DD_WHY_SIZE];
    struct dd__text words;

    if (status != DD_OK && strstr(text, host) == NULL) {
        dd__text_init(&words, named, sizeof named);
        dd__text_string(&words, text);
        dd__text_string(&words, " (engine: ");
        dd__text_string(&words, host);
        dd__text_string(&words, ")");
        text = named;
    }
    agent->opened(agent->opened_arg, status, text);
}

void dd__agent_opened(void *arg, enum dd_status status, const char *text)
{
    struct dd_agent *agent = arg;

    dd__mailbox_arrive(&agent->mailbox);
    tell_opened(agent, status, text);
    agent->is_settled = true;
    if (status == DD_OK) {
        deliver_all(agent, dd__mailbox_take(&agent->mailbox));
    } else {
        agent_end(agent);
    }
}

static void coord_closed(void *arg)
{
    agent_end(arg);
}

void dd__agent_close_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct dd_close close = agent->close;
    enum dd_status status;

    (void)letter;
    if (agent->coord == NULL) {
        return; /* agent_end is at work, and tells */
    }
    close.closed = coord_closed;
    close.arg = agent;
    status = dd_close(agent->coord, &close);
    assert(status == DD_OK); /* it is open, and this is the only close */
    (void)status;
}

void *dd__agent_strand(void *arg)
{
    struct dd_agent *agent = arg;
    bool may_run;

    /* Whoever opens holds the lock until there is a coordinator. */
    dd__mailbox_lock(&agent->mailbox);
    may_run = agent->may_run;
    dd__mailbox_unlock(&agent->mailbox);
    if (may_run) {
        dd__mailbox_arrive(&agent->mailbox);
        while (!dd__mailbox_is_over(&agent->mailbox)) {
            dd_loop_wait(agent->loop, UINT64_MAX);
        }
    }
    return NULL;
}

/* ---- Ending -------------------------------------------------------------------- */

/* With the lock held. */
static enum dd_status close_put(struct dd_agent *agent, const struct dd_close *close)
{
    enum dd_status status;

    if (agent->close_asked) {
        return DD_ECLOSED;
    }
    status = dd__mailbox_put(&agent->mailbox, &agent->close_letter);
    if (status == DD_OK) {
        agent->close_asked = true;
        agent->close = *close;
    }
    return status;
}

enum dd_status dd_agent_close(struct dd_agent *agent, const struct dd_close *close)
{
    enum dd_status status;

    if (close == NULL) {
        return DD_EINVAL;
    }
    dd__mailbox_lock(&agent->mailbox);
    status = close_put(agent, close);
    dd__mailbox_unlock(&agent->mailbox);
    return status;
}

static void close_answer(void *arg)
{
    dd__waiter_answer(arg);
}

enum dd_status dd_agent_close_wait(struct dd_agent *agent, const struct dd_close *close)
{
    struct dd__waiter waiter;
    struct dd_close own;
    enum dd_status status = DD_EDEADLK;

    if (close == NULL) {
        return DD_EINVAL;
    }
    own = *close;
    own.closed = close_answer;
    own.arg = &waiter;
    dd__waiter_init(&waiter, &agent->mailbox);
    dd__mailbox_lock(&agent->mailbox);
    if (!dd__mailbox_is_strand(&agent->mailbox)) {
        status = close_put(agent, &own);
    }
    if (status == DD_OK) {
        dd__waiter_wait(&waiter);
    }
    dd__mailbox_unlock(&agent->mailbox);
    dd__waiter_release(&waiter);
    return status;
}

enum dd_status dd_agent_destroy(struct dd_agent *agent)
{
    const struct dd_close hurried = { .deadline_ns = HURRIED_CLOSE_NS };
    enum dd_status status;
    bool is_strand;

    if (agent == NULL) {
        return DD_OK;
    }
    dd__mailbox_lock(&agent->mailbox);
    is_strand = dd__mailbox_is_strand(&agent->mailbox);
    dd__mailbox_unlock(&agent->mailbox);
    if (agent->has_thread) {
        if (is_strand) {
            return DD_EDEADLK;
        }
        status = dd_agent_close(agent, &hurried);
        assert(status == DD_OK || status == DD_ECLOSED);
        (void)status;
    } else if (!dd__mailbox_is_over(&agent->mailbox)) {
        return DD_EBUSY;
    }
    dd__mailbox_drain(&agent->mailbox);
    if (agent->has_thread) {
        int error = pthread_join(agent->thread, NULL);
        assert(error == 0);
        (void)error;
    }
    dd__agent_free(agent);
    return DD_OK;
}
