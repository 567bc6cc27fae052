/*
 * The smallest agent: pulls images for itself, says what happens, gives them back,
 * and leaves when nobody uses them any more.
 *
 *   pull [-d DELAY_SECONDS] [-v] IMAGE…
 *
 * The engine is where DOCKER_HOST says. One thread, which is the strand; an agent
 * with an event loop of its own polls dd_loop_descriptor() there instead.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drydock/backend.h"
#include "drydock/drydock.h"

struct agent {
    struct dd_coord *coord;
    char **images;
    int image_count;
    int pending_count;
    bool is_verbose;
    bool is_open;
    bool has_failed;
    bool is_closed;
};

static void agent_saw(void *ctx, const struct dd_event *event)
{
    const struct agent *agent = ctx;
    char text[512];

    if (agent->is_verbose || dd_event_level(event->kind) >= DD_LEVEL_INFO) {
        dd_event_format(event, text, sizeof text);
        (void)printf("%-5s %s\n", dd_level_word(dd_event_level(event->kind)), text);
    }
}

static const struct dd_observer_ops observer_ops = { .event = agent_saw };

static void agent_closed(void *arg)
{
    struct agent *agent = arg;

    agent->is_closed = true;
}

static void agent_leave(struct agent *agent)
{
    const struct dd_close close = {
        .drain = true, .deadline_ns = 30 * DD_SECOND_NS, .closed = agent_closed, .arg = agent
    };

    if (--agent->pending_count == 0 && dd_close(agent->coord, &close) != DD_OK) {
        agent->is_closed = true;
    }
}

static void agent_told(void *arg, const struct dd_result *result)
{
    struct agent *agent = arg;

    if (result->status == DD_OK) {
        (void)printf("holds %s\n", result->lease.image);
        if (dd_release(agent->coord, result->lease) != DD_OK) {
            agent->has_failed = true;
        }
    } else {
        (void)printf("%s (%s)\n", result->text, dd_status_text(result->status));
        agent->has_failed = true;
    }
    agent_leave(agent);
}

static void agent_pull(struct agent *agent, const char *image)
{
    struct dd_operation operation;
    const struct dd_pull pull = {
        .reference = image, .caller = "pull", .done = agent_told, .arg = agent
    };
    enum dd_status status = dd_pull(agent->coord, &pull, &operation);

    if (status != DD_OK) {
        (void)printf("%s: %s\n", image, dd_status_text(status));
        agent->has_failed = true;
        agent_leave(agent);
    }
}

static void agent_opened(void *arg, enum dd_status status, const char *text)
{
    struct agent *agent = arg;

    (void)text; /* the observer says it */
    if (status != DD_OK) {
        agent->has_failed = true;
        agent->is_closed = true;
        return;
    }
    agent->is_open = true;
    agent->pending_count = agent->image_count;
    for (int i = 0; i < agent->image_count; i++) {
        agent_pull(agent, agent->images[i]);
    }
}

static void agent_run(struct agent *agent, struct dd_backend *backend,
                      const struct dd_config *config)
{
    struct dd_env env = dd_backend_env(backend);

    env.observer = (struct dd_observer){ .ops = &observer_ops, .ctx = agent };
    if (dd_open(config, &env, agent_opened, agent, &agent->coord) != DD_OK) {
        agent->has_failed = true;
        return;
    }
    while (!agent->is_closed) {
        dd_loop_wait(dd_backend_loop(backend), UINT64_MAX);
    }
    dd_destroy(agent->coord);
}

int main(int argc, char **argv)
{
    struct agent agent = { .is_verbose = false };
    const struct dd_backend_config backend_config = { .host = NULL };
    struct dd_backend *backend;
    struct dd_config config;
    char why[DD_WHY_SIZE];
    int at = 1;

    dd_config_init(&config);
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "-v") == 0) {
            agent.is_verbose = true;
        } else if (strcmp(argv[at], "-d") == 0 && at + 1 < argc) {
            config.remove_delay_ns = strtoull(argv[++at], NULL, 10) * DD_SECOND_NS;
        } else {
            at = argc;
        }
    }
    if (at >= argc) {
        (void)fprintf(stderr, "usage: pull [-d DELAY_SECONDS] [-v] IMAGE…\n");
        return 2;
    }
    agent.images = argv + at;
    agent.image_count = argc - at;
    if (dd_backend_open(&backend_config, why, sizeof why, &backend) != DD_OK) {
        (void)fprintf(stderr, "pull: %s\n", why);
        return 2;
    }
    agent_run(&agent, backend, &config);
    dd_backend_close(backend);
    return agent.has_failed ? 1 : 0;
}
