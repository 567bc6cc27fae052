/**
 * The fake engine: a model of Docker Engine 20.10 and a registry behind it, in
 * virtual time, with the answers of docs/ENGINE.md row by row.
 *
 * It is three things: the truth (images, names, containers, the registry's
 * repositories: fake_engine_* below changes and reads it at once, as other users
 * of the engine do), the Docker client interface that the coordinator is given
 * (fake_engine_docker), whose calls take time: a request is *sent*, *executed*
 * after a drawn time, and *answered* after another; and a history that the
 * oracle reads.
 */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/docker.h"
#include "fakes/chooser.h"
#include "fakes/queue.h"

enum fake_call_kind {
    FAKE_CALL_IDENTIFY,
    FAKE_CALL_PULL,
    FAKE_CALL_INSPECT,
    FAKE_CALL_REMOVE,
    FAKE_CALL_LIST,
    FAKE_CALL_KIND_COUNT
};

/** What happened inside the engine, as it happened. Strings are borrowed for
 * the callback. */
enum fake_happening_kind {
    FAKE_HAPPENED_SENT,      /* a call arrived: call, number, name; not for those that
                                end unsent */
    FAKE_HAPPENED_EXECUTED,  /* its outcome is known: call, number, name, status,
                                message (of a pull: the error in its stream, or
                                "truncated"); after what it did (MADE, NAMED, …) */
    FAKE_HAPPENED_ANSWERED,  /* its completion is delivered now: status; message is
                                the error's, or "lost", "unsent", "cancelled" */
    FAKE_HAPPENED_CANCELLED, /* the client gave up */
    FAKE_HAPPENED_MADE,      /* an image came to be: image */
    FAKE_HAPPENED_NAMED,     /* a name was made or moved: name, image, was */
    FAKE_HAPPENED_UNNAMED,   /* a name was removed: name, was */
    FAKE_HAPPENED_DELETED,   /* an image is gone: image */
    FAKE_HAPPENED_RESTARTED, /* the engine restarted: number is its instance */
    FAKE_HAPPENED_LATE       /* an abandoned call is executed now; what it does, and
                                EXECUTED, follow */
};

struct fake_happening {
    enum fake_happening_kind kind;
    enum fake_call_kind call;
    uint64_t number;   /* of the call, from 1; 0: no call of ours did it */
    const char *name;  /* reference as the call or the user gave it, or the
                          normalised name that changed */
    const char *image; /* image ID */
    const char *was;   /* image ID before */
    const char *message;
    unsigned http_status;
    uint64_t since_abandoned_ns; /* LATE: how long after the client gave up */
};

/** What the client brings next: a line of a pull, or an answer; the other is NULL. */
struct fake_delivery {
    const struct dd_call *call;
    enum fake_call_kind kind;
    const struct dd_line *line;
    const struct dd_answer *answer;
};

struct fake_watcher {
    void (*happened)(void *ctx, const struct fake_happening *happening);
    void *ctx;
    void (*delivers)(void *ctx, const struct fake_delivery *delivery); /* NULL: nobody asks */
};

/** How long the parts of each call take. */
struct fake_timing {
    struct fake_window execute[FAKE_CALL_KIND_COUNT]; /* sent -> executed */
    struct fake_window answer[FAKE_CALL_KIND_COUNT];  /* executed -> answered */
    struct fake_window abandoned;                     /* client gone -> still executed, for DELETE
                                                         and for pulls that land */
};

/** The parts of a call whose time can be told. */
enum fake_call_part {
    FAKE_PART_EXECUTE,   /* sent -> executed; a pull: -> its stream begins */
    FAKE_PART_STREAM,    /* a pull: how long its stream takes */
    FAKE_PART_ANSWER,    /* executed -> answered */
    FAKE_PART_END,       /* cancelled, lost or unsent -> its client hears of it */
    FAKE_PART_ABANDONED, /* client gone -> still executed */
    FAKE_PART_COUNT
};

/** The time that one call takes, instead of the usual. */
struct fake_call_timing {
    enum fake_call_kind call;
    unsigned nth; /* of its kind, from 1 */
    bool has[FAKE_PART_COUNT];
    struct fake_window part[FAKE_PART_COUNT];
    bool has_anyway;
    bool anyway; /* what could go either way with it is not a choice: an aborted pull
                    lands, an answer comes before its cancel, what was lost is
                    executed late, what was sent is executed before the engine dies */
};

/** What a fault makes of a call. */
enum fake_fault_kind {
    FAKE_FAULT_STATUS,   /* answers `status` and `reason`; nothing is executed */
    FAKE_FAULT_STREAM,   /* a pull: 200, lines, then an error line `reason` */
    FAKE_FAULT_TRUNCATE, /* a pull: 200, ends cleanly without the closing line;
                            the image is made only if `executed` */
    FAKE_FAULT_HANG,     /* never answers; cancel completes it */
    FAKE_FAULT_LOSE,     /* the connection breaks; `executed`: it is done all the
                            same, at once or in the `abandoned` window */
    FAKE_FAULT_UNSENT,   /* the connection is refused */
    FAKE_FAULT_REFUSE    /* the start itself answers DD_ENOMEM */
};

struct fake_fault {
    enum fake_fault_kind kind;
    enum fake_call_kind call;
    const char *name;    /* only calls that name this image or reference, as any
                            of its names, its ID or its nickname (a pull: as this
                            reference, or by the nickname); NULL: all. Owned by the
                            caller, outlives the engine */
    unsigned nth;        /* the nth matching call, from 1; 0: every */
    unsigned budget;     /* 0: the fault is certain; n: each matching call is a
                            choice, and it hits at most n times */
    unsigned status;     /* STATUS; 0: what goes with the word, or 500 */
    const char *reason;  /* text, or one of the words in fake_reason_text */
    bool executed;       /* TRUNCATE, LOSE */
    uint64_t after_line; /* STREAM, TRUNCATE, HANG, LOSE of a pull: after how many
                            lines; 0: before the first */
};

struct fake_engine;

/** @chooser, @queue and @watcher outlive the engine; aborts without memory. */
struct fake_engine *fake_engine_create(const struct fake_chooser *chooser, struct fake_queue *queue,
                                       struct fake_watcher watcher,
                                       const struct fake_timing *timing);
void fake_engine_destroy(struct fake_engine *engine);

/** The Docker client interface of this engine. */
struct dd_docker fake_engine_docker(struct fake_engine *engine);

/** How the engine answers where engines differ (docs/ENGINE.md, Personalities). */
enum fake_personality {
    FAKE_DOCKER_20_10, /* what a new engine is */
    FAKE_PODMAN_4_3    /* no closing lines; an unknown tag fails inside the stream;
                          deleted IDs without "sha256:" */
};
/** "docker-20.10". Static storage. */
const char *fake_personality_word(enum fake_personality personality);
#define FAKE_PERSONALITY_COUNT 2

void fake_engine_set_personality(struct fake_engine *engine, enum fake_personality personality);

void fake_engine_add_fault(struct fake_engine *engine, const struct fake_fault *fault);

/** Single calls have times of their own: @count of them @at, borrowed while the engine
 * lives. */
void fake_engine_time_calls(struct fake_engine *engine, const struct fake_call_timing *at,
                            size_t count);

/** Whether the fault that was added @index-th, from 0, has hit a call. */
bool fake_engine_fault_hit(const struct fake_engine *engine, size_t index);

/** A number that grows as long as calls bring faults nearer, or use them up, but for
 * those added before the @first: those that hit every call never change it. */
uint64_t fake_engine_fault_progress(const struct fake_engine *engine, size_t first);

/** At most @max faults that are choices (with a budget) hit in all; none limits them
 * but their own budgets otherwise. */
void fake_engine_limit_faults(struct fake_engine *engine, unsigned max);

/** For explorations: how much of a call is one event. */
enum fake_calls_go {
    FAKE_CALLS_IN_PARTS, /* it is executed, and answered later */
    FAKE_CALLS_WHOLE,    /* both in one, and a pull's stream comes whole in it */
    FAKE_CALLS_PROMPT    /* and inspects, which change nothing, are prompt */
};
void fake_engine_let_calls_go(struct fake_engine *engine, enum fake_calls_go how);

/** The text a real engine answers for a word such as "in use", "children",
 * "names", "denied", "rate limit", "disk full", "no credentials",
 * "unauthorized", "not found", or NULL if @word is not one of them. */
const char *fake_reason_text(const char *word);
/** The HTTP status that goes with it, taken where a fault has none; 0: unknown word. */
unsigned fake_reason_status(const char *word);
/** The words, for whoever checks files; NULL past the last. */
const char *fake_reason_word(size_t index);

/* --- the registry ------------------------------------------------------- */

struct fake_manifest {
    const char *reference; /* "redis:7" */
    const char *image;     /* nickname of the content, "redis-a": the same
                              nickname is the same content and image ID */
    const char *platform;  /* NULL: any */
    uint64_t size_bytes;
    unsigned layer_count; /* 1 or more */
    const char *base;     /* nickname whose layers it shares; NULL */
    const char *username; /* demanded credentials; NULL: none */
    const char *password;
    struct fake_window pull; /* time of a whole pull */
};

/** Push: from now on @manifest->reference means this content (the tag moves), for
 * its platform. The first push of a nickname says what its layers are. */
void fake_registry_push(struct fake_engine *engine, const struct fake_manifest *manifest);
/** Remove a reference from the registry. */
void fake_registry_delete(struct fake_engine *engine, const char *reference);
/** How many manifest requests came for @reference (normalised or not). */
uint64_t fake_registry_manifest_requests(const struct fake_engine *engine, const char *reference);

/** How many layers were downloaded: pulls under way share them. */
uint64_t fake_registry_blob_downloads(const struct fake_engine *engine);

/** The image ID that content nicknamed @nickname has: "sha256:" and 64 digits. */
void fake_image_id(const char *nickname, char out[72]);
/** The manifest digest of it: likewise. */
void fake_manifest_digest(const char *nickname, char out[72]);
/** The nickname of an image ID or digest that this engine has seen, or NULL. */
const char *fake_engine_nickname(const struct fake_engine *engine, const char *id);

/* --- the truth: what others do behind our back, at once -------------------- */

/** Results are HTTP statuses, as the engine would answer. */
unsigned fake_engine_rmi(struct fake_engine *engine, const char *name, bool force);
unsigned fake_engine_tag(struct fake_engine *engine, const char *name, const char *as);
/** `docker load` or `docker build`: @nickname exists, with @name if not NULL. */
void fake_engine_load(struct fake_engine *engine, const char *nickname, const char *name);
/** A user's own `docker pull`: done at once, from the registry. */
unsigned fake_engine_user_pull(struct fake_engine *engine, const char *reference);
/** A child image of @parent (name or ID). */
unsigned fake_engine_build_child(struct fake_engine *engine, const char *parent,
                                 const char *nickname);
/** Make a container of @image (reference or ID); running or only created. */
unsigned fake_engine_container(struct fake_engine *engine, const char *image, const char *container,
                               bool running);
unsigned fake_engine_container_start(struct fake_engine *engine, const char *container);
unsigned fake_engine_container_stop(struct fake_engine *engine, const char *container);
unsigned fake_engine_container_remove(struct fake_engine *engine, const char *container);
/** The engine dies: calls in flight are lost; until started, calls are UNSENT. */
void fake_engine_stop(struct fake_engine *engine);
/** It starts again, as a new instance. Images and containers are still there. */
void fake_engine_start(struct fake_engine *engine);
bool fake_engine_is_up(const struct fake_engine *engine);
void fake_engine_set_disk_full(struct fake_engine *engine, bool full);

/* --- the truth, read ------------------------------------------------------ */

/** Whether the image is there, by ID. */
bool fake_engine_has(const struct fake_engine *engine, const char *image);
/** The image that a name (tag, digest or ID) means now, or NULL. */
const char *fake_engine_resolve(const struct fake_engine *engine, const char *name);

struct fake_image_view {
    const char *id;
    const char *nickname;
    struct dd_strings tags; /* in normal form, in the order of making */
    struct dd_strings digests;
    unsigned container_count;
    unsigned running_count;
    unsigned child_count;
    uint64_t size_bytes;
};

/** The images there are, in the order of making; false past the last. The view
 * is borrowed until the engine changes. */
bool fake_engine_image(const struct fake_engine *engine, size_t index,
                       struct fake_image_view *view);
/** Bytes on disk: layers counted once. */
uint64_t fake_engine_disk_bytes(const struct fake_engine *engine);

/** A call that the coordinator started and that has not completed. */
struct fake_call_view {
    enum fake_call_kind call;
    uint64_t number;
    const char *name; /* normalised reference, or the ID */
    bool executed;
    bool cancelled;
};
/** Calls in flight, oldest first; false past the last. */
bool fake_engine_call(const struct fake_engine *engine, size_t index, struct fake_call_view *view);
/** Abandoned calls (cancelled or lost) which may still be executed. */
size_t fake_engine_abandoned_count(const struct fake_engine *engine);
/** Execute the oldest of them now; exploring only. False: there is none. */
bool fake_engine_land_abandoned(struct fake_engine *engine);

/** How many pulls of a reference calls of ours asked the engine for. */
uint64_t fake_engine_pull_count(const struct fake_engine *engine, const char *reference);
/** How many times an image (by nickname) was deleted by calls of ours. */
uint64_t fake_engine_removed_count(const struct fake_engine *engine, const char *nickname);

#endif
