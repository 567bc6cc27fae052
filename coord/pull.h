/**
 * A pull: one engine pull, for one (reference, platform, credentials), shared by
 * its waiters; from its acceptance to the last thing that the engine owes.
 *
 * QUEUED     waits for its reference and a slot
 * BEFORE     in its slot, asks what the name means before; without an answer it goes
 *            on all the same, unless the reference owes a check, for it would hide
 *            what that is to find
 * RUNNING    the engine pulls
 * LOOKING_UP the stream ended well, and nobody can join; asks which image that is,
 *            and, once that is learned, may wait for a removal of it
 * ENDING     its result is known; the engine's call is not over
 * SETTLING   the call was aborted or lost: the engine may still be at it (H33)
 * CHECKING   asks what the name means after all
 */
#ifndef COORD_PULL_H
#define COORD_PULL_H

#include <assert.h>

#include "coord/binding.h"
#include "coord/credentials.h"
#include "coord/inquiry.h"
#include "coord/message.h"
#include "coord/operation.h"
#include "coord/repository.h"
#include "coord/stream.h"

#define DD__PLATFORM_MAX 63
#define DD__LAYER_MAX 127

/* Of the text of its failure: room that is there though there be no memory. */
#define DD__PULL_ROOM 96

enum dd__pull_phase {
    DD__PULL_QUEUED,
    DD__PULL_BEFORE,
    DD__PULL_RUNNING,
    DD__PULL_LOOKING_UP,
    DD__PULL_ENDING,
    DD__PULL_SETTLING,
    DD__PULL_CHECKING
};

struct dd__pull {
    struct dd_coord *coord;
    struct dd__reference *reference; /* NULL until it is begun */
    struct dd__list in_reference;    /* among its spares; while it can be joined (H01,
                                        H02); while it owes a check that failed */
    struct dd__list in_queue;        /* while QUEUED */
    struct dd__list all;
    struct dd__list waiters;
    uint32_t waiter_count;
    uint32_t relied_count; /* operations whose reserve it is */
    uint32_t user_count;   /* those, and such as keep it for its text; itself, once it is
                              begun */
    enum dd__pull_phase phase;
    bool has_slot;
    bool has_started;  /* the engine has begun it */
    bool is_unsettled; /* it was aborted or lost: the engine may go on */
    bool before_known;
    bool has_failed; /* for those who waited; `message` is their text, and stays */
    bool is_learned; /* the success is known, and its binding recorded */
    unsigned char tries;
    struct dd__fingerprint fingerprint;
    struct dd__secret *secret; /* NULL: anonymous, or the engine has it */
    struct dd__id before;      /* empty: the name meant nothing */
    struct dd__id image;       /* that it pulled */
    struct dd__request request;
    struct dd__inquiry inquiry;
    struct dd__stream stream;
    struct dd__lane_timer progress;
    struct dd__lane_timer whole;
    struct dd__timer settling; /* and of the waits between tries to look */
    struct dd__image *spare_image;
    struct dd__binding *spare_name;
    struct dd__binding *spare_digest; /* NULL for a pull by digest */
    struct dd__message message;       /* the error line's, or that of the failure */
    char room[DD__PULL_ROOM];
    unsigned char platform_length;
    char platform[]; /* with a NUL; "": the engine's own */
};

/** What a pull is to be: of some reference, and, with that, its key. */
struct dd__pull_wish {
    size_t suffix_length; /* of the reference's tag or digest */
    bool by_digest;
    const char *platform; /* "": the engine's own */
    struct dd__fingerprint fingerprint;
    const struct dd_credentials *credentials;
};

/** A pull that is not begun, without a user. NULL without memory. It goes with its last
 * user. */
struct dd__pull *dd__pull_create(struct dd_coord *coord, const struct dd__pull_wish *wish);
/** As much a wish as that which @pull came of; borrowed from it and @reference. */
struct dd__pull_wish dd__pull_wish_of(const struct dd__pull *pull,
                                      const struct dd__reference *reference);
/** Without a user: it is gone, or kept for the next one that is made. */
void dd__pull_go(struct dd__pull *pull);
static inline void dd__pull_unuse(struct dd__pull *pull)
{
    assert(pull->user_count > 0);
    if (--pull->user_count == 0) {
        dd__pull_go(pull);
    }
}

/**
 * If-missing operations that would share a pull share the reserve that they need if they
 * find nothing: a pull that is not begun, or one that they can join. When that can be
 * joined no more, those who rely on it have another reserve; or, without memory for one,
 * they wait for it from then on: they asked before it began (H02).
 */
void dd__pull_rely(struct dd__operation *operation, struct dd__pull *pull);
/** If it relies on one. May free that pull. */
void dd__pull_unrely(struct dd__operation *operation);
/** Whether it could be followed by another one like it: it has what that would need. */
bool dd__pull_is_reliable(const struct dd__pull *pull);
/** Nobody is to rely on it any more. */
void dd__pull_part(struct dd__pull *pull);

/** At close: the pull that is kept for the next one is not. */
void dd__pull_rest_is_over(struct dd_coord *coord);

/** One @among a reference's pulls, or its spares, that @wish can share, or NULL. */
struct dd__pull *dd__pull_find(const struct dd__list *among, const struct dd__pull_wish *wish);

/** For its request: the engine's call is over. */
void dd__pull_answered(struct dd__request *request, const struct dd_answer *answer);

/** Keep @text as that of the failure, but not once somebody was told another. */
void dd__pull_say(struct dd__pull *pull, const char *text);

/** Inspect, for @asking: what its name means, or, if @digest is not NULL, what its
 * repository's @digest does. */
void dd__pull_ask(struct dd__pull *pull, const struct dd__asking *asking, const char *digest);

/** One waiter more; it has no pull yet. */
void dd__pull_join(struct dd__pull *pull, struct dd__operation *operation);
/** A waiter leaves; the last one aborts the engine's pull. May free the pull. */
void dd__pull_leave(struct dd__pull *pull, struct dd__operation *operation);

/** Abort the engine's call, whose result nobody awaits. */
void dd__pull_cut_short(struct dd__pull *pull);

/** Its turn has come: it has its slot and its reference. */
void dd__pull_start(struct dd__pull *pull);

/** Its result is DD_ESTALLED or DD_ETIMEDOUT, and the engine's call is aborted. May
 * free the pull. */
void dd__pull_give_up(struct dd__pull *pull, enum dd_status status);

/** Closing has no time left: nothing is owed any more. May free the pull. */
void dd__pull_forgo(struct dd__pull *pull);

#endif
