/**
 * Whether an answer is about what was asked for: something between us and the engine
 * may mix answers up, and the core takes an answer's image for the truth.
 *
 * Threading: any. Errors: none.
 */
#ifndef DD__BACKEND_ABOUT_H
#define DD__BACKEND_ABOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "drydock/docker.h"

/**
 * False: the image of an inspect's @answer cannot be the one that @name, of @size bytes,
 * means: it has another ID; or it has tags, or digests, and not that one. Repositories
 * are compared by their last part, for engines spell the rest in several ways.
 */
bool dd__answer_is_about(const struct dd_answer *answer, const char *name, size_t size);

#endif
