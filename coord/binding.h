/**
 * Bindings: a name and an image ID, a pair that one of our pulls made. They say
 * what of the engine is ours to remove (H16, H31). A name may be bound to several
 * images at once; nothing takes it from another.
 */
#ifndef COORD_BINDING_H
#define COORD_BINDING_H

#include "coord/image.h"
#include "coord/repository.h"

struct dd__binding {
    struct dd__binding *next; /* of the same image, in the order of recording */
    struct dd__list in_repository;
    struct dd__image *image;
    struct dd__repository *repository;
    bool is_digest;
    bool fresh;         /* recorded since the removal's call was sent (H38) */
    bool examined;      /* in this round of the removal */
    bool in_binary;     /* `suffix` is a struct dd__id */
    unsigned char room; /* bytes of `suffix` */
    char suffix[];      /* the tag or the digest, with a NUL */
};

/** A binding with room for a tag or a digest of @suffix_length bytes; NULL without memory. */
struct dd__binding *dd__binding_reserve(struct dd_coord *coord, size_t suffix_length);
/** Likewise for any digest that a struct dd__id can hold. */
struct dd__binding *dd__binding_reserve_digest(struct dd_coord *coord);
/** NULL is fine. */
void dd__binding_discard(struct dd_coord *coord, struct dd__binding *spare);

/** The name that a binding would be of. */
struct dd__bound_name {
    struct dd__repository *repository;
    const char *suffix;
    bool is_digest;
    const struct dd__id *digest_id; /* the suffix in binary, where that is known; or NULL */
};

/**
 * Record that @name of @image is ours; again, if it is recorded already. A new
 * one lies in *spare, which is NULL afterwards; if @name does not fit into it,
 * which only a digest of an unusual form can do, nothing is recorded. With cleanup
 * off nothing is ever ours, and nothing is recorded.
 */
void dd__bind(struct dd_coord *coord, struct dd__image *image, const struct dd__bound_name *name,
              struct dd__binding **spare);

/** Remove a binding, saying why in a few words (static storage). */
void dd__unbind(struct dd_coord *coord, struct dd__binding *binding, const char *why);

struct dd__binding *dd__binding_find(const struct dd__image *image,
                                     const struct dd__bound_name *name);
/** The binding of @image whose name an engine lists as @listed, or NULL. */
struct dd__binding *dd__binding_find_listed(const struct dd__image *image, const char *listed);

/** The tag or digest of @listed, a name that an engine lists, if it is one of
 * @repository's; else NULL, as for a @listed that is NULL. Borrowed from @listed or
 * from *@room. */
const char *dd__listed_suffix(const struct dd__repository *repository, const char *listed,
                              bool *is_digest, struct dd_reference *room);

/** Write "repository:tag" or "repository@digest" into @out. */
void dd__binding_name(const struct dd__binding *binding, char out[DD_REFERENCE_MAX + 1]);

/** At each send of a removal's call: nothing is fresh any more. */
void dd__bindings_grow_old(struct dd__image *image);
bool dd__bindings_any_fresh(const struct dd__image *image);
/** A round of its removal begins. */
void dd__bindings_examine_anew(struct dd__image *image);
/** A DELETE of the image has become unanswered, or answered: its repositories'
 * engine pulls wait, or may go on. */
void dd__bindings_unanswered(struct dd__image *image, bool unanswered);
/** Free all, without a word. */
void dd__bindings_drop(struct dd_coord *coord, struct dd__image *image);

#endif
