/* The heap of deadlines, and the lanes beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "coord/list.h"
#include "coord/test/heap.h"
#include "coord/timers.h"

struct alarm {
    struct dd__timer timer;
    uint64_t due_ns; /* the model's */
    uint64_t order;
    bool is_armed;
};

struct fixture {
    struct test_heap heap;
    struct dd__timers timers;
    uint64_t order;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return -1;
    }
    struct dd_allocator allocator = test_heap_init(&f->heap);
    dd__timers_init(&f->timers, &allocator);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    dd__timers_release(&f->timers);
    int bad = f->heap.live_blocks != 0 || f->heap.wrong_sizes != 0;
    free(f);
    return bad;
}

static struct alarm *alarms_make(size_t count)
{
    struct alarm *alarms = calloc(count, sizeof(*alarms));
    if (alarms == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        dd__timer_init(&alarms[i].timer, (uint32_t)i);
    }
    return alarms;
}

static void reserve(struct fixture *f, size_t count)
{
    assert_int_equal(dd__timers_reserve(&f->timers, count), DD_OK);
}

static void arm(struct fixture *f, struct alarm *alarm, uint64_t due_ns)
{
    alarm->due_ns = due_ns;
    alarm->order = f->order++;
    alarm->is_armed = true;
    dd__timer_arm(&f->timers, &alarm->timer, due_ns);
}

static void disarm(struct fixture *f, struct alarm *alarm)
{
    alarm->is_armed = false;
    dd__timer_disarm(&f->timers, &alarm->timer);
}

/* What a plain search says is next, or NULL. */
static struct alarm *model_next(struct alarm *alarms, size_t count)
{
    struct alarm *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct alarm *a = &alarms[i];
        if (a->is_armed && (best == NULL || a->due_ns < best->due_ns ||
                            (a->due_ns == best->due_ns && a->order < best->order))) {
            best = a;
        }
    }
    return best;
}

/* Pop one due at @now_ns; it is the one that the model names. */
static struct alarm *pop(struct fixture *f, struct alarm *alarms, size_t count, uint64_t now_ns)
{
    struct alarm *expected = model_next(alarms, count);
    uint64_t due_ns = 12345;
    assert_true(dd__timers_next(&f->timers, &due_ns) == (expected != NULL));
    assert_true(due_ns == (expected != NULL ? expected->due_ns : 12345));
    expected = expected != NULL && expected->due_ns <= now_ns ? expected : NULL;
    struct dd__timer *timer = dd__timers_pop_due(&f->timers, now_ns);
    assert_ptr_equal(timer, expected == NULL ? NULL : &expected->timer);
    if (expected != NULL) {
        expected->is_armed = false;
        assert_false(dd__timer_is_armed(timer));
    }
    return expected;
}

/* No timer, no next deadline, no memory. */
static void test_timers_empty(void **state)
{
    struct fixture *f = *state;
    assert_null(pop(f, NULL, 0, UINT64_MAX));
    assert_int_equal(f->heap.calls, 0);
}

/* A timer is due at its time and not before. */
static void test_timers_due(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(1);
    reserve(f, 1);
    assert_false(dd__timer_is_armed(&a->timer));
    arm(f, a, 10);
    assert_true(dd__timer_is_armed(&a->timer));
    assert_int_equal(dd__timer_due(&f->timers, &a->timer), 10);
    assert_null(dd__timers_pop_due(&f->timers, 9));
    assert_ptr_equal(pop(f, a, 1, 10), a);
    assert_null(dd__timers_pop_due(&f->timers, UINT64_MAX));
    free(a);
}

/* Of timers due at one time the one armed first comes first; moving one is
 * arming it anew. */
static void test_timers_equals_in_order_of_arming(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(50);
    reserve(f, 50);
    for (size_t i = 0; i < 50; i++) {
        arm(f, &a[(i * 7) % 50], 5);
    }
    arm(f, &a[0], 5);
    for (size_t i = 1; i < 50; i++) {
        assert_int_equal(dd__timers_pop_due(&f->timers, 5)->kind, (i * 7) % 50);
    }
    assert_int_equal(dd__timers_pop_due(&f->timers, 5)->kind, 0);
    free(a);
}

/* The order of equals holds while the counter of armings wraps around. */
static void test_timers_sequence_wraps(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(20);
    reserve(f, 20);
    f->timers.next_sequence = UINT32_MAX - 9;
    for (size_t i = 0; i < 20; i++) {
        arm(f, &a[i], 5);
    }
    for (size_t i = 0; i < 20; i++) {
        assert_ptr_equal(pop(f, a, 20, 5), &a[i]);
    }
    free(a);
}

/* A timer that is moved, earlier or later, counts at its new time only. */
static void test_timers_moved(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(3);
    reserve(f, 3);
    arm(f, &a[0], 10);
    arm(f, &a[1], 20);
    arm(f, &a[2], 30);
    arm(f, &a[0], 25);
    arm(f, &a[2], 5);
    assert_ptr_equal(pop(f, a, 3, 100), &a[2]);
    assert_ptr_equal(pop(f, a, 3, 100), &a[1]);
    assert_ptr_equal(pop(f, a, 3, 100), &a[0]);
    free(a);
}

/* Disarming forgets; disarming what is not armed does nothing. */
static void test_timers_disarm(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(2);
    reserve(f, 2);
    arm(f, &a[0], 1);
    arm(f, &a[1], 2);
    disarm(f, &a[0]);
    disarm(f, &a[0]);
    assert_false(dd__timer_is_armed(&a[0].timer));
    assert_ptr_equal(pop(f, a, 2, 100), &a[1]);
    disarm(f, &a[1]);
    assert_null(pop(f, a, 2, 100));
    free(a);
}

/* Random armings, moves, disarmings and pops go as a plain search says. */
static void test_timers_random_against_model(void **state)
{
    struct fixture *f = *state;
    size_t count = 200;
    struct alarm *a = alarms_make(count);
    uint64_t random = 7;
    uint64_t now_ns = 0;
    reserve(f, count);
    for (size_t step = 0; step < 40000; step++) {
        struct alarm *alarm = &a[test_random(&random) % count];
        switch (test_random(&random) % 5) {
        case 0:
        case 1:
            /* Few distinct times, so that many are equal. */
            arm(f, alarm, now_ns + test_random(&random) % 16);
            break;
        case 2:
            disarm(f, alarm);
            break;
        case 3:
            now_ns += test_random(&random) % 3;
            break;
        default:
            (void)pop(f, a, count, now_ns);
        }
        assert_true(dd__timer_is_armed(&alarm->timer) == alarm->is_armed);
        if (alarm->is_armed) {
            assert_true(dd__timer_due(&f->timers, &alarm->timer) == alarm->due_ns);
        }
    }
    while (pop(f, a, count, UINT64_MAX) != NULL) {
    }
    free(a);
}

/* A hundred thousand come out in order. */
static void test_timers_many(void **state)
{
    struct fixture *f = *state;
    size_t count = 100000;
    struct alarm *a = alarms_make(count);
    uint64_t random = 3;
    uint64_t last_ns = 0;
    struct dd__timer *timer;
    size_t popped = 0;
    reserve(f, count);
    for (size_t i = 0; i < count; i++) {
        arm(f, &a[i], test_random(&random) >> 1);
    }
    for (size_t i = 0; i < count; i += 3) {
        disarm(f, &a[i]);
    }
    while ((timer = dd__timers_pop_due(&f->timers, UINT64_MAX)) != NULL) {
        struct alarm *alarm = DD__CONTAINER(timer, struct alarm, timer);
        assert_true(alarm->due_ns >= last_ns);
        last_ns = alarm->due_ns;
        popped++;
    }
    assert_int_equal(popped, count - (count + 2) / 3);
    free(a);
}

/* A reservation that fails at any of its allocations leaves all as it was. */
static void test_timers_reserve_out_of_memory(void **state)
{
    struct fixture *f = *state;
    reserve(f, 10);
    size_t bytes = f->heap.live_bytes;
    size_t allowed = 0;
    for (;; allowed++) {
        f->heap.calls_left = allowed;
        enum dd_status status = dd__timers_reserve(&f->timers, 10000);
        if (status == DD_OK) {
            break;
        }
        assert_int_equal(status, DD_ENOMEM);
        assert_int_equal(f->timers.reserved, 10);
        assert_int_equal(f->heap.live_bytes, bytes);
    }
    assert_true(allowed > 4);
    assert_int_equal(f->timers.reserved, 10010);
}

/* A reservation of what no heap can hold is refused, sums that overflow too. */
static void test_timers_reserve_too_many(void **state)
{
    struct fixture *f = *state;
    reserve(f, 1);
    assert_int_equal(dd__timers_reserve(&f->timers, SIZE_MAX), DD_ENOMEM);
    assert_int_equal(dd__timers_reserve(&f->timers, DD__SEGMENTS_END), DD_ENOMEM);
    assert_int_equal(f->timers.reserved, 1);
}

/* Room given back and reserved again needs no new memory; arming never does. */
static void test_timers_room_is_kept(void **state)
{
    struct fixture *f = *state;
    struct alarm *a = alarms_make(1000);
    reserve(f, 1000);
    dd__timers_unreserve(&f->timers, 400);
    size_t calls = f->heap.calls;
    reserve(f, 400);
    for (size_t i = 0; i < 1000; i++) {
        arm(f, &a[i], i % 10);
    }
    assert_int_equal(f->heap.calls, calls);
    free(a);
}

/* Timers of a lane are due in the order of their arming, and need no room. */
static void test_timers_lane_in_order_of_arming(void **state)
{
    struct fixture *f = *state;
    struct dd__lane_timer timers[3];
    uint64_t due_ns;

    for (uint32_t i = 0; i < 3; i++) {
        dd__lane_timer_init(&timers[i], i);
        dd__lane_timer_arm(&f->timers, 1, &timers[i], 10 * i);
    }
    /* Arming again is a move to the end, disarming twice is once. */
    dd__lane_timer_arm(&f->timers, 1, &timers[0], 20);
    dd__lane_timer_disarm(&f->timers, &timers[1]);
    dd__lane_timer_disarm(&f->timers, &timers[1]);
    assert_true(dd__timers_next(&f->timers, &due_ns));
    assert_int_equal(due_ns, 20);
    assert_null(dd__timers_pop_due(&f->timers, 19));
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[2].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[0].timer);
    assert_null(dd__timers_pop_due(&f->timers, UINT64_MAX));
    assert_int_equal(f->heap.calls, 0);
}

/* A timer of a lane is due, disarmed and moved into the heap like any other. */
static void test_timers_lane_timer_is_a_timer(void **state)
{
    struct fixture *f = *state;
    struct dd__lane_timer timers[3];

    reserve(f, 1);
    for (uint32_t i = 0; i < 3; i++) {
        dd__lane_timer_init(&timers[i], i);
        dd__lane_timer_arm(&f->timers, 3, &timers[i], 10 + i);
        assert_true(dd__timer_is_armed(&timers[i].timer));
        assert_int_equal(dd__timer_due(&f->timers, &timers[i].timer), 10 + i);
    }
    dd__timer_disarm(&f->timers, &timers[1].timer);
    assert_false(dd__timer_is_armed(&timers[1].timer));
    dd__timer_arm(&f->timers, &timers[2].timer, 5);
    assert_int_equal(dd__timer_due(&f->timers, &timers[2].timer), 5);
    assert_int_equal(timers[2].due_ns, 12);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[2].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[0].timer);
    assert_null(dd__timers_pop_due(&f->timers, UINT64_MAX));
}

/* One that is armed again where it is the last stays there, and its new time counts. */
static void test_timers_last_of_its_lane_is_armed_again(void **state)
{
    struct fixture *f = *state;
    struct dd__lane_timer timers[2];
    uint64_t due_ns;

    for (uint32_t i = 0; i < 2; i++) {
        dd__lane_timer_init(&timers[i], i);
    }
    dd__lane_timer_arm(&f->timers, 0, &timers[0], 10);
    assert_true(dd__timers_next(&f->timers, &due_ns));
    dd__lane_timer_arm(&f->timers, 1, &timers[1], 20);
    dd__lane_timer_arm(&f->timers, 0, &timers[0], 20);
    assert_true(f->timers.is_changed);
    assert_true(dd__timers_next(&f->timers, &due_ns));
    assert_int_equal(due_ns, 20);
    /* Of equals it is now the one that was armed last. */
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[1].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 20), &timers[0].timer);
}

/* The earliest is due first, and of equals the one that was armed first, wherever
 * each of them is. */
static void test_timers_lanes_and_heap_are_one_order(void **state)
{
    struct fixture *f = *state;
    struct dd__lane_timer lanes[4];
    struct dd__timer heap[2];

    reserve(f, 2);
    for (uint32_t i = 0; i < 4; i++) {
        dd__lane_timer_init(&lanes[i], i);
    }
    dd__timer_init(&heap[0], 4);
    dd__timer_init(&heap[1], 5);
    dd__lane_timer_arm(&f->timers, 2, &lanes[0], 7);
    dd__timer_arm(&f->timers, &heap[0], 7);
    dd__lane_timer_arm(&f->timers, 0, &lanes[1], 7);
    dd__lane_timer_arm(&f->timers, 0, &lanes[2], 9);
    dd__timer_arm(&f->timers, &heap[1], 8);
    dd__lane_timer_arm(&f->timers, 1, &lanes[3], 6);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &lanes[3].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &lanes[0].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &heap[0]);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &lanes[1].timer);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &heap[1]);
    assert_ptr_equal(dd__timers_pop_due(&f->timers, 9), &lanes[2].timer);
    assert_null(dd__timers_pop_due(&f->timers, 9));
}

/* The earliest of @timers, as a plain search says; false if none is armed. */
static bool lanes_next(const struct dd__lane_timer *timers, size_t count, uint64_t *due_ns)
{
    bool is_any = false;

    for (size_t i = 0; i < count; i++) {
        if (dd__timer_is_armed(&timers[i].timer) && (!is_any || timers[i].due_ns < *due_ns)) {
            *due_ns = timers[i].due_ns;
            is_any = true;
        }
    }
    return is_any;
}

/* Whoever looks for the next deadline only when it may have changed knows it always. */
static void test_timers_next_is_known_between_changes(void **state)
{
    struct fixture *f = *state;
    struct dd__lane_timer timers[6];
    uint64_t random = 11;
    uint64_t known_ns = 0;
    bool is_known = false;

    for (uint32_t i = 0; i < 6; i++) {
        dd__lane_timer_init(&timers[i], i);
    }
    for (uint64_t step = 0; step < 20000; step++) {
        size_t i = (size_t)(test_random(&random) % 6);
        uint64_t due_ns = UINT64_MAX;
        bool is_any;

        if (test_random(&random) % 2 == 0) {
            dd__lane_timer_disarm(&f->timers, &timers[i]);
        } else {
            /* Lanes 0 and 1 run for long, 2 and 3 not; time goes on now and then. */
            uint64_t lane = test_random(&random) % 4;
            dd__lane_timer_disarm(&f->timers, &timers[i]);
            dd__lane_timer_arm(&f->timers, (unsigned)lane, &timers[i],
                               step / 8 + (lane < 2 ? 40 : 3));
        }
        is_any = lanes_next(timers, 6, &due_ns);
        if (f->timers.is_changed) {
            uint64_t next_ns = UINT64_MAX;
            is_known = dd__timers_next(&f->timers, &next_ns);
            known_ns = next_ns;
            assert_false(f->timers.is_changed);
        }
        assert_int_equal(is_known, is_any);
        assert_true(!is_any || known_ns == due_ns);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_timers_empty),
        TEST(test_timers_due),
        TEST(test_timers_equals_in_order_of_arming),
        TEST(test_timers_sequence_wraps),
        TEST(test_timers_moved),
        TEST(test_timers_disarm),
        TEST(test_timers_random_against_model),
        TEST(test_timers_many),
        TEST(test_timers_reserve_out_of_memory),
        TEST(test_timers_reserve_too_many),
        TEST(test_timers_room_is_kept),
        TEST(test_timers_lane_in_order_of_arming),
        TEST(test_timers_lane_timer_is_a_timer),
        TEST(test_timers_last_of_its_lane_is_armed_again),
        TEST(test_timers_lanes_and_heap_are_one_order),
        TEST(test_timers_next_is_known_between_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
