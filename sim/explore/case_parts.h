/**
 * What the files that edit a case share (case.h).
 */
#ifndef SIM_EXPLORE_CASE_PARTS_H
#define SIM_EXPLORE_CASE_PARTS_H

#include "sim/explore/case.h"

/** The text of @object's member @key; NULL if that is no text. Borrowed. */
const char *sim_json_text(const cJSON *object, const char *key);

/** Whether @after, "p1 granted", waits for the step labelled @label. */
bool sim_after_names(const char *after, const char *label);

/** Whether the move called @name is a step, "step 3.2", and which; @number is 0 where
 * a step is carried out once. */
bool sim_step_of_move(const char *name, size_t *step, unsigned *number);
void sim_move_rename_step(struct sim_tape_move *move, size_t step);

#endif
