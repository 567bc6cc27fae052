/**
 * The world around one coordinator: virtual time, an engine with a registry, the
 * agents that a scenario describes, the trace and the oracle. A run is a pure
 * function of (scenario, choices).
 *
 * Ownership: a world is made for one scenario, which outlives it, and runs it any
 *            number of times; each run begins anew.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory. What goes wrong in a run is its
 *            violation.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/choices.h"
#include "sim/oracle.h"
#include "sim/outside.h"
#include "sim/scenario.h"
#include "sim/trace.h"

struct sim_world;

struct sim_world_options {
    uint64_t seed;
    const struct sim_tape *tape;       /* instead of the seed; NULL: none */
    bool keep;                         /* the trace's lines too */
    struct sim_trace_sink sink;        /* or tell them at once; nobody: `line` is NULL */
    uint64_t *moves;                   /* count steps through the table of states (states.h) */
    unsigned char fill;                /* what fresh memory holds */
    uint64_t refuse_nth;               /* the coordinator's nth allocation fails; 0: none */
    bool refuse_onwards;               /* and all after it; expectations are not checked then */
    const volatile sig_atomic_t *stop; /* nonzero: break off; NULL: never */
    const struct fake_fault *fault;    /* one more than the scenario's, before them; expectations
                                          are not checked then; borrowed for the run */

    /* Explorations: by the scenario's "explore", with choices from here. */
    const struct fake_chooser *chooser;
    bool mute; /* no trace at all, not even its hash */

    struct sim_outside_real *real; /* instead of the fake engine and its time; NULL: those */

    const enum fake_personality *personality; /* instead of the scenario's; NULL: that */

    bool compare_always; /* with the plain model, in full after each event (S9) */
};

/** What a run was. */
struct sim_run {
    uint64_t trace_hash;
    uint64_t entry_count; /* of the trace */
    uint64_t event_count; /* what fired, and what was told */
    uint64_t simulated_ns;
    uint64_t skipped_count;         /* steps whose condition never came */
    uint64_t late_count;            /* DELETEs executed past the settling time */
    uint64_t refused_count;         /* allocations of the coordinator that failed */
    uint64_t nomem_count;           /* agents' calls that answered DD_ENOMEM */
    bool fault_hit;                 /* there was a call for the fault that was added */
    bool stopped;                   /* broken off; nothing else is known */
    struct sim_violation violation; /* invariant "": it passed */
};

struct sim_world *sim_world_create(const struct sim_scenario *scenario);
void sim_world_destroy(struct sim_world *world);

/** Run it from its beginning to its end, or to the first violation. */
void sim_world_run(struct sim_world *world, const struct sim_world_options *options,
                   struct sim_run *out);

/* --- exploring: whoever explores carries a run on, event by event -------------- */

/** Begin a run, and go on by default until the coordinator is open. False: there is none;
 * the run is over. */
bool sim_world_begin(struct sim_world *world, const struct sim_world_options *options);
/** After each event: what was posted runs, and what must hold is looked at. */
void sim_world_after_event(struct sim_world *world);
/** Go on by default (oldest first, all choices 0) until nothing moves, and look whether
 * what is owed is done; then close. */
void sim_world_finish(struct sim_world *world);
/** Likewise, but look before each event whether @is_known says that the rest is. */
void sim_world_finish_unless(struct sim_world *world, bool (*is_known)(void *ctx), void *ctx);
/** What the run was, so far. */
void sim_world_outcome(const struct sim_world *world, struct sim_run *out);
/** S9 now, whatever happened. */
void sim_world_compare(struct sim_world *world);
/** The first violation, or NULL. */
const struct sim_violation *sim_world_violation(const struct sim_world *world);

/** The last run's trace and tape; borrowed until the next run. */
const struct sim_trace *sim_world_trace(const struct sim_world *world);
const struct sim_tape *sim_world_tape(const struct sim_world *world);

#endif
