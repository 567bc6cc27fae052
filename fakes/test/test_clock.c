#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/clock.h"

struct alarmed {
    struct dd_task task;
    struct fake_queue *queue;
    struct dd_clock clock;
    uint64_t ran_ns[4];
    size_t ran_count;
    uint64_t again_ns; /* armed from within the run; 0: no */
};

static void alarmed_run(struct dd_task *task)
{
    struct alarmed *alarmed = (struct alarmed *)(void *)task;
    alarmed->ran_ns[alarmed->ran_count++] = alarmed->queue->now_ns;
    if (alarmed->again_ns != 0) {
        uint64_t due_ns = alarmed->again_ns;
        alarmed->again_ns = 0;
        alarmed->clock.ops->arm(alarmed->clock.ctx, task, due_ns);
    }
}

struct world {
    struct fake_queue queue;
    struct fake_clock fake;
    struct dd_clock clock;
    struct alarmed a;
    struct alarmed b;
};

static uint64_t never_choose(void *ctx, uint64_t count, struct fake_label label)
{
    (void)ctx;
    (void)count;
    (void)label;
    return UINT64_MAX; /* out of range: the queue's own assert would say so */
}

static const struct fake_chooser never = { .choose = never_choose };

static void world_init(struct world *w)
{
    *w = (struct world){ .queue = { .count = 0 } };
    fake_queue_init(&w->queue, &never);
    fake_clock_init(&w->fake, &w->queue);
    w->clock = fake_clock_interface(&w->fake);
    w->a = (struct alarmed){ { .run = alarmed_run }, &w->queue, w->clock, { 0 }, 0, 0 };
    w->b = (struct alarmed){ { .run = alarmed_run }, &w->queue, w->clock, { 0 }, 0, 0 };
}

/* An alarm goes off once, exactly when due, and may be armed again from its run. */
static void test_clock_alarm_goes_off_when_due(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.a.again_ns = 70;
    w.clock.ops->arm(w.clock.ctx, &w.a.task, 50);
    uint64_t due_ns = 0;
    assert_true(fake_clock_due(&w.fake, &due_ns));
    assert_int_equal(due_ns, 50);

    while (fake_queue_step(&w.queue)) {
    }

    assert_int_equal(w.a.ran_count, 2);
    assert_int_equal(w.a.ran_ns[0], 50);
    assert_int_equal(w.a.ran_ns[1], 70);
    assert_int_equal(w.clock.ops->now(w.clock.ctx), 70);
    assert_false(fake_clock_due(&w.fake, &due_ns));
    fake_queue_release(&w.queue);
}

/* What is due already goes off at once, but never inside the arming. */
static void test_clock_past_due_goes_off_now(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.queue.now_ns = 100;
    w.clock.ops->arm(w.clock.ctx, &w.a.task, 40);
    assert_int_equal(w.a.ran_count, 0);

    assert_true(fake_queue_step(&w.queue));

    assert_int_equal(w.a.ran_count, 1);
    assert_int_equal(w.a.ran_ns[0], 100);
    fake_queue_release(&w.queue);
}

/* A cancelled alarm never goes off, and leaves the others alone. */
static void test_clock_cancelled_alarm_is_silent(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.clock.ops->arm(w.clock.ctx, &w.a.task, 10);
    w.clock.ops->arm(w.clock.ctx, &w.b.task, 20);
    w.clock.ops->cancel(w.clock.ctx, &w.a.task);
    uint64_t due_ns = 0;
    assert_true(fake_clock_due(&w.fake, &due_ns));
    assert_int_equal(due_ns, 20);

    while (fake_queue_step(&w.queue)) {
    }

    assert_int_equal(w.a.ran_count, 0);
    assert_int_equal(w.b.ran_count, 1);
    fake_queue_release(&w.queue);
}

/* A released clock has nothing in the queue any more. */
static void test_clock_release_forgets_alarms(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.clock.ops->arm(w.clock.ctx, &w.a.task, 10);

    fake_clock_release(&w.fake);

    assert_null(fake_queue_next(&w.queue));
    fake_queue_release(&w.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_alarm_goes_off_when_due),
        cmocka_unit_test(test_clock_past_due_goes_off_now),
        cmocka_unit_test(test_clock_cancelled_alarm_is_silent),
        cmocka_unit_test(test_clock_release_forgets_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
