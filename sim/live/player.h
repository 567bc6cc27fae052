/**
 * Plays scenarios on a real engine, several at a time, each in a process and a corner of
 * its own: registry, images, containers and host lock are told apart by names.
 *
 * Ownership: all of an order is borrowed for the call; results are handed over.
 * Threading: one thread.
 * Errors:    none; a process that breaks is a scenario that failed. Aborts without
 *            memory.
 */
#ifndef SIM_LIVE_PLAYER_H
#define SIM_LIVE_PLAYER_H

#include <signal.h>
#include <stddef.h>

#include "reports/result.h"
#include "sim/live/live.h"

struct sim_live_order {
    const struct sim_live_site *site;
    struct sim_scenario *const *scenarios; /* NULL: one that cannot be read */
    size_t count;
    unsigned job_count; /* 1 or more */
    uint64_t seed;
    const char *program; /* as it was called, to be called again */
    const volatile sig_atomic_t *stop;
    /* Told in the order of the scenarios; @result is taken, NULL for one that cannot be
     * read. */
    void (*finished)(void *ctx, size_t index, struct report_scenario *result);
    void *ctx;
};

/** False if it was broken off. */
bool sim_live_play(const struct sim_live_order *order);

#endif
