/* Breadth first: for the shortest way to a violation. One worker, whatever it is given:
 * its states lie in its own memory. */
#include <string.h>

#include "sim/array.h"
#include "sim/explore/crew.h"
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
    struct sim_crew *crew;
    struct sim_stepper *stepper;
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

/* The worker's way is the one to the node @index, and one more alternative. False: that
 * is longer than any that is kept. */
static bool begin_way(struct breadth *breadth, size_t index)
{
    struct sim_worker *self = breadth->crew->self;
    size_t count = 1;
    for (size_t at = index; breadth->nodes[at].parent != NO_PARENT;
         at = breadth->nodes[at].parent) {
        count++;
    }
    if (count > SIM_WAY_MAX) {
        sim_crew_stop(breadth->crew, SIM_CREW_FULL);
        return false;
    }
    self->way_count = count;
    self->way[--count] = (struct sim_alternative){ .move = 0 };
    for (size_t at = index; count > 0; at = breadth->nodes[at].parent) {
        self->way[--count] = breadth->nodes[at].alternative;
    }
    return true;
}

/* The world was just brought to a state by the last of the way. False: that is a
 * violation, or there is no room for it. */
static bool arrive(struct breadth *breadth, size_t parent)
{
    struct sim_crew *crew = breadth->crew;
    const struct sim_worker *self = crew->self;
    struct sim_move moves[SIM_MOVE_MAX];
    if (sim_crew_is_wrong(crew, false)) {
        return false;
    }
    uint64_t fingerprint = sim_stepper_fingerprint(breadth->stepper);
    enum sim_visit visit = sim_visited_add(&breadth->visited, fingerprint);
    if (visit == SIM_VISIT_SEEN) {
        return true;
    }
    if (visit == SIM_VISIT_FULL || breadth->bytes > crew->watch.limits.byte_max) {
        sim_crew_stop(crew, SIM_CREW_FULL);
        return false;
    }
    crew->counts->state_count++;
    sim_stepper_look(breadth->stepper);
    if (sim_crew_is_wrong(crew, false)) {
        return false;
    }
    bool at_end = sim_stepper_moves(breadth->stepper, moves) == 0;
    if (!at_end) {
        add(breadth, parent, parent != NO_PARENT ? &self->way[self->way_count - 1] : NULL);
    }
    if (at_end || sim_is_completed(&crew->watch.limits, fingerprint)) {
        sim_crew_complete(crew);
        return !sim_crew_is_wrong(crew, true);
    }
    return true;
}

/* All that can happen in a state. False: the search is over. */
static bool expand(struct breadth *breadth, size_t index)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_worker *self = breadth->crew->self;
    unsigned char *saved = breadth->nodes[index].saved;
    size_t used = breadth->nodes[index].used;
    bool more = begin_way(breadth, index);
    sim_region_restore(&breadth->stepper->region, saved, used);
    size_t move_count = sim_stepper_moves(breadth->stepper, moves);
    while (more) {
        sim_region_restore(&breadth->stepper->region, saved, used);
        sim_crew_make(breadth->crew, moves);
        sim_crew_did(breadth->crew);
        more = arrive(breadth, index);
        if (more && !sim_alternative_next(&self->way[self->way_count - 1], move_count)) {
            break;
        }
    }
    fake_memory_free(saved);
    breadth->nodes[index].saved = NULL;
    breadth->bytes -= used;
    return more;
}

static void body(struct sim_crew *crew)
{
    struct breadth breadth = { .crew = crew, .stepper = crew->stepper };
    sim_visited_init(&breadth.visited, crew->watch.limits.byte_max);
    bool more = arrive(&breadth, NO_PARENT);
    for (size_t next = 0; more && next < breadth.node_count && !sim_crew_is_over(crew); next++) {
        more = expand(&breadth, next);
    }
    for (size_t i = 0; i < breadth.node_count; i++) {
        fake_memory_free(breadth.nodes[i].saved);
    }
    fake_memory_free(breadth.nodes);
    sim_visited_release(&breadth.visited);
}

void sim_search_breadth(struct sim_stepper *stepper, const struct sim_limits *limits,
                        struct sim_searched *out)
{
    struct sim_limits alone = *limits;
    alone.job_count = limits->job_count > 0 ? 1 : 0;
    const struct sim_crew_task task = { .body = body };
    out->complete = sim_crew_search(stepper, &alone, &task, out) == SIM_CREW_GOES_ON;
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
