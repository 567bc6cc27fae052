/*
 * The agent's face: how it is opened.
 */
#include <assert.h>
#include <signal.h>

#include "coord/backend/agent.h"
#include "coord/memory.h"
#include "coord/text.h"

void dd_agent_config_init(struct dd_agent_config *config)
{
    *config = (struct dd_agent_config){ .docker_host = NULL };
    dd_config_init(&config->coordinator);
}

static void observe(void *ctx, const struct dd_event *event)
{
    struct dd_agent *agent = ctx;

    for (size_t i = 0; i < agent->observer_count; i++) {
        agent->observers[i].ops->event(agent->observers[i].ctx, event);
    }
}

static const struct dd_observer_ops observer_ops = { .event = observe };

static bool config_is_valid(const struct dd_agent_config *config)
{
    if (config->observer_count > DD_AGENT_OBSERVER_MAX ||
        (config->observer_count > 0 && config->observers == NULL) ||
        (config->loop == NULL) != (config->env == NULL) ||
        (config->env != NULL && config->env->allocator.ops == NULL) ||
        (config->is_embedded && config->loop == NULL)) {
        return false;
    }
    for (size_t i = 0; i < config->observer_count; i++) {
        if (config->observers[i].ops == NULL) {
            return false;
        }
    }
    return true;
}

static void say(char *why, size_t why_size, const char *sentence)
{
    struct dd__text text;

    dd__text_init(&text, why, why_size);
    dd__text_string(&text, sentence);
}

static enum dd_status refuse(char *why, size_t why_size)
{
    say(why, why_size, "the agent's configuration makes no sense");
    return DD_EINVAL;
}

/* What it stands on: the caller's, or a backend of its own. */
static enum dd_status ground_open(const struct dd_agent_config *config, char *why, size_t why_size,
                                  struct dd_agent *ground)
{
    const struct dd_backend_config own = { .host = config->docker_host,
                                           .lock_folder = config->lock_folder };
    enum dd_status status;

    if (config->loop != NULL) {
        ground->loop = config->loop;
        ground->env = *config->env;
        return DD_OK;
    }
    status = dd_backend_open(&own, why, why_size, &ground->backend);
    if (status == DD_OK) {
        ground->loop = dd_backend_loop(ground->backend);
        ground->env = dd_backend_env(ground->backend);
    }
    return status;
}

static enum dd_status agent_create(const struct dd_agent_config *config, char *why, size_t why_size,
                                   struct dd_agent **out)
{
    struct dd_agent ground = { .backend = NULL };
    struct dd_agent *agent;
    enum dd_status status = ground_open(config, why, why_size, &ground);

    if (status != DD_OK) {
        return status;
    }
    agent = dd__alloc(&ground.env.allocator, sizeof *agent);
    if (agent == NULL) {
        say(why, why_size, dd_status_text(DD_ENOMEM));
        dd_backend_close(ground.backend);
        return DD_ENOMEM;
    }
    *agent = ground;
    dd__mailbox_init(&agent->mailbox, agent->loop);
    dd__table_init(&agent->operations, &agent->env.allocator, dd__agent_operation_hash, NULL);
    agent->wake.run = dd__agent_letters_came;
    agent->close_letter.deliver = dd__agent_close_deliver;
    agent->observers[agent->observer_count++] = dd_event_counts_observer(&agent->counts);
    for (size_t i = 0; i < config->observer_count; i++) {
        agent->observers[agent->observer_count++] = config->observers[i];
    }
    agent->env.observer = (struct dd_observer){ .ops = &observer_ops, .ctx = agent };
    *out = agent;
    return DD_OK;
}

void dd__agent_free(struct dd_agent *agent)
{
    const struct dd_allocator allocator = agent->env.allocator;
    struct dd_backend *backend = agent->backend;

    assert(agent->operations.count == 0);
    dd__table_release(&agent->operations);
    dd__mailbox_release(&agent->mailbox);
    dd__free(&allocator, agent, sizeof *agent);
    dd_backend_close(backend);
}

/* Signals are for the agent's own threads. */
static bool thread_start(struct dd_agent *agent)
{
    sigset_t all;
    sigset_t before;
    int error;

    (void)sigfillset(&all);
    error = pthread_sigmask(SIG_SETMASK, &all, &before);
    assert(error == 0);
    agent->has_thread = pthread_create(&agent->thread, NULL, dd__agent_strand, agent) == 0;
    error = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(error == 0);
    (void)error;
    return agent->has_thread;
}

/* With the lock held: the thread waits for its end. */
static enum dd_status agent_begin(struct dd_agent *agent, const struct dd_agent_config *config)
{
    enum dd_status status;

    if (config->is_embedded) {
        agent->mailbox.has_strand = true;
        agent->mailbox.strand = pthread_self();
    } else if (!thread_start(agent)) {
        return DD_ENOMEM;
    }
    status = dd_open(&config->coordinator, &agent->env, dd__agent_opened, agent, &agent->coord);
    if (status == DD_OK) {
        agent->may_run = true;
        dd_loop_on_wake(agent->loop, &agent->wake);
    }
    return status;
}

static enum dd_status agent_open(const struct dd_agent_config *config, char *why, size_t why_size,
                                 struct dd_agent **out)
{
    struct dd_agent *agent;
    enum dd_status status = agent_create(config, why, why_size, &agent);

    if (status != DD_OK) {
        return status;
    }
    agent->opened = config->opened;
    agent->opened_arg = config->arg;
    dd__mailbox_lock(&agent->mailbox);
    status = agent_begin(agent, config);
    if (status == DD_OK) {
        *out = agent; /* before `opened` can be called */
    }
    dd__mailbox_unlock(&agent->mailbox);
    if (status != DD_OK) {
        say(why, why_size, dd_status_text(status));
        if (agent->has_thread) {
            (void)pthread_join(agent->thread, NULL);
        }
        dd__agent_free(agent);
    }
    return status;
}

enum dd_status dd_agent_open(const struct dd_agent_config *config, char *why, size_t why_size,
                             struct dd_agent **out)
{
    if (config == NULL || out == NULL || config->opened == NULL || !config_is_valid(config)) {
        return refuse(why, why_size);
    }
    say(why, why_size, "");
    return agent_open(config, why, why_size, out);
}

/* ---- Opening, having waited ---------------------------------------------------- */

struct opening {
    struct dd__mailbox mailbox; /* for its lock and its waiting */
    struct dd__waiter waiter;
    enum dd_status status;
    char *why;
    size_t why_size;
};

static void opening_end(void *arg, enum dd_status status, const char *text)
{
    struct opening *opening = arg;

    opening->status = status;
    say(opening->why, opening->why_size, text);
    dd__waiter_answer(&opening->waiter);
}

static enum dd_status opening_wait(struct opening *opening, struct dd_agent *agent,
                                   struct dd_agent **out)
{
    dd__mailbox_lock(&opening->mailbox);
    dd__waiter_wait(&opening->waiter);
    dd__mailbox_unlock(&opening->mailbox);
    if (opening->status == DD_OK) {
        *out = agent;
    } else {
        (void)dd_agent_destroy(agent); /* this is not its strand: it can */
    }
    return opening->status;
}

enum dd_status dd_agent_open_wait(const struct dd_agent_config *config, char *why, size_t why_size,
                                  struct dd_agent **out)
{
    struct opening opening = { .why = why, .why_size = why_size };
    struct dd_agent_config own;
    struct dd_agent *agent;
    enum dd_status status;

    if (config == NULL || out == NULL || config->is_embedded || !config_is_valid(config)) {
        return refuse(why, why_size);
    }
    say(why, why_size, "");
    own = *config;
    own.opened = opening_end;
    own.arg = &opening;
    dd__mailbox_init(&opening.mailbox, NULL);
    dd__waiter_init(&opening.waiter, &opening.mailbox);
    status = agent_open(&own, why, why_size, &agent);
    if (status == DD_OK) {
        status = opening_wait(&opening, agent, out);
    }
    dd__waiter_release(&opening.waiter);
    dd__mailbox_release(&opening.mailbox);
    return status;
}
