/**
 * The inside of the oracle, for the files that make it up: oracle.c (a run's
 * beginning, violations), oracle_operations.c (what is asked and told; S2, S4, S5),
 * oracle_leases.c (who holds what; S2, S4), oracle_engine.c (the engine as its
 * history tells), oracle_calls.c (its calls; S3, S6), oracle_gates.c (S10), oracle_removal.c (S1,
 * S7, S8), oracle_timing.c (S7, L1: when removals begin) and oracle_end.c (L1, L2).
 *
 * Order is kept by `sequence`, which counts everything that the oracle hears:
 * several things happen at one instant.
 */
#ifndef SIM_ORACLE_STATE_H
#define SIM_ORACLE_STATE_H

#include "sim/names.h"
#include "sim/oracle.h"

/** What a removal knows from an inspect, as the engine executed it. */
struct oracle_inspected {
    uint64_t sequence; /* 0: never */
    uint64_t sent;     /* likewise */
    uint32_t image;    /* what it meant; SIM_NONE */
};

/** Where the removal of an image is, by what its holders did and by the
 * coordinator's events. */
enum oracle_phase {
    ORACLE_NONE,    /* held, or unknown */
    ORACLE_WAITING, /* for its time and its turn */
    ORACLE_REMOVING,
    ORACLE_BLOCKED /* for its time to be tried again */
};

struct oracle_image {
    bool exists;
    bool gone_excused; /* deleted by somebody else, or by an excused call */
    bool left;         /* named as left at close */
    uint32_t names;    /* the first of those it has; SIM_NONE */
    uint32_t name_count;
    uint32_t held_count; /* callers whose lease counts */
    bool released;       /* since it was made */
    uint64_t released_ns;
    uint64_t made_ns;
    uint64_t foreign;   /* sequence of the last name that others gave it */
    uint64_t ours;      /* sequence of its last binding */
    uint64_t forgotten; /* bindings up to this sequence are history */
    struct oracle_inspected inspected;
    uint32_t pairs; /* the first of the names that were ours; SIM_NONE */

    enum oracle_phase phase;
    uint64_t begun;       /* sequence of the last beginning of a removal */
    uint64_t due_ns;      /* a removal begins at the earliest, */
    uint64_t latest_ns;   /* and, if nothing is in its way, at the latest */
    uint64_t since_ns;    /* nothing was in its way since */
    unsigned blocked_run; /* how often it was blocked since somebody held it */
    unsigned want_count;  /* retains of it that were not told, and looks of pulls in flight */
    bool forgotten_now;   /* since somebody held it: nothing of it is ours */
    bool untried;         /* a close that drains owes it a removal */
    bool failed;          /* a call of this removal about its ID, or a DELETE, failed */
    bool refused;         /* the DELETE of the last round answered 409 */
    bool doubtful;        /* the last DELETE of it was lost (H32) */

    bool explained;
    enum dd_image_state state;
    enum dd_status status;
    enum dd_conflict conflict;
    uint64_t lease_count;
    unsigned container_count; /* as the engine has it at the end */
    unsigned child_count;
};

struct oracle_name {
    uint32_t image; /* what it means; SIM_NONE */
    uint32_t next;  /* of the names of the same image */
    uint32_t repository;
    bool by_digest;
    uint64_t made_by;   /* our pull that made this meaning; 0: none of ours */
    uint64_t foreign;   /* sequence of the last change by others */
    uint64_t landed;    /* sequence of the last change by a pull of it */
    uint64_t seen;      /* sequence of the last inspect that saw that, unanswered */
    uint64_t confirmed; /* sequence of an inspect for a pull that saw that */
    uint64_t succeeded; /* sequence of the last success of a pull of it */
    uint64_t looked;    /* sequence of the last inspect of it for what comes */
    bool is_known;      /* that was answered, with 200 or 404 */
    bool is_blind;      /* the look before the next pull had none */
    bool is_unknown;    /* it had no answer, or one that says nothing */
    struct oracle_inspected inspected;
    uint32_t fetched;      /* image that the last pull of it brought, until its
                              success is known; SIM_NONE */
    uint32_t brought;      /* likewise, as long as somebody waits */
    uint64_t ended;        /* sequence of the last end of a pull of it */
    unsigned pull_count;   /* in flight */
    unsigned delete_count; /* in flight */
    bool pulled;           /* for somebody who waits, or it is still in flight */
    uint64_t secret;       /* of that pull */
    unsigned asked_count;  /* pulls of it that were asked for and not told */
    unsigned owed_count;   /* pulls of it that ended and were not looked into yet */
    uint32_t awaited;      /* image for the end of whose removal somebody waits, who asked
                              for this; SIM_NONE */
    bool starting;         /* the inspect of it that is sent next is a pull's *before* */
    bool settling;         /* an inspect sent at this very instant looks into one */
    uint64_t settling_ns;

    /* Of a repository: */
    unsigned flying_count; /* engine pulls of its names in flight */
    unsigned busy_count;   /* pulls asked for, in flight, or not looked into */
    uint64_t quiet_ns;     /* when that was 0 again */
};

/** A name and an image that were ours. */
struct oracle_pair {
    uint64_t sequence; /* when last */
    uint64_t learned;  /* when the coordinator bound it, by its own word; 0: never */
    uint32_t name;
    uint32_t next; /* of the pairs of the same image; SIM_NONE */
};

/** A repository of which no pull is sent until a DELETE is answered (H08, H39), or,
 * if its connection was lost, cannot be executed any more (H32). */
struct oracle_gate {
    uint64_t call;
    uint32_t repository;
    uint32_t image;
    bool lost;
    uint64_t until_ns; /* lost: the end of its doubt */
};

struct oracle_call {
    enum fake_call_kind kind;
    uint32_t name;    /* SIM_NONE: it names an image by ID */
    uint32_t image;   /* DELETE: what it is for; SIM_NONE */
    uint32_t aim;     /* DELETE: what our inspect said it means; inspect for a pull: what it
                         is thought to find; SIM_NONE */
    uint64_t sent_at; /* sequence */
    uint64_t basis;   /* DELETE: sequence of that inspect; 0: there was none */
    uint32_t deleted; /* image that it deleted; SIM_NONE */
    uint64_t deleted_at;
    bool sent;
    bool executed;
    bool answered;
    bool slot;         /* a pull that nobody gave up yet */
    bool late;         /* executed past the settling time */
    bool before_known; /* a pull whose name was inspected before */
    uint64_t before;   /* sequence of that inspect */
    uint64_t saw;      /* an inspect: names that it saw have this sequence; or 0 */
    bool settles;      /* an inspect that looks into a pull that ended */
    bool precedes;     /* an inspect that looks what there is before a pull */
    bool removes;      /* a call of a removal */
    bool given_up;     /* an answer may come all the same */
    bool landed;       /* a pull that made or moved the name it pulled */
};

/** What a caller has of an image. */
struct oracle_hold {
    bool told;
    uint64_t number; /* of the lease that was told */
    unsigned untold; /* operations granted and not told */
    uint32_t image;
    uint32_t caller;
    uint32_t next; /* of the holds of the same caller */
};

struct oracle_operation {
    uint32_t caller;
    uint32_t reference; /* name; SIM_NONE of a retain */
    uint32_t image;     /* of a retain; SIM_NONE */
    uint64_t asked;     /* sequence */
    uint64_t due_ns;    /* its own deadline; UINT64_MAX: none */
    enum dd_policy policy;
    uint64_t secret;
    uint32_t *bindings; /* retain: names that the agent vouches for */
    size_t binding_count;
    uint64_t number; /* the coordinator's */
    bool asking;     /* the call has not returned */
    bool refused;
    bool cancelled;  /* and will be told so */
    bool taken_back; /* what it was granted, perhaps by a release: it may be told so */
    bool told;
    uint32_t granted; /* image granted and not told; SIM_NONE */
};

struct oracle_caller {
    uint32_t holds; /* the first; SIM_NONE */
};

struct sim_oracle {
    struct dd_config config;
    bool timeless;
    bool outside; /* the engine is not seen */
    struct sim_namer namer;
    struct sim_violation *violation; /* NULL: none; big, and most runs have none */
    uint64_t sequence;
    uint64_t now_ns;

    struct sim_names names;
    struct sim_names image_ids;
    struct sim_names callers;
    struct oracle_name *name_at;
    struct oracle_image *image_at;
    struct oracle_caller *caller_at;
    size_t name_capacity;
    size_t image_capacity;
    size_t caller_capacity;

    struct sim_map pairs; /* (name, image): index of its sequence */
    struct oracle_pair *pair_at;
    size_t pair_count;
    size_t pair_capacity;

    struct sim_map holds; /* (image, caller) */
    struct oracle_hold *hold_at;
    size_t hold_count;
    size_t hold_capacity;

    struct sim_map numbers; /* the coordinator's number: operation */
    struct oracle_operation *operation_at;
    size_t operation_count;
    size_t operation_capacity;
    size_t pending_count; /* operations not told */
    size_t lease_count;   /* holds that count */

    struct oracle_call *call_at; /* by the engine's number, less 1 */
    size_t call_count;
    size_t call_capacity;
    uint64_t *deletes; /* numbers of the DELETEs in flight */
    size_t delete_count;
    size_t delete_capacity;
    struct oracle_gate *gates;
    size_t gate_count;
    size_t gate_capacity;
    size_t removal_count;  /* calls of removals in flight */
    size_t refused_count;  /* that were refused, and of which no failure was seen yet */
    uint64_t crowded_ns;   /* when that was at its limit last */
    uint32_t asking_name;  /* the coordinator says that it inspects this for a */
    uint32_t asking_image; /* pull, a policy or a retain; SIM_NONE */
    uint32_t paid_name;    /* by the inspect that was answered last: its pull was looked into */
    uint64_t pull_count;   /* engine pulls in flight that nobody gave up */
    uint64_t pull_max;
    uint64_t secret; /* of the next engine pull */
    uint64_t saw;    /* of the inspect that was answered last */

    bool engine_is_down; /* at the end; said anew each time before it is looked at */
    bool closing;
    bool draining;
    uint64_t closing_ns;
    uint64_t closing_until_ns;
    bool closed;
    bool wordless;    /* pulls end without saying what they brought */
    bool closed_late; /* when its time was over */
    uint64_t late_count;
};

static inline uint64_t oracle_key(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

/* oracle.c: numbers of texts; records are made when they are first heard of. */
uint32_t oracle_name_of(struct sim_oracle *oracle, const char *text);
uint32_t oracle_image_of(struct sim_oracle *oracle, const char *id);
/* What is known of an image, of a name: from now on, if it was not. (Looking it up may
 * move them all: never inside an index.) */
struct oracle_image *oracle_known_image(struct sim_oracle *oracle, const char *id);
struct oracle_name *oracle_known_name(struct sim_oracle *oracle, const char *text);
uint32_t oracle_caller_of(struct sim_oracle *oracle, const char *text);
const char *oracle_name_text(const struct sim_oracle *oracle, uint32_t name);
const char *oracle_caller_text(const struct sim_oracle *oracle, uint32_t caller);
/** The nickname, or the ID if it has none. */
const char *oracle_image_text(const struct sim_oracle *oracle, uint32_t image);
bool oracle_is_id(const char *text);

/** A pull of a name of the repository of @name is something more, or less, to wait for. */
void oracle_busier(struct sim_oracle *oracle, uint32_t name);
void oracle_quieter(struct sim_oracle *oracle, uint32_t name);

/* oracle_calls.c */
/** Calls are numbered from 1. */
struct oracle_call *oracle_call_of(struct sim_oracle *oracle, uint64_t number);
void oracle_call_sent(struct sim_oracle *oracle, const struct fake_happening *happening);
void oracle_call_executed(struct sim_oracle *oracle, const struct fake_happening *happening);
void oracle_call_answered(struct sim_oracle *oracle, const struct fake_happening *happening);
/** A pull was given up, or is over: it counts no more. */
void oracle_slot_free(struct sim_oracle *oracle, struct oracle_call *call);
/** Once nobody waits for a pull of the name @index, and none is in flight: whose the last
 * was, and what it brought, says nothing to whoever asks later. */
void oracle_pull_forget(struct sim_oracle *oracle, uint32_t index);
/** What an inspect with that sequence saw, the coordinator knows. */
void oracle_confirm(struct sim_oracle *oracle, uint64_t saw);
/** The coordinator says that the pull of the name @index was a success. */
void oracle_pull_succeeded(struct sim_oracle *oracle, uint32_t index);

/* oracle_gates.c: S10 */
void oracle_gate_close(struct sim_oracle *oracle, const struct oracle_call *call, uint64_t number);
void oracle_gate_answered(struct sim_oracle *oracle, uint64_t number, bool lost);
/** It was executed after all; or no lost DELETE ever can be: @number 0. */
void oracle_gate_executed(struct sim_oracle *oracle, uint64_t number);
/** Before a pull, or an inspect for one, of the name @index. */
void oracle_gate_check(struct sim_oracle *oracle, uint32_t index, const char *verb);
/** An image whose DELETE may be answered or executed yet; SIM_NONE. */
uint32_t oracle_gate_doubtful(struct sim_oracle *oracle);

/* oracle_end.c */
/** Whether we owe the removal of what the name @index means. */
bool oracle_name_is_owed(const struct sim_oracle *oracle, uint32_t index);

/* oracle_timing.c */
void oracle_timing_held(struct sim_oracle *oracle, uint32_t index);
void oracle_timing_released(struct sim_oracle *oracle, uint32_t index);
void oracle_timing_saw(struct sim_oracle *oracle, const struct dd_event *event);
void oracle_timing_closing(struct sim_oracle *oracle);
void oracle_timing_closed(struct sim_oracle *oracle);
/** At the end: a removal whose time has come and which does not begin. */
void oracle_timing_settled(struct sim_oracle *oracle, bool asleep);

/* oracle_leases.c */
/** A lease of the operation's caller on @image begins to count; or what was granted to
 * it and not told counts no more; or it is told, with @number. */
void oracle_hold_grant(struct sim_oracle *oracle, struct oracle_operation *operation,
                       uint32_t image);
void oracle_hold_ungrant(struct sim_oracle *oracle, struct oracle_operation *operation);
bool oracle_hold_is_granted(const struct sim_oracle *oracle,
                            const struct oracle_operation *operation, uint32_t image);
void oracle_hold_tell(struct sim_oracle *oracle, struct oracle_operation *operation, uint32_t image,
                      uint64_t number);
/** Whatever that caller was granted on that image and not told counts no more. */
void oracle_hold_ungrant_all(struct sim_oracle *oracle, uint32_t image, uint32_t caller);
/** Somebody who holds @image, in words; "" if nobody does. */
const char *oracle_holder_text(const struct sim_oracle *oracle, uint32_t image);

/* oracle_removal.c */
/** The coordinator says that it is bound. */
void oracle_pair_learned(struct sim_oracle *oracle, uint32_t name, uint32_t image);
/** A call that was sent at @sent_at is answered, and the image is gone. */
void oracle_pairs_outlive(struct sim_oracle *oracle, uint32_t image, uint64_t sent_at);
bool oracle_pair_is_ours(const struct sim_oracle *oracle, uint32_t name, uint32_t image);
bool oracle_image_is_ours(const struct sim_oracle *oracle, uint32_t image);
void oracle_pair_record(struct sim_oracle *oracle, uint32_t name, uint32_t image);
/** Whether a DELETE may rely on it. */
bool oracle_inspected_counts(const struct sim_oracle *oracle,
                             const struct oracle_inspected *inspected);
void oracle_delete_sent(struct sim_oracle *oracle, struct oracle_call *call);
void oracle_delete_unnamed(struct sim_oracle *oracle, const struct oracle_call *call, uint32_t name,
                           uint32_t was);
void oracle_delete_deleted(struct sim_oracle *oracle, struct oracle_call *call, uint32_t image);
/** A lease on @image begins to count. */
void oracle_delete_granted(struct sim_oracle *oracle, uint32_t image, uint32_t caller);

#endif
