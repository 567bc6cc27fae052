#include "sim/soak/images.h"

#include <inttypes.h>
#include <stdio.h>

#include "fakes/memory.h"
#include "sim/live/registry.h"

#define TAGS 2     /* of a repository */
#define CONTENTS 3 /* of a repository */
#define REFERENCE_SIZE 256
#define NOISE_BYTES 20000 /* of a layer; each repository has a larger one than the last */

struct sim_soak_images {
    char *registry;
    uint64_t seed;
    unsigned count;
    char **references;
    struct sim_live_image *contents; /* CONTENTS for each repository; NULL: not made */
    struct fake_bytes busybox;
};

static unsigned repository_count(const struct sim_soak_images *images)
{
    return (images->count + TAGS - 1) / TAGS;
}

struct sim_soak_images *sim_soak_images_create(const char *registry, unsigned count, uint64_t seed)
{
    struct sim_soak_images *images = fake_memory_alloc(sizeof(*images));
    images->registry = fake_memory_copy(registry);
    images->seed = seed;
    images->count = count;
    images->references = fake_memory_alloc(count * sizeof(char *));
    fake_bytes_init(&images->busybox);
    for (unsigned i = 0; i < count; i++) {
        images->references[i] = fake_memory_alloc(REFERENCE_SIZE);
        (void)snprintf(images->references[i], REFERENCE_SIZE, "%.200s/soak/app-%u:%u", registry,
                       i / TAGS + 1, i % TAGS + 1);
    }
    return images;
}

void sim_soak_images_destroy(struct sim_soak_images *images)
{
    for (unsigned i = 0; i < images->count; i++) {
        fake_memory_free(images->references[i]);
    }
    for (unsigned i = 0; images->contents != NULL && i < repository_count(images) * CONTENTS; i++) {
        sim_live_image_release(&images->contents[i]);
    }
    fake_bytes_release(&images->busybox);
    fake_memory_free(images->contents);
    fake_memory_free(images->references);
    fake_memory_free(images->registry);
    fake_memory_free(images);
}

const char *const *sim_soak_references(const struct sim_soak_images *images, size_t *count)
{
    *count = images->count;
    return (const char *const *)images->references;
}

/* Two layers: the program, which all share, and noise of its own. */
static void make(struct sim_soak_images *images, unsigned index)
{
    char seed[64];
    (void)snprintf(seed, sizeof(seed), "soak-%" PRIu64 "-%u", images->seed, index);
    const struct sim_live_layer layers[] = {
        { .seed = "busybox",
          .size = 100,
          .program = images->busybox.at,
          .program_size = images->busybox.size },
        { .seed = seed, .size = NOISE_BYTES * (size_t)(index / CONTENTS + 1) },
    };
    const struct sim_live_image_spec spec = { .seed = seed, .layers = layers, .layer_count = 2 };
    sim_live_image_make(&images->contents[index], &spec);
}

static bool tag(struct sim_soak_images *images, unsigned index, unsigned content, char why[512])
{
    const struct sim_live_registry registry = { .address = images->registry };
    char repository[64];
    char name[16];
    unsigned at = index / TAGS * CONTENTS + content;
    (void)snprintf(repository, sizeof(repository), "soak/app-%u", index / TAGS + 1);
    (void)snprintf(name, sizeof(name), "%u", index % TAGS + 1);
    return sim_live_registry_put(&registry, repository, name, &images->contents[at], why);
}

bool sim_soak_images_put(struct sim_soak_images *images, char why[512])
{
    unsigned total = repository_count(images) * CONTENTS;
    sim_live_busybox(&images->busybox);
    images->contents = fake_memory_alloc(total * sizeof(*images->contents));
    for (unsigned i = 0; i < total; i++) {
        make(images, i);
    }
    for (unsigned i = 0; i < images->count; i++) {
        if (!tag(images, i, i % TAGS, why)) {
            return false;
        }
    }
    return true;
}

bool sim_soak_images_move(struct sim_soak_images *images, size_t index, uint64_t choice)
{
    char why[SIM_LIVE_WHY_SIZE];
    return tag(images, (unsigned)index, (unsigned)(choice % CONTENTS), why);
}
