/**
 * What is outside of the coordinator: the engine and the registry, as others act on them
 * behind its back, and as expectations read them. The fake engine's in a simulation
 * (outside_fake.c), real ones where a scenario is played live (live/).
 *
 * Everything is said in the scenario's words: references in normal form, nicknames, and
 * the IDs that fake_image_id makes of those.
 *
 * Ownership: texts and views are borrowed: arguments for the call, results until the next
 *            call.
 * Threading: as the world's.
 */
#ifndef SIM_OUTSIDE_H
#define SIM_OUTSIDE_H

#include "drydock/docker.h"
#include "drydock/env.h"
#include "fakes/engine.h"

struct sim_outside_ops {
    /* What others do; the answers are HTTP statuses, as in fakes/engine.h. */
    unsigned (*rmi)(void *ctx, const char *name, bool force);
    unsigned (*tag)(void *ctx, const char *name, const char *as);
    void (*load)(void *ctx, const char *nickname, const char *name);
    unsigned (*user_pull)(void *ctx, const char *reference);
    unsigned (*build_child)(void *ctx, const char *parent, const char *nickname);
    unsigned (*container)(void *ctx, const char *image, const char *container, bool running);
    unsigned (*container_stop)(void *ctx, const char *container);
    unsigned (*container_remove)(void *ctx, const char *container);
    void (*stop)(void *ctx);
    void (*start)(void *ctx);
    void (*push)(void *ctx, const struct fake_manifest *manifest);
    void (*unpush)(void *ctx, const char *reference);
    void (*set_disk_full)(void *ctx, bool full);

    /* What is true. */
    bool (*image)(void *ctx, size_t index, struct fake_image_view *view);
    const char *(*resolve)(void *ctx, const char *name);
    const char *(*nickname)(void *ctx, const char *id);
    uint64_t (*pull_count)(void *ctx, const char *reference);
    uint64_t (*removed_count)(void *ctx, const char *nickname);
    uint64_t (*manifest_requests)(void *ctx, const char *reference);
    uint64_t (*calls_open)(void *ctx); /* of ours, started and not completed */
};

/** Where it is real, how time goes. */
struct sim_outside_time_ops {
    /** A run begins in @world. */
    void (*begin)(void *ctx);
    /** Wait until something is due or arrives, and let the queue fire it. False: nothing
     * is pending and nothing can come. */
    bool (*advance)(void *ctx);
};

struct sim_outside {
    const struct sim_outside_ops *ops;
    void *ctx;
};

/** A real outside, for sim_world_options. */
struct sim_outside_real {
    struct sim_outside outside;
    const struct sim_outside_time_ops *time;
    struct dd_docker docker;
    struct dd_host_lock host_lock;
    const char *failure; /* what must not go wrong did: a sentence; "" */

    /* The world's, set by it before anything is asked. */
    struct fake_queue *queue;
    struct fake_watcher watcher;
    const struct fake_chooser *chooser;
};

#endif
