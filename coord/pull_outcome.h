/**
 * What a pull comes to: its result for those who wait, its binding, and what is
 * still owed to the engine's truth afterwards.
 */
#ifndef COORD_PULL_OUTCOME_H
#define COORD_PULL_OUTCOME_H

#include "coord/pull.h"

/** The stream ended well: ask which image that is, by digest else by name. May free
 * the pull. */
void dd__pull_look_up(struct dd__pull *pull);

/** The result is a failure, in this step. @message is copied. May free the pull. */
void dd__pull_fail(struct dd__pull *pull, struct dd__verdict verdict, const char *message);

/** The engine's call is over, and the result known: pay what is owed. May free the
 * pull. */
void dd__pull_pay(struct dd__pull *pull);

/** The engine has said what @reference means: that pays for all that is owed by
 * pulls of it which could not ask. May free those pulls. */
void dd__pull_debts_paid(struct dd_coord *coord, struct dd__reference *reference,
                         const struct dd__finding *finding);

/** Ask now what is owed. */
void dd__pull_check(struct dd__pull *pull);

/** For `over`: an abandoned inquiry of the pull's was its last thing. May free it. */
void dd__pull_inquiry_over(struct dd__inquiry *inquiry);

/** All is over. May free the pull. */
void dd__pull_finish(struct dd__pull *pull);

#endif
