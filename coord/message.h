/**
 * The engine's words about a failure, kept until somebody is told: without secrets,
 * bounded, in a block that is as large as they need.
 *
 * Ownership: a block belongs to the message, release with dd__message_release.
 * Threading: one at a time.
 */
#ifndef COORD_MESSAGE_H
#define COORD_MESSAGE_H

#include <stddef.h>

#include "coord/text.h"
#include "drydock/env.h"

struct dd__message {
    const char *text; /* never NULL; "": nothing was said, or kept */
    size_t size;      /* of the block that it lies in; 0: it lies in none */
};

/** Memory that is there whatever happens; `size` may be 0. */
struct dd__room {
    char *at;
    size_t size;
};

static inline void dd__message_init(struct dd__message *message)
{
    *message = (struct dd__message){ .text = "" };
}

/** Keep @text (NULL: nothing) instead of what was kept; @text may not lie in it. What
 * fits lies in @room; so does, without memory, as much of the rest as does fit. */
void dd__message_keep(struct dd__message *message, const struct dd_allocator *allocator,
                      struct dd__room room, const char *text);

void dd__message_release(struct dd__message *message, const struct dd_allocator *allocator);

#endif
