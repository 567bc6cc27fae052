/* A world runs a scenario from its beginning to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/test/world_fixture.h"

#define PULL "{'at': ['0s', '9s'], 'pull': 'redis:7', 'caller': 'web-1', 'as': 'p1'}"
#define RELEASE "{'after': 'p1 granted', 'within': ['1s', '9s'], 'release': 'p1'}"
#define GONE "'finally': {'engine_images': [], 'removed': {'redis:7': 1}}"

/* A pull and its release: the image comes and goes, and nothing is left. */
static void test_pull_and_release(void **state)
{
    (void)state;
    fix_passes("'steps': [" PULL ", " RELEASE "], " GONE);
}

/* H35: with a strand that takes its time, a caller can leave between its grant and
 * its telling; without, its telling comes first. */
static void test_strand_leaves_a_gap(void **state)
{
    (void)state;
#define LEAVES                                                                                     \
    "'steps': [{'pull': 'redis:7', 'caller': 'web-1', 'as': 'p1'}, "                               \
    "{'when': 'granted redis:7', 'cancel': 'p1'}], "
    fix_passes(LEAVES "'strand': '1s', 'finally': {'told': {'p1': 'cancelled'}, "
                      "'events': {'taken-back': 1}, 'engine_images': []}");
    fix_passes(LEAVES "'finally': {'told': {'p1': 'ok'}, 'engine_images': ['redis-a']}");
}

/* A run is a function of its seed: not of what memory held, nor of what ran before. */
static void test_run_is_a_function_of_its_seed(void **state)
{
    struct sim_scenario *scenario = fix_scenario("'steps': [" PULL ", " RELEASE "]");
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run first;
    struct sim_run again;
    struct sim_run other;
    (void)state;
    sim_world_run(world, &(struct sim_world_options){ .seed = 5, .fill = 0xAA }, &first);
    sim_world_run(world, &(struct sim_world_options){ .seed = 6, .fill = 0xAA }, &other);
    sim_world_run(world, &(struct sim_world_options){ .seed = 5, .fill = 0x55, .keep = true },
                  &again);
    assert_true(first.trace_hash == again.trace_hash);
    assert_int_equal(first.event_count, again.event_count);
    assert_int_equal(first.simulated_ns, again.simulated_ns);
    assert_true(first.trace_hash != other.trace_hash);
    assert_int_equal(sim_world_trace(world)->line_count, again.entry_count);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* A run's tape gives the same choices again, without its seed. */
static void test_tape_is_the_run(void **state)
{
    struct sim_scenario *scenario = fix_scenario("'steps': [" PULL ", " RELEASE "]");
    struct sim_world *world = sim_world_create(scenario);
    struct sim_run first;
    struct sim_run again;
    (void)state;
    sim_world_run(world, &(struct sim_world_options){ .seed = 0 }, &first);
    struct sim_tape tape = sim_tape_copy(sim_world_tape(world));
    assert_true(tape.count > 0);
    sim_world_run(world, &(struct sim_world_options){ .seed = 99, .tape = &tape }, &again);
    assert_true(first.trace_hash == again.trace_hash);
    sim_tape_release(&tape);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* A run can be broken off, also one that would go on for long. */
static void test_run_is_broken_off(void **state)
{
    struct sim_scenario *scenario = fix_scenario(
        "'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'web', 'callers': 2000}]");
    struct sim_world *world = sim_world_create(scenario);
    volatile sig_atomic_t stop = 1;
    struct sim_run run;
    (void)state;
    sim_world_run(world, &(struct sim_world_options){ .stop = &stop }, &run);
    assert_true(run.stopped);
    sim_world_destroy(world);
    sim_scenario_destroy(scenario);
}

/* A step whose condition never comes is skipped and counted. */
static void test_skipped_steps_are_counted(void **state)
{
    (void)state;
    struct sim_run run = fix_run("'steps': [" PULL ", "
                                 "{'after': 'p1 failed', 'release_caller': 'web-1'}, "
                                 "{'when': 'removed redis:8', 'release_caller': 'web-1'}]",
                                 1);
    assert_string_equal(run.violation.message, "");
    assert_int_equal(run.skipped_count, 2);
}

/* Steps at the start wait until the coordinator is open, in their order. */
static void test_early_steps_keep_their_order(void **state)
{
    (void)state;
    fix_passes("'engine': {'identify': '10s'}, 'steps': ["
               "{'at': '1s', 'load': 'redis-a', 'name': 'redis:7'},"
               "{'at': '2s', 'pull': 'redis:7', 'caller': 'w', 'policy': 'never', 'as': 'p'},"
               "{'at': '20s', 'rmi': 'redis:7'}],"
               "'finally': {'told': {'p': 'ok'}}");
}

/* Steps that are carried out equally often go pairwise. */
static void test_counted_steps_go_pairwise(void **state)
{
    (void)state;
    fix_passes("'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'web', 'callers': 3, "
               "'as': 'p'}, {'after': 'p granted', 'within': '1m', 'release': 'p'}], " GONE);
}

/* A single step after a counted one waits for all of it. */
static void test_single_step_waits_for_all(void **state)
{
    (void)state;
    fix_passes("'steps': [{'at': ['0s', '1m'], 'pull': 'redis:7', 'caller': 'web', 'callers': 9, "
               "'as': 'p'}, {'after': 'p granted', 'expect': {'told': {'p': 'ok'}}}]");
}

/* `when` waits for the nth event that is about a name, or the image it means. */
static void test_when_waits_for_an_event(void **state)
{
    (void)state;
    fix_passes("'steps': [" PULL ", " RELEASE ", "
               "{'when': 'removal-started redis-a', 'pull': 'redis:7', 'caller': 'web-2', "
               "'as': 'p2'}, {'when': 'granted', 'nth': 2, 'within': '1s', 'expect': "
               "{'holders': {'redis:7': ['web-2']}}}], 'finally': {'told': {'p2': 'ok'}}");
}

/* Every step of others is carried out. */
static void test_what_others_do(void **state)
{
    (void)state;
    fix_passes("'steps': ["
               "{'at': '1s', 'load': 'base', 'name': 'base:1'},"
               "{'at': '2s', 'tag': 'base:1', 'to': 'base:2'},"
               "{'at': '3s', 'build': 'child', 'on': 'base:1'},"
               "{'at': '4s', 'run': 'base:1', 'container': 'c1'},"
               "{'at': '5s', 'kill': 'c1'}, {'at': '6s', 'rm': 'c1'},"
               "{'at': '7s', 'user_pull': 'redis:7'},"
               "{'at': '8s', 'push': 'redis:7', 'id': 'redis-c', 'size': '1MB', 'pull': '1s'},"
               "{'at': '9s', 'user_pull': 'redis:7'},"
               "{'at': '10s', 'unpush': 'redis:8'},"
               "{'at': '11s', 'user_pull': 'redis:8'},"
               "{'at': '12s', 'rmi': 'base:2'},"
               "{'at': '13s', 'disk': 'full'}, {'at': '14s', 'disk': 'free'},"
               "{'at': '15s', 'stop': 'engine'}, {'at': '16s', 'start': 'engine'}],"
               "'finally': {'engine_images': ['base', 'child', 'redis-a', 'redis-c'],"
               " 'engine_tags': ['base:1', 'redis:7']}");
}

/* After a scenario's own close every call is refused. */
static void test_closed_coordinator_refuses(void **state)
{
    (void)state;
    fix_passes("'steps': [" PULL ", {'at': '30s', 'close': 'leave'},"
               "{'at': '2m', 'pull': 'redis:7', 'caller': 'web-2', 'as': 'p2'},"
               "{'at': '2m', 'release_caller': 'web-1'}, {'at': '2m', 'release': 'p1'}],"
               "'finally': {'told': {'p2': 'closed'}}");
}

/* A draining close removes what nobody uses. */
static void test_draining_close(void **state)
{
    (void)state;
    fix_passes("'steps': [" PULL ", " RELEASE ", {'at': '20s', 'close': 'drain'}], " GONE);
}

/* An image that stays blocked for good does not keep a run from its end. */
static void test_blocked_for_ever_ends(void **state)
{
    (void)state;
    fix_passes("'steps': [" PULL ", {'after': 'p1 granted', 'run': 'redis:7', 'container': 'c'},"
               "{'after': 'p1 granted', 'within': '1s', 'release': 'p1'}],"
               "'finally': {'state': {'redis:7': 'blocked'}, "
               "'reason': {'redis:7': 'in use by a container'}}");
}

/* A caller's release by reference means what it was granted for it, though the tag
 * moved since. */
static void test_release_means_what_was_granted(void **state)
{
    (void)state;
    fix_passes("'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'w', 'as': 'p1'},"
               "{'at': '10s', 'push': 'redis:7', 'id': 'redis-c', 'size': '1MB', 'pull': '1s'},"
               "{'at': '11s', 'user_pull': 'redis:7'},"
               "{'at': '12s', 'release': 'redis:7', 'caller': 'w'}],"
               "'finally': {'engine_images': ['redis-c']}");
}

/* A coordinator that cannot open is a failure of the run. */
static void test_open_fails(void **state)
{
    (void)state;
    fix_fails("'faults': [{'on': 'identify', 'every': true, 'unsent': true}], 'steps': [" PULL "]",
              "open", "did not open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pull_and_release),
        cmocka_unit_test(test_strand_leaves_a_gap),
        cmocka_unit_test(test_run_is_a_function_of_its_seed),
        cmocka_unit_test(test_tape_is_the_run),
        cmocka_unit_test(test_run_is_broken_off),
        cmocka_unit_test(test_skipped_steps_are_counted),
        cmocka_unit_test(test_early_steps_keep_their_order),
        cmocka_unit_test(test_counted_steps_go_pairwise),
        cmocka_unit_test(test_single_step_waits_for_all),
        cmocka_unit_test(test_when_waits_for_an_event),
        cmocka_unit_test(test_what_others_do),
        cmocka_unit_test(test_closed_coordinator_refuses),
        cmocka_unit_test(test_draining_close),
        cmocka_unit_test(test_blocked_for_ever_ends),
        cmocka_unit_test(test_release_means_what_was_granted),
        cmocka_unit_test(test_open_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
