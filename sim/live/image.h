/**
 * An image, made here: its layers, its configuration and its manifest (schema 2) as
 * bytes, the same for the same specification everywhere. A registry takes it piece by
 * piece (registry.h), an engine as one archive (`docker load`).
 *
 * A layer is a plain tar with one file of noise, drawn from its seed, and perhaps a
 * program; its digest is the diff ID of the configuration, too. The image ID is the
 * configuration's digest, as Docker's classic store and Podman's have it.
 *
 * Units:     bytes.
 * Threading: any.
 * Errors:    none; aborts without memory.
 */
#ifndef SIM_LIVE_IMAGE_H
#define SIM_LIVE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "fakes/bytes.h"
#include "sim/live/digest.h"

/** Equal layers are one layer to registry and engine. */
struct sim_live_layer {
    const char *seed;    /* the noise */
    size_t size;         /* of the noise */
    const void *program; /* becomes /bin/busybox; NULL: none */
    size_t program_size;
};

struct sim_live_image_spec {
    const char *seed; /* the configuration's: images with equal layers differ by it */
    const struct sim_live_layer *layers;
    size_t layer_count;   /* 1 or more */
    const char *platform; /* "linux/arm64"; NULL: this machine's */
};

struct sim_live_blob {
    struct fake_bytes bytes;
    char digest[SIM_LIVE_DIGEST_SIZE];
};

struct sim_live_image {
    struct sim_live_blob *layers;
    size_t layer_count;
    struct sim_live_blob config;   /* its digest is the image ID */
    struct sim_live_blob manifest; /* its digest is what pulls report */
};

#define SIM_LIVE_MANIFEST_TYPE "application/vnd.docker.distribution.manifest.v2+json"

/** Ownership: @spec borrowed for the call; @out: release with sim_live_image_release. */
void sim_live_image_make(struct sim_live_image *out, const struct sim_live_image_spec *spec);
void sim_live_image_release(struct sim_live_image *image);

/** What `docker load` takes, named @name ("host:5000/app:1"), or without a name if that
 * is NULL. Ownership: @out is initialised here, release with fake_bytes_release. */
void sim_live_image_archive(const struct sim_live_image *image, const char *name,
                            struct fake_bytes *out);

/** Add @size bytes as a file of a tar, and end a tar. */
void sim_live_tar_file(struct fake_bytes *tar, const char *path, unsigned mode, const void *bytes,
                       size_t size);
void sim_live_tar_end(struct fake_bytes *tar);

/** This machine's statically linked busybox, for containers that sleep, or empty if it
 * has none; the caller's, release with fake_bytes_release. */
void sim_live_busybox(struct fake_bytes *out);

#endif
