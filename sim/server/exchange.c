#include "sim/server/exchange.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "fakes/memory.h"

/* --- waiting: the client's socket is watched meanwhile, for MHD does not -------------- */

static void wait_for_more(struct sim_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct epoll_event event = { .events = EPOLLRDHUP, .data = { .ptr = exchange } };
    assert(!exchange->suspended && info != NULL);
    MHD_suspend_connection(exchange->connection);
    exchange->suspended = true;
    exchange->watched = info->connect_fd;
    if (epoll_ctl(exchange->server->epoll, EPOLL_CTL_ADD, exchange->watched, &event) != 0) {
        exchange->watched = -1; /* it is not heard of; the answer finds nobody then */
    }
}

static void go_on(struct sim_exchange *exchange)
{
    if (!exchange->suspended) {
        return;
    }
    if (exchange->watched >= 0) {
        (void)epoll_ctl(exchange->server->epoll, EPOLL_CTL_DEL, exchange->watched, NULL);
        exchange->watched = -1;
    }
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
}

/* --- answering -------------------------------------------------------------------------- */

void sim_exchange_answer(struct sim_exchange *exchange, unsigned status)
{
    exchange->status = status;
    exchange->state = SIM_EXCHANGE_ANSWERED;
    go_on(exchange);
}

void sim_exchange_refuse(struct sim_exchange *exchange, unsigned status, const char *message)
{
    fake_bytes_clear(&exchange->out);
    fake_http_error_body(&exchange->out, message);
    sim_exchange_answer(exchange, status);
}

void sim_exchange_stream(struct sim_exchange *exchange, enum sim_stream_end end)
{
    exchange->status = 200;
    exchange->state = SIM_EXCHANGE_STREAMING;
    exchange->end = end;
    go_on(exchange);
}

static ssize_t read_stream(void *ctx, uint64_t position, char *buffer, size_t max)
{
    struct sim_exchange *exchange = ctx;
    size_t size = exchange->out.size < max ? exchange->out.size : max;
    (void)position;
    if (size > 0) {
        memcpy(buffer, exchange->out.at, size);
        memmove(exchange->out.at, exchange->out.at + size, exchange->out.size - size);
        exchange->out.size -= size;
        return (ssize_t)size;
    }
    if (exchange->end == SIM_STREAM_GOES_ON) {
        wait_for_more(exchange);
        return 0;
    }
    return exchange->end == SIM_STREAM_ENDS ? MHD_CONTENT_READER_END_OF_STREAM
                                            : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    enum MHD_Result added = MHD_add_response_header(response, name, value);
    assert(added == MHD_YES);
    (void)added;
}

static enum MHD_Result send_answer(struct sim_exchange *exchange)
{
    const struct fake_http_host host = fake_http_host(0);
    struct MHD_Response *response;
    if (exchange->state == SIM_EXCHANGE_STREAMING) {
        response =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, exchange, NULL);
    } else {
        response = MHD_create_response_from_buffer(exchange->out.size, exchange->out.at,
                                                   MHD_RESPMEM_MUST_COPY);
    }
    if (response == NULL) {
        return MHD_NO;
    }
    add_header(response, "Api-Version", host.api_version);
    add_header(response, "Docker-Experimental", host.experimental ? "true" : "false");
    add_header(response, "Ostype", host.os_type);
    add_header(response, "Server",
               exchange->server->personality == FAKE_PODMAN_4_3 ? "Libpod/4.3.1 (linux)"
                                                                : host.server);
    bool json = exchange->out.size == 0 || exchange->out.at[0] == '{' || exchange->out.at[0] == '[';
    add_header(response, "Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
    enum MHD_Result queued = MHD_queue_response(exchange->connection, exchange->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* --- a request comes in --------------------------------------------------------------------- */

/* "/v1.41/images/json" is "/images/json". */
static const char *without_version(const char *url)
{
    const char *at = url;
    if (strncmp(at, "/v", 2) != 0 || !isdigit((unsigned char)at[2])) {
        return url;
    }
    for (at += 2; isdigit((unsigned char)*at) || *at == '.'; at++) {
    }
    return *at == '/' ? at : url;
}

static struct sim_exchange *begin(struct sim_server *server, struct MHD_Connection *connection,
                                  const char *url, const char *method)
{
    struct sim_exchange *exchange = fake_memory_alloc(sizeof(*exchange));
    *exchange = (struct sim_exchange){
        .next = server->exchanges,
        .server = server,
        .connection = connection,
        .watched = -1,
        .is_get = strcmp(method, "GET") == 0,
        .is_post = strcmp(method, "POST") == 0,
        .is_delete = strcmp(method, "DELETE") == 0,
        .is_head = strcmp(method, "HEAD") == 0,
    };
    server->exchanges = exchange;
    fake_bytes_init(&exchange->body);
    fake_bytes_init(&exchange->out);
    const char *path = without_version(url);
    exchange->too_large = strlen(path) >= sizeof(exchange->path);
    (void)snprintf(exchange->path, sizeof(exchange->path), "%s", exchange->too_large ? "/" : path);
    return exchange;
}

static void receive(struct sim_exchange *exchange, const char *upload, size_t size)
{
    if (exchange->body.size + size > SIM_EXCHANGE_BODY_MAX) {
        exchange->too_large = true;
    } else {
        fake_bytes_add(&exchange->body, upload, size);
    }
}

static void dispatch(struct sim_exchange *exchange)
{
    exchange->state = SIM_EXCHANGE_WAITING;
    if (exchange->too_large) {
        sim_exchange_refuse(exchange, 413, "request is too large");
    } else {
        sim_route(exchange);
    }
}

enum MHD_Result sim_exchange_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context)
{
    struct sim_exchange *exchange = *context;
    (void)version;
    if (exchange == NULL) {
        *context = begin(ctx, connection, url, method);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        receive(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (exchange->state == SIM_EXCHANGE_RECEIVING) {
        dispatch(exchange);
    } else if (exchange->state == SIM_EXCHANGE_WAITING) {
        return MHD_NO; /* resumed without an answer: the client hung up, or we end */
    }
    if (exchange->state == SIM_EXCHANGE_WAITING) {
        wait_for_more(exchange);
        return MHD_YES;
    }
    return send_answer(exchange);
}

const char *sim_exchange_argument(const struct sim_exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool sim_exchange_flag(const struct sim_exchange *exchange, const char *name)
{
    const char *value = sim_exchange_argument(exchange, name);
    return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0 &&
           strcasecmp(value, "false") != 0 && strcasecmp(value, "no") != 0;
}

const char *sim_exchange_header(const struct sim_exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* --- asking the fake engine ------------------------------------------------------------------- */

struct sim_exchange *sim_exchange_of(struct dd_call *call)
{
    return (struct sim_exchange *)(void *)((char *)call - offsetof(struct sim_exchange, call));
}

void sim_exchange_asked(struct sim_exchange *exchange, enum dd_status status)
{
    exchange->calling = status == DD_OK;
    if (!exchange->calling) {
        sim_exchange_refuse(exchange, 500, dd_status_text(status));
    }
}

bool sim_exchange_succeeded(struct sim_exchange *exchange, const struct dd_answer *answer)
{
    exchange->calling = false;
    if (exchange->connection == NULL) {
        sim_exchange_destroy(exchange);
        return false;
    }
    if (answer->transport != DD_TRANSPORT_ANSWERED) {
        /* A connection that breaks: MHD closes what it was not given an answer for. */
        sim_exchange_hung_up(exchange);
        return false;
    }
    if (answer->http_status != 200) {
        sim_exchange_refuse(exchange, answer->http_status,
                            answer->text != NULL ? answer->text : "");
        return false;
    }
    return true;
}

/* --- and ends ----------------------------------------------------------------------------------
 */

void sim_exchange_destroy(struct sim_exchange *exchange)
{
    struct sim_exchange **link = &exchange->server->exchanges;
    while (*link != exchange) {
        link = &(*link)->next;
    }
    *link = exchange->next;
    fake_bytes_release(&exchange->body);
    fake_bytes_release(&exchange->out);
    fake_memory_free(exchange);
}

void sim_exchange_hung_up(struct sim_exchange *exchange)
{
    exchange->end = SIM_STREAM_BREAKS;
    go_on(exchange);
}

/* The fake engine's call goes on until its completion: it is cancelled first. */
void sim_exchange_completed(void *ctx, struct MHD_Connection *connection, void **context,
                            enum MHD_RequestTerminationCode code)
{
    struct sim_exchange *exchange = *context;
    (void)ctx;
    (void)connection;
    (void)code;
    if (exchange == NULL) {
        return;
    }
    *context = NULL;
    exchange->connection = NULL;
    exchange->suspended = false;
    exchange->container = NULL;
    if (exchange->calling) {
        struct dd_docker *docker = &exchange->server->docker;
        docker->ops->cancel(docker->ctx, &exchange->call);
    } else {
        sim_exchange_destroy(exchange);
    }
}
