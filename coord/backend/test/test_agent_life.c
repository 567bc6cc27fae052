/*
 * The agent's face, one thread at a time: how it opens and ends, and what lives on what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_agent.h"
#include "drydock/backend.h"

#define MILLISECOND_NS UINT64_C(1000000)

static void visit_nothing(void *arg, const struct dd_explained *explained)
{
    (void)arg;
    (void)explained;
}

/* Waiters of a close are told, it ends once, and everything later is refused. */
static void test_close(void **state)
{
    struct agent_fixture *f = *state;
    struct told told;
    struct told closed;
    struct dd_outcome out;
    const struct dd_pull pull = {
        .reference = "slow:1", .caller = "web-1", .done = told_done, .arg = &told
    };
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS,
                                    .closed = told_closed,
                                    .arg = &closed };
    struct dd_operation operation;

    told_init(&told);
    told_init(&closed);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, &operation), DD_OK);
    assert_int_equal(dd_agent_close(f->agent, &close), DD_OK);
    assert_int_equal(dd_agent_close(f->agent, &close), DD_ECLOSED);
    assert_int_equal(dd_agent_close_wait(f->agent, &close), DD_ECLOSED);
    told_wait(&closed, 1);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, DD_ECLOSED);
    assert_int_equal(agent_fixture_pull(f, "app-1:1", "web-1", &out), DD_ECLOSED);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_ECLOSED);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_EALREADY);
    assert_int_equal(dd_agent_release_caller(f->agent, "web-1", NULL, NULL), DD_ECLOSED);
    assert_int_equal(dd_agent_release_caller_wait(f->agent, "web-1"), DD_ECLOSED);
    assert_int_equal(dd_agent_explain_wait(f->agent, visit_nothing, NULL), DD_ECLOSED);
    agent_fixture_end(f);
}

/* An agent that nobody closed is closed by its end. */
static void test_destroy_closes(void **state)
{
    struct agent_fixture *f = *state;
    struct told told;
    const struct dd_pull pull = {
        .reference = "slow:1", .caller = "web-1", .done = told_done, .arg = &told
    };

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    assert_int_equal(dd_agent_destroy(f->agent), DD_OK);
    f->agent = NULL;
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, DD_ECLOSED);
    assert_int_equal(f->engine.locks_taken, 0);
}

/* An open that fails says why, and leaves nothing to destroy. */
static void test_open_fails(void **state)
{
    struct agent_fixture *f = *state;
    char text[64];

    f->engine.holder = "pid 4711";
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EBUSY);
    assert_string_equal(text, "the engine is coordinated by pid 4711");
    assert_null(f->agent);
    assert_int_equal(f->engine.open_calls, 0);
}

static void opened_note(void *arg, enum dd_status status, const char *text)
{
    (void)text;
    told_answered(arg, status);
}

/* Calls that come before the engine has said who it is wait for that; if it comes to nothing,
 * they are refused, and so is a close. */
static void test_calls_while_opening_fails(void **state)
{
    struct agent_fixture *f = *state;
    struct told opened;
    struct told told;
    const struct dd_pull pull = {
        .reference = "app-1:1", .caller = "web-1", .done = told_done, .arg = &told
    };
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS };
    struct dd_operation operation;

    told_init(&opened);
    told_init(&told);
    f->engine.identify_ns = 20 * MILLISECOND_NS;
    f->engine.holder = "pid 4711";
    f->config.opened = opened_note;
    f->config.arg = &opened;
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_OK);
    assert_int_equal(dd_agent_pull(f->agent, &pull, &operation), DD_OK);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_OK);
    assert_int_equal(dd_agent_close_wait(f->agent, &close), DD_OK);
    assert_int_equal(opened.count, 1);
    assert_int_equal(opened.status, DD_EBUSY);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, DD_ECLOSED);
}

/* Calls that come before the engine has said who it is wait for that. */
static void test_calls_while_opening(void **state)
{
    struct agent_fixture *f = *state;
    struct told opened;
    struct dd_outcome out;

    told_init(&opened);
    f->engine.identify_ns = 20 * MILLISECOND_NS;
    f->config.opened = opened_note;
    f->config.arg = &opened;
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_OK);
    assert_int_equal(agent_fixture_pull(f, "app-1:1", "web-1", &out), DD_OK);
    assert_int_equal(opened.count, 1);
    agent_fixture_end(f);
}

/* What makes no sense is refused at once, and nothing is left of it. */
static void test_open_refuses(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_observer nobody = { .ops = NULL };
    char text[DD_WHY_SIZE];

    f->config.coordinator.try_max = 0;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    dd_config_init(&f->config.coordinator);
    f->config.observers = &nobody;
    f->config.observer_count = 1;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    f->config.observer_count = DD_AGENT_OBSERVER_MAX + 1;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    f->config.observer_count = 0;
    f->config.is_embedded = true;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    f->config.is_embedded = false;
    f->config.env = NULL;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    assert_string_equal(text, "the agent's configuration makes no sense");
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_EINVAL);
    f->config.loop = NULL;
    f->config.docker_host = "nonsense://";
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_EINVAL);
    assert_non_null(strstr(text, "nonsense"));
    assert_null(f->agent);
}

/* What does not open names the engine, even where nobody answers. */
static void test_open_names_the_engine(void **state)
{
    struct agent_fixture *f = *state;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char folder[] = "/tmp/drydock-agent-XXXXXX";
    char address[128];
    char text[DD_WHY_SIZE];
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_non_null(mkdtemp(folder));
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/silent", folder);
    (void)snprintf(address, sizeof address, "unix://%s", at.sun_path);
    assert_int_equal(bind(file, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(file, 1), 0);
    f->config.env = NULL;
    f->config.loop = NULL;
    f->config.docker_host = address;
    f->config.coordinator.inspect_timeout_ns = 10 * MILLISECOND_NS;
    assert_int_equal(dd_agent_open_wait(&f->config, text, sizeof text, &f->agent), DD_ETIMEDOUT);
    assert_non_null(strstr(text, "in time (engine: "));
    assert_non_null(strstr(text, address));
    (void)close(file);
    (void)unlink(at.sun_path);
    (void)rmdir(folder);
}

struct threaded_pull {
    struct agent_fixture *f;
    struct told told;
    enum dd_status status;
};

static void *pull_in_thread(void *arg)
{
    struct threaded_pull *pull = arg;
    struct dd_outcome out;

    pull->status = agent_fixture_pull(pull->f, "app-1:1", "web-1", &out);
    told_answered(&pull->told, pull->status);
    return NULL;
}

/* Embedded, the agent lives by the caller's dispatching, which other threads may wait for and
 * the caller may not. */
static void test_embedded(void **state)
{
    struct agent_fixture *f = *state;
    struct threaded_pull pull = { .f = f };
    struct told opened;
    struct told closed;
    struct dd_outcome out;
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS,
                                    .closed = told_closed,
                                    .arg = &closed };
    pthread_t thread;

    told_init(&opened);
    told_init(&closed);
    told_init(&pull.told);
    f->config.is_embedded = true;
    f->config.opened = opened_note;
    f->config.arg = &opened;
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_OK);
    assert_int_equal(agent_fixture_pull(f, "app-1:1", "web-1", &out), DD_EDEADLK);
    assert_int_equal(pthread_create(&thread, NULL, pull_in_thread, &pull), 0);
    for (bool is_told = false; !is_told;) {
        dd_loop_wait(f->loop, MILLISECOND_NS);
        pthread_mutex_lock(&pull.told.mutex);
        is_told = pull.told.count > 0;
        pthread_mutex_unlock(&pull.told.mutex);
    }
    pthread_join(thread, NULL);
    assert_int_equal(pull.status, DD_OK);
    assert_int_equal(dd_agent_destroy(f->agent), DD_EBUSY);
    assert_int_equal(dd_agent_close(f->agent, &close), DD_OK);
    while (closed.count == 0) {
        dd_loop_wait(f->loop, UINT64_MAX);
    }
    assert_int_equal(dd_agent_destroy(f->agent), DD_OK);
    f->agent = NULL;
    assert_int_equal(f->engine.locks_taken, 0);
}

/* ---- Memory -------------------------------------------------------------------- */

static void *scarce_alloc(void *ctx, size_t size)
{
    struct scarce *scarce = ctx;
    void *block = NULL;

    pthread_mutex_lock(&scarce->mutex);
    if (scarce->left > 0) {
        scarce->left--;
        block = malloc(size);
        scarce->live_count++;
    }
    pthread_mutex_unlock(&scarce->mutex);
    return block;
}

static void scarce_free(void *ctx, void *block, size_t size)
{
    struct scarce *scarce = ctx;

    (void)size;
    pthread_mutex_lock(&scarce->mutex);
    scarce->live_count--;
    pthread_mutex_unlock(&scarce->mutex);
    free(block);
}

static const struct dd_allocator_ops scarce_ops = { .alloc = scarce_alloc, .free = scarce_free };

static void scarce_set(struct scarce *scarce, size_t left)
{
    pthread_mutex_lock(&scarce->mutex);
    scarce->left = left;
    pthread_mutex_unlock(&scarce->mutex);
}

static void scarce_begin(struct agent_fixture *f, size_t left)
{
    f->scarce.left = left;
    pthread_mutex_init(&f->scarce.mutex, NULL);
    f->env.allocator = (struct dd_allocator){ .ops = &scarce_ops, .ctx = &f->scarce };
}

/* Without memory a lease is given back all the same, and its answer told. */
static void test_release_without_memory(void **state)
{
    struct agent_fixture *f = *state;
    struct scarce *scarce = &f->scarce;
    struct dd_outcome out;
    struct told told;
    const struct dd_pull pull = {
        .reference = "app-2:1", .caller = "web-2", .done = told_done, .arg = &told
    };

    told_init(&told);
    scarce_begin(f, SIZE_MAX);
    agent_fixture_open(f);
    assert_int_equal(agent_fixture_pull(f, "app-1:1", "web-1", &out), DD_OK);
    scarce_set(scarce, 0);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_ENOMEM);
    assert_int_equal(dd_agent_explain(f->agent, visit_nothing, told_answered, &told), DD_ENOMEM);
    struct dd_lease lease = { .image = out.image, .caller = "web-1", .number = out.lease };
    assert_int_equal(dd_agent_release(f->agent, lease, told_answered, &told), DD_OK);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, DD_OK);
    scarce_set(scarce, SIZE_MAX);
    assert_int_equal(agent_fixture_leases(f, out.image), 0);
    agent_fixture_end(f);
    assert_int_equal(scarce->live_count, 0);
}

/* Wherever memory runs out, opening and pulling say so, and nothing is left of it. */
static void test_every_allocation_fails(void **state)
{
    struct agent_fixture *f = *state;
    struct scarce *scarce = &f->scarce;
    enum dd_status status = DD_ENOMEM;
    struct dd_outcome out;
    struct told told;
    const struct dd_pull pull = {
        .reference = "app-1:1", .caller = "web-1", .done = told_done, .arg = &told
    };

    told_init(&told);
    scarce_begin(f, 0);
    for (size_t left = 0; status == DD_ENOMEM; left++) {
        scarce_set(scarce, left);
        status = dd_agent_open_wait(&f->config, NULL, 0, &f->agent);
        if (status == DD_OK) {
            unsigned before = told.count;
            status = dd_agent_pull(f->agent, &pull, NULL);
            if (status == DD_OK) {
                told_wait(&told, before + 1);
                status = told.status;
            }
            if (status == DD_OK) {
                status = agent_fixture_pull(f, "app-2:1", "web-1", &out);
            }
            agent_fixture_end(f);
        }
        assert_true(status == DD_OK || status == DD_ENOMEM);
        assert_int_equal(scarce->live_count, 0);
    }
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, agent_fixture_setup, agent_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_close),
        TEST(test_destroy_closes),
        TEST(test_open_fails),
        TEST(test_calls_while_opening_fails),
        TEST(test_calls_while_opening),
        TEST(test_open_refuses),
        TEST(test_open_names_the_engine),
        TEST(test_embedded),
        TEST(test_release_without_memory),
        TEST(test_every_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
