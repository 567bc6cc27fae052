/*
 * Every misbehaviour of an engine, in every call: what an agent is told, and when. With
 * "print" as its argument the program prints what is found, as a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/test/misbehave_fixture.h"

#define CALL_COUNT 6
#define PATIENCE_MS 500
#define PATIENCE_FACTOR 10 /* times what is usual here, if that is more */
/* For what is no deadline's: far from all of these, and far above what a slow machine
 * needs. */
#define AT_ONCE_MS 30000

/* Of what is not the process's own a little is the allocator's; sanitizers and valgrind
 * keep what was freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GROWN_MAX_KB (512L * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GROWN_MAX_KB (512L * 1024)
#endif
#endif
#ifndef GROWN_MAX_KB
#define GROWN_MAX_KB (40L * 1024) /* two and a half answers of the longest kind */
#endif

static const enum sim_endpoint calls[CALL_COUNT] = {
    SIM_ENDPOINT_VERSION, SIM_ENDPOINT_INFO,   SIM_ENDPOINT_PULL,
    SIM_ENDPOINT_INSPECT, SIM_ENDPOINT_REMOVE, SIM_ENDPOINT_LIST,
};
static const char *const call_words[CALL_COUNT] = { "version", "info",   "pull",
                                                    "inspect", "remove", "list" };

/* What the rules say:
 * - what does not come in time is DD_ETIMEDOUT, a pull's stream DD_ESTALLED; a DELETE has
 *   no deadline (H32), and a list's is the test's own;
 * - a connection that breaks, or carries no HTTP, or more than an engine says, is
 *   DD_ENETWORK; so is a stream that ends without its closing line (H21);
 * - what is HTTP and no engine's answer is DD_EENGINE, be it a 404 (H14) or a 200;
 * - an answer about another image is never believed; a digest that leads nowhere is an
 *   image that is gone;
 * - whatever becomes of the answer to a DELETE that was executed: the image is gone, and
 *   that is found out (H05, H32).
 */
#define TIMEOUT "DD_ETIMEDOUT"
#define STALLED "DD_ESTALLED"
#define NETWORK "DD_ENETWORK"
#define ENGINE "DD_EENGINE"
#define OK "DD_OK"
static const char *const expected[SIM_MISBEHAVIOUR_COUNT][CALL_COUNT] = {
    [SIM_MISBEHAVIOUR_STALL] = { TIMEOUT, TIMEOUT, STALLED, TIMEOUT, "removing", "DD_ECANCELLED" },
    [SIM_MISBEHAVIOUR_STALL_MIDWAY] = { TIMEOUT, TIMEOUT, STALLED, TIMEOUT, "removing",
                                        "DD_ECANCELLED" },
    [SIM_MISBEHAVIOUR_SLOW] = { OK, OK, OK, OK, "gone", "ok" },
    [SIM_MISBEHAVIOUR_ONE_BYTE] = { OK, OK, OK, OK, "gone", "ok" },
    [SIM_MISBEHAVIOUR_EARLY_CLOSE] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_TRUNCATE] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_REORDER] = { OK, OK, "DD_EGONE", ENGINE, "gone", "ok" },
    [SIM_MISBEHAVIOUR_ENDLESS_LINE] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_ENDLESS_HEAD] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_GARBAGE] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_STATUS_500] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", ENGINE },
    [SIM_MISBEHAVIOUR_HTML] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", "unreadable" },
    [SIM_MISBEHAVIOUR_HTML_404] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", ENGINE },
    [SIM_MISBEHAVIOUR_REDIRECT] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", ENGINE },
    [SIM_MISBEHAVIOUR_EMPTY] = { ENGINE, ENGINE, NETWORK, ENGINE, "gone", "unreadable" },
    [SIM_MISBEHAVIOUR_NUL] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", "unreadable" },
    [SIM_MISBEHAVIOUR_DEEP] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", "unreadable" },
    [SIM_MISBEHAVIOUR_SHORT_LENGTH] = { ENGINE, ENGINE, ENGINE, ENGINE, "gone", "unreadable" },
    [SIM_MISBEHAVIOUR_LONG_LENGTH] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
    [SIM_MISBEHAVIOUR_BAD_CHUNK] = { NETWORK, NETWORK, NETWORK, NETWORK, "gone", NETWORK },
};

static unsigned patience_ms(void)
{
    unsigned usual_ms = PATIENCE_FACTOR * misbehave_usual_ms();
    return usual_ms > PATIENCE_MS ? usual_ms : PATIENCE_MS;
}

static void check(enum sim_misbehaviour_kind kind, size_t call, const struct misbehaved *found)
{
    const char *word = expected[kind][call];
    bool stalls = kind == SIM_MISBEHAVIOUR_STALL || kind == SIM_MISBEHAVIOUR_STALL_MIDWAY;
    if (strcmp(word, found->word) != 0) {
        fail_msg("%s:%s: %s is expected, and %s was found: %s", sim_misbehaviour_word(kind),
                 call_words[call], word, found->word, found->text);
    }
    assert_in_range(found->ms, stalls ? patience_ms() : 0, AT_ONCE_MS + 3 * patience_ms());
    assert_in_range(found->files_left, 0, 0);
    assert_true(found->grown_kb < GROWN_MAX_KB);
    assert_true(found->engine_kb < GROWN_MAX_KB);
}

/* Each call whose answer misbehaves is told with the class that the rules give it, within
 * its deadline, in bounded memory, and nothing of it is left. */
static void test_misbehave_is_told(void **state)
{
    enum sim_misbehaviour_kind kind = *(const enum sim_misbehaviour_kind *)*state;
    for (size_t call = 0; call < CALL_COUNT; call++) {
        struct misbehaved found;
        misbehave_call(kind, calls[call], patience_ms(), &found);
        check(kind, call, &found);
    }
}

static int print(void)
{
    struct misbehaved worst = { .word = "" };
    unsigned wrong = 0;
    (void)printf("%-14s", "misbehaviour");
    for (size_t call = 0; call < CALL_COUNT; call++) {
        (void)printf(" %-22s", call_words[call]);
    }
    (void)printf("\n");
    for (int kind = 0; kind < SIM_MISBEHAVIOUR_COUNT; kind++) {
        (void)printf("%-14s", sim_misbehaviour_word((enum sim_misbehaviour_kind)kind));
        for (size_t call = 0; call < CALL_COUNT; call++) {
            struct misbehaved found;
            char cell[96];
            misbehave_call((enum sim_misbehaviour_kind)kind, calls[call], patience_ms(), &found);
            bool right = strcmp(found.word, expected[kind][call]) == 0;
            (void)snprintf(cell, sizeof(cell), "%s%s, %lu ms", right ? "" : "NOT ", found.word,
                           found.ms);
            (void)printf(" %-22s", cell);
            wrong += right ? 0 : 1;
            worst.grown_kb = found.grown_kb > worst.grown_kb ? found.grown_kb : worst.grown_kb;
            worst.engine_kb = found.engine_kb > worst.engine_kb ? found.engine_kb : worst.engine_kb;
            worst.files_left += found.files_left;
        }
        (void)printf("\n");
        (void)fflush(stdout);
    }
    (void)printf("the agent's memory grew by %ld kB at most, the engine's by %ld kB; "
                 "%d descriptors left\n%d misbehaviours in %d calls, %u wrong\n",
                 worst.grown_kb, worst.engine_kb, worst.files_left, SIM_MISBEHAVIOUR_COUNT,
                 CALL_COUNT, wrong);
    return wrong > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static enum sim_misbehaviour_kind kinds[SIM_MISBEHAVIOUR_COUNT];
    struct CMUnitTest tests[SIM_MISBEHAVIOUR_COUNT];
    if (argc > 1 && strcmp(argv[1], "print") == 0) {
        return print();
    }
    for (size_t i = 0; i < SIM_MISBEHAVIOUR_COUNT; i++) {
        kinds[i] = (enum sim_misbehaviour_kind)i;
        tests[i] = (struct CMUnitTest){
            .name = sim_misbehaviour_word(kinds[i]),
            .test_func = test_misbehave_is_told,
            .initial_state = &kinds[i],
        };
    }
    return cmocka_run_group_tests_name("test_misbehave", tests, NULL, NULL);
}
