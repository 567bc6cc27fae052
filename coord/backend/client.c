#include "drydock/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>

#include "coord/backend/client_internal.h"
#include "coord/backend/registry_auth.h"

#define QUESTION_CONNECTION_MAX 16

enum dd_status dd_client_open(struct dd_loop *loop, const char *host, char *why, size_t why_size,
                              struct dd_client **out)
{
    struct dd__text text;
    struct dd_client *client;

    dd__text_init(&text, why, why_size);
    if (host == NULL && (host = dd__engine_address_environment(&text)) == NULL) {
        return DD_EINVAL;
    }
    client = calloc(1, sizeof *client);
    if (client == NULL) {
        goto no_memory;
    }
    if (dd__engine_address_read(host, &client->address, &text) != DD_OK) {
        free(client);
        return DD_EINVAL;
    }
    client->loop = loop;
    dd__list_init(&client->calls);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        goto fail_client;
    }
    if (dd__http_open(&client->questions, loop, QUESTION_CONNECTION_MAX) != DD_OK) {
        goto fail_curl;
    }
    if (dd__http_open(&client->works, loop, 0) != DD_OK) {
        dd__http_close(&client->questions);
        goto fail_curl;
    }
    *out = client;
    return DD_OK;

fail_curl:
    curl_global_cleanup();
fail_client:
    free(client);
no_memory:
    dd__text_string(&text, dd_status_text(DD_ENOMEM));
    return DD_ENOMEM;
}

void dd_client_close(struct dd_client *client)
{
    if (client == NULL) {
        return;
    }
    assert(dd__list_is_empty(&client->calls));
    dd__http_close(&client->questions);
    dd__http_close(&client->works);
    curl_global_cleanup();
    free(client);
}

const char *dd_client_host(const struct dd_client *client)
{
    return client->address.shown;
}

/* Takes @path, which may be NULL for want of memory. */
static struct dd__client_call *call_create(struct dd_client *client, enum dd__client_kind kind,
                                           struct dd_call *call, char *path)
{
    struct dd__client_call *c = path == NULL ? NULL : calloc(1, sizeof *c);

    if (c == NULL) {
        free(path);
        return NULL;
    }
    c->client = client;
    c->call = call;
    c->kind = kind;
    c->path = path;
    dd__list_init(&c->in_calls);
    return c;
}

static enum dd_status call_begin(struct dd__client_call *c)
{
    enum dd_status status = c == NULL ? DD_ENOMEM : dd__client_call_begin(c);

    if (c != NULL && status != DD_OK) {
        dd__client_call_free(c);
    }
    return status;
}

static enum dd_status client_ask(struct dd_client *client, enum dd__client_kind kind,
                                 struct dd_call *call, const char *name)
{
    if (name != NULL && !dd__client_name_is_sound(name)) {
        return DD_EINVAL;
    }
    return call_begin(call_create(client, kind, call, dd__client_path(kind, name)));
}

static enum dd_status client_identify(void *ctx, struct dd_call *call)
{
    return client_ask(ctx, DD__CLIENT_IDENTIFY, call, NULL);
}

static enum dd_status client_inspect(void *ctx, struct dd_call *call, const char *name)
{
    return client_ask(ctx, DD__CLIENT_INSPECT, call, name);
}

static enum dd_status client_remove(void *ctx, struct dd_call *call, const char *name)
{
    return client_ask(ctx, DD__CLIENT_REMOVE, call, name);
}

static enum dd_status client_list(void *ctx, struct dd_call *call)
{
    return client_ask(ctx, DD__CLIENT_LIST, call, NULL);
}

static enum dd_status client_pull(void *ctx, struct dd_call *call, const struct dd_pull_spec *spec)
{
    struct dd__client_call *c = call_create(ctx, DD__CLIENT_PULL, call, dd__client_pull_path(spec));

    if (c != NULL && spec->credentials != NULL) {
        c->secret_header = dd__registry_auth_header(spec->credentials);
        if (c->secret_header == NULL) {
            dd__client_call_free(c);
            return DD_ENOMEM;
        }
    }
    return call_begin(c);
}

static void client_cancel(void *ctx, struct dd_call *call)
{
    (void)ctx;
    dd__client_call_cancel(call->client);
}

static const struct dd_docker_ops client_ops = {
    .identify = client_identify,
    .pull = client_pull,
    .inspect = client_inspect,
    .remove = client_remove,
    .list = client_list,
    .cancel = client_cancel,
};

struct dd_docker dd_client_docker(struct dd_client *client)
{
    return (struct dd_docker){ .ops = &client_ops, .ctx = client };
}
