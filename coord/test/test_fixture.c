#include "coord/test/fixture.h"

/* A pull from its acceptance to its telling asks the engine four things. */
static void test_pull_whole(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull_whole(f, "redis:7", "web-1", "A");

    fixture_assert_calls(f, "inspect redis:7", "pull redis:7", "inspect redis@a");
    fixture_assert_trace(f, "pull-asked redis:7 web-1", "pull-queued redis:7 web-1",
                         "pull-before redis:7", "inspect-started redis:7", "pull-started redis:7",
                         "pull-ended redis:7", "inspect-started redis@a",
                         "pull-succeeded redis:7 A", "bound redis:7 A", "bound redis@a A",
                         "count-up redis:7 A web-1", "granted A web-1", "told redis:7 A web-1");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_string_equal(fixture_explain(f, "A").bindings, "redis:7 redis@a");
    assert_string_equal(fixture_explain(f, "A").holders, "web-1");
    fixture_release(f, told);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
}

/* Nothing is answered by itself, and what is owed at close is answered then. */
static void test_close_with_calls_in_flight(void **state)
{
    struct fixture *f = *state;
    struct fixture_told *told = fixture_pull(f, "redis:7", "web-1");

    fixture_pass(f, SECOND);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "redis:7"));
    fixture_assert_untold(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pull_whole, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_close_with_calls_in_flight, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
