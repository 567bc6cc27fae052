/*
 * The agent's face, many threads at a time. Worth most under the thread sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/test/fixture_agent.h"

#define THREAD_COUNT 16
#define ROUNDS_BEFORE_CLOSE 150
#define ROUNDS_MAX 100000
#define MILLISECOND_NS UINT64_C(1000000)

struct crowd {
    struct agent_fixture *f;
    pthread_barrier_t begin;
    atomic_uint asked;        /* operations that were accepted */
    atomic_uint told;         /* and told */
    atomic_uint told_late;    /* after `closed` */
    atomic_uint wrong;        /* answers that the call does not have */
    atomic_uint answers_owed; /* of releases and explanations */
    atomic_bool is_closed;
    struct told closed;
};

struct member {
    struct crowd *crowd;
    unsigned number;
    uint64_t random;
    char caller[16];
    bool is_closed;
};

/* The same numbers in every run (xorshift64*, Vigna 2016). */
static unsigned draw(struct member *member, unsigned n)
{
    member->random ^= member->random >> 12;
    member->random ^= member->random << 25;
    member->random ^= member->random >> 27;
    return (unsigned)((member->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static void crowd_done(void *arg, const struct dd_result *result)
{
    struct crowd *crowd = arg;

    (void)result;
    atomic_fetch_add(&crowd->told, 1);
    atomic_fetch_add(&crowd->told_late, atomic_load(&crowd->is_closed));
}

static void crowd_answered(void *arg, enum dd_status status)
{
    struct crowd *crowd = arg;

    (void)status;
    atomic_fetch_sub(&crowd->answers_owed, 1);
    atomic_fetch_add(&crowd->told_late, atomic_load(&crowd->is_closed));
}

static void crowd_visit(void *arg, const struct dd_explained *explained)
{
    struct crowd *crowd = arg;

    atomic_fetch_add(&crowd->wrong, explained->image == NULL);
}

static void crowd_closed(void *arg)
{
    struct crowd *crowd = arg;

    atomic_store(&crowd->is_closed, true);
    told_closed(&crowd->closed);
}

/* @status is @allowed or another that any call may have. */
static void expect(struct member *member, enum dd_status status, enum dd_status allowed)
{
    if (status == DD_ECLOSED) {
        member->is_closed = true;
    } else if (status != DD_OK && status != allowed) {
        atomic_fetch_add(&member->crowd->wrong, 1);
    }
}

static void owe(struct member *member, enum dd_status status)
{
    expect(member, status, DD_OK);
    if (status != DD_OK) {
        atomic_fetch_sub(&member->crowd->answers_owed, 1);
    }
}

/* In one way or the other, or not at all. */
static void release_or_not(struct member *member, const struct dd_outcome *out)
{
    struct crowd *crowd = member->crowd;
    struct dd_agent *agent = crowd->f->agent;
    const struct dd_lease lease = { .image = out->image,
                                    .caller = member->caller,
                                    .number = out->lease };

    switch (draw(member, 3)) {
    case 0:
        expect(member, dd_agent_release_wait(agent, lease), DD_OK);
        break;
    case 1:
        atomic_fetch_add(&crowd->answers_owed, 1);
        owe(member, dd_agent_release(agent, lease, crowd_answered, crowd));
        break;
    default:
        break;
    }
}

static void wait_for_pull(struct member *member, const char *reference, uint64_t deadline_ns)
{
    const struct dd_pull pull = { .reference = reference,
                                  .caller = member->caller,
                                  .deadline_ns = deadline_ns };
    struct dd_outcome out;

    expect(member, dd_agent_pull_wait(member->crowd->f->agent, &pull, &out), DD_ETIMEDOUT);
    if (out.status == DD_OK) {
        release_or_not(member, &out);
    }
}

static void pull_and_cancel(struct member *member, const char *reference)
{
    struct crowd *crowd = member->crowd;
    const struct dd_pull pull = {
        .reference = reference, .caller = member->caller, .done = crowd_done, .arg = crowd
    };
    struct dd_operation operation;
    enum dd_status status = dd_agent_pull(crowd->f->agent, &pull, &operation);

    expect(member, status, DD_OK);
    if (status == DD_OK) {
        atomic_fetch_add(&crowd->asked, 1);
        expect(member, dd_agent_cancel(crowd->f->agent, operation), DD_EALREADY);
    }
}

static void retain_both_ways(struct member *member, const char *image)
{
    struct crowd *crowd = member->crowd;
    const struct dd_retain retain = {
        .image = image, .caller = member->caller, .done = crowd_done, .arg = crowd
    };
    struct dd_outcome out;
    enum dd_status status = dd_agent_retain(crowd->f->agent, &retain, NULL);

    expect(member, status, DD_OK);
    atomic_fetch_add(&crowd->asked, status == DD_OK);
    expect(member, dd_agent_retain_wait(crowd->f->agent, &retain, &out), DD_EGONE);
}

static void one_round(struct member *member)
{
    struct crowd *crowd = member->crowd;
    struct dd_agent *agent = crowd->f->agent;
    struct dd_agent_counts counts;
    char reference[32];
    char image[80];
    unsigned number = draw(member, 4);

    snprintf(reference, sizeof reference, "app-%u:1", number);
    snprintf(image, sizeof image, "sha256:%064x", number + 1);
    switch (draw(member, 10)) {
    case 0:
        wait_for_pull(member, "slow:1", MILLISECOND_NS);
        break;
    case 1:
        pull_and_cancel(member, "slow:1");
        break;
    case 2:
        pull_and_cancel(member, reference);
        break;
    case 3:
        retain_both_ways(member, image);
        break;
    case 4:
        atomic_fetch_add(&crowd->answers_owed, 1);
        owe(member, dd_agent_release_image(agent, image, member->caller, crowd_answered, crowd));
        break;
    case 5:
        atomic_fetch_add(&crowd->answers_owed, 1);
        owe(member, dd_agent_release_caller(agent, member->caller, crowd_answered, crowd));
        break;
    case 6:
        atomic_fetch_add(&crowd->answers_owed, 1);
        owe(member, dd_agent_explain(agent, crowd_visit, crowd_answered, crowd));
        break;
    case 7:
        expect(member, dd_agent_explain_wait(agent, crowd_visit, crowd), DD_OK);
        expect(member, dd_agent_counted_wait(agent, &counts), DD_OK);
        break;
    case 8:
        expect(member, dd_agent_release_image_wait(agent, image, member->caller), DD_ENOLEASE);
        expect(member, dd_agent_release_caller_wait(agent, member->caller), DD_ENOLEASE);
        break;
    default:
        wait_for_pull(member, reference, 0);
        break;
    }
}

static void *member_run(void *arg)
{
    struct member *member = arg;
    struct crowd *crowd = member->crowd;
    const struct dd_close close = {
        .drain = true, .deadline_ns = DD_SECOND_NS, .closed = crowd_closed, .arg = crowd
    };

    pthread_barrier_wait(&crowd->begin);
    for (unsigned round = 0; round < ROUNDS_MAX && !member->is_closed; round++) {
        if (member->number == 0 && round == ROUNDS_BEFORE_CLOSE) {
            expect(member, dd_agent_close(crowd->f->agent, &close), DD_OK);
        }
        one_round(member);
    }
    if (dd_agent_close_wait(crowd->f->agent, &close) != DD_ECLOSED) {
        atomic_fetch_add(&crowd->wrong, 1);
    }
    return NULL;
}

static void crowd_run(struct crowd *crowd, void *(*run)(void *), struct member members[])
{
    pthread_t threads[THREAD_COUNT];

    pthread_barrier_init(&crowd->begin, NULL, THREAD_COUNT + 1);
    told_init(&crowd->closed);
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        members[i] = (struct member){ .crowd = crowd, .number = i, .random = i + 1 };
        snprintf(members[i].caller, sizeof members[i].caller, "task-%u", i);
        assert_int_equal(pthread_create(&threads[i], NULL, run, &members[i]), 0);
    }
    pthread_barrier_wait(&crowd->begin);
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&crowd->begin);
}

/* Sixteen threads call everything, one of them closes meanwhile: every operation is told once,
 * none after the close, and every thread comes to its end. */
static void test_all_calls_and_a_close(void **state)
{
    struct agent_fixture *f = *state;
    struct crowd crowd = { .f = f };
    struct member members[THREAD_COUNT];

    f->config.coordinator.remove_delay_ns = MILLISECOND_NS;
    agent_fixture_open(f);
    crowd_run(&crowd, member_run, members);
    told_wait(&crowd.closed, 1);
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        assert_true(members[i].is_closed);
    }
    assert_int_equal(atomic_load(&crowd.told), atomic_load(&crowd.asked));
    assert_int_equal(atomic_load(&crowd.answers_owed), 0);
    assert_int_equal(atomic_load(&crowd.told_late), 0);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
    agent_fixture_end(f);
}

static void *member_waits(void *arg)
{
    struct member *member = arg;

    pthread_barrier_wait(&member->crowd->begin);
    wait_for_pull(member, "slow:1", 0);
    return NULL;
}

static void *destroy_when_all_wait(void *arg)
{
    struct crowd *crowd = arg;
    struct dd_agent_counts counts = { .events = { .kinds = { 0 } } };

    while (counts.events.kinds[DD_EVENT_PULL_ASKED] < THREAD_COUNT) {
        if (dd_agent_counted_wait(crowd->f->agent, &counts) != DD_OK) {
            break;
        }
    }
    if (dd_agent_destroy(crowd->f->agent) != DD_OK) {
        atomic_fetch_add(&crowd->wrong, 1);
    }
    return NULL;
}

/* An agent may be destroyed while threads wait in it: they are told that it is closed. */
static void test_destroyed_under_waiters(void **state)
{
    struct agent_fixture *f = *state;
    struct crowd crowd = { .f = f };
    struct member members[THREAD_COUNT];
    pthread_t destroyer;

    agent_fixture_open(f);
    assert_int_equal(pthread_create(&destroyer, NULL, destroy_when_all_wait, &crowd), 0);
    crowd_run(&crowd, member_waits, members);
    pthread_join(destroyer, NULL);
    f->agent = NULL;
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        assert_true(members[i].is_closed);
    }
    assert_int_equal(f->engine.pull_count, 1);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
    assert_int_equal(f->engine.locks_taken, 0);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, agent_fixture_setup, agent_fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_all_calls_and_a_close),
        TEST(test_destroyed_under_waiters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
