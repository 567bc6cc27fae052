/* Sources of choices, and the tape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/choices.h"

static uint64_t choose(struct sim_choices *choices, uint64_t count, const char *kind,
                       const char *identity)
{
    return fake_choose(&choices->chooser, count, (struct fake_label){ kind, identity });
}

/* The same seed gives the same answers; another seed gives others. */
static void test_seed_decides(void **state)
{
    struct sim_choices one;
    struct sim_choices other;
    (void)state;
    sim_choices_init(&one);
    sim_choices_init(&other);
    bool differs = false;
    for (uint64_t i = 0; i < 100; i++) {
        sim_choices_from_seed(&one, 7);
        sim_choices_from_seed(&other, 7);
        assert_int_equal(choose(&one, i + 2, "k", "x"), choose(&other, i + 2, "k", "x"));
        sim_choices_from_seed(&other, 8);
        differs = differs || choose(&one, 1000, "k", "x") != choose(&other, 1000, "k", "x");
    }
    assert_true(differs);
    sim_choices_release(&one);
    sim_choices_release(&other);
}

/* Every answer comes up, and none that is not below the count. */
static void test_all_answers_come_up(void **state)
{
    struct sim_choices choices;
    unsigned seen[7] = { 0 };
    (void)state;
    sim_choices_init(&choices);
    for (int i = 0; i < 7000; i++) {
        uint64_t answer = choose(&choices, 7, "k", NULL);
        assert_true(answer < 7);
        seen[answer]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(seen[i], 800, 1200);
    }
    sim_choices_release(&choices);
}

/* A choice with one answer is not on the tape; every other is, with what it was. */
static void test_tape_records(void **state)
{
    struct sim_choices choices;
    (void)state;
    sim_choices_init(&choices);
    sim_choices_from_seed(&choices, 1);
    assert_int_equal(choose(&choices, 1, "only", "x"), 0);
    uint64_t answer = choose(&choices, 1 << 20, "k", "x");
    assert_int_equal(choices.tape.count, 1);
    assert_string_equal(choices.tape.at[0].kind, "k");
    assert_int_equal(choices.tape.at[0].count, 1 << 20);
    assert_int_equal(choices.tape.at[0].answer, answer);
    sim_choices_release(&choices);
}

/* A tape, replayed, gives what was recorded, and records itself again. */
static void test_replay_is_exact(void **state)
{
    struct sim_choices choices;
    uint64_t answers[50];
    (void)state;
    sim_choices_init(&choices);
    sim_choices_from_seed(&choices, 3);
    for (uint64_t i = 0; i < 50; i++) {
        answers[i] = choose(&choices, 100 + i, i % 2 == 0 ? "even" : "odd", "x");
    }
    struct sim_tape tape = sim_tape_copy(&choices.tape);
    sim_choices_from_tape(&choices, &tape);
    for (uint64_t i = 0; i < 50; i++) {
        assert_int_equal(choose(&choices, 100 + i, i % 2 == 0 ? "even" : "odd", "x"), answers[i]);
    }
    assert_false(choices.diverged);
    assert_int_equal(choices.tape.count, 50);
    sim_tape_release(&tape);
    sim_choices_release(&choices);
}

/* Replay goes by label: a choice that is new, or asked in another order, leaves the
 * others theirs, and is where the tape is said to diverge. */
static void test_replay_goes_by_label(void **state)
{
    struct sim_choices choices;
    (void)state;
    sim_choices_init(&choices);
    sim_choices_from_seed(&choices, 3);
    uint64_t a = choose(&choices, 1000, "k", "a");
    uint64_t b = choose(&choices, 1000, "k", "b");
    struct sim_tape tape = sim_tape_copy(&choices.tape);
    sim_choices_from_tape(&choices, &tape);
    assert_int_equal(choose(&choices, 1000, "k", "b"), b);
    assert_true(choices.diverged);
    assert_int_equal(choices.diverged_at, 0);
    assert_int_equal(choose(&choices, 1000, "new", "a"), 0);
    assert_int_equal(choose(&choices, 1000, "k", "a"), a);
    assert_int_equal(choose(&choices, 1000, "k", "a"), 0);
    sim_tape_release(&tape);
    sim_choices_release(&choices);
}

/* An answer that is too large for fewer alternatives becomes the last of them. */
static void test_replay_with_fewer_alternatives(void **state)
{
    struct sim_choice entry = { .kind = "k", .count = 10, .answer = 9 };
    struct sim_tape tape = { .at = &entry, .count = 1 };
    struct sim_choices choices;
    (void)state;
    sim_choices_init(&choices);
    (void)choose(&choices, 10, "k", "a");
    entry.identity = choices.tape.at[0].identity;
    sim_choices_from_tape(&choices, &tape);
    assert_int_equal(choose(&choices, 4, "k", "a"), 3);
    assert_true(choices.diverged);
    sim_choices_release(&choices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_decides),
        cmocka_unit_test(test_all_answers_come_up),
        cmocka_unit_test(test_tape_records),
        cmocka_unit_test(test_replay_is_exact),
        cmocka_unit_test(test_replay_goes_by_label),
        cmocka_unit_test(test_replay_with_fewer_alternatives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
