/**
 * A recording retold in simulation: its callers' calls become the steps of a scenario, its
 * answers the moves of a tape, and what the coordinator decided there is held against what
 * it decided live: the same requests and grants, in the same order for each image and
 * each reference.
 *
 * It goes as far as the recording's first life goes, or to the first line that no tape can
 * say: a killed agent or engine, an act of somebody else, a lost answer, an error that the
 * fake engine would not make of itself, a tag that moved, more steps than an exploration
 * has. What is compared are the coordinator's events; in what order an engine carried out
 * calls that were in flight together, a recording does not say: each is carried out when
 * it is answered.
 *
 * Ownership: a retold recording owns all in it; release with sim_retold_release.
 * Errors:    in `problem`, and in what is told; aborts without memory.
 */
#ifndef SIM_SOAK_RETELL_H
#define SIM_SOAK_RETELL_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/explore/tape.h"
#include "sim/soak/recording.h"

/** Something the coordinator decided: "delete-sent image-3", about "image-3". */
struct sim_decision {
    char *about;
    char *text;
    size_t line; /* of the recording; of what was simulated: the line that was retold */
};

struct sim_decisions {
    struct sim_decision *at;
    size_t count;
    size_t capacity;
};

/** A name of the recording and the image that it means: index of `images`. */
struct sim_retold_name {
    char *name;
    size_t image;
};

struct sim_retold {
    struct sim_entry *lines; /* copies, and some behind the end of what is retold */
    size_t line_count;
    size_t end; /* so many are retold */
    size_t line_capacity;
    bool is_over;      /* no more is retold */
    char cannot[256];  /* why not; "": the first life was over */
    char problem[512]; /* the recording or its scenario is wrong; "" */
    char **images;     /* IDs, by order of appearance: "image-1" is the first */
    size_t image_count;
    size_t image_capacity;
    struct sim_retold_name *names;
    size_t name_count;
    size_t name_capacity;
    size_t step_count;
    struct sim_decisions live;
    struct sim_decisions simulated;
    struct sim_way_tape tape;
    struct sim_scenario *scenario;
    char difference[512]; /* the first; "": all that was decided is the same */
};

/** Read @path, make scenario and tape of it, go that way, and compare. */
void sim_retell(const char *path, struct sim_retold *out);
void sim_retold_release(struct sim_retold *retold);

/* --- its parts ------------------------------------------------------------------------- */

/** retell_read.c: what can be retold, and who is who. */
void sim_retold_read(const char *path, struct sim_retold *retold);
/** retell_scenario.c: its scenario, as text. Returned, release with fake_memory_free. */
char *sim_retold_scenario(const struct sim_retold *retold);
/** retell_play.c: the moves, and what is decided on the way. */
void sim_retold_play(struct sim_retold *retold);

#define SIM_NO_IMAGE SIZE_MAX

/** The image that @name (ID, tag or digest) is or means; SIM_NO_IMAGE. */
size_t sim_retold_image(const struct sim_retold *retold, const char *name);
void sim_decide(struct sim_decisions *decisions, const char *about, const char *text, size_t line);

/** "image-1", "host/app@image-1" and tags as they are. */
#define SIM_RETOLD_NAME_SIZE 512
void sim_retold_call(const struct sim_retold *retold, const char *name,
                     char out[SIM_RETOLD_NAME_SIZE]);

/** Whether an event of that word is a decision. */
bool sim_is_decision(const char *word);

#endif
