#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/executor.h"

struct log {
    struct dd_executor executor;
    unsigned ran[8];
    size_t count;
};

struct job {
    struct dd_task task;
    struct log *log;
    unsigned number;
    unsigned again; /* how many times more it posts itself */
};

static void job_run(struct dd_task *task)
{
    struct job *job = (struct job *)(void *)task;
    job->log->ran[job->log->count++] = job->number;
    if (job->again > 0) {
        job->again--;
        job->log->executor.ops->post(job->log->executor.ctx, task);
    }
}

static struct job job_of(struct log *log, unsigned number, unsigned again)
{
    return (struct job){ .task = { .run = job_run }, .log = log, .number = number, .again = again };
}

/* Tasks run one a step, in the order of posting; one posted while running goes last. */
static void test_executor_is_first_in_first_out(void **state)
{
    (void)state;
    struct fake_executor fake;
    fake_executor_init(&fake);
    struct log log = { .executor = fake_executor_interface(&fake) };
    struct job a = job_of(&log, 1, 1);
    struct job b = job_of(&log, 2, 0);
    log.executor.ops->post(log.executor.ctx, &a.task);
    log.executor.ops->post(log.executor.ctx, &b.task);
    assert_int_equal(fake.pending_count, 2);
    assert_int_equal(log.count, 0);

    assert_true(fake_executor_step(&fake));
    assert_int_equal(log.count, 1);
    assert_int_equal(fake.pending_count, 2);
    while (fake_executor_step(&fake)) {
    }

    const unsigned expected[] = { 1, 2, 1 };
    assert_int_equal(log.count, 3);
    assert_memory_equal(log.ran, expected, sizeof(expected));
    assert_int_equal(fake.pending_count, 0);
    assert_false(fake_executor_step(&fake));
}

/* What was forgotten never runs, and the executor goes on from empty. */
static void test_executor_forgets(void **state)
{
    (void)state;
    struct fake_executor fake;
    fake_executor_init(&fake);
    struct log log = { .executor = fake_executor_interface(&fake) };
    struct job a = job_of(&log, 1, 0);
    struct job b = job_of(&log, 2, 0);
    log.executor.ops->post(log.executor.ctx, &a.task);

    fake_executor_forget(&fake);
    log.executor.ops->post(log.executor.ctx, &b.task);
    while (fake_executor_step(&fake)) {
    }

    assert_int_equal(log.count, 1);
    assert_int_equal(log.ran[0], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_executor_is_first_in_first_out),
        cmocka_unit_test(test_executor_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
