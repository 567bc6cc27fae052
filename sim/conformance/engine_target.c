/* A real engine as a target: one that tools/engine.sh started, with its registries, and
 * an odd registry of our own beside them. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/conformance/odd_registry.h"
#include "sim/conformance/target.h"
#include "sim/live/http.h"
#include "sim/live/image.h"
#include "sim/live/registry.h"
#include "sim/process.h"

#define VALUE_SIZE 128
#define NOBODY_LISTENS "127.0.0.1:1"

struct engine_target {
    struct sim_conform_target base;
    const char *dir;
    const char *script;
    char address[VALUE_SIZE];
    char registry[VALUE_SIZE];
    char guarded[VALUE_SIZE];
    char username[VALUE_SIZE];
    char password[VALUE_SIZE];
    char kind[VALUE_SIZE];
    struct fake_bytes busybox;
    struct sim_odd_registry *odd;
};

static struct engine_target *engine_of(struct sim_conform_target *target)
{
    return (struct engine_target *)target;
}

/* --- its API, beside what rows ask for ------------------------------------------------------ */

/* Whether the status is below 300; @body (NULL: nobody wants it) is the answer's. */
static bool api(struct sim_conform_target *target, const char *method, const char *path,
                const struct fake_bytes *sent, struct fake_bytes *body)
{
    bool is_json = sent != NULL && sent->at != NULL && sent->at[0] == '{';
    const char *headers[] = { sent == NULL ? NULL
                              : is_json    ? "Content-Type: application/json"
                                           : "Content-Type: application/x-tar",
                              NULL };
    struct sim_live_http_answer answer;
    sim_live_http(&(struct sim_live_http_request){ .method = method,
                                                   .address = target->address,
                                                   .path = path,
                                                   .headers = headers,
                                                   .body = sent != NULL ? sent->at : NULL,
                                                   .body_size = sent != NULL ? sent->size : 0 },
                  &answer);
    bool fine = answer.status > 0 && answer.status < 300;
    if (!fine) {
        (void)snprintf(target->why, sizeof(target->why), "%s %.100s: %u %.200s", method, path,
                       answer.status,
                       answer.status == 0       ? answer.why
                       : answer.body.at != NULL ? answer.body.at
                                                : "");
    }
    if (body != NULL) {
        fake_bytes_init(body);
        fake_bytes_text(body, answer.body.at != NULL ? answer.body.at : "");
    }
    sim_live_http_release(&answer);
    return fine;
}

/* Remove by @before ID @after whatever GET @list lists. */
static void remove_all(struct sim_conform_target *target, const char *list, const char *before,
                       const char *after)
{
    struct fake_bytes body;
    const cJSON *item;
    (void)api(target, "GET", list, NULL, &body);
    cJSON *array = cJSON_Parse(body.at);
    cJSON_ArrayForEach(item, array)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "Id");
        char path[256];
        (void)snprintf(path, sizeof(path), "%s%s%s", before,
                       cJSON_IsString(id) ? id->valuestring : "", after);
        (void)api(target, "DELETE", path, NULL, NULL);
    }
    cJSON_Delete(array);
    fake_bytes_release(&body);
}

/* An image that others were built on goes in the second round. */
static void clear(struct sim_conform_target *target)
{
    remove_all(target, "/v1.40/containers/json?all=true", "/v1.40/containers/", "?force=true");
    for (int round = 0; round < 3; round++) {
        remove_all(target, "/v1.40/images/json?all=true", "/v1.40/images/", "?force=true");
    }
}

/* --- images ---------------------------------------------------------------------------------- */

static void make_image(const struct engine_target *engine, const char *nickname,
                       struct sim_live_image *out, struct sim_conform_image *say)
{
    char second[160];
    (void)snprintf(second, sizeof(second), "%s, second layer", nickname);
    const struct sim_live_layer layers[] = {
        { .seed = nickname,
          .size = 512,
          .program = engine->busybox.at,
          .program_size = engine->busybox.size },
        { .seed = second, .size = 4096 },
    };
    sim_live_image_make(
        out, &(struct sim_live_image_spec){ .seed = nickname, .layers = layers, .layer_count = 2 });
    if (say != NULL) {
        (void)snprintf(say->id, sizeof(say->id), "%s", out->config.digest);
        (void)snprintf(say->digest, sizeof(say->digest), "%s", out->manifest.digest);
    }
}

/* "path:tag" */
static const char *split(const char *reference, char repository[VALUE_SIZE])
{
    const char *colon = strrchr(reference, ':');
    (void)snprintf(repository, VALUE_SIZE, "%.*s", (int)(colon - reference), reference);
    return colon + 1;
}

static bool push(struct sim_conform_target *target, bool guarded, const char *reference,
                 const char *nickname, struct sim_conform_image *out)
{
    const struct sim_live_registry registry = {
        .address = guarded ? target->guarded : target->registry,
        .username = guarded ? target->username : NULL,
        .password = guarded ? target->password : NULL,
    };
    char repository[VALUE_SIZE];
    const char *tag = split(reference, repository);
    struct sim_live_image image;
    make_image(engine_of(target), nickname, &image, out);
    bool fine = sim_live_registry_put(&registry, repository, tag, &image, target->why);
    sim_live_image_release(&image);
    return fine;
}

static bool mood(struct sim_conform_target *target, enum sim_conform_mood mood,
                 const char *reference, char full[256], struct sim_conform_image *out)
{
    struct engine_target *engine = engine_of(target);
    char repository[VALUE_SIZE];
    struct sim_live_image image;
    (void)split(reference, repository);
    if (mood == SIM_CONFORM_DOWN) {
        (void)snprintf(full, 256, "%s/%s", NOBODY_LISTENS, reference);
        return true;
    }
    (void)snprintf(full, 256, "127.0.0.1:%u/%s", sim_odd_registry_port(engine->odd), reference);
    make_image(engine, reference, &image, out);
    sim_odd_registry_add(engine->odd, repository, mood, &image);
    return true;
}

/* The configuration is a blob of the registry's, too, and no layer. */
static struct sim_conform_counts counts(struct sim_conform_target *target, const char *full)
{
    char repository[VALUE_SIZE];
    (void)split(strchr(full, '/') + 1, repository);
    return sim_odd_registry_counts(engine_of(target)->odd, repository);
}

static bool load(struct sim_conform_target *target, const char *nickname, const char *name,
                 struct sim_conform_image *out)
{
    struct sim_live_image image;
    struct fake_bytes archive;
    make_image(engine_of(target), nickname, &image, out);
    sim_live_image_archive(&image, name, &archive);
    bool fine = api(target, "POST", "/v1.40/images/load", &archive, NULL);
    fake_bytes_release(&archive);
    sim_live_image_release(&image);
    return fine;
}

/* A container of the parent, committed: what a build does for each step. */
static bool build(struct sim_conform_target *target, const char *parent, const char *name)
{
    char repository[VALUE_SIZE];
    char path[512];
    const char *tag = split(name, repository);
    struct sim_conform_answer answer;
    sim_conform_http_ask(target,
                         &(struct sim_conform_request){
                             .call = SIM_CONFORM_CREATE, .name = parent, .other = "builder" },
                         1, &answer);
    bool fine = answer.status == 201;
    (void)snprintf(target->why, sizeof(target->why), "create builder: %u %.200s", answer.status,
                   answer.error.at != NULL ? answer.error.at : "");
    sim_conform_release(&answer);
    (void)snprintf(path, sizeof(path), "/v1.40/commit?container=builder&repo=%s&tag=%s", repository,
                   tag);
    struct fake_bytes nothing;
    fake_bytes_init(&nothing);
    fake_bytes_text(&nothing, "{}");
    fine = fine && api(target, "POST", path, &nothing, NULL);
    fake_bytes_release(&nothing);
    return api(target, "DELETE", "/v1.40/containers/builder?force=true", NULL, NULL) && fine;
}

static bool power(struct sim_conform_target *target, enum sim_conform_power power)
{
    static const char *const verbs[] = { [SIM_CONFORM_POWER_OFF] = "down",
                                         [SIM_CONFORM_POWER_ON] = "up",
                                         [SIM_CONFORM_POWER_CUT] = "kill" };
    const struct engine_target *engine = engine_of(target);
    char command[1024];
    (void)snprintf(command, sizeof(command), "%s %s %s >/dev/null", engine->script, verbs[power],
                   engine->dir);
    int status = sim_shell_run(command);
    if (status != 0) {
        (void)snprintf(target->why, sizeof(target->why), "%.400s: exit status %d", command, status);
    }
    return status == 0;
}

/* --- life ---------------------------------------------------------------------------------------
 */

static void destroy(struct sim_conform_target *target)
{
    struct engine_target *engine = engine_of(target);
    sim_odd_registry_close(engine->odd);
    fake_bytes_release(&engine->busybox);
    fake_memory_free(engine);
}

static void take_value(const char *line, const char *name, char out[VALUE_SIZE])
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) == 0 && line[length] == '=') {
        (void)snprintf(out, VALUE_SIZE, "%.*s", (int)strcspn(line + length + 1, "\n"),
                       line + length + 1);
    }
}

static bool read_environment(struct engine_target *engine, char why[SIM_CONFORM_WHY_SIZE])
{
    char path[512];
    char line[512];
    (void)snprintf(path, sizeof(path), "%s/env", engine->dir);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)snprintf(why, SIM_CONFORM_WHY_SIZE, "%.300s: no engine there", engine->dir);
        return false;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        take_value(line, "DOCKER_HOST", engine->address);
        take_value(line, "ENGINE", engine->kind);
        take_value(line, "REGISTRY", engine->registry);
        take_value(line, "REGISTRY_AUTH", engine->guarded);
        take_value(line, "REGISTRY_USER", engine->username);
        take_value(line, "REGISTRY_PASSWORD", engine->password);
    }
    (void)fclose(file);
    return true;
}

struct sim_conform_target *sim_conform_engine(const char *dir, const char *script,
                                              char why[SIM_CONFORM_WHY_SIZE])
{
    static const struct sim_conform_ops ops = {
        .begin = clear,
        .end = clear,
        .ask = sim_conform_http_ask,
        .push = push,
        .mood = mood,
        .counts = counts,
        .load = load,
        .build = build,
        .power = power,
        .destroy = destroy,
    };
    struct engine_target *engine = fake_memory_alloc(sizeof(*engine));
    memset(engine, 0, sizeof(*engine));
    engine->dir = dir;
    engine->script = script;
    sim_live_busybox(&engine->busybox);
    engine->odd = sim_odd_registry_open();
    if (engine->odd == NULL) {
        (void)snprintf(why, SIM_CONFORM_WHY_SIZE, "no registry of our own can listen");
    }
    if (engine->odd == NULL || !read_environment(engine, why)) {
        destroy(&engine->base);
        return NULL;
    }
    bool is_podman = strcmp(engine->kind, "podman") == 0;
    engine->base = (struct sim_conform_target){
        .ops = &ops,
        .title = is_podman ? "Podman" : "Docker",
        .personality = is_podman ? FAKE_PODMAN_4_3 : FAKE_DOCKER_20_10,
        .address = engine->address,
        .registry = engine->registry,
        .guarded = engine->guarded,
        .username = engine->username,
        .password = engine->password,
    };
    return &engine->base;
}
