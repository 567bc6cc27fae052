/* What exploration found wrong in those who judge (simulation, oracle, model), each in a
 * world that is small enough to be searched whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakes/engine.h"
#include "sim/explore/search.h"
#include "sim/world_state.h"

#define TEXT_MAX 2048

/* @body has single quotes for double ones. */
static struct sim_scenario *scenario_of(const char *body)
{
    char text[TEXT_MAX] = "{'version':1,'name':'n','retells':'r',";
    struct sim_error error;
    assert_true(strlen(text) + strlen(body) + 1 < sizeof(text));
    memcpy(text + strlen(text), body, strlen(body) + 1);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    struct sim_scenario *scenario = sim_scenario_parse("test.json", text, strlen(text), &error);
    if (scenario == NULL) {
        fail_msg("%s: %s", error.path, error.message);
    }
    return scenario;
}

/* In all states of what @body says. */
static void assert_nothing_is_wrong(const char *body)
{
    static const struct sim_limits limits = { .byte_max = (size_t)1 << 26 };
    const struct sim_stepper_options options = { .symmetry = true, .fill = 0x55 };
    struct sim_scenario *scenario = scenario_of(body);
    struct sim_stepper stepper;
    struct sim_searched out;
    sim_stepper_open(&stepper, scenario, &options);
    sim_search_depth(&stepper, &limits, &out);
    sim_stepper_close(&stepper);
    if (out.violation.invariant[0] != '\0') {
        fail_msg("%s: %s", out.violation.invariant, out.violation.message);
    }
    assert_true(out.complete);
    sim_searched_release(&out);
    sim_scenario_destroy(scenario);
}

/* A timer that waits for no time at all, as the first look after a lost DELETE, does not
 * go off beside another: with free time it has a turn of its own. */
static void test_no_time_is_a_turn_of_its_own(void **state)
{
    (void)state;
    assert_nothing_is_wrong(
        "'registry':{'redis:7':{'id':'redis-a','layers':1},'nginx:1':{'id':'nginx-a',"
        "'layers':1}},'explore':{'calls':'whole'},"
        "'faults':[{'on':'remove','lose':true}],"
        "'steps':[{'pull':'redis:7','caller':'t1','as':'p1'},"
        "{'after':'p1 granted','release':'p1'},"
        "{'when':'delete-in-doubt redis:7','pull':'nginx:1','caller':'t2','as':'p2'},"
        "{'after':'p2 granted','release':'p2'}]}");
}

static uint64_t late(void *ctx, uint64_t count, struct fake_label label)
{
    (void)ctx;
    (void)count;
    return strcmp(label.kind, "lost-executed-late") == 0 ? 1 : 0;
}

/* What was abandoned comes before time passes again: with free time settling was long
 * enough by assumption. */
static void test_what_was_abandoned_comes_first(void **state)
{
    const struct sim_stepper_options options = { .fill = 0x55 };
    struct sim_scenario *scenario =
        scenario_of("'registry':{'app:1':{'id':'app-a','layers':1}},"
                    "'engine':{'abandoned':['2s','4s']},"
                    "'faults':[{'on':'remove','lose':true,'executed':true}],"
                    "'steps':[{'pull':'app:1','caller':'t1','as':'p1'},"
                    "{'after':'p1 granted','release':'p1'},"
                    "{'when':'delete-in-doubt app-a','pull':'app:1','caller':'t2'}]}");
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative first = { .move = 0 };
    struct sim_stepper stepper;
    (void)state;
    sim_stepper_open(&stepper, scenario, &options);
    stepper.answers.choose = late;
    while (fake_engine_abandoned_count(stepper.world->engine) == 0) {
        assert_true(sim_stepper_moves(&stepper, moves) > 0);
        sim_stepper_make(&stepper, moves, &first);
    }
    sim_stepper_finish(&stepper);
    assert_null(sim_stepper_violation(&stepper));
    sim_stepper_close(&stepper);
    sim_scenario_destroy(scenario);
}

/* The model lets a pull begin while an earlier one, whose debt was paid by another's look,
 * only waits for the end of its own. */
static void test_who_was_paid_is_in_nobodys_way(void **state)
{
    (void)state;
    assert_nothing_is_wrong(
        "'registry':{},'explore':{'calls':'parts'},"
        "'faults':[{'on':'inspect','nth':2,'status':500,'reason':'server error'}],"
        "'steps':[{'pull':'app:1','caller':'w1','as':'p1'},"
        "{'after':'p1 failed','pull':'app:1','caller':'w2','as':'p2'},"
        "{'after':'p1 failed','release_caller':'w2'},"
        "{'after':'p2 failed','pull':'app:1','caller':'w3'}]}");
}

/* A look that cannot be started ends before what was decided later is told. */
static void test_a_refused_look_ends_in_its_turn(void **state)
{
    (void)state;
    assert_nothing_is_wrong("'registry':{},"
                            "'faults':[{'on':'inspect','budget':3,'refuse':true}],"
                            "'steps':[{'pull':'app:1','policy':'if missing','caller':'w1'},"
                            "{'pull':'app:1','caller':'w2'}]}");
}

/* A pair that a user removed and brought back before the answer to a DELETE that was sent
 * before the pair was bound is ours still (H38). */
static void test_a_pair_that_a_user_brought_back(void **state)
{
    (void)state;
    assert_nothing_is_wrong("'registry':{'a:1':{'id':'x','layers':1},'b:1':{'id':'x','layers':1}},"
                            "'explore':{'calls':'whole'},"
                            "'steps':[{'pull':'a:1','caller':'w','as':'p1'},"
                            "{'after':'p1 granted','release':'p1','as':'r'},"
                            "{'when':'delete-sent','pull':'b:1','caller':'v','as':'p2'},"
                            "{'when':'pull-ended b:1','cancel':'p2'},"
                            "{'when':'pull-waits','rmi':'b:1'},"
                            "{'when':'pull-waits','user_pull':'b:1'}]}");
}

/* While a reference is busy, what a user pulls passes for ours: until the look that a pull
 * owes is answered, be it that its first could not be started, */
static void test_a_refused_look_pays_nothing(void **state)
{
    (void)state;
    assert_nothing_is_wrong("'registry':{'app:1':{'id':'app-a','layers':1}},"
                            "'faults':[{'on':'pull','stream':'unexpected EOF'},"
                            "{'on':'inspect','refuse':true,'budget':1},"
                            "{'on':'pull','lose':true,'budget':1}],"
                            "'steps':[{'user_pull':'app:1'},"
                            "{'at':['1s','2s'],'pull':'app:1','caller':'w1'},"
                            "{'at':['20s','30s'],'pull':'app:1','caller':'w2'}]}");
}

/* or that it is asked again, for a DELETE was answered meanwhile (H40). */
static void test_a_stale_look_pays_nothing(void **state)
{
    (void)state;
    assert_nothing_is_wrong(
        "'registry':{'a:1':{'id':'x','layers':1},'b:1':{'id':'x','layers':1}},"
        "'faults':[{'on':'pull','lose':true,'budget':1}],"
        "'steps':[{'pull':'a:1','caller':'w','as':'p1'},"
        "{'after':'p1 granted','release':'p1','as':'r'},{'after':'r done','user_pull':'b:1'},"
        "{'when':'delete-sent','pull':'b:1','caller':'v'}]}");
}

/* A draining close whose time is over, though time stands still, has not tried everything. */
static void test_a_close_that_is_late(void **state)
{
    (void)state;
    assert_nothing_is_wrong("'registry':{'app:1':{'id':'app-a','layers':1}},"
                            "'explore':{'timeouts':true,'calls':'whole'},"
                            "'steps':[{'pull':'app:1','caller':'a','as':'p'},"
                            "{'after':'p granted','release':'p'},{'close':'drain'}]}");
}

/* What a pull's name meant before it is what the look before it saw, not what a look into
 * an earlier pull did, which came later and is given up. */
static void test_a_look_back_is_no_look_before(void **state)
{
    (void)state;
    assert_nothing_is_wrong(
        "'registry':{'redis:7':{'id':'redis-a','layers':1}},"
        "'faults':[{'on':'inspect','nth':1,'status':500,'reason':'server error'},"
        "{'on':'inspect','nth':2,'status':500,'reason':'server error'},"
        "{'on':'inspect','nth':3,'status':500,'reason':'server error'}],"
        "'steps':[{'pull':'redis:7','caller':'w1','as':'p1'},"
        "{'when':'pull-ended redis:7','rmi':'redis:7'},"
        "{'after':'p1 failed','restart':'p1','as':'p2'},{'after':'p1 failed','cancel':'p2'}]}");
}

/* Nor what a policy's look saw: if the look before it could not be started, nothing is known
 * of what was before. */
static void test_a_policys_look_is_no_look_before(void **state)
{
    (void)state;
    assert_nothing_is_wrong("'registry':{'redis:7':{'id':'redis-a','layers':1}},"
                            "'strand':['0s','1s'],'explore':{'calls':'whole'},"
                            "'faults':[{'on':'inspect','budget':3,'refuse':true}],"
                            "'steps':[{'pull':'redis:7','policy':'if missing','caller':'w1'},"
                            "{'pull':'redis:7','caller':'w2'}]}");
}

/* Without clean-up a draining close owes nothing to what a failed pull left. */
static void test_no_cleanup_owes_no_removal(void **state)
{
    (void)state;
    assert_nothing_is_wrong(
        "'config':{'cleanup':false},'registry':{'redis:7':{'id':'redis-a','layers':1}},"
        "'explore':{'calls':'whole'},"
        "'faults':[{'on':'inspect','status':500,'reason':'server error','budget':1}],"
        "'steps':[{'pull':'redis:7','caller':'t1'},"
        "{'pull':'redis:7','caller':'t2'},{'close':'drain'}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_time_is_a_turn_of_its_own),
        cmocka_unit_test(test_what_was_abandoned_comes_first),
        cmocka_unit_test(test_who_was_paid_is_in_nobodys_way),
        cmocka_unit_test(test_a_refused_look_ends_in_its_turn),
        cmocka_unit_test(test_a_pair_that_a_user_brought_back),
        cmocka_unit_test(test_a_refused_look_pays_nothing),
        cmocka_unit_test(test_a_stale_look_pays_nothing),
        cmocka_unit_test(test_a_close_that_is_late),
        cmocka_unit_test(test_a_look_back_is_no_look_before),
        cmocka_unit_test(test_a_policys_look_is_no_look_before),
        cmocka_unit_test(test_no_cleanup_owes_no_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
