#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes/host_lock.h"

struct host {
    struct fake_host_locks locks;
    struct fake_host_lock fake_a;
    struct fake_host_lock fake_b;
    struct dd_host_lock a;
    struct dd_host_lock b;
};

static void host_init(struct host *host)
{
    fake_host_locks_init(&host->locks);
    fake_host_lock_init(&host->fake_a, &host->locks, "agent-a");
    fake_host_lock_init(&host->fake_b, &host->locks, "agent-b");
    host->a = fake_host_lock_interface(&host->fake_a);
    host->b = fake_host_lock_interface(&host->fake_b);
}

/* H34: an engine has one holder; a second take answers DD_EBUSY and names it. */
static void test_host_lock_names_the_holder(void **state)
{
    (void)state;
    struct host host;
    host_init(&host);
    char holder[16] = "unchanged";

    assert_int_equal(host.a.ops->take(host.a.ctx, "E1", holder, sizeof(holder)), DD_OK);
    assert_string_equal(holder, "unchanged");
    assert_int_equal(host.b.ops->take(host.b.ctx, "E1", holder, sizeof(holder)), DD_EBUSY);
    assert_string_equal(holder, "agent-a");
    assert_string_equal(fake_host_locks_holder(&host.locks, "E1"), "agent-a");
}

/* The holder's name is cut to the room there is for it. */
static void test_host_lock_cuts_the_holder(void **state)
{
    (void)state;
    struct host host;
    host_init(&host);
    char holder[6] = { 0 };
    assert_int_equal(host.a.ops->take(host.a.ctx, "E1", holder, sizeof(holder)), DD_OK);
    assert_int_equal(host.b.ops->take(host.b.ctx, "E1", holder, sizeof(holder)), DD_EBUSY);
    assert_string_equal(holder, "agent");
}

/* Two engines of one host are two locks; what is let go can be taken again. */
static void test_host_lock_is_by_engine(void **state)
{
    (void)state;
    struct host host;
    host_init(&host);
    char holder[16];
    assert_int_equal(host.a.ops->take(host.a.ctx, "E1", holder, sizeof(holder)), DD_OK);
    assert_int_equal(host.b.ops->take(host.b.ctx, "E2", holder, sizeof(holder)), DD_OK);
    host.a.ops->let_go(host.a.ctx, "E1");
    assert_null(fake_host_locks_holder(&host.locks, "E1"));
    assert_string_equal(fake_host_locks_holder(&host.locks, "E2"), "agent-b");

    fake_host_lock_release(&host.fake_b);
    assert_int_equal(host.a.ops->take(host.a.ctx, "E2", holder, sizeof(holder)), DD_OK);
}

/* A lock that cannot be tried answers what it was told to, and takes nothing. */
static void test_host_lock_can_fail(void **state)
{
    (void)state;
    struct host host;
    host_init(&host);
    char holder[16];
    host.fake_a.refuse = DD_EENGINE;
    assert_int_equal(host.a.ops->take(host.a.ctx, "E1", holder, sizeof(holder)), DD_EENGINE);
    assert_null(fake_host_locks_holder(&host.locks, "E1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_lock_names_the_holder),
        cmocka_unit_test(test_host_lock_cuts_the_holder),
        cmocka_unit_test(test_host_lock_is_by_engine),
        cmocka_unit_test(test_host_lock_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
