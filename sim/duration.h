/**
 * Durations and sizes as people write them: "250ms", "1.5s", "1m30s"; "30MB".
 * Exact: whole numbers throughout, no floating point.
 */
#ifndef SIM_DURATION_H
#define SIM_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/** The longest duration, ten years, so that sums of a few never overflow. */
#define SIM_DURATION_MAX_NS (UINT64_C(3650) * 24 * 3600 * 1000000000)
/** The largest size. */
#define SIM_SIZE_MAX_BYTES (UINT64_C(1000) * 1000 * 1000 * 1000 * 1000)

/**
 * A duration: numbers with units (ns, us, ms, s, m, h), each smaller than the
 * one before; a number may have a decimal fraction of whole nanoseconds.
 *
 * Units:  nanoseconds. Ownership: @text borrowed for the call.
 * Errors: false if @text is none, or is too long; *out stays as it was.
 */
bool sim_duration_parse(const char *text, uint64_t *out_ns);

/** A size: one number with a unit (B, kB, KB, MB, GB: powers of 1000). Errors:
 * likewise. */
bool sim_size_parse(const char *text, uint64_t *out_bytes);

#endif
