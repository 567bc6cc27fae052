/*
 * The agent's face, one thread at a time: its calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_agent.h"

#define MILLISECOND_NS UINT64_C(1000000)

/* A pull that is waited for answers with the image and a lease that can be given back. */
static void test_pull_and_release(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out;

    agent_fixture_open(f);
    assert_int_equal(agent_fixture_pull(f, "app-1:1", "web-1", &out), DD_OK);
    assert_int_equal(agent_fixture_leases(f, out.image), 1);
    struct dd_lease lease = { .image = out.image, .caller = "web-1", .number = out.lease };
    assert_int_equal(dd_agent_release_wait(f->agent, lease), DD_OK);
    assert_int_equal(agent_fixture_leases(f, out.image), 0);
    assert_int_equal(dd_agent_release_wait(f->agent, lease), DD_ENOLEASE);
    agent_fixture_end(f);
}

/* What the engine refuses comes with class, text and whether to try again. */
static void test_pull_failure_is_told(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out;

    agent_fixture_open(f);
    assert_int_equal(agent_fixture_pull(f, "none:1", "web-1", &out), DD_ENOTFOUND);
    assert_false(out.recoverable);
    assert_non_null(strstr(out.text, "manifest unknown"));
    assert_string_equal(out.image, "");
    agent_fixture_end(f);
}

/* What is refused before anything began is an answer like any other. */
static void test_pull_refusal_is_told(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out;
    struct told told;
    const struct dd_pull pull = {
        .reference = "NO/SUCH:name", .caller = "web-1", .done = told_done, .arg = &told
    };

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull_wait(f->agent, &pull, &out), DD_EINVAL);
    assert_int_equal(out.status, DD_EINVAL);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_EINVAL);
    agent_fixture_end(f);
}

/* A pull that is not waited for is told once, with a lease that can be given back likewise. */
static void test_pull_told_by_callback(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_operation operation = { 0 };
    struct told told;
    struct told released;
    char reference[] = "app-1:1";
    char password[] = "secret";
    const struct dd_credentials credentials = { .username = "alice", .password = password };
    const struct dd_pull pull = { .reference = reference,
                                  .caller = "web-1",
                                  .credentials = &credentials,
                                  .done = told_done,
                                  .arg = &told };

    told_init(&told);
    told_init(&released);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, &operation), DD_OK);
    memset(reference, 'x', sizeof reference - 1); /* it was copied */
    memset(password, 'x', sizeof password - 1);
    told_wait(&told, 1);
    assert_int_not_equal(operation.number, 0);
    assert_int_equal(told.status, DD_OK);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_EALREADY);
    struct dd_lease lease = { .image = told.image, .caller = "web-1", .number = told.lease };
    assert_int_equal(dd_agent_release(f->agent, lease, told_answered, &released), DD_OK);
    told_wait(&released, 1);
    assert_int_equal(released.status, DD_OK);
    agent_fixture_end(f);
    assert_int_equal(told.count, 1);
}

/* A cancelled operation is told so, and cannot be cancelled twice. */
static void test_cancel(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_operation operation;
    struct told told;
    const struct dd_pull pull = {
        .reference = "slow:1", .caller = "web-1", .done = told_done, .arg = &told
    };

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, &operation), DD_OK);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_OK);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_EALREADY);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_ECANCELLED);
    agent_fixture_end(f);
}

/* An operation can be cancelled once the strand has accepted it, too. */
static void test_cancel_of_what_is_under_way(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_operation operation;
    struct dd_agent_counts counts;
    struct told told;
    const struct dd_pull pull = {
        .reference = "slow:1", .caller = "web-1", .done = told_done, .arg = &told
    };

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, &operation), DD_OK);
    assert_int_equal(dd_agent_counted_wait(f->agent, &counts), DD_OK); /* so it is accepted */
    assert_int_equal(counts.events.kinds[DD_EVENT_PULL_ASKED], 1);
    assert_int_equal(dd_agent_cancel(f->agent, operation), DD_OK);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_ECANCELLED);
    agent_fixture_end(f);
}

/* A deadline that passes ends the waiting, and nothing is held. */
static void test_pull_deadline(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out;
    const struct dd_pull pull = { .reference = "slow:1",
                                  .caller = "web-1",
                                  .deadline_ns = 5 * MILLISECOND_NS };

    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull_wait(f->agent, &pull, &out), DD_ETIMEDOUT);
    assert_true(out.recoverable);
    assert_int_equal(dd_agent_release_caller_wait(f->agent, "web-1"), DD_ENOLEASE);
    agent_fixture_end(f);
}

/* Retain, and the other two ways to release. */
static void test_retain_and_release(void **state)
{
    struct agent_fixture *f = *state;
    struct dd_outcome out;
    struct told told;

    told_init(&told);
    agent_fixture_open(f);
    assert_int_equal(agent_fixture_pull(f, "app-2:1", "web-1", &out), DD_OK);
    const char *bindings[] = { "app-2:1" };
    const struct dd_retain retain = { .image = out.image,
                                      .caller = "web-2",
                                      .bindings = { bindings, 1 },
                                      .done = told_done,
                                      .arg = &told };
    struct dd_outcome retained;
    assert_int_equal(dd_agent_retain_wait(f->agent, &retain, &retained), DD_OK);
    assert_string_equal(retained.image, out.image);
    assert_int_equal(dd_agent_retain(f->agent, &retain, NULL), DD_OK);
    told_wait(&told, 1);
    assert_int_equal(told.status, DD_OK);
    assert_int_equal(agent_fixture_leases(f, out.image), 2);
    assert_int_equal(dd_agent_release_image(f->agent, out.image, "web-1", told_answered, &told),
                     DD_OK);
    told_wait(&told, 2);
    assert_int_equal(told.status, DD_OK);
    assert_int_equal(agent_fixture_leases(f, out.image), 1);
    assert_int_equal(dd_agent_release_caller(f->agent, "web-2", told_answered, &told), DD_OK);
    told_wait(&told, 3);
    assert_int_equal(told.status, DD_OK);
    assert_int_equal(agent_fixture_leases(f, out.image), 0);
    assert_int_equal(dd_agent_release_image_wait(f->agent, out.image, "web-1"), DD_ENOLEASE);
    assert_int_equal(dd_agent_release_caller_wait(f->agent, "web-2"), DD_ENOLEASE);
    agent_fixture_end(f);
}

struct inside {
    struct agent_fixture *f;
    struct told told;
    enum dd_status answers[10];
    enum dd_status plain;
};

static void visit_nothing(void *arg, const struct dd_explained *explained)
{
    (void)arg;
    (void)explained;
}

static void inside_done(void *arg, const struct dd_result *result)
{
    struct inside *inside = arg;
    struct dd_agent *agent = inside->f->agent;
    const struct dd_pull pull = { .reference = "app-2:1", .caller = "web-2" };
    const struct dd_retain retain = { .image = result->lease.image, .caller = "web-2" };
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS };
    struct dd_agent_counts counts;
    struct dd_outcome out;
    enum dd_status *at = inside->answers;

    *at++ = dd_agent_pull_wait(agent, &pull, &out);
    *at++ = dd_agent_retain_wait(agent, &retain, &out);
    *at++ = dd_agent_release_wait(agent, result->lease);
    *at++ = dd_agent_release_image_wait(agent, result->lease.image, "web-1");
    *at++ = dd_agent_release_caller_wait(agent, "web-1");
    *at++ = dd_agent_explain_wait(agent, visit_nothing, NULL);
    *at++ = dd_agent_counted_wait(agent, &counts);
    *at++ = dd_agent_close_wait(agent, &close);
    *at++ = dd_agent_destroy(agent);
    *at++ = out.status;
    inside->plain = dd_agent_release(agent, result->lease, told_answered, &inside->told);
}

/* On the strand, what would wait for itself says so and does nothing; what does not wait works. */
static void test_waiting_on_the_strand(void **state)
{
    struct agent_fixture *f = *state;
    struct inside inside = { .f = f };
    const struct dd_pull pull = {
        .reference = "app-1:1", .caller = "web-1", .done = inside_done, .arg = &inside
    };

    told_init(&inside.told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    told_wait(&inside.told, 1);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(inside.answers[i], DD_EDEADLK);
    }
    assert_int_equal(inside.plain, DD_OK);
    assert_int_equal(inside.told.status, DD_OK);
    agent_fixture_end(f);
}

struct meanwhile {
    struct agent_fixture *f;
    struct told told; /* of the second operation */
    struct dd_operation second;
    enum dd_status answers[4];
};

/* The strand is here, and so nothing that is asked is read before this returns. */
static void meanwhile_done(void *arg, const struct dd_result *result)
{
    struct meanwhile *meanwhile = arg;
    struct dd_agent *agent = meanwhile->f->agent;
    const struct dd_close close = { .deadline_ns = DD_SECOND_NS };
    char reference[] = "app-2:1";
    char caller[] = "web-3";
    char password[] = "secret";
    const struct dd_credentials credentials = { .username = "alice", .password = password };
    const struct dd_pull pull = { .reference = reference,
                                  .caller = caller,
                                  .credentials = &credentials,
                                  .done = told_done,
                                  .arg = &meanwhile->told };

    if (meanwhile->second.number != 0) {
        meanwhile->answers[0] = dd_agent_cancel(agent, meanwhile->second);
        meanwhile->answers[1] = dd_agent_cancel(agent, meanwhile->second);
    } else {
        meanwhile->answers[0] = dd_agent_pull(agent, &pull, NULL);
        memset(reference, 'x', sizeof reference - 1);
        memset(caller, 'x', sizeof caller - 1);
        memset(password, 'x', sizeof password - 1);
    }
    if (result->status == DD_ENOTFOUND) {
        meanwhile->answers[2] = dd_agent_close(agent, &close);
        meanwhile->answers[3] = dd_agent_close(agent, &close);
    }
}

static void opened_pull_twice(void *arg, enum dd_status status, const char *text)
{
    struct meanwhile *meanwhile = arg;
    struct dd_agent *agent = meanwhile->f->agent;
    const struct dd_pull first = {
        .reference = "app-1:1", .caller = "web-1", .done = meanwhile_done, .arg = meanwhile
    };
    const struct dd_pull second = {
        .reference = "app-1:1", .caller = "web-2", .done = told_done, .arg = &meanwhile->told
    };

    (void)status;
    (void)text;
    meanwhile->answers[2] = dd_agent_pull(agent, &first, NULL);
    meanwhile->answers[3] = dd_agent_pull(agent, &second, &meanwhile->second);
}

/* A cancel that comes when the telling is on its way changes nothing, and can be sent once. */
static void test_cancel_of_what_is_being_told(void **state)
{
    struct agent_fixture *f = *state;
    struct meanwhile meanwhile = { .f = f };

    told_init(&meanwhile.told);
    f->config.opened = opened_pull_twice;
    f->config.arg = &meanwhile;
    assert_int_equal(dd_agent_open(&f->config, NULL, 0, &f->agent), DD_OK);
    told_wait(&meanwhile.told, 1);
    assert_int_equal(meanwhile.answers[2], DD_OK);
    assert_int_equal(meanwhile.answers[3], DD_OK);
    assert_int_equal(meanwhile.told.status, DD_OK);
    assert_int_equal(meanwhile.answers[0], DD_OK);
    assert_int_equal(meanwhile.answers[1], DD_EALREADY);
    agent_fixture_end(f);
    assert_int_equal(meanwhile.told.count, 1);
}

/* What a pull is given is its caller's again when the call returns. */
static void test_pull_copies(void **state)
{
    struct agent_fixture *f = *state;
    struct meanwhile meanwhile = { .f = f };
    const struct dd_pull pull = {
        .reference = "app-1:1", .caller = "web-1", .done = meanwhile_done, .arg = &meanwhile
    };

    told_init(&meanwhile.told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    told_wait(&meanwhile.told, 1);
    assert_int_equal(meanwhile.answers[0], DD_OK);
    assert_int_equal(meanwhile.told.status, DD_OK);
    assert_int_equal(dd_agent_release_caller_wait(f->agent, "web-3"), DD_OK);
    agent_fixture_end(f);
}

/* A second close is refused also while nobody has read the first; what was asked before it is
 * told all the same. */
static void test_close_twice_at_once(void **state)
{
    struct agent_fixture *f = *state;
    struct meanwhile meanwhile = { .f = f };
    const struct dd_pull pull = {
        .reference = "none:1", .caller = "web-1", .done = meanwhile_done, .arg = &meanwhile
    };

    told_init(&meanwhile.told);
    agent_fixture_open(f);
    assert_int_equal(dd_agent_pull(f->agent, &pull, NULL), DD_OK);
    told_wait(&meanwhile.told, 1);
    assert_int_equal(meanwhile.told.status, DD_ECLOSED);
    assert_int_equal(meanwhile.answers[2], DD_OK);
    assert_int_equal(meanwhile.answers[3], DD_ECLOSED);
    agent_fixture_end(f);
    assert_int_equal(meanwhile.told.count, 1);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, agent_fixture_setup, agent_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_pull_and_release),
        TEST(test_pull_failure_is_told),
        TEST(test_pull_refusal_is_told),
        TEST(test_pull_told_by_callback),
        TEST(test_cancel),
        TEST(test_cancel_of_what_is_under_way),
        TEST(test_pull_deadline),
        TEST(test_retain_and_release),
        TEST(test_waiting_on_the_strand),
        TEST(test_cancel_of_what_is_being_told),
        TEST(test_pull_copies),
        TEST(test_close_twice_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
