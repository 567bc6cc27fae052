#include "sim/spell.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The distance between two texts of at most SIM_SPELL_MAX bytes: one row of the
 * usual matrix at a time, and the two before it. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][SIM_SPELL_MAX + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

void sim_spell_init(struct sim_spell *spell, const char *word)
{
    size_t length = strlen(word);
    *spell = (struct sim_spell){ .word = word, .distance = length < 3 ? 2 : length / 3 + 2 };
}

void sim_spell_offer(struct sim_spell *spell, const char *valid)
{
    size_t word_length = strlen(spell->word);
    size_t valid_length = strlen(valid);
    if (word_length > SIM_SPELL_MAX || valid_length > SIM_SPELL_MAX) {
        return;
    }
    size_t apart = distance(spell->word, word_length, valid, valid_length);
    /* A word of which nothing is left is not near, however short. */
    if (apart < spell->distance &&
        apart < (word_length > valid_length ? word_length : valid_length)) {
        spell->distance = apart;
        spell->nearest = valid;
    }
}
