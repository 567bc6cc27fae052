#include <errno.h>
#include <string.h>

#include "coord/backend/about.h"
#include "coord/backend/client_internal.h"

/* Begin a sentence in the call's own room. */
static struct dd__text text_begin(struct dd__client_call *c)
{
    struct dd__text text;

    dd__text_init(&text, c->text, sizeof c->text);
    return text;
}

static const char *system_word(long error)
{
    static const struct {
        int error;
        const char *word;
    } words[] = {
        { ENOENT, "there is no such socket" },
        { EACCES, "permission denied: this user may not use the socket" },
        { EPERM, "permission denied" },
        { ECONNREFUSED, "nobody listens there" },
        { ENOTSOCK, "that is no socket" },
        { ENOTDIR, "there is no such folder" },
        { ECONNRESET, "the other side closed it" },
        { EPIPE, "the other side closed it" },
        { EHOSTUNREACH, "the host cannot be reached" },
        { ENETUNREACH, "the network cannot be reached" },
        { ETIMEDOUT, "no answer in time" },
        { EMFILE, "this process has too many open files" },
        { ENFILE, "this machine has too many open files" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].error == error) {
            return words[i].word;
        }
    }
    return NULL;
}

/* Why an exchange has no answer. */
static void add_reason(struct dd__text *text, const struct dd__exchange *exchange)
{
    const char *word = system_word(exchange->system_error);

    switch (exchange->fault) {
    case DD__HTTP_TOO_LONG:
        dd__text_string(text, "the answer is longer than an engine's can be");
        return;
    case DD__HTTP_NO_MEMORY:
        dd__text_string(text, "out of memory");
        return;
    default:
        break;
    }
    if (exchange->curl_code == CURLE_OUT_OF_MEMORY) {
        /* libcurl has one word for both. */
        dd__text_string(text, "a header is too long, or memory has run out");
    } else if (exchange->curl_code == CURLE_OPERATION_TIMEDOUT) {
        dd__text_string(text, "no answer in time");
    } else if (exchange->curl_code == CURLE_UNSUPPORTED_PROTOCOL ||
               exchange->curl_code == CURLE_WEIRD_SERVER_REPLY) {
        dd__text_string(text, "what answers there does not speak HTTP");
    } else if (word != NULL) {
        dd__text_string(text, word);
    } else if (exchange->error[0] != '\0') {
        dd__text_string(text, exchange->error);
    } else {
        dd__text_string(text, curl_easy_strerror(exchange->curl_code));
    }
}

/* The exchange came to no answer. */
static void answer_none(struct dd__client_call *c, struct dd_answer *answer)
{
    const struct dd__exchange *exchange = &c->exchange;
    struct dd__text text = text_begin(c);
    bool is_lost = exchange->transport == DD_TRANSPORT_LOST;

    dd__text_string(&text, is_lost ? "lost the connection to the engine at "
                                   : "cannot connect to the engine at ");
    dd__text_string(&text, c->client->address.shown);
    dd__text_string(&text, ": ");
    add_reason(&text, exchange);
    *answer = (struct dd_answer){
        .transport = is_lost ? DD_TRANSPORT_LOST : DD_TRANSPORT_UNSENT,
        .instance = is_lost ? exchange->instance : 0,
        .text = c->text,
    };
}

void dd__client_unsent(struct dd__client_call *c, const char *why, struct dd_answer *answer)
{
    struct dd__text text = text_begin(c);

    dd__text_string(&text, "the engine at ");
    dd__text_string(&text, c->client->address.shown);
    dd__text_string(&text, " was not asked: ");
    dd__text_string(&text, why);
    *answer = (struct dd_answer){ .transport = DD_TRANSPORT_UNSENT, .text = c->text };
}

static bool is_success(const struct dd__exchange *exchange)
{
    return exchange->http_status >= 200 && exchange->http_status <= 299;
}

static const char *error_message(struct dd__client_call *c)
{
    return dd__decode_error(c->exchange.body.at, c->exchange.body.size, &c->decoded);
}

bool dd__client_is_refused_version(struct dd__client_call *c)
{
    const char *message = NULL;

    if (c->exchange.transport == DD_TRANSPORT_ANSWERED && c->exchange.http_status == 400) {
        message = error_message(c);
    }
    bool is_refused = message != NULL &&
                      strncmp(message, "client version ", strlen("client version ")) == 0 &&
                      strstr(message, " is too ") != NULL;
    dd__decoded_release(&c->decoded);
    return is_refused;
}

/* Something answered that is no engine, or is none that we can speak to. The status
 * is 0: what is known of engines' statuses does not hold for it. */
static void answer_strange(struct dd__client_call *c, const char *what, struct dd_answer *answer)
{
    struct dd__text text = text_begin(c);

    dd__text_string(&text, "what answers at ");
    dd__text_string(&text, c->client->address.shown);
    dd__text_string(&text, " is no Docker engine: ");
    dd__text_string(&text, what);
    if (!is_success(&c->exchange)) {
        dd__text_string(&text, " (HTTP status ");
        dd__text_u64(&text, c->exchange.http_status);
        dd__text_string(&text, ")");
    }
    *answer = (struct dd_answer){
        .transport = DD_TRANSPORT_ANSWERED,
        .instance = c->exchange.instance,
        .text = c->text,
    };
}

/* An answer that is an error. Where the engine says nothing, the status alone
 * speaks; but of a 404 it depends whether an image is gone, and one that has not
 * the engine's form is somebody else's (a proxy's, another server's). */
static void answer_error(struct dd__client_call *c, struct dd_answer *answer)
{
    const char *message = error_message(c);
    struct dd__text text;

    if (message == NULL && c->exchange.http_status == 404) {
        answer_strange(c, "its answer has no message", answer);
        return;
    }
    if (message == NULL) {
        text = text_begin(c);
        dd__text_string(&text, "HTTP status ");
        dd__text_u64(&text, c->exchange.http_status);
        dd__text_string(&text, " without a message");
        message = c->text;
    }
    *answer = (struct dd_answer){
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = c->exchange.http_status,
        .instance = c->exchange.instance,
        .text = message,
    };
}

/* --- the engine's version ----------------------------------------------------------- */

static void answer_too_old(struct dd__client_call *c, const char *api, struct dd_answer *answer)
{
    struct dd__text text = text_begin(c);

    dd__text_string(&text, "the engine at ");
    dd__text_string(&text, c->client->address.shown);
    dd__text_string(&text, " is too old: it speaks API version ");
    dd__text_printable(&text, api);
    dd__text_string(&text, ", and " DD__API_LEAST " or newer is needed");
    *answer = (struct dd_answer){
        .transport = DD_TRANSPORT_ANSWERED,
        .instance = c->exchange.instance,
        .text = c->text,
    };
}

/* False: the engine's version is known. */
static bool version_is_strange(struct dd__client_call *c, struct dd_answer *answer)
{
    const struct dd__exchange *exchange = &c->exchange;
    struct dd__version_answer version;
    enum dd_status status =
        dd__decode_version(exchange->body.at, exchange->body.size, &c->decoded, &version);

    if (status == DD_OK) {
        status = dd__api_version_choose(version.api, version.api_min, c->client->version);
        if (status == DD_EENGINE) {
            answer_too_old(c, version.api, answer);
            return true;
        }
    }
    if (status != DD_OK) {
        answer_strange(c, "it does not tell its API version", answer);
        return true;
    }
    c->client->is_podman = version.is_podman;
    return false;
}

bool dd__client_version_failed(struct dd__client_call *c, struct dd_answer *answer)
{
    bool failed = true;

    if (c->exchange.transport != DD_TRANSPORT_ANSWERED) {
        answer_none(c, answer);
    } else if (is_success(&c->exchange)) {
        failed = version_is_strange(c, answer);
    } else {
        answer_error(c, answer);
    }
    /* The status was that of another question; what was lost before the request itself
     * was sent is no doubt about it. */
    if (failed && c->kind != DD__CLIENT_IDENTIFY) {
        answer->transport = DD_TRANSPORT_UNSENT;
        answer->http_status = 0;
        answer->instance = 0;
    }
    return failed;
}

/* --- the last exchange -------------------------------------------------------------- */

/* Podman makes a new ID up for each answer; where it keeps its images is what does
 * not change. */
static void identify_answer(struct dd__client_call *c, struct dd_answer *answer)
{
    const struct dd__exchange *exchange = &c->exchange;
    struct dd__info_answer info;
    struct dd__text id;

    if (dd__decode_info(exchange->body.at, exchange->body.size, &c->decoded, &info) != DD_OK) {
        answer_strange(c, "it does not tell its ID", answer);
        return;
    }
    answer->id = info.id;
    answer->closing_lines = !c->client->is_podman;
    if (c->client->is_podman) {
        dd__text_init(&id, c->engine_id, sizeof c->engine_id);
        dd__text_string(&id, "podman:");
        dd__text_string(&id, info.name);
        dd__text_string(&id, ":");
        dd__text_string(&id, info.root);
        answer->id = c->engine_id;
    }
}

/* A stream whose end is but the connection's may have been cut anywhere (H21). */
static void pull_answer(struct dd__client_call *c, struct dd_answer *answer)
{
    struct dd__text text;

    if (!c->stream_has_ended) {
        text = text_begin(c);
        dd__text_string(&text, "the pull's stream has no end that can be told");
        answer->transport = DD_TRANSPORT_LOST;
        answer->text = c->text;
    }
}

static enum dd_status body_decode(struct dd__client_call *c, struct dd_answer *answer)
{
    const struct dd__buffer *body = &c->exchange.body;

    switch (c->kind) {
    case DD__CLIENT_INSPECT:
        return dd__decode_inspect(body->at, body->size, &c->decoded, answer);
    case DD__CLIENT_REMOVE:
        return dd__decode_remove(body->at, body->size, &c->decoded, answer);
    default:
        return dd__decode_list(body->at, body->size, &c->decoded, answer);
    }
}

/* Somebody mixed answers up: it says nothing about the image that was asked for. */
static bool is_about_another(const struct dd__client_call *c, const struct dd_answer *answer)
{
    const size_t before = strlen("/images/");
    const size_t after = strlen("/json");

    return c->kind == DD__CLIENT_INSPECT &&
           !dd__answer_is_about(answer, c->path + before, strlen(c->path) - before - after);
}

static void success_answer(struct dd__client_call *c, struct dd_answer *answer)
{
    *answer = (struct dd_answer){
        .transport = DD_TRANSPORT_ANSWERED,
        .http_status = c->exchange.http_status,
        .instance = c->exchange.instance,
    };
    if (c->kind == DD__CLIENT_IDENTIFY) {
        identify_answer(c, answer);
    } else if (c->kind == DD__CLIENT_PULL) {
        pull_answer(c, answer);
    } else if (body_decode(c, answer) != DD_OK) {
        answer->text = c->decoded.is_excessive ? "the engine's answer has more values than one can"
                                               : "the engine's answer is not what it should be";
    } else if (is_about_another(c, answer)) {
        *answer = (struct dd_answer){
            .transport = DD_TRANSPORT_ANSWERED,
            .instance = c->exchange.instance,
            .text = "the engine's answer is about another image",
        };
    }
}

void dd__client_answer(struct dd__client_call *c, struct dd_answer *answer)
{
    if (c->exchange.transport != DD_TRANSPORT_ANSWERED) {
        answer_none(c, answer);
    } else if (is_success(&c->exchange)) {
        success_answer(c, answer);
    } else {
        answer_error(c, answer);
    }
}
