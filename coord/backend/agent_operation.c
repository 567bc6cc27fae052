/*
 * The agent's face: pulls and retains that are told by a callback, and leaving
 * them.
 *
 * An operation is written down with copies of all that it was given, and lies in
 * the table, by a number of the face's own, until it is told: the coordinator's
 * number is known only once the strand has asked.
 */
#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "coord/backend/agent.h"
#include "coord/list.h"
#include "coord/memory.h"

enum kind { PULL, RETAIN };

struct operation {
    struct dd__letter letter;
    struct dd__letter cancel_letter;
    struct dd__node node;
    struct dd_agent *agent;
    size_t size; /* of the block, with the copies */
    uint64_t number;
    enum kind kind;
    uint64_t due_ns; /* of its deadline, which counts from the asking */
    struct dd_pull pull;
    struct dd_retain retain;
    struct dd_credentials credentials;
    dd_done_fn done;
    void *arg;
    struct dd_operation inner; /* the coordinator's number, once it is accepted */
    /* Under the mailbox's lock. */
    bool is_accepted;
    bool cancel_asked;
    bool cancel_is_sent;
    bool is_told;
    alignas(const char *) char copies[]; /* retain's begin with pointers */
};

/* Numbers follow each other: spread them (Fibonacci hashing, Knuth 6.4). */
static uint64_t number_hash(uint64_t number)
{
    return (number * UINT64_C(0x9E3779B97F4A7C15)) >> 16;
}

uint64_t dd__agent_operation_hash(const void *ctx, const struct dd__node *node)
{
    (void)ctx;
    return number_hash(DD__CONTAINER(node, const struct operation, node)->number);
}

static struct operation *find(struct dd_agent *agent, uint64_t number)
{
    struct dd__node *node = dd__table_first(&agent->operations, number_hash(number));

    for (; node != NULL; node = node->next) {
        struct operation *operation = DD__CONTAINER(node, struct operation, node);
        if (operation->number == number) {
            return operation;
        }
    }
    return NULL;
}

/* ---- Copies -------------------------------------------------------------------- */

static size_t copy_size(const char *s)
{
    return s == NULL ? 0 : strlen(s) + 1;
}

static const char *copy(char **at, const char *s)
{
    size_t size = copy_size(s);
    char *begin = *at;

    if (s == NULL) {
        return NULL;
    }
    memcpy(begin, s, size);
    *at += size;
    return begin;
}

static size_t credentials_size(const struct dd_credentials *credentials)
{
    return credentials == NULL
               ? 0
               : copy_size(credentials->username) + copy_size(credentials->password) +
                     copy_size(credentials->identity_token) +
                     copy_size(credentials->server_address);
}

static void copy_credentials(struct operation *operation, char **at,
                             const struct dd_credentials *credentials)
{
    if (credentials == NULL) {
        return;
    }
    operation->credentials = (struct dd_credentials){
        .username = copy(at, credentials->username),
        .password = copy(at, credentials->password),
        .identity_token = copy(at, credentials->identity_token),
        .server_address = copy(at, credentials->server_address),
    };
    operation->pull.credentials = &operation->credentials;
}

static struct operation *operation_create(struct dd_agent *agent, enum kind kind, size_t more)
{
    const struct dd_allocator *allocator = &agent->env.allocator;
    size_t size = sizeof(struct operation) + more;
    struct operation *operation = dd__alloc(allocator, size);

    if (operation == NULL) {
        return NULL;
    }
    memset(operation, 0, size);
    operation->agent = agent;
    operation->size = size;
    operation->kind = kind;
    return operation;
}

/* Credentials are among the copies. */
static void operation_free(struct operation *operation)
{
    const struct dd_allocator *allocator = &operation->agent->env.allocator;

    dd__wipe(operation->copies, operation->size - sizeof *operation);
    dd__free(allocator, operation, operation->size);
}

/* ---- On the strand ------------------------------------------------------------- */

/* It is not found any more from here on; a cancel that is on its way to the strand
 * frees it when it arrives. */
static void tell(struct operation *operation, const struct dd_result *result)
{
    struct dd_agent *agent = operation->agent;
    bool is_ours;

    dd__mailbox_lock(&agent->mailbox);
    dd__table_remove(&agent->operations, &operation->node, number_hash(operation->number));
    operation->is_told = true;
    is_ours = !operation->cancel_is_sent;
    dd__mailbox_unlock(&agent->mailbox);
    operation->done(operation->arg, result);
    if (is_ours) {
        operation_free(operation);
    }
}

static void operation_done(void *arg, const struct dd_result *result)
{
    tell(arg, result);
}

static enum dd_status begin(struct operation *operation)
{
    struct dd_coord *coord = operation->agent->coord;
    enum dd_status status;

    if (coord == NULL) {
        return DD_ECLOSED;
    }
    if (operation->kind == RETAIN) {
        status = dd__mailbox_left(operation->due_ns, &operation->retain.deadline_ns);
        return status == DD_OK ? dd_retain(coord, &operation->retain, &operation->inner) : status;
    }
    status = dd__mailbox_left(operation->due_ns, &operation->pull.deadline_ns);
    return status == DD_OK ? dd_pull(coord, &operation->pull, &operation->inner) : status;
}

static void operation_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct operation *operation = DD__CONTAINER(letter, struct operation, letter);
    char complaint[DD_OUTCOME_TEXT_MAX + 1];
    enum dd_status status = begin(operation);
    struct dd_result result = dd__agent_refusal(status);
    bool cancel;

    if (status == DD_EINVAL) {
        result.text = operation->kind == PULL
                          ? dd__agent_pull_complaint(&operation->pull, complaint)
                          : dd__agent_retain_complaint(&operation->retain, complaint);
    }
    /* What the coordinator still needs it keeps itself. */
    dd__wipe(operation->copies, operation->size - sizeof *operation);
    if (status != DD_OK) {
        tell(operation, &result);
        return;
    }
    dd__mailbox_lock(&agent->mailbox);
    operation->is_accepted = true;
    cancel = operation->cancel_asked;
    dd__mailbox_unlock(&agent->mailbox);
    if (cancel) {
        status = dd_cancel(agent->coord, operation->inner);
        assert(status == DD_OK); /* it cannot have been told yet */
    }
}

static void cancel_deliver(struct dd__letter *letter, struct dd_agent *agent)
{
    struct operation *operation = DD__CONTAINER(letter, struct operation, cancel_letter);
    bool is_told;

    dd__mailbox_lock(&agent->mailbox);
    is_told = operation->is_told;
    operation->cancel_is_sent = false;
    dd__mailbox_unlock(&agent->mailbox);
    if (is_told) {
        operation_free(operation);
    } else {
        /* DD_ECLOSED while closing, which says DD_ECLOSED to its waiters itself. */
        enum dd_status status = dd_cancel(agent->coord, operation->inner);
        (void)status;
    }
}

/* ---- Asking -------------------------------------------------------------------- */

static enum dd_status operation_send(struct operation *operation, struct dd_operation *out)
{
    struct dd_agent *agent = operation->agent;
    enum dd_status status;

    operation->due_ns = dd__mailbox_due(operation->kind == PULL ? operation->pull.deadline_ns
                                                                : operation->retain.deadline_ns);
    operation->letter.deliver = operation_deliver;
    operation->cancel_letter.deliver = cancel_deliver;
    dd__mailbox_lock(&agent->mailbox);
    operation->number = ++agent->last_number;
    status = dd__mailbox_put(&agent->mailbox, &operation->letter);
    if (status == DD_OK) {
        dd__table_insert(&agent->operations, &operation->node, number_hash(operation->number));
        if (out != NULL) {
            out->number = operation->number; /* before `done` can be called */
        }
    }
    dd__mailbox_unlock(&agent->mailbox);
    if (status != DD_OK) {
        operation_free(operation);
    }
    return status;
}

enum dd_status dd_agent_pull(struct dd_agent *agent, const struct dd_pull *pull,
                             struct dd_operation *out)
{
    struct operation *operation;
    char *at;

    if (pull == NULL || pull->reference == NULL || pull->caller == NULL || pull->done == NULL) {
        return DD_EINVAL;
    }
    operation =
        operation_create(agent, PULL,
                         copy_size(pull->reference) + copy_size(pull->caller) +
                             copy_size(pull->platform) + credentials_size(pull->credentials));
    if (operation == NULL) {
        return DD_ENOMEM;
    }
    at = operation->copies;
    operation->pull = *pull;
    operation->pull.reference = copy(&at, pull->reference);
    operation->pull.caller = copy(&at, pull->caller);
    operation->pull.platform = copy(&at, pull->platform);
    copy_credentials(operation, &at, pull->credentials);
    operation->done = pull->done;
    operation->arg = pull->arg;
    operation->pull.done = operation_done;
    operation->pull.arg = operation;
    return operation_send(operation, out);
}

static bool strings_are_valid(const struct dd_strings *strings)
{
    if (strings->count > 0 && strings->at == NULL) {
        return false;
    }
    for (size_t i = 0; i < strings->count; i++) {
        if (strings->at[i] == NULL) {
            return false;
        }
    }
    return true;
}

enum dd_status dd_agent_retain(struct dd_agent *agent, const struct dd_retain *retain,
                               struct dd_operation *out)
{
    struct operation *operation;
    const char **bindings;
    size_t more;
    char *at;

    if (retain == NULL || retain->image == NULL || retain->caller == NULL || retain->done == NULL ||
        !strings_are_valid(&retain->bindings)) {
        return DD_EINVAL;
    }
    more = copy_size(retain->image) + copy_size(retain->caller) +
           retain->bindings.count * sizeof *bindings;
    for (size_t i = 0; i < retain->bindings.count; i++) {
        more += copy_size(retain->bindings.at[i]);
    }
    operation = operation_create(agent, RETAIN, more);
    if (operation == NULL) {
        return DD_ENOMEM;
    }
    /* The pointers come first, where the block is aligned for them. */
    bindings = (const char **)(void *)operation->copies;
    at = operation->copies + retain->bindings.count * sizeof *bindings;
    for (size_t i = 0; i < retain->bindings.count; i++) {
        bindings[i] = copy(&at, retain->bindings.at[i]);
    }
    operation->retain = *retain;
    operation->retain.bindings.at = bindings;
    operation->retain.image = copy(&at, retain->image);
    operation->retain.caller = copy(&at, retain->caller);
    operation->done = retain->done;
    operation->arg = retain->arg;
    operation->retain.done = operation_done;
    operation->retain.arg = operation;
    return operation_send(operation, out);
}

enum dd_status dd_agent_cancel(struct dd_agent *agent, struct dd_operation number)
{
    struct operation *operation;
    enum dd_status status = DD_EALREADY;

    dd__mailbox_lock(&agent->mailbox);
    operation = find(agent, number.number);
    if (operation != NULL && !operation->cancel_asked) {
        status = DD_OK;
        operation->cancel_asked = true;
        if (operation->is_accepted) {
            status = dd__mailbox_put(&agent->mailbox, &operation->cancel_letter);
            operation->cancel_is_sent = status == DD_OK;
        }
    }
    dd__mailbox_unlock(&agent->mailbox);
    return status;
}
