/**
 * The nearest valid word to one that is none.
 *
 * Nearness is the Damerau-Levenshtein distance (a letter left out, put in,
 * changed, or two neighbours swapped). What is too far away is no help: then
 * there is no nearest word.
 */
#ifndef SIM_SPELL_H
#define SIM_SPELL_H

#include <stddef.h>

#define SIM_SPELL_MAX 64 /* bytes; longer words are near to none */

struct sim_spell {
    const char *word;
    const char *nearest; /* NULL: none yet; of equally near ones the first */
    size_t distance;     /* of `nearest`; first: one more than is allowed */
};

/** @word is borrowed as long as @spell is used. */
void sim_spell_init(struct sim_spell *spell, const char *word);
/** One of the valid words; borrowed as long as `nearest` is used. */
void sim_spell_offer(struct sim_spell *spell, const char *valid);

#endif
