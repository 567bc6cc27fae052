#include "sim/explore/shrink.h"

#include <string.h>

bool sim_shrink_begin(struct sim_shrinking *shrinking, const struct sim_scenario *scenario,
                      const struct sim_way_tape *tape)
{
    struct sim_attempted attempted;
    *shrinking = (struct sim_shrinking){ .attempt_count = 1 };
    sim_attempt_tape(scenario, tape, &attempted);
    shrinking->failure = attempted.failure;
    if (attempted.failure.invariant[0] == '\0') {
        return false;
    }
    sim_case_init(&shrinking->best, scenario, tape);
    shrinking->best.tape.finished = true;
    return true;
}

void sim_shrink_release(struct sim_shrinking *shrinking)
{
    sim_case_release(&shrinking->best);
}

static bool is_stopped(struct sim_shrinking *shrinking)
{
    shrinking->stopped = shrinking->stopped || (shrinking->stop != NULL && *shrinking->stop != 0);
    return shrinking->stopped;
}

/* @candidate is taken. True: it is the best now. */
static bool attempt(struct sim_shrinking *shrinking, struct sim_case *candidate)
{
    struct sim_attempted attempted;
    if (!is_stopped(shrinking) && sim_case_read(candidate)) {
        shrinking->attempt_count++;
        if (shrinking->tried != NULL) {
            shrinking->tried(shrinking->ctx, shrinking);
        }
        sim_attempt_tape(candidate->scenario, &candidate->tape, &attempted);
        if (sim_failure_is(&attempted.failure, &shrinking->failure)) {
            sim_case_release(&shrinking->best);
            shrinking->best = *candidate;
            shrinking->failure = attempted.failure;
            return true;
        }
    }
    sim_case_release(candidate);
    return false;
}

/* --- by parts ----------------------------------------------------------------------------- */

/* Leave out parts of something that has @count of them: `without` makes a candidate that
 * lacks @length from @from on. Halves, quarters, … single ones, the last first; again until
 * no single one can go. True: something went. */
static bool by_parts(struct sim_shrinking *shrinking,
                     size_t (*count_of)(const struct sim_case *made),
                     struct sim_case (*without)(const struct sim_case *made, size_t from,
                                                size_t length))
{
    size_t length = (count_of(&shrinking->best) + 1) / 2;
    bool any = false;
    bool again = true;
    while (length > 0 && !is_stopped(shrinking)) {
        size_t end = count_of(&shrinking->best);
        again = false;
        while (end > 0) {
            size_t from = end > length ? end - length : 0;
            struct sim_case candidate = without(&shrinking->best, from, end - from);
            again = attempt(shrinking, &candidate) || again;
            size_t left = count_of(&shrinking->best);
            end = from < left ? from : left;
        }
        any = any || again;
        length = length > 1 ? length / 2 : (again ? 1 : 0);
    }
    return any;
}

static struct sim_case without_steps(const struct sim_case *made, size_t from, size_t length)
{
    struct sim_case candidate = sim_case_copy(made);
    sim_case_drop_steps(&candidate, from, length, false);
    return candidate;
}

static struct sim_case without_steps_cut(const struct sim_case *made, size_t from, size_t length)
{
    struct sim_case candidate = sim_case_copy(made);
    sim_case_drop_steps(&candidate, from, length, true);
    return candidate;
}

static size_t move_count(const struct sim_case *made)
{
    return made->tape.count;
}

static struct sim_case without_moves(const struct sim_case *made, size_t from, size_t length)
{
    struct sim_case candidate = sim_case_copy(made);
    for (size_t i = from; i < from + length; i++) {
        candidate.tape.moves[i].left_out = true;
    }
    sim_way_tape_compact(&candidate.tape);
    return candidate;
}

/* --- one by one ----------------------------------------------------------------------------- */

/* Answers that can as well be the default ones are. */
static bool shrink_choices(struct sim_shrinking *shrinking)
{
    bool any = false;
    for (size_t i = 0; i < shrinking->best.tape.count; i++) {
        for (size_t k = shrinking->best.tape.moves[i].choice_count; k-- > 0;) {
            struct sim_case candidate = sim_case_copy(&shrinking->best);
            struct sim_tape_move *move = &candidate.tape.moves[i];
            fake_memory_free(move->choices[k].label);
            move->choice_count--;
            memmove(&move->choices[k], &move->choices[k + 1],
                    (move->choice_count - k) * sizeof(move->choices[0]));
            any = attempt(shrinking, &candidate) || any;
        }
    }
    return any;
}

/* What is expected may hang on the settings, and only a coordinator without the fault that is
 * looked for could say whether it does: they stay. */
static bool must_stay(const struct sim_shrinking *shrinking, const struct sim_document_place *place)
{
    const cJSON *section = cJSON_GetArrayItem(shrinking->best.document, (int)place->at[0]);
    return strcmp(shrinking->failure.invariant, "expect") == 0 &&
           (strcmp(section->string, "config") == 0 || strcmp(section->string, "explore") == 0);
}

/* All that a scenario may lack; the last place first, so that those before it stay where
 * they are. */
static bool shrink_places(struct sim_shrinking *shrinking)
{
    size_t count;
    struct sim_document_place *places = sim_case_places(&shrinking->best, &count);
    bool any = false;
    for (size_t i = 0; i < count && !is_stopped(shrinking); i++) {
        size_t at = count - 1 - i;
        if (must_stay(shrinking, &places[at])) {
            continue;
        }
        struct sim_case candidate = sim_case_copy(&shrinking->best);
        sim_case_drop_place(&candidate, &places[at]);
        any = attempt(shrinking, &candidate) || any;
    }
    fake_memory_free(places);
    return any;
}

void sim_shrink(struct sim_shrinking *shrinking)
{
    struct sim_case unrolled = sim_case_copy(&shrinking->best);
    unrolled.scenario = NULL;
    if (sim_case_read(&unrolled) && sim_case_unroll(&unrolled)) {
        (void)attempt(shrinking, &unrolled);
    } else {
        sim_case_release(&unrolled);
    }
    bool again = true;
    while (again && !is_stopped(shrinking)) {
        again = by_parts(shrinking, sim_case_step_count, without_steps);
        again = by_parts(shrinking, sim_case_step_count, without_steps_cut) || again;
        again = by_parts(shrinking, move_count, without_moves) || again;
        again = shrink_choices(shrinking) || again;
        again = shrink_places(shrinking) || again;
    }
}
