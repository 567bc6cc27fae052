/**
 * "sha256:" and 64 digits, as registries and engines name content.
 *
 * Ownership: arguments borrowed for the call.
 * Threading: any.
 * Errors:    none; aborts where the library behind it has no SHA-256.
 */
#ifndef SIM_LIVE_DIGEST_H
#define SIM_LIVE_DIGEST_H

#include <stddef.h>

#define SIM_LIVE_DIGEST_SIZE 72 /* bytes, with the NUL */

void sim_live_digest(const void *bytes, size_t size, char out[SIM_LIVE_DIGEST_SIZE]);

#endif
