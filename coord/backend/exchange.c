#include "coord/backend/exchange.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "coord/backend/instance.h"
#include "coord/memory.h"

#define CONNECT_TIMEOUT_MS 10000L
#define AGENT "drydock"

/* Bytes of an answer's headers, and of all that come before and after them (1xx,
 * trailers). libcurl keeps them, and not each version bounds them. */
#define HEAD_MAX ((size_t)256 * 1024)

struct dd__exchange *dd__exchange_of(CURL *easy)
{
    char *exchange = NULL;

    if (easy == NULL || curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange) != CURLE_OK) {
        return NULL;
    }
    return (struct dd__exchange *)(void *)exchange;
}

static void secret_wipe(struct dd__exchange *exchange)
{
    for (struct curl_slist *header = exchange->headers; header != NULL; header = header->next) {
        dd__wipe(header->data, strlen(header->data));
    }
}

void dd__exchange_break(struct dd__exchange *exchange, enum dd__http_fault fault)
{
    if (exchange != NULL && exchange->easy != NULL && dd__list_is_empty(&exchange->in_broken)) {
        exchange->fault = fault;
        dd__list_add_last(&exchange->http->broken, &exchange->in_broken);
    }
}

/* --- what libcurl calls; nothing of libcurl's may be called in here --------------- */

/* CURLOPT_OPENSOCKETFUNCTION, to know the descriptor. A child process has no use for
 * it. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct dd__exchange *exchange = ctx;

    (void)purpose;
    exchange->fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return exchange->fd < 0 ? CURL_SOCKET_BAD : exchange->fd;
}

/* CURLOPT_PREREQFUNCTION: connected, and nothing was sent yet. */
static int before_request(void *ctx, char *remote, char *local, int remote_port, int local_port)
{
    struct dd__exchange *exchange = ctx;

    (void)remote, (void)local, (void)remote_port, (void)local_port;
    if (exchange->is_local) {
        exchange->instance = dd__instance_of(exchange->fd);
    }
    return CURL_PREREQFUNC_OK;
}

/* The value of header @name in @line, which ends at *@end; NULL: it is another one. */
static const char *header_value(const char *line, size_t size, const char *name, const char **end)
{
    size_t length = strlen(name);

    if (size <= length || strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return NULL;
    }
    *end = line + size;
    while (*end > line && strchr("\r\n \t", (*end)[-1]) != NULL) {
        (*end)--;
    }
    return line + length + 1;
}

/* RFC 9112, 6.3: a body's length is told by chunks, if that is the last coding, in
 * whatever case, or by a number; otherwise the connection's end is its own. */
static bool is_framing(const char *line, size_t size)
{
    static const char chunked[] = "chunked";
    const char *end;
    const char *value = header_value(line, size, "Transfer-Encoding", &end);
    size_t length = sizeof chunked - 1;

    if (value == NULL) {
        return header_value(line, size, "Content-Length", &end) != NULL;
    }
    return (size_t)(end - value) >= length && strncasecmp(end - length, chunked, length) == 0 &&
           (end - length == value || strchr(", \t", end[-(ptrdiff_t)length - 1]) != NULL);
}

/* CURLOPT_HEADERFUNCTION. The request was sent: its secret has been used. */
static size_t header_received(char *line, size_t unit, size_t count, void *ctx)
{
    struct dd__exchange *exchange = ctx;
    size_t size = unit * count;

    secret_wipe(exchange);
    if (size > exchange->head_left) {
        exchange->fault = DD__HTTP_TOO_LONG;
        return 0; /* which ends it, with CURLE_WRITE_ERROR */
    }
    exchange->head_left -= size;
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        exchange->is_framed = false; /* what came before was no more than "100 Continue" */
    }
    exchange->is_framed = exchange->is_framed || is_framing(line, size);
    return size;
}

/* CURLOPT_WRITEFUNCTION */
static size_t body_received(char *bytes, size_t unit, size_t count, void *ctx)
{
    struct dd__exchange *exchange = ctx;
    size_t size = unit * count;
    enum dd_status status = DD_EINVAL;

    if (size <= exchange->body_left) {
        exchange->body_left -= size;
        status = dd__buffer_add(&exchange->body, bytes, size, exchange->body_max);
    }
    if (status != DD_OK) {
        exchange->fault = status == DD_ENOMEM ? DD__HTTP_NO_MEMORY : DD__HTTP_TOO_LONG;
        return 0; /* which ends it, with CURLE_WRITE_ERROR */
    }
    if (exchange->received != NULL && dd__list_is_empty(&exchange->in_received)) {
        dd__list_add_last(&exchange->http->received, &exchange->in_received);
    }
    return size;
}

/* --- from start to end ------------------------------------------------------------ */

static bool method_set(CURL *easy, const char *method)
{
    if (strcmp(method, "GET") == 0) {
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    if (strcmp(method, "POST") == 0) {
        return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "") == CURLE_OK;
    }
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK;
}

static bool headers_set(struct dd__exchange *exchange, const char *secret_header)
{
    if (secret_header == NULL) {
        return true;
    }
    exchange->headers = curl_slist_append(NULL, secret_header);
    return exchange->headers != NULL &&
           curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK;
}

/* A connection of its own each time: libcurl sends a request again by itself if a
 * connection that it used before turns out to be dead, and a DELETE must be sent
 * once (H32). No proxy, no redirection, no password file has a say. */
static bool manners_set(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, AGENT) == CURLE_OK;
}

static bool callbacks_set(struct dd__exchange *exchange)
{
    CURL *easy = exchange->easy;

    return curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_received) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_received) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK;
}

static bool target_set(CURL *easy, const struct dd__http_request *request)
{
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           (request->socket_path == NULL ||
            curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->socket_path) == CURLE_OK) &&
           method_set(easy, request->method);
}

/* Give back what libcurl has of it. */
static void exchange_drop(struct dd__exchange *exchange)
{
    curl_easy_cleanup(exchange->easy);
    exchange->easy = NULL;
    secret_wipe(exchange);
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
    dd__list_remove(&exchange->in_received);
    dd__list_remove(&exchange->in_broken);
}

enum dd_status dd__exchange_start(struct dd__http *http, struct dd__exchange *exchange,
                                  const struct dd__http_request *request)
{
    assert(exchange->easy == NULL);
    dd__buffer_clear(&exchange->body);
    exchange->transport = DD_TRANSPORT_UNSENT;
    exchange->http_status = 0;
    exchange->is_framed = false;
    exchange->instance = 0;
    exchange->fault = DD__HTTP_FINE;
    exchange->curl_code = CURLE_OK;
    exchange->system_error = 0;
    exchange->error[0] = '\0';
    exchange->http = http;
    exchange->headers = NULL;
    exchange->fd = -1;
    exchange->is_local = request->socket_path != NULL;
    exchange->body_max = request->body_max;
    exchange->body_left = request->body_total_max;
    exchange->head_left = HEAD_MAX;
    dd__list_init(&exchange->in_received);
    dd__list_init(&exchange->in_broken);
    dd__list_init(&exchange->in_http);
    exchange->easy = curl_easy_init();
    if (exchange->easy == NULL) {
        return DD_ENOMEM;
    }
    if (!manners_set(exchange->easy) || !callbacks_set(exchange) ||
        !target_set(exchange->easy, request) || !headers_set(exchange, request->secret_header) ||
        curl_multi_add_handle(http->multi, exchange->easy) != CURLM_OK) {
        exchange_drop(exchange);
        return DD_ENOMEM;
    }
    dd__list_add_last(&http->exchanges, &exchange->in_http);
    return DD_OK;
}

static void exchange_leave(struct dd__exchange *exchange)
{
    CURLMcode code = curl_multi_remove_handle(exchange->http->multi, exchange->easy);

    assert(code == CURLM_OK);
    (void)code;
    exchange_drop(exchange);
    dd__list_remove(&exchange->in_http);
}

void dd__exchange_stop(struct dd__exchange *exchange)
{
    if (exchange->easy != NULL) {
        exchange_leave(exchange);
    }
}

void dd__exchange_release(struct dd__exchange *exchange)
{
    assert(exchange->easy == NULL);
    dd__buffer_release(&exchange->body);
}

void dd__exchange_hand_on(struct dd__exchange *exchange)
{
    dd__list_remove(&exchange->in_received);
    exchange->received(exchange);
}

static long info_long(CURL *easy, CURLINFO what)
{
    long number = 0;

    return curl_easy_getinfo(easy, what, &number) == CURLE_OK ? number : 0;
}

unsigned dd__exchange_status(const struct dd__exchange *exchange)
{
    long status = info_long(exchange->easy, CURLINFO_RESPONSE_CODE);

    return status > 0 ? (unsigned)status : 0;
}

void dd__exchange_over(struct dd__exchange *exchange, CURLcode code)
{
    CURL *easy = exchange->easy;

    exchange->curl_code = code;
    exchange->http_status = dd__exchange_status(exchange);
    exchange->system_error = info_long(easy, CURLINFO_OS_ERRNO);
    if (code == CURLE_OK) {
        exchange->transport = DD_TRANSPORT_ANSWERED;
    } else if (info_long(easy, CURLINFO_REQUEST_SIZE) > 0) {
        exchange->transport = DD_TRANSPORT_LOST;
    } else {
        exchange->transport = DD_TRANSPORT_UNSENT;
    }
    exchange_leave(exchange);
    exchange->done(exchange);
}
