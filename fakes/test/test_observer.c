#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/observer.h"

static void remember(void *ctx, const struct dd_event *event)
{
    struct dd_event *last = ctx;
    *last = *event;
}

/* Every event is counted under its kind and handed on as it is. */
static void test_observer_counts_and_hands_on(void **state)
{
    (void)state;
    struct dd_event last = { .count = 0 };
    struct fake_observer fake;
    fake_observer_init(&fake, remember, &last);
    struct dd_observer observer = fake_observer_interface(&fake);

    const struct dd_event event = { .kind = DD_EVENT_COUNT_UP, .count = 7 };
    observer.ops->event(observer.ctx, &event);
    observer.ops->event(observer.ctx, &event);

    assert_int_equal(fake.counts[DD_EVENT_COUNT_UP], 2);
    assert_int_equal(fake.counts[DD_EVENT_COUNT_DOWN], 0);
    assert_int_equal(last.count, 7);
}

/* Without anybody to hand on to, events are only counted. */
static void test_observer_may_only_count(void **state)
{
    (void)state;
    struct fake_observer fake;
    fake_observer_init(&fake, NULL, NULL);
    struct dd_observer observer = fake_observer_interface(&fake);
    observer.ops->event(observer.ctx, &(struct dd_event){ .kind = DD_EVENT_CLOSED });
    assert_int_equal(fake.counts[DD_EVENT_CLOSED], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_observer_counts_and_hands_on),
        cmocka_unit_test(test_observer_may_only_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
