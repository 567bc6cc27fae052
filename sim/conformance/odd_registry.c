#include "sim/conformance/odd_registry.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/process.h"

#define REPOSITORY_SIZE 128
#define NS_PER_MS 1000000L

struct repository {
    struct repository *next;
    char name[REPOSITORY_SIZE];
    enum sim_conform_mood mood;
    struct sim_live_image image;
    struct sim_conform_counts counts;
};

struct sim_odd_registry {
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of all below; what was added stays until the end */
    struct repository *repositories;
};

/* --- answers ----------------------------------------------------------------------------- */

struct answer {
    unsigned status;
    const char *type;
    const char *digest;
    const void *bytes;
    size_t size;
};

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct answer *answer)
{
    /* What is in the answer lives as long as the registry, or is static. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->size, (void *)(uintptr_t)answer->bytes, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Docker-Distribution-Api-Version", "registry/2.0");
    (void)MHD_add_response_header(response, "Content-Type",
                                  answer->type != NULL ? answer->type : "application/json");
    if (answer->digest != NULL) {
        (void)MHD_add_response_header(response, "Docker-Content-Digest", answer->digest);
    }
    enum MHD_Result result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static struct answer refuse_with(unsigned status, const char *body)
{
    return (struct answer){ .status = status, .bytes = body, .size = strlen(body) };
}

static struct answer blob_unknown(void)
{
    return refuse_with(404, "{\"errors\":[{\"code\":\"BLOB_UNKNOWN\","
                            "\"message\":\"blob unknown to registry\"}]}");
}

static struct answer manifest_of(const struct repository *repository)
{
    static const char foreign[] =
        "{\"schemaVersion\":2,"
        "\"mediaType\":\"application/vnd.docker.distribution.manifest.list.v2+json\","
        "\"manifests\":[{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\","
        "\"size\":500,\"digest\":\"sha256:"
        "1111111111111111111111111111111111111111111111111111111111111111\","
        "\"platform\":{\"architecture\":\"s390x\",\"os\":\"linux\"}}]}";
    const struct sim_live_blob *manifest = &repository->image.manifest;
    switch (repository->mood) {
    case SIM_CONFORM_DENIED:
        return refuse_with(403, "{\"errors\":[{\"code\":\"DENIED\",\"message\":"
                                "\"requested access to the resource is denied\","
                                "\"detail\":[{\"Type\":\"repository\"}]}]}");
    case SIM_CONFORM_LIMITED:
        return refuse_with(429, "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":"
                                "\"You have reached your pull rate limit.\"}]}");
    case SIM_CONFORM_FOREIGN:
        return (struct answer){ .status = 200,
                                .type = "application/vnd.docker.distribution.manifest.list.v2+json",
                                .bytes = foreign,
                                .size = strlen(foreign) };
    default:
        return (struct answer){ .status = 200,
                                .type = SIM_LIVE_MANIFEST_TYPE,
                                .digest = manifest->digest,
                                .bytes = manifest->bytes.at,
                                .size = manifest->bytes.size };
    }
}

static struct answer blob_of(const struct repository *repository, const char *digest)
{
    const struct sim_live_image *image = &repository->image;
    const struct sim_live_blob *blob = NULL;
    uint64_t wait_ms = repository->mood == SIM_CONFORM_SLOW      ? 3000
                       : repository->mood == SIM_CONFORM_COUNTED ? 300
                                                                 : 0;
    if (strcmp(image->config.digest, digest) == 0) {
        blob = &image->config;
        wait_ms = 0;
    }
    for (size_t i = 0; i < image->layer_count; i++) {
        if (strcmp(image->layers[i].digest, digest) == 0 &&
            !(i > 0 && repository->mood == SIM_CONFORM_BLOB_GONE)) {
            blob = &image->layers[i];
        }
    }
    if (blob == NULL) {
        return blob_unknown();
    }
    sim_pause_ms(wait_ms);
    return (struct answer){ .status = 200,
                            .type = "application/octet-stream",
                            .digest = blob->digest,
                            .bytes = blob->bytes.at,
                            .size = blob->bytes.size };
}

/* --- requests ------------------------------------------------------------------------------ */

/* "/v2/slow/app/manifests/1" with @kind "/manifests/": what is behind it, or NULL. */
static const char *path_of(const struct repository *repository, const char *url, const char *kind)
{
    size_t length = strlen(repository->name);
    if (strncmp(url, "/v2/", 4) != 0 || strncmp(url + 4, repository->name, length) != 0 ||
        strncmp(url + 4 + length, kind, strlen(kind)) != 0) {
        return NULL;
    }
    return url + 4 + length + strlen(kind);
}

static struct answer answer_to(struct sim_odd_registry *registry, const char *url)
{
    struct repository *found = NULL;
    const char *digest = NULL;
    (void)pthread_mutex_lock(&registry->lock);
    for (struct repository *at = registry->repositories; at != NULL && found == NULL;
         at = at->next) {
        digest = path_of(at, url, "/blobs/");
        if (digest != NULL || path_of(at, url, "/manifests/") != NULL) {
            found = at;
            bool is_config = digest != NULL && strcmp(digest, at->image.config.digest) == 0;
            at->counts.manifests += digest == NULL ? 1U : 0U;
            at->counts.blobs += digest != NULL && !is_config ? 1U : 0U;
        }
    }
    (void)pthread_mutex_unlock(&registry->lock);
    if (found == NULL) {
        return strcmp(url, "/v2/") == 0 ? refuse_with(200, "{}") : blob_unknown();
    }
    return digest != NULL ? blob_of(found, digest) : manifest_of(found);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context)
{
    static int seen;
    (void)method;
    (void)version;
    (void)upload;
    /* MHD calls once for the head, and again when the request is complete. */
    if (*context == NULL) {
        *context = &seen;
        return MHD_YES;
    }
    *upload_size = 0;
    const struct answer answer = answer_to(ctx, url);
    return send_answer(connection, &answer);
}

/* --- life ------------------------------------------------------------------------------------ */

struct sim_odd_registry *sim_odd_registry_open(void)
{
    struct sim_odd_registry *registry = fake_memory_alloc(sizeof(*registry));
    struct sockaddr_in at = { .sin_family = AF_INET };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *registry = (struct sim_odd_registry){ .repositories = NULL };
    if (pthread_mutex_init(&registry->lock, NULL) != 0) {
        abort();
    }
    registry->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, handle,
        registry, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&at, MHD_OPTION_END);
    if (registry->daemon == NULL) {
        sim_odd_registry_close(registry);
        return NULL;
    }
    return registry;
}

void sim_odd_registry_close(struct sim_odd_registry *registry)
{
    if (registry == NULL) {
        return;
    }
    if (registry->daemon != NULL) {
        MHD_stop_daemon(registry->daemon);
    }
    while (registry->repositories != NULL) {
        struct repository *repository = registry->repositories;
        registry->repositories = repository->next;
        sim_live_image_release(&repository->image);
        fake_memory_free(repository);
    }
    (void)pthread_mutex_destroy(&registry->lock);
    fake_memory_free(registry);
}

unsigned sim_odd_registry_port(const struct sim_odd_registry *registry)
{
    return MHD_get_daemon_info(registry->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void sim_odd_registry_add(struct sim_odd_registry *registry, const char *name,
                          enum sim_conform_mood mood, struct sim_live_image *image)
{
    struct repository *repository = fake_memory_alloc(sizeof(*repository));
    *repository = (struct repository){ .mood = mood, .image = *image };
    (void)snprintf(repository->name, sizeof(repository->name), "%s", name);
    memset(image, 0, sizeof(*image));
    (void)pthread_mutex_lock(&registry->lock);
    /* In front of an older one of the same name. */
    repository->next = registry->repositories;
    registry->repositories = repository;
    (void)pthread_mutex_unlock(&registry->lock);
}

struct sim_conform_counts sim_odd_registry_counts(struct sim_odd_registry *registry,
                                                  const char *name)
{
    struct sim_conform_counts counts = { 0, 0 };
    (void)pthread_mutex_lock(&registry->lock);
    for (struct repository *at = registry->repositories; at != NULL; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            counts = at->counts;
            break;
        }
    }
    (void)pthread_mutex_unlock(&registry->lock);
    return counts;
}
