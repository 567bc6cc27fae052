/**
 * A registry of one's own, in threads of this process, for what a real one cannot be told
 * to do: refuse, lose a layer, take its time, count.
 *
 * Ownership: strings are borrowed for the call.
 * Threading: any thread may ask; one opens, adds and closes.
 * Errors:    NULL where it cannot listen; aborts without memory.
 */
#ifndef SIM_CONFORMANCE_ODD_REGISTRY_H
#define SIM_CONFORMANCE_ODD_REGISTRY_H

#include "sim/conformance/target.h"
#include "sim/live/image.h"

struct sim_odd_registry;

struct sim_odd_registry *sim_odd_registry_open(void);
void sim_odd_registry_close(struct sim_odd_registry *registry);

/** It listens at 127.0.0.1. */
unsigned sim_odd_registry_port(const struct sim_odd_registry *registry);

/** From now on there is @name ("slow/app"), in this mood; whatever its tag or
 * digest, it is @image, which is taken. Its counts begin anew. */
void sim_odd_registry_add(struct sim_odd_registry *registry, const char *name,
                          enum sim_conform_mood mood, struct sim_live_image *image);

struct sim_conform_counts sim_odd_registry_counts(struct sim_odd_registry *registry,
                                                  const char *name);

#endif
