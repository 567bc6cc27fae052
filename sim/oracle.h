/**
 * The oracle: says whether what happens is right. Its knowledge is of three
 * kinds: what the agents asked and were told, what happened inside the engine,
 * and, where nothing else can tell (when a lease begins to count, when a removal
 * begins), the coordinator's events, and at the end what it explains. It never looks
 * into the coordinator.
 *
 * It checks with every event what that event touched; what is owed (L1) mostly when
 * nothing moves any more, and what is left (L2) after dd_destroy. The first violation
 * is kept; whoever drives the run stops at it. A further judge (a plain model of the
 * coordinator, S9) can be fed from the same functions.
 *
 * Ownership: all arguments are borrowed for the call.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/drydock.h"
#include "fakes/engine.h"
#include "sim/trace.h"

/** The first invariant that did not hold. */
struct sim_violation {
    char invariant[12]; /* "S1"; "" if all held */
    char message[512];  /* one sentence */
    char where[192];    /* expectations: the place in the file; or "" */
    char subject[192];  /* nickname of the image or the name it is about; or "" */
};

struct sim_oracle;

struct sim_oracle *sim_oracle_create(void);
void sim_oracle_destroy(struct sim_oracle *oracle);

/** Begin a run under @config. */
void sim_oracle_begin(struct sim_oracle *oracle, const struct dd_config *config,
                      struct sim_namer namer);

/** Time stands still, and what waits for a time happens at any: nothing is too early
 * or too late in this run. After sim_oracle_begin. */
void sim_oracle_set_timeless(struct sim_oracle *oracle);

/** Pulls end without saying what they brought (Podman): who waits for one gets what its
 * name means when that is looked up. After
 * sim_oracle_begin. */
void sim_oracle_set_wordless(struct sim_oracle *oracle);

/** The engine is a real one, of whose doings the oracle hears little: only what agents
 * ask and are told (S2), what is left (L2), and what others find is judged in this run.
 * After sim_oracle_begin. */
void sim_oracle_set_outside(struct sim_oracle *oracle);

/** NULL as long as everything held. */
const struct sim_violation *sim_oracle_violation(const struct sim_oracle *oracle);

/** DELETEs that were executed after the settling time, which are excused. */
uint64_t sim_oracle_late_count(const struct sim_oracle *oracle);

/** The most engine pulls that there were at a time. */
uint64_t sim_oracle_parallel_pulls(const struct sim_oracle *oracle);

/* --- the engine ----------------------------------------------------------- */

/** The next engine pull that is sent is made with these credentials and for this
 * platform, of which @secret is a hash. */
void sim_oracle_pulling(struct sim_oracle *oracle, uint64_t secret);

/** An inspect or a DELETE of @name was refused at its start: the engine's history does
 * not tell. */
void sim_oracle_unasked(struct sim_oracle *oracle, const char *text);

void sim_oracle_happened(struct sim_oracle *oracle, uint64_t now_ns,
                         const struct fake_happening *happening);

/* --- the coordinator ------------------------------------------------------- */

void sim_oracle_saw(struct sim_oracle *oracle, const struct dd_event *event);

/** After each event: how much memory the coordinator has. */
void sim_oracle_memory(struct sim_oracle *oracle, uint64_t live_bytes);

/* --- the agents ------------------------------------------------------------ */

/** A pull, or a retain (image not NULL), that an agent is about to ask for. */
struct sim_asked {
    const char *caller;
    const char *reference; /* pull: in normal form */
    const char *image;     /* retain: image ID */
    struct dd_strings bindings;
    enum dd_policy policy;
    uint64_t deadline_ns; /* its own; 0: none */
    uint64_t secret;      /* hash of the credentials and the platform */
};

/** Before the call; returns the index by which the operation is told of below. */
uint32_t sim_oracle_asking(struct sim_oracle *oracle, uint64_t now_ns,
                           const struct sim_asked *asked);

/** After it: what it answered, and the coordinator's handle. */
void sim_oracle_asked(struct sim_oracle *oracle, uint32_t index, enum dd_status status,
                      struct dd_operation handle);

/** Its `done` was called. @allowed: the registry would give this caller the image
 * it was granted for the credentials it has. */
void sim_oracle_told(struct sim_oracle *oracle, uint64_t now_ns, uint32_t index,
                     const struct dd_result *result, bool allowed);

/** What dd_cancel answered about it. */
void sim_oracle_cancelled(struct sim_oracle *oracle, uint32_t index, enum dd_status status);

/** What dd_release answered, and likewise. */
void sim_oracle_released(struct sim_oracle *oracle, uint64_t now_ns, struct dd_lease lease,
                         enum dd_status status);
void sim_oracle_released_image(struct sim_oracle *oracle, uint64_t now_ns, const char *image,
                               const char *caller, enum dd_status status);
void sim_oracle_released_caller(struct sim_oracle *oracle, uint64_t now_ns, const char *caller,
                                enum dd_status status);

/** dd_close was accepted; and its `closed` was called. */
void sim_oracle_closing(struct sim_oracle *oracle, uint64_t now_ns, bool drain,
                        uint64_t deadline_ns);
/** Its time is over, though time stands still. */
void sim_oracle_close_is_late(struct sim_oracle *oracle);
void sim_oracle_closed(struct sim_oracle *oracle, uint64_t now_ns);

/* --- the end --------------------------------------------------------------- */

/** L1. Nothing moves any more: is everything that is owed done? First say what the
 * coordinator explains of each image (not after a close), and what the engine has of
 * each, and whether it is up; then ask. @asleep: no alarm is set either. */
void sim_oracle_explained(struct sim_oracle *oracle, const struct dd_explained *explained);
void sim_oracle_engine(struct sim_oracle *oracle, bool is_up);
void sim_oracle_image(struct sim_oracle *oracle, const struct fake_image_view *view);
void sim_oracle_settled(struct sim_oracle *oracle, bool asleep);

/** What is left after dd_destroy. */
struct sim_leftovers {
    uint64_t live_bytes;
    uint64_t task_count;  /* posted and not run */
    uint64_t alarm_count; /* armed and not cancelled */
    uint64_t call_count;  /* started and not completed */
    bool locked;          /* the host lock is still taken */
};

/** L2. */
void sim_oracle_left(struct sim_oracle *oracle, const struct sim_leftovers *leftovers);

/** Report a violation found elsewhere (expectations, a run without an end). */
void sim_oracle_object(struct sim_oracle *oracle, const char *invariant, const char *subject,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Say where in the scenario's file the violation stands. */
void sim_oracle_locate(struct sim_oracle *oracle, const char *where);

#endif
