/**
 * Scenarios in a line or two, for tests: single quotes stand for double ones, and
 * "version", "name", "retells" and a registry with redis:7 (redis-a) are added.
 */
#ifndef SIM_TEST_WORLD_FIXTURE_H
#define SIM_TEST_WORLD_FIXTURE_H

#include "sim/world.h"

/** @body: further members, from "'steps': […]" on. Release with
 * sim_scenario_destroy. */
struct sim_scenario *fix_scenario(const char *body);

/** One run with @seed. */
struct sim_run fix_run(const char *body, uint64_t seed);

/** A run that passes; and one whose violation has @part in its message. */
void fix_passes(const char *body);
void fix_fails(const char *body, const char *invariant, const char *part);

#endif
