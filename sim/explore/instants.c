#include "sim/explore/instants.h"

uint64_t sim_thing_duration_ns(const struct sim_thing *thing, const struct sim_durations *durations)
{
    if (thing->kind == SIM_THING_STRAND) {
        return durations->strand_ns;
    }
    return thing->setting == SIM_SETTING_NONE ? thing->duration_ns : durations->ns[thing->setting];
}

/* @to is @gap later than @from at least. True: that moved it. */
static bool keep_apart(int64_t *instants, uint32_t from, uint32_t to, int64_t gap)
{
    if (instants[to] >= instants[from] + gap) {
        return false;
    }
    instants[to] = instants[from] + gap;
    return true;
}

/* What runs for a fixed time fires just then; what is called off, or still to come at the
 * end, would have fired later. */
static bool keep_time(const struct sim_order *order, const struct sim_thing *thing,
                      int64_t duration, int64_t gap, int64_t *instants)
{
    if (thing->fired != SIM_NEVER) {
        bool later = keep_apart(instants, thing->made, thing->fired, duration);
        return keep_apart(instants, thing->fired, thing->made, -duration) || later;
    }
    uint32_t until = thing->off != SIM_NEVER ? thing->off : order->move_count;
    return keep_apart(instants, until, thing->made, gap - duration);
}

static bool pass(const struct sim_order *order, const struct sim_durations *durations, int64_t gap,
                 int64_t *instants)
{
    bool moved = false;
    for (uint32_t i = 1; i <= order->move_count; i++) {
        moved = keep_apart(instants, i - 1, i, order->passes[i] ? 0 : gap) || moved;
    }
    for (size_t i = 0; i < order->thing_count; i++) {
        const struct sim_thing *thing = &order->things[i];
        if (thing->kind == SIM_THING_TIMER || thing->kind == SIM_THING_STRAND) {
            int64_t duration = (int64_t)sim_thing_duration_ns(thing, durations);
            moved = keep_time(order, thing, duration, gap, instants) || moved;
        }
    }
    return moved;
}

bool sim_instants_find(const struct sim_order *order, const struct sim_durations *durations,
                       uint64_t gap_ns, int64_t *instants)
{
    for (uint32_t i = 0; i <= order->move_count; i++) {
        instants[i] = 0;
    }
    /* What still moves after as many passes as there are instants goes round in a circle. */
    for (uint32_t i = 0; i <= order->move_count + 1; i++) {
        if (!pass(order, durations, (int64_t)gap_ns, instants)) {
            return instants[0] == 0;
        }
        if (instants[0] != 0) {
            return false;
        }
    }
    return false;
}
