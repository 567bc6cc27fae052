/* Random walks: each from the beginning until nothing can happen any more. Distinct
 * states are counted, and how many there are in all is estimated from how many were
 * met in one walk only and in just two (Chao 1984, a lower bound). */
#include <assert.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"
#include "sim/hash.h"

#define STEP_MAX 100000 /* of a walk; then it goes on by default */
#define TIMES 3

struct walker {
    struct sim_stepper *stepper;
    struct sim_searched *out;
    struct sim_visited met[TIMES]; /* states that were met once, twice, three times */
    uint64_t state;                /* of the source of chance */
    struct sim_alternative *alternative;
};

static uint64_t below(struct walker *walker, uint64_t count)
{
    walker->state += UINT64_C(0x9e3779b97f4a7c15);
    /* The bias is below 2^-50 for the few alternatives that there are. */
    return sim_hash_finish(walker->state) % count;
}

static uint64_t choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct walker *walker = ctx;
    struct sim_alternative *alternative = walker->alternative;
    (void)label;
    if (alternative == NULL) {
        return 0;
    }
    assert(alternative->answer_count < SIM_ANSWER_MAX && count <= UINT8_MAX);
    uint8_t at = alternative->answer_count++;
    alternative->counts[at] = (uint8_t)count;
    alternative->answers[at] = (uint8_t)below(walker, count);
    return alternative->answers[at];
}

/* False: there is no room for more. */
static bool meet(struct walker *walker)
{
    uint64_t fingerprint = sim_stepper_fingerprint(walker->stepper);
    for (size_t i = 0; i < TIMES; i++) {
        enum sim_visit visit = sim_visited_add(&walker->met[i], fingerprint);
        if (visit != SIM_VISIT_SEEN) {
            return visit == SIM_VISIT_NEW;
        }
    }
    return true;
}

static bool is_wrong(struct walker *walker, bool finished)
{
    if (sim_stepper_violation(walker->stepper) == NULL) {
        return false;
    }
    walker->out->way.finished = finished;
    walker->out->violation = *sim_stepper_violation(walker->stepper);
    return true;
}

/* False: the search is over. */
static bool walk(struct walker *walker)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_way *way = &walker->out->way;
    size_t move_count;
    way->count = 0;
    while ((move_count = sim_stepper_moves(walker->stepper, moves)) > 0 && way->count < STEP_MAX) {
        way->at = sim_array_grow(way->at, &way->capacity, way->count + 1, sizeof(*way->at));
        struct sim_alternative *alternative = &way->at[way->count++];
        struct sim_alternative made = { .move = (uint16_t)below(walker, move_count) };
        struct sim_alternative asked = made;
        walker->alternative = &asked;
        sim_stepper_make(walker->stepper, moves, &made);
        walker->alternative = NULL;
        *alternative = asked;
        walker->out->transition_count++;
        if (is_wrong(walker, false)) {
            return false;
        }
        if (!meet(walker)) {
            walker->out->full = true;
            return false;
        }
    }
    if (way->count > walker->out->depth_max) {
        walker->out->depth_max = way->count;
    }
    walker->out->end_count += move_count == 0 ? 1 : 0;
    walker->out->completed_count++;
    sim_stepper_finish(walker->stepper);
    return !is_wrong(walker, true);
}

static uint64_t estimate(const struct walker *walker)
{
    uint64_t all = walker->met[0].count;
    uint64_t twice = walker->met[1].count;
    uint64_t thrice = walker->met[2].count;
    uint64_t once_only = all - twice;
    uint64_t twice_only = twice - thrice;
    if (once_only > UINT32_MAX) {
        return UINT64_MAX;
    }
    return all + once_only * (once_only > 0 ? once_only - 1 : 0) / (2 * (twice_only + 1));
}

void sim_search_random(struct sim_stepper *stepper, const struct sim_limits *limits, uint64_t seed,
                       struct sim_searched *out)
{
    struct walker walker = { .stepper = stepper, .out = out, .state = sim_hash_finish(seed) };
    struct sim_watch watch;
    size_t used = sim_region_used(&stepper->region);
    void *beginning = fake_memory_alloc(used);
    bool more = true;
    *out = (struct sim_searched){ .complete = false };
    sim_region_save(&stepper->region, beginning);
    for (size_t i = 0; i < TIMES; i++) {
        sim_visited_init(&walker.met[i], limits->byte_max / TIMES);
    }
    sim_watch_begin(&watch, limits);
    stepper->answers.choose = choose;
    stepper->answers.ctx = &walker;
    (void)meet(&walker);
    while (more && !sim_watch_is_over(&watch, out->walk_count)) {
        more = walk(&walker);
        out->walk_count++;
        if (more) {
            sim_region_restore(&stepper->region, beginning, used);
        }
    }
    stepper->answers.choose = NULL;
    if (out->violation.invariant[0] == '\0') {
        out->way.count = 0;
    }
    out->state_count = walker.met[0].count;
    out->estimate = estimate(&walker);
    for (size_t i = 0; i < TIMES; i++) {
        sim_visited_release(&walker.met[i]);
    }
    fake_memory_free(beginning);
}
