/**
 * Scenarios as text, for tests of explorations.
 *
 * Errors: what cannot be read fails the test, and says why.
 */
#ifndef SIM_TEST_EXPLORE_FIXTURE_H
#define SIM_TEST_EXPLORE_FIXTURE_H

#include "sim/explore/audit.h"
#include "sim/scenario.h"

/** How a scenario begins; a registry with one image. */
#define HEAD "{\"version\":1,\"name\":\"n\",\"retells\":\"r\","
#define APP "\"registry\":{\"app:1\":{\"id\":\"app-a\",\"layers\":1,\"pull\":\"7s\"}},"

/** Release with sim_scenario_destroy. */
struct sim_scenario *fix_scenario_of(const char *text);

/** The audit of 4000 states of @text, with one field left out of their fingerprints. */
struct sim_audited fix_audited(const char *text, enum sim_field dropped);

#endif
