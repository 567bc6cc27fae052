/* The production backend in one piece: a coordinator opened, or not, on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "coord/backend/test/little_web.h"
#include "drydock/backend.h"

struct site {
    struct dd_backend *backend;
    struct web web;
    char folder[64];
};

static int setup(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    struct dd_backend_config config = { .host = "unix:///nowhere" };
    char why[DD_WHY_SIZE];

    assert_non_null(site);
    (void)snprintf(site->folder, sizeof site->folder, "/tmp/drydock-backend-XXXXXX");
    assert_non_null(mkdtemp(site->folder));
    config.lock_folder = site->folder;
    assert_int_equal(dd_backend_open(&config, why, sizeof why, &site->backend), DD_OK);
    web_open(&site->web, dd_backend_loop(site->backend));
    *state = site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;

    web_close(&site->web);
    dd_backend_close(site->backend);
    assert_int_equal(rmdir(site->folder), 0);
    free(site);
    return 0;
}

/* A coordinator's opening, and what it was told. */
struct opening {
    struct dd_backend *backend;
    struct dd_client *client;
    struct dd_coord *coord;
    unsigned told_count;
    enum dd_status status;
    char text[512];
    bool is_closed;
};

static void opened(void *arg, enum dd_status status, const char *text)
{
    struct opening *opening = arg;

    opening->told_count++;
    opening->status = status;
    (void)snprintf(opening->text, sizeof opening->text, "%s", text);
}

static void closed(void *arg)
{
    struct opening *opening = arg;

    opening->is_closed = true;
}

static void opening_await(struct opening *opening)
{
    for (int i = 0; i < 1000 && opening->told_count == 0; i++) {
        dd_loop_wait(dd_backend_loop(opening->backend), UINT64_C(60000000));
    }
    assert_int_equal(opening->told_count, 1);
}

/* @lock: NULL: the backend's own. */
static void opening_begin(struct opening *opening, struct site *site, struct dd_file_lock *lock)
{
    struct dd_loop *loop = dd_backend_loop(site->backend);
    struct dd_env env = dd_backend_env(site->backend);
    struct dd_config config;
    char why[DD_WHY_SIZE];

    web_say_json(&site->web, 200, "{\"ApiVersion\":\"1.41\"}");
    web_say_json(&site->web, 200, "{\"ID\":\"AAAA\"}");
    *opening = (struct opening){ .backend = site->backend };
    assert_int_equal(dd_client_open(loop, site->web.address, why, sizeof why, &opening->client),
                     DD_OK);
    env.docker = dd_client_docker(opening->client);
    if (lock != NULL) {
        env.host_lock = dd_file_lock_interface(lock);
    }
    dd_config_init(&config);
    assert_int_equal(dd_open(&config, &env, opened, opening, &opening->coord), DD_OK);
    opening_await(opening);
}

static void opening_end(struct opening *opening)
{
    if (opening->status == DD_OK) {
        const struct dd_close close = { .deadline_ns = 1, .closed = closed, .arg = opening };

        assert_int_equal(dd_close(opening->coord, &close), DD_OK);
        for (int i = 0; i < 1000 && !opening->is_closed; i++) {
            dd_loop_wait(dd_backend_loop(opening->backend), UINT64_C(60000000));
        }
        assert_true(opening->is_closed);
    }
    dd_destroy(opening->coord);
    dd_client_close(opening->client);
}

/* An engine that answers is coordinated until the close. */
static void test_backend_opens(void **state)
{
    struct opening opening;

    opening_begin(&opening, *state, NULL);
    assert_int_equal(opening.status, DD_OK);
    opening_end(&opening);
}

/* A second coordinator of the engine is refused, and told who has it (H34). */
static void test_backend_refuses_a_second(void **state)
{
    struct site *site = *state;
    struct opening openings[2];
    struct dd_file_lock *lock;
    char holder[96];

    opening_begin(&openings[0], site, NULL);
    assert_int_equal(dd_file_lock_open(site->folder, &lock), DD_OK);
    opening_begin(&openings[1], site, lock);
    assert_int_equal(openings[1].status, DD_EBUSY);
    (void)snprintf(holder, sizeof holder, "the engine is coordinated by process %ld on ",
                   (long)getpid());
    assert_memory_equal(openings[1].text, holder, strlen(holder));
    opening_end(&openings[1]);
    opening_end(&openings[0]);
    dd_file_lock_close(lock);
}

/* A lock that cannot be had ends the opening, in a sentence that names the file. */
static void test_backend_says_why_it_has_no_lock(void **state)
{
    struct opening opening;
    struct dd_file_lock *lock;

    assert_int_equal(dd_file_lock_open("/nowhere", &lock), DD_OK);
    opening_begin(&opening, *state, lock);
    assert_int_equal(opening.status, DD_EINVAL);
    assert_string_equal(opening.text, "the host lock /nowhere/drydock-AAAA.lock cannot be had: "
                                      "there is no such folder");
    opening_end(&opening);
    dd_file_lock_close(lock);
}

/* What cannot be opened at all says why, at once. */
static void test_backend_refuses_a_configuration(void **state)
{
    struct dd_backend *backend = NULL;
    struct dd_backend_config config = { .host = "ssh://host" };
    char folder[5000];
    char why[DD_WHY_SIZE];

    (void)state;
    assert_int_equal(dd_backend_open(&config, why, sizeof why, &backend), DD_EINVAL);
    assert_non_null(strstr(why, "ssh://host"));
    memset(folder, 'a', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    config = (struct dd_backend_config){ .lock_folder = folder };
    assert_int_equal(dd_backend_open(&config, why, sizeof why, &backend), DD_EINVAL);
    assert_non_null(strstr(why, "the folder for the host lock"));
    assert_null(backend);
    dd_backend_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_backend_opens),
        TEST(test_backend_refuses_a_second),
        TEST(test_backend_says_why_it_has_no_lock),
        cmocka_unit_test(test_backend_refuses_a_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
