/**
 * The records that the fake engine is made of, and what keeps them.
 *
 * Three kinds, tied together by pointers instead of look-ups: a *content* is what a
 * nickname stands for, wherever it is; a *name* is one normalised reference, with
 * what it means in the engine and at the registry; an *image* is a content that the
 * engine has. Contents and names are kept until the engine is destroyed, so their
 * strings can stand in answers that are delivered long after the image is gone.
 */
#ifndef FAKE_ENGINE_RECORDS_H
#define FAKE_ENGINE_RECORDS_H

#include "fakes/engine.h"
#include "fakes/memory.h"

#define FAKE__ID_SIZE 72 /* "sha256:", 64 digits and a NUL */
#define FAKE__REFERENCE_SIZE 420

/* --- what records are kept in (engine_memory.c) -------------------------------- */

/** Make room for one more in @array; borrowed until the next. */
void *fake__grow(void *array, size_t count, size_t *capacity, size_t item_size);
/** The strings of a NULL-ended list in one; release with fake_memory_free. */
char *fake__join(const char *const parts[]);

#define FAKE__JOIN(...) fake__join((const char *const[]){ __VA_ARGS__, NULL })

/** Memory that is given back all at once. */
struct fake__arena {
    struct fake__chunk *chunk;
    size_t used;
    size_t size;
};

void *fake__keep(struct fake__arena *arena, size_t size);
char *fake__keep_text(struct fake__arena *arena, const char *text, size_t length);
void fake__arena_release(struct fake__arena *arena);

/** Strings to records; nothing is ever taken out, and nothing walks it. */
struct fake__map {
    struct fake__slot *slots;
    size_t count;
    size_t capacity;
};

uint64_t fake__hash(const char *text, size_t length);
void *fake__map_find(const struct fake__map *map, const char *key, size_t length);
/** @key must outlive the map, and not be in it. */
void fake__map_add(struct fake__map *map, const char *key, size_t length, void *value);
void fake__map_release(struct fake__map *map);

/* --- records --------------------------------------------------------------- */

struct fake__layer {
    uint64_t seed;             /* its IDs are made of */
    char blob[13];             /* short ID, as the stream shows it */
    char chain[FAKE__ID_SIZE]; /* "" until asked for */
    uint64_t size_bytes;
    unsigned image_count;    /* images there that have it */
    unsigned download_count; /* pulls under way that wait for it */
};

struct fake__content {
    const char *nickname;
    char id[FAKE__ID_SIZE];
    char digest[FAKE__ID_SIZE];
    struct fake__layer **layers; /* bottom first; the base's, then its own */
    size_t layer_count;
    uint64_t size_bytes;
    struct fake__image *image; /* NULL: the engine does not have it */
    unsigned container_count;
    unsigned running_count;
    uint64_t removed_count; /* by calls of ours */
};

/** What a reference means at the registry for one platform. */
struct fake__variant {
    struct fake__variant *next; /* in the order of pushing */
    struct fake__content *content;
    const char *platform; /* NULL: any */
    const char *username; /* NULL: none demanded */
    const char *password;
    struct fake_window pull;
};

struct fake__name {
    const char *text; /* normal form */
    size_t repository_length;
    bool by_digest;
    bool is_own;                    /* Podman: a digest that was pulled, and so counts as a tag */
    struct fake__image *image;      /* in the engine; NULL: nothing */
    struct fake__variant *variants; /* at the registry; NULL: unknown */
    struct fake__name *next_pushed; /* among all that were ever pushed */
    const char *qualified;          /* as Podman shows it; NULL: nobody has asked */
    bool was_pushed;
    uint64_t request_count;
    uint64_t pull_count;
};

struct fake__names {
    struct fake__name **at;
    const char **texts; /* the same, as answers want it */
    size_t count;
    size_t name_capacity;
    size_t text_capacity;
};

struct fake__image {
    struct fake__content *content;
    uint64_t made; /* counts up: the order of making */
    struct fake__names tags;
    struct fake__names digests;
    struct fake__image *parent; /* it was built on it here; NULL */
    unsigned child_count;
};

struct fake__container {
    const char *name;
    char id[FAKE__ID_SIZE];
    struct fake__content *content;
    bool running;
};

/* --- what a text names (engine_name.c) -------------------------------------- */

enum fake__target_kind {
    FAKE__BY_NAME,
    FAKE__BY_ID,
    FAKE__MALFORMED /* `why` says what the engine says */
};

struct fake__target {
    enum fake__target_kind kind;
    struct fake__name *name;       /* BY_NAME */
    struct fake__content *content; /* BY_ID; NULL: never heard of */
    const char *text;              /* normal form, or the ID */
    const char *given;             /* as it was given */
    const char *why;
};

/** The record of a normal reference, made if need be; NULL: @text is none. */
struct fake__name *fake__name_of(struct fake_engine *engine, const char *text, const char **why);
/** The record of "repository@digest" for @content. */
struct fake__name *fake__digest_name(struct fake_engine *engine, const struct fake__name *name,
                                     const struct fake__content *content);
/** Likewise, but nothing is made. */
struct fake__name *fake__name_find(const struct fake_engine *engine, const char *text);
struct fake__target fake__target_of(struct fake_engine *engine, const char *text);
/** The image that it means now, or NULL. */
struct fake__image *fake__target_image(const struct fake_engine *engine,
                                       const struct fake__target *target);
bool fake__same_repository(const struct fake__name *a, const struct fake__name *b);
/** Where the registry of a reference answers, and the path there. */
struct fake__place {
    const char *scheme;
    char host[256];
    char path[256];
    const char *suffix; /* tag or digest */
};
void fake__place_of(const struct fake__name *name, struct fake__place *out);

/* --- contents (engine_content.c) -------------------------------------------- */

struct fake__content *fake__content_find(const struct fake_engine *engine, const char *nickname);
/** Find by image ID or manifest digest. */
struct fake__content *fake__content_by_id(const struct fake_engine *engine, const char *id);

struct fake__recipe {
    const char *nickname;
    struct fake__content *base; /* NULL: none */
    unsigned layer_count;       /* its own */
    uint64_t size_bytes;        /* of its own layers */
};
/** What there is of that nickname, or a new one. */
struct fake__content *fake__content_make(struct fake_engine *engine,
                                         const struct fake__recipe *recipe);
struct fake__content *fake__content_default(struct fake_engine *engine, const char *nickname);
const char *fake__layer_chain(struct fake__layer *layer);
void fake__hex(uint64_t seed, char *out, size_t digit_count);

/* --- images and names (engine_images.c) -------------------------------------- */

/** Who did it: the number of a call of ours, or 0. */
struct fake__image *fake__image_make(struct fake_engine *engine, struct fake__content *content,
                                     uint64_t by);
/** True if @name did not mean @image before. */
bool fake__name_set(struct fake_engine *engine, struct fake__name *name, struct fake__image *image,
                    uint64_t by);
void fake__name_unset(struct fake_engine *engine, struct fake__name *name, uint64_t by);
void fake__image_delete(struct fake_engine *engine, struct fake__image *image, uint64_t by);
void fake__images_release(struct fake_engine *engine);
/** A pull's end: true if it made or moved the name ("Downloaded newer"). */
bool fake__land(struct fake_engine *engine, struct fake__name *name, struct fake__content *content,
                uint64_t by);

#endif
