#include "sim/live/registry.h"

#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/live/http.h"

#define PATH_SIZE 512
#define BODY_SHOWN 200

/* One request of those that make up an act. */
struct request {
    const char *method;
    const char *path;
    const char *type; /* of the body */
    const struct fake_bytes *body;
    const char *wanted;
};

static bool is_one_of(unsigned status, const unsigned *statuses)
{
    for (; *statuses != 0; statuses++) {
        if (*statuses == status) {
            return true;
        }
    }
    return false;
}

/* @good ends with 0. True, and @header (NULL: nobody wants it) has what was wanted. */
static bool ask(const struct sim_live_registry *registry, const struct request *request,
                const unsigned *good, char *header, char why[SIM_LIVE_WHY_SIZE])
{
    char type[160];
    const char *headers[2] = { NULL, NULL };
    if (request->type != NULL) {
        (void)snprintf(type, sizeof(type), "Content-Type: %s", request->type);
        headers[0] = type;
    }
    const struct sim_live_http_request wire = {
        .method = request->method,
        .address = registry->address,
        .path = request->path,
        .headers = headers,
        .body = request->body != NULL ? request->body->at : NULL,
        .body_size = request->body != NULL ? request->body->size : 0,
        .username = registry->username,
        .password = registry->password,
        .wanted = request->wanted,
    };
    struct sim_live_http_answer answer;
    sim_live_http(&wire, &answer);
    bool fine = is_one_of(answer.status, good);
    if (!fine && answer.status == 0) {
        (void)snprintf(why, SIM_LIVE_WHY_SIZE, "%s", answer.why);
    } else if (!fine) {
        (void)snprintf(why, SIM_LIVE_WHY_SIZE, "%s %.200s answered %u: %.*s", request->method,
                       request->path, answer.status, BODY_SHOWN,
                       answer.body.at != NULL ? answer.body.at : "");
    } else if (header != NULL) {
        (void)snprintf(header, SIM_LIVE_HTTP_HEADER_SIZE, "%s", answer.header);
    }
    sim_live_http_release(&answer);
    return fine;
}

/* --- blobs -------------------------------------------------------------------------- */

static bool has_blob(const struct sim_live_registry *registry, const char *repository,
                     const char *digest)
{
    static const unsigned good[] = { 200, 0 };
    char path[PATH_SIZE];
    char unused[SIM_LIVE_WHY_SIZE];
    (void)snprintf(path, sizeof(path), "/v2/%s/blobs/%s", repository, digest);
    return ask(registry, &(struct request){ .method = "HEAD", .path = path }, good, NULL, unused);
}

/* An upload is begun, and the registry says where its bytes go, all in one piece. */
static bool put_blob(const struct sim_live_registry *registry, const char *repository,
                     const struct sim_live_blob *blob, char why[SIM_LIVE_WHY_SIZE])
{
    static const unsigned begun[] = { 202, 0 };
    static const unsigned done[] = { 201, 0 };
    char path[PATH_SIZE];
    char location[SIM_LIVE_HTTP_HEADER_SIZE] = "";
    char target[SIM_LIVE_HTTP_HEADER_SIZE + 96];
    if (has_blob(registry, repository, blob->digest)) {
        return true;
    }
    (void)snprintf(path, sizeof(path), "/v2/%s/blobs/uploads/", repository);
    const struct request begin = { .method = "POST", .path = path, .wanted = "Location" };
    if (!ask(registry, &begin, begun, location, why)) {
        return false;
    }
    (void)snprintf(target, sizeof(target), "%s%cdigest=%s", location,
                   strchr(location, '?') != NULL ? '&' : '?', blob->digest);
    const struct request put = {
        .method = "PUT", .path = target, .type = "application/octet-stream", .body = &blob->bytes
    };
    return ask(registry, &put, done, NULL, why);
}

/* --- manifests ---------------------------------------------------------------------- */

bool sim_live_registry_tag(const struct sim_live_registry *registry, const char *repository,
                           const char *tag, const struct sim_live_image *image,
                           char why[SIM_LIVE_WHY_SIZE])
{
    static const unsigned good[] = { 201, 0 };
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/v2/%s/manifests/%s", repository, tag);
    const struct request put = { .method = "PUT",
                                 .path = path,
                                 .type = SIM_LIVE_MANIFEST_TYPE,
                                 .body = &image->manifest.bytes };
    return ask(registry, &put, good, NULL, why);
}

bool sim_live_registry_put(const struct sim_live_registry *registry, const char *repository,
                           const char *tag, const struct sim_live_image *image,
                           char why[SIM_LIVE_WHY_SIZE])
{
    for (size_t i = 0; i < image->layer_count; i++) {
        if (!put_blob(registry, repository, &image->layers[i], why)) {
            return false;
        }
    }
    return put_blob(registry, repository, &image->config, why) &&
           sim_live_registry_tag(registry, repository, tag, image, why);
}

bool sim_live_registry_remove(const struct sim_live_registry *registry, const char *repository,
                              const char *digest, char why[SIM_LIVE_WHY_SIZE])
{
    static const unsigned good[] = { 202, 404, 0 };
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/v2/%s/manifests/%s", repository, digest);
    return ask(registry, &(struct request){ .method = "DELETE", .path = path }, good, NULL, why);
}
