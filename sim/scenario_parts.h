/**
 * The parts of the scenario reader, and what they share while a file is read.
 *
 * A file is read in three rounds, each in the order of the file: first the shape
 * of everything (and the names that it makes known), then the references that
 * steps make known, then whatever uses a name. A round begins only if the one
 * before found nothing wrong, so that no mistake shows up as another one.
 */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "sim/arena.h"
#include "sim/known.h"
#include "sim/reader.h"
#include "sim/scenario.h"

#define SIM_NAME_MAX 64u       /* bytes of a nickname, label or container */
#define SIM_STEP_MAX 10000u    /* steps in a file */
#define SIM_NUMBER_MAX 100000u /* what "callers" and "images" go up to */
#define SIM_MANIFEST_MAX 100000u
#define SIM_INSTANCE_MAX 1000000u /* times that all steps are carried out */

/* The keys of a step: what it waits for, then the verbs, then the rest. */
#define SIM_STEP_KEY_MAP(X)                                                                        \
    X(AT, "at")                                                                                    \
    X(AFTER, "after")                                                                              \
    X(WHEN, "when")                                                                                \
    X(WITHIN, "within")                                                                            \
    X(NTH, "nth")                                                                                  \
    X(AS, "as")                                                                                    \
    X(PULL, "pull")                                                                                \
    X(RETAIN, "retain")                                                                            \
    X(CANCEL, "cancel")                                                                            \
    X(RELEASE, "release")                                                                          \
    X(RELEASE_CALLER, "release_caller")                                                            \
    X(RESTART, "restart")                                                                          \
    X(CLOSE, "close")                                                                              \
    X(STOP, "stop")                                                                                \
    X(START, "start")                                                                              \
    X(RMI, "rmi")                                                                                  \
    X(TAG, "tag")                                                                                  \
    X(LOAD, "load")                                                                                \
    X(USER_PULL, "user_pull")                                                                      \
    X(BUILD, "build")                                                                              \
    X(RUN, "run")                                                                                  \
    X(KILL, "kill")                                                                                \
    X(RM, "rm")                                                                                    \
    X(PUSH, "push")                                                                                \
    X(UNPUSH, "unpush")                                                                            \
    X(DISK, "disk")                                                                                \
    X(EXPECT, "expect")                                                                            \
    X(CALLER, "caller")                                                                            \
    X(CALLERS, "callers")                                                                          \
    X(IMAGES, "images")                                                                            \
    X(POLICY, "policy")                                                                            \
    X(PLATFORM, "platform")                                                                        \
    X(CREDENTIALS, "credentials")                                                                  \
    X(DEADLINE, "deadline")                                                                        \
    X(BINDINGS, "bindings")                                                                        \
    X(FORCE, "force")                                                                              \
    X(TO, "to")                                                                                    \
    X(NAME, "name")                                                                                \
    X(ON, "on")                                                                                    \
    X(CONTAINER, "container")                                                                      \
    X(RUNNING, "running")                                                                          \
    X(ID, "id")                                                                                    \
    X(SIZE, "size")                                                                                \
    X(LAYERS, "layers")                                                                            \
    X(BASE, "base")

enum sim_step_key {
#define SIM_STEP_KEY_ENUM(name, word) SIM_KEY_##name,
    SIM_STEP_KEY_MAP(SIM_STEP_KEY_ENUM)
#undef SIM_STEP_KEY_ENUM
        SIM_STEP_KEY_COUNT
};

/* What a step says, as it stands in the file. */
struct sim_step_draft {
    struct sim_value object;
    struct sim_value keys[SIM_STEP_KEY_COUNT];
    enum sim_step_key verb;
};

/* The keys of a registry entry; a push has them too, but for "images". */
enum sim_manifest_key {
    SIM_MANIFEST_ID,
    SIM_MANIFEST_SIZE,
    SIM_MANIFEST_LAYERS,
    SIM_MANIFEST_BASE,
    SIM_MANIFEST_PLATFORM,
    SIM_MANIFEST_CREDENTIALS,
    SIM_MANIFEST_PULL,
    SIM_MANIFEST_IMAGES,
    SIM_MANIFEST_KEY_COUNT
};

/* A nickname that is used before all nicknames are known. */
struct sim_nickname_use {
    struct sim_value value;
    const char *nickname;
    struct sim_nickname_use *next;
};

struct sim_draft {
    struct sim_reader reader;
    struct sim_arena *arena;
    struct sim_scenario *scenario;

    struct sim_known nicknames;
    struct sim_known references; /* in normal form */
    struct sim_known credentials;
    struct sim_known labels;
    struct sim_known containers;
    struct sim_known callers;

    struct sim_credentials *credentials_table;
    struct fake_manifest *manifests;
    size_t manifest_capacity;
    struct fake_fault *faults;
    struct sim_step *steps;
    struct sim_step_draft *step_drafts;
    struct sim_nickname_use *bases;
};

/* ---- the first round: shapes, nicknames, labels, callers, containers ------------ */

void sim_read_credentials(struct sim_draft *draft, struct sim_value section);
void sim_read_config(struct sim_draft *draft, struct sim_value section);
/* "explore", after "config": its settings replace those for explorations. */
void sim_read_exploration(struct sim_draft *draft, struct sim_value section);
void sim_read_engine(struct sim_draft *draft, struct sim_value section);
/* Likewise of a scenario that does not say how; after its config is known. */
void sim_default_exploration(struct sim_scenario *scenario);
/* The timing of a scenario that says nothing about it. */
void sim_default_timing(struct fake_timing *timing);
void sim_read_registry(struct sim_draft *draft, struct sim_value section);
void sim_read_faults(struct sim_draft *draft, struct sim_value section);
void sim_read_steps(struct sim_draft *draft, struct sim_value section);

/* A manifest from the keys of @object; @reference is normal, @count goes with {n}.
 * Makes its nickname known. */
bool sim_read_manifest(struct sim_draft *draft, struct sim_value object,
                       const struct sim_value *keys, struct fake_manifest *out, unsigned count);
/* The credentials labelled as @value says. */
bool sim_find_credentials(struct sim_draft *draft, struct sim_value value,
                          const struct sim_credentials **out);

/* ---- the second round: references --------------------------------------------- */

void sim_define_references(struct sim_draft *draft);

/* ---- the third round: uses ------------------------------------------------------- */

void sim_check_bases(struct sim_draft *draft);
void sim_resolve_faults(struct sim_draft *draft, struct sim_value section);
void sim_resolve_steps(struct sim_draft *draft);
/* The expectations in @object: an array of @count, the arena's. */
void sim_read_expectations(struct sim_draft *draft, struct sim_value object,
                           const struct sim_expect **out, size_t *count);

/* Whether a step of this kind is an operation, which is told how it ended. */
bool sim_step_is_operation(enum sim_step_kind kind);

/* ---- names, for all of them -------------------------------------------------------- */

/* The normal form of the reference @text, which @value says; with {n}, each from 1
 * to @count is one. "repository@nickname" is that content's digest. */
bool sim_normal_reference(struct sim_draft *draft, struct sim_value value, const char *text,
                          unsigned count, const char **out);
enum sim_name_form {
    SIM_NAME_ANY,      /* a reference, made normal, or a nickname as it is */
    SIM_NAME_RESOLVED, /* likewise, a nickname as its image ID */
    SIM_NAME_REFERENCE /* a reference only */
};
/* What @text, which @value says, is called; it must be known. */
bool sim_find_name(struct sim_draft *draft, struct sim_value value, const char *text,
                   enum sim_name_form form, unsigned count, const char **out);
/* A nickname where only a reference does: the likely mistake is named. */
bool sim_check_no_nickname(struct sim_draft *draft, struct sim_value value, const char *text);
/* The entry for @text in @known; @problem: "no step has the label". */
struct sim_known_name *sim_find_known(struct sim_draft *draft, struct sim_value value,
                                      const struct sim_known *known, const char *text,
                                      const char *problem);
/* The event whose word is @word. */
bool sim_read_event_word(struct sim_draft *draft, struct sim_value value, const char *word,
                         enum dd_event_kind *out);
/* A caller's name. */
bool sim_read_caller(struct sim_draft *draft, struct sim_value value, const char **out);

#endif
