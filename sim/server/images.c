/* Images: what a client asks of them becomes a call of the fake engine. */
#include <cjson/cJSON.h>
#include <string.h>

#include "fakes/engine_internal.h"
#include "fakes/http_body.h"
#include "sim/server/exchange.h"

/* --- pull -------------------------------------------------------------------------------- */

static void pull_line(struct dd_call *call, const struct dd_line *line)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    if (exchange->connection != NULL) {
        exchange->has_streamed = true;
        fake_http_line(&exchange->out, line);
        sim_exchange_stream(exchange, SIM_STREAM_GOES_ON);
    }
}

static void pull_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    if (exchange->has_streamed && exchange->connection != NULL) {
        exchange->calling = false;
        sim_exchange_stream(exchange, answer->transport == DD_TRANSPORT_ANSWERED
                                          ? SIM_STREAM_ENDS
                                          : SIM_STREAM_BREAKS);
    } else if (sim_exchange_succeeded(exchange, answer)) {
        sim_exchange_stream(exchange, SIM_STREAM_ENDS);
    }
}

/* "app:1", "app@sha256:…", with the tag or digest in `tag` or not. */
static struct dd_pull_spec spec_of(char *image, const char *tag)
{
    struct dd_pull_spec spec = { .repository = image };
    char *digest = strchr(image, '@');
    char *colon = strrchr(image, ':');
    if (digest != NULL) {
        *digest = '\0';
        spec.digest = digest + 1;
    } else if (tag != NULL && strchr(tag, ':') != NULL) {
        spec.digest = tag;
    } else if (tag != NULL && tag[0] != '\0') {
        spec.tag = tag;
    } else if (colon != NULL && strchr(colon, '/') == NULL) {
        *colon = '\0';
        spec.tag = colon + 1;
    }
    return spec;
}

static void pull(struct sim_exchange *exchange)
{
    const struct dd_docker *docker = &exchange->server->docker;
    const char *from = sim_exchange_argument(exchange, "fromImage");
    const char *platform = sim_exchange_argument(exchange, "platform");
    char image[SIM_EXCHANGE_PATH_MAX];
    struct sim_login login;
    if (from == NULL || strlen(from) >= sizeof(image)) {
        sim_exchange_refuse(exchange, 400, "invalid reference format");
        return;
    }
    memcpy(image, from, strlen(from) + 1);
    struct dd_pull_spec spec = spec_of(image, sim_exchange_argument(exchange, "tag"));
    spec.platform = platform != NULL && platform[0] != '\0' ? platform : NULL;
    const char *header = sim_exchange_header(exchange, "X-Registry-Auth");
    sim_login_read(&login, header);
    if (header != NULL && !login.readable && exchange->server->personality == FAKE_PODMAN_4_3) {
        sim_exchange_refuse(exchange, 400,
                            "failed to parse \"X-Registry-Auth\" header: unexpected EOF");
        sim_login_release(&login);
        return;
    }
    spec.credentials = login.text != NULL ? &login.credentials : NULL;
    exchange->call = (struct dd_call){ .line = pull_line, .done = pull_done };
    sim_exchange_asked(exchange, docker->ops->pull(docker->ctx, &exchange->call, &spec));
    sim_login_release(&login);
}

/* --- inspect, list, remove ------------------------------------------------------------------ */

static struct fake_image_view view_of(struct sim_exchange *exchange, const char *id)
{
    struct fake_image_view view = { .id = NULL };
    size_t index = 0;
    while (fake_engine_image(exchange->server->engine, index, &view) && strcmp(view.id, id) != 0) {
        index++;
    }
    return view;
}

static void inspect_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    if (sim_exchange_succeeded(exchange, answer)) {
        struct fake_http_image image = fake_http_image(view_of(exchange, answer->id).size_bytes);
        fake_http_inspect_body(&exchange->out, answer, &image);
        sim_exchange_answer(exchange, 200);
    }
}

static void inspect(struct sim_exchange *exchange, const char *name)
{
    const struct dd_docker *docker = &exchange->server->docker;
    exchange->call = (struct dd_call){ .done = inspect_done };
    sim_exchange_asked(exchange, docker->ops->inspect(docker->ctx, &exchange->call, name));
}

/* "app:1" is of the repository "app", and so is "app@sha256:…". */
static bool is_of(const char *name, const char *wanted)
{
    size_t length = strlen(wanted);
    return strncmp(name, wanted, length) == 0 &&
           (name[length] == '\0' || name[length] == ':' || name[length] == '@');
}

/* Of @names those that @wanted means; @at has room for them. */
static struct dd_strings names_of(struct dd_strings names, const char *wanted, const char **at)
{
    size_t count = 0;
    for (size_t i = 0; i < names.count; i++) {
        if (is_of(names.at[i], wanted)) {
            at[count++] = names.at[i];
        }
    }
    return (struct dd_strings){ at, count };
}

static void add_list(struct sim_exchange *exchange, const struct dd_answer *answer)
{
    uint64_t *created_s = fake_memory_alloc((answer->listed_count + 1) * sizeof(*created_s));
    for (size_t i = 0; i < answer->listed_count; i++) {
        created_s[i] = FAKE_HTTP_CREATED_S;
    }
    fake_http_list_body(&exchange->out, answer, created_s);
    fake_memory_free(created_s);
    sim_exchange_answer(exchange, 200);
}

/* Only images, and of them only names, of one repository or reference. */
static void add_list_of(struct sim_exchange *exchange, const struct dd_answer *answer,
                        const char *wanted)
{
    struct dd_listed *listed = fake_memory_alloc((answer->listed_count + 1) * sizeof(*listed));
    struct dd_answer kept = { .listed = listed };
    size_t name_count = 1;
    for (size_t i = 0; i < answer->listed_count; i++) {
        name_count += answer->listed[i].tags.count + answer->listed[i].digests.count;
    }
    const char **names = fake_memory_alloc(name_count * sizeof(*names));
    const char **at = names;
    for (size_t i = 0; i < answer->listed_count; i++) {
        struct dd_listed image = answer->listed[i];
        image.tags = names_of(image.tags, wanted, at);
        at += image.tags.count;
        image.digests = names_of(image.digests, wanted, at);
        at += image.digests.count;
        if (image.tags.count + image.digests.count > 0) {
            listed[kept.listed_count++] = image;
        }
    }
    add_list(exchange, &kept);
    fake_memory_free(names);
    fake_memory_free(listed);
}

/* What `docker images NAME` asks for: {"reference":{"NAME":true}}. Owned by @filters. */
static const char *wanted_of(const cJSON *filters)
{
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(filters, "reference");
    return cJSON_IsObject(reference) && reference->child != NULL ? reference->child->string : NULL;
}

static void list_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    if (!sim_exchange_succeeded(exchange, answer)) {
        return;
    }
    const char *text = sim_exchange_argument(exchange, "filters");
    cJSON *filters = text != NULL ? cJSON_Parse(text) : NULL;
    const char *wanted = wanted_of(filters);
    if (wanted != NULL) {
        add_list_of(exchange, answer, wanted);
    } else {
        add_list(exchange, answer);
    }
    cJSON_Delete(filters);
}

/* Any other filter is refused rather than not heeded. */
static bool is_listable(const struct sim_exchange *exchange)
{
    const char *text = sim_exchange_argument(exchange, "filters");
    cJSON *filters = text != NULL ? cJSON_Parse(text) : NULL;
    bool plain = text == NULL || (cJSON_IsObject(filters) && filters->child == NULL);
    bool one = wanted_of(filters) != NULL && filters->child->next == NULL;
    cJSON_Delete(filters);
    return plain || one;
}

static void list(struct sim_exchange *exchange)
{
    const struct dd_docker *docker = &exchange->server->docker;
    if (!is_listable(exchange)) {
        sim_exchange_refuse(exchange, 400, "the fake engine filters by reference only");
        return;
    }
    exchange->call = (struct dd_call){ .done = list_done };
    sim_exchange_asked(exchange, docker->ops->list(docker->ctx, &exchange->call));
}

static void remove_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    if (sim_exchange_succeeded(exchange, answer)) {
        fake_http_remove_body(&exchange->out, answer);
        sim_exchange_answer(exchange, 200);
    }
}

/* By force, or with what the image was built on: the coordinator never asks for that,
 * so it is no call of the interface, and is done at once. */
static void remove_as_others_do(struct sim_exchange *exchange, const char *name, bool force)
{
    struct fake_engine *engine = exchange->server->engine;
    struct fake__target target = fake__target_of(engine, name);
    struct fake__outcome outcome = { 0 };
    fake__remove(engine, &target, force ? FAKE__REMOVE_BY_FORCE : 0, 0, &outcome);
    if (outcome.http_status != 200) {
        sim_exchange_refuse(exchange, outcome.http_status,
                            outcome.text != NULL ? outcome.text : "");
    } else {
        const struct dd_answer answer = {
            .untagged = fake__strings_view(&outcome.untagged),
            .deleted = fake__strings_view(&outcome.deleted),
        };
        fake_http_remove_body(&exchange->out, &answer);
        sim_exchange_answer(exchange, 200);
    }
    fake__outcome_release(&outcome);
}

static void remove_image(struct sim_exchange *exchange, const char *name)
{
    const struct dd_docker *docker = &exchange->server->docker;
    bool force = sim_exchange_flag(exchange, "force");
    if (force || !sim_exchange_flag(exchange, "noprune")) {
        remove_as_others_do(exchange, name, force);
        return;
    }
    exchange->call = (struct dd_call){ .done = remove_done };
    sim_exchange_asked(exchange, docker->ops->remove(docker->ctx, &exchange->call, name));
}

/* --- tag ----------------------------------------------------------------------------------------
 */

static void tag(struct sim_exchange *exchange, const char *name)
{
    const char *repository = sim_exchange_argument(exchange, "repo");
    const char *tag = sim_exchange_argument(exchange, "tag");
    const char *parts[] = { repository != NULL ? repository : "", ":",
                            tag != NULL && tag[0] != '\0' ? tag : "latest", NULL };
    char *as = fake__join(parts);
    unsigned status = fake_engine_tag(exchange->server->engine, name, as);
    fake_memory_free(as);
    if (status == 201) {
        sim_exchange_answer(exchange, 201);
    } else if (status == 404) {
        struct fake__target target = fake__target_of(exchange->server->engine, name);
        char *text = fake__text_no_such_image(&target);
        sim_exchange_refuse(exchange, 404, text);
        fake_memory_free(text);
    } else {
        sim_exchange_refuse(exchange, status, "invalid reference format");
    }
}

bool sim_route_images(struct sim_exchange *exchange)
{
    char name[SIM_EXCHANGE_PATH_MAX];
    if (exchange->is_post && strcmp(exchange->path, "/images/create") == 0) {
        pull(exchange);
    } else if (exchange->is_get && strcmp(exchange->path, "/images/json") == 0) {
        list(exchange);
    } else if (exchange->is_get && sim_route_matches(exchange, "/images/", "/json", name)) {
        inspect(exchange, name);
    } else if (exchange->is_post && sim_route_matches(exchange, "/images/", "/tag", name)) {
        tag(exchange, name);
    } else if (exchange->is_delete && sim_route_matches(exchange, "/images/", "", name)) {
        remove_image(exchange, name);
    } else {
        return false;
    }
    return true;
}
