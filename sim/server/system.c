/* What a client asks about the engine itself. */
#include <stdio.h>
#include <string.h>

#include "fakes/http_body.h"
#include "fakes/json_text.h"
#include "sim/server/exchange.h"

static void ping(struct sim_exchange *exchange)
{
    if (exchange->is_get) {
        fake_bytes_text(&exchange->out, "OK");
    }
    sim_exchange_answer(exchange, 200);
}

static bool is_podman(const struct sim_exchange *exchange)
{
    return exchange->server->personality == FAKE_PODMAN_4_3;
}

static void version(struct sim_exchange *exchange)
{
    struct fake_http_host host = fake_http_host(0);
    struct fake_http_version version = fake_http_version();
    if (is_podman(exchange)) {
        version.engine = "4.3.1";
        version.component = "Podman Engine";
    }
    fake_http_version_body(&exchange->out, &host, &version);
    sim_exchange_answer(exchange, 200);
}

static void add_field(struct fake_bytes *out, const char *name, const char *value)
{
    fake_bytes_text(out, ",\"");
    fake_bytes_text(out, name);
    fake_bytes_text(out, "\":");
    fake_json_string(out, value, FAKE_JSON_PLAIN);
}

static void add_counts(struct sim_exchange *exchange)
{
    struct fake_image_view view;
    char text[64];
    size_t images = 0;
    while (fake_engine_image(exchange->server->engine, images, &view)) {
        images++;
    }
    (void)snprintf(text, sizeof(text), ",\"Images\":%zu", images);
    fake_bytes_text(&exchange->out, text);
}

static void info_done(struct dd_call *call, const struct dd_answer *answer)
{
    struct sim_exchange *exchange = sim_exchange_of(call);
    struct fake_bytes *out = &exchange->out;
    if (!sim_exchange_succeeded(exchange, answer)) {
        return;
    }
    fake_bytes_text(out, "{\"ID\":");
    fake_json_string(out, answer->id, FAKE_JSON_PLAIN);
    add_counts(exchange);
    add_field(out, "Driver", is_podman(exchange) ? "overlay" : "overlay2");
    add_field(out, "ServerVersion", is_podman(exchange) ? "4.3.1" : fake_http_version().engine);
    add_field(out, "OSType", "linux");
    add_field(out, "Architecture", "x86_64");
    add_field(out, "OperatingSystem", "Debian GNU/Linux 12 (bookworm)");
    add_field(out, "Name", "drydock");
    add_field(out, "IndexServerAddress", "https://index.docker.io/v1/");
    fake_bytes_text(out, ",\"NCPU\":1,\"MemTotal\":1073741824,\"ExperimentalBuild\":false}\n");
    sim_exchange_answer(exchange, 200);
}

static void info(struct sim_exchange *exchange)
{
    const struct dd_docker *docker = &exchange->server->docker;
    exchange->call = (struct dd_call){ .done = info_done };
    sim_exchange_asked(exchange, docker->ops->identify(docker->ctx, &exchange->call));
}

bool sim_route_system(struct sim_exchange *exchange)
{
    if (strcmp(exchange->path, "/_ping") == 0 && (exchange->is_get || exchange->is_head)) {
        ping(exchange);
    } else if (strcmp(exchange->path, "/version") == 0 && exchange->is_get) {
        version(exchange);
    } else if (strcmp(exchange->path, "/info") == 0 && exchange->is_get) {
        info(exchange);
    } else {
        return false;
    }
    return true;
}
