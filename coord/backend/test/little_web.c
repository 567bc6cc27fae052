#include "coord/backend/test/little_web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "coord/list.h"

#define REQUEST_SIZE_MAX ((size_t)1024 * 1024)

static void connection_close(struct web_connection *connection)
{
    if (connection->watch.fd >= 0) {
        dd__loop_unwatch(connection->web->loop, &connection->watch);
        (void)close(connection->watch.fd);
        connection->watch.fd = -1;
    }
}

static void connection_write(struct web_connection *connection)
{
    const struct web_reply *reply = connection->reply;

    while (connection->sent < reply->size) {
        ssize_t size = send(connection->watch.fd, reply->bytes + connection->sent,
                            reply->size - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0) {
            assert_int_equal(
                dd__loop_watch(connection->web->loop, &connection->watch, EPOLLIN | EPOLLOUT),
                DD_OK);
            return;
        }
        connection->sent += (size_t)size;
    }
    assert_int_equal(dd__loop_watch(connection->web->loop, &connection->watch, EPOLLIN), DD_OK);
    if (reply->end == WEB_CLOSES) {
        connection_close(connection);
    }
}

static void connection_asked(struct web_connection *connection)
{
    struct web *web = connection->web;

    assert_true(web->request_count < WEB_REQUEST_MAX);
    assert_true(web->request_count < web->reply_count);
    web->requests[web->request_count] = connection->request;
    connection->request = NULL;
    connection->reply = &web->replies[web->request_count++];
    connection_write(connection);
}

static void connection_read(struct web_connection *connection)
{
    char bytes[4096];
    ssize_t size = recv(connection->watch.fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (size <= 0) {
        connection->is_over = true;
        connection_close(connection);
        return;
    }
    assert_null(connection->reply); /* nobody says more than one thing */
    assert_true(connection->request_size + (size_t)size < REQUEST_SIZE_MAX);
    connection->request = realloc(connection->request, connection->request_size + (size_t)size + 1);
    assert_non_null(connection->request);
    memcpy(connection->request + connection->request_size, bytes, (size_t)size);
    connection->request_size += (size_t)size;
    connection->request[connection->request_size] = '\0';
    if (strstr(connection->request, "\r\n\r\n") != NULL) {
        connection_asked(connection);
    }
}

static void connection_ready(struct dd__watch *watch, unsigned events)
{
    struct web_connection *connection = DD__CONTAINER(watch, struct web_connection, watch);

    if ((events & EPOLLOUT) != 0) {
        connection_write(connection);
    }
    if (connection->watch.fd >= 0 && (events & (EPOLLIN | EPOLLHUP)) != 0) {
        connection_read(connection);
    }
}

static void listener_ready(struct dd__watch *watch, unsigned events)
{
    struct web *web = DD__CONTAINER(watch, struct web, listener);
    struct web_connection *connection = &web->connections[web->connection_count++];

    (void)events;
    assert_true(web->connection_count <= WEB_CONNECTION_MAX);
    *connection = (struct web_connection){ .web = web, .watch = { .ready = connection_ready } };
    connection->watch.fd = accept(watch->fd, NULL, NULL);
    assert_true(connection->watch.fd >= 0);
    assert_int_equal(dd__loop_watch(web->loop, &connection->watch, EPOLLIN), DD_OK);
}

void web_open(struct web *web, struct dd_loop *loop)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *web = (struct web){ .loop = loop, .listener = { .ready = listener_ready } };
    (void)snprintf(web->folder, sizeof web->folder, "/tmp/drydock-web-XXXXXX");
    assert_non_null(mkdtemp(web->folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", web->folder);
    (void)snprintf(web->address, sizeof web->address, "unix://%s", address.sun_path);
    web->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(web->listener.fd >= 0);
    assert_int_equal(bind(web->listener.fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(web->listener.fd, WEB_CONNECTION_MAX), 0);
    assert_int_equal(dd__loop_watch(loop, &web->listener, EPOLLIN), DD_OK);
}

void web_close(struct web *web)
{
    char path[sizeof web->folder + 8];

    for (size_t i = 0; i < web->connection_count; i++) {
        connection_close(&web->connections[i]);
        free(web->connections[i].request);
    }
    for (size_t i = 0; i < web->request_count; i++) {
        free(web->requests[i]);
    }
    for (size_t i = 0; i < web->reply_count; i++) {
        free((void *)(uintptr_t)web->replies[i].bytes);
    }
    dd__loop_unwatch(web->loop, &web->listener);
    (void)close(web->listener.fd);
    (void)snprintf(path, sizeof path, "%s/socket", web->folder);
    (void)unlink(path);
    (void)rmdir(web->folder);
}

void web_say(struct web *web, const void *bytes, size_t size, enum web_end end)
{
    char *copy = malloc(size + 1);

    assert_non_null(copy);
    assert_true(web->reply_count < WEB_REPLY_MAX);
    memcpy(copy, bytes, size);
    web->replies[web->reply_count++] =
        (struct web_reply){ .bytes = copy, .size = size, .end = end };
}

void web_say_text(struct web *web, const char *text)
{
    web_say(web, text, strlen(text), WEB_CLOSES);
}

void web_say_json(struct web *web, unsigned status, const char *body)
{
    size_t size = strlen(body) + 256;
    char *reply = malloc(size);

    assert_non_null(reply);
    (void)snprintf(reply, size,
                   "HTTP/1.1 %u Said\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   status, strlen(body), body);
    web_say(web, reply, strlen(reply), WEB_HANGS);
    free(reply);
}

const char *web_asked(const struct web *web, size_t index, char line[512])
{
    size_t length = 0;

    line[0] = '\0';
    if (index < web->request_count) {
        length = strcspn(web->requests[index], "\r\n");
        assert_true(length < 512);
        memcpy(line, web->requests[index], length);
        line[length] = '\0';
    }
    return line;
}

bool web_is_left(const struct web *web, size_t index)
{
    return index < web->connection_count && web->connections[index].is_over;
}
