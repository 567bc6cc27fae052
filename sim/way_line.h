/**
 * The lines in which a way through a scenario is told, on a tape as in a scenario's
 * "way":
 *
 *     move inspect-executed app:1 #2       (the second of two that are called so)
 *     choose fault app:1 1                 (the answer to a choice in the move before)
 *
 * Ownership: nothing is kept; a line that was read is cut, and its parts lie in it.
 * Errors:    what is wrong with a line, in words; static storage.
 */
#ifndef SIM_WAY_LINE_H
#define SIM_WAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_WAY_LINES_MAX 1000000 /* moves on a way */
#define SIM_WAY_NTH_MAX 512
#define SIM_WAY_CHOICES_MAX 12 /* in one move */

/** What was read so far; begin with zeroes. */
struct sim_way_reading {
    size_t move_count;
    size_t choice_count; /* of the last move */
};

struct sim_way_line {
    bool is_choice;
    const char *name; /* of the move; or the choice's label */
    uint64_t number;  /* which of those called so, from 1; or the answer */
};

/** Read @line, the next of a way. NULL, or what is wrong with it. */
const char *sim_way_line_read(struct sim_way_reading *reading, char *line,
                              struct sim_way_line *out);

#endif
