/* Depth first: the way is a stack of saved states; the first alternative of each needs
 * no restore. */
#include <assert.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/limits.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"

struct frame {
    size_t saved; /* where in the store */
    size_t used;
    size_t moves; /* likewise, after that */
    size_t move_count;
    bool begun;
    struct sim_alternative alternative; /* the one that is being gone */
};

struct depth {
    struct sim_stepper *stepper;
    struct sim_watch watch;
    struct sim_searched *out;
    struct sim_visited visited;
    struct frame *frames;
    size_t frame_count;
    size_t frame_capacity;
    unsigned char *store; /* saved states and their moves, as a stack */
    size_t stored;
    size_t store_capacity;
    bool fresh; /* the world is in the state of the topmost frame */
};

static size_t aligned(size_t size)
{
    return (size + 63) / 64 * 64;
}

static void push(struct depth *depth, const struct sim_move *moves, size_t move_count)
{
    size_t used = sim_region_used(&depth->stepper->region);
    size_t moves_at = depth->stored + aligned(used);
    size_t end = moves_at + aligned(move_count * sizeof(*moves));
    depth->store = sim_array_grow(depth->store, &depth->store_capacity, end, 1);
    depth->frames = sim_array_grow(depth->frames, &depth->frame_capacity, depth->frame_count + 1,
                                   sizeof(*depth->frames));
    sim_region_save(&depth->stepper->region, depth->store + depth->stored);
    memcpy(depth->store + moves_at, moves, move_count * sizeof(*moves));
    depth->frames[depth->frame_count++] = (struct frame){
        .saved = depth->stored, .used = used, .moves = moves_at, .move_count = move_count
    };
    depth->stored = end;
    depth->fresh = true;
    depth->out->saved_bytes += used;
    depth->out->saved_count++;
    if (depth->frame_count > depth->out->depth_max) {
        depth->out->depth_max = depth->frame_count;
    }
}

static void restore(struct depth *depth, const struct frame *frame)
{
    if (!depth->fresh) {
        sim_region_restore(&depth->stepper->region, depth->store + frame->saved, frame->used);
    }
    depth->fresh = false;
}

/* The way from the beginning to where the world is now. */
static void keep_way(struct depth *depth, bool finished)
{
    struct sim_way *way = &depth->out->way;
    for (size_t i = 0; i < depth->frame_count; i++) {
        way->at = sim_array_grow(way->at, &way->capacity, way->count + 1, sizeof(*way->at));
        way->at[way->count++] = depth->frames[i].alternative;
    }
    way->finished = finished;
    depth->out->violation = *sim_stepper_violation(depth->stepper);
}

static bool is_wrong(struct depth *depth, bool finished)
{
    if (sim_stepper_violation(depth->stepper) == NULL) {
        return false;
    }
    keep_way(depth, finished);
    return true;
}

/* A state from which everything can still get to its end (L1): where nothing can
 * happen any more, and, of the others, of a sample. */
static bool is_incomplete(struct depth *depth, uint64_t fingerprint, bool at_end)
{
    if (!at_end && fingerprint % SIM_COMPLETION_SAMPLE != 0) {
        return false;
    }
    depth->fresh = false;
    depth->out->end_count += at_end ? 1 : 0;
    depth->out->completed_count++;
    sim_stepper_finish(depth->stepper);
    return is_wrong(depth, true);
}

/* The world is in a state that was just reached. False: the search is over. */
static bool arrive(struct depth *depth)
{
    struct sim_move moves[SIM_MOVE_MAX];
    if (is_wrong(depth, false)) {
        return false;
    }
    uint64_t fingerprint = sim_stepper_fingerprint(depth->stepper);
    enum sim_visit visit = sim_visited_add(&depth->visited, fingerprint);
    if (visit == SIM_VISIT_SEEN) {
        return true;
    }
    depth->out->full = visit == SIM_VISIT_FULL;
    if (depth->out->full) {
        return false;
    }
    depth->out->state_count++;
    if (depth->watch.limits.reached != NULL) {
        depth->watch.limits.reached(depth->watch.limits.reached_ctx);
    }
    size_t move_count = sim_stepper_moves(depth->stepper, moves);
    if (move_count > 0) {
        push(depth, moves, move_count);
    }
    return !is_incomplete(depth, fingerprint, move_count == 0);
}

/* Make the next alternative of the topmost state that has one. False: the search is
 * over, or every state was seen. */
static bool go_on(struct depth *depth)
{
    struct frame *frame = NULL;
    while (depth->frame_count > 0) {
        frame = &depth->frames[depth->frame_count - 1];
        if (!frame->begun || sim_alternative_next(&frame->alternative, frame->move_count)) {
            break;
        }
        depth->stored = frame->saved;
        depth->frame_count--;
        depth->fresh = false;
    }
    if (depth->frame_count == 0) {
        depth->out->complete = true;
        return false;
    }
    frame->begun = true;
    restore(depth, frame);
    sim_stepper_make(depth->stepper, (const void *)(depth->store + frame->moves),
                     &frame->alternative);
    depth->out->transition_count++;
    return arrive(depth);
}

void sim_search_depth(struct sim_stepper *stepper, const struct sim_limits *limits,
                      struct sim_searched *out)
{
    struct depth depth = { .stepper = stepper, .out = out };
    *out = (struct sim_searched){ .complete = false };
    sim_watch_begin(&depth.watch, limits);
    sim_visited_init(&depth.visited, limits->byte_max);
    bool more = arrive(&depth);
    while (more && !sim_watch_is_over(&depth.watch, out->transition_count)) {
        more = go_on(&depth);
    }
    sim_visited_release(&depth.visited);
    fake_memory_free(depth.frames);
    fake_memory_free(depth.store);
}
