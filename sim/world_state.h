/**
 * The inside of a world, for the files that make it up: world.c (wiring and life
 * cycle), world_docker.c (the engine's interface), schedule.c (when steps happen), steps.c (what
 * they do), agents.c (what callers ask and are told), outside_fake.c (the fake
 * engine as others see it), settle.c (when a run is over), refusal.c
 * (memory that runs out), expect.c.
 */
#ifndef SIM_WORLD_STATE_H
#define SIM_WORLD_STATE_H

#include "fakes/clock.h"
#include "fakes/entropy.h"
#include "fakes/executor.h"
#include "fakes/host_lock.h"
#include "fakes/observer.h"
#include "sim/arena.h"
#include "sim/heap.h"
#include "sim/model.h"
#include "sim/names.h"
#include "sim/outside.h"
#include "sim/refusal.h"
#include "sim/world.h"

/** One carrying out of a step, and the operation that it began, if any. */
struct sim_instance {
    struct fake_event event;

    /* What becomes of it: looked at for every state, and so beside the event's slot. */
    bool scheduled;
    bool done;
    bool asked; /* an operation was begun, or refused */
    bool told;
    bool released;
    bool recoverable;
    enum dd_status status; /* what was told, or the call answered */
    uint32_t text;         /* that it was told, by its number in world->told; SIM_NONE */
    uint32_t image;        /* that was granted, likewise */
    uint32_t judged;       /* the oracle's number of the operation */
    uint32_t asks;         /* number of its (caller, reference); SIM_NONE */
    struct dd_operation handle;
    uint64_t lease;
    uint64_t retry_after_ns;
    struct sim_instance *next_asking; /* the one before it with the same `asks` */

    /* What it is. */
    struct sim_world *world;
    const struct sim_step *step;
    uint32_t step_index;
    unsigned number;       /* from 0, of the step's `count` */
    const char *caller;    /* "{n}" replaced; NULL if the step has none */
    const char *name;      /* likewise */
    const char *reference; /* `name` in normal form, if it is a reference */
};

/** A step and what became of it. */
struct sim_step_state {
    struct sim_instance *instances;
    unsigned count;
    unsigned reached[SIM_OUTCOME_TOLD + 1]; /* instances that got so far */
    unsigned seen;                          /* events that it waits for */
    const uint32_t *dependents;             /* steps that wait for this one */
    size_t dependent_count;
};

/** Content that a registry has, or will have had. */
struct sim_content {
    const char *reference; /* in normal form */
    const char *nickname;
    const char *username; /* demanded; NULL: nothing is */
    const char *password;
    size_t repository_length;
    char id[72];
};

/** How far the end of a run has been watched for. */
struct sim_settling {
    bool watching;
    uint64_t signature;
    uint64_t reasons;
    uint64_t since_ns;
    uint64_t until_ns;
};

struct sim_world {
    const struct sim_scenario *scenario;
    struct sim_arena arena; /* what is made once for the scenario */
    struct sim_names told;  /* texts and images that agents were told, each once */
    struct sim_step_state *steps;
    bool waits_for_events; /* some step does */
    struct sim_content *contents;
    size_t content_count;
    struct sim_names asking;      /* (caller, reference) pairs */
    struct sim_instance **askers; /* by their number: the last instance */

    struct sim_choices choices;
    struct fake_queue queue;
    enum fake_personality personality; /* the engine's */
    struct fake_engine *engine;        /* NULL where the outside is real */
    struct sim_outside outside;        /* the engine's, or a real one */
    struct sim_outside_real *real;     /* of this run; NULL: simulated */
    struct fake_executor executor;
    struct fake_event strand; /* the next of what was posted, where that takes time */
    struct fake_clock clock;
    struct sim_heap heap;
    struct fake_entropy entropy;
    struct fake_host_locks host_locks;
    struct fake_host_lock host_lock;
    struct fake_observer observer;
    struct dd_docker docker; /* the engine's, behind the world's own */
    struct sim_trace trace;
    struct sim_oracle *oracle;
    struct sim_model *model;
    struct dd_coord *coord;

    bool opened;
    bool closing;
    bool drained;
    bool closed;
    struct sim_instance **early; /* due before the coordinator was open */
    size_t early_count;
    size_t early_capacity;
    struct sim_settling settling;
    struct sim_refusal refusal;
    uint64_t event_count;
    uint64_t untold_count;  /* operations begun and not told */
    uint64_t truth_changes; /* of the engine */
    uint64_t *moves;        /* borrowed for the run; NULL: not counted */
    const volatile sig_atomic_t *stop;
    bool stopped;
    const struct fake_fault *fault;     /* of this run's options */
    const struct fake_chooser *chooser; /* of this run: its choices', or an exploration's */
    bool exploring;
    bool compare_always;
};

/* world.c */
struct sim_namer sim_world_namer(struct sim_world *world);
void sim_world_close(struct sim_world *world, bool drain, uint64_t deadline_ns);

/** Expectations are about runs in which nothing fails but what the scenario says. */
static inline bool sim_world_expects(const struct sim_world *world)
{
    return !world->refusal.on && world->fault == NULL;
}

/* outside_fake.c */
struct sim_outside sim_outside_fake(struct sim_world *world);

/* world_real.c */
void sim_real_begin(struct sim_world *world, struct fake_watcher watcher);
/** As fake_queue_step. */
bool sim_real_advance(struct sim_world *world);
/** Nothing moves any more: whether the engine bears out what is said of an image. */
void sim_real_explained(struct sim_world *world, const struct dd_explained *explained);

/* world_docker.c */
struct dd_docker sim_world_docker(struct sim_world *world);

/* schedule.c */
void sim_schedule_create(struct sim_world *world);
void sim_schedule_destroy(struct sim_world *world);
void sim_schedule_begin(struct sim_world *world);
/** The coordinator is open: what was due early is due now. */
void sim_schedule_opened(struct sim_world *world);
/** @instance got as far as @outcome: what waits for that can be scheduled. */
void sim_schedule_reached(struct sim_instance *instance, enum sim_outcome outcome);
void sim_schedule_saw(struct sim_world *world, const struct dd_event *event);
uint64_t sim_schedule_skipped(const struct sim_world *world);

/* steps.c */
void sim_step_carry_out(struct sim_instance *instance);

/* agents.c */
/** The image that was granted to it; "" */
const char *sim_instance_image(const struct sim_instance *instance);
/** What it was told; "" */
const char *sim_instance_text(const struct sim_instance *instance);
void sim_agent_ask(struct sim_instance *instance);
void sim_agent_cancel(struct sim_instance *instance, struct sim_instance *target);
void sim_agent_release_lease(struct sim_instance *instance, struct sim_instance *target);
void sim_agent_release_image(struct sim_instance *instance);
void sim_agent_release_caller(struct sim_instance *instance);
uint64_t sim_secret_hash(const struct dd_credentials *credentials, const char *platform);

/* contents.c */
void sim_contents_create(struct sim_world *world);
/** The image that @name (nickname or reference) means: now in the engine, or else
 * first in the registry; NULL if neither. Valid until the next call or change. */
const char *sim_image_of(struct sim_world *world, const char *name, char id[72]);
/** Whether @image was ever what the registry has as @name, or is nicknamed so. */
bool sim_image_ever(const struct sim_world *world, const char *name, const char *image);
/** Whether the registry gives @image of @reference's repository for @credentials. */
bool sim_image_allowed(const struct sim_world *world, const char *reference, const char *image,
                       const struct dd_credentials *credentials);

/* settle.c */
/** Whether nothing moves any more but retries that change nothing. */
bool sim_settled(struct sim_world *world);
unsigned sim_alarm_count(const struct sim_world *world);

/* expect.c */
/** Check @count expectations; the first that does not hold goes to the oracle. */
void sim_expect_check(struct sim_world *world, const struct sim_expect *expects, size_t count);

#endif
