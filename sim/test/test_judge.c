/* The judge of recordings (sim/soak/judge.h): made-up recordings, each rule seen broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/soak/judge.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define APP "h:5/app:1"

/* Lines that are short to write. */
#define REQUEST(n, method, path)                                                                   \
    "{\"what\":\"request\",\"number\":" #n ",\"method\":\"" method "\",\"path\":\"" path "\"}\n"
#define PULL(n) REQUEST(n, "POST", "/v1.41/images/create?fromImage=h%3A5%2Fapp&tag=1")
#define INSPECT(n, name) REQUEST(n, "GET", "/v1.41/images/" name "/json")
#define DELETE(n, name) REQUEST(n, "DELETE", "/v1.41/images/" name "?force=false&noprune=true")
#define ANSWER(n, status) "{\"what\":\"answer\",\"number\":" #n ",\"status\":" #status "}\n"
#define IS(n, image)                                                                               \
    "{\"what\":\"answer\",\"number\":" #n ",\"status\":200,\"image\":\"" image "\"}\n"
#define GONE(n, image)                                                                             \
    "{\"what\":\"answer\",\"number\":" #n ",\"status\":200,\"deleted\":[\"" image "\"]}\n"
#define LOST(n) "{\"what\":\"lost\",\"number\":" #n "}\n"
#define ASKED(n, caller)                                                                           \
    "{\"what\":\"pull\",\"number\":" #n ",\"caller\":\"" caller "\",\"reference\":\"" APP "\"}\n"
#define TOLD(n, caller, id, number)                                                                \
    "{\"what\":\"told\",\"number\":" #n ",\"caller\":\"" caller "\",\"image\":\"" id               \
    "\",\"lease\":" #number "}\n"
#define FAILED(n) "{\"what\":\"told\",\"number\":" #n ",\"caller\":\"web\",\"status\":10}\n"
#define RELEASED(caller, id, lease)                                                                \
    "{\"what\":\"release\",\"text\":\"lease\",\"caller\":\"" caller "\",\"image\":\"" id           \
    "\",\"lease\":" #lease "}\n"
#define AGENT(word) "{\"what\":\"agent\",\"text\":\"" word "\"}\n"
#define ENGINE(word) "{\"what\":\"engine\",\"text\":\"" word "\"}\n"
#define OTHER(name) "{\"what\":\"other\",\"number\":1,\"reference\":\"" name "\"}\n"

/* web has A by a pull of app:1. */
#define HELD                                                                                       \
    AGENT("opened")                                                                                \
    ASKED(1, "web") PULL(1) ANSWER(1, 200) INSPECT(2, APP) IS(2, A) TOLD(1, "web", A, 1)
#define RELEASED_AND_GONE                                                                          \
    RELEASED("web", A, 1) INSPECT(3, A) IS(3, A) INSPECT(4, APP) IS(4, A) DELETE(5, APP) GONE(5, A)

static struct sim_verdict judged(const char *lines)
{
    struct sim_judge *judge = sim_judge_create();
    struct sim_verdict verdict;
    while (*lines != '\0') {
        struct sim_entry entry;
        char message[160] = "";
        size_t length = strcspn(lines, "\n");
        assert_true(sim_entry_read(lines, length, &entry, message));
        sim_judge_take(judge, &entry);
        sim_entry_release(&entry);
        lines += length + 1;
    }
    verdict = sim_judge_verdict(judge);
    sim_judge_destroy(judge);
    return verdict;
}

static void assert_fine(const char *lines)
{
    struct sim_verdict verdict = judged(lines);
    assert_string_equal(verdict.first, "");
    assert_int_equal(verdict.violation_count, 0);
}

static void assert_found(const char *lines, const char *rule)
{
    struct sim_verdict verdict = judged(lines);
    char wanted[64];
    (void)snprintf(wanted, sizeof(wanted), ": %s: ", rule);
    if (verdict.violation_count != 1 || strstr(verdict.first, wanted) == NULL) {
        fail_msg("expected one \"%s\", found %d: %s", rule, (int)verdict.violation_count,
                 verdict.first);
    }
}

/* A pull, a release and a removal are counted, and nothing is wrong with them. */
static void test_judge_an_ordinary_life_is_fine(void **state)
{
    (void)state;
    struct sim_verdict verdict = judged(HELD RELEASED_AND_GONE AGENT("closing") AGENT("closed"));
    assert_string_equal(verdict.first, "");
    assert_int_equal(verdict.asked_count, 1);
    assert_int_equal(verdict.granted_count, 1);
    assert_int_equal(verdict.removed_count, 1);
    assert_int_equal(verdict.requests[SIM_REQUEST_REMOVE], 1);
    assert_int_equal(verdict.requests[SIM_REQUEST_INSPECT], 3);
}

/* S1: no DELETE is sent that means an image that somebody holds. */
static void test_judge_a_held_image_is_not_deleted(void **state)
{
    (void)state;
    assert_found(HELD INSPECT(3, APP) IS(3, A) DELETE(4, APP) ANSWER(4, 409), "lease");
    assert_found(HELD INSPECT(3, A) IS(3, A) DELETE(4, A) ANSWER(4, 409), "lease");
}

/* S1: what an answer says is gone, nobody held, whatever the name was thought to mean. */
static void test_judge_a_held_image_is_not_gone(void **state)
{
    (void)state;
    assert_found(HELD INSPECT(3, APP) IS(3, B) DELETE(4, APP) GONE(4, A), "lease");
}

/* Who lets go while the DELETE is in flight, held it when it was sent. */
static void test_judge_let_go_in_flight_was_held(void **state)
{
    (void)state;
    assert_found(HELD INSPECT(3, APP) IS(3, B) DELETE(4, APP) RELEASED("web", A, 1) GONE(4, A),
                 "lease");
}

/* The engine has no compare-and-delete: what somebody else did to the name is excused. */
static void test_judge_somebody_else_is_excused(void **state)
{
    (void)state;
    struct sim_verdict verdict =
        judged(HELD INSPECT(3, APP) IS(3, B) OTHER(APP) DELETE(4, APP) GONE(4, A));
    assert_string_equal(verdict.first, "");
    assert_int_equal(verdict.excused_count, 1);
    assert_found(HELD OTHER(APP) INSPECT(3, APP) IS(3, B) DELETE(4, APP) GONE(4, A), "lease");
}

/* A DELETE that a dead agent sent is executed all the same. */
static void test_judge_a_dead_agents_delete_is_excused(void **state)
{
    (void)state;
    struct sim_verdict verdict =
        judged(HELD RELEASED("web", A, 1) INSPECT(3, APP) IS(3, A) DELETE(4, APP) AGENT("killed")
                   AGENT("opened") ASKED(5, "web") INSPECT(6, APP) IS(6, A) TOLD(5, "web", A, 1)
                       GONE(4, A));
    assert_string_equal(verdict.first, "");
    assert_int_equal(verdict.excused_count, 1);
}

/* A DELETE whose answer is lost is in doubt, and no longer in flight. */
static void test_judge_a_lost_delete_is_in_doubt(void **state)
{
    (void)state;
    struct sim_verdict verdict = judged(HELD RELEASED("web", A, 1) INSPECT(3, APP) IS(3, A) DELETE(
        4, APP) LOST(4) ASKED(5, "web") TOLD(5, "web", A, 2));
    assert_string_equal(verdict.first, "");
    assert_int_equal(verdict.doubt_count, 1);
}

/* Pulls that are not answered when the engine is killed are cut off; others are not. */
static void test_judge_a_kill_cuts_pulls_off(void **state)
{
    (void)state;
    assert_int_equal(judged(AGENT("opened") PULL(1) ENGINE("killed") LOST(1)).cut_count, 1);
    assert_int_equal(judged(AGENT("opened") PULL(1) ANSWER(1, 200) ENGINE("killed")).cut_count, 0);
    assert_int_equal(judged(AGENT("opened") PULL(1) ENGINE("back") LOST(1)).cut_count, 0);
    assert_int_equal(judged(AGENT("opened") INSPECT(1, APP) ENGINE("killed")).cut_count, 0);
}

/* H08: nobody is told an image while a DELETE of it is unanswered. */
static void test_judge_no_grant_while_a_delete_is_in_flight(void **state)
{
    (void)state;
    assert_found(HELD RELEASED("web", A, 1) ASKED(5, "web") INSPECT(3, APP) IS(3, A) DELETE(4, APP)
                     TOLD(5, "web", A, 2) ANSWER(4, 404),
                 "in-flight");
}

/* H17: an old lease's number gives nothing back. */
static void test_judge_an_old_number_releases_nothing(void **state)
{
    (void)state;
    assert_found(HELD ASKED(2, "web") TOLD(2, "web", A, 2) RELEASED_AND_GONE, "lease");
}

/* A release by caller, or by image and caller, gives back what they say. */
static void test_judge_the_forms_of_a_release(void **state)
{
    (void)state;
    assert_fine(
        HELD "{\"what\":\"release\",\"text\":\"caller\",\"caller\":\"web\"}\n" RELEASED_AND_GONE);
    assert_fine(HELD "{\"what\":\"release\",\"text\":\"image\",\"caller\":\"web\",\"image\":\"" A
                     "\"}\n" RELEASED_AND_GONE);
    assert_found(
        HELD ASKED(2, "db")
            TOLD(2, "db", A,
                 2) "{\"what\":\"release\",\"text\":\"caller\",\"caller\":\"db\"}\n" INSPECT(3, APP)
                IS(3, A) DELETE(4, APP),
        "lease");
}

/* H31: each DELETE has an inspect of its own name before it, by the same agent. */
static void test_judge_a_delete_without_a_look(void **state)
{
    (void)state;
    assert_found(AGENT("opened") PULL(1) ANSWER(1, 200) DELETE(2, APP), "unlooked");
    assert_found(AGENT("opened") PULL(1) ANSWER(1, 200) INSPECT(2, APP) ANSWER(2, 404)
                     DELETE(3, APP),
                 "unlooked");
    assert_found(HELD RELEASED_AND_GONE DELETE(6, APP) ANSWER(6, 404), "unlooked");
    assert_found(AGENT("opened") PULL(1) ANSWER(1, 200) INSPECT(2, APP) IS(2, A) AGENT("killed")
                     DELETE(3, APP),
                 "unlooked");
}

/* H16: a repository that we never pulled from is not ours. */
static void test_judge_a_name_of_others(void **state)
{
    (void)state;
    assert_found(INSPECT(1, "mine:1") IS(1, A) DELETE(2, "mine:1"), "not-ours");
}

/* H12: never by force. */
static void test_judge_force(void **state)
{
    (void)state;
    assert_found(PULL(1) ANSWER(1, 200) INSPECT(2, APP) IS(2, A)
                     REQUEST(3, "DELETE", "/images/" APP "?force=true"),
                 "force");
}

/* S3: a reference is pulled once at a time; S10: and not while a DELETE there is in flight. */
static void test_judge_pulls_in_flight(void **state)
{
    (void)state;
    assert_found(PULL(1) PULL(2), "two-pulls");
    assert_fine(PULL(1) LOST(1) PULL(2));
    assert_found(PULL(1) ANSWER(1, 200) INSPECT(2, APP) IS(2, A) DELETE(3, APP) PULL(4),
                 "pull-and-delete");
    assert_found(INSPECT(2, APP) IS(2, A) PULL(3) DELETE(4, APP), "pull-and-delete");
}

/* S4: what is told was seen. */
static void test_judge_an_image_nobody_saw(void **state)
{
    (void)state;
    assert_found(ASKED(1, "web") TOLD(1, "web", A, 1), "unseen");
    assert_found(HELD AGENT("killed") AGENT("opened") ASKED(2, "web") TOLD(2, "web", A, 1),
                 "unseen");
}

/* S2: who asks is told once. */
static void test_judge_told_once(void **state)
{
    (void)state;
    assert_found(AGENT("opened") ASKED(1, "web") FAILED(1) FAILED(1), "once");
    assert_found(AGENT("opened") ASKED(1, "web") AGENT("closing") AGENT("closed"), "once");
    assert_fine(AGENT("opened") ASKED(1, "web") AGENT("killed"));
}

/* Only calls of the coordinator's are sent at all. */
static void test_judge_other_requests(void **state)
{
    (void)state;
    assert_found(REQUEST(1, "POST", "/v1.41/images/prune"), "request");
    assert_found(REQUEST(1, "POST", "/images/create?fromImage=app"), "request");
    assert_found(ANSWER(1, 200), "request");
    assert_fine(REQUEST(1, "GET", "/_ping") REQUEST(2, "GET", "/v1.41/info")
                    REQUEST(3, "GET", "/images/json?all=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge_an_ordinary_life_is_fine),
        cmocka_unit_test(test_judge_a_held_image_is_not_deleted),
        cmocka_unit_test(test_judge_a_held_image_is_not_gone),
        cmocka_unit_test(test_judge_let_go_in_flight_was_held),
        cmocka_unit_test(test_judge_somebody_else_is_excused),
        cmocka_unit_test(test_judge_a_dead_agents_delete_is_excused),
        cmocka_unit_test(test_judge_a_lost_delete_is_in_doubt),
        cmocka_unit_test(test_judge_a_kill_cuts_pulls_off),
        cmocka_unit_test(test_judge_no_grant_while_a_delete_is_in_flight),
        cmocka_unit_test(test_judge_an_old_number_releases_nothing),
        cmocka_unit_test(test_judge_the_forms_of_a_release),
        cmocka_unit_test(test_judge_a_delete_without_a_look),
        cmocka_unit_test(test_judge_a_name_of_others),
        cmocka_unit_test(test_judge_force),
        cmocka_unit_test(test_judge_pulls_in_flight),
        cmocka_unit_test(test_judge_an_image_nobody_saw),
        cmocka_unit_test(test_judge_told_once),
        cmocka_unit_test(test_judge_other_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
