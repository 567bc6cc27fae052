/**
 * The states of an image and what moves it between them: one table.
 */
#ifndef COORD_TRANSITION_H
#define COORD_TRANSITION_H

#include "coord/image.h"

#define DD__IMAGE_EVENT_MAP(X)                                                                     \
    X(LEASED, "a caller is granted a lease")                                                       \
    X(RELEASED, "a lease ends, others are left")                                                   \
    X(LET_GO, "the last lease of an image of ours ends")                                           \
    X(FORSAKEN, "the last lease of an image that was never ours ends")                             \
    X(FOUND, "a pull that nobody waits for made it ours")                                          \
    X(BEGUN, "its delay, wait or backoff is over and there is a place")                            \
    X(RESCUED, "it is wanted, and no DELETE of it is unanswered")                                  \
    X(REFUSED, "the engine keeps it, or three tries have failed")                                  \
    X(GONE, "the engine does not have it any more")

enum dd__image_event {
#define DD__IMAGE_EVENT_ENUM(name, text) DD__IMAGE_##name,
    DD__IMAGE_EVENT_MAP(DD__IMAGE_EVENT_ENUM)
#undef DD__IMAGE_EVENT_ENUM
        DD__IMAGE_EVENT_COUNT
};

/** Move @image as the table says, and do what that state begins with. An empty
 * cell is a bug. Frees nothing: who may have made it ABSENT settles it. */
void dd__image_happens(struct dd_coord *coord, struct dd__image *image, enum dd__image_event event);

/** Where @event leads from @state, and the action's name; false: an empty cell.
 * For the documentation, which is printed from the table. */
bool dd__transition_find(enum dd_image_state state, enum dd__image_event event,
                         enum dd_image_state *next, const char **action);

/** "a caller is granted a lease". Static storage. */
const char *dd__image_event_text(enum dd__image_event event);

#endif
