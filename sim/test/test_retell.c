/* Recordings retold in simulation (sim/soak/retell.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/soak/retell.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define APP "host.example/app:1"
#define DIGEST "host.example/app@sha256:cc"
#define REFERENCE ",\"reference\":\"" APP "\""
#define IMAGE ",\"image\":\"" A "\""
#define CALLER ",\"caller\":\"web\""
#define GET(n, path) REQUEST(n, "GET", path)
#define REQUEST(n, method, path)                                                                   \
    "{\"what\":\"request\",\"number\":" #n ",\"method\":\"" method "\",\"path\":\"" path "\"}\n"
#define ANSWER(n, status, more)                                                                    \
    "{\"what\":\"answer\",\"number\":" #n ",\"status\":" #status more "}\n"
#define EVENT(word, more) "{\"what\":\"event\",\"text\":\"" word "\"" more "}\n"
#define LOOK(n) GET(n, "/images/" APP "/json")
#define IS(n, image) ANSWER(n, 200, ",\"image\":\"" image "\",\"names\":[\"" APP "\"]")
#define ASK(n, policy)                                                                             \
    "{\"what\":\"pull\",\"number\":" #n CALLER REFERENCE ",\"text\":\"" policy "\"}\n"

/* Somebody asks for what nobody has pulled: he is told that it is not there. */
#define OPENED "{\"what\":\"agent\",\"text\":\"opened\"}\n"
#define LOOKED EVENT("inspect-started", REFERENCE)
#define ABSENT OPENED ASK(1, "never") LOOKED LOOK(1) ANSWER(1, 404, "")

/* He pulls it. */
#define BEFORE EVENT("pull-before", REFERENCE) LOOKED LOOK(2) ANSWER(2, 404, "")
#define STARTED EVENT("pull-started", REFERENCE)
#define PULL REQUEST(3, "POST", "/images/create?fromImage=host.example%2Fapp&tag=1")
#define AFTER EVENT("inspect-started", ",\"reference\":\"" DIGEST "\"")
#define LOOK_AFTER GET(4, "/images/" DIGEST "/json")
#define NAMES ",\"names\":[\"" APP "\",\"" DIGEST "\"]"
#define BOUND EVENT("bound", REFERENCE IMAGE)
#define BOUND_TOO EVENT("bound", ",\"reference\":\"" DIGEST "\"" IMAGE)
#define ENDED PULL ANSWER(3, 200, "") AFTER LOOK_AFTER ANSWER(4, 200, IMAGE NAMES)
#define PULLED ASK(2, "always") BEFORE STARTED ENDED BOUND BOUND_TOO
#define GRANTED EVENT("granted", IMAGE CALLER)
#define TOLD "{\"what\":\"told\",\"number\":2" CALLER IMAGE ",\"lease\":1}\n"

/* And gives it back. */
#define RELEASE "{\"what\":\"release\",\"text\":\"lease\"" CALLER IMAGE ",\"lease\":1}\n"
#define DELAYED EVENT("delay-started", IMAGE)
#define RELEASED RELEASE EVENT("released", IMAGE CALLER) DELAYED

static void retell(const char *lines, struct sim_retold *out)
{
    char path[] = "/tmp/drydock-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, lines, strlen(lines)), (ssize_t)strlen(lines));
    (void)close(file);
    sim_retell(path, out);
    (void)unlink(path);
    assert_string_equal(out->problem, "");
}

static void assert_same(const char *lines, size_t decision_count)
{
    struct sim_retold retold;
    retell(lines, &retold);
    assert_string_equal(retold.difference, "");
    assert_string_equal(retold.cannot, "");
    assert_int_equal(retold.simulated.count, decision_count);
    sim_retold_release(&retold);
}

static void assert_differs(const char *lines, const char *what)
{
    struct sim_retold retold;
    retell(lines, &retold);
    if (strstr(retold.difference, what) == NULL) {
        fail_msg("expected \"%s\", found \"%s\"", what, retold.difference);
    }
    sim_retold_release(&retold);
}

static void assert_cannot(const char *lines, const char *what)
{
    struct sim_retold retold;
    retell(lines, &retold);
    assert_string_equal(retold.difference, "");
    if (strstr(retold.cannot, what) == NULL) {
        fail_msg("expected \"%s\", found \"%s\"", what, retold.cannot);
    }
    sim_retold_release(&retold);
}

/* What the coordinator decided live it decides in simulation, in the same order. */
static void test_retell_the_same_is_decided(void **state)
{
    (void)state;
    assert_same(ABSENT, 1);
    assert_same(ABSENT PULLED GRANTED TOLD RELEASED, 10);
}

/* A decision more or less, or another one, is found. */
static void test_retell_another_decision_is_found(void **state)
{
    (void)state;
    assert_differs(ABSENT PULLED TOLD RELEASED, "in simulation \"granted");
    assert_differs(ABSENT PULLED GRANTED GRANTED TOLD RELEASED, "live \"granted");
    assert_differs(ABSENT PULLED GRANTED TOLD RELEASED EVENT("removal-started", IMAGE)
                       EVENT("rescued", IMAGE),
                   "live \"rescued");
}

/* An answer to what is not asked in simulation is a difference at its line. */
static void test_retell_an_answer_to_nothing(void **state)
{
    (void)state;
    assert_differs(ABSENT LOOK(9) "{\"what\":\"answer\",\"number\":9,\"status\":404}\n",
                   "line 7: in simulation there is no \"inspect-executed");
}

/* What nobody saw cannot be retold: it ends there, and says so. */
static void test_retell_ends_at_what_nobody_saw(void **state)
{
    (void)state;
    assert_cannot(ABSENT "{\"what\":\"agent\",\"text\":\"killed\"}\n", "line 6: the agent is");
    assert_cannot(ABSENT "{\"what\":\"engine\",\"text\":\"killed\"}\n", "line 6: the engine is");
    assert_cannot(ABSENT "{\"what\":\"other\",\"text\":\"rmi\"}\n", "somebody else does");
    assert_cannot(ABSENT "{\"what\":\"lost\",\"number\":1}\n", "an answer is lost");
    assert_cannot(ABSENT "{\"what\":\"told\",\"number\":1,\"status\":8}\n", "a deadline is over");
    assert_cannot(ABSENT LOOK(8) "{\"what\":\"answer\",\"number\":8,\"status\":500}\n",
                  "the engine answers 500");
    assert_cannot(ABSENT PULLED GRANTED TOLD LOOK(8) IS(8, B), "means another image now");
}

/* A closing ends it, too, and nothing is missing then. */
static void test_retell_ends_at_the_closing(void **state)
{
    (void)state;
    assert_same(ABSENT "{\"what\":\"agent\",\"text\":\"closing\"}\n" GRANTED, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retell_the_same_is_decided),
        cmocka_unit_test(test_retell_another_decision_is_found),
        cmocka_unit_test(test_retell_an_answer_to_nothing),
        cmocka_unit_test(test_retell_ends_at_what_nobody_saw),
        cmocka_unit_test(test_retell_ends_at_the_closing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
