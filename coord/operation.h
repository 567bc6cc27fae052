/**
 * Operations: calls of the agent's that complete later, from their acceptance to
 * their telling.
 */
#ifndef COORD_OPERATION_H
#define COORD_OPERATION_H

#include "coord/inquiry.h"
#include "coord/lease.h"
#include "coord/message.h"

struct dd__pull;
struct dd__vouched;

enum dd__operation_phase {
    DD__WAITING, /* its result is not known */
    DD__GRANTED, /* the lease counts; the caller was not told (H35) */
    DD__ENDED    /* with anything else; the caller was not told */
};

struct dd__operation {
    struct dd__node by_number;
    struct dd__list all;
    struct dd__list in_pull; /* among a pull's waiters */
    struct dd_coord *coord;
    uint64_t number;
    struct dd__caller caller;    /* its text is in this block */
    unsigned char phase;         /* enum dd__operation_phase */
    unsigned char policy;        /* enum dd_policy */
    unsigned char status;        /* enum dd_status */
    unsigned char conflict;      /* enum dd_conflict */
    unsigned char vouched_count; /* retain */
    bool is_bare;                /* it waits for nothing, and has a lease and nothing else */
    bool is_retain;
    bool is_wanting; /* retain: keeps `image` from removal while it waits */
    bool is_second;  /* if missing: its pull failed, it inspects once more */
    bool is_posted;
    bool has_deadline;
    unsigned short size;        /* of this block */
    struct dd__message message; /* of the failure: its own, or its pull's */

    struct dd__reference *reference; /* while waiting, of a pull */
    struct dd__pull *pull;           /* that it joined; kept for the text */
    struct dd__pull *reserve;        /* that it relies on if it finds nothing */
    struct dd__inquiry *inquiry;     /* of a policy or a retain */
    struct dd__image *spare_image;
    struct dd__image *image;     /* retain: wanted; granted: leased */
    struct dd__held *lease;      /* the one that was granted; before that, a spare */
    struct dd__vouched *vouched; /* retain: names, as bindings to be */

    struct dd__timer deadline;
    struct dd_task telling;
    dd_done_fn done;
    void *arg;
    char name[]; /* the reference or image ID, for the telling; then the caller */
};

/** What dd__operation_create needs to know. */
struct dd__asked {
    struct dd__caller caller;
    const char *name; /* normal reference or image ID */
    size_t name_length;
    uint64_t deadline_ns;
    dd_done_fn done;
    void *arg;
};

/** An operation with its lease, its timer and nothing else; NULL without memory.
 * Not accepted yet: dd__operation_discard frees it and all its spares. */
struct dd__operation *dd__operation_create(struct dd_coord *coord, const struct dd__asked *asked);
void dd__operation_discard(struct dd_coord *coord, struct dd__operation *operation);
/** Free the block of the last one, which is kept for the next. */
void dd__operation_rest_is_over(struct dd_coord *coord);

/** Give it a number and enter it; from here on it will be told. */
void dd__operation_accept(struct dd_coord *coord, struct dd__operation *operation,
                          uint64_t deadline_ns);

/** Give it an inquiry of its own; DD_ENOMEM: it has none. */
DD_MUST_USE enum dd_status dd__operation_add_inquiry(struct dd_coord *coord,
                                                     struct dd__operation *operation);
/** For its inquiry's `over`. */
void dd__operation_inquiry_over(struct dd__inquiry *inquiry);

/** Its result is known, in this step. @text must live until it is told. */
void dd__operation_grant(struct dd_coord *coord, struct dd__operation *operation,
                         struct dd__image *image);
void dd__operation_fail(struct dd_coord *coord, struct dd__operation *operation,
                        struct dd__verdict verdict, const char *text);
/** Likewise, by its own inquiry. Without memory the class's own words are told. */
void dd__operation_fail_by(struct dd__operation *operation, const struct dd__finding *finding);

/** It leaves, for DD_ECANCELLED, DD_ETIMEDOUT or DD_ECLOSED: what was granted and
 * not told is taken back; the last waiter of a pull aborts it. */
void dd__operation_leave(struct dd_coord *coord, struct dd__operation *operation,
                         enum dd_status status);

struct dd__operation *dd__operation_find(const struct dd_coord *coord, uint64_t number);
/** The next operation of @caller's after @after (NULL: the first), or NULL. Looks at
 * all that are pending: those who ask for it leave everything at once. */
struct dd__operation *dd__operation_next(const struct dd_coord *coord,
                                         const struct dd__caller *caller,
                                         const struct dd__operation *after);

uint64_t dd__operation_number_hash(const void *coord, const struct dd__node *node);

#endif
