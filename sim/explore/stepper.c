#include "sim/explore/stepper.h"

#include <assert.h>

#include "sim/explore/tape.h"

#define COMPLETED_MAX ((size_t)1 << 22) /* more are not remembered */
#define REGION_BYTES ((size_t)1 << 30)

void sim_answers_crowd(struct sim_answers *answers, struct fake_label label)
{
    if (answers->crowded[0] == '\0') {
        sim_tape_label(label, answers->crowded);
    }
}

static uint64_t answer(struct sim_answers *answers, uint64_t count, struct fake_label label)
{
    struct sim_alternative *alternative = answers->alternative;
    if (answers->choose != NULL) {
        return answers->choose(answers->ctx, count, label);
    }
    if (alternative == NULL) {
        return 0;
    }
    if (answers->asked == SIM_ANSWER_MAX) {
        sim_answers_crowd(answers, label);
        return 0;
    }
    assert(count <= UINT8_MAX);
    uint8_t at = answers->asked++;
    if (at >= answers->given) {
        alternative->answers[at] = 0;
    }
    alternative->counts[at] = (uint8_t)count;
    alternative->answer_count = answers->asked; /* whoever sees it when this breaks */
    return alternative->answers[at];
}

static uint64_t stepper_choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct sim_answers *answers = ctx;
    uint64_t chosen = answer(answers, count, label);
    if (answers->chosen != NULL) {
        answers->chosen(answers->ctx, label, count, chosen);
    }
    return chosen;
}

void sim_stepper_open(struct sim_stepper *stepper, const struct sim_scenario *scenario,
                      const struct sim_stepper_options *options)
{
    *stepper = (struct sim_stepper){
        .scenario = scenario,
        .answers = { .chooser = { .choose = stepper_choose, .ctx = &stepper->answers } },
    };
    sim_region_open(&stepper->region, REGION_BYTES);
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    stepper->world = sim_world_create(scenario);
    const struct sim_world_options begin = {
        .chooser = &stepper->answers.chooser,
        .mute = !options->keep,
        .keep = options->keep,
        .fill = options->fill,
    };
    (void)sim_world_begin(stepper->world, &begin);
    (void)fake_memory_set_source(source);
    stepper->printer = sim_fingerprinter_create(stepper->world, options->symmetry);
}

void *sim_stepper_open_subject(struct sim_stepper *stepper, const struct sim_subject *subject,
                               size_t size)
{
    *stepper = (struct sim_stepper){ .subject = subject };
    sim_region_open(&stepper->region, REGION_BYTES);
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    stepper->subject_ctx = fake_memory_alloc(size);
    (void)fake_memory_set_source(source);
    return stepper->subject_ctx;
}

/* The world goes with its region, but for what lies in arenas of its own. */
void sim_stepper_close(struct sim_stepper *stepper)
{
    sim_fingerprinter_destroy(stepper->printer);
    sim_map_release(&stepper->completed);
    if (stepper->world != NULL) {
        sim_arena_release(&stepper->world->arena);
    }
    sim_region_close(&stepper->region);
}

size_t sim_stepper_moves(struct sim_stepper *stepper, struct sim_move moves[SIM_MOVE_MAX])
{
    return stepper->subject != NULL ? stepper->subject->moves(stepper->subject_ctx, moves)
                                    : sim_moves(stepper->world, moves);
}

void sim_stepper_make(struct sim_stepper *stepper, const struct sim_move *moves,
                      struct sim_alternative *alternative)
{
    if (stepper->subject != NULL) {
        stepper->subject->make(stepper->subject_ctx, moves, alternative->move);
        return;
    }
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    stepper->answers.alternative = alternative;
    stepper->answers.given = alternative->answer_count;
    stepper->answers.asked = 0;
    sim_move_make(stepper->world, moves[alternative->move]);
    alternative->answer_count = stepper->answers.asked;
    stepper->answers.alternative = NULL;
    (void)fake_memory_set_source(source);
}

bool sim_alternative_next(struct sim_alternative *alternative, size_t move_count)
{
    while (alternative->answer_count > 0) {
        uint8_t last = (uint8_t)(alternative->answer_count - 1);
        if (alternative->answers[last] + 1 < alternative->counts[last]) {
            alternative->answers[last]++;
            return true;
        }
        alternative->answer_count = last;
    }
    alternative->move++;
    return alternative->move < move_count;
}

void sim_stepper_finish(struct sim_stepper *stepper)
{
    if (stepper->subject != NULL) {
        stepper->subject->finish(stepper->subject_ctx);
        return;
    }
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    stepper->answers.alternative = NULL;
    sim_world_finish(stepper->world);
    (void)fake_memory_set_source(source);
}

static bool was_completed(void *ctx)
{
    struct sim_stepper *stepper = ctx;
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    uint64_t fingerprint = sim_fingerprint(stepper->printer);
    bool known = sim_map_find(&stepper->completed, fingerprint) != SIM_NONE;
    if (!known && stepper->completed.count < COMPLETED_MAX) {
        sim_map_put(&stepper->completed, fingerprint, 0);
    }
    (void)fake_memory_set_source(source);
    return known;
}

void sim_stepper_complete(struct sim_stepper *stepper)
{
    if (stepper->subject != NULL) {
        sim_stepper_finish(stepper);
        return;
    }
    const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
    stepper->answers.alternative = NULL;
    sim_world_finish_unless(stepper->world, was_completed, stepper);
    (void)fake_memory_set_source(source);
}

void sim_stepper_look(struct sim_stepper *stepper)
{
    if (stepper->subject == NULL) {
        const struct fake_memory_source *source = fake_memory_set_source(&stepper->region.source);
        sim_world_compare(stepper->world);
        (void)fake_memory_set_source(source);
    }
}

uint64_t sim_stepper_fingerprint(struct sim_stepper *stepper)
{
    return stepper->subject != NULL ? stepper->subject->fingerprint(stepper->subject_ctx)
                                    : sim_fingerprint(stepper->printer);
}

const struct sim_violation *sim_stepper_violation(const struct sim_stepper *stepper)
{
    return stepper->subject != NULL ? stepper->subject->violation(stepper->subject_ctx)
                                    : sim_world_violation(stepper->world);
}
