/* Depth first: each worker's way is a stack of saved states; the first alternative of
 * each needs no restore. Who has nothing to do is given the lowest state of somebody
 * else's stack that has alternatives left. */
#include <assert.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/crew.h"
#include "sim/explore/frontier.h"
#include "sim/explore/lots.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"

/* A state on the stack. The alternative of it that is being gone is on the worker's way. */
struct frame {
    size_t saved; /* where in the store */
    size_t used;
    size_t moves; /* likewise, after that */
    size_t move_count;
    bool begun;
    bool given; /* to somebody else: nothing of it is left here */
};

struct depth {
    struct sim_crew *crew;
    struct sim_stepper *stepper;
    struct sim_visited *visited;
    struct sim_lots *lots;
    size_t base; /* moves of the way before the first frame */
    struct frame *frames;
    size_t frame_count;
    size_t frame_capacity;
    unsigned char *store; /* saved states and their moves, as a stack */
    size_t stored;
    size_t store_capacity;
    bool fresh; /* the world is in the state of the topmost frame */
};

/* What all workers of a search share. */
struct order {
    struct sim_visited visited;
    struct sim_lots lots;
    const struct sim_frontier *from; /* NULL: from the beginning */
    struct sim_frontier *left;       /* NULL: nobody wants to know */
};

static size_t aligned(size_t size)
{
    return (size + 63) / 64 * 64;
}

static struct sim_alternative *alternative_of(struct depth *depth, size_t index)
{
    return &depth->crew->self->way[depth->base + index];
}

/* --- the stack ----------------------------------------------------------------------------- */

/* Room for a frame. False: the way is longer than any that is kept. */
static struct frame *frame_add(struct depth *depth, size_t used, size_t move_count)
{
    size_t moves_at = depth->stored + aligned(used);
    size_t end = moves_at + aligned(move_count * sizeof(struct sim_move));
    if (depth->base + depth->frame_count == SIM_WAY_MAX) {
        sim_crew_stop(depth->crew, SIM_CREW_FULL);
        return NULL;
    }
    depth->store = sim_array_grow(depth->store, &depth->store_capacity, end, 1);
    depth->frames = sim_array_grow(depth->frames, &depth->frame_capacity, depth->frame_count + 1,
                                   sizeof(*depth->frames));
    struct frame *frame = &depth->frames[depth->frame_count];
    *frame = (struct frame){
        .saved = depth->stored, .used = used, .moves = moves_at, .move_count = move_count
    };
    *alternative_of(depth, depth->frame_count) = (struct sim_alternative){ .move = 0 };
    depth->frame_count++;
    depth->crew->self->way_count = depth->base + depth->frame_count;
    depth->stored = end;
    return frame;
}

static void push(struct depth *depth, const struct sim_move *moves, size_t move_count)
{
    struct sim_counts *counts = depth->crew->counts;
    size_t used = sim_region_used(&depth->stepper->region);
    struct frame *frame = frame_add(depth, used, move_count);
    if (frame == NULL) {
        return;
    }
    sim_region_save(&depth->stepper->region, depth->store + frame->saved);
    memcpy(depth->store + frame->moves, moves, move_count * sizeof(*moves));
    depth->fresh = true;
    counts->saved_bytes += used;
    counts->saved_count++;
    if (depth->base + depth->frame_count > counts->depth_max) {
        counts->depth_max = depth->base + depth->frame_count;
    }
}

static void pop(struct depth *depth)
{
    depth->frame_count--;
    depth->stored = depth->frames[depth->frame_count].saved;
    depth->crew->self->way_count = depth->base + depth->frame_count;
    depth->fresh = false;
}

static void restore(struct depth *depth, const struct frame *frame)
{
    if (!depth->fresh) {
        sim_region_restore(&depth->stepper->region, depth->store + frame->saved, frame->used);
    }
    depth->fresh = false;
}

/* --- handing over -------------------------------------------------------------------------- */

/* Give the lowest frame that has something left, the topmost excepted. */
static void give(struct depth *depth)
{
    for (size_t i = 0; i + 1 < depth->frame_count; i++) {
        struct frame *frame = &depth->frames[i];
        struct sim_alternative next = *alternative_of(depth, i);
        if (frame->given || !sim_alternative_next(&next, frame->move_count)) {
            continue;
        }
        const struct sim_lot lot = {
            .saved = depth->store + frame->saved,
            .used = frame->used,
            .moves = (const void *)(depth->store + frame->moves),
            .move_count = frame->move_count,
            .way = depth->crew->self->way,
            .way_count = depth->base + i + 1,
        };
        frame->given = sim_lots_put(depth->lots, &lot);
        return;
    }
}

/* The only frame is now what somebody gave. */
static void take(void *ctx, const struct sim_lot *lot)
{
    struct depth *depth = ctx;
    depth->base = lot->way_count - 1;
    memcpy(depth->crew->self->way, lot->way, depth->base * sizeof(*lot->way));
    struct frame *frame = frame_add(depth, lot->used, lot->move_count);
    if (frame == NULL) {
        return;
    }
    memcpy(depth->store + frame->saved, lot->saved, lot->used);
    memcpy(depth->store + frame->moves, lot->moves, lot->move_count * sizeof(*lot->moves));
    *alternative_of(depth, 0) = lot->way[depth->base];
    frame->begun = true;
    depth->fresh = false;
}

/* --- the search ------------------------------------------------------------------------------ */

/* A state from which everything can still get to its end (L1): where nothing can
 * happen any more, and, of the others, of a sample. */
static bool is_incomplete(struct depth *depth, uint64_t fingerprint, bool at_end)
{
    if (!at_end && !sim_is_completed(&depth->crew->watch.limits, fingerprint)) {
        return false;
    }
    depth->fresh = false;
    depth->crew->counts->end_count += at_end ? 1 : 0;
    depth->crew->counts->completed_count++;
    /* The frame that was just pushed has no alternative on the way yet. */
    size_t way_count = depth->crew->self->way_count;
    depth->crew->self->way_count -= at_end ? 0 : 1;
    sim_crew_complete(depth->crew);
    if (sim_crew_is_wrong(depth->crew, true)) {
        return true;
    }
    depth->crew->self->way_count = way_count;
    return false;
}

/* The world is in a state that was just reached. False: the search is over. */
static bool arrive(struct depth *depth)
{
    const struct sim_limits *limits = &depth->crew->watch.limits;
    struct sim_move moves[SIM_MOVE_MAX];
    if (sim_crew_is_wrong(depth->crew, false)) {
        return false;
    }
    uint64_t fingerprint = sim_stepper_fingerprint(depth->stepper);
    enum sim_visit visit = sim_visited_add(depth->visited, fingerprint);
    if (visit == SIM_VISIT_SEEN) {
        return true;
    }
    if (visit == SIM_VISIT_FULL) {
        sim_crew_stop(depth->crew, SIM_CREW_FULL);
        return false;
    }
    depth->crew->counts->state_count++;
    sim_stepper_look(depth->stepper);
    if (sim_crew_is_wrong(depth->crew, false)) {
        return false;
    }
    if (limits->reached != NULL) {
        limits->reached(limits->reached_ctx);
    }
    size_t move_count = sim_stepper_moves(depth->stepper, moves);
    if (move_count > 0) {
        push(depth, moves, move_count);
    }
    return !is_incomplete(depth, fingerprint, move_count == 0);
}

/* Make the next alternative of the topmost state that has one. False: this worker has
 * nothing left, or the search is over. */
static bool go_on(struct depth *depth)
{
    struct frame *frame = NULL;
    while (depth->frame_count > 0) {
        frame = &depth->frames[depth->frame_count - 1];
        struct sim_alternative *at = alternative_of(depth, depth->frame_count - 1);
        if (!frame->given && (!frame->begun || sim_alternative_next(at, frame->move_count))) {
            break;
        }
        pop(depth);
    }
    if (depth->frame_count == 0) {
        return false;
    }
    frame->begun = true;
    restore(depth, frame);
    sim_crew_make(depth->crew, (const void *)(depth->store + frame->moves));
    sim_crew_did(depth->crew);
    return arrive(depth);
}

static void go_through(struct depth *depth)
{
    while (!sim_crew_is_over(depth->crew) && go_on(depth)) {
        if (sim_lots_wanted(depth->lots)) {
            give(depth);
        }
    }
}

/* --- going on, and breaking off ----------------------------------------------------------------
 */

/* Go @stack's way once more, from the beginning. False: it is not one of this scenario's. */
static bool go_stack(struct depth *depth, const struct sim_stack *stack)
{
    struct sim_move moves[SIM_MOVE_MAX];
    depth->base = 0;
    for (size_t i = 0; i < stack->count; i++) {
        bool all_left = (stack->left[i] & SIM_LEFT_ALL) != 0;
        size_t move_count = sim_stepper_moves(depth->stepper, moves);
        uint64_t fingerprint = sim_stepper_fingerprint(depth->stepper);
        if (stack->way[i].move >= move_count || !sim_visited_has(depth->visited, fingerprint)) {
            return false;
        }
        push(depth, moves, move_count);
        struct frame *frame = &depth->frames[depth->frame_count - 1];
        frame->begun = !all_left;
        frame->given = stack->left[i] == SIM_LEFT_NOTHING;
        *alternative_of(depth, i) = stack->way[i];
        if (i + 1 < stack->count) {
            struct sim_alternative again = stack->way[i];
            sim_stepper_make(depth->stepper, moves, &again);
        }
        depth->fresh = i + 1 == stack->count && all_left;
    }
    return true;
}

static void go_on_from(struct depth *depth, const struct sim_frontier *from)
{
    struct sim_crew *crew = depth->crew;
    size_t used = sim_region_used(&depth->stepper->region);
    unsigned char *begun = fake_memory_grow(NULL, used, 1);
    sim_region_save(&depth->stepper->region, begun);
    while (!sim_crew_is_over(crew)) {
        uint64_t next = atomic_fetch_add(&crew->board->next, 1);
        if (next >= from->stack_count) {
            break;
        }
        sim_region_restore(&depth->stepper->region, begun, used);
        if (!go_stack(depth, &from->stacks[next])) {
            sim_crew_stop(crew, SIM_CREW_ASTRAY);
            break;
        }
        go_through(depth);
    }
    fake_memory_free(begun);
}

/* For who wants to know what is left. */
static void leave(struct depth *depth)
{
    struct sim_worker *self = depth->crew->self;
    memset(self->left, 0, depth->base * sizeof(*self->left));
    for (size_t i = 0; i < depth->frame_count; i++) {
        const struct frame *frame = &depth->frames[i];
        uint16_t left = (uint16_t)frame->move_count;
        left = frame->begun ? left : (uint16_t)(left | SIM_LEFT_ALL);
        self->left[depth->base + i] = frame->given ? SIM_LEFT_NOTHING : left;
    }
    self->has_left = true;
}

static void add_lot(void *ctx, const struct sim_lot *lot)
{
    uint16_t *left = fake_memory_alloc(lot->way_count * sizeof(*left));
    left[lot->way_count - 1] = (uint16_t)lot->move_count;
    sim_frontier_add(ctx, lot->way, left, lot->way_count);
    fake_memory_free(left);
}

static void add_seen(void *ctx, uint64_t fingerprint)
{
    sim_frontier_add_seen(ctx, fingerprint);
}

static void ended(const struct sim_crew *crew)
{
    const struct order *order = crew->arg;
    struct sim_frontier *left = order->left;
    int stop = crew->board->stop;
    if (left == NULL || stop == SIM_CREW_GOES_ON || stop == SIM_CREW_FAILED) {
        return;
    }
    /* Where the table was full, a state was reached that is in no list. */
    left->whole = stop == SIM_CREW_STOPPED || stop == SIM_CREW_LIMIT;
    for (unsigned i = 0; i < crew->worker_count; i++) {
        const struct sim_worker *worker = &crew->board->workers[i];
        left->whole = left->whole && worker->has_left;
        sim_frontier_add(left, worker->way, worker->left, worker->way_count);
    }
    sim_lots_each(&order->lots, add_lot, left);
    for (uint64_t i = crew->board->next; order->from != NULL && i < order->from->stack_count; i++) {
        const struct sim_stack *stack = &order->from->stacks[i];
        sim_frontier_add(left, stack->way, stack->left, stack->count);
    }
    sim_visited_each(&order->visited, add_seen, left);
}

static void body(struct sim_crew *crew)
{
    struct order *order = crew->arg;
    struct depth depth = {
        .crew = crew, .stepper = crew->stepper, .visited = &order->visited, .lots = &order->lots
    };
    sim_visited_join(depth.visited, crew->index);
    if (order->from != NULL) {
        go_on_from(&depth, order->from);
    } else if (crew->index == 0 && arrive(&depth)) {
        go_through(&depth);
    }
    while (sim_lots_wait(depth.lots, crew, take, &depth)) {
        go_through(&depth);
    }
    leave(&depth);
    fake_memory_free(depth.frames);
    fake_memory_free(depth.store);
}

/* What was counted and seen before. False: there is no room for it. */
static bool take_up(struct order *order, const struct sim_frontier *from)
{
    for (size_t i = 0; i < from->seen_count; i++) {
        if (sim_visited_add(&order->visited, from->seen[i]) == SIM_VISIT_FULL) {
            return false;
        }
    }
    order->from = from;
    return true;
}

static void add_counted(struct sim_searched *out, const struct sim_frontier *from)
{
    out->state_count += from->state_count;
    out->transition_count += from->transition_count;
    out->end_count += from->end_count;
    out->completed_count += from->completed_count;
}

void sim_search_depth(struct sim_stepper *stepper, const struct sim_limits *limits,
                      struct sim_searched *out)
{
    struct order order = { .left = limits->left };
    const struct sim_crew_task task = { .body = body, .ended = ended, .arg = &order };
    sim_visited_init(&order.visited, limits->byte_max);
    sim_lots_init(&order.lots, limits->job_count);
    *out = (struct sim_searched){ .complete = false };
    if (limits->from != NULL && !take_up(&order, limits->from)) {
        out->full = true;
    } else {
        enum sim_crew_stop stop = sim_crew_search(stepper, limits, &task, out);
        out->complete = stop == SIM_CREW_GOES_ON;
        out->astray = stop == SIM_CREW_ASTRAY;
    }
    if (limits->from != NULL) {
        add_counted(out, limits->from);
    }
    if (limits->left != NULL) {
        limits->left->state_count = out->state_count;
        limits->left->transition_count = out->transition_count;
        limits->left->end_count = out->end_count;
        limits->left->completed_count = out->completed_count;
    }
    sim_lots_release(&order.lots);
    sim_visited_release(&order.visited);
}
