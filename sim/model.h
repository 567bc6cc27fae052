/**
 * A plain model of the coordinator (S9): its rules said a second time, for clearness
 * alone, with arrays and linear searches, and none of the coordinator's code or data.
 *
 * It is told what the coordinator is told: the agents' calls, what the engine's client
 * delivers, timers, and that what was posted runs. From that it says what must be so:
 * who holds which image, in which state each image is, what is bound, which references
 * are busy, what is asked of the engine, who is told what, and in which order. Where the
 * coordinator is free, the model follows what it sees and checks that it was allowed:
 * which of several removals begins first, how long a backoff is.
 *
 * After every event sim_model_check compares: engine calls and tellings one by one, and
 * with dd_explain all images. What differs is a violation S9 that names both opinions.
 *
 * It follows until a close begins; how a close ends is the oracle's matter (L1, L2).
 *
 * Ownership: a model names things by the oracle's numbers, and reports to it; the oracle
 *            outlives it. Arguments are borrowed for the call.
 * Threading: one thread at a time.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "sim/oracle.h"

struct sim_model;

struct sim_model *sim_model_create(struct sim_oracle *oracle);
void sim_model_destroy(struct sim_model *model);

/** Begin a run under @config; *@now_ns is the time. @scarce: allocations may fail, and
 * the coordinator may do with less. */
void sim_model_begin(struct sim_model *model, const struct dd_config *config,
                     const uint64_t *now_ns, bool scarce);

/** The engine said who it is; the coordinator is open. */
void sim_model_opened(struct sim_model *model);

/* --- the agents ------------------------------------------------------------------ */

/** About to ask; @index is the oracle's number of the operation. */
void sim_model_asking(struct sim_model *model, uint32_t index, const struct sim_asked *asked);
/** The call answered. */
void sim_model_asked(struct sim_model *model, uint32_t index, enum dd_status status);

/** Before each of these calls: what it must answer. */
enum dd_status sim_model_cancel(struct sim_model *model, uint64_t number);
enum dd_status sim_model_release(struct sim_model *model, struct dd_lease lease);
enum dd_status sim_model_release_image(struct sim_model *model, const char *image,
                                       const char *caller);
enum dd_status sim_model_release_caller(struct sim_model *model, const char *caller);
/** And after it. */
void sim_model_answered(struct sim_model *model, const char *call, enum dd_status expected,
                        enum dd_status status);

/** An operation's `done` is called. */
void sim_model_told(struct sim_model *model, uint32_t index, const struct dd_result *result);

/** dd_close was accepted. */
void sim_model_closing(struct sim_model *model);

/* --- the engine's client ----------------------------------------------------------- */

/** The next engine pull that is started is made with these credentials and for this
 * platform, of which @secret is a hash. */
void sim_model_pulling(struct sim_model *model, uint64_t secret);
/** The coordinator starts a call; @status is what the start answered. */
void sim_model_starts(struct sim_model *model, enum fake_call_kind kind, const struct dd_call *call,
                      const char *name, enum dd_status status);
void sim_model_cancels(struct sim_model *model, const struct dd_call *call);
/** A line or an answer is delivered next. */
void sim_model_delivers(struct sim_model *model, const struct fake_delivery *delivery);

/* --- time ---------------------------------------------------------------------------- */

/** The alarm goes off: everything that is due happens next. */
void sim_model_alarm(struct sim_model *model);

/** This timer goes off next, whatever the time. Of an image: a delay, a wait between tries or a
 * backoff; of an operation; or of what an engine call is for, by its last call. */
void sim_model_image_goes_off(struct sim_model *model, const char *id);
void sim_model_deadline_goes_off(struct sim_model *model, uint64_t number);

enum sim_model_timer {
    SIM_MODEL_STALLED,   /* a pull was silent for too long */
    SIM_MODEL_TOO_LONG,  /* a whole pull takes too long */
    SIM_MODEL_SETTLED,   /* a pull that is over can be looked into */
    SIM_MODEL_UNANSWERED /* an inspect takes too long */
};

void sim_model_call_goes_off(struct sim_model *model, enum sim_model_timer timer,
                             const struct dd_call *call);

/** The first of what was posted runs next. */
void sim_model_runs(struct sim_model *model);

/* --- the comparison -------------------------------------------------------------------- */

void sim_model_saw(struct sim_model *model, const struct dd_event *event);

/** Whether images are to be compared now: something happened since they last were, and
 * with many leases not after each event, for a comparison looks at all. */
bool sim_model_is_curious(const struct sim_model *model);

/** Compare: first what every image is said to be, if that was asked for, then the rest. */
void sim_model_explained(struct sim_model *model, const struct dd_explained *explained);
void sim_model_check(struct sim_model *model, bool explained);

#endif
