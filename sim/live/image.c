#include "sim/live/image.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "fakes/json_text.h"
#include "fakes/memory.h"
#include "sim/hash.h"

#define CONFIG_TYPE "application/vnd.docker.container.image.v1+json"
#define LAYER_TYPE "application/vnd.docker.image.rootfs.diff.tar"
#define EPOCH "1970-01-01T00:00:00Z"
#define BUSYBOX_MAX ((size_t)16 << 20)

static void add_string(struct fake_bytes *out, const char *text)
{
    fake_json_string(out, text, FAKE_JSON_PLAIN);
}

/* --- layers ------------------------------------------------------------------------- */

/* Splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t noise_next(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* Byte by byte, so that it is the same whatever the machine's order of bytes is. */
static unsigned char *noise_make(const char *seed, size_t size)
{
    unsigned char *noise = fake_memory_alloc(size > 0 ? size : 1);
    uint64_t state = sim_hash_string(SIM_HASH_START, seed);
    uint64_t drawn = 0;
    for (size_t i = 0; i < size; i++) {
        drawn = i % 8 == 0 ? noise_next(&state) : drawn >> 8;
        noise[i] = (unsigned char)drawn;
    }
    return noise;
}

static void blob_finish(struct sim_live_blob *blob)
{
    sim_live_digest(blob->bytes.at, blob->bytes.size, blob->digest);
}

static void layer_make(struct sim_live_blob *out, const struct sim_live_layer *layer)
{
    char path[48];
    unsigned char *noise = noise_make(layer->seed, layer->size);
    (void)snprintf(path, sizeof(path), "noise-%016llx",
                   (unsigned long long)sim_hash_string(SIM_HASH_START, layer->seed));
    fake_bytes_init(&out->bytes);
    sim_live_tar_file(&out->bytes, path, 0644, noise, layer->size);
    if (layer->program != NULL) {
        sim_live_tar_file(&out->bytes, "bin/", 0755, NULL, 0);
        sim_live_tar_file(&out->bytes, "bin/busybox", 0755, layer->program, layer->program_size);
    }
    sim_live_tar_end(&out->bytes);
    fake_memory_free(noise);
    blob_finish(out);
}

/* --- configuration and manifest ------------------------------------------------------- */

/* As Go names architectures. */
static const char *own_architecture(void)
{
    struct utsname system;
    static const char *const words[][2] = { { "x86_64", "amd64" },
                                            { "aarch64", "arm64" },
                                            { "armv7l", "arm" } };
    if (uname(&system) == 0) {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (strcmp(system.machine, words[i][0]) == 0) {
                return words[i][1];
            }
        }
    }
    return "amd64";
}

static void add_platform(struct fake_bytes *out, const char *platform)
{
    char os[32] = "linux";
    char architecture[32];
    const char *slash = platform != NULL ? strchr(platform, '/') : NULL;
    if (slash != NULL) {
        (void)snprintf(os, sizeof(os), "%.*s", (int)(slash - platform), platform);
    }
    (void)snprintf(architecture, sizeof(architecture), "%s",
                   slash != NULL ? slash + 1 : own_architecture());
    fake_bytes_text(out, "\"architecture\":");
    add_string(out, architecture);
    fake_bytes_text(out, ",\"os\":");
    add_string(out, os);
}

static void config_make(struct sim_live_image *image, const struct sim_live_image_spec *spec)
{
    struct fake_bytes *out = &image->config.bytes;
    fake_bytes_init(out);
    fake_bytes_char(out, '{');
    add_platform(out, spec->platform);
    /* A first process without a handler does not see SIGTERM. */
    fake_bytes_text(out, ",\"created\":\"" EPOCH "\",\"config\":{\"Cmd\":[\"/bin/busybox\","
                         "\"sleep\",\"1000000\"],\"StopSignal\":\"SIGKILL\",\"Labels\":"
                         "{\"drydock.content\":");
    add_string(out, spec->seed);
    fake_bytes_text(out, "}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
    for (size_t i = 0; i < image->layer_count; i++) {
        fake_bytes_text(out, i > 0 ? "," : "");
        add_string(out, image->layers[i].digest);
    }
    fake_bytes_text(out, "]},\"history\":[");
    for (size_t i = 0; i < image->layer_count; i++) {
        fake_bytes_text(out, i > 0 ? "," : "");
        fake_bytes_text(out, "{\"created\":\"" EPOCH "\",\"created_by\":\"drydock\"}");
    }
    fake_bytes_text(out, "]}");
    blob_finish(&image->config);
}

static void add_descriptor(struct fake_bytes *out, const char *type,
                           const struct sim_live_blob *blob)
{
    fake_bytes_text(out, "{\"mediaType\":");
    add_string(out, type);
    fake_bytes_text(out, ",\"size\":");
    fake_bytes_decimal(out, blob->bytes.size);
    fake_bytes_text(out, ",\"digest\":");
    add_string(out, blob->digest);
    fake_bytes_char(out, '}');
}

static void manifest_make(struct sim_live_image *image)
{
    struct fake_bytes *out = &image->manifest.bytes;
    fake_bytes_init(out);
    fake_bytes_text(out, "{\"schemaVersion\":2,\"mediaType\":\"" SIM_LIVE_MANIFEST_TYPE
                         "\",\"config\":");
    add_descriptor(out, CONFIG_TYPE, &image->config);
    fake_bytes_text(out, ",\"layers\":[");
    for (size_t i = 0; i < image->layer_count; i++) {
        fake_bytes_text(out, i > 0 ? "," : "");
        add_descriptor(out, LAYER_TYPE, &image->layers[i]);
    }
    fake_bytes_text(out, "]}");
    blob_finish(&image->manifest);
}

/* --- images --------------------------------------------------------------------------- */

void sim_live_image_make(struct sim_live_image *out, const struct sim_live_image_spec *spec)
{
    assert(spec->layer_count > 0);
    memset(out, 0, sizeof(*out));
    out->layers = fake_memory_alloc(spec->layer_count * sizeof(*out->layers));
    out->layer_count = spec->layer_count;
    for (size_t i = 0; i < spec->layer_count; i++) {
        layer_make(&out->layers[i], &spec->layers[i]);
    }
    config_make(out, spec);
    manifest_make(out);
}

void sim_live_image_release(struct sim_live_image *image)
{
    for (size_t i = 0; i < image->layer_count; i++) {
        fake_bytes_release(&image->layers[i].bytes);
    }
    fake_memory_free(image->layers);
    fake_bytes_release(&image->config.bytes);
    fake_bytes_release(&image->manifest.bytes);
    memset(image, 0, sizeof(*image));
}

/* The digits alone: a colon does not belong into a file's name. */
static const char *digits_of(const struct sim_live_blob *blob)
{
    return blob->digest + strlen("sha256:");
}

static void add_index(struct fake_bytes *out, const struct sim_live_image *image, const char *name)
{
    fake_bytes_text(out, "[{\"Config\":\"");
    fake_bytes_text(out, digits_of(&image->config));
    fake_bytes_text(out, ".json\",\"RepoTags\":[");
    if (name != NULL) {
        add_string(out, name);
    }
    fake_bytes_text(out, "],\"Layers\":[");
    for (size_t i = 0; i < image->layer_count; i++) {
        fake_bytes_text(out, i > 0 ? ",\"" : "\"");
        fake_bytes_text(out, digits_of(&image->layers[i]));
        fake_bytes_text(out, ".tar\"");
    }
    fake_bytes_text(out, "]}]");
}

static void add_blob(struct fake_bytes *tar, const struct sim_live_blob *blob, const char *ending)
{
    char path[96];
    (void)snprintf(path, sizeof(path), "%s%s", digits_of(blob), ending);
    sim_live_tar_file(tar, path, 0644, blob->bytes.at, blob->bytes.size);
}

void sim_live_image_archive(const struct sim_live_image *image, const char *name,
                            struct fake_bytes *out)
{
    struct fake_bytes index;
    fake_bytes_init(out);
    fake_bytes_init(&index);
    add_index(&index, image, name);
    add_blob(out, &image->config, ".json");
    for (size_t i = 0; i < image->layer_count; i++) {
        add_blob(out, &image->layers[i], ".tar");
    }
    sim_live_tar_file(out, "manifest.json", 0644, index.at, index.size);
    sim_live_tar_end(out);
    fake_bytes_release(&index);
}

void sim_live_busybox(struct fake_bytes *out)
{
    static const char *const paths[] = { "/bin/busybox", "/usr/bin/busybox",
                                         "/usr/local/bin/busybox" };
    char part[16384];
    fake_bytes_init(out);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && out->size == 0; i++) {
        FILE *file = fopen(paths[i], "rb");
        size_t got = file != NULL ? fread(part, 1, sizeof(part), file) : 0;
        for (; got > 0 && out->size <= BUSYBOX_MAX; got = fread(part, 1, sizeof(part), file)) {
            fake_bytes_add(out, part, got);
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
}
