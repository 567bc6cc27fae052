/* libcurl's multi interface on the loop: its sockets are watched, its timer is an
 * alarm, and what it has to tell is handed on when it has returned. */
#include "coord/backend/http.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "coord/backend/exchange.h"
#include "coord/backend/loop.h"

#define MILLISECOND_NS UINT64_C(1000000)

/* One of libcurl's sockets: a connection's, or its resolver's. */
struct http_socket {
    struct dd__watch watch;
    struct dd__http *http;
};

static void http_deliver(struct dd__http *http)
{
    struct dd__list *link;
    CURLMsg *message;
    int left;

    /* Each may begin, stop and end others: the lists are looked at anew. */
    while ((link = dd__list_first(&http->received)) != NULL) {
        dd__exchange_hand_on(DD__CONTAINER(link, struct dd__exchange, in_received));
    }
    while ((link = dd__list_first(&http->broken)) != NULL) {
        dd__exchange_over(DD__CONTAINER(link, struct dd__exchange, in_broken),
                          CURLE_ABORTED_BY_CALLBACK);
    }
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct dd__exchange *exchange = dd__exchange_of(message->easy_handle);

        assert(message->msg == CURLMSG_DONE && exchange != NULL);
        dd__exchange_over(exchange, message->data.result);
    }
}

/* libcurl is out of memory, and does not say for which of its transfers: some may never
 * be heard of again. */
static void http_give_up(struct dd__http *http)
{
    struct dd__list *link;

    DD__LIST_EACH (link, &http->exchanges) {
        dd__exchange_break(DD__CONTAINER(link, struct dd__exchange, in_http), DD__HTTP_NO_MEMORY);
    }
}

static void http_act(struct dd__http *http, curl_socket_t fd, int events)
{
    int running;
    CURLMcode code = curl_multi_socket_action(http->multi, fd, events, &running);

    if (code != CURLM_OK) {
        http_give_up(http);
    }
    http_deliver(http);
}

static void socket_ready(struct dd__watch *watch, unsigned events)
{
    const struct http_socket *http_socket = DD__CONTAINER(watch, struct http_socket, watch);
    int flags = 0;

    flags |= (events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
    flags |= (events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0;
    http_act(http_socket->http, watch->fd, flags);
}

static void socket_forget(struct dd__http *http, curl_socket_t fd, struct http_socket *http_socket)
{
    dd__loop_unwatch(http->loop, &http_socket->watch);
    (void)curl_multi_assign(http->multi, fd, NULL);
    free(http_socket);
}

static struct http_socket *socket_create(struct dd__http *http, curl_socket_t fd)
{
    struct http_socket *http_socket = calloc(1, sizeof *http_socket);

    if (http_socket != NULL) {
        http_socket->watch = (struct dd__watch){ .fd = fd, .ready = socket_ready };
        http_socket->http = http;
        if (curl_multi_assign(http->multi, fd, http_socket) != CURLM_OK) {
            free(http_socket);
            http_socket = NULL;
        }
    }
    return http_socket;
}

/* CURLMOPT_SOCKETFUNCTION. What cannot be watched ends its exchange, and not, as an
 * error answered here would, all of them. */
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    struct dd__http *http = ctx;
    struct http_socket *http_socket = assigned;
    unsigned events = 0;

    if (what == CURL_POLL_REMOVE) {
        if (http_socket != NULL) {
            socket_forget(http, fd, http_socket);
        }
        return 0;
    }
    events |= (what & CURL_POLL_IN) != 0 ? (unsigned)EPOLLIN : 0;
    events |= (what & CURL_POLL_OUT) != 0 ? (unsigned)EPOLLOUT : 0;
    if (http_socket == NULL) {
        http_socket = socket_create(http, fd);
    }
    if (http_socket == NULL || dd__loop_watch(http->loop, &http_socket->watch, events) != DD_OK) {
        dd__exchange_break(dd__exchange_of(easy), DD__HTTP_NO_MEMORY);
    }
    return 0;
}

static void http_timeout(struct dd_task *task)
{
    struct dd__http *http = DD__CONTAINER(task, struct dd__http, timeout);

    http->timeout_is_armed = false;
    http_act(http, CURL_SOCKET_TIMEOUT, 0);
}

/* CURLMOPT_TIMERFUNCTION */
static int timer_wanted(CURLM *multi, long timeout_ms, void *ctx)
{
    struct dd__http *http = ctx;
    struct dd_clock clock = dd_loop_clock(http->loop);

    (void)multi;
    if (http->timeout_is_armed) {
        http->timeout_is_armed = false;
        clock.ops->cancel(clock.ctx, &http->timeout);
    }
    if (timeout_ms >= 0) {
        http->timeout_is_armed = true;
        clock.ops->arm(clock.ctx, &http->timeout,
                       clock.ops->now(clock.ctx) + (uint64_t)timeout_ms * MILLISECOND_NS);
    }
    return 0;
}

enum dd_status dd__http_open(struct dd__http *http, struct dd_loop *loop, long connection_max)
{
    *http = (struct dd__http){ .loop = loop, .timeout = { .run = http_timeout } };
    dd__list_init(&http->received);
    dd__list_init(&http->broken);
    dd__list_init(&http->exchanges);
    http->multi = curl_multi_init();
    if (http->multi == NULL) {
        return DD_ENOMEM;
    }
    if (curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_wanted) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connection_max) !=
            CURLM_OK) {
        dd__http_close(http);
        return DD_ENOMEM;
    }
    return DD_OK;
}

void dd__http_close(struct dd__http *http)
{
    assert(dd__list_is_empty(&http->exchanges));
    if (http->multi != NULL) {
        (void)curl_multi_cleanup(http->multi);
        http->multi = NULL;
    }
    if (http->timeout_is_armed) {
        struct dd_clock clock = dd_loop_clock(http->loop);

        http->timeout_is_armed = false;
        clock.ops->cancel(clock.ctx, &http->timeout);
    }
}
