#include "sim/live/http.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fakes/memory.h"

#define TIMEOUT_MS 60000
#define ANSWER_MAX ((size_t)16 << 20)
#define UNIX_PREFIX "unix://"

/* One exchange on its way. */
struct exchange {
    const struct sim_live_http_request *request;
    struct sim_live_http_answer *answer;
    size_t answer_max;
    CURL *curl;
    struct curl_slist *headers;
    char *url;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct exchange *exchange = ctx;
    size_t length = size * count;
    if (exchange->request->received != NULL) {
        return exchange->request->received(exchange->request->ctx, bytes, length) ? length : 0;
    }
    if (length > exchange->answer_max - exchange->answer->body.size) {
        return 0; /* libcurl ends the exchange */
    }
    fake_bytes_add(&exchange->answer->body, bytes, length);
    return length;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
    struct exchange *exchange = ctx;
    size_t length = size * count;
    const char *wanted = exchange->request->wanted;
    size_t name_length = wanted != NULL ? strlen(wanted) : 0;
    if (name_length == 0 || length <= name_length || line[name_length] != ':' ||
        strncasecmp(line, wanted, name_length) != 0) {
        return length;
    }
    size_t from = name_length + 1;
    size_t to = length;
    while (from < to && (line[from] == ' ' || line[from] == '\t')) {
        from++;
    }
    while (to > from && (line[to - 1] == '\r' || line[to - 1] == '\n' || line[to - 1] == ' ')) {
        to--;
    }
    (void)snprintf(exchange->answer->header, sizeof(exchange->answer->header), "%.*s",
                   (int)(to - from), line + from);
    return length;
}

static void *needed(void *made)
{
    if (made == NULL) {
        (void)fputs("drydock: out of memory\n", stderr);
        abort();
    }
    return made;
}

static void set_address(struct exchange *exchange)
{
    const struct sim_live_http_request *request = exchange->request;
    bool is_unix = strncmp(request->address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
    const char *host = is_unix ? "engine" : request->address;
    size_t size = strlen(host) + strlen(request->path) + sizeof("http://");
    exchange->url = fake_memory_alloc(size);
    if (request->path[0] == '/') {
        (void)snprintf(exchange->url, size, "http://%s%s", host, request->path);
    } else {
        (void)snprintf(exchange->url, size, "%s", request->path);
    }
    (void)curl_easy_setopt(exchange->curl, CURLOPT_URL, exchange->url);
    if (is_unix) {
        (void)curl_easy_setopt(exchange->curl, CURLOPT_UNIX_SOCKET_PATH,
                               request->address + strlen(UNIX_PREFIX));
    }
}

static void set_headers(struct exchange *exchange)
{
    const char *const *header = exchange->request->headers;
    /* Without it libcurl would wait for a "100 Continue" that few servers send. */
    exchange->headers = needed(curl_slist_append(NULL, "Expect:"));
    for (; header != NULL && *header != NULL; header++) {
        exchange->headers = needed(curl_slist_append(exchange->headers, *header));
    }
    (void)curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, exchange->headers);
    if (exchange->request->username != NULL) {
        (void)curl_easy_setopt(exchange->curl, CURLOPT_USERNAME, exchange->request->username);
        (void)curl_easy_setopt(exchange->curl, CURLOPT_PASSWORD, exchange->request->password);
    }
}

static void set_body(struct exchange *exchange)
{
    const struct sim_live_http_request *request = exchange->request;
    if (strcmp(request->method, "HEAD") == 0) {
        (void)curl_easy_setopt(exchange->curl, CURLOPT_NOBODY, 1L);
    }
    if (request->body != NULL || strcmp(request->method, "POST") == 0 ||
        strcmp(request->method, "PUT") == 0) {
        (void)curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)(request->body != NULL ? request->body_size : 0));
        (void)curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDS,
                               request->body != NULL ? request->body : "");
    }
    (void)curl_easy_setopt(exchange->curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_up(struct exchange *exchange)
{
    uint64_t timeout_ms = exchange->request->timeout_ms;
    CURL *curl = exchange->curl;
    set_address(exchange);
    set_headers(exchange);
    set_body(exchange);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* What the environment says of proxies is not about these. */
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                           (long)(timeout_ms > 0 ? timeout_ms : TIMEOUT_MS));
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
}

void sim_live_http(const struct sim_live_http_request *request, struct sim_live_http_answer *out)
{
    struct exchange exchange = {
        .request = request,
        .answer = out,
        .answer_max = request->answer_max > 0 ? request->answer_max : ANSWER_MAX,
        .curl = needed(curl_easy_init()),
    };
    memset(out, 0, sizeof(*out));
    fake_bytes_init(&out->body);
    set_up(&exchange);
    CURLcode code = curl_easy_perform(exchange.curl);
    long status = 0;
    out->refused = code == CURLE_COULDNT_CONNECT;
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
        out->status = (unsigned)status;
    } else {
        (void)snprintf(out->why, sizeof(out->why), "%s %s: %s", request->method, exchange.url,
                       curl_easy_strerror(code));
    }
    curl_easy_cleanup(exchange.curl);
    curl_slist_free_all(exchange.headers);
    fake_memory_free(exchange.url);
}

void sim_live_http_release(struct sim_live_http_answer *answer)
{
    fake_bytes_release(&answer->body);
}

void sim_live_http_escape(struct fake_bytes *bytes, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            fake_bytes_char(bytes, *text);
        } else {
            char escaped[4];
            (void)snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned)(unsigned char)*text);
            fake_bytes_text(bytes, escaped);
        }
    }
}
