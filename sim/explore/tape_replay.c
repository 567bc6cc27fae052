#include "sim/explore/tape_replay.h"

#include <string.h>

#include "sim/story.h"

struct replaying {
    struct sim_stepper *stepper;
    const struct sim_replay *replay;
    struct sim_replayed *out;
    const struct sim_tape_move *given; /* whose choices are made; NULL: all by default */
    size_t next_choice;
    bool silent; /* only looking ahead */
};

uint64_t sim_tape_answer(const struct sim_tape_move *given, size_t *next, uint64_t count,
                         struct fake_label label)
{
    char text[SIM_MOVE_NAME_SIZE];
    if (given == NULL || *next == given->choice_count) {
        return 0;
    }
    sim_tape_label(label, text);
    for (size_t i = *next; i < given->choice_count; i++) {
        const struct sim_tape_choice *choice = &given->choices[i];
        if (strcmp(choice->label, text) == 0) {
            *next = i + 1;
            return choice->answer < count ? choice->answer : count - 1;
        }
    }
    return 0;
}

static uint64_t replay_choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct replaying *replaying = ctx;
    uint64_t answer = sim_tape_answer(replaying->given, &replaying->next_choice, count, label);
    if (!replaying->silent && replaying->replay->chosen != NULL) {
        const struct fake_memory_source *source = fake_memory_set_source(NULL);
        replaying->replay->chosen(replaying->replay->ctx, label, count, answer);
        (void)fake_memory_set_source(source);
    }
    return answer;
}

size_t sim_tape_find(struct sim_world *world, const struct sim_move *moves, size_t count,
                     const struct sim_tape_move *wanted)
{
    char name[SIM_MOVE_NAME_SIZE];
    size_t last = count;
    unsigned nth = 0;
    for (size_t i = 0; i < count; i++) {
        sim_move_name(world, moves[i], name);
        if (strcmp(name, wanted->name) == 0) {
            last = i;
            if (++nth == wanted->nth) {
                break;
            }
        }
    }
    return last;
}

static void make(struct replaying *replaying, struct sim_going *going)
{
    const struct sim_replay *replay = replaying->replay;
    struct sim_alternative alternative = { .move = (uint16_t)going->move };
    bool told = !replaying->silent;
    going->number = ++replaying->out->made_count;
    replaying->out->default_count += going->wanted == NULL ? 1 : 0;
    if (told && replay->before != NULL) {
        replay->before(replay->ctx, going);
    }
    replaying->given = going->wanted;
    replaying->next_choice = 0;
    sim_stepper_make(replaying->stepper, going->moves, &alternative);
    replaying->given = NULL;
    sim_stepper_look(replaying->stepper); /* as the searches do */
    if (told && replay->after != NULL) {
        replay->after(replay->ctx, going);
    }
}

static bool is_over(const struct replaying *replaying)
{
    size_t until = replaying->replay->until;
    return sim_stepper_violation(replaying->stepper) != NULL ||
           (until > 0 && replaying->out->made_count >= until);
}

/* How many moves by default it takes until @wanted can be made; SIM_WAIT_MAX: too many. */
static size_t look_ahead(struct replaying *replaying, const struct sim_tape_move *wanted)
{
    struct sim_stepper *stepper = replaying->stepper;
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_replayed counts = *replaying->out;
    size_t used = sim_region_used(&stepper->region);
    void *saved = fake_memory_alloc(used);
    size_t steps = 0;
    sim_region_save(&stepper->region, saved);
    replaying->silent = true;
    size_t count = sim_stepper_moves(stepper, moves);
    while (steps < SIM_WAIT_MAX && sim_tape_find(stepper->world, moves, count, wanted) == count) {
        if (count == 0 || sim_stepper_violation(stepper) != NULL) {
            steps = SIM_WAIT_MAX;
            break;
        }
        struct sim_going going = { .stepper = stepper, .moves = moves, .move_count = count };
        make(replaying, &going);
        steps++;
        count = sim_stepper_moves(stepper, moves);
    }
    replaying->silent = false;
    sim_region_restore(&stepper->region, saved, used);
    fake_memory_free(saved);
    *replaying->out = counts;
    return steps;
}

static void replay_move(struct replaying *replaying, const struct sim_tape_move *wanted)
{
    struct sim_stepper *stepper = replaying->stepper;
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_going going = { .stepper = stepper, .moves = moves };
    going.move_count = sim_stepper_moves(stepper, moves);
    size_t found = sim_tape_find(stepper->world, moves, going.move_count, wanted);
    size_t wait = found == going.move_count ? look_ahead(replaying, wanted) : 0;
    if (wait == SIM_WAIT_MAX) {
        going.wanted = wanted;
        going.number = replaying->out->made_count + 1;
        replaying->out->missing_count++;
        if (replaying->replay->missed != NULL) {
            replaying->replay->missed(replaying->replay->ctx, &going);
        }
        return;
    }
    for (size_t i = 0; i < wait && !is_over(replaying); i++) {
        going.move = 0;
        make(replaying, &going);
        going.move_count = sim_stepper_moves(stepper, moves);
    }
    if (!is_over(replaying)) {
        going.move = sim_tape_find(stepper->world, moves, going.move_count, wanted);
        going.wanted = wanted;
        make(replaying, &going);
    }
}

void sim_way_tape_replay(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                         const struct sim_replay *replay, struct sim_replayed *out)
{
    const struct sim_stepper_options options = { .keep = replay->keep, .fill = 0xAA };
    struct sim_stepper stepper;
    struct replaying replaying = { .stepper = &stepper, .replay = replay, .out = out };
    *out = (struct sim_replayed){ .made_count = 0 };
    sim_stepper_open(&stepper, scenario, &options);
    stepper.answers.choose = replay_choose;
    stepper.answers.ctx = &replaying;
    for (size_t i = 0; i < tape->count && !is_over(&replaying); i++) {
        if (!tape->moves[i].left_out) {
            replay_move(&replaying, &tape->moves[i]);
        }
    }
    if (replay->ended != NULL) {
        replay->ended(replay->ctx, &stepper);
    }
    if ((tape->finished || replay->finish) && !is_over(&replaying)) {
        sim_stepper_finish(&stepper);
        if (replay->finished != NULL) {
            replay->finished(replay->ctx, &stepper);
        }
    }
    if (sim_stepper_violation(&stepper) != NULL) {
        out->violation = *sim_stepper_violation(&stepper);
    }
    if (replay->keep) {
        out->story = sim_story_tell(sim_world_trace(stepper.world), out->violation.subject);
    }
    sim_stepper_close(&stepper);
}
