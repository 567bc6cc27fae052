/**
 * An inquiry: an inspect that a pull, a policy or a retain needs, judged only
 * when it may be believed.
 *
 * - One with a gate waits while a DELETE in its repository is unanswered.
 * - An answer that was in flight when a DELETE's outcome became known is old:
 *   the inquiry is asked again (H40).
 * - One that is to grant an image which is being removed makes it *wanted*; if a
 *   DELETE is unanswered it waits for that, and is asked again (H08, H10).
 */
#ifndef COORD_INQUIRY_H
#define COORD_INQUIRY_H

#include "coord/classify.h"
#include "coord/image.h"
#include "coord/repository.h"
#include "coord/request.h"

struct dd__inquiry;

/** What an inquiry came to. Borrowed for the call, with all that it points to. */
struct dd__finding {
    struct dd__verdict verdict; /* DD_OK: there; DD_ENOTFOUND: not there */
    const struct dd_answer *answer;
    struct dd__id id; /* of the image that is there */
    const char *text; /* of a failure, with its secrets, or NULL */
};

typedef void dd__finding_fn(struct dd__inquiry *inquiry, const struct dd__finding *finding);

/** What an inquiry is for: what becomes of its answer. */
struct dd__asking {
    bool granting; /* waits for the outcome of a removal */
    dd__finding_fn *found;
    /* Before a granting one waits: the answer is fresh, whatever becomes of it.
     * May be NULL. */
    dd__finding_fn *learned;
    /* When the call of an abandoned one is over. */
    void (*over)(struct dd__inquiry *inquiry);
};

struct dd__inquiry {
    struct dd__request request;
    struct dd__lane_timer timer;
    struct dd__list link;        /* in coord->gated, or an image's waiters */
    struct dd__repository *gate; /* or NULL */
    struct dd__image *wanted;    /* kept from removal while it is judged */
    uint64_t verdicts;           /* coord's, when it was sent */
    const struct dd__asking *asking;
    void *owner;                      /* whoever's it is */
    const char *name;                 /* what is inspected; borrowed while it is asked */
    const char *digest;               /* NULL, or: name's repository with this digest */
    unsigned short repository_length; /* bytes of `name`; only if there is a digest */
    bool is_late;                     /* its time is over */
    bool is_abandoned;                /* nobody wants to know any more */
};

void dd__inquiry_init(struct dd__inquiry *inquiry, struct dd_coord *coord);
void dd__inquiry_release(struct dd__inquiry *inquiry);

/** What is inspected; it may lie in @room. */
const char *dd__inquiry_name(const struct dd__inquiry *inquiry, char room[DD_REFERENCE_MAX + 1]);

/** Judged: the image need not be kept for it any longer. May free that image. */
void dd__inquiry_unwant(struct dd__inquiry *inquiry);

/** Whether it has been asked, and not been judged. */
static inline bool dd__inquiry_is_busy(const struct dd__inquiry *inquiry)
{
    return inquiry->request.in_flight || !dd__list_is_empty(&inquiry->link);
}

/** Ask what `name` means, now or when the gate opens; `asking->found` comes later. */
void dd__inquiry_ask(struct dd__inquiry *inquiry);

/** Wait for the outcome of @image's removal, which a DELETE keeps from being
 * called off; then ask. */
void dd__inquiry_wait(struct dd__inquiry *inquiry, struct dd__image *image);

/** Nobody wants to know any more. If a call is in flight it is cancelled and
 * `over` comes; otherwise the answer is false, and `over` does not come. May free
 * the image that it wanted. */
bool dd__inquiry_abandon(struct dd__inquiry *inquiry);

void dd__inquiry_time_over(struct dd__inquiry *inquiry);

/** Ask those whose gate is open again. */
void dd__inquiries_open_gates(struct dd_coord *coord);

/** The outcome of a removal is known: ask those that waited for it. */
void dd__inquiries_wake(struct dd__image *image);

#endif
