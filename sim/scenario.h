/**
 * A scenario: what a scenario file says, checked and ready to run. Names are
 * resolved as far as a file can: durations are nanoseconds, references are
 * normal, `after` and labels are indices of steps.
 *
 * Ownership: everything a scenario points to is the scenario's own, until
 *            sim_scenario_destroy. It is never changed by a run.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/drydock.h"
#include "fakes/engine.h"
#include "fakes/queue.h"

#define SIM_NO_STEP SIZE_MAX

enum sim_step_kind {
    SIM_STEP_PULL,
    SIM_STEP_RETAIN,
    SIM_STEP_CANCEL,         /* target */
    SIM_STEP_RELEASE,        /* what `caller` holds on `name`: dd_release_image */
    SIM_STEP_RELEASE_LEASE,  /* the lease that `target` was told: dd_release */
    SIM_STEP_RELEASE_CALLER, /* everything of `caller` */
    SIM_STEP_RESTART,        /* `target`'s pull again, without a release */
    SIM_STEP_CLOSE,
    SIM_STEP_STOP,  /* the engine */
    SIM_STEP_START, /* the engine */
    SIM_STEP_RMI,
    SIM_STEP_TAG,
    SIM_STEP_LOAD,
    SIM_STEP_USER_PULL,
    SIM_STEP_BUILD, /* a child image */
    SIM_STEP_RUN,   /* a container */
    SIM_STEP_KILL,  /* stop a container */
    SIM_STEP_RM,    /* remove a container */
    SIM_STEP_PUSH,
    SIM_STEP_UNPUSH,
    SIM_STEP_DISK,
    SIM_STEP_EXPECT,
    SIM_STEP_KIND_COUNT
};

/** What of an earlier step a step waits for. */
enum sim_outcome {
    SIM_OUTCOME_DONE,    /* the step was carried out */
    SIM_OUTCOME_GRANTED, /* its operation was told DD_OK */
    SIM_OUTCOME_FAILED,  /* its operation was told anything else */
    SIM_OUTCOME_TOLD     /* either */
};

/** A number that must lie in a range. */
struct sim_range {
    uint64_t min;
    uint64_t max;
};

enum sim_expect_kind {
    SIM_EXPECT_HOLDERS,           /* name: strings, in any order */
    SIM_EXPECT_STATE,             /* name: state */
    SIM_EXPECT_REASON,            /* name: text, of its BLOCKED conflict */
    SIM_EXPECT_WANTED,            /* name: flag */
    SIM_EXPECT_BINDINGS,          /* name: strings */
    SIM_EXPECT_ENGINE_IMAGES,     /* strings: nicknames */
    SIM_EXPECT_ENGINE_NAMES,      /* strings: tags */
    SIM_EXPECT_ENGINE_PULLS,      /* name: range */
    SIM_EXPECT_REMOVED,           /* name: range */
    SIM_EXPECT_MANIFEST_REQUESTS, /* name: range */
    SIM_EXPECT_PARALLEL_PULLS,    /* range: the most there were at a time */
    SIM_EXPECT_TOLD,              /* step: status of every operation of it */
    SIM_EXPECT_TEXT,              /* step: text is part of what it was told */
    SIM_EXPECT_RECOVERABLE,       /* step: flag */
    SIM_EXPECT_RETRY_AFTER,       /* step: wait_ns */
    SIM_EXPECT_SAME_IMAGE,        /* step: name (nickname) it was told */
    SIM_EXPECT_EVENTS,            /* event: range, how often it happened */
    SIM_EXPECT_KIND_COUNT
};

struct sim_expect {
    enum sim_expect_kind kind;
    const char *path; /* in the document: "steps[3].expect.holders["redis:7"]" */
    unsigned line;    /* in the file */
    const char *name; /* normal reference, or a nickname */
    struct dd_strings strings;
    struct sim_range range;
    enum dd_image_state state;
    size_t step;
    enum dd_status status;
    enum dd_event_kind event;
    const char *text;
    uint64_t wait_ns;
    bool flag;
};

struct sim_credentials {
    const char *label; /* "alice" */
    struct dd_credentials value;
};

/** One of several things, any of which lets a step begin. */
struct sim_after {
    size_t step; /* index of an earlier step */
    enum sim_outcome outcome;
};

#define SIM_AFTER_MAX 4

struct sim_step {
    enum sim_step_kind kind;
    unsigned line;     /* in the file */
    const char *label; /* "as", or NULL */

    /* When: at a time, or within a window after something. */
    struct fake_window window; /* from the start; or from what it waits for */
    struct sim_after after[SIM_AFTER_MAX];
    size_t after_count; /* 0: it waits for no step */
    bool when;          /* waits for an event of the coordinator: */
    enum dd_event_kind when_event;
    const char *when_name; /* a normal reference or a nickname; NULL: any */
    unsigned when_nth;     /* from 1 */

    /* Who and what. A step with `count` > 1 is carried out that many times, each
     * at an instant of its own; then "{n}" in `caller`, `name` and `normal`
     * stands for 1, 2, … (a caller has one already where callers are many; one
     * caller who pulls many images has none). A cancel, restart or release of a
     * target has the target's count: the nth is about the target's nth. */
    unsigned count; /* 1 or more */
    const char *caller;
    const char *name;   /* reference as written; nickname; container */
    const char *normal; /* `name` in normal form if it is a reference, else NULL */
    const char *other;  /* tag: the new name; load: name or NULL; build, run:
                           image: a normal reference or a nickname */
    size_t target;      /* index of an earlier step, or SIM_NO_STEP; a restart has
                           who and what from it too */

    enum dd_policy policy;
    const char *platform;
    const struct sim_credentials *credentials; /* NULL: anonymous */
    uint64_t deadline_ns;
    struct dd_strings bindings;    /* retain */
    bool flag;                     /* close: drain; rmi: force; run: running;
                                      disk: full */
    struct fake_manifest manifest; /* push */
    const struct sim_expect *expects;
    size_t expect_count;
};

/** How `drydock explore` goes about it. */
struct sim_exploration {
    enum fake_time time; /* FREE unless the file says so */
    uint64_t tick_ns;
    enum fake_calls_go calls_go;
    bool timeouts; /* with free time: those of pulls and inspects may be over, too */
    bool has_fault_max;
    unsigned fault_max; /* of the faults that are choices, in all */
    struct dd_config config;
};

struct sim_scenario {
    const char *path; /* of the file, as given */
    const char *text; /* what the file says */
    size_t text_size;
    const char *name;
    const char *retells;
    struct dd_strings hazards;
    struct dd_config config;
    bool has_personality; /* it is about one engine's ways */
    enum fake_personality personality;
    struct fake_timing timing;
    const struct fake_call_timing *call_timings; /* single calls' own */
    size_t call_timing_count;
    /* How long what the coordinator posts waits to be run; 0: nothing happens before. */
    struct fake_window strand;
    const struct fake_manifest *manifests; /* the registry at the start */
    size_t manifest_count;
    const struct fake_fault *faults;
    size_t fault_count;
    const struct sim_step *steps;
    size_t step_count;
    const struct sim_expect *finally;
    size_t finally_count;
    struct sim_exploration exploration;
    bool has_way;          /* a run goes along `way`, not as its seed chooses */
    struct dd_strings way; /* lines (way_line.h) */
};

/** What is wrong with a file: one thing, the first. */
struct sim_error {
    unsigned line;   /* from 1; 0: the file as a whole */
    unsigned column; /* in bytes, from 1 */
    char path[160];  /* in the document: "steps[2].caller"; "" for the whole */
    char message[320];
};

/**
 * Read a scenario from @bytes.
 *
 * Ownership: @path and @bytes borrowed for the call; returned, release with
 *            sim_scenario_destroy.
 * Errors:    NULL, and @error says where, what, and what was expected.
 */
struct sim_scenario *sim_scenario_parse(const char *path, const char *bytes, size_t size,
                                        struct sim_error *error);

/** Read @path. Errors: as sim_scenario_parse. */
struct sim_scenario *sim_scenario_read(const char *path, struct sim_error *error);

/**
 * Write "FILE:LINE:COLUMN: PATH: MESSAGE" (what there is of it) into @buffer,
 * always ended by a NUL, cut at @size; no newline.
 */
void sim_error_format(const char *path, const struct sim_error *error, char *buffer, size_t size);

/** Whether it can be played on an engine of that kind: it is about that, or about any. */
bool sim_scenario_suits(const struct sim_scenario *scenario, enum fake_personality personality);

/** Whether @name is the nickname of an image, and no reference. */
bool sim_scenario_has_nickname(const struct sim_scenario *scenario, const char *name);

/** NULL is fine. */
void sim_scenario_destroy(struct sim_scenario *scenario);

/** "pull", "release". Static storage. */
const char *sim_step_word(enum sim_step_kind kind);

#endif
