/**
 * What the commands' options say, read from their words, and the sentence that refuses
 * one.
 *
 * Ownership: texts are borrowed for the call.
 * Threading: any.
 * Errors:    false: it is none of these; results stay as they were.
 */
#ifndef SIM_OPTION_VALUES_H
#define SIM_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "fakes/engine.h"

#define SIM_JOBS_MAX 256
#define SIM_OPTION_MESSAGE_SIZE 384

/** `WHAT "GIVEN"; expected EXPECTED` into @message. Always false. */
bool sim_option_refuse(char message[SIM_OPTION_MESSAGE_SIZE], const char *what, const char *given,
                       const char *expected);

/** A seed: a decimal number, or a git commit hash (7 to 40 hex digits, a letter
 * among them unless there are 40), of which the first 16 digits count. */
bool sim_seed_read(const char *text, uint64_t *seed);

/** "A..B", both included, A not above B. */
bool sim_seeds_read(const char *text, uint64_t *first, uint64_t *last);

/** "auto", or a number from 0 to SIM_JOBS_MAX. */
bool sim_jobs_read(const char *text, unsigned *count);

/** A decimal number, not 0. */
bool sim_count_read(const char *text, uint64_t *count);

/** "podman-4.3"; false: there is no such personality. */
bool sim_personality_read(const char *text, enum fake_personality *out);
#define SIM_PERSONALITIES "docker-20.10 or podman-4.3"

#endif
