/*
 * The agent's face: the calls that the strand answers at once, as soon as it has
 * read them: releases, explanations, counts.
 */
#include <string.h>

#include "coord/backend/agent.h"
#include "coord/backend/loop_internal.h"
#include "coord/list.h"
#include "coord/memory.h"

enum kind { RELEASE, RELEASE_IMAGE, RELEASE_CALLER, EXPLAIN, COUNT };

/* A question, without an end of its own: the pointers are good until it is put. */
struct question {
    enum kind kind;
    const char *image;
    const char *caller;
    uint64_t lease;
    dd_explained_fn visit;
    void *arg;
    struct dd_agent_counts *counts;
};

static enum dd_status put(const struct question *question, struct dd_agent *agent)
{
    struct dd_coord *coord = agent->coord;

    if (coord == NULL) {
        return DD_ECLOSED;
    }
    switch (question->kind) {
    case RELEASE:
        return dd_release(coord, (struct dd_lease){ .image = question->image,
                                                    .caller = question->caller,
                                                    .number = question->lease });
    case RELEASE_IMAGE:
        return dd_release_image(coord, question->image, question->caller);
    case RELEASE_CALLER:
        return dd_release_caller(coord, question->caller);
    case EXPLAIN:
        return dd_explain(coord, question->visit, question->arg);
    case COUNT:
        break;
    }
    *question->counts =
        (struct dd_agent_counts){ .events = agent->counts, .loop = dd_loop_counted(agent->loop) };
    return DD_OK;
}

/* ---- Waiting ------------------------------------------------------------------- */

struct wait {
    struct dd__letter letter;
    struct dd__waiter waiter;
    const struct question *question;
    enum dd_status answer;
};

static void wait_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct wait *wait = DD__CONTAINER(letter, struct wait, letter);

    wait->answer = put(wait->question, agent);
    dd__waiter_answer(&wait->waiter);
}

static enum dd_status ask_and_wait(struct dd_agent *agent, const struct question *question)
{
    struct wait wait = { .letter = { .deliver = wait_deliver }, .question = question };
    enum dd_status status =
        dd__mailbox_ask(&agent->mailbox, &wait.letter, &wait.waiter, DD__MAILBOX_NEVER);

    return status == DD_OK ? wait.answer : status;
}

/* ---- Not waiting --------------------------------------------------------------- */

struct note {
    struct dd__letter letter;
    struct question question;
    dd_answered_fn answered;
    void *arg;
    const struct dd_allocator *allocator;
    size_t size; /* of the block, with the copies */
    char copies[];
};

static void answer(dd_answered_fn answered, void *arg, enum dd_status status)
{
    if (answered != NULL) {
        answered(arg, status);
    }
}

static void note_free(struct note *note)
{
    dd__free(note->allocator, note, note->size);
}

static void note_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct note *note = DD__CONTAINER(letter, struct note, letter);
    enum dd_status status = put(&note->question, agent);

    answer(note->answered, note->arg, status);
    note_free(note);
}

static const char *copy(char **at, const char *s)
{
    size_t size;
    char *begin = *at;

    if (s == NULL) {
        return NULL;
    }
    size = strlen(s) + 1;
    memcpy(begin, s, size);
    *at += size;
    return begin;
}

static struct note *note_create(struct dd_agent *agent, const struct question *question,
                                dd_answered_fn answered, void *arg)
{
    size_t size = sizeof(struct note);
    struct note *note;
    char *at;

    size += question->image == NULL ? 0 : strlen(question->image) + 1;
    size += question->caller == NULL ? 0 : strlen(question->caller) + 1;
    note = dd__alloc(&agent->env.allocator, size);
    if (note == NULL) {
        return NULL;
    }
    *note = (struct note){
        .letter = { .deliver = note_deliver },
        .question = *question,
        .answered = answered,
        .arg = arg,
        .allocator = &agent->env.allocator,
        .size = size,
    };
    at = note->copies;
    note->question.image = copy(&at, question->image);
    note->question.caller = copy(&at, question->caller);
    return note;
}

static enum dd_status ask(struct dd_agent *agent, const struct question *question,
                          dd_answered_fn answered, void *arg)
{
    struct note *note = note_create(agent, question, answered, arg);
    enum dd_status status;

    if (note == NULL) {
        return DD_ENOMEM;
    }
    status = dd__mailbox_send(&agent->mailbox, &note->letter);
    if (status != DD_OK) {
        note_free(note);
    }
    return status;
}

/* Giving back never fails for want of memory: then it is waited for, or, on the
 * strand, where the order of two threads' calls cannot be seen, done at once. */
static enum dd_status let_go(struct dd_agent *agent, const struct question *question,
                             dd_answered_fn answered, void *arg)
{
    enum dd_status status = ask(agent, question, answered, arg);
    struct wait wait = { .letter = { .deliver = wait_deliver }, .question = question };

    if (status != DD_ENOMEM) {
        return status;
    }
    status = dd__mailbox_ask(&agent->mailbox, &wait.letter, &wait.waiter, DD__MAILBOX_NEVER);
    if (status == DD_EDEADLK) {
        wait.answer = put(question, agent);
        status = DD_OK;
    }
    if (status == DD_OK) {
        answer(answered, arg, wait.answer);
    }
    return status;
}

/* ---- The calls ----------------------------------------------------------------- */

enum dd_status dd_agent_release(struct dd_agent *agent, struct dd_lease lease,
                                dd_answered_fn answered, void *arg)
{
    const struct question question = {
        .kind = RELEASE, .image = lease.image, .caller = lease.caller, .lease = lease.number
    };

    return let_go(agent, &question, answered, arg);
}

enum dd_status dd_agent_release_image(struct dd_agent *agent, const char *image, const char *caller,
                                      dd_answered_fn answered, void *arg)
{
    const struct question question = { .kind = RELEASE_IMAGE, .image = image, .caller = caller };

    return let_go(agent, &question, answered, arg);
}

enum dd_status dd_agent_release_caller(struct dd_agent *agent, const char *caller,
                                       dd_answered_fn answered, void *arg)
{
    const struct question question = { .kind = RELEASE_CALLER, .caller = caller };

    return let_go(agent, &question, answered, arg);
}

enum dd_status dd_agent_release_wait(struct dd_agent *agent, struct dd_lease lease)
{
    const struct question question = {
        .kind = RELEASE, .image = lease.image, .caller = lease.caller, .lease = lease.number
    };

    return ask_and_wait(agent, &question);
}

enum dd_status dd_agent_release_image_wait(struct dd_agent *agent, const char *image,
                                           const char *caller)
{
    const struct question question = { .kind = RELEASE_IMAGE, .image = image, .caller = caller };

    return ask_and_wait(agent, &question);
}

enum dd_status dd_agent_release_caller_wait(struct dd_agent *agent, const char *caller)
{
    const struct question question = { .kind = RELEASE_CALLER, .caller = caller };

    return ask_and_wait(agent, &question);
}

enum dd_status dd_agent_explain(struct dd_agent *agent, dd_explained_fn visit,
                                dd_answered_fn answered, void *arg)
{
    const struct question question = { .kind = EXPLAIN, .visit = visit, .arg = arg };

    if (visit == NULL) {
        return DD_EINVAL;
    }
    return ask(agent, &question, answered, arg);
}

enum dd_status dd_agent_explain_wait(struct dd_agent *agent, dd_explained_fn visit, void *arg)
{
    const struct question question = { .kind = EXPLAIN, .visit = visit, .arg = arg };

    if (visit == NULL) {
        return DD_EINVAL;
    }
    return ask_and_wait(agent, &question);
}

enum dd_status dd_agent_counted_wait(struct dd_agent *agent, struct dd_agent_counts *out)
{
    const struct question question = { .kind = COUNT, .counts = out };

    return ask_and_wait(agent, &question);
}

uint64_t dd_agent_now(void)
{
    return dd__loop_now();
}
