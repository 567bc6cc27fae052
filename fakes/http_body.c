#include "fakes/http_body.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "fakes/json_text.h"

/* ,"NAME":"value"; the comma is left out at the start of an object. */
static void add_name(struct fake_bytes *out, const char *name)
{
    assert(out->size > 0);
    if (out->at[out->size - 1] != '{') {
        fake_bytes_char(out, ',');
    }
    fake_bytes_char(out, '"');
    fake_bytes_text(out, name);
    fake_bytes_text(out, "\":");
}

static void add_string(struct fake_bytes *out, const char *name, const char *value)
{
    add_name(out, name);
    fake_json_string(out, value, FAKE_JSON_PLAIN);
}

static void add_json(struct fake_bytes *out, const char *name, const char *json)
{
    add_name(out, name);
    fake_bytes_text(out, json);
}

static void add_number(struct fake_bytes *out, const char *name, uint64_t number)
{
    add_name(out, name);
    fake_bytes_decimal(out, number);
}

static void add_strings(struct fake_bytes *out, const char *name, struct dd_strings strings)
{
    add_name(out, name);
    fake_json_strings(out, strings);
}

/* True, and the answer is rendered, if it is an error. */
static bool is_error(struct fake_bytes *out, const struct fake_http_host *host,
                     const struct dd_answer *answer)
{
    assert(answer->transport == DD_TRANSPORT_ANSWERED);
    if (answer->http_status == 200) {
        return false;
    }
    fake_http_error(out, host, answer->http_status, answer->text != NULL ? answer->text : "");
    return true;
}

static void finish(struct fake_bytes *out, const struct fake_http_host *host,
                   struct fake_bytes *body)
{
    fake_http_json(out, host, 200, body);
    fake_bytes_release(body);
}

struct fake_http_image fake_http_image(uint64_t size_bytes)
{
    static const char config[] =
        "{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,"
        "\"AttachStdout\":false,\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,"
        "\"StdinOnce\":false,\"Env\":null,\"Cmd\":null,\"Image\":\"\",\"Volumes\":null,"
        "\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":null}";
    return (struct fake_http_image){
        .parent = "",
        .comment = "",
        .created = FAKE_HTTP_CREATED,
        .container = "",
        .container_config_json = config,
        .docker_version = "20.10.24+dfsg1",
        .author = "",
        .config_json = config,
        .architecture = "amd64",
        .os = "linux",
        .size_bytes = size_bytes,
        .graph_driver_json = "{\"Data\":null,\"Name\":\"overlay2\"}",
        .last_tag_time = "0001-01-01T00:00:00Z",
    };
}

/* In the order of the engine's struct, which is the order on the wire. Go's encoder
 * ends a value with a newline. */
void fake_http_inspect_body(struct fake_bytes *body, const struct dd_answer *answer,
                            const struct fake_http_image *image)
{
    fake_bytes_char(body, '{');
    add_string(body, "Id", answer->id);
    add_strings(body, "RepoTags", answer->tags);
    add_strings(body, "RepoDigests", answer->digests);
    add_string(body, "Parent", image->parent);
    add_string(body, "Comment", image->comment);
    add_string(body, "Created", image->created);
    add_string(body, "Container", image->container);
    add_json(body, "ContainerConfig", image->container_config_json);
    add_string(body, "DockerVersion", image->docker_version);
    add_string(body, "Author", image->author);
    add_json(body, "Config", image->config_json);
    add_string(body, "Architecture", image->architecture);
    add_string(body, "Os", image->os);
    add_number(body, "Size", image->size_bytes);
    add_number(body, "VirtualSize", image->size_bytes);
    add_json(body, "GraphDriver", image->graph_driver_json);
    add_json(body, "RootFS", "{\"Type\":\"layers\"");
    if (image->layers.count > 0) {
        add_strings(body, "Layers", image->layers);
    }
    fake_bytes_char(body, '}');
    add_json(body, "Metadata", "{");
    add_string(body, "LastTagTime", image->last_tag_time);
    fake_bytes_text(body, "}}\n");
}

void fake_http_inspect(struct fake_bytes *out, const struct fake_http_host *host,
                       const struct dd_answer *answer, const struct fake_http_image *image)
{
    if (is_error(out, host, answer)) {
        return;
    }
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_http_inspect_body(&body, answer, image);
    finish(out, host, &body);
}

/* {"NAME":"…"} for each. */
static void add_records(struct fake_bytes *body, const char *name, struct dd_strings strings)
{
    for (size_t i = 0; i < strings.count; i++) {
        fake_bytes_text(body, body->at[body->size - 1] == '}' ? ",{" : "{");
        add_string(body, name, strings.at[i]);
        fake_bytes_char(body, '}');
    }
}

void fake_http_remove_body(struct fake_bytes *body, const struct dd_answer *answer)
{
    fake_bytes_char(body, '[');
    add_records(body, "Untagged", answer->untagged);
    add_records(body, "Deleted", answer->deleted);
    fake_bytes_text(body, "]\n");
}

void fake_http_remove(struct fake_bytes *out, const struct fake_http_host *host,
                      const struct dd_answer *answer)
{
    if (is_error(out, host, answer)) {
        return;
    }
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_http_remove_body(&body, answer);
    finish(out, host, &body);
}

/* An image without any name is listed under a placeholder; one that only lacks
 * the one kind of name has null there. */
static void add_listed_names(struct fake_bytes *body, const char *name, struct dd_strings strings,
                             const char *nameless)
{
    if (strings.count > 0) {
        add_strings(body, name, strings);
    } else {
        add_json(body, name, nameless != NULL ? nameless : "null");
    }
}

static void add_listed(struct fake_bytes *body, const struct dd_listed *listed, uint64_t created_s)
{
    bool nameless = listed->tags.count == 0 && listed->digests.count == 0;
    fake_bytes_char(body, '{');
    add_json(body, "Containers", "-1");
    add_number(body, "Created", created_s);
    add_string(body, "Id", listed->id);
    add_json(body, "Labels", "null");
    add_string(body, "ParentId", "");
    add_listed_names(body, "RepoDigests", listed->digests, nameless ? "[\"<none>@<none>\"]" : NULL);
    add_listed_names(body, "RepoTags", listed->tags, nameless ? "[\"<none>:<none>\"]" : NULL);
    add_json(body, "SharedSize", "-1");
    add_number(body, "Size", listed->size_bytes);
    add_number(body, "VirtualSize", listed->size_bytes);
    fake_bytes_char(body, '}');
}

void fake_http_list_body(struct fake_bytes *body, const struct dd_answer *answer,
                         const uint64_t *created_s)
{
    fake_bytes_char(body, '[');
    for (size_t i = 0; i < answer->listed_count; i++) {
        if (i > 0) {
            fake_bytes_char(body, ',');
        }
        add_listed(body, &answer->listed[i], created_s[i]);
    }
    fake_bytes_text(body, "]\n");
}

void fake_http_list(struct fake_bytes *out, const struct fake_http_host *host,
                    const struct dd_answer *answer, const uint64_t *created_s)
{
    if (is_error(out, host, answer)) {
        return;
    }
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_http_list_body(&body, answer, created_s);
    finish(out, host, &body);
}

struct fake_http_version fake_http_version(void)
{
    return (struct fake_http_version){
        .component = "Engine",
        .engine = "20.10.24+dfsg1",
        .engine_commit = "5d6db84",
        .min_api_version = "1.12",
        .go = "go1.19.8",
        .architecture = "amd64",
        .kernel = "6.1.0-simulated",
        .build_time = "2026-01-01T00:00:00.000000000+00:00",
        .containerd = "1.6.20~ds1",
        .containerd_commit = "1.6.20~ds1-1+deb12u3",
        .runc = "1.1.5+ds1",
        .runc_commit = "1.1.5+ds1-1+deb12u1",
        .init = "0.19.0",
        .init_commit = "",
    };
}

static void add_component(struct fake_bytes *body, const char *name, const char *version,
                          const char *commit)
{
    fake_bytes_text(body, ",{");
    add_string(body, "Name", name);
    add_string(body, "Version", version);
    add_json(body, "Details", "{");
    add_string(body, "GitCommit", commit);
    fake_bytes_text(body, "}}");
}

static void add_components(struct fake_bytes *body, const struct fake_http_host *host,
                           const struct fake_http_version *version)
{
    add_json(body, "Components", "[{");
    add_string(body, "Name", version->component);
    add_string(body, "Version", version->engine);
    add_json(body, "Details", "{");
    add_string(body, "ApiVersion", host->api_version);
    add_string(body, "Arch", version->architecture);
    add_string(body, "BuildTime", version->build_time);
    add_string(body, "Experimental", host->experimental ? "true" : "false");
    add_string(body, "GitCommit", version->engine_commit);
    add_string(body, "GoVersion", version->go);
    add_string(body, "KernelVersion", version->kernel);
    add_string(body, "MinAPIVersion", version->min_api_version);
    add_string(body, "Os", host->os_type);
    fake_bytes_text(body, "}}");
    add_component(body, "containerd", version->containerd, version->containerd_commit);
    add_component(body, "runc", version->runc, version->runc_commit);
    add_component(body, "docker-init", version->init, version->init_commit);
    fake_bytes_char(body, ']');
}

void fake_http_version_body(struct fake_bytes *body, const struct fake_http_host *host,
                            const struct fake_http_version *version)
{
    fake_bytes_text(body, "{\"Platform\":{\"Name\":\"\"}");
    add_components(body, host, version);
    add_string(body, "Version", version->engine);
    add_string(body, "ApiVersion", host->api_version);
    add_string(body, "MinAPIVersion", version->min_api_version);
    add_string(body, "GitCommit", version->engine_commit);
    add_string(body, "GoVersion", version->go);
    add_string(body, "Os", host->os_type);
    add_string(body, "Arch", version->architecture);
    add_string(body, "KernelVersion", version->kernel);
    if (host->experimental) {
        add_json(body, "Experimental", "true");
    }
    add_string(body, "BuildTime", version->build_time);
    fake_bytes_text(body, "}\n");
}

void fake_http_version_answer(struct fake_bytes *out, const struct fake_http_host *host,
                              const struct fake_http_version *version)
{
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_http_version_body(&body, host, version);
    finish(out, host, &body);
}
