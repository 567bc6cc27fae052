/* S2, S4, S5: what is granted and told. Each rule is seen to fail, and beside it the
 * nearest history that keeps it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/test/oracle_fixture.h"

/* S2: an operation is told once. */
static void test_s2_told_twice(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    fix_assert_fine(f);
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    fix_assert_objects(f, "S2");
}

/* S2: never inside the call that asked. */
static void test_s2_told_inside_the_call(void **state)
{
    struct oracle_fixture *f = *state;
    const struct sim_asked asked = { .caller = "web-1", .reference = "app:1" };
    uint32_t operation = sim_oracle_asking(f->oracle, f->now_ns, &asked);
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    fix_assert_objects(f, "S2");
}

/* S2: what was refused is not told. */
static void test_s2_told_although_refused(void **state)
{
    struct oracle_fixture *f = *state;
    const struct sim_asked asked = { .caller = "web-1", .reference = "app:1" };
    uint32_t operation = sim_oracle_asking(f->oracle, f->now_ns, &asked);
    sim_oracle_asked(f->oracle, operation, DD_ENOMEM, (struct dd_operation){ 0 });
    fix_assert_fine(f);
    fix_tell_failed(f, operation, DD_ENOMEM);
    fix_assert_objects(f, "S2");
}

/* S2: nothing is told after the close was ... */
static void test_s2_told_after_the_close(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    sim_oracle_closing(f->oracle, f->now_ns, false, DD_SECOND_NS);
    fix_tell_failed(f, operation, DD_ECLOSED);
    sim_oracle_closed(f->oracle, f->now_ns);
    fix_assert_fine(f);
    operation = fix_ask(f, "web-1", "app:1");
    fix_tell_failed(f, operation, DD_ECLOSED);
    fix_assert_objects(f, "S2");
}

/* ... and the close comes last of all. */
static void test_s2_close_before_an_operation(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_ask(f, "web-1", "app:1");
    sim_oracle_closing(f->oracle, f->now_ns, false, DD_SECOND_NS);
    sim_oracle_closed(f->oracle, f->now_ns);
    fix_assert_objects(f, "S2");
}

/* S2: no handle is given twice. */
static void test_s2_handle_of_another(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_ask(f, "web-1", "app:1");
    f->last_operation--;
    (void)fix_ask(f, "web-2", "app:1");
    fix_assert_objects(f, "S2");
}

/* S2: nobody is granted by an operation that is over (H09). */
static void test_s2_granted_after_it_was_told(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_tell_failed(f, operation, DD_ETIMEDOUT);
    fix_grant(f, operation, 'a');
    fix_assert_objects(f, "S2");
}

/* S2: who was told that its cancel counts is told so ... */
static void test_s2_cancelled_and_told_otherwise(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_cancel(f, operation, DD_OK);
    fix_tell_failed(f, operation, DD_ECANCELLED);
    operation = fix_ask(f, "web-2", "app:1");
    fix_cancel(f, operation, DD_OK);
    fix_assert_fine(f);
    fix_tell_failed(f, operation, DD_ENETWORK);
    fix_assert_objects(f, "S2");
}

/* ... as is who let go of everything ... */
static void test_s2_let_go_and_told_otherwise(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    uint32_t another = fix_ask(f, "web-2", "app:1");
    sim_oracle_released_caller(f->oracle, f->now_ns, "web-1", DD_OK);
    fix_tell_failed(f, another, DD_ENETWORK);
    fix_assert_fine(f);
    fix_tell_failed(f, operation, DD_ENETWORK);
    fix_assert_objects(f, "S2");
}

/* ... and nobody else. */
static void test_s2_told_cancelled_for_nothing(void **state)
{
    struct oracle_fixture *f = *state;
    fix_tell_failed(f, fix_ask(f, "web-1", "app:1"), DD_ECANCELLED);
    fix_assert_objects(f, "S2");
}

/* S2: a cancel that comes too late is answered so, and only then. */
static void test_s2_cancel_is_answered(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    fix_tell_failed(f, operation, DD_ENOTFOUND);
    fix_cancel(f, operation, DD_EALREADY);
    fix_assert_fine(f);
    fix_cancel(f, fix_ask(f, "web-2", "app:1"), DD_EALREADY);
    fix_assert_objects(f, "S2");
}

/* S2: who waits does not hold nothing. */
static void test_s2_waits_and_cannot_let_go(void **state)
{
    struct oracle_fixture *f = *state;
    sim_oracle_released_caller(f->oracle, f->now_ns, "web-1", DD_ENOLEASE);
    (void)fix_ask(f, "web-2", "app:1");
    sim_oracle_released_caller(f->oracle, f->now_ns, "web-1", DD_ENOLEASE);
    fix_assert_fine(f);
    sim_oracle_released_caller(f->oracle, f->now_ns, "web-2", DD_ENOLEASE);
    fix_assert_objects(f, "S2");
}

/* S2: nobody is told of a lease once a close was accepted (H35); how it failed is
 * what a caller may still be told. */
static void test_s2_granted_while_closing(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t failed = fix_ask(f, "web-2", "app:1");
    fix_made(f, 0, 'a');
    uint32_t granted = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, granted, 'a');
    sim_oracle_closing(f->oracle, f->now_ns, false, DD_SECOND_NS);
    fix_tell_failed(f, failed, DD_ENOTFOUND);
    fix_assert_fine(f);
    (void)fix_tell(f, granted, 'a');
    fix_assert_objects(f, "S2");
}

/* S2: nor after its own deadline (H35). */
static void test_s2_granted_after_its_deadline(void **state)
{
    struct oracle_fixture *f = *state;
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        fix_made(f, 0, 'a');
        const struct sim_asked asked = { .caller = "web-1",
                                         .reference = "app:1",
                                         .policy = DD_PULL_NEVER,
                                         .deadline_ns = DD_SECOND_NS };
        uint32_t operation = sim_oracle_asking(f->oracle, f->now_ns, &asked);
        sim_oracle_asked(f->oracle, operation, DD_OK, (struct dd_operation){ 1 });
        fix_grant(f, operation, 'a');
        fix_wait(f, DD_SECOND_NS + late_ns);
        (void)fix_tell(f, operation, 'a');
        if (late_ns == 0) {
            fix_assert_fine(f);
        }
    }
    fix_assert_objects(f, "S2");
}

/* S4: nobody is told an image on which it was granted nothing. */
static void test_s4_told_without_a_lease(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    (void)fix_tell(f, fix_ask(f, "web-1", "app:1"), 'a');
    fix_assert_objects(f, "S4");
}

/* S4: nor one that was taken back in the meantime (H35). */
static void test_s4_told_what_was_taken_back(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    fix_take_back(f, operation, "web-1", 'a');
    (void)fix_tell(f, operation, 'a');
    fix_assert_objects(f, "S4");
}

/* S4: nor another image than it was granted (H20). */
static void test_s4_told_another_image(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    fix_made(f, 0, 'b');
    uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    (void)fix_tell(f, operation, 'b');
    fix_assert_objects(f, "S4");
}

/* S4: nor one that the engine does not have, unless others removed it (H40). */
static void test_s4_told_what_is_gone(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    (void)fix_tell(f, operation, 'a');
    fix_assert_objects(f, "S4");
}

/* S4: what others removed in between is their doing. */
static void test_s4_told_what_others_removed_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, operation, 'a');
    fix_deleted(f, 0, 'a');
    (void)fix_tell(f, operation, 'a');
    fix_assert_fine(f);
}

/* S4: a lease that was told can be given back. */
static void test_s4_lease_cannot_be_given_back(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t lease = fix_pull(f, "web-1", "app:1", 'a');
    fix_assert_fine(f);
    sim_oracle_released(f->oracle, f->now_ns, (struct dd_lease){ fix_id('a'), "web-1", lease },
                        DD_ENOLEASE);
    fix_assert_objects(f, "S4");
}

/* S4: one that was replaced by a newer one cannot (H17). */
static void test_s4_replaced_lease_is_given_back(void **state)
{
    struct oracle_fixture *f = *state;
    uint64_t old = fix_pull(f, "web-1", "app:1", 'a');
    uint32_t again = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
    fix_grant(f, again, 'a');
    (void)fix_tell(f, again, 'a');
    sim_oracle_released(f->oracle, f->now_ns, (struct dd_lease){ fix_id('a'), "web-1", old },
                        DD_ENOLEASE);
    fix_assert_fine(f);
    fix_release(f, "web-1", 'a', old);
    fix_assert_objects(f, "S4");
}

/* S5: whoever always asks the registry is granted by a pull with its own credentials
 * (H03). */
static void test_s5_pull_with_other_credentials(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t alice = fix_ask_policy(f, "web-1", "app:1", DD_PULL_ALWAYS, 1);
    uint32_t bob = fix_ask_policy(f, "web-2", "app:1", DD_PULL_ALWAYS, 2);
    fix_inspect(f, "app:1", 404);
    uint64_t call = fix_send_pull(f, "app:1", 1);
    fix_made(f, call, 'a');
    fix_named(f, call, "app:1", 'a');
    fix_executed(f, call, 200);
    fix_answered(f, call, 200);
    fix_grant(f, alice, 'a');
    fix_assert_fine(f);
    fix_grant(f, bob, 'a');
    fix_assert_objects(f, "S5");
}

/* S5: and by one that had not ended when it asked (H02). */
static void test_s5_pull_that_was_over(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t first = fix_ask(f, "web-1", "app:1");
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_made(f, call, 'a');
    fix_named(f, call, "app:1", 'a');
    fix_executed(f, call, 200);
    uint32_t second = fix_ask(f, "web-2", "app:1");
    fix_answered(f, call, 200);
    uint32_t third = fix_ask(f, "web-3", "app:1");
    fix_grant(f, first, 'a');
    fix_grant(f, second, 'a');
    fix_assert_fine(f);
    fix_grant(f, third, 'a');
    fix_assert_objects(f, "S5");
}

/* S4: and is granted what that pull brought, whatever the name means by now (H20). */
static void test_s4_pull_brought_another_image(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t first = fix_ask(f, "web-1", "app:1");
    uint32_t second = fix_ask(f, "web-2", "app:1");
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_made(f, call, 'a');
    fix_named(f, call, "app:1", 'a');
    fix_executed(f, call, 200);
    fix_answered(f, call, 200);
    fix_made(f, 0, 'b');
    fix_named(f, 0, "app:1", 'b');
    fix_grant(f, first, 'a');
    fix_assert_fine(f);
    fix_grant(f, second, 'b');
    fix_assert_objects(f, "S4");
}

/* S5: who takes what is there may be granted what others pulled. */
static void test_s5_if_missing_is_fine(void **state)
{
    struct oracle_fixture *f = *state;
    (void)fix_pull(f, "web-1", "app:1", 'a');
    fix_grant(f, fix_ask_policy(f, "web-2", "app:1", DD_PULL_IF_MISSING, 2), 'a');
    fix_assert_fine(f);
}

/* S5: nobody is granted by a pull that was never made. */
static void test_s5_never_pulled(void **state)
{
    struct oracle_fixture *f = *state;
    fix_made(f, 0, 'a');
    fix_grant(f, fix_ask(f, "web-1", "app:1"), 'a');
    fix_assert_objects(f, "S5");
}

/* S5: nor what the registry would not give it. */
static void test_s5_not_allowed(void **state)
{
    struct oracle_fixture *f = *state;
    uint32_t operation = fix_ask(f, "web-1", "app:1");
    uint64_t call = fix_send_pull(f, "app:1", 0);
    fix_made(f, call, 'a');
    fix_named(f, call, "app:1", 'a');
    fix_executed(f, call, 200);
    fix_answered(f, call, 200);
    fix_grant(f, operation, 'a');
    const struct dd_result result = { .lease = { .image = fix_id('a'), .number = 1 } };
    sim_oracle_told(f->oracle, f->now_ns, operation, &result, false);
    fix_assert_objects(f, "S5");
}

/* Giving back an image, or everything, takes back what is granted and not told. */
static void test_release_takes_back_what_is_untold(void **state)
{
    struct oracle_fixture *f = *state;
    for (int everything = 0; everything < 2; everything++) {
        const struct dd_config config = fix_config();
        fix_begin(f, &config);
        fix_made(f, 0, 'a');
        uint32_t operation = fix_ask_policy(f, "web-1", "app:1", DD_PULL_NEVER, 0);
        fix_grant(f, operation, 'a');
        if (everything == 1) {
            sim_oracle_released_caller(f->oracle, f->now_ns, "web-1", DD_OK);
        } else {
            sim_oracle_released_image(f->oracle, f->now_ns, fix_id('a'), "web-1", DD_OK);
        }
        fix_assert_fine(f);
        (void)fix_tell(f, operation, 'a');
        fix_assert_objects(f, everything == 1 ? "S2" : "S4");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fix_test(test_s2_told_twice),
        fix_test(test_s2_told_inside_the_call),
        fix_test(test_s2_told_although_refused),
        fix_test(test_s2_told_after_the_close),
        fix_test(test_s2_close_before_an_operation),
        fix_test(test_s2_handle_of_another),
        fix_test(test_s2_granted_after_it_was_told),
        fix_test(test_s2_cancelled_and_told_otherwise),
        fix_test(test_s2_let_go_and_told_otherwise),
        fix_test(test_s2_told_cancelled_for_nothing),
        fix_test(test_s2_cancel_is_answered),
        fix_test(test_s2_waits_and_cannot_let_go),
        fix_test(test_s2_granted_while_closing),
        fix_test(test_s2_granted_after_its_deadline),
        fix_test(test_s4_told_without_a_lease),
        fix_test(test_s4_told_what_was_taken_back),
        fix_test(test_s4_told_another_image),
        fix_test(test_s4_told_what_is_gone),
        fix_test(test_s4_told_what_others_removed_is_fine),
        fix_test(test_s4_lease_cannot_be_given_back),
        fix_test(test_s4_replaced_lease_is_given_back),
        fix_test(test_s5_pull_with_other_credentials),
        fix_test(test_s5_pull_that_was_over),
        fix_test(test_s4_pull_brought_another_image),
        fix_test(test_s5_if_missing_is_fine),
        fix_test(test_s5_never_pulled),
        fix_test(test_s5_not_allowed),
        fix_test(test_release_takes_back_what_is_untold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
