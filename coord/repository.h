/**
 * Repositories and the references in them that are busy.
 *
 * A digest is shared by all tags of its repository, so protection goes by
 * repository (H39): while one of its references is busy, no image that has a
 * binding in it is removed; while a DELETE of such an image is unanswered, no
 * engine pull and no policy's inspect of it starts.
 */
#ifndef COORD_REPOSITORY_H
#define COORD_REPOSITORY_H

#include "coord/coord.h"

struct dd__pull;

struct dd__repository {
    struct dd__node by_name;
    struct dd__list bindings;  /* of all images, in the order of recording */
    uint32_t user_count;       /* busy references and bindings; 0: it goes */
    uint32_t busy_count;       /* busy references */
    uint32_t unanswered_count; /* bindings of images with a DELETE unanswered */
    unsigned short name_length;
    bool deferring; /* an image due for removal waits for it */
    char name[];    /* with a NUL */
};

/** A busy reference: from the acceptance of a pull of it until its result is
 * known and nothing that the engine owes about it is open (H37). Then it rests, until
 * another one does, or its repository goes: most are pulled again. */
struct dd__reference {
    struct dd__node by_text;
    uint64_t hash; /* of the text */
    struct dd__repository *repository;
    struct dd__list pulls;    /* those that have no result yet */
    struct dd__list spares;   /* those that wait to be begun, if it comes to that */
    struct dd__list owing;    /* those that settled, and could not be checked */
    struct dd__pull *running; /* the one that the engine has now, or may still be
                                 at (H36) */
    uint32_t user_count;      /* 0: it rests, and does not use its repository */
    bool by_digest;
    unsigned short text_length;
    char text[]; /* normal form, with a NUL */
};

/** The repository of that name, one user more; NULL without memory. */
struct dd__repository *dd__repository_use(struct dd_coord *coord, const char *name, size_t length);
void dd__repository_unuse(struct dd_coord *coord, struct dd__repository *repository);

/** The reference, busy or at rest, or NULL; *@hash is its text's. One at rest is as good
 * as none. */
struct dd__reference *dd__reference_find(const struct dd_coord *coord,
                                         const struct dd_reference *parsed, uint64_t *hash);
/** One that was not found: it is busy now, with one user; NULL without memory. */
struct dd__reference *dd__reference_begin(struct dd_coord *coord, const struct dd_reference *parsed,
                                          uint64_t hash);
/** One user more of one that was found: it is busy now. */
void dd__reference_use(struct dd_coord *coord, struct dd__reference *reference);
/** One user less. May free @reference. */
void dd__reference_unuse(struct dd_coord *coord, struct dd__reference *reference);

/** The tag or digest. */
static inline const char *dd__reference_suffix(const struct dd__reference *reference)
{
    return reference->text + reference->repository->name_length + 1;
}

#endif
