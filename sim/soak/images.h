/**
 * The images of a soak: repositories with two tags each, and in each repository one content
 * more than tags, so that tags can move.
 *
 * Ownership: images own their names and contents. Threading: any; the registry's state is
 *            changed by one thread. Errors: in @why.
 */
#ifndef SIM_SOAK_IMAGES_H
#define SIM_SOAK_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_soak_images;

/** @count references below @registry ("127.0.0.1:5000"), drawn from @seed. */
struct sim_soak_images *sim_soak_images_create(const char *registry, unsigned count, uint64_t seed);
void sim_soak_images_destroy(struct sim_soak_images *images);

/** Borrowed until they are destroyed. */
const char *const *sim_soak_references(const struct sim_soak_images *images, size_t *count);

/** Make them, and put them into the registry. */
bool sim_soak_images_put(struct sim_soak_images *images, char why[512]);
/** Let the reference @index mean another content of its repository. */
bool sim_soak_images_move(struct sim_soak_images *images, size_t index, uint64_t choice);

#endif
