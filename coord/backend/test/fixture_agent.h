/**
 * An agent on a little engine, for tests of the agent's face.
 */
#ifndef COORD_BACKEND_TEST_FIXTURE_AGENT_H
#define COORD_BACKEND_TEST_FIXTURE_AGENT_H

#include <pthread.h>
#include <stdbool.h>

#include "coord/backend/test/little_engine.h"
#include "drydock/agent.h"

/** Memory that ends: an allocator's. */
struct scarce {
    pthread_mutex_t mutex;
    size_t left; /* allocations, then there is none */
    size_t live_count;
};

struct agent_fixture {
    struct dd_loop *loop;
    struct little_engine engine;
    struct dd_env env;
    struct dd_agent_config config;
    struct dd_agent *agent; /* NULL once it is destroyed */
    struct scarce scarce;
};

/** Does not open the agent yet. */
int agent_fixture_setup(void **state);

/** Whatever is left: closed and destroyed. */
int agent_fixture_teardown(void **state);

void agent_fixture_open(struct agent_fixture *f);

/** Close, destroy, and look whether anything is left. */
void agent_fixture_end(struct agent_fixture *f);

/** @reference for @caller, waiting; its status. */
enum dd_status agent_fixture_pull(struct agent_fixture *f, const char *reference,
                                  const char *caller, struct dd_outcome *out);

/** How many leases @image has; ~0: it is not known. */
uint64_t agent_fixture_leases(struct agent_fixture *f, const char *image);

/** What callbacks leave for the test's thread. */
struct told {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned count;
    enum dd_status status;
    uint64_t lease;
    char image[DD_IMAGE_ID_MAX + 1];
};

void told_init(struct told *told);
void told_done(void *arg, const struct dd_result *result); /* a dd_done_fn */
void told_answered(void *arg, enum dd_status status);      /* a dd_answered_fn */
void told_closed(void *arg);
void told_wait(struct told *told, unsigned count);

#endif
