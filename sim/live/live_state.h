/**
 * The inside of a live run, for the files that make it up: line.c (our calls to the
 * engine), pace.c (how time goes), shelf.c (what the registry has), others.c (what
 * somebody else does), truth.c (what the engine has), live.c (its beginning and end).
 */
#ifndef SIM_LIVE_STATE_H
#define SIM_LIVE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drydock/client.h"
#include "drydock/host_lock.h"
#include "drydock/loop.h"
#include "sim/live/http.h"
#include "sim/live/live.h"
#include "sim/live/names.h"
#include "sim/live/registry.h"
#include "sim/names.h"

struct live_call;

/** An image that this run has made, or has let be made. */
struct live_content {
    const char *nickname; /* the scenario's */
    struct sim_live_image image;
    bool is_built; /* on the engine: there is no `image` */
    uint64_t removed_count;
};

/** What a reference means at the registry. */
struct live_shelved {
    char *reference; /* in normal form */
    size_t content;
    struct fake_window pull;
};

struct sim_live {
    struct sim_outside_real real;
    const struct sim_scenario *scenario;
    const struct sim_live_site *site;
    struct sim_live_names names;
    char failure[SIM_LIVE_WHY_SIZE]; /* what must not go wrong did: the first */

    struct dd_loop *loop;
    struct dd_client *client;
    struct dd_file_lock *lock;
    struct dd_docker docker; /* the client's */

    /* line.c */
    struct live_call *calls;
    uint64_t call_count;
    unsigned nth[FAKE_CALL_KIND_COUNT];
    unsigned *fault_seen; /* calls that matched each fault */
    unsigned *fault_hit;
    unsigned flying_count;   /* sent, and not answered */
    unsigned overdue_count;  /* should be answered by now, as the scenario has it */
    struct sim_names pulled; /* references */
    uint64_t *pull_counts;   /* of each */
    size_t pull_capacity;

    /* pace.c */
    uint64_t restless_until_ns; /* the engine may be doing what was given up; real time */

    /* shelf.c */
    struct live_content *contents;
    size_t content_count;
    size_t content_capacity;
    struct live_shelved *shelf;
    size_t shelf_count;
    size_t shelf_capacity;
    struct fake_bytes program;

    /* truth.c */
    bool is_down; /* the engine: what it has is what was seen last */
    struct live_view *views;
    size_t view_count;
    size_t view_capacity;
    char resolved[SIM_LIVE_DIGEST_SIZE];
};

/** Remember that @format happened, and that the run is over; the first one counts. */
void live_fail(struct sim_live *live, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* line.c */
struct dd_docker live_line(struct sim_live *live);
void live_line_release(struct sim_live *live);
uint64_t live_pull_count(void *ctx, const char *reference);
uint64_t live_calls_open(void *ctx);

/* pace.c */
void live_pace_begin(void *ctx);
bool live_pace_advance(void *ctx);
/** The engine may go on for a while with what its client has given up. */
void live_pace_restless(struct sim_live *live);

/* shelf.c */
void live_push(void *ctx, const struct fake_manifest *manifest);
void live_unpush(void *ctx, const char *name);
/** Index of what is nicknamed so; made if need be. */
size_t live_content(struct sim_live *live, const char *nickname, const char *platform,
                    unsigned layer_count, const char *base);
/** The nickname of what @reference means at the registry; NULL: nothing. */
const char *live_shelved_nickname(const struct sim_live *live, const char *reference);
/** The login that the scenario asks for who pulls @reference; both as they were: none. */
void live_login_of(const struct sim_live *live, const char *reference, const char **username,
                   const char **password);
/** How long a pull of @reference takes. */
struct fake_window live_pull_window(const struct sim_live *live, const char *reference);
void live_shelf_release(struct sim_live *live);

/* others.c */
extern const struct sim_outside_ops live_outside_ops;
/** Take away all that is left of this run: containers, images. */
void live_clean_up(struct sim_live *live);
/** Ask the engine. @out as sim_live_http. */
void live_ask(struct sim_live *live, const char *method, const char *path,
              const struct fake_bytes *body, const char *type, struct sim_live_http_answer *out);

/* truth.c */
bool live_image(void *ctx, size_t index, struct fake_image_view *view);
const char *live_resolve(void *ctx, const char *name);
const char *live_nickname(void *ctx, const char *id);
uint64_t live_removed_count(void *ctx, const char *nickname);
uint64_t live_manifest_requests(void *ctx, const char *reference);
void live_count_removed(struct sim_live *live, const struct dd_strings *deleted);
/* Likewise what an answer does not list: @aim, of which live_aim was told before it was asked. */
void live_aim(struct sim_live *live, const char *name, char out[SIM_LIVE_DIGEST_SIZE]);
void live_count_unlisted(struct sim_live *live, const char *aim, const struct dd_answer *answer);
void live_truth_release(struct sim_live *live);

#endif
