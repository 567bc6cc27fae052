/**
 * The story of a failing run, in words: when, who, what. Bounded: of a long run
 * the beginning, the end, and what names the image it is about.
 *
 * Ownership: returned text, release with free.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/trace.h"

/** Lines end with newlines. @subject: nickname or name, or "". */
char *sim_story_tell(const struct sim_trace *trace, const char *subject);

/** The first entry in which two kept traces differ, in one sentence. */
char *sim_story_compare(const struct sim_trace *one, const struct sim_trace *other);

#endif
