/**
 * What happens on the way that a tape tells, and what each thing waits for: enough to
 * find instants at which the same happens in the same order in a run.
 *
 * Everything that happens is made in one move (it is asked, armed, posted) and fires in
 * a later one, or is called off in one, or is still to come at the end. Moves are
 * numbered from 1; 0 is the beginning.
 *
 * Ownership: an order lies where a process that breaks leaves it: sim_order_create,
 *            sim_order_destroy.
 * Errors:    `overflow`: there was more than fits, and the order is of no use.
 */
#ifndef SIM_EXPLORE_ORDER_H
#define SIM_EXPLORE_ORDER_H

#include "sim/explore/attempt.h"

#define SIM_THING_MAX 4096
#define SIM_CHANCE_MAX 256

enum sim_thing_kind {
    SIM_THING_STEP,   /* of the scenario */
    SIM_THING_CALL,   /* a part of an engine call */
    SIM_THING_TIMER,  /* of the coordinator: as long as its setting, or as it says */
    SIM_THING_STRAND, /* something that was posted is run */
    SIM_THING_OTHER
};

/** The settings that timers run by. */
enum sim_setting {
    SIM_SETTING_NONE, /* a deadline that a step names */
    SIM_SETTING_REMOVE_DELAY,
    SIM_SETTING_RETRY,
    SIM_SETTING_PULL_SETTLING,
    SIM_SETTING_DELETE_SETTLING,
    SIM_SETTING_BACKOFF,
    SIM_SETTING_PROGRESS_TIMEOUT,
    SIM_SETTING_PULL_TIMEOUT,
    SIM_SETTING_INSPECT_TIMEOUT,
    SIM_SETTING_COUNT
};

#define SIM_NEVER UINT32_MAX

struct sim_thing {
    enum sim_thing_kind kind;
    uint32_t made;    /* in this move */
    uint32_t fired;   /* SIM_NEVER: not */
    uint32_t off;     /* called off; SIM_NEVER: not */
    uint32_t seen;    /* after this move it was still pending */
    uint64_t key;     /* of its event or timer, while it is pending */
    uint64_t left_ns; /* until it would have fired by default, at the end */
    const void *object;
    size_t step;
    enum fake_call_kind call;
    unsigned nth;
    enum fake_call_part part;
    enum sim_setting setting;
    uint64_t duration_ns; /* of a timer without a setting */
};

/** What became of what could go either way with a call. */
struct sim_chance {
    enum fake_call_kind call;
    unsigned nth;
    bool happened;
};

/** The nth matching call was hit by a fault of the scenario's. */
struct sim_hit {
    size_t fault;
    unsigned nth;
};

struct sim_order {
    uint32_t move_count;
    size_t thing_count;
    struct sim_thing things[SIM_THING_MAX];
    size_t chance_count;
    struct sim_chance chances[SIM_CHANCE_MAX];
    size_t hit_count;
    struct sim_hit hits[SIM_CHANCE_MAX];
    bool passes[SIM_THING_MAX];     /* moves in which only time passed */
    uint64_t now_ns[SIM_THING_MAX]; /* when each was made */
    bool overflow;
    bool differs; /* with these settings some move of the tape does not come */
};

/** How long each setting runs while an order is written down, so that it can be told by
 * that alone which one a timer runs by: each differs from all others. */
uint64_t sim_setting_mark_ns(enum sim_setting setting);
/** Its key in a scenario's "config". */
const char *sim_setting_key(enum sim_setting setting);

struct sim_order *sim_order_create(void);
void sim_order_destroy(struct sim_order *order);

/** Go @tape's way through @scenario, whose settings run as long as their marks, in a
 * process of its own. */
void sim_order_record(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                      struct sim_order *out);

#endif
