/**
 * Runs one scenario over a range of seeds and writes down what came of it.
 *
 * The first seed is run twice, in memory that is filled in two ways: the same
 * choices must give the same trace (D1). The first seed that fails ends the
 * scenario, and is run once more to tell its story.
 */
#ifndef SIM_RUNNER_H
#define SIM_RUNNER_H

#include <signal.h>
#include <stdint.h>

#include "reports/result.h"
#include "sim/scenario.h"

/** A run that is about to begin. */
struct sim_runner_at {
    const struct sim_scenario *scenario;
    uint64_t seed;
    unsigned char fill;                   /* what fresh memory holds */
    const struct report_scenario *so_far; /* the runs before it */
};

/** Why a scenario is skipped. */
#define SIM_OTHER_ENGINE "it is about the ways of another engine"

struct sim_runner {
    uint64_t seed_first;
    uint64_t seed_last;                       /* it is run too */
    const volatile sig_atomic_t *stop;        /* nonzero: break off; NULL: never */
    bool count_moves;                         /* fill in `moves` (states.h) */
    const enum fake_personality *personality; /* of the engine; NULL: as each scenario says */
    const char *program; /* as it was called, to be called again; NULL: "drydock" */
    /* Told before each run; NULL: nobody is. */
    void (*running)(void *ctx, const struct sim_runner_at *at);
    void *ctx;
};

/**
 * Run @scenario.
 *
 * Ownership: @out is filled with strings of its own.
 * Errors:    none; aborts without memory. False if it was broken off, and @out
 *            says how far it came: its verdict is REPORT_INTERRUPTED, its last seed
 *            the last that was run.
 */
bool sim_runner_run(const struct sim_runner *runner, const struct sim_scenario *scenario,
                    struct report_scenario *out);

/** What a result says of @scenario before any run. @out as above. */
void sim_runner_describe(const struct sim_runner *runner, const struct sim_scenario *scenario,
                         struct report_scenario *out);

/** "./drydock run FILE --seed N", quoted for a shell; release with free. */
char *sim_runner_command(const struct sim_runner *runner, const char *path, uint64_t seed);

#endif
