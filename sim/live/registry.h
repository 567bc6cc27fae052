/**
 * A real registry, spoken to by its own API (version 2), without any engine: images
 * come, tags move, manifests go.
 *
 * Ownership: arguments borrowed for the call.
 * Threading: one thread at a time for each registry. Blocking: each exchange ends
 *            after a minute at the latest.
 * Errors:    false, and a sentence stands in @why; what had been done is not undone.
 */
#ifndef SIM_LIVE_REGISTRY_H
#define SIM_LIVE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/live/image.h"

#define SIM_LIVE_WHY_SIZE 512 /* bytes; enough for any sentence about an error */

struct sim_live_registry {
    const char *address;  /* "127.0.0.1:5000"; plain HTTP */
    const char *username; /* NULL: it asks for nothing */
    const char *password;
};

/** Put @image there as @repository:@tag; a tag that is taken moves. Layers that the
 * repository has already are not sent again. */
bool sim_live_registry_put(const struct sim_live_registry *registry, const char *repository,
                           const char *tag, const struct sim_live_image *image,
                           char why[SIM_LIVE_WHY_SIZE]);

/** Let @repository:@tag mean @image, which the repository has. */
bool sim_live_registry_tag(const struct sim_live_registry *registry, const char *repository,
                           const char *tag, const struct sim_live_image *image,
                           char why[SIM_LIVE_WHY_SIZE]);

/** Take the manifest @digest ("sha256:…") away, and with it every tag that means it. One
 * that is not there is fine. The registry must have been started so that it may delete. */
bool sim_live_registry_remove(const struct sim_live_registry *registry, const char *repository,
                              const char *digest, char why[SIM_LIVE_WHY_SIZE]);

#endif
