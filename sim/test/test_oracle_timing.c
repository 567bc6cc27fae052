/* S7 and L1: when removals begin. Each rule is seen to fail, and beside it the nearest
 * history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

static void pull_and_release(struct oracle_fixture *f, const char *name, char image)
{
    fix_release(f, "web-1", image, fix_pull(f, "web-1", name, image));
}

static void begin(struct oracle_fixture *f)
{
    const struct dd_config config = fix_config();
    fix_begin(f, &config);
    pull_and_release(f, "app:1", 'a');
}

/* S7: a removal begins when the delay is over, not before; L1: and not after. */
static void test_a_removal_begins_in_time(void **state)
{
    struct oracle_fixture *f = *state;
    static const char *const objections[] = { "S7", NULL, "L1" };
    for (unsigned i = 0; i < 3; i++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS - 1 + i);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (objections[i] == NULL) {
            fix_assert_fine(f);
        } else {
            fix_assert_objects(f, objections[i]);
        }
    }
}

/* L1: while somebody asks for a name in its repository it may wait ... */
static void test_what_is_wanted_may_wait(void **state)
{
    struct oracle_fixture *f = *state;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(f);
        uint32_t operation = fix_ask(f, "web-2", "app:2");
        fix_wait(f, 2 * FIX_DELAY_NS);
        fix_tell_failed(f, operation, DD_ENOTFOUND);
        fix_wait(f, late_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* ... but one that was called off has its time from before. */
static void test_a_rescue_keeps_the_deadline(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned late = 0; late < 2; late++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        uint32_t operation = fix_ask(f, "web-2", "app:2");
        fix_saw(f, DD_EVENT_RESCUED, 'a');
        fix_wait(f, DD_SECOND_NS);
        fix_tell_failed(f, operation, DD_ENOTFOUND);
        fix_wait(f, late * FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: as long as every place is taken it may wait, too. */
static void test_without_a_place_it_may_wait(void **state)
{
    struct oracle_fixture *f = *state;
    struct dd_config config = fix_config();
    config.parallel_removal_max = 1;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        fix_begin(f, &config);
        pull_and_release(f, "app:1", 'a');
        uint64_t call = fix_send(f, FAKE_CALL_INSPECT, fix_id('b'));
        fix_wait(f, 2 * FIX_DELAY_NS);
        fix_answered(f, call, 404);
        fix_wait(f, late_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: a call that was refused has its place until the removal has heard of it. */
static void test_a_refused_call_has_its_place(void **state)
{
    struct oracle_fixture *f = *state;
    struct dd_config config = fix_config();
    config.parallel_removal_max = 1;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        fix_begin(f, &config);
        pull_and_release(f, "app:1", 'a');
        sim_oracle_unasked(f->oracle, fix_id('b'));
        fix_wait(f, 2 * FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_ATTEMPT_FAILED, 'b');
        fix_wait(f, late_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: so may what a pull that nobody waits for is still looking at. */
static void test_what_a_pull_looks_at_may_wait(void **state)
{
    struct oracle_fixture *f = *state;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(f);
        fix_named(f, 0, "users:1", 'a');
        fix_announce(f, "users:1");
        uint64_t call = fix_send(f, FAKE_CALL_INSPECT, "users:1");
        fix_wait(f, 2 * FIX_DELAY_NS);
        fix_answered(f, call, 200);
        fix_wait(f, late_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: of two that could begin the earlier deadline comes first. */
static void test_earliest_deadline_first(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned i = 0; i < 2; i++) {
        begin(f);
        fix_wait(f, 1);
        pull_and_release(f, "other:1", 'b');
        uint64_t calls[4];
        for (unsigned k = 0; k < 4; k++) {
            calls[k] = fix_send(f, FAKE_CALL_INSPECT, fix_id('c'));
        }
        fix_wait(f, 2 * FIX_DELAY_NS);
        fix_answered(f, calls[0], 404);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, i == 0 ? 'a' : 'b');
        if (i == 0) {
            fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'b');
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* S7: a blocked image is tried again after a wait that doubles; L1: up to an eighth
 * may come to it. */
static void test_backoff_grows(void **state)
{
    struct oracle_fixture *f = *state;
    const uint64_t min_ns = fix_config().backoff_min_ns;
    const struct {
        uint64_t second_ns;
        const char *objection;
    } cases[] = {
        { 2 * min_ns, NULL },
        { 2 * min_ns + min_ns / 4, NULL },
        { 2 * min_ns - 1, "S7" },
        { 2 * min_ns + min_ns / 4 + 1, "L1" },
    };
    for (unsigned i = 0; i < 4; i++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_blocked(f, 'a', DD_CONFLICT_CONTAINER);
        fix_wait(f, min_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_blocked(f, 'a', DD_CONFLICT_CONTAINER);
        fix_assert_fine(f);
        fix_wait(f, cases[i].second_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (cases[i].objection == NULL) {
            fix_assert_fine(f);
        } else {
            fix_assert_objects(f, cases[i].objection);
        }
    }
}

/* S7: names of others are looked at again only at the longest. */
static void test_names_wait_longest(void **state)
{
    struct oracle_fixture *f = *state;
    const uint64_t max_ns = fix_config().backoff_max_ns;
    for (uint64_t early_ns = 0; early_ns < 2; early_ns++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_blocked(f, 'a', DD_CONFLICT_NAMES);
        fix_wait(f, max_ns - early_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (early_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "S7");
}

/* S7: a new lease forgets the refusals. */
static void test_a_lease_resets_the_backoff(void **state)
{
    struct oracle_fixture *f = *state;
    const uint64_t min_ns = fix_config().backoff_min_ns;
    for (unsigned kept = 0; kept < 2; kept++) {
        begin(f);
        for (unsigned i = 0; i < 2; i++) {
            fix_wait(f, FIX_DELAY_NS);
            fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
            fix_blocked(f, 'a', DD_CONFLICT_CONTAINER);
            if (i == 0) {
                pull_and_release(f, "app:1", 'a');
            }
        }
        fix_wait(f, kept == 0 ? min_ns : 2 * min_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (kept == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: what an aborted pull moved has a delay of its own, though it was blocked (H33). */
static void test_an_orphan_has_its_own_delay(void **state)
{
    struct oracle_fixture *f = *state;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_blocked(f, 'a', DD_CONFLICT_CONTAINER);
        fix_wait(f, DD_SECOND_NS);
        fix_saw(f, DD_EVENT_PULL_ORPHAN, 'a');
        fix_wait(f, FIX_DELAY_NS + late_ns);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: something will try a blocked image again. */
static void test_blocked_for_ever(void **state)
{
    struct oracle_fixture *f = *state;
    begin(f);
    fix_named(f, 0, "users:1", 'a');
    fix_explain_blocked(f, 'a', DD_ECONFLICT, DD_CONFLICT_NAMES);
    sim_oracle_settled(f->oracle, false);
    fix_assert_fine(f);
    sim_oracle_settled(f->oracle, true);
    fix_assert_objects(f, "L1");
}

/* L1: a close that drains tries what nobody uses and what is blocked, unless its time
 * is over first. */
static void test_a_draining_close_tries_everything(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned i = 0; i < 3; i++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_blocked(f, 'a', DD_CONFLICT_CONTAINER);
        sim_oracle_closing(f->oracle, f->now_ns, true, DD_SECOND_NS);
        if (i == 0) {
            fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        } else if (i == 1) {
            fix_wait(f, DD_SECOND_NS);
        }
        fix_saw(f, DD_EVENT_LEFT, 'a');
        sim_oracle_closed(f->oracle, f->now_ns);
        if (i < 2) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

/* L1: a close waits until a DELETE that was sent is answered, or cannot be executed any
 * more (H32), unless its time is over first. */
static void test_a_close_awaits_deletes(void **state)
{
    struct oracle_fixture *f = *state;
    for (unsigned i = 0; i < 3; i++) {
        begin(f);
        fix_wait(f, FIX_DELAY_NS);
        fix_saw(f, DD_EVENT_REMOVAL_STARTED, 'a');
        fix_inspect(f, "app:1", 200);
        uint64_t call = fix_send(f, FAKE_CALL_REMOVE, "app:1");
        sim_oracle_closing(f->oracle, f->now_ns, false, DD_SECOND_NS);
        fix_answered(f, call, i == 0 ? 409 : 0);
        fix_wait(f, i == 1 ? DD_SECOND_NS : 1);
        fix_saw(f, DD_EVENT_LEFT, 'a');
        sim_oracle_closed(f->oracle, f->now_ns);
        if (i < 2) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "L1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_a_removal_begins_in_time),
        fix_test(test_what_is_wanted_may_wait),
        fix_test(test_a_rescue_keeps_the_deadline),
        fix_test(test_without_a_place_it_may_wait),
        fix_test(test_a_refused_call_has_its_place),
        fix_test(test_what_a_pull_looks_at_may_wait),
        fix_test(test_earliest_deadline_first),
        fix_test(test_backoff_grows),
        fix_test(test_names_wait_longest),
        fix_test(test_a_lease_resets_the_backoff),
        fix_test(test_an_orphan_has_its_own_delay),
        fix_test(test_blocked_for_ever),
        fix_test(test_a_draining_close_tries_everything),
        fix_test(test_a_close_awaits_deletes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
