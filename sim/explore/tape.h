/**
 * Tapes of explorations: a way through a scenario in words, one line each, so that it
 * can be read, edited, replayed and shrunk, and survives changes of the code where it
 * can.
 *
 *     drydock tape 1
 *     scenario scenarios/explore/coord-4-2.json
 *     digest 8d3c5fb7b8b1aa91              (of what that file says; or the file itself:)
 *     | { "version": 1, ... }
 *     move step 0.1
 *     move inspect-executed app:1 #2       (the second of two that are called so)
 *     choose fault app:1 1
 *     finish
 *
 * A move that cannot be made when it comes waits until it can: until then everything
 * goes by default, oldest first. So a tape may hold all moves, or only those that are
 * not the default ones. `choose` is the answer to a choice that came up in the move
 * before it; choices that are not there are answered 0. `finish`: from there it went on
 * by default.
 *
 * Ownership: a tape owns its texts; release with sim_way_tape_release.
 */
#ifndef SIM_EXPLORE_TAPE_H
#define SIM_EXPLORE_TAPE_H

#include <stdio.h>

#include "sim/explore/search.h"
#include "sim/way_line.h"

struct sim_tape_choice {
    char *label; /* "fault app:1" */
    uint64_t answer;
};

struct sim_tape_move {
    char *name;
    unsigned nth; /* of those that are called so; from 1 */
    struct sim_tape_choice choices[SIM_ANSWER_MAX];
    size_t choice_count;
    bool left_out; /* by a shrinker */
};

struct sim_way_tape {
    char *path;      /* of the scenario */
    uint64_t digest; /* of the scenario */
    char *text;      /* the scenario itself; NULL: it is in the file */
    struct sim_tape_move *moves;
    size_t count;
    size_t capacity;
    bool finished;
};

void sim_way_tape_release(struct sim_way_tape *tape);

/** A tape of its own with the same in it. */
struct sim_way_tape sim_way_tape_copy(const struct sim_way_tape *tape);

/** A move more, called @name; borrowed until the next one. */
struct sim_tape_move *sim_way_tape_add(struct sim_way_tape *tape, const char *name, unsigned nth);
void sim_tape_move_choose(struct sim_tape_move *move, const char *label, uint64_t answer);
void sim_tape_move_release(struct sim_tape_move *move);
/** A line more: a move, or a choice in the last one. */
void sim_way_tape_add_line(struct sim_way_tape *tape, const struct sim_way_line *line);
/** The way that @scenario itself tells, as a tape of its own. */
void sim_way_tape_of(const struct sim_scenario *scenario, struct sim_way_tape *out);
/** Forget the moves that are left out. */
void sim_way_tape_compact(struct sim_way_tape *tape);

/** What @label is called on a tape. */
void sim_tape_label(struct fake_label label, char out[SIM_MOVE_NAME_SIZE]);
/** The how manieth of its name @moves[@index] is, from 1; @name is its name. */
unsigned sim_tape_nth(struct sim_world *world, const struct sim_move *moves, size_t index,
                      const char *name);

/** Write down @way of @scenario by going it once more (tape_record.c). */
void sim_way_tape_record(const struct sim_scenario *scenario, const struct sim_way *way,
                         struct sim_way_tape *out);

/* --- files (tape_file.c) ------------------------------------------------------------ */

void sim_way_tape_write(const struct sim_way_tape *tape, FILE *out);
/** Its moves and choices alone. */
void sim_way_tape_write_lines(const struct sim_way_tape *tape, FILE *out);

#define SIM_TAPE_MESSAGE_SIZE 1024

/** A tape from @size bytes at @bytes, which are @path's. Errors: false, and @message
 * says what is wrong and in which line. */
bool sim_way_tape_parse(const char *path, const char *bytes, size_t size, struct sim_way_tape *out,
                        char message[SIM_TAPE_MESSAGE_SIZE]);
/** Likewise, from the file. */
bool sim_way_tape_read(const char *path, struct sim_way_tape *out,
                       char message[SIM_TAPE_MESSAGE_SIZE]);

/** The scenario that it is a tape of, from the tape or the file that it names. Errors:
 * NULL, and @message says what is wrong: @path, the tape's, is in it. Returned, release
 * with sim_scenario_destroy. */
struct sim_scenario *sim_way_tape_scenario(const char *path, const struct sim_way_tape *tape,
                                           char message[SIM_TAPE_MESSAGE_SIZE]);

/** What a scenario's text says, in a number: layout, name, and what it retells are no
 * part of it. */
uint64_t sim_scenario_digest(const struct sim_scenario *scenario);

#endif
