/* S1, S7, S8: what may be removed, and when. Each rule is seen to fail, and beside it
 * the nearest history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

static const char app_a[] =
    "app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/* A pull, a release, and the delay is over. */
static void released(struct oracle_fixture *f)
{
    fix_release(f, "web-1", 'a', fix_pull(f, "web-1", "app:1", 'a'));
    fix_wait(f, FIX_DELAY_NS);
}

static void look_again(struct oracle_fixture *f)
{
    fix_inspect(f, fix_id('a'), 200);
    fix_inspect(f, "app:1", 200);
}

/* The engine does a DELETE of app:1, the last name of a. */
static void delete_executed(struct oracle_fixture *f, uint64_t call)
{
    fix_unnamed(f, call, "app:1", 'a');
    fix_unnamed(f, call, app_a, 'a');
    fix_deleted(f, call, 'a');
    fix_executed(f, call, 200);
}

/* S1: the whole way of an image from pull to gone is fine. */
static void test_removal_whole_way_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    delete_executed(f, call);
    fix_answered(f, call, 200);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* S1: no DELETE is sent for an image that somebody holds. */
static void test_s1_delete_of_held_image(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-1", "app:1", 'a');
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S1");
}

/* S1: nobody is granted an image while a DELETE for it is unanswered (H08). */
static void test_s1_grant_while_delete_in_flight(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    uint32_t operation = fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0);
    fix_assert_fine(f);
    fix_grant(f, operation, 'a');
    fix_assert_objects(f, "S1");
}

/* S1: once the DELETE is answered, with the image still there, a grant is fine. */
static void test_s1_grant_after_the_answer_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_executed(f, call, 409);
    fix_answered(f, call, 409);
    fix_grant(f, fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0), 'a');
    fix_assert_fine(f);
}

/* S1: an abandoned DELETE that lands on a held image counts (H32) ... */
static void test_s1_abandoned_delete_lands_on_held_image(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_answered(f, call, 0);
    fix_grant(f, fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0), 'a');
    fix_assert_fine(f);
    fix_late(f, call, FIX_SETTLING_NS - 1);
    delete_executed(f, call);
    fix_assert_objects(f, "S1");
}

/* ... but after the settling time it is excused, and counted. */
static void test_s1_late_delete_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_answered(f, call, 0);
    uint32_t operation = fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    fix_late(f, call, FIX_SETTLING_NS);
    delete_executed(f, call);
    (void)fix_tell(f, operation, 'a');
    fix_assert_fine(f);
    assert_int_equal(sim_oracle_late_count(f->oracle), 1);
}

/* S1: a tag that somebody else moves between our inspect and our DELETE excuses. */
static void test_s1_moved_between_inspect_and_delete_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-2", "db:1", 'b');
    released(f);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    look_again(f);
    fix_named(f, 0, "app:1", 'b');
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_unnamed(f, call, "app:1", 'b');
    fix_assert_fine(f);
}

/* S1: the same move before the inspect does not: the coordinator could know (H31). */
static void test_s1_moved_before_the_inspect(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-2", "db:1", 'b');
    released(f);
    fix_named(f, 0, "app:1", 'b');
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S1");
}

/* S1: an inspect from before the removal excuses nothing. */
static void test_s1_old_inspect_excuses_nothing(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-2", "db:1", 'b');
    released(f);
    fix_named(f, 0, "app:1", 'b');
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S1");
}

/* S1: nor does one that a removal made which was called off since. */
static void test_s1_called_off_inspect_excuses_nothing(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-2", "db:1", 'b');
    released(f);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    look_again(f);
    fix_saw(f, DD_EVENT_RESCUED, 'a');
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    fix_named(f, 0, "app:1", 'b');
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S1");
}

/* S7: no DELETE before the delay is over; a nanosecond is enough. */
static void test_s7_too_early(void **state)
{
    struct oracle_fixture *f = *state;
    fix_release(f, "web-1", 'a', fix_pull(f, "web-1", "app:1", 'a'));
    fix_wait(f, FIX_DELAY_NS - 1);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S7");
}

/* S7: the delay counts from the last release, not from the first. */
static void test_s7_counts_from_the_last_release(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t first = fix_pull(f, "web-1", "app:1", 'a');
    uint32_t second = fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, second, 'a');
    uint64_t lease = fix_tell(f, second, 'a');
    fix_release(f, "web-1", 'a', first);
    fix_wait(f, FIX_DELAY_NS / 2);
    fix_release(f, "web-2", 'a', lease);
    fix_wait(f, FIX_DELAY_NS / 2 + 1);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S7");
}

/* S7: what is taken back before it is told starts the delay too. */
static void test_s7_taking_back_starts_the_delay(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    uint32_t operation = fix_ask_policy(f, "web-2", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    fix_take_back(f, operation, "web-2", 'a');
    fix_tell_failed(f, operation, DD_ETIMEDOUT);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S7");
}

/* S7: a close that drains does not wait. */
static void test_s7_draining_close_may_be_early(void **state)
{
    struct oracle_fixture *f = *state;
    fix_release(f, "web-1", 'a', fix_pull(f, "web-1", "app:1", 'a'));
    sim_oracle_closing(f->oracle, f->now_ns, true, DD_SECOND_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
}

/* S8: a name that no pull of ours made is not ours to remove (H16). */
static void test_s8_name_of_others(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_named(f, 0, "mine:1", 'a');
    look_again(f);
    fix_inspect(f, "mine:1", 200);
    (void)fix_send(f, FAKE_CALL_REMOVE, "mine:1");
    fix_assert_objects(f, "S8");
}

/* S8: what others make a name mean while we pull it cannot be told from ours. */
static void test_s8_changed_while_busy_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_inspect(f, "app:1", 404);
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_made(f, 0, 'a');
    fix_named(f, 0, app_a, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_answered(f, call, 200);
    fix_tell_failed(f, operation, DD_ENETWORK);
    fix_settle(f, "app:1", 200);
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
}

/* S8: each pull that ended is looked into on its own; the name is busy until all are. */
static void test_s8_changed_while_one_pull_is_owed_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        uint32_t operation = fix_ask(f, "web-1", "app:1");
        fix_inspect(f, "app:1", 404);
        uint64_t call = fix_send_pull(f, "app:1", 0);
        fix_cancelled(f, call);
        fix_tell_failed(f, operation, DD_ETIMEDOUT);
        fix_answered(f, call, 0);
    }
    fix_settle(f, "app:1", 404);
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_settle(f, "app:1", 200);
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
}

/* S8: once our pull is looked into, the name is not busy: theirs is theirs. */
static void test_s8_changed_after_busy_is_not(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_inspect(f, "app:1", 404);
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_answered(f, call, 404);
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    fix_settle(f, "app:1", 404);
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S8");
}

/* S8: an image with a name of others is not removed by its ID: the name would go too. */
static void test_s8_by_id_with_a_name_of_others(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_named(f, 0, "mine:1", 'a');
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, fix_id('a'));
    fix_assert_objects(f, "S8");
}

/* S8: one that has none is, if it was ours. */
static void test_s8_by_id_without_a_name_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_unnamed(f, 0, "app:1", 'a');
    fix_unnamed(f, 0, app_a, 'a');
    fix_inspect(f, fix_id('a'), 200);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, fix_id('a'));
    fix_deleted(f, call, 'a');
    fix_assert_fine(f);
}

/* S8: one that never was ours is not. */
static void test_s8_by_id_never_ours(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'b');
    fix_wait(f, FIX_DELAY_NS);
    fix_inspect(f, fix_id('b'), 200);
    (void)fix_send(f, FAKE_CALL_REMOVE, fix_id('b'));
    fix_assert_objects(f, "S8");
}

/* S8: the digest goes with the repository's last tag; another name does not. */
static void test_s8_delete_takes_a_name_with_it(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_named(f, 0, "mine:1", 'a');
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_unnamed(f, call, "app:1", 'a');
    fix_unnamed(f, call, app_a, 'a');
    fix_assert_fine(f);
    fix_unnamed(f, call, "mine:1", 'a');
    fix_assert_objects(f, "S8");
}

/* S8: once we know that the image is gone, what others make of it anew is theirs. */
static void test_s8_gone_and_made_anew_by_others(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    delete_executed(f, call);
    fix_answered(f, call, 200);
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_objects(f, "S8");
}

/* S8: what a user pulls again after a removal of his own cannot be told from ours. */
static void test_s8_users_identical_pair_is_excused(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_unnamed(f, 0, "app:1", 'a');
    fix_deleted(f, 0, 'a');
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_assert_fine(f);
}

/* S8: the digest is not ours while a tag of the repository is the user's (H42). */
static void test_s8_digest_beside_a_users_tag(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    fix_named(f, 0, app_a, 'a');
    fix_named(f, 0, "app:2", 'a');
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_inspect(f, "app:1", 404);
    uint64_t pull = fix_send_pull(f, "app:1", 0);
    fix_named(f, pull, "app:1", 'a');
    fix_executed(f, pull, 200);
    fix_answered(f, pull, 200);
    fix_inspect(f, app_a, 200);
    fix_tell_failed(f, operation, DD_ETIMEDOUT);
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
    fix_unnamed(f, call, "app:1", 'a');
    fix_answered(f, call, 200);
    fix_assert_fine(f);
    fix_inspect(f, app_a, 200);
    (void)fix_send(f, FAKE_CALL_REMOVE, app_a);
    fix_assert_objects(f, "S8");
}

/* A user's image, which a pull of ours with `adopt` finds up to date; @error is in its
 * stream, or NULL. Then it is to be removed. */
static void adopt(struct oracle_fixture *f, bool adopts, const char *error, bool known)
{
    struct dd_config config = fix_config();
    config.adopt = adopts;
    fix_begin(f, &config);
    f->last_call = 0;
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    fix_named(f, 0, app_a, 'a');
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_executed_with(f, call, 200, error);
    fix_answered(f, call, 200);
    if (known) {
        fix_succeed(f, "app:1");
    }
    fix_wait(f, FIX_DELAY_NS);
    look_again(f);
    (void)fix_send(f, FAKE_CALL_REMOVE, "app:1");
}

/* S8: with `adopt` what a pull of ours found is ours, if the pull was a success: for the
 * engine, which says errors in a stream with status 200 too, and for the coordinator. */
static void test_s8_adopt(void **state)
{
    struct oracle_fixture *f = *state;
    adopt(f, true, NULL, true);
    fix_assert_fine(f);
    adopt(f, true, "unknown blob", true);
    fix_assert_objects(f, "S8");
    adopt(f, true, NULL, false);
    fix_assert_objects(f, "S8");
    adopt(f, false, NULL, true);
    fix_assert_objects(f, "S8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_removal_whole_way_is_fine),
        fix_test(test_s1_delete_of_held_image),
        fix_test(test_s1_grant_while_delete_in_flight),
        fix_test(test_s1_grant_after_the_answer_is_fine),
        fix_test(test_s1_abandoned_delete_lands_on_held_image),
        fix_test(test_s1_late_delete_is_excused),
        fix_test(test_s1_moved_between_inspect_and_delete_is_excused),
        fix_test(test_s1_moved_before_the_inspect),
        fix_test(test_s1_old_inspect_excuses_nothing),
        fix_test(test_s1_called_off_inspect_excuses_nothing),
        fix_test(test_s7_too_early),
        fix_test(test_s7_counts_from_the_last_release),
        fix_test(test_s7_taking_back_starts_the_delay),
        fix_test(test_s7_draining_close_may_be_early),
        fix_test(test_s8_name_of_others),
        fix_test(test_s8_changed_while_busy_is_excused),
        fix_test(test_s8_changed_while_one_pull_is_owed_is_excused),
        fix_test(test_s8_changed_after_busy_is_not),
        fix_test(test_s8_by_id_with_a_name_of_others),
        fix_test(test_s8_by_id_without_a_name_is_fine),
        fix_test(test_s8_by_id_never_ours),
        fix_test(test_s8_delete_takes_a_name_with_it),
        fix_test(test_s8_gone_and_made_anew_by_others),
        fix_test(test_s8_users_identical_pair_is_excused),
        fix_test(test_s8_digest_beside_a_users_tag),
        fix_test(test_s8_adopt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
