/**
 * Inside the fake engine: its calls, and what its files offer each other.
 */
#ifndef FAKE_ENGINE_INTERNAL_H
#define FAKE_ENGINE_INTERNAL_H

#include "fakes/engine.h"
#include "fakes/engine_records.h"

/* --- strings of an answer ----------------------------------------------------- */

struct fake__strings {
    const char **at;
    size_t count;
    size_t capacity;
};

void fake__strings_add(struct fake__strings *strings, const char *text);
struct dd_strings fake__strings_view(const struct fake__strings *strings);

/** What a call came to. */
struct fake__outcome {
    unsigned http_status;
    char *text; /* an error's; release with fake_memory_free */
    struct fake__strings untagged;
    struct fake__strings deleted;
};

void fake__outcome_clear(struct fake__outcome *outcome);
void fake__outcome_release(struct fake__outcome *outcome);

/* --- DELETE (engine_remove.c) ------------------------------------------------- */

/** What a DELETE asks for beside the image; both may be. */
enum fake__removal_flag {
    FAKE__REMOVE_BY_FORCE = 1,
    FAKE__REMOVE_NO_PARENTS = 2 /* row delete-noprune: what the Docker client asks for */
};

void fake__remove(struct fake_engine *engine, const struct fake__target *target, unsigned flags,
                  uint64_t by, struct fake__outcome *out);

/* --- Podman's ways (engine_podman.c) ------------------------------------------- */

/** A name as this engine shows it. */
const char *fake__shown_name(struct fake_engine *engine, struct fake__name *name);
char *fake__podman_malformed(const char *why);
char *fake__podman_missing(struct fake_engine *engine, const struct fake__target *target,
                           const char *why);
/** The text of a pull's failure, of which Docker's is @docker. */
char *fake__podman_pull_text(struct fake_engine *engine, const struct fake__target *target,
                             const char *docker);
/** The image with the digest of @name, whatever its repository; NULL. */
struct fake__image *fake__podman_by_digest(const struct fake_engine *engine,
                                           const struct fake__name *name);
/** The tag was taken from @image: its repository's digest goes with the last of them. */
void fake__podman_drop_digest(struct fake_engine *engine, const struct fake__name *tag,
                              struct fake__image *image, uint64_t by);
/** The pull's outcome is a failure: its stream is one error line (engine_pull.c). */
struct fake__call;
void fake__podman_pull_fail(struct fake__call *call);
void fake__podman_remove(struct fake_engine *engine, const struct fake__target *target, bool force,
                         uint64_t by, struct fake__outcome *out);

/* --- containers (engine_containers.c) ------------------------------------------ */

/** The engine ended, and Docker's containers with it. */
void fake__containers_end(struct fake_engine *engine);

const struct fake__container *fake__container_of(const struct fake_engine *engine,
                                                 const struct fake__content *content, bool stopped,
                                                 bool running);

/* --- the registry (registry.c) --------------------------------------------------- */

struct fake__login {
    char *username;
    char *password;
    char *token;
};

/** A manifest request's answer: the variant, or NULL and @out says why; then
 * @in_stream tells whether the stream has begun by then. */
const struct fake__variant *fake__registry_manifest(struct fake_engine *engine,
                                                    struct fake__name *name, const char *platform,
                                                    const struct fake__login *login,
                                                    struct fake__outcome *out, bool *in_stream);

/* --- texts (engine_texts.c) --------------------------------------------------------- */

char *fake__text_no_such_image(const struct fake__target *target);
char *fake__text_inspect_missing(const struct fake__target *target);
char *fake__text_manifest_unknown(const struct fake__name *name);
char *fake__text_no_credentials(const struct fake__name *name);
char *fake__text_name_in_use(const char *given, const struct fake__content *content,
                             const char *container_id);
/** "conflict: unable to delete <id> (<how>) - <why>" */
char *fake__text_cannot_delete(const struct fake__content *content, const char *how,
                               const char *why, const char *container_id);

/** A fault's text: its word's, about @target, or the reason itself. */
char *fake__text_reason(const struct fake_engine *engine, enum fake_call_kind kind,
                        const char *reason, const struct fake__target *target);

/* --- calls (engine_calls.c, engine_client.c) ------------------------------------- */

enum fake__phase {
    FAKE__EXECUTING, /* sent, not executed yet */
    FAKE__STREAMING, /* a pull that knows its manifest */
    FAKE__ANSWERING, /* its answer is on the way */
    FAKE__HUNG,      /* nothing comes */
    FAKE__ENDING     /* how it ends is settled: lost, unsent or cancelled */
};

/** A pull, and how far it is in its stream. */
struct fake__pull {
    struct fake__login login;
    char *platform;
    bool every_tag;                /* neither tag nor digest was sent */
    struct fake__content *content; /* NULL until the registry has answered */
    struct fake__layer **missing;
    size_t missing_count;
    size_t missing_capacity;
    uint64_t missing_bytes;
    uint64_t start_ns;
    uint64_t total_ns;
    struct fake_window window; /* exploring: instead of total_ns */
    uint64_t done_bytes;       /* of twice missing_bytes: downloaded, then extracted */
    uint64_t stage;            /* parts of the stream that are over, of stage_count */
    uint64_t stage_count;
    bool extracting;
    size_t at_layer;
    uint64_t at_byte;
    uint64_t line_count;
};

struct fake__call {
    struct fake_event event; /* its next step, as its client sees it */
    struct fake_event late;  /* the execution of what was abandoned */
    struct fake_engine *engine;
    struct dd_call *client; /* NULL: it has completed */
    enum fake_call_kind kind;
    enum fake__phase phase;
    uint64_t number;
    uint64_t instance; /* of the engine it was sent to */
    struct fake__target target;
    char *given;            /* owns target's texts where no record does */
    unsigned *nth_of_fault; /* of each that may still hit it: the nth call that it is for;
                               0: not for it. NULL: none may */
    const struct fake_fault *fault;
    const struct fake_call_timing *timing; /* its own; NULL: the usual */
    unsigned nth;                          /* of its kind, from 1 */
    bool executed;
    bool cancelled;
    bool abandoned;
    uint64_t abandoned_ns;
    struct dd_answer answer;
    struct fake__outcome outcome;
    struct dd_listed *listed;
    struct fake__strings list_strings;
    struct fake__pull *pull; /* of a pull; NULL */
};

struct fake__calls {
    struct fake__call **at; /* by number */
    size_t count;
    size_t capacity;
};

struct fake__call *fake__call_new(struct fake_engine *engine, enum fake_call_kind kind,
                                  struct dd_call *client, const char *name);
/** Send it, or end it where the engine cannot be reached. */
void fake__call_send(struct fake__call *call);
/** Its next step is @fire, within @window, shown as @what. */
void fake__call_wait(struct fake__call *call, struct fake_window window, const char *what,
                     void (*fire)(struct fake_event *event));
/** How long @part of it takes, which is @usual for others. */
struct fake_window fake__call_window(const struct fake__call *call, enum fake_call_part part,
                                     struct fake_window usual);
/** What could go either way with it: a choice, unless its timing says. */
bool fake__call_chance(struct fake__call *call, const char *what);
/** The outcome is known: the answer goes out, with outcome's status and text. */
void fake__call_answer(struct fake__call *call);
/** It ends without an answer, within @window. */
void fake__call_end(struct fake__call *call, enum dd_transport transport, const char *text,
                    struct fake_window window);
/** A DELETE or pull that nobody will be told of is executed in a while. */
void fake__call_abandon(struct fake__call *call);
/** Do now what it has not done yet: a DELETE, or a pull that lands. */
void fake__call_execute(struct fake__call *call);
void fake__call_report(const struct fake__call *call, enum fake_happening_kind kind,
                       unsigned http_status, const char *message);
void fake__call_report_executed(struct fake__call *call);
/** The event in which the engine gets to it. */
void fake__call_executed(struct fake_event *event);
void fake__execute_remove(struct fake__call *call);
/** Free it, once it has completed and cannot be executed any more. */
void fake__call_free_if_over(struct fake__call *call);
void fake__calls_insert(struct fake__calls *list, struct fake__call *call);
void fake__calls_take(struct fake__calls *list, const struct fake__call *call);
struct fake__call *fake__call_of_event(struct fake_event *event);
void fake__call_cancel(struct fake__call *call);
/** The engine dies under them. */
void fake__calls_lose(struct fake_engine *engine);
void fake__calls_release(struct fake_engine *engine);

/* --- pulls (engine_pull.c) and their streams (engine_stream.c) ---------------------- */

/** Ask the registry and begin the stream, or fail. */
void fake__pull_begin(struct fake__call *call);
/** Make and name at once what the pull is for. False: the registry refuses. */
bool fake__pull_land(struct fake__call *call, bool *newer);
/** Give back what it holds of layers. */
void fake__pull_let_go(struct fake__call *call);
/** Say that it failed by the stream's error line: @text, taken. */
void fake__pull_fail(struct fake__call *call, char *text);
/** Whether the engine may still carry it to its end when nobody listens. */
bool fake__pull_could_land(const struct fake__call *call);
void fake__login_copy(struct fake__login *login, const struct dd_credentials *credentials);
void fake__login_release(struct fake__login *login);

/** Deliver a line; false if the stream stopped before it or by it. */
bool fake__stream_line(struct fake__call *call, const struct dd_line *line);
/** "Pulling from" and one line a layer. */
bool fake__stream_open(struct fake__call *call);
/** The progress up to @stage of stage_count. */
bool fake__stream_progress(struct fake__call *call, uint64_t stage);
/** "Digest:" and "Status:". */
bool fake__stream_close(struct fake__call *call, bool newer);

/* --- faults (engine_faults.c) --------------------------------------------------------- */

struct fake__fault {
    struct fake_fault fault;
    unsigned matched;
    unsigned hit;
};

/** Whether any fault could hit a call of that kind. */
bool fake__fault_is_for(const struct fake_engine *engine, enum fake_call_kind kind);
/** The fault that hits this call, or NULL. */
const struct fake_fault *fake__fault_for(struct fake_engine *engine, enum fake_call_kind kind,
                                         const struct fake__target *target);
/** A call that was started: which faults may still hit it is chosen when it is executed. */
void fake__fault_later(struct fake__call *call);
/** It is executed: it has the fault that is chosen from now on. */
void fake__fault_late(struct fake__call *call);
/** Whether its fault stops the stream before its next line; @last: no line of the
 * kind that a fault could wait for comes any more. */
bool fake__fault_stops_stream(const struct fake__call *call, bool last);
/** Carry out the fault that stops the stream, or the whole call. */
void fake__fault_strike(struct fake__call *call);

/* --- the engine ----------------------------------------------------------------------------- */

struct fake_engine {
    const struct fake_chooser *chooser;
    struct fake_queue *queue;
    struct fake_watcher watcher;
    struct fake_timing timing;
    enum fake_personality personality;
    struct fake__arena arena;
    struct fake__map names;     /* normal references */
    struct fake__map nicknames; /* contents */
    struct fake__map ids;       /* contents, by image ID and by digest */
    struct fake__name *pushed_first;
    struct fake__name **pushed_last;
    struct fake__image **images; /* by order of making */
    size_t image_count;
    size_t image_capacity;
    uint64_t images_made;
    uint64_t disk_bytes;
    uint64_t download_count;
    struct fake__container **containers;
    size_t container_count;
    size_t container_capacity;
    struct fake__fault *faults;
    size_t fault_count;
    size_t fault_capacity;
    unsigned fault_max; /* of those that are choices, in all */
    unsigned fault_count_hit;
    enum fake_calls_go calls_go;
    const struct fake_call_timing *call_timings;
    size_t call_timing_count;
    unsigned started_count[FAKE_CALL_KIND_COUNT];
    const struct fake__fault *asked_fault; /* while the chooser is asked about it */
    unsigned asked_nth;                    /* of the calls that it is for */
    const struct fake__call *asked_call;   /* likewise */
    struct fake__calls calls;              /* not completed */
    struct fake__calls abandoned;          /* may still be executed */
    uint64_t last_number;
    uint64_t instance;
    bool up;
    bool disk_full;
};

static inline void fake__tell(const struct fake_engine *engine,
                              const struct fake_happening *happening)
{
    if (engine->watcher.happened) {
        engine->watcher.happened(engine->watcher.ctx, happening);
    }
}

static inline void fake__deliver(const struct fake_engine *engine,
                                 const struct fake_delivery *delivery)
{
    if (engine->watcher.delivers) {
        engine->watcher.delivers(engine->watcher.ctx, delivery);
    }
}

/** Bring a line of a pull to its client. */
static inline void fake__deliver_line(struct fake__call *call, const struct dd_line *line)
{
    fake__deliver(call->engine, &(struct fake_delivery){
                                    .call = call->client, .kind = call->kind, .line = line });
    call->client->line(call->client, line);
}

#endif
