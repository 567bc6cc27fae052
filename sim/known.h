/**
 * A set of names that a scenario makes known: nicknames, references, callers,
 * labels. A name may stand for many: "web-{n}" with a count of 3 is web-1, web-2
 * and web-3.
 *
 * Ownership: entries are the arena's; texts are borrowed as long as the set is
 *            used.
 */
#ifndef SIM_KNOWN_H
#define SIM_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/arena.h"
#include "sim/spell.h"

#define SIM_NUMBER_MARK "{n}"

struct sim_known_name {
    const char *text;
    unsigned count; /* what {n} goes up to */
    size_t index;   /* of what it names: a step, credentials */
    struct sim_known_name *next_in_bucket;
    struct sim_known_name *next; /* in the order of adding */
};

struct sim_known {
    struct sim_arena *arena;
    struct sim_known_name **buckets;
    size_t bucket_count;
    size_t count;
    struct sim_known_name *first;
    struct sim_known_name *last;
    bool has_marks; /* some name has a {n} */
};

void sim_known_init(struct sim_known *known, struct sim_arena *arena);

/** Add @text; where it is known already, its count grows to @count. */
struct sim_known_name *sim_known_add(struct sim_known *known, const char *text, unsigned count,
                                     size_t index);
/** The entry that is @text itself, or NULL. */
struct sim_known_name *sim_known_get(const struct sim_known *known, const char *text);
/** Likewise, or the one that stands for @text. */
struct sim_known_name *sim_known_find(const struct sim_known *known, const char *text);
/** Offer every name. */
void sim_known_spell(const struct sim_known *known, struct sim_spell *spell);

/** Whether @text has a {n}. */
bool sim_mark_in(const char *text);
/** @text with @with for every {n}. Returned: the arena's, or @text itself. */
const char *sim_mark_fill(struct sim_arena *arena, const char *text, const char *with);
/** Likewise, with a number. */
const char *sim_mark_number(struct sim_arena *arena, const char *text, unsigned n);

#endif
