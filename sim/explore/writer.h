/**
 * A shrunk failure as a scenario file that `drydock run` fails on, whatever the seed:
 * every window is a point, and each point is chosen so that the same happens in the same
 * order as on the tape. Where no points are found that do, the file has the "way" itself.
 *
 * Ownership: returned, release with fake_memory_free.
 * Errors:    NULL, and @why says in a few words why there is no such file.
 */
#ifndef SIM_EXPLORE_WRITER_H
#define SIM_EXPLORE_WRITER_H

#include "sim/explore/attempt.h"
#include "sim/explore/case.h"

#define SIM_WRITER_WHY_SIZE 256

/** @made fails with @failure; it has been shrunk, and has its scenario. */
char *sim_writer_write(const struct sim_case *made, const struct sim_failure *failure,
                       char why[SIM_WRITER_WHY_SIZE]);

#endif
