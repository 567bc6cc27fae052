/* Random walks: each from the beginning until nothing can happen any more. What was
 * made once is remembered, and not made again (recall.h). Distinct states are counted,
 * and how many there are in all is estimated from how many were met once only and just
 * twice (Chao 1984, a lower bound).
 *
 * Walks are dealt out in packs, and a pack remembers nothing of others: so a walk is the
 * same whoever goes it. */
#include <assert.h>
#include <string.h>

#include "sim/explore/crew.h"
#include "sim/explore/recall.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"
#include "sim/hash.h"

#define STEP_MAX 100000 /* of a walk; then it goes on by default */
#define PACK_WALKS UINT64_C(65536)

/* What all workers of a search share. */
struct order {
    struct sim_visited met;
    uint64_t seed;
    size_t recall_bytes; /* for each of them */
    uint64_t first;      /* number of the first walk */
    uint64_t next;       /* all before that one were gone */
};

struct walker {
    struct sim_crew *crew;
    struct sim_stepper *stepper;
    struct order *order;
    struct sim_recall recall;
    uint64_t chance;      /* state of its source */
    uint32_t at;          /* the state that it is in; SIM_NONE: only the world knows */
    bool world_is_there;  /* the world is in that state, too */
    size_t step_count;    /* of the walk */
    unsigned char *begun; /* the world at the beginning */
    size_t begun_used;
};

static uint64_t below(struct walker *walker, uint64_t count)
{
    walker->chance += UINT64_C(0x9e3779b97f4a7c15);
    /* The bias is below 2^-22 for the few alternatives that there are. */
    return (sim_hash_finish(walker->chance) >> 32) * count >> 32;
}

/* Answers that were drawn before the move had to be made come first. */
static uint64_t choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct walker *walker = ctx;
    struct sim_answers *answers = &walker->stepper->answers;
    struct sim_alternative *alternative = answers->alternative;
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
        alternative->answers[at] = (uint8_t)below(walker, count);
    }
    alternative->counts[at] = (uint8_t)count;
    alternative->answer_count = answers->asked;
    return alternative->answers[at];
}

/* --- where the walker is -------------------------------------------------------------------- */

/* The way on the board is the one on which the state @index was met first, and @more
 * alternatives after that. False: that is longer than any that is kept. */
static bool way_to(struct walker *walker, uint32_t index, size_t more)
{
    struct sim_worker *self = walker->crew->self;
    const struct sim_recalled *states = walker->recall.at;
    size_t count = states[index].depth + more;
    if (count > SIM_WAY_MAX) {
        sim_crew_stop(walker->crew, SIM_CREW_FULL);
        return false;
    }
    self->way_count = count;
    for (uint32_t at = index; states[at].parent != SIM_NONE; at = states[at].parent) {
        self->way[states[at].depth - 1] = states[at].alternative;
    }
    return true;
}

/* Bring the world to the state that the walker is in. */
static void bring_world(struct walker *walker)
{
    if (walker->at != SIM_NONE && !walker->world_is_there) {
        const struct sim_recalled *state = &walker->recall.at[walker->at];
        sim_region_restore(&walker->stepper->region, state->saved, state->used);
        walker->world_is_there = true;
    }
}

/* The walker is in a state with @fingerprint. False: there is no room for it. */
static bool meet(struct walker *walker, uint64_t fingerprint)
{
    struct sim_recalled *state = walker->at != SIM_NONE ? &walker->recall.at[walker->at] : NULL;
    if (state != NULL && state->counted) {
        return true;
    }
    unsigned times = sim_visited_meet(&walker->order->met, fingerprint);
    if (times == 0) {
        sim_crew_stop(walker->crew, SIM_CREW_FULL);
    } else if (state != NULL) {
        state->counted = times == SIM_VISITED_MEET_MAX;
    }
    return times != 0;
}

/* The world is in a state that it was just brought to from @from: remember that. */
static bool arrive(struct walker *walker, uint32_t from)
{
    struct sim_worker *self = walker->crew->self;
    struct sim_recall *recall = &walker->recall;
    struct sim_move moves[SIM_MOVE_MAX];
    uint64_t fingerprint = sim_stepper_fingerprint(walker->stepper);
    uint32_t to = sim_recall_find(recall, fingerprint);
    walker->world_is_there = to == SIM_NONE;
    if (to == SIM_NONE) {
        size_t move_count = sim_stepper_moves(walker->stepper, moves);
        to = sim_recall_add(recall, walker->stepper, fingerprint, moves, move_count);
        if (to != SIM_NONE && from != SIM_NONE) {
            recall->at[to].parent = from;
            recall->at[to].depth = recall->at[from].depth + 1;
            recall->at[to].alternative = self->way[self->way_count - 1];
        }
    }
    if (from != SIM_NONE && to != SIM_NONE) {
        sim_recall_made(recall, from, &self->way[self->way_count - 1], to);
    }
    walker->at = to;
    return meet(walker, fingerprint);
}

/* --- a walk ----------------------------------------------------------------------------------- */

/* Draw the answers that are known to be asked for in @alternative's move; returns where
 * that leads: SIM_NONE: that is not known. */
static uint32_t draw_known(struct walker *walker, struct sim_alternative *alternative)
{
    uint64_t key = sim_recall_move(walker->at, alternative->move);
    struct sim_outcome_known known = sim_recall_outcome(&walker->recall, key);
    while (known.choice != 0) {
        uint8_t answer = (uint8_t)below(walker, known.choice);
        alternative->counts[alternative->answer_count] = (uint8_t)known.choice;
        alternative->answers[alternative->answer_count++] = answer;
        key = sim_recall_answer(key, answer);
        known = sim_recall_outcome(&walker->recall, key);
    }
    return known.state;
}

/* Make @alternative, one of @moves. False: the search is over. */
static bool make(struct walker *walker, const struct sim_move *moves,
                 const struct sim_alternative *alternative)
{
    struct sim_worker *self = walker->crew->self;
    uint32_t from = walker->at;
    if (from != SIM_NONE) {
        if (!way_to(walker, from, 1)) {
            return false;
        }
    } else if (self->way_count < SIM_WAY_MAX) {
        self->way_count++;
    } else {
        sim_crew_stop(walker->crew, SIM_CREW_FULL);
        return false;
    }
    self->way[self->way_count - 1] = *alternative;
    bring_world(walker);
    sim_crew_make(walker->crew, moves);
    return !sim_crew_is_wrong(walker->crew, false) && arrive(walker, from);
}

/* One move, made or remembered. @more: there was one. False: the search is over. */
static bool step(struct walker *walker, bool *more)
{
    struct sim_move here[SIM_MOVE_MAX];
    const struct sim_move *moves = here;
    size_t move_count;
    if (walker->at != SIM_NONE) {
        moves = walker->recall.at[walker->at].moves;
        move_count = walker->recall.at[walker->at].move_count;
    } else {
        move_count = sim_stepper_moves(walker->stepper, here);
    }
    *more = move_count > 0 && walker->step_count < STEP_MAX;
    if (!*more) {
        return true;
    }
    struct sim_alternative alternative = { .move = (uint16_t)below(walker, move_count) };
    walker->step_count++;
    uint32_t to = walker->at != SIM_NONE ? draw_known(walker, &alternative) : SIM_NONE;
    if (to == SIM_NONE) {
        return make(walker, moves, &alternative);
    }
    walker->at = to;
    walker->world_is_there = false;
    walker->crew->counts->transition_count++;
    walker->crew->counts->recalled_count++;
    return meet(walker, walker->recall.at[to].fingerprint);
}

/* From where it is by default to the end; once is enough for each state. */
static bool finish(struct walker *walker)
{
    if (walker->at != SIM_NONE) {
        struct sim_recalled *state = &walker->recall.at[walker->at];
        if (state->completed) {
            return true;
        }
        state->completed = true;
        if (!way_to(walker, walker->at, 0)) {
            return false;
        }
    }
    bring_world(walker);
    walker->world_is_there = false;
    walker->crew->counts->completed_count++;
    sim_crew_finish(walker->crew);
    return !sim_crew_is_wrong(walker->crew, true);
}

/* False: the search is over. */
static bool walk(struct walker *walker, uint64_t number)
{
    struct sim_counts *counts = walker->crew->counts;
    bool more = true;
    walker->chance = sim_hash_finish(walker->order->seed ^ sim_hash_finish(number));
    walker->step_count = 0;
    walker->crew->self->way_count = 0;
    walker->at = walker->recall.count > 0 ? 0 : SIM_NONE;
    walker->world_is_there = false;
    if (walker->at == SIM_NONE) {
        sim_region_restore(&walker->stepper->region, walker->begun, walker->begun_used);
        if (!arrive(walker, SIM_NONE)) {
            return false;
        }
    } else if (!meet(walker, walker->recall.at[0].fingerprint)) {
        return false;
    }
    while (more) {
        if (!step(walker, &more)) {
            return false;
        }
    }
    counts->walk_count++;
    counts->end_count += walker->step_count < STEP_MAX ? 1 : 0;
    counts->depth_max =
        walker->step_count > counts->depth_max ? walker->step_count : counts->depth_max;
    return finish(walker);
}

static uint64_t pack_first(const struct order *order, uint64_t pack)
{
    return order->first + pack * PACK_WALKS;
}

/* Before what is being gone, and before what nobody has begun, all was gone. */
static void ended(const struct sim_crew *crew)
{
    struct order *order = crew->arg;
    order->next = pack_first(order, crew->board->next);
    for (unsigned i = 0; i < crew->worker_count; i++) {
        uint64_t number = crew->board->workers[i].number;
        order->next = number < order->next ? number : order->next;
    }
}

static void body(struct sim_crew *crew)
{
    struct order *order = crew->arg;
    struct walker walker = { .crew = crew, .stepper = crew->stepper, .order = order };
    uint64_t count = crew->watch.limits.transition_max;
    uint64_t end = count != 0 && count < UINT64_MAX - order->first ? order->first + count : 0;
    bool more = true;
    walker.begun_used = sim_region_used(&crew->stepper->region);
    walker.begun = fake_memory_grow(NULL, walker.begun_used, 1);
    sim_region_save(&crew->stepper->region, walker.begun);
    sim_visited_join(&order->met, crew->index);
    crew->stepper->answers.choose = choose;
    crew->stepper->answers.ctx = &walker;
    while (more) {
        uint64_t number = pack_first(order, atomic_fetch_add(&crew->board->next, 1));
        uint64_t last = number + PACK_WALKS;
        last = end != 0 && end < last ? end : last;
        sim_recall_init(&walker.recall, order->recall_bytes);
        more = number < last;
        crew->self->number = more ? number : UINT64_MAX;
        for (; more && number < last; number++) {
            crew->self->number = number;
            more = !sim_crew_is_over(crew) && walk(&walker, number);
            sim_crew_did(crew);
        }
        crew->self->number = more ? UINT64_MAX : crew->self->number;
        sim_recall_release(&walker.recall);
    }
    crew->stepper->answers.choose = NULL;
    fake_memory_free(walker.begun);
}

/* --- what it comes to --------------------------------------------------------------------------
 */

struct times {
    uint64_t once;
    uint64_t twice;
};

static void count_times(void *ctx, uint64_t met)
{
    struct times *times = ctx;
    times->once += (met & SIM_VISITED_MEET_MAX) == 1 ? 1 : 0;
    times->twice += (met & SIM_VISITED_MEET_MAX) == 2 ? 1 : 0;
}

static uint64_t estimate(const struct sim_visited *met)
{
    struct times times = { .once = 0 };
    sim_visited_each(met, count_times, &times);
    if (times.once > UINT32_MAX) {
        return UINT64_MAX;
    }
    return sim_visited_count(met) +
           times.once * (times.once > 0 ? times.once - 1 : 0) / (2 * (times.twice + 1));
}

void sim_search_random(struct sim_stepper *stepper, const struct sim_limits *limits, uint64_t seed,
                       struct sim_searched *out)
{
    struct order order = { .seed = sim_hash_finish(seed), .first = limits->first_walk };
    order.recall_bytes = limits->byte_max / 2 / (limits->job_count > 0 ? limits->job_count : 1);
    sim_visited_init(&order.met, limits->byte_max / 2);
    const struct sim_crew_task task = { .body = body, .ended = ended, .arg = &order };
    (void)sim_crew_search(stepper, limits, &task, out);
    out->state_count = sim_visited_count(&order.met);
    out->estimate = estimate(&order.met);
    out->next_walk = order.next;
    sim_visited_release(&order.met);
}
