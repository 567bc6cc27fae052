#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fakes/queue.h"

#define MS UINT64_C(1000000)
#define EVENT_COUNT 200

/* Answers from a list, then 0, and notes what it was asked. */
struct script {
    const uint64_t *answers;
    size_t answer_count;
    size_t asked;
    uint64_t last_count;
    struct fake_label last_label;
};

struct fixture {
    struct script script;
    struct fake_chooser chooser;
    struct fake_queue queue;
    struct probe {
        struct fake_event event;
        struct fixture *fixture;
        size_t number;
    } probes[EVENT_COUNT];
    size_t fired[EVENT_COUNT];
    size_t fired_count;
};

static uint64_t script_choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct script *script = ctx;
    script->last_count = count;
    script->last_label = label;
    uint64_t answer = script->asked < script->answer_count ? script->answers[script->asked] : 0;
    script->asked++;
    return answer % count;
}

static void probe_fire(struct fake_event *event)
{
    struct probe *probe = (struct probe *)(void *)event;
    struct fixture *f = probe->fixture;
    f->fired[f->fired_count++] = probe->number;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return -1;
    }
    f->chooser = (struct fake_chooser){ .choose = script_choose, .ctx = &f->script };
    fake_queue_init(&f->queue, &f->chooser);
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        f->probes[i] = (struct probe){
            .event = { .fire = probe_fire, .label = { "probe", "p" } },
            .fixture = f,
            .number = i,
        };
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    fake_queue_release(&f->queue);
    free(f);
    return 0;
}

static void add_at(struct fixture *f, size_t number, uint64_t after_ns)
{
    fake_queue_add(&f->queue, &f->probes[number].event, (struct fake_window){ after_ns, after_ns });
}

/* Events fire in the order of (instant, order of adding), and time goes with them. */
static void test_queue_order_is_due_then_sequence(void **state)
{
    struct fixture *f = *state;
    add_at(f, 0, 30);
    add_at(f, 1, 10);
    add_at(f, 2, 30);
    add_at(f, 3, 20);

    assert_ptr_equal(fake_queue_next(&f->queue), &f->probes[1].event);
    while (fake_queue_step(&f->queue)) {
    }

    const size_t expected[] = { 1, 3, 0, 2 };
    assert_int_equal(f->fired_count, 4);
    assert_memory_equal(f->fired, expected, sizeof(expected));
    assert_int_equal(f->queue.now_ns, 30);
    assert_null(fake_queue_next(&f->queue));
}

/* Many events, some cancelled from the middle, still fire sorted and exactly once. */
static void test_queue_heap_keeps_order_under_cancels(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        add_at(f, i, (i * 7919) % 101);
    }
    for (size_t i = 0; i < EVENT_COUNT; i += 3) {
        fake_queue_cancel(&f->queue, &f->probes[i].event);
        assert_false(fake_queue_pending(&f->probes[i].event));
    }

    while (fake_queue_step(&f->queue)) {
    }

    assert_int_equal(f->fired_count, EVENT_COUNT - (EVENT_COUNT + 2) / 3);
    for (size_t i = 0; i < f->fired_count; i++) {
        assert_int_not_equal(f->fired[i] % 3, 0);
        if (i > 0) {
            const struct fake_event *before = &f->probes[f->fired[i - 1]].event;
            const struct fake_event *event = &f->probes[f->fired[i]].event;
            assert_true(
                before->earliest_ns < event->earliest_ns ||
                (before->earliest_ns == event->earliest_ns && before->sequence < event->sequence));
        }
    }
}

/* A point is not a choice. */
static void test_queue_point_is_not_asked(void **state)
{
    struct fixture *f = *state;
    add_at(f, 0, 5 * MS);
    assert_int_equal(f->script.asked, 0);
    assert_int_equal(f->probes[0].event.earliest_ns, 5 * MS);
}

/* A wide window is one choice among whole milliseconds, under the event's own label. */
static void test_queue_wide_window_is_drawn_in_milliseconds(void **state)
{
    struct fixture *f = *state;
    const uint64_t answers[] = { 7 };
    f->script.answers = answers;
    f->script.answer_count = 1;
    f->queue.now_ns = 100;

    fake_queue_add(&f->queue, &f->probes[0].event, (struct fake_window){ 10 * MS, 30 * MS });

    assert_int_equal(f->script.asked, 1);
    assert_int_equal(f->script.last_count, 21);
    assert_string_equal(f->script.last_label.kind, "probe");
    assert_string_equal(f->script.last_label.identity, "p");
    assert_int_equal(f->probes[0].event.earliest_ns, 100 + 17 * MS);
    assert_int_equal(f->probes[0].event.latest_ns, 100 + 17 * MS);
}

/* The last candidate is the window's end, even where the grain does not divide it. */
static void test_queue_both_ends_can_be_drawn(void **state)
{
    struct fixture *f = *state;
    const uint64_t answers[] = { 11, 0, 3 };
    f->script.answers = answers;
    f->script.answer_count = 3;

    fake_queue_add(&f->queue, &f->probes[0].event, (struct fake_window){ 0, 10 * MS + 1 });
    assert_int_equal(f->script.last_count, 12);
    assert_int_equal(f->probes[0].event.earliest_ns, 10 * MS + 1);
    fake_queue_add(&f->queue, &f->probes[1].event, (struct fake_window){ 4, 10 * MS + 1 });
    assert_int_equal(f->probes[1].event.earliest_ns, 4);
    fake_queue_add(&f->queue, &f->probes[2].event, (struct fake_window){ 4, 7 });
    assert_int_equal(f->script.last_count, 4);
    assert_int_equal(f->probes[2].event.earliest_ns, 7);
}

/* An event may be added again once it has fired or was cancelled; cancelling what is
 * not pending does nothing. */
static void test_queue_event_can_be_added_again(void **state)
{
    struct fixture *f = *state;
    fake_queue_cancel(&f->queue, &f->probes[0].event);
    add_at(f, 0, 1);
    assert_true(fake_queue_pending(&f->probes[0].event));
    assert_true(fake_queue_step(&f->queue));
    add_at(f, 0, 1);
    assert_true(fake_queue_step(&f->queue));
    assert_false(fake_queue_step(&f->queue));
    assert_int_equal(f->fired_count, 2);
    assert_int_equal(f->queue.now_ns, 2);
}

/* Exploring, what is prompt fires before anything else, in the order of adding; what is
 * not stays, and a prompt event that is cancelled is forgotten. */
static void test_queue_prompt_goes_first(void **state)
{
    struct fixture *f = *state;
    f->queue.time = FAKE_TIME_FREE;
    for (size_t i = 1; i <= 3; i++) {
        f->probes[i].event.prompt = true;
    }
    for (size_t i = 0; i < 4; i++) {
        add_at(f, i, 10 - i);
    }
    fake_queue_cancel(&f->queue, &f->probes[2].event);
    assert_true(fake_queue_fire_prompt(&f->queue));
    assert_true(fake_queue_fire_prompt(&f->queue));
    assert_false(fake_queue_fire_prompt(&f->queue));
    assert_int_equal(f->fired_count, 2);
    assert_int_equal(f->fired[0], 1);
    assert_int_equal(f->fired[1], 3);
    assert_true(fake_queue_pending(&f->probes[0].event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_queue_order_is_due_then_sequence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_heap_keeps_order_under_cancels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_point_is_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_wide_window_is_drawn_in_milliseconds, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_queue_both_ends_can_be_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_event_can_be_added_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_prompt_goes_first, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
