#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coord/backend/client_internal.h"
#include "coord/backend/registry_auth.h"

void dd__client_call_free(struct dd__client_call *c)
{
    dd__decoded_release(&c->decoded);
    dd__stream_reader_release(&c->reader);
    dd__exchange_release(&c->exchange);
    dd__registry_auth_free(c->secret_header);
    free(c->path);
    free(c);
}

/* The one place that completes a call. */
static void call_complete(struct dd__client_call *c, const struct dd_answer *answer)
{
    struct dd_call *call = c->call;

    dd__list_remove(&c->in_calls);
    call->client = NULL;
    call->done(call, answer);
    dd__client_call_free(c);
}

static const char *method_of(const struct dd__client_call *c)
{
    if (c->phase == DD__CLIENT_REQUEST && c->kind == DD__CLIENT_PULL) {
        return "POST";
    }
    return c->phase == DD__CLIENT_REQUEST && c->kind == DD__CLIENT_REMOVE ? "DELETE" : "GET";
}

static bool is_stream(const struct dd__client_call *c)
{
    return c->phase == DD__CLIENT_REQUEST && c->kind == DD__CLIENT_PULL;
}

static bool is_work(const struct dd__client_call *c)
{
    return c->kind == DD__CLIENT_PULL || c->kind == DD__CLIENT_REMOVE;
}

static enum dd_status exchange_begin(struct dd__client_call *c)
{
    struct dd_client *client = c->client;
    char *url = c->phase == DD__CLIENT_VERSION ? dd__client_url(client, "/version", false)
                                               : dd__client_url(client, c->path, true);
    struct dd__http_request request = {
        .method = method_of(c),
        .url = url,
        .socket_path = client->address.socket_path[0] == '\0' ? NULL : client->address.socket_path,
        .secret_header = c->phase == DD__CLIENT_REQUEST ? c->secret_header : NULL,
        .body_max = is_stream(c) ? DD__CLIENT_PENDING_MAX : DD__CLIENT_BODY_MAX,
        .body_total_max = is_stream(c) ? DD__CLIENT_STREAM_MAX : DD__CLIENT_BODY_MAX,
    };
    enum dd_status status = DD_ENOMEM;

    dd__decoded_release(&c->decoded);
    if (url != NULL) {
        status = dd__exchange_start(is_work(c) ? &client->works : &client->questions, &c->exchange,
                                    &request);
    }
    free(url);
    return status;
}

/* The next exchange; if there is no memory for it, the call ends here. */
static void call_go_on(struct dd__client_call *c, enum dd__client_phase phase)
{
    struct dd_answer answer;

    c->phase = phase;
    if (exchange_begin(c) != DD_OK) {
        dd__client_unsent(c, "out of memory", &answer);
        call_complete(c, &answer);
    }
}

static bool line_told(void *ctx, const struct dd_line *line)
{
    struct dd__client_call *c = ctx;

    (void)dd__stream_line(&c->stream, line);
    if (c->call->line != NULL) {
        c->call->line(c->call, line);
    }
    return !c->is_cancelled; /* by whoever heard the line */
}

static bool is_success(unsigned http_status)
{
    return http_status >= 200 && http_status <= 299;
}

/* More of a pull's stream; anything but success is an answer in one piece. */
static void stream_received(struct dd__exchange *exchange)
{
    struct dd__client_call *c = DD__CONTAINER(exchange, struct dd__client_call, exchange);
    enum dd_status status;

    if (!is_stream(c) || !is_success(dd__exchange_status(exchange))) {
        return;
    }
    dd__registry_auth_free(c->secret_header);
    c->secret_header = NULL;
    status =
        dd__stream_reader_feed(&c->reader, exchange->body.at, exchange->body.size, line_told, c);
    dd__buffer_clear(&exchange->body);
    /* Behind a line without an end nothing will be understood: it is not waited for. */
    if (status == DD_ENOMEM || (status == DD_OK && c->reader.is_skipping)) {
        struct dd_answer answer = { .transport = DD_TRANSPORT_LOST,
                                    .instance = exchange->instance,
                                    .text = status == DD_ENOMEM
                                                ? "out of memory while reading the pull's stream"
                                                : "a line of the pull's stream is too long" };
        dd__exchange_stop(exchange);
        call_complete(c, &answer);
    }
}

/* Where HTTP does not tell a stream's end from a broken connection, the engine's own
 * last words do: the closing line, or the error that ended it (H21). */
static bool stream_has_ended(const struct dd__client_call *c)
{
    bool is_said = c->stream.closing != DD__CLOSING_NONE || c->stream.failed;

    return c->exchange.is_framed ||
           (is_said && c->reader.part.size == 0 && !c->reader.was_not_understood);
}

static void version_answered(struct dd__client_call *c)
{
    struct dd_answer answer;

    if (dd__client_version_failed(c, &answer)) {
        call_complete(c, &answer);
    } else {
        call_go_on(c, c->kind == DD__CLIENT_IDENTIFY ? DD__CLIENT_INFO : DD__CLIENT_REQUEST);
    }
}

static void exchange_done(struct dd__exchange *exchange)
{
    struct dd__client_call *c = DD__CONTAINER(exchange, struct dd__client_call, exchange);
    struct dd_answer answer;

    if (c->phase == DD__CLIENT_VERSION) {
        version_answered(c);
        return;
    }
    /* The engine is another one than when it was asked, and has not looked at the
     * request: it may be sent again. */
    if (dd__client_is_refused_version(c) && !c->has_renegotiated) {
        c->has_renegotiated = true;
        call_go_on(c, DD__CLIENT_VERSION);
        return;
    }
    if (is_stream(c) && exchange->transport == DD_TRANSPORT_ANSWERED &&
        is_success(exchange->http_status)) {
        c->stream_has_ended = stream_has_ended(c);
        dd__stream_reader_end(&c->reader, line_told, c);
        if (c->is_cancelled) {
            return;
        }
    }
    dd__client_answer(c, &answer);
    call_complete(c, &answer);
}

static void cancelled_run(struct dd_task *task)
{
    struct dd__client_call *c = DD__CONTAINER(task, struct dd__client_call, cancelled);
    struct dd_answer answer = { .transport = DD_TRANSPORT_CANCELLED,
                                .instance = c->exchange.instance };

    call_complete(c, &answer);
}

void dd__client_call_cancel(struct dd__client_call *c)
{
    struct dd_executor executor = dd_loop_executor(c->client->loop);

    assert(!c->is_cancelled);
    c->is_cancelled = true;
    dd__exchange_stop(&c->exchange);
    executor.ops->post(executor.ctx, &c->cancelled);
}

enum dd_status dd__client_call_begin(struct dd__client_call *c)
{
    enum dd_status status;

    c->cancelled.run = cancelled_run;
    c->exchange.done = exchange_done;
    dd__stream_init(&c->stream);
    c->exchange.received = c->kind == DD__CLIENT_PULL ? stream_received : NULL;
    /* Who the engine is, is asked anew each time: it may be another one by now. */
    c->phase = c->kind == DD__CLIENT_IDENTIFY || c->client->version[0] == '\0' ? DD__CLIENT_VERSION
                                                                               : DD__CLIENT_REQUEST;
    status = exchange_begin(c);
    if (status == DD_OK) {
        c->call->client = c;
        dd__list_add_last(&c->client->calls, &c->in_calls);
    }
    return status;
}
