/* Removals: how many at a time, and in which order they have their turn. */
#include <stdio.h>

#include "coord/test/fixture.h"

#define CONTAINER_TEXT                                                                             \
    "conflict: unable to remove repository reference (must force) - container 1f2e is using its "  \
    "referenced image 3d4c"

/* Images A, B, … of repositories a, b, …: each has its only name, "a:1", bound, and is
 * let go a second after the one before in @order. */
static void let_go(struct fixture *f, const char *order)
{
    struct fixture_told *told[6];
    size_t count = 0;

    for (; order[count] != '\0'; count++) {
        char image[2] = { (char)('A' + (char)count), '\0' };
        char reference[8];

        (void)snprintf(reference, sizeof reference, "%c:1", 'a' + (int)count);
        told[count] = fixture_pull_brings(f, reference, "web-1", image, reference);
    }
    for (size_t i = 0; i < count; i++) {
        fixture_release(f, told[order[i] - 'A']);
        fixture_pass(f, SECOND);
    }
    fixture_forget(f);
}

/* Until the delays of all are over, nothing answers. */
static void all_due(struct fixture *f)
{
    fixture_pass(f, f->config.remove_delay_ns);
}

/* Take @image through its removal, whose first inspect is in flight. */
static void remove_whole(struct fixture *f, const char *image)
{
    char reference[8];

    (void)snprintf(reference, sizeof reference, "%c:1", image[0] | 0x20);
    fixture_answer_inspect(f, image, image, reference);
    fixture_answer_inspect(f, reference, image, reference);
    fixture_answer_remove(f, reference, reference, image);
    assert_int_equal(fixture_state(f, image), DD_IMAGE_ABSENT);
}

/* S6: at most four removals at a time; the others stay IDLE until a place is free. */
static void test_four_at_a_time(void **state)
{
    struct fixture *f = *state;

    let_go(f, "ABCDEF");
    all_due(f);
    fixture_assert_calls(f, "inspect A", "inspect B", "inspect C", "inspect D");
    assert_int_equal(fixture_state(f, "D"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_state(f, "E"), DD_IMAGE_IDLE);
    assert_int_equal(fixture_state(f, "F"), DD_IMAGE_IDLE);
    fixture_pass(f, MINUTE / 2 - 1);
    fixture_forget(f);
    remove_whole(f, "B");
    fixture_assert_calls(f, "inspect b:1", "remove b:1", "inspect E");
    assert_int_equal(fixture_state(f, "F"), DD_IMAGE_IDLE);
    remove_whole(f, "E");
    assert_int_equal(fixture_state(f, "F"), DD_IMAGE_REMOVING);
}

/* The earliest deadline goes first, whatever the order of getting to know them. */
static void test_earliest_deadline_first(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "DBACEF");
    all_due(f);
    fixture_assert_calls(f, "inspect D");
    remove_whole(f, "D");
    remove_whole(f, "B");
    remove_whole(f, "A");
    remove_whole(f, "C");
    remove_whole(f, "E");
    remove_whole(f, "F");
    fixture_close(f);
}

/* One place: while it is taken, those whose delay is over wait, and a lease calls them
 * off without a call to the engine. */
static void test_waiting_for_a_place_is_called_off(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "ABC");
    all_due(f);
    fixture_retain(f, "B", NULL, "web-2");
    fixture_run(f);
    fixture_forget(f);
    remove_whole(f, "A");
    fixture_assert_calls(f, "inspect a:1", "remove a:1", "inspect C");
    assert_int_equal(fixture_state(f, "B"), DD_IMAGE_HELD);
    fixture_close(f);
}

/* A removal that waits to try again holds no place; and when its wait is over and the
 * place is taken, it waits for that, and goes before those with later deadlines. */
static void test_retry_wait_holds_no_place(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "ABC");
    all_due(f);
    fixture_forget(f);
    fixture_answer_error(fixture_call(f, FIXTURE_INSPECT, "A"), 500, "oops");
    fixture_assert_calls(f, "inspect B");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
    assert_int_equal(fixture_state(f, "C"), DD_IMAGE_IDLE);
    fixture_pass(f, 10 * SECOND);
    fixture_assert_calls(f, "inspect B");
    fixture_forget(f);
    remove_whole(f, "B");
    fixture_assert_calls(f, "inspect b:1", "remove b:1", "inspect A");
    remove_whole(f, "A");
    remove_whole(f, "C");
    fixture_close(f);
}

/* A doubt holds a place only while it asks. */
static void test_doubt_wait_holds_no_place(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "AB");
    all_due(f);
    fixture_answer_inspect(f, "A", "A", "a:1");
    fixture_answer_inspect(f, "a:1", "A", "a:1");
    fixture_answer_lost(fixture_call(f, FIXTURE_REMOVE, "a:1"));
    fixture_pass(f, 0);
    remove_whole(f, "B");
    fixture_pass(f, 0);
    fixture_answer_inspect_404(f, "A");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_ABSENT);
    fixture_close(f);
}

/* A BLOCKED image holds no place. */
static void test_blocked_holds_no_place(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "AB");
    all_due(f);
    fixture_answer_inspect(f, "A", "A", "a:1");
    fixture_answer_inspect(f, "a:1", "A", "a:1");
    fixture_answer_remove_error(f, "a:1", 409, CONTAINER_TEXT);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_BLOCKED);
    remove_whole(f, "B");
    fixture_close(f);
}

/* H30: images are independent: a hung DELETE of one holds up no other, while there are
 * places. */
static void test_hung_delete_holds_up_nobody(void **state)
{
    struct fixture *f = *state;

    let_go(f, "ABCDEF");
    all_due(f);
    fixture_answer_inspect(f, "A", "A", "a:1");
    fixture_answer_inspect(f, "a:1", "A", "a:1");
    fixture_pass(f, SECOND);
    remove_whole(f, "B");
    remove_whole(f, "C");
    remove_whole(f, "D");
    remove_whole(f, "E");
    remove_whole(f, "F");
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_REMOVING);
}

/* What is wanted when its turn comes is put aside and lets others go first; wanted no
 * more, it has its turn. */
static void test_wanted_gives_way(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "ABC");
    fixture_pull(f, "a:1", "web-2");
    all_due(f);
    assert_true(fixture_has_call(f, FIXTURE_INSPECT, "B"));
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_answer_cancelled(fixture_call(f, FIXTURE_INSPECT, "a:1"));
    fixture_answer_pull_error(f, "a:1", 404, "manifest for a:1 not found");
    fixture_answer_inspect_404(f, "a:1");
    fixture_run(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_IDLE);
    fixture_forget(f);
    remove_whole(f, "B");
    fixture_assert_calls(f, "inspect b:1", "remove b:1", "inspect A");
    remove_whole(f, "A");
    remove_whole(f, "C");
    fixture_close(f);
}

/* H06, H30: a removal that is called off gives up its inspect: it is cancelled, and as
 * soon as that is answered the place is another image's. */
static void test_rescued_gives_its_place_up(void **state)
{
    struct dd_config config = fixture_config();
    struct fixture_call *asked;
    struct fixture *f;

    config.parallel_removal_max = 1;
    *state = f = fixture_open(&config);
    let_go(f, "AB");
    all_due(f);
    asked = fixture_call(f, FIXTURE_INSPECT, "A");
    fixture_retain(f, "A", NULL, "web-2");
    fixture_run(f);
    assert_int_equal(fixture_state(f, "A"), DD_IMAGE_HELD);
    assert_true(asked->is_cancelled);
    fixture_forget(f);
    fixture_answer_cancelled(asked);
    fixture_assert_calls(f, "inspect B");
    remove_whole(f, "B");
    fixture_close(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_four_at_a_time),
        cmocka_unit_test(test_earliest_deadline_first),
        cmocka_unit_test(test_waiting_for_a_place_is_called_off),
        cmocka_unit_test(test_retry_wait_holds_no_place),
        cmocka_unit_test(test_doubt_wait_holds_no_place),
        cmocka_unit_test(test_blocked_holds_no_place),
        TEST(test_hung_delete_holds_up_nobody),
        cmocka_unit_test(test_rescued_gives_its_place_up),
        cmocka_unit_test(test_wanted_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
