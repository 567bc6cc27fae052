#include "coord/backend/test/fixture_agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drydock/backend.h"

int agent_fixture_setup(void **state)
{
    struct agent_fixture *f = calloc(1, sizeof *f);

    if (f == NULL || dd_loop_open(&f->loop) != DD_OK) {
        return -1;
    }
    f->engine.executor = dd_loop_executor(f->loop);
    f->engine.clock = dd_loop_clock(f->loop);
    dd_agent_config_init(&f->config);
    f->config.loop = f->loop;
    f->env = (struct dd_env){
        .clock = dd_loop_clock(f->loop),
        .executor = dd_loop_executor(f->loop),
        .entropy = dd_loop_entropy(f->loop),
        .docker = little_engine_docker(&f->engine),
        .host_lock = little_engine_lock(&f->engine),
        .allocator = dd_malloc_allocator(),
    };
    f->config.env = &f->env;
    *state = f;
    return 0;
}

int agent_fixture_teardown(void **state)
{
    struct agent_fixture *f = *state;

    if (dd_agent_destroy(f->agent) != DD_OK) {
        return -1;
    }
    dd_loop_close(f->loop);
    free(f);
    return 0;
}

void agent_fixture_open(struct agent_fixture *f)
{
    char text[256];

    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_OK);
    assert_string_equal(text, "");
}

void agent_fixture_end(struct agent_fixture *f)
{
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS };
    enum dd_status status = dd_agent_close_wait(f->agent, &close);

    assert_true(status == DD_OK || status == DD_ECLOSED);
    assert_int_equal(dd_agent_destroy(f->agent), DD_OK);
    f->agent = NULL;
    assert_int_equal(f->engine.open_calls, 0);
    assert_int_equal(f->engine.locks_taken, 0);
}

enum dd_status agent_fixture_pull(struct agent_fixture *f, const char *reference,
                                  const char *caller, struct dd_outcome *out)
{
    const struct dd_pull pull = { .reference = reference, .caller = caller };

    return dd_agent_pull_wait(f->agent, &pull, out);
}

struct look {
    const char *image;
    uint64_t lease_count;
};

static void look_visit(void *arg, const struct dd_explained *explained)
{
    struct look *look = arg;

    if (strcmp(explained->image, look->image) == 0) {
        look->lease_count = explained->lease_count;
    }
}

uint64_t agent_fixture_leases(struct agent_fixture *f, const char *image)
{
    struct look look = { .image = image, .lease_count = UINT64_MAX };

    assert_int_equal(dd_agent_explain_wait(f->agent, look_visit, &look), DD_OK);
    return look.lease_count;
}

void told_init(struct told *told)
{
    *told = (struct told){ .status = DD_STATUS_COUNT };
    pthread_mutex_init(&told->mutex, NULL);
    pthread_cond_init(&told->changed, NULL);
}

static void told_note(struct told *told, enum dd_status status, const struct dd_lease *lease)
{
    pthread_mutex_lock(&told->mutex);
    told->count++;
    told->status = status;
    if (lease != NULL) {
        told->lease = lease->number;
        snprintf(told->image, sizeof told->image, "%s", lease->image);
    }
    pthread_cond_broadcast(&told->changed);
    pthread_mutex_unlock(&told->mutex);
}

void told_done(void *arg, const struct dd_result *result)
{
    told_note(arg, result->status, result->status == DD_OK ? &result->lease : NULL);
}

void told_answered(void *arg, enum dd_status status)
{
    told_note(arg, status, NULL);
}

void told_closed(void *arg)
{
    told_note(arg, DD_OK, NULL);
}

void told_wait(struct told *told, unsigned count)
{
    pthread_mutex_lock(&told->mutex);
    while (told->count < count) {
        pthread_cond_wait(&told->changed, &told->mutex);
    }
    pthread_mutex_unlock(&told->mutex);
}
