/* L1 and L2: what is owed when nothing moves any more, and what is left after a close.
 * Each rule is seen to fail, and beside it the nearest history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

/* L1: every operation is told (H04). */
static void test_l1_somebody_still_waits(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
    (void)fix_ask(f, "web-2", "app:1");
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

static void released(struct oracle_fixture *f)
{
    fix_release(f, "web-1", 'a', fix_pull(f, "web-1", "app:1", 'a'));
}

/* L1: what our pull made does not stay when nobody holds it (H05, H07) ... */
static void test_l1_image_is_forgotten(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* ... nor idle for ever ... */
static void test_l1_image_is_idle_for_ever(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_explain(f, 'a', DD_IMAGE_IDLE, 0);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* ... nor being removed for ever, but where it is the engine that owes something: the answer
 * to a DELETE, which has no deadline, or, while it is down, what became of a lost one (H32) ... */
static void test_l1_removing_for_ever(void **state)
{
    enum { UNANSWERED, LOST, FAILED };
    static const struct {
        int outcome; /* of the DELETE */
        bool is_up;
        enum dd_image_state state;
        bool is_fine;
    } ends[] = {
        { UNANSWERED, true, DD_IMAGE_REMOVING, true }, { LOST, false, DD_IMAGE_REMOVING, true },
        { LOST, true, DD_IMAGE_REMOVING, false },      { FAILED, true, DD_IMAGE_REMOVING, false },
        { FAILED, false, DD_IMAGE_REMOVING, false },   { LOST, false, DD_IMAGE_IDLE, false },
    };
    struct oracle_fixture *f = *state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        released(f);
        fix_wait(f, config.remove_delay_ns);
        fix_inspect(f, "app:1", 200);
        uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
        if (ends[i].outcome == FAILED) {
            fix_executed(f, call, 500);
        }
        if (ends[i].outcome != UNANSWERED) {
            fix_answered(f, call, ends[i].outcome == LOST ? 0 : 500);
        }
        fix_explain(f, 'a', ends[i].state, 0);
        sim_oracle_engine(f->oracle, ends[i].is_up);
        sim_oracle_settled(f->oracle, false);
        if (ends[i].is_fine) {
            fix_assert_fine(f);
        } else {
            fix_assert_objects(f, "L1");
        }
    }
}

/* ... unless it is blocked: a container or a child uses it, as the engine knows ... */
static void test_l1_blocked_by_use(void **state)
{
    struct oracle_fixture *f = *state;
    static const enum dd_conflict conflicts[] = { DD_CONFLICT_CONTAINER, DD_CONFLICT_CHILDREN };
    for (unsigned i = 0; i < 4; i++) {
        const struct dd_config config = fix_config();
        const struct fake_image_view view = { .id = fix_id('a'),
                                              .container_count = i == 0 ? 1 : 0,
                                              .child_count = i == 1 ? 1 : 0 };
        fix_begin(f, &config);
        released(f);
        sim_oracle_image(f->oracle, &view);
        fix_explain_blocked(f, 'a', DD_ECONFLICT, conflicts[i % 2]);
        sim_oracle_settled(f->oracle, false);
        if (i < 2) {
            fix_assert_fine(f);
        } else {
            fix_assert_objects(f, "L1");
        }
    }
}

/* ... or the engine refused in the last round, whatever its reason ... */
static void test_l1_blocked_by_a_refusal(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_wait(f, FIX_DELAY_NS);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    fix_inspect(f, "app:1", 200);
    fix_answered(f, fix_send(f, FAKE_CALL_REMOVE, "app:1"), 409);
    fix_explain_blocked(f, 'a', DD_ECONFLICT, DD_CONFLICT_OTHER);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
    fix_inspect(f, fix_id('a'), 200);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* ... or it has a name of others: not one that our pull made (H07) ... */
static void test_l1_blocked_by_names(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_explain_blocked(f, 'a', DD_ECONFLICT, DD_CONFLICT_NAMES);
    fix_named(f, 0, "users:1", 'a');
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
    fix_unnamed(f, 0, "users:1", 'a');
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* ... or a call of its last removal failed, be it to look at it or at a name of ours. */
static void test_l1_blocked_by_errors(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned i = 0; i < 2; i++) {
        const char *looked_at = i == 0 ? fix_id('a') : "app:1";
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        released(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_explain_blocked(f, 'a', DD_EENGINE, DD_CONFLICT_NONE);
        fix_inspect(f, looked_at, 500);
        sim_oracle_settled(f->oracle, false);
        fix_assert_fine(f);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_inspect(f, looked_at, 200);
        sim_oracle_settled(f->oracle, false);
        fix_assert_objects(f, "L1");
    }
}

/* L1: an image that is held stays. */
static void test_l1_held_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-1", "app:1", 'a');
    fix_explain(f, 'a', DD_IMAGE_HELD, 1);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* L1: a lease of somebody who left holds nothing (H09). */
static void test_l1_held_by_nobody(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_explain(f, 'a', DD_IMAGE_HELD, 1);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* L1: and a caller who holds is counted. */
static void test_l1_holder_is_forgotten(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-1", "app:1", 'a');
    fix_explain(f, 'a', DD_IMAGE_BLOCKED, 0);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* L1: with cleanup off nothing is owed but answers. */
static void test_l1_without_cleanup(void **state)
{
    struct oracle_fixture *f = *state;
    struct dd_config config = fix_config();
    config.cleanup = false;
    fix_begin(f, &config);
    released(f);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* L1: what others made is theirs to remove. */
static void test_l1_names_of_others_are_not_owed(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    fix_named(f, 0, "app:1", 'a');
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* A pull of app:1, asked for by @operation, that is aborted and lands @late_ns later. */
static void lands_after_abort(struct oracle_fixture *f, uint32_t operation, uint64_t late_ns)
{
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_cancelled(f, call);
    fix_tell_failed(f, operation, DD_ETIMEDOUT);
    fix_answered(f, call, 0);
    fix_late(f, call, late_ns);
    fix_made(f, call, 'a');
    fix_named(f, call, "app:1", 'a');
    fix_executed(f, call, 200);
}

/* An aborted pull that lands @late_ns after it was abandoned. */
static void aborted_pull_lands(struct oracle_fixture *f, uint64_t late_ns, unsigned before)
{
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_inspect(f, "app:1", before);
    lands_after_abort(f, operation, late_ns);
}

/* L1: an aborted pull's orphan is owed (H33) ... */
static void test_l1_orphan(void **state)
{
    struct oracle_fixture *f = *state;
    aborted_pull_lands(f, DD_SECOND_NS, 404);
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* ... but not past the settling time ... */
static void test_l1_orphan_past_settling_is_not_owed(void **state)
{
    struct oracle_fixture *f = *state;
    aborted_pull_lands(f, fix_config().pull_settling_ns, 404);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* ... nor where nobody could know what the name meant before. */
static void test_l1_orphan_without_before_is_not_owed(void **state)
{
    struct oracle_fixture *f = *state;
    aborted_pull_lands(f, DD_SECOND_NS, 500);
    fix_inspect(f, "app:1", 200);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* An older inspect of the name is not the pull's own, if that was refused ... */
static void test_l1_orphan_whose_before_was_refused_is_not_owed(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_inspect(f, "app:1", 404);
    sim_oracle_unasked(f->oracle, "app:1");
    lands_after_abort(f, operation, DD_SECOND_NS);
    fix_inspect(f, "app:1", 200);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* ... or never reached the engine. What befalls an inspect of an ID is none of it. */
static void test_l1_orphan_whose_before_was_unsent_is_not_owed(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned i = 0; i < 2; i++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        f->last_call = 0;
        uint32_t operation = fix_ask(f, "web-1", "app:1");
        fix_inspect(f, "app:1", 404);
        fix_answered(f, fix_call(f, FAKE_CALL_INSPECT, i == 0 ? "app:1" : fix_id('b')), 0);
        lands_after_abort(f, operation, DD_SECOND_NS);
        fix_inspect(f, "app:1", 200);
        sim_oracle_settled(f->oracle, false);
        if (i == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* A DELETE that was refused at its start is one that failed. */
static void test_l1_blocked_by_a_call_that_was_refused(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    fix_wait(f, FIX_DELAY_NS);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    fix_explain_blocked(f, 'a', DD_EENGINE, DD_CONFLICT_NONE);
    sim_oracle_unasked(f->oracle, "app:1");
    fix_inspect(f, "app:1", 200);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
    fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
    sim_oracle_settled(f->oracle, false);
    fix_assert_objects(f, "L1");
}

/* L1: a close that leaves owes no removal; one that drains does. */
static void test_l1_close(void **state)
{
    struct oracle_fixture *f = *state;
    for (int drain = 0; drain < 2; drain++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        released(f);
        sim_oracle_closing(f->oracle, f->now_ns, drain == 1, DD_SECOND_NS);
        sim_oracle_settled(f->oracle, false);
        if (drain == 1) {
            fix_assert_objects(f, "L1");
        } else {
            fix_assert_fine(f);
        }
    }
}

/* L1: a draining close looks after what aborted pulls left, if it has the time. */
static void test_l1_close_without_time_to_look(void **state)
{
    struct oracle_fixture *f = *state;
    for (int late = 1; late >= 0; late--) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        uint32_t operation = fix_ask(f, "web-1", "app:1");
        fix_inspect(f, "app:1", 404);
        uint64_t call = fix_send_pull(f, "app:1", 0);
        sim_oracle_closing(f->oracle, f->now_ns, true, DD_SECOND_NS);
        fix_tell_failed(f, operation, DD_ECLOSED);
        fix_cancelled(f, call);
        fix_answered(f, call, 0);
        fix_made(f, call, 'a');
        fix_named(f, call, "app:1", 'a');
        fix_wait(f, late == 1 ? DD_SECOND_NS : 1);
        sim_oracle_closed(f->oracle, f->now_ns);
        sim_oracle_settled(f->oracle, false);
        if (late == 1) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: what a draining close says it leaves is accounted for. */
static void test_l1_left_at_close_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    released(f);
    sim_oracle_closing(f->oracle, f->now_ns, true, DD_SECOND_NS);
    sim_oracle_saw(f->oracle, &(struct dd_event){ .kind = DD_EVENT_LEFT, .image = fix_id('a') });
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

/* L2: after dd_destroy nothing is left, whatever it would be. */
static void test_l2_leftovers(void **state)
{
    struct oracle_fixture *f = *state;
    const struct sim_leftovers each[] = {
        { .live_bytes = 1 }, { .task_count = 1 }, { .alarm_count = 1 },
        { .call_count = 1 }, { .locked = true },
    };
    sim_oracle_left(f->oracle, &(struct sim_leftovers){ 0 });
    fix_assert_fine(f);
    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        sim_oracle_left(f->oracle, &each[i]);
        fix_assert_objects(f, "L2");
    }
}

/* Images that nobody asked for may be many: what is known of each lies where it belongs. */
static void test_many_unknown_images(void **state)
{
    struct oracle_fixture *f = *state;
    char id[] = "sha256:00";
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(id, sizeof(id), "sha256:%02u", i);
        const struct fake_image_view view = { .id = id, .container_count = i };
        sim_oracle_image(f->oracle, &view);
    }
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_l1_somebody_still_waits),
        fix_test(test_l1_image_is_forgotten),
        fix_test(test_l1_image_is_idle_for_ever),
        fix_test(test_l1_removing_for_ever),
        fix_test(test_l1_blocked_by_use),
        fix_test(test_many_unknown_images),
        fix_test(test_l1_blocked_by_a_refusal),
        fix_test(test_l1_blocked_by_names),
        fix_test(test_l1_blocked_by_errors),
        fix_test(test_l1_held_is_fine),
        fix_test(test_l1_held_by_nobody),
        fix_test(test_l1_holder_is_forgotten),
        fix_test(test_l1_without_cleanup),
        fix_test(test_l1_names_of_others_are_not_owed),
        fix_test(test_l1_orphan),
        fix_test(test_l1_orphan_past_settling_is_not_owed),
        fix_test(test_l1_orphan_without_before_is_not_owed),
        fix_test(test_l1_orphan_whose_before_was_refused_is_not_owed),
        fix_test(test_l1_orphan_whose_before_was_unsent_is_not_owed),
        fix_test(test_l1_blocked_by_a_call_that_was_refused),
        fix_test(test_l1_close),
        fix_test(test_l1_close_without_time_to_look),
        fix_test(test_l1_left_at_close_is_fine),
        fix_test(test_l2_leftovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
