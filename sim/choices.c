#include "sim/choices.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/hash.h"

/* xoshiro256** by Blackman and Vigna, seeded by splitmix64 as they advise. */
static uint64_t rotate_left(uint64_t value, unsigned by)
{
    return (value << by) | (value >> (64 - by));
}

static uint64_t random_next(uint64_t state[4])
{
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

static void random_seed(uint64_t state[4], uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        state[i] = sim_hash_finish(seed);
    }
}

/* Every answer is equally likely: what lies past the last whole multiple of
 * @count is drawn again. */
static uint64_t random_below(uint64_t state[4], uint64_t count)
{
    if ((count & (count - 1)) == 0) {
        return random_next(state) & (count - 1);
    }
    uint64_t limit = UINT64_MAX - UINT64_MAX % count;
    uint64_t value = random_next(state);
    while (value >= limit) {
        value = random_next(state);
    }
    return value % count;
}

static bool choice_labelled(const struct sim_choice *choice, const char *kind, uint64_t identity)
{
    return choice->identity == identity &&
           (choice->kind == kind || strcmp(choice->kind, kind) == 0);
}

/* The next unused entry of that label, or SIM_NO_CHOICE. */
static size_t tape_find(struct sim_choices *choices, const char *kind, uint64_t identity)
{
    const struct sim_tape *tape = choices->replayed;
    while (choices->next < tape->count && choices->used[choices->next]) {
        choices->next++;
    }
    for (size_t i = choices->next; i < tape->count; i++) {
        if (!choices->used[i] && choice_labelled(&tape->at[i], kind, identity)) {
            return i;
        }
    }
    return SIM_NO_CHOICE;
}

static uint64_t replay_answer(struct sim_choices *choices, const char *kind, uint64_t identity,
                              uint64_t count)
{
    size_t found = tape_find(choices, kind, identity);
    bool as_recorded = found == choices->next && found != SIM_NO_CHOICE &&
                       choices->replayed->at[found].count == count;
    if (!as_recorded && !choices->diverged) {
        choices->diverged = true;
        choices->diverged_at = choices->tape.count;
    }
    if (found == SIM_NO_CHOICE) {
        return 0;
    }
    choices->used[found] = true;
    uint64_t answer = choices->replayed->at[found].answer;
    return answer < count ? answer : count - 1;
}

static uint64_t choices_choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct sim_choices *choices = ctx;
    assert(count > 1);
    uint64_t identity = sim_hash_string(SIM_HASH_START, label.identity);
    uint64_t answer = choices->replayed != NULL
                          ? replay_answer(choices, label.kind, identity, count)
                          : random_below(choices->random, count);
    struct sim_tape *tape = &choices->tape;
    tape->at = sim_array_grow(tape->at, &tape->capacity, tape->count + 1, sizeof(*tape->at));
    tape->at[tape->count++] = (struct sim_choice){
        .kind = label.kind, .identity = identity, .count = count, .answer = answer
    };
    return answer;
}

void sim_choices_init(struct sim_choices *choices)
{
    *choices = (struct sim_choices){
        .chooser = { .choose = choices_choose, .ctx = choices },
    };
    sim_choices_from_seed(choices, 0);
}

void sim_choices_release(struct sim_choices *choices)
{
    sim_tape_release(&choices->tape);
    fake_memory_free(choices->used);
    choices->used = NULL;
    choices->used_capacity = 0;
}

static void choices_begin(struct sim_choices *choices, const struct sim_tape *replayed)
{
    choices->tape.count = 0;
    choices->replayed = replayed;
    choices->next = 0;
    choices->diverged = false;
    choices->diverged_at = SIM_NO_CHOICE;
}

void sim_choices_from_seed(struct sim_choices *choices, uint64_t seed)
{
    choices_begin(choices, NULL);
    random_seed(choices->random, seed);
}

void sim_choices_from_tape(struct sim_choices *choices, const struct sim_tape *tape)
{
    choices_begin(choices, tape);
    choices->used =
        sim_array_grow(choices->used, &choices->used_capacity, tape->count, sizeof(*choices->used));
    for (size_t i = 0; i < tape->count; i++) {
        choices->used[i] = false;
    }
}

struct sim_tape sim_tape_copy(const struct sim_tape *tape)
{
    struct sim_tape copy = { .count = tape->count };
    copy.at = sim_array_grow(NULL, &copy.capacity, tape->count, sizeof(*copy.at));
    for (size_t i = 0; i < tape->count; i++) {
        copy.at[i] = tape->at[i];
    }
    return copy;
}

void sim_tape_release(struct sim_tape *tape)
{
    fake_memory_free(tape->at);
    *tape = (struct sim_tape){ 0 };
}
