/* The Docker client when memory runs out: each allocation of libcurl and cJSON fails
 * once, and a call still completes once, or was never started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_client.h"

#define ALLOCATION_MAX 5000

/* The libraries' allocators take no context. */
static struct {
    unsigned left; /* allocations before the one that fails; 0: none does */
    bool has_failed;
} memory;

static bool is_refused(void)
{
    if (memory.left == 0 || --memory.left > 0) {
        return false;
    }
    memory.has_failed = true;
    return true;
}

static void *refusing_malloc(size_t size)
{
    return is_refused() ? NULL : malloc(size);
}

static void *refusing_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : calloc(count, size);
}

static void *refusing_realloc(void *block, size_t size)
{
    return is_refused() ? NULL : realloc(block, size);
}

static char *refusing_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = refusing_malloc(size);

    return copy == NULL ? NULL : memcpy(copy, text, size);
}

typedef enum dd_status (*start_fn)(struct probe *probe);

static enum dd_status start_identify(struct probe *probe)
{
    return probe->fixture->docker.ops->identify(probe->fixture->docker.ctx, &probe->call);
}

static enum dd_status start_pull(struct probe *probe)
{
    const struct dd_credentials credentials = { .username = "alice", .password = "secret" };
    const struct dd_pull_spec spec = { .repository = "team/app",
                                       .tag = "7",
                                       .credentials = &credentials };

    return probe->fixture->docker.ops->pull(probe->fixture->docker.ctx, &probe->call, &spec);
}

static enum dd_status start_inspect(struct probe *probe)
{
    return probe->fixture->docker.ops->inspect(probe->fixture->docker.ctx, &probe->call,
                                               "127.0.0.1:5055/team/app:7");
}

static enum dd_status start_remove(struct probe *probe)
{
    return probe->fixture->docker.ops->remove(probe->fixture->docker.ctx, &probe->call, "a:1");
}

static enum dd_status start_list(struct probe *probe)
{
    return probe->fixture->docker.ops->list(probe->fixture->docker.ctx, &probe->call);
}

/* One call whose @nth allocation fails; false: it has not so many. */
static bool fails_at(unsigned nth, start_fn start, const char *recorded)
{
    struct client_fixture *f = client_fixture_create(true);
    enum dd_status status;
    struct probe probe;

    if (recorded != NULL) {
        client_fixture_say_recorded(f, recorded);
    } else {
        web_say_json(&f->web, 200, "{\"ID\":\"AAAA\"}");
    }
    probe_init(&probe, f);
    memory.has_failed = false;
    memory.left = nth;
    status = start(&probe);
    assert_true(status == DD_OK || (status == DD_ENOMEM && memory.has_failed));
    if (status == DD_OK) {
        probe_await(&probe);
        assert_true(probe.transport != DD_TRANSPORT_CANCELLED);
        assert_true(memory.has_failed || probe.http_status == 200);
    }
    memory.left = 0;
    probe_release(&probe);
    client_fixture_destroy(f);
    return memory.has_failed;
}

static void check_all(start_fn start, const char *recorded)
{
    unsigned nth = 1;

    while (fails_at(nth, start, recorded)) {
        assert_true(++nth < ALLOCATION_MAX);
    }
    assert_true(nth > 20); /* the hooks are the libraries' own, or none would be seen */
}

/* Every call of the interface, whatever allocation fails: no crash, no leak, no hanging,
 * one completion or none at all. */
static void test_client_survives_refusals(void **state)
{
    (void)state;
    check_all(start_identify, NULL);
    check_all(start_pull, "pull-ok");
    check_all(start_inspect, "inspect-ok");
    check_all(start_remove, "remove-ok");
    check_all(start_list, "list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_survives_refusals),
    };
    int failed;

    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, refusing_malloc, free, refusing_realloc,
                             refusing_strdup, refusing_calloc) != CURLE_OK) {
        return 1;
    }
    cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = refusing_malloc, .free_fn = free });
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
