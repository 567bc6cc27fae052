/**
 * Scenario files as this project writes them: two spaces, short objects and arrays in
 * one line, a step a line.
 *
 * Ownership: returned, release with fake_memory_free.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_EXPLORE_LAYOUT_H
#define SIM_EXPLORE_LAYOUT_H

#include <cjson/cJSON.h>

char *sim_layout_print(const cJSON *document);

#endif
