#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/explore/table.h"
#include "sim/hash.h"

#define EACH 60000
#define MANY 400000
#define WORKERS 3

/* A fingerprint is new once, and in the set from then on; the set grows. */
static void test_visited_adds_once(void **state)
{
    struct sim_visited visited;
    (void)state;
    sim_visited_init(&visited, (size_t)1 << 24);
    for (uint64_t i = 1; i <= EACH; i++) {
        assert_false(sim_visited_has(&visited, sim_hash_finish(i)));
        assert_int_equal(sim_visited_add(&visited, sim_hash_finish(i)), SIM_VISIT_NEW);
        assert_int_equal(sim_visited_add(&visited, sim_hash_finish(i)), SIM_VISIT_SEEN);
    }
    for (uint64_t i = 1; i <= EACH; i++) {
        assert_true(sim_visited_has(&visited, sim_hash_finish(i)));
    }
    assert_int_equal(sim_visited_count(&visited), EACH);
    sim_visited_release(&visited);
}

/* Without room it says so, and keeps what it has. */
static void test_visited_full_is_said(void **state)
{
    struct sim_visited visited;
    enum sim_visit visit = SIM_VISIT_NEW;
    uint64_t count = 0;
    (void)state;
    sim_visited_init(&visited, (size_t)1 << 19);
    while (visit == SIM_VISIT_NEW) {
        visit = sim_visited_add(&visited, sim_hash_finish(++count));
    }
    assert_int_equal(visit, SIM_VISIT_FULL);
    assert_true(count > 10000 && count < ((size_t)1 << 19) / 8);
    assert_true(sim_visited_has(&visited, sim_hash_finish(1)));
    assert_int_equal(sim_visited_add(&visited, sim_hash_finish(1)), SIM_VISIT_SEEN);
    sim_visited_release(&visited);
}

/* What is met is counted, up to three. */
static void test_visited_counts_meetings(void **state)
{
    struct sim_visited visited;
    (void)state;
    sim_visited_init(&visited, (size_t)1 << 20);
    for (unsigned times = 1; times <= 5; times++) {
        for (uint64_t i = 0; i < 100; i++) {
            assert_int_equal(sim_visited_meet(&visited, sim_hash_finish(i)), times < 3 ? times : 3);
        }
    }
    assert_int_equal(sim_visited_count(&visited), 100);
    sim_visited_release(&visited);
}

/* Each process adds its own and some of the others', and says how many were new. */
static int add_some(struct sim_visited *visited, unsigned worker, int go, int out)
{
    uint64_t added = 0;
    char byte;
    sim_visited_join(visited, worker);
    if (read(go, &byte, 1) != 1) {
        return 1;
    }
    for (uint64_t i = 1; i <= MANY; i++) {
        added += sim_visited_add(visited, sim_hash_finish(i)) == SIM_VISIT_NEW ? 1 : 0;
    }
    return write(out, &added, sizeof(added)) == (ssize_t)sizeof(added) ? 0 : 1;
}

/* Processes that add the same at the same time, while it grows: each is new to just one
 * of them. */
static void test_visited_is_shared(void **state)
{
    struct sim_visited visited;
    uint64_t sum = 0;
    int ends[2];
    int go[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(go), 0);
    sim_visited_init(&visited, (size_t)1 << 25);
    for (unsigned worker = 0; worker < WORKERS; worker++) {
        if (fork() == 0) {
            _exit(add_some(&visited, worker, go[0], ends[1]));
        }
    }
    assert_int_equal(write(go[1], "go!", WORKERS), WORKERS);
    for (unsigned worker = 0; worker < WORKERS; worker++) {
        uint64_t added = 0;
        assert_true(wait(NULL) > 0);
        assert_int_equal(read(ends[0], &added, sizeof(added)), sizeof(added));
        sum += added;
    }
    assert_int_equal(sum, MANY);
    assert_int_equal(sim_visited_count(&visited), MANY);
    sim_visited_release(&visited);
    for (int i = 0; i < 2; i++) {
        (void)close(ends[i]);
        (void)close(go[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visited_adds_once),
        cmocka_unit_test(test_visited_full_is_said),
        cmocka_unit_test(test_visited_counts_meetings),
        cmocka_unit_test(test_visited_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
