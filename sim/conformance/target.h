/**
 * What conformance is tested on: an engine with its registries, seen through the few
 * things that the rows ask of it. Four kinds: the fake in process, the fake over HTTP, a
 * Docker Engine, Podman's service.
 *
 * Ownership: requests are borrowed for the call; an answer is the caller's, initialised
 *            by the call, released with sim_conform_release. A target is destroyed by
 *            its own function.
 * Threading: one thread; calls wait.
 * Errors:    in the answer, or a sentence in @why; aborts without memory.
 */
#ifndef SIM_CONFORMANCE_TARGET_H
#define SIM_CONFORMANCE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "fakes/bytes.h"
#include "fakes/engine.h"

#define SIM_CONFORM_ID_SIZE 72 /* "sha256:", 64 digits, NUL */
#define SIM_CONFORM_WHY_SIZE 512

enum sim_conform_call {
    SIM_CONFORM_PULL,       /* name: "host/path:tag" or "host/path@sha256:…" */
    SIM_CONFORM_PULL_SPLIT, /* name: what `fromImage` says; other: what `tag` says, or NULL */
    SIM_CONFORM_INSPECT,
    SIM_CONFORM_REMOVE,
    SIM_CONFORM_LIST,
    SIM_CONFORM_TAG,    /* name; other: the new name, with a tag */
    SIM_CONFORM_CREATE, /* name: the image; other: the container */
    SIM_CONFORM_START,  /* other: the container, as in the next two */
    SIM_CONFORM_STOP,
    SIM_CONFORM_DROP, /* the container is removed, running or not */
    SIM_CONFORM_CALL_COUNT
};

struct sim_conform_request {
    enum sim_conform_call call;
    const char *name;
    const char *other;
    const char *auth;     /* X-Registry-Auth; NULL: none */
    const char *platform; /* of a pull; NULL: the engine's own */
    bool force;           /* remove: by force */
    bool prunes;          /* remove: and what it was built on */
    bool hang_up;         /* the client leaves: a pull after its first line, else at once */
};

/** Texts of several lines have a '\n' after each. */
struct sim_conform_answer {
    unsigned status;         /* 0: no answer */
    bool refused;            /* nobody listens */
    struct fake_bytes error; /* the engine's message, also of an error line */
    bool error_in_stream;    /* a pull: it was an error line */
    struct fake_bytes lines; /* a pull: "id|status" each, without progress */
    struct fake_bytes untagged;
    struct fake_bytes deleted; /* of remove */
    struct fake_bytes tags;    /* of inspect */
    struct fake_bytes digests;
    struct fake_bytes id; /* of inspect; of list all of them, one a line */
};

void sim_conform_answer_init(struct sim_conform_answer *answer);
void sim_conform_release(struct sim_conform_answer *answer);
void sim_conform_line(struct fake_bytes *out, const char *text);

/** What a registry does with pulls of one repository. */
enum sim_conform_mood {
    SIM_CONFORM_DENIED,
    SIM_CONFORM_LIMITED,   /* 429 */
    SIM_CONFORM_DOWN,      /* nobody listens there */
    SIM_CONFORM_BLOB_GONE, /* the manifest is there, a layer is not */
    SIM_CONFORM_FOREIGN,   /* a list without this machine's platform */
    SIM_CONFORM_SLOW,      /* layers take more than a second */
    SIM_CONFORM_COUNTED,   /* as usual, and requests are counted */
    SIM_CONFORM_MOOD_COUNT
};

struct sim_conform_counts {
    unsigned manifests; /* requests, as the engine sends them: HEAD and GET */
    unsigned blobs;
};

enum sim_conform_power {
    SIM_CONFORM_POWER_OFF,
    SIM_CONFORM_POWER_ON,
    SIM_CONFORM_POWER_CUT /* killed, and back */
};

struct sim_conform_image {
    char id[SIM_CONFORM_ID_SIZE];
    char digest[SIM_CONFORM_ID_SIZE]; /* of its manifest */
};

struct sim_conform_target;

struct sim_conform_ops {
    /** A row begins, and its world is empty; then it ends. */
    void (*begin)(struct sim_conform_target *target);
    void (*end)(struct sim_conform_target *target);
    /** Do @count requests at once. */
    void (*ask)(struct sim_conform_target *target, const struct sim_conform_request *requests,
                size_t count, struct sim_conform_answer *answers);
    /** The registry's @reference ("path:tag") means content @nickname from now on; in the
     * registry that demands credentials if @guarded. */
    bool (*push)(struct sim_conform_target *target, bool guarded, const char *reference,
                 const char *nickname, struct sim_conform_image *out);
    /** The registry's @reference is in this mood; @full is what to pull. */
    bool (*mood)(struct sim_conform_target *target, enum sim_conform_mood mood,
                 const char *reference, char full[256], struct sim_conform_image *out);
    struct sim_conform_counts (*counts)(struct sim_conform_target *target, const char *full);
    /** A user loads @nickname, named @name; or builds @name on @parent. */
    bool (*load)(struct sim_conform_target *target, const char *nickname, const char *name,
                 struct sim_conform_image *out);
    bool (*build)(struct sim_conform_target *target, const char *parent, const char *name);
    bool (*power)(struct sim_conform_target *target, enum sim_conform_power power);
    void (*destroy)(struct sim_conform_target *target);
};

struct sim_conform_target {
    const struct sim_conform_ops *ops;
    const char *title;
    enum fake_personality personality;
    const char *address;  /* of its HTTP; NULL: it has none */
    const char *registry; /* "127.0.0.1:5000" */
    const char *guarded;  /* the one that demands credentials */
    const char *username;
    const char *password;
    char why[SIM_CONFORM_WHY_SIZE]; /* the last thing that could not be done */
};

/** The fake in process, and over HTTP. */
struct sim_conform_target *sim_conform_fake(enum fake_personality personality);
struct sim_conform_target *sim_conform_served(enum fake_personality personality);

/** A real one that tools/engine.sh started in the folder @dir; @script runs that script.
 * NULL, and @why says why. Both strings are borrowed until it is destroyed. */
struct sim_conform_target *sim_conform_engine(const char *dir, const char *script,
                                              char why[SIM_CONFORM_WHY_SIZE]);

/** Answer @requests by HTTP at target->address (an `ask`). */
void sim_conform_http_ask(struct sim_conform_target *target,
                          const struct sim_conform_request *requests, size_t count,
                          struct sim_conform_answer *answers);

#endif
