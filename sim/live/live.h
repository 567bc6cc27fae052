/**
 * A real engine and a real registry as the outside of a world (sim/outside.h): scenarios
 * are played on them, with the production Docker client, and with the same agents, the
 * same plain model of the coordinator and the same expectations as in a simulation.
 *
 * The scenario says how long things take. A call is sent when its time has come, and
 * answered no earlier than the scenario says; if the engine takes longer, the scenario's
 * time stands still until it has answered, so that no expectation is about how fast this
 * machine is. Apart from that, time passes `scale` times as fast as real time while the
 * engine has something of ours to do, and `idle` times as fast while it has not.
 *
 * Ownership: what @site points to outlives the run.
 * Threading: one thread for each run.
 * Errors:    none; what must not go wrong is the world's violation, "live". Aborts
 *            without memory.
 */
#ifndef SIM_LIVE_H
#define SIM_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/outside.h"
#include "sim/scenario.h"

/** Where scenarios are played. */
struct sim_live_site {
    const char *docker;        /* "unix:///run/docker.sock" */
    const char *registry;      /* "127.0.0.1:5000", plain HTTP, known to the engine so */
    const char *registry_auth; /* one that demands a login; NULL: none */
    const char *username;      /* the login */
    const char *password;
    const char *stop;                  /* command that stops the engine; NULL: it cannot be */
    const char *start;                 /* and starts it again */
    enum fake_personality personality; /* what kind of engine it is */
    uint64_t scale;                    /* 1 or more */
    uint64_t idle;                     /* 1 or more */
};

struct sim_live;

/** Connect. NULL, and a sentence in @why, if it cannot be. @corner is this run's own
 * name, in which all that it makes lies; its host lock lies in @lock_folder. */
struct sim_live *sim_live_open(const struct sim_scenario *scenario,
                               const struct sim_live_site *site, const char *corner,
                               const char *lock_folder, char why[512]);

/** What to run a world with. */
struct sim_outside_real *sim_live_real(struct sim_live *live);

/** Take away whatever is left, and disconnect. The world's run is over. */
void sim_live_close(struct sim_live *live);

/** Why @scenario cannot be played at @site; NULL: it can. Borrowed for good. */
const char *sim_live_obstacle(const struct sim_scenario *scenario,
                              const struct sim_live_site *site);

/** It stops the engine, which others must not need meanwhile. */
bool sim_live_needs_it_alone(const struct sim_scenario *scenario);

#endif
