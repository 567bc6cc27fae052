/* Expectations: each kind holds, and each is seen to fail with a sentence that says
 * what was expected and what was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/test/world_fixture.h"

#define STEPS                                                                                      \
    "'config': {'remove_delay': '10m'},"                                                           \
    "'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'web', 'callers': 2, 'as': 'p'},"         \
    " {'at': '0s', 'pull': 'redis:9', 'caller': 'web-1', 'as': 'bad'},"                            \
    " {'at': '0s', 'push': 'other:1', 'id': 'redis-b', 'size': '1MB', 'pull': '1s'},"              \
    " {'at': '0s', 'unpush': 'redis:9'},"                                                          \
    " {'at': '1m', 'expect': {%s}}]"

static void body_of(const char *expectation, char body[2048])
{
    (void)snprintf(body, 2048, STEPS, expectation);
}

static void holds(const char *expectation)
{
    char body[2048];
    body_of(expectation, body);
    fix_passes(body);
}

static void fails(const char *expectation, const char *sentence)
{
    char body[2048];
    body_of(expectation, body);
    fix_fails(body, "expect", sentence);
}

/* holders, state, reason, wanted and bindings ask the coordinator. */
static void test_expect_coordinator(void **state)
{
    (void)state;
    holds("'holders': {'redis:7': ['web-2', 'web-1'], 'redis-b': []}");
    fails("'holders': {'redis:7': ['web-2']}",
          "expected holders of redis:7 to be web-2, found web-1, web-2");
    fails("'holders': {'redis-b': ['web-1']}", "holders of redis-b to be web-1, found none");
    holds("'state': {'redis:7': 'held', 'redis-b': 'absent'}");
    fails("'state': {'redis:7': 'idle'}", "expected redis:7 to be idle, found it held");
    holds("'reason': {'redis-a': 'none'}");
    fails("'reason': {'redis-a': 'has names of others'}",
          "kept because \"has names of others\", found \"none\"");
    holds("'wanted': {'redis-a': false, 'redis-b': false}");
    fails("'wanted': {'redis-a': true}", "expected redis-a to be wanted, found the contrary");
    holds("'bindings': {'redis-a': ['redis:7', 'redis@redis-a']}");
    fails("'bindings': {'redis-a': []}", "expected bindings of redis-a to be none, found redis:7");
}

/* engine_images, engine_tags, engine_pulls, removed, manifest_requests and
 * parallel_pulls ask the engine. */
static void test_expect_engine(void **state)
{
    (void)state;
    holds("'engine_images': ['redis-a']");
    fails("'engine_images': []", "expected the engine's images to be none, found redis-a");
    holds("'engine_tags': ['redis:7']");
    fails("'engine_tags': ['redis:8']", "expected the engine's tags to be redis:8, found redis:7");
    holds("'engine_pulls': {'redis:7': 1, 'redis:8': 0}");
    fails("'engine_pulls': {'redis:7': 2}", "engine pulls of redis:7 to be 2, found 1");
    fails("'engine_pulls': {'redis:7': {'min': 3, 'max': 4}}", "to be 3 to 4, found 1");
    fails("'engine_pulls': {'redis:7': {'min': 3}}", "to be at least 3, found 1");
    holds("'removed': {'redis:7': 0, 'redis-b': 0}");
    fails("'removed': {'redis:7': 1}", "removals of redis:7 to be 1, found 0");
    holds("'manifest_requests': {'redis:7': 1}");
    fails("'manifest_requests': {'redis:7': 0}", "manifest requests of redis:7 to be 0, found 1");
    holds("'parallel_pulls': {'max': 2}");
    fails("'parallel_pulls': 0", "the most engine pulls at a time to be 0, found");
}

/* told, text, recoverable, retry_after and image ask what an agent was told. */
static void test_expect_agents(void **state)
{
    (void)state;
    holds("'told': {'p': 'ok', 'bad': 'notfound'}");
    fails("'told': {'p': 'gone'}", "expected p (web-1) to be told \"image is gone\", found \"ok\"");
    fails("'told': {'bad': 'ok'}", "Failed to pull `redis:9`");
    holds("'text': {'bad': 'Failed to pull `redis:9`'}");
    fails("'text': {'bad': 'all is well'}", "the text of bad (web-1) to have \"all is well\"");
    holds("'recoverable': {'bad': false}");
    fails("'recoverable': {'bad': true}", "to be told something recoverable");
    holds("'retry_after': {'bad': '0s'}");
    fails("'retry_after': {'bad': '5s'}", "to be told to wait for 5000ms, found 0ms");
    holds("'image': {'p': 'redis-a'}");
    fails("'image': {'p': 'redis-b'}", "to be granted redis-b, found redis-a");
    fix_fails("'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'w', 'as': 'p'},"
              "{'at': '1s', 'expect': {'told': {'p': 'ok'}}}]",
              "expect", "expected p (w) to be told, found that it was not");
}

/* events counts the coordinator's. */
static void test_expect_events(void **state)
{
    (void)state;
    holds("'events': {'granted': 2, 'removed': 0}");
    fails("'events': {'granted': 1}", "the number of \"granted\" events to be 1, found 2");
}

/* A failure says where in the file the expectation stands; the first is told. */
static void test_expect_says_where(void **state)
{
    (void)state;
    struct sim_run run = fix_run("'steps': [{'at': '0s', 'pull': 'redis:7', 'caller': 'w'}],\n"
                                 "'finally': {\n'state': {'redis:7': 'held'},\n"
                                 "'holders': {'redis:7': []}, 'engine_images': []}",
                                 1);
    assert_string_equal(run.violation.where, "t.json:7: finally.holders[\"redis:7\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expect_coordinator), cmocka_unit_test(test_expect_engine),
        cmocka_unit_test(test_expect_agents),      cmocka_unit_test(test_expect_events),
        cmocka_unit_test(test_expect_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
