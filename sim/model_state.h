/**
 * The inside of the model, for the files that make it up: model.c (its life, what was
 * posted, timers, what the coordinator says), model_agents.c (operations and leases),
 * model_images.c (states, bindings, what is wanted), model_looks.c (inspects that grant
 * or are part of a pull), model_pulls.c, model_removals.c, model_calls.c (what is asked of
 * the engine), model_classes.c (what answers mean) and model_compare.c.
 *
 * Names, images and callers are the oracle's numbers.
 */
#ifndef SIM_MODEL_STATE_H
#define SIM_MODEL_STATE_H

#include "fakes/memory.h"
#include "sim/model.h"
#include "sim/oracle_state.h"

#define MODEL_NEVER UINT64_MAX

/** What an answer or a text means. */
struct model_class {
    enum dd_status status;
    enum dd_conflict conflict;
};

enum model_look_state {
    MODEL_LOOK_NONE,
    MODEL_LOOK_GATED, /* a DELETE in its repository is unanswered */
    MODEL_LOOK_DUE,   /* the call must be started in this step */
    MODEL_LOOK_ASKED, /* the call is in flight */
    MODEL_LOOK_WAITS  /* the image that it found is being removed */
};

/** An inspect for a pull, a policy or a retain. */
struct model_look {
    const struct dd_call *call; /* the last */
    uint64_t due_ns;            /* to be answered until then */
    uint32_t order;             /* of several, who asks first */
    uint32_t name;              /* what is asked: a name, */
    uint32_t image;             /* or an image by its ID; else SIM_NONE */
    uint32_t wanted;            /* image whose removal it waited for; SIM_NONE */
    enum model_look_state state;
    bool gate;      /* not while a DELETE in the repository of its name is unanswered */
    bool grants;    /* what it finds is not granted while that is being removed */
    bool stale;     /* a DELETE's outcome became known since it was asked (H40) */
    bool late;      /* its time is over */
    bool abandoned; /* nobody waits for its answer, but its end is waited for */
};

enum model_phase { MODEL_WAITING, MODEL_GRANTED, MODEL_ENDED };

/** An operation that was accepted and not told. */
struct model_operation {
    uint32_t index;  /* the oracle's number */
    uint64_t number; /* the coordinator's */
    uint32_t caller;
    uint32_t reference; /* of a pull; SIM_NONE */
    uint32_t image;     /* of a retain, or granted; SIM_NONE */
    uint64_t secret;
    uint64_t due_ns;
    enum dd_policy policy;
    enum model_phase phase;
    bool retains;
    bool concluded; /* it waits for nothing any more, and its telling is posted */
    bool second;    /* if missing: its pull failed, and it looks once more */
    struct model_class result;
    uint32_t pull;   /* number of the pull that it waits for; 0: none */
    uint32_t joined; /* of several, who did so first */
    struct model_look look;
    uint32_t *bindings; /* a retain's: names that the agent vouches for */
    size_t binding_count;
};

struct model_lease {
    uint32_t image;
    uint32_t caller;
    uint64_t number; /* that was told; 0: none was */
    unsigned untold; /* operations granted and not told */
};

enum model_pull_phase {
    MODEL_PULL_QUEUED,
    MODEL_PULL_BEFORE,     /* its name is inspected */
    MODEL_PULL_DUE,        /* the engine must be asked in this step */
    MODEL_PULL_RUNNING,    /* the engine pulls */
    MODEL_PULL_LOOKING_UP, /* what it brought is inspected */
    MODEL_PULL_ENDING,     /* nobody waits; the end of its call is waited for */
    MODEL_PULL_SETTLING,   /* until its name can be looked at, or be looked at again */
    MODEL_PULL_CHECKING    /* its name is inspected: did it leave something? */
};

struct model_pull {
    uint32_t number;
    uint32_t reference;
    uint64_t secret; /* of its credentials and platform */
    enum model_pull_phase phase;
    const struct dd_call *call; /* of the engine's pull */
    bool in_flight;
    bool joinable;
    bool begun; /* it had its turn */
    bool owes;  /* a check failed; it lets others of its reference go first */
    bool paid;  /* the next one's look was its own, too: it is in nobody's way */
    bool slot;
    bool started;   /* the engine was asked: it may have left something behind */
    bool unsettled; /* the engine may still be at it */
    bool before_known;
    bool learned; /* its success is known, and what it brought */
    bool pays;    /* ENDING: what it may have left is looked at then */
    bool failed;  /* a line of its stream said so: */
    struct model_class failure;
    bool newer;        /* the closing line said that it made the name */
    bool closed;       /* there was a closing line */
    uint32_t digest;   /* repository@digest that the stream reported; SIM_NONE */
    uint32_t before;   /* image that the name meant; SIM_NONE */
    uint32_t image;    /* that it brought */
    uint64_t quiet_ns; /* a line must come until then */
    uint64_t whole_ns; /* and its result */
    uint64_t settled_ns;
    unsigned tries; /* of the check */
    struct model_look look;
};

enum model_step {
    MODEL_STEP_NONE, /* it waits to go on, for a time or for a place */
    MODEL_STEP_ASK_ID,
    MODEL_STEP_ASK_NAME,
    MODEL_STEP_DELETE_NAME,
    MODEL_STEP_DELETE_ID,
    MODEL_STEP_PROBE /* after a lost DELETE: is it still there? */
};

struct model_image {
    uint32_t image;
    enum dd_image_state state; /* ABSENT: only wanted, or bound in this very step */
    bool ours;
    bool due;          /* its time has come: it is removed when nothing is in the way */
    uint64_t due_ns;   /* IDLE: the end of the delay; BLOCKED: the next attempt */
    uint64_t retry_ns; /* REMOVING: between two tries */
    struct model_class reason;
    unsigned backoff; /* how often it was blocked since somebody held it */
    unsigned tries;
    bool backs_off; /* BLOCKED in this step: how long is the coordinator's to say */
    unsigned holder_count;
    enum dd_image_state said; /* what the coordinator's events said last */
    uint64_t said_count;

    /* While it is being removed: */
    enum model_step step;
    const struct dd_call *call;
    bool call_due; /* the call must be started in this step */
    uint64_t answer_ns;
    uint64_t sent_ns;
    uint32_t name; /* that is inspected or DELETEd */
    bool place;
    bool late;
    bool was_absent; /* a DELETE by ID answered 404 */
    bool unanswered; /* a DELETE was sent, and its outcome is not known */
    bool in_doubt;   /* its connection was lost */
    uint64_t doubt_until_ns;
    uint64_t doubt_instance;
};

/** A name of an image that is ours to remove, in the order of recording. */
struct model_binding {
    uint32_t image;
    uint32_t name;
    bool said;     /* the coordinator's events did so */
    bool fresh;    /* recorded since the last call about its image was sent */
    bool examined; /* in this round of the removal */
};

/** A call that nobody waits for any more. */
struct model_stray {
    const struct dd_call *call;
    bool place; /* it was a removal's, and has its place until it ends */
};

enum model_task_kind { MODEL_TELLS, MODEL_REFUSES, MODEL_CLOSES };

/** What was posted. */
struct model_task {
    enum model_task_kind kind;
    uint32_t order;             /* of what was decided before the engine was asked, too */
    uint32_t index;             /* operation */
    const struct dd_call *call; /* whose start was refused */
};

/** A call that must be cancelled in this step, or was. */
struct model_cancel {
    const struct dd_call *call;
    bool expected;
    bool seen;
};

struct sim_model {
    struct sim_oracle *oracle;
    struct dd_config config;
    bool scarce; /* allocations may fail */
    bool closing_lines;
    bool on; /* from the opening until a close begins */
    bool closing;
    const uint64_t *now_ns;
    uint32_t last_pull;
    uint32_t last_order;
    uint64_t last_lease;

    bool touched;     /* since images were compared */
    uint64_t skipped; /* comparisons that were put off */
    bool stirred;     /* something happened since anything was looked at */
    uint64_t rested;  /* events since then */
    uint32_t telling; /* operation that must be told in this step; SIM_NONE */
    uint64_t secret;  /* of the engine pull that is started next */
    bool is_asking;   /* the next inspect is no removal's */
    uint32_t pending; /* operation that is being asked for; SIM_NONE */
    struct model_operation asking;

    struct model_operation *operations;
    size_t operation_count;
    size_t operation_capacity;
    struct model_lease *leases;
    size_t lease_count;
    size_t lease_capacity;
    struct model_pull *pulls; /* in the order of their beginning */
    size_t pull_count;
    size_t pull_capacity;
    struct model_image *images;
    size_t image_count;
    size_t image_capacity;
    struct model_binding *bindings;
    size_t binding_count;
    size_t binding_capacity;
    struct model_stray *strays;
    size_t stray_count;
    size_t stray_capacity;
    struct model_task *tasks; /* first in, first out: from the first that has not run */
    size_t task_first;
    size_t task_count;
    size_t task_capacity;
    struct model_cancel *cancels;
    size_t cancel_count;
    size_t cancel_capacity;
    size_t explained_count;
};

/** Something happened that may show in images. */
static inline void model_touch(struct sim_model *model)
{
    model->touched = true;
    model->stirred = true;
}

static inline uint64_t model_now(const struct sim_model *model)
{
    return *model->now_ns;
}

/** @block with room for one item more than @count; small, for worlds are copied. */
void *model_grow(void *block, size_t *capacity, size_t count, size_t item_size);

/** Report: "S9: the model says …, …". */
void model_object(struct sim_model *model, uint32_t image, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* model.c */
/** @task runs after those that were posted, or decided, before its order. */
void model_post(struct sim_model *model, struct model_task task);
uint64_t model_due(const struct sim_model *model, uint64_t duration_ns);

/* model_agents.c */
struct model_operation *model_operation_of(struct sim_model *model, uint32_t index);
struct model_operation *model_operation_numbered(struct sim_model *model, uint64_t number);
void model_operation_accept(struct sim_model *model, uint64_t number);
void model_grant(struct sim_model *model, struct model_operation *operation, uint32_t image);
void model_fail(struct sim_model *model, struct model_operation *operation,
                struct model_class result);
void model_leave(struct sim_model *model, struct model_operation *operation, enum dd_status status);
/** The look of an operation found @image, or came to something else. */
void model_operation_found(struct sim_model *model, struct model_operation *operation,
                           struct model_class found, uint32_t image);

/* model_images.c */
struct model_image *model_image_find(struct sim_model *model, uint32_t image);
struct model_image *model_image_know(struct sim_model *model, uint32_t image);
bool model_repository_is_busy(const struct sim_model *model, uint32_t repository);
bool model_is_wanted(const struct sim_model *model, uint32_t image);
/** Whether a DELETE of an image with a name in @repository is unanswered. */
bool model_is_gated(const struct sim_model *model, uint32_t repository);
void model_bind(struct sim_model *model, uint32_t image, uint32_t name);
void model_unbind(struct sim_model *model, uint32_t image, uint32_t name);
void model_held(struct sim_model *model, uint32_t index);
void model_let_go(struct sim_model *model, uint32_t index);
/** What is wanted is rescued, unless a DELETE of it is unanswered. */
void model_rescue(struct sim_model *model);
/** At the end of what an event leads to: what is wanted is rescued, what nobody uses is
 * IDLE, what nobody knows is forgotten, and what waited at a gate asks. */
void model_settle(struct sim_model *model);
/** An orphan was bound: a BLOCKED image has its delay again. */
void model_image_found(struct sim_model *model, uint32_t index);
void model_image_time_over(struct sim_model *model, struct model_image *image);

/* model_looks.c */
void model_look_ask(struct sim_model *model, struct model_look *look);
/** Returns whether its call is still in flight: then it is abandoned, and cancelled. */
bool model_look_abandon(struct sim_model *model, struct model_look *look);
void model_look_time_over(struct sim_model *model, struct model_look *look);
/** A DELETE's outcome is known. */
void model_looks_grow_stale(struct sim_model *model);
/** What waits for the removal of @image asks again. */
void model_looks_wake(struct sim_model *model, uint32_t image);
/** Judge an answer. False: nothing has come of it yet. */
bool model_look_answered(struct sim_model *model, struct model_look *look,
                         const struct dd_answer *answer, struct model_class *found);
/** Before a look that grants is judged: whether it waits for the removal of @image. */
bool model_look_waits(struct sim_model *model, struct model_look *look, uint32_t image);
/** Those that waited at a gate which is open now ask, in the order of their coming. */
void model_looks_open(struct sim_model *model);
const char *model_look_text(const struct sim_model *model, const struct model_look *look);
/** @image is known, and wanted, for somebody's look waits or asks about it. */
bool model_look_wants(const struct model_look *look, uint32_t image);

/* model_pulls.c */
struct model_pull *model_pull_numbered(struct sim_model *model, uint32_t number);
void model_pull_join(struct sim_model *model, struct model_operation *operation);
/** Without memory for another pull, @operation joins one before its own look is over. It
 * may do so as that pull ends, which the model does not follow. */
void model_pull_joined(struct sim_model *model, uint64_t number);
void model_pull_left(struct sim_model *model, uint32_t number);
void model_pull_begins(struct sim_model *model, uint32_t reference);
void model_pull_line(struct sim_model *model, struct model_pull *pull, const struct dd_line *line);
void model_pull_answered(struct sim_model *model, struct model_pull *pull,
                         const struct dd_answer *answer);
void model_pull_looked(struct sim_model *model, struct model_pull *pull,
                       const struct dd_answer *answer);
void model_pull_give_up(struct sim_model *model, struct model_pull *pull, enum dd_status status);
void model_pull_check(struct sim_model *model, struct model_pull *pull);
/** The first that could begin, and has a slot; NULL. */
const struct model_pull *model_pull_next(const struct sim_model *model);

/* model_compare.c */
void model_compare_saw(struct sim_model *model, const struct dd_event *event);
/** Whoever was to be told was. */
void model_check_told(struct sim_model *model);

/* model_removals.c */
unsigned model_places_taken(const struct sim_model *model);
void model_removal_begins(struct sim_model *model, uint32_t index);
/** A removal's inspect: true if it could go on now, and does. */
bool model_removal_resumes(struct sim_model *model, struct model_image *image);
void model_removal_ends(struct sim_model *model, struct model_image *image);
void model_removal_answered(struct sim_model *model, struct model_image *image,
                            const struct dd_answer *answer);
void model_removal_time_over(struct sim_model *model, struct model_image *image);
void model_removal_backs_off(struct sim_model *model, const struct dd_event *event);
/** One that could begin or go on, and has a place; NULL. */
const struct model_image *model_removal_next(const struct sim_model *model);
const char *model_removal_text(const struct sim_model *model, const struct model_image *image);

/* model_calls.c */
void model_call_cancel(struct sim_model *model, const struct dd_call *call);
/** Nobody waits for @call any more; @place: it was a removal's. */
void model_stray_add(struct sim_model *model, const struct dd_call *call, bool place);
void model_call_refused(struct sim_model *model, const struct dd_call *call);

/* model_classes.c */
struct model_class model_class_of(const struct dd_answer *answer);
/** Of an inspect or a DELETE. */
struct model_class model_class_of_object(const struct dd_answer *answer);
struct model_class model_class_of_text(const char *text);
/** Whether whoever is told of it may try again, and when. */
struct model_advice {
    bool recoverable;
    uint64_t wait_ns;
};
struct model_advice model_advice_of(enum dd_status status);
/** The oracle's number of a name as the engine lists it; SIM_NONE if it is none. */
uint32_t model_listed_name(struct sim_model *model, const char *text);
static inline uint32_t model_repository(const struct sim_model *model, uint32_t name)
{
    return model->oracle->name_at[name].repository;
}

#endif
