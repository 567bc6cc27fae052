/* Containers that only sleep: made, started, stopped, waited for, removed. What they
 * mean for images is the fake engine's; the rest is here. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "fakes/engine_internal.h"
#include "fakes/http_body.h"
#include "fakes/json_text.h"
#include "sim/server/exchange.h"

#define NAME_MAX_LENGTH 128

struct sim_container {
    struct sim_container *next;
    char *image; /* as the client called it */
    char *command;
    char id[FAKE__ID_SIZE];
    char name[NAME_MAX_LENGTH + 1];
};

static void release(struct sim_container *container)
{
    fake_memory_free(container->image);
    fake_memory_free(container->command);
    fake_memory_free(container);
}

void sim_containers_release(struct sim_server *server)
{
    while (server->containers != NULL) {
        struct sim_container *container = server->containers;
        server->containers = container->next;
        release(container);
    }
}

/* By name, ID, or the beginning of an ID. */
static struct sim_container *find(struct sim_server *server, const char *text)
{
    size_t length = strlen(text);
    for (struct sim_container *at = server->containers; at != NULL; at = at->next) {
        if (strcmp(at->name, text) == 0 || strncmp(at->id, text, length) == 0) {
            return at;
        }
    }
    return NULL;
}

static const struct fake__container *truth_of(const struct sim_server *server,
                                              const struct sim_container *container)
{
    for (size_t i = 0; i < server->engine->container_count; i++) {
        if (strcmp(server->engine->containers[i]->name, container->name) == 0) {
            return server->engine->containers[i];
        }
    }
    return NULL;
}

static void refuse_with(struct sim_exchange *exchange, unsigned status, const char *before,
                        const char *name, const char *after)
{
    const char *parts[] = { before, name, after, NULL };
    char *text = fake__join(parts);
    sim_exchange_refuse(exchange, status, text);
    fake_memory_free(text);
}

/* --- create ---------------------------------------------------------------------------- */

static void add_word(struct fake_bytes *out, const cJSON *word)
{
    if (cJSON_IsString(word)) {
        fake_bytes_text(out, out->size > 0 ? " " : "");
        fake_bytes_text(out, word->valuestring);
    }
}

static char *command_of(const cJSON *object)
{
    struct fake_bytes out;
    const cJSON *word;
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(object, "Cmd");
    fake_bytes_init(&out);
    cJSON_ArrayForEach(word, words)
    {
        add_word(&out, word);
    }
    char *command = fake__join((const char *const[]){ out.size > 0 ? out.at : "", NULL });
    fake_bytes_release(&out);
    return command;
}

static void remember(struct sim_exchange *exchange, const char *name, const char *image,
                     const cJSON *object)
{
    struct sim_server *server = exchange->server;
    struct sim_container *container = fake_memory_alloc(sizeof(*container));
    (void)snprintf(container->name, sizeof(container->name), "%s", name);
    container->image = fake__join((const char *const[]){ image, NULL });
    container->command = command_of(object);
    (void)snprintf(container->id, sizeof(container->id), "%s", truth_of(server, container)->id);
    container->next = server->containers;
    server->containers = container;
    server->container_count++;
    fake_bytes_text(&exchange->out, "{\"Id\":\"");
    fake_bytes_text(&exchange->out, container->id);
    fake_bytes_text(&exchange->out, "\",\"Warnings\":[]}\n");
    sim_exchange_answer(exchange, 201);
}

static void create_from(struct sim_exchange *exchange, const cJSON *object)
{
    struct sim_server *server = exchange->server;
    const cJSON *image = cJSON_GetObjectItemCaseSensitive(object, "Image");
    const char *asked = sim_exchange_argument(exchange, "name");
    char name[NAME_MAX_LENGTH + 1];
    if (!cJSON_IsString(image)) {
        sim_exchange_refuse(exchange, 400, "no image was named");
        return;
    }
    (void)snprintf(name, sizeof(name), "drydock_%u", server->container_count + 1);
    if (asked != NULL && asked[0] != '\0') {
        (void)snprintf(name, sizeof(name), "%s", asked);
    }
    unsigned status = fake_engine_container(server->engine, image->valuestring, name, false);
    if (status == 201) {
        remember(exchange, name, image->valuestring, object);
    } else if (status == 404) {
        struct fake__target target = fake__target_of(server->engine, image->valuestring);
        char *text = fake__text_no_such_image(&target);
        sim_exchange_refuse(exchange, 404, text);
        fake_memory_free(text);
    } else if (status == 409) {
        refuse_with(exchange, 409, "Conflict. The container name \"/", name,
                    "\" is already in use. You have to remove (or rename) that container to be "
                    "able to reuse that name.");
    } else {
        sim_exchange_refuse(exchange, 400, "invalid reference format");
    }
}

static void create(struct sim_exchange *exchange)
{
    cJSON *object = exchange->body.size > 0
                        ? cJSON_ParseWithLength(exchange->body.at, exchange->body.size)
                        : NULL;
    if (cJSON_IsObject(object)) {
        create_from(exchange, object);
    } else {
        sim_exchange_refuse(exchange, 400, "the body is no JSON object");
    }
    cJSON_Delete(object);
}

/* --- wait, stop, remove -------------------------------------------------------------------- */

/* 137: it was killed, as whoever sleeps is. */
static void tell_waiters(struct sim_server *server, const struct sim_container *container)
{
    for (struct sim_exchange *at = server->exchanges; at != NULL; at = at->next) {
        if (at->container != NULL && strcmp(at->container, container->id) == 0) {
            at->container = NULL;
            fake_bytes_text(&at->out, "{\"Error\":null,\"StatusCode\":137}\n");
            sim_exchange_answer(at, 200);
        }
    }
}

static void wait_for(struct sim_exchange *exchange, struct sim_container *container)
{
    const struct fake__container *truth = truth_of(exchange->server, container);
    if (truth != NULL && truth->running) {
        exchange->container = container->id;
        return;
    }
    fake_bytes_text(&exchange->out, "{\"Error\":null,\"StatusCode\":0}\n");
    sim_exchange_answer(exchange, 200);
}

static void stop(struct sim_exchange *exchange, struct sim_container *container)
{
    unsigned status = fake_engine_container_stop(exchange->server->engine, container->name);
    tell_waiters(exchange->server, container);
    sim_exchange_answer(exchange, status);
}

static void remove_container(struct sim_exchange *exchange, struct sim_container *container)
{
    struct sim_server *server = exchange->server;
    if (sim_exchange_flag(exchange, "force")) {
        (void)fake_engine_container_stop(server->engine, container->name);
    }
    unsigned status = fake_engine_container_remove(server->engine, container->name);
    if (status == 409) {
        refuse_with(exchange, 409, "You cannot remove a running container ", container->id,
                    ". Stop the container before attempting removal or force remove");
        return;
    }
    tell_waiters(server, container);
    struct sim_container **link = &server->containers;
    while (*link != container) {
        link = &(*link)->next;
    }
    *link = container->next;
    release(container);
    sim_exchange_answer(exchange, status);
}

/* --- list, inspect ---------------------------------------------------------------------------- */

static void add_string(struct fake_bytes *out, const char *before, const char *value)
{
    fake_bytes_text(out, before);
    fake_json_string(out, value, FAKE_JSON_PLAIN);
}

static void add_listed(struct fake_bytes *out, const struct sim_container *container,
                       const struct fake__container *truth)
{
    add_string(out, "{\"Id\":", container->id);
    fake_bytes_text(out, ",\"Names\":[\"/");
    fake_bytes_text(out, container->name);
    add_string(out, "\"],\"Image\":", container->image);
    add_string(out, ",\"ImageID\":", truth->content->id);
    add_string(out, ",\"Command\":", container->command);
    fake_bytes_text(out, ",\"Created\":");
    fake_bytes_decimal(out, FAKE_HTTP_CREATED_S);
    fake_bytes_text(out, ",\"Ports\":[],\"Labels\":{}");
    add_string(out, ",\"State\":", truth->running ? "running" : "created");
    add_string(out, ",\"Status\":", truth->running ? "Up" : "Created");
    fake_bytes_text(
        out, ",\"HostConfig\":{\"NetworkMode\":\"none\"},\"NetworkSettings\":{\"Networks\":{}},"
             "\"Mounts\":[]}");
}

static void list(struct sim_exchange *exchange)
{
    struct sim_server *server = exchange->server;
    struct fake_bytes *out = &exchange->out;
    bool all = sim_exchange_flag(exchange, "all");
    fake_bytes_char(out, '[');
    for (struct sim_container *at = server->containers; at != NULL; at = at->next) {
        const struct fake__container *truth = truth_of(server, at);
        if (truth != NULL && (all || truth->running)) {
            fake_bytes_text(out, out->size > 1 ? "," : "");
            add_listed(out, at, truth);
        }
    }
    fake_bytes_text(out, "]\n");
    sim_exchange_answer(exchange, 200);
}

static void inspect(struct sim_exchange *exchange, struct sim_container *container)
{
    const struct fake__container *truth = truth_of(exchange->server, container);
    struct fake_bytes *out = &exchange->out;
    add_string(out, "{\"Id\":", container->id);
    fake_bytes_text(out, ",\"Name\":\"/");
    fake_bytes_text(out, container->name);
    add_string(out, "\",\"Image\":", truth->content->id);
    fake_bytes_text(out, ",\"Created\":\"" FAKE_HTTP_CREATED "\",\"State\":{");
    add_string(out, "\"Status\":", truth->running ? "running" : "created");
    fake_bytes_text(out, truth->running ? ",\"Running\":true" : ",\"Running\":false");
    add_string(out, "},\"Config\":{\"Image\":", container->image);
    fake_bytes_text(out, "},\"HostConfig\":{\"NetworkMode\":\"none\"}}\n");
    sim_exchange_answer(exchange, 200);
}

/* --- routes --------------------------------------------------------------------------------------
 */

static void start(struct sim_exchange *exchange, struct sim_container *container)
{
    sim_exchange_answer(exchange,
                        fake_engine_container_start(exchange->server->engine, container->name));
}

struct route {
    const char *after;
    void (*act)(struct sim_exchange *exchange, struct sim_container *container);
    char method; /* of GET, POST, DELETE the first letter */
};

static bool is_method(const struct sim_exchange *exchange, char method)
{
    return (method == 'G' && exchange->is_get) || (method == 'P' && exchange->is_post) ||
           (method == 'D' && exchange->is_delete);
}

bool sim_route_containers(struct sim_exchange *exchange)
{
    static const struct route routes[] = {
        { "/json", inspect, 'G' }, { "/start", start, 'P' },   { "/stop", stop, 'P' },
        { "/kill", stop, 'P' },    { "/wait", wait_for, 'P' }, { "", remove_container, 'D' },
    };
    char name[SIM_EXCHANGE_PATH_MAX];
    if (exchange->is_get && strcmp(exchange->path, "/containers/json") == 0) {
        list(exchange);
        return true;
    }
    if (exchange->is_post && strcmp(exchange->path, "/containers/create") == 0) {
        create(exchange);
        return true;
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (is_method(exchange, routes[i].method) &&
            sim_route_matches(exchange, "/containers/", routes[i].after, name)) {
            struct sim_container *container = find(exchange->server, name);
            if (container != NULL) {
                routes[i].act(exchange, container);
            } else {
                refuse_with(exchange, 404, "No such container: ", name, "");
            }
            return true;
        }
    }
    return false;
}
