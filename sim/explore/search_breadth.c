/* Breadth first: for the shortest way to a violation. */
#include <string.h>

#include "sim/array.h"
#include "sim/explore/search.h"
#include "sim/explore/table.h"

#define NO_PARENT SIZE_MAX

/* A state that was reached, and how. */
struct node {
    size_t parent;
    struct sim_alternative alternative; /* from there */
    unsigned char *saved;               /* NULL: it is done */
    size_t used;
};

struct breadth {
    struct sim_stepper *stepper;
    struct sim_searched *out;
    struct sim_visited visited;
    struct node *nodes;
    size_t node_count;
    size_t node_capacity;
    size_t bytes; /* of saved states */
};

static void add(struct breadth *breadth, size_t parent, const struct sim_alternative *alternative)
{
    size_t used = sim_region_used(&breadth->stepper->region);
    breadth->nodes = sim_array_grow(breadth->nodes, &breadth->node_capacity,
                                    breadth->node_count + 1, sizeof(*breadth->nodes));
    struct node *node = &breadth->nodes[breadth->node_count++];
    *node =
        (struct node){ .parent = parent, .saved = fake_memory_grow(NULL, used, 1), .used = used };
    if (alternative != NULL) {
        node->alternative = *alternative;
    }
    sim_region_save(&breadth->stepper->region, node->saved);
    breadth->bytes += used;
}

static void keep_way(struct breadth *breadth, size_t parent,
                     const struct sim_alternative *alternative, bool finished)
{
    struct sim_way *way = &breadth->out->way;
    size_t count = alternative != NULL ? 1 : 0;
    for (size_t at = parent; at != NO_PARENT && breadth->nodes[at].parent != NO_PARENT;
         at = breadth->nodes[at].parent) {
        count++;
    }
    way->at = sim_array_grow(NULL, &way->capacity, count, sizeof(*way->at));
    way->count = count;
    if (alternative != NULL) {
        way->at[--count] = *alternative;
    }
    for (size_t at = parent; count > 0; at = breadth->nodes[at].parent) {
        way->at[--count] = breadth->nodes[at].alternative;
    }
    way->finished = finished;
    breadth->out->violation = *sim_stepper_violation(breadth->stepper);
}

/* The world was just brought to a state. False: that is a violation, or there is no
 * room for it. */
static bool arrive(struct breadth *breadth, size_t parent,
                   const struct sim_alternative *alternative, const struct sim_limits *limits)
{
    struct sim_move moves[SIM_MOVE_MAX];
    if (sim_stepper_violation(breadth->stepper) != NULL) {
        keep_way(breadth, parent, alternative, false);
        return false;
    }
    uint64_t fingerprint = sim_stepper_fingerprint(breadth->stepper);
    enum sim_visit visit = sim_visited_add(&breadth->visited, fingerprint);
    if (visit == SIM_VISIT_SEEN) {
        return true;
    }
    breadth->out->full = visit == SIM_VISIT_FULL || breadth->bytes > limits->byte_max;
    if (breadth->out->full) {
        return false;
    }
    breadth->out->state_count++;
    bool at_end = sim_stepper_moves(breadth->stepper, moves) == 0;
    if (!at_end) {
        add(breadth, parent, alternative);
    }
    if (at_end || fingerprint % SIM_COMPLETION_SAMPLE == 0) {
        sim_stepper_finish(breadth->stepper);
        if (sim_stepper_violation(breadth->stepper) != NULL) {
            keep_way(breadth, parent, alternative, true);
            return false;
        }
    }
    return true;
}

/* All that can happen in a state. False: the search is over. */
static bool expand(struct breadth *breadth, size_t index, const struct sim_limits *limits)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_alternative alternative = { .move = 0 };
    struct node *node = &breadth->nodes[index];
    unsigned char *saved = node->saved;
    size_t used = node->used;
    bool more = true;
    sim_region_restore(&breadth->stepper->region, saved, used);
    size_t move_count = sim_stepper_moves(breadth->stepper, moves);
    do {
        sim_region_restore(&breadth->stepper->region, saved, used);
        sim_stepper_make(breadth->stepper, moves, &alternative);
        breadth->out->transition_count++;
        more = arrive(breadth, index, &alternative, limits);
    } while (more && sim_alternative_next(&alternative, move_count));
    fake_memory_free(saved);
    breadth->nodes[index].saved = NULL;
    breadth->bytes -= used;
    return more;
}

void sim_search_breadth(struct sim_stepper *stepper, const struct sim_limits *limits,
                        struct sim_searched *out)
{
    struct breadth breadth = { .stepper = stepper, .out = out };
    struct sim_watch watch;
    *out = (struct sim_searched){ .complete = false };
    sim_watch_begin(&watch, limits);
    sim_visited_init(&breadth.visited, limits->byte_max);
    bool more = arrive(&breadth, NO_PARENT, NULL, limits);
    size_t next = 0;
    for (; more && next < breadth.node_count; next++) {
        more = expand(&breadth, next, limits) && !sim_watch_is_over(&watch, out->transition_count);
    }
    out->complete = more && next == breadth.node_count;
    for (size_t i = 0; i < breadth.node_count; i++) {
        fake_memory_free(breadth.nodes[i].saved);
    }
    fake_memory_free(breadth.nodes);
    sim_visited_release(&breadth.visited);
}

void sim_way_release(struct sim_way *way)
{
    fake_memory_free(way->at);
    *way = (struct sim_way){ .at = NULL };
}

void sim_searched_release(struct sim_searched *searched)
{
    sim_way_release(&searched->way);
}
