#include "sim/explore/follow.h"

#include "sim/explore/tape_replay.h"

struct following {
    struct sim_world *world;
    const volatile sig_atomic_t *stop;
    const struct sim_tape_move *given; /* whose choices are made; NULL: all by default */
    size_t next_choice;
};

static uint64_t follow_choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct following *following = ctx;
    return sim_tape_answer(following->given, &following->next_choice, count, label);
}

static bool is_over(const struct following *following)
{
    struct sim_world *world = following->world;
    world->stopped = world->stopped || (following->stop != NULL && *following->stop != 0);
    return world->stopped || sim_world_violation(world) != NULL;
}

static void make(struct following *following, struct sim_move move,
                 const struct sim_tape_move *given)
{
    following->given = given;
    following->next_choice = 0;
    sim_move_make(following->world, move);
    following->given = NULL;
    sim_world_compare(following->world); /* as the searches do */
}

static void go_to(struct following *following, const struct sim_tape_move *wanted)
{
    struct sim_move moves[SIM_MOVE_MAX];
    for (size_t waited = 0; waited < SIM_WAIT_MAX && !is_over(following); waited++) {
        size_t count = sim_moves(following->world, moves);
        size_t found = sim_tape_find(following->world, moves, count, wanted);
        if (found < count) {
            make(following, moves[found], wanted);
            return;
        }
        if (count == 0) {
            return;
        }
        make(following, moves[0], NULL);
    }
}

static void follow(struct following *following, const struct sim_way_tape *tape)
{
    for (size_t i = 0; i < tape->count && !is_over(following); i++) {
        go_to(following, &tape->moves[i]);
    }
    if (!is_over(following)) {
        sim_world_finish(following->world);
    }
}

void sim_follow(struct sim_world *world, const struct sim_world_options *options,
                struct sim_run *out)
{
    if (!world->scenario->has_way) {
        sim_world_run(world, options, out);
        return;
    }
    struct following following = { .world = world, .stop = options->stop };
    const struct fake_chooser chooser = { .choose = follow_choose, .ctx = &following };
    struct sim_world_options along = *options;
    struct sim_way_tape tape;
    along.chooser = &chooser;
    sim_way_tape_of(world->scenario, &tape);
    if (sim_world_begin(world, &along)) {
        follow(&following, &tape);
    }
    sim_world_outcome(world, out);
    sim_way_tape_release(&tape);
}
