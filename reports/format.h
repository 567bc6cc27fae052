/**
 * Durations and counts as a reader likes them; whole numbers only, the same in
 * every locale.
 */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include <stdint.h>

#define REPORT_DURATION_SIZE 32
#define REPORT_COUNT_SIZE 32

/** "3m0s", "1.204s", "250ms", "26h4m1s", "0s": hours, minutes and seconds, with
 * what is left of a second behind a point, down to the nanosecond. Returns @out. */
const char *report_duration(uint64_t ns, char out[REPORT_DURATION_SIZE]);

/** "1,204,000". Returns @out. */
const char *report_count(uint64_t count, char out[REPORT_COUNT_SIZE]);

/** "1 run", "2 runs": the "s" that @count needs. */
const char *report_plural(uint64_t count);

#endif
