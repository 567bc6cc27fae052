/**
 * Where a run's choices come from, and the tape they leave.
 *
 * A source is a seed or a tape. Every choice that had more than one answer is an
 * entry on the tape, so that the run can be told again without its seed.
 *
 * A tape is replayed by label, not by number: a choice takes the next unused
 * entry of its own label, so that a tape survives changes of the code where it
 * can; the first choice for which that was not simply the next entry is
 * remembered as the divergence.
 *
 * Ownership: a source owns its tape; sim_choices_release frees it.
 * Threading: one thread at a time.
 * Errors:    none; the simulator cannot go on without memory and aborts.
 */
#ifndef SIM_CHOICES_H
#define SIM_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fakes/chooser.h"

struct sim_choice {
    const char *kind;  /* static storage */
    uint64_t identity; /* hash of the label's identity */
    uint64_t count;
    uint64_t answer;
};

struct sim_tape {
    struct sim_choice *at;
    size_t count;
    size_t capacity;
};

struct sim_choices {
    struct fake_chooser chooser; /* to be given to the fakes */
    uint64_t random[4];
    struct sim_tape tape; /* what was asked and answered so far */

    const struct sim_tape *replayed; /* NULL: answers come from the seed */
    bool *used;                      /* which of its entries were taken */
    size_t used_capacity;
    size_t next; /* the first that was not */
    bool diverged;
    size_t diverged_at; /* entry of `tape` */
};

#define SIM_NO_CHOICE SIZE_MAX

/** @choices must not move afterwards: its chooser points to it. */
void sim_choices_init(struct sim_choices *choices);
void sim_choices_release(struct sim_choices *choices);

/** Begin a run with answers drawn from @seed. */
void sim_choices_from_seed(struct sim_choices *choices, uint64_t seed);

/** Begin a run with answers from @tape, which outlives it. Where the tape has no
 * entry left for a label, the answer is 0, the first of the alternatives. */
void sim_choices_from_tape(struct sim_choices *choices, const struct sim_tape *tape);

/** A copy in storage of its own; release with sim_tape_release. */
struct sim_tape sim_tape_copy(const struct sim_tape *tape);
void sim_tape_release(struct sim_tape *tape);

#endif
