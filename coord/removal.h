/**
 * Removals: the way of an image from the end of its delay to gone, blocked or
 * rescued; at most so many at a time, each call of theirs in a *place*.
 *
 * A round asks what the image's ID means, then looks at each of its bindings,
 * tags before digests: a name that still means this image is DELETEd, never by
 * force (H12, H16, H31). With no binding left to look at it asks for the ID once
 * more: names of others block it, without any name it is DELETEd by ID.
 */
#ifndef COORD_REMOVAL_H
#define COORD_REMOVAL_H

#include "coord/binding.h"
#include "coord/classify.h"
#include "coord/image.h"
#include "coord/request.h"

enum dd__step {
    DD__STEP_ASK_ID,
    DD__STEP_ASK_NAME,
    DD__STEP_DELETE_NAME,
    DD__STEP_DELETE_ID,
    DD__STEP_PROBE /* a DELETE is in doubt: is the image there? (H32) */
};

struct dd__place {
    struct dd__request request;
    struct dd__lane_timer timer;
    struct dd__image *image; /* NULL: free, or its answer is old */
    uint32_t generation;     /* of the removal that it serves */
    bool is_late;
    bool was_absent; /* a DELETE by ID was answered 404 in this round */
    enum dd__step step;
    struct dd__binding *binding; /* that is looked at */
    uint64_t sent_ns;
};

/** The places, at open and close. */
DD_MUST_USE enum dd_status dd__places_open(struct dd_coord *coord);
void dd__places_release(struct dd_coord *coord);
void dd__place_time_over(struct dd__place *place);
/** Closing has no time left. */
void dd__places_cancel(struct dd_coord *coord);

/** Begin or go on with the removals whose turn it is, as far as there are places. */
void dd__removals_start(struct dd_coord *coord);

/* What the transitions do; there is a free place. */
void dd__removal_begin(struct dd_coord *coord, struct dd__image *image);
/** A wait between tries, or between probes, is over; there is a free place. */
void dd__removal_resume(struct dd_coord *coord, struct dd__image *image);
/** REMOVING is left: an answer on its way is old (H06). */
void dd__removal_end(struct dd_coord *coord, struct dd__image *image);
/** BLOCKED: set the next attempt. */
void dd__removal_back_off(struct dd_coord *coord, struct dd__image *image);

/** The wait after @wait_ns: twice that, at most the longest. */
uint64_t dd__backed_off(const struct dd_coord *coord, uint64_t wait_ns);

/* The steps (removal_step.c). */
void dd__step_ask_id(struct dd__place *place);
void dd__step_answered(struct dd__place *place, const struct dd_answer *answer,
                       struct dd__verdict verdict);
void dd__step_probe(struct dd__place *place);

/* What a round comes to (removal.c). The place is free afterwards, and dd__removal_gone
 * may free its image. */
void dd__removal_gone(struct dd__place *place, bool by_us);
void dd__removal_refused(struct dd__place *place, struct dd__verdict verdict);
void dd__removal_failed(struct dd__place *place, struct dd__verdict verdict, const char *message);
void dd__removal_in_doubt(struct dd__place *place, const struct dd_answer *answer);
void dd__removal_wait(struct dd__place *place, uint64_t wait_ns);
/** The outcome of the image's DELETE is known (H40). */
void dd__removal_verdict(struct dd__place *place);

#endif
