/*
 * The agent's face: pulls and retains that a thread waits for. They lie on its
 * stack.
 */
#include "coord/backend/agent.h"
#include "coord/list.h"
#include "coord/text.h"

struct wait {
    struct dd__letter letter;
    struct dd__waiter waiter;
    const struct dd_pull *pull; /* one of the two */
    const struct dd_retain *retain;
    uint64_t due_ns; /* of its deadline, which counts from the asking */
    struct dd_outcome *out;
};

static void outcome_write(struct dd_outcome *out, const struct dd_result *result)
{
    struct dd__text text;

    *out = (struct dd_outcome){
        .status = result->status,
        .conflict = result->conflict,
        .recoverable = result->recoverable,
        .retry_after_ns = result->retry_after_ns,
    };
    dd__text_init(&text, out->text, sizeof out->text);
    dd__text_string(&text, result->text);
    if (result->status == DD_OK) {
        out->lease = result->lease.number;
        dd__text_init(&text, out->image, sizeof out->image);
        dd__text_string(&text, result->lease.image);
    }
}

static void wait_told(void *arg, const struct dd_result *result)
{
    struct wait *wait = arg;

    outcome_write(wait->out, result);
    dd__waiter_answer(&wait->waiter);
}

static enum dd_status wait_begin(struct wait *wait, struct dd_coord *coord)
{
    struct dd_operation unused;
    enum dd_status status;

    if (coord == NULL) {
        return DD_ECLOSED;
    }
    if (wait->pull != NULL) {
        struct dd_pull pull = *wait->pull;
        pull.done = wait_told;
        pull.arg = wait;
        status = dd__mailbox_left(wait->due_ns, &pull.deadline_ns);
        return status == DD_OK ? dd_pull(coord, &pull, &unused) : status;
    }
    struct dd_retain retain = *wait->retain;
    retain.done = wait_told;
    retain.arg = wait;
    status = dd__mailbox_left(wait->due_ns, &retain.deadline_ns);
    return status == DD_OK ? dd_retain(coord, &retain, &unused) : status;
}

static void wait_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct wait *wait = DD__CONTAINER(letter, struct wait, letter);
    enum dd_status status = wait_begin(wait, agent->coord);

    if (status != DD_OK) {
        char complaint[DD_OUTCOME_TEXT_MAX + 1];
        struct dd_result result = dd__agent_refusal(status);

        if (status == DD_EINVAL) {
            result.text = wait->pull != NULL ? dd__agent_pull_complaint(wait->pull, complaint)
                                             : dd__agent_retain_complaint(wait->retain, complaint);
        }
        wait_told(wait, &result);
    }
}

static enum dd_status wait_for(struct dd_agent *agent, struct wait *wait, uint64_t deadline_ns)
{
    enum dd_status status;

    wait->letter.deliver = wait_deliver;
    wait->due_ns = dd__mailbox_due(deadline_ns);
    status = dd__mailbox_ask(&agent->mailbox, &wait->letter, &wait->waiter, wait->due_ns);
    if (status != DD_OK) {
        struct dd_result result = dd__agent_refusal(status);

        if (status == DD_ETIMEDOUT) {
            result.text = "the engine has not said yet who it is";
        }
        outcome_write(wait->out, &result);
    }
    return wait->out->status;
}

enum dd_status dd_agent_pull_wait(struct dd_agent *agent, const struct dd_pull *pull,
                                  struct dd_outcome *out)
{
    struct wait wait = { .pull = pull, .out = out };
    struct dd_result invalid = dd__agent_refusal(DD_EINVAL);

    if (pull == NULL) {
        outcome_write(out, &invalid);
        return DD_EINVAL;
    }
    return wait_for(agent, &wait, pull->deadline_ns);
}

enum dd_status dd_agent_retain_wait(struct dd_agent *agent, const struct dd_retain *retain,
                                    struct dd_outcome *out)
{
    struct wait wait = { .retain = retain, .out = out };
    struct dd_result invalid = dd__agent_refusal(DD_EINVAL);

    if (retain == NULL) {
        outcome_write(out, &invalid);
        return DD_EINVAL;
    }
    return wait_for(agent, &wait, retain->deadline_ns);
}
