#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "unix://"
#define ANSWER_SIZE 16384

const char *engine_socket(const char *host)
{
    if (host == NULL || strncmp(host, PREFIX, strlen(PREFIX)) != 0 ||
        strlen(host) - strlen(PREFIX) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        return NULL;
    }
    return host + strlen(PREFIX);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);
        if (written <= 0) {
            return -1;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

/* All of the answer, as far as it fits: HTTP/1.0 ends with the connection. */
static void read_all(int fd, char answer[ANSWER_SIZE])
{
    size_t length = 0;
    ssize_t size;

    while (length < ANSWER_SIZE - 1 &&
           (size = read(fd, answer + length, ANSWER_SIZE - 1 - length)) > 0) {
        length += (size_t)size;
    }
    answer[length] = '\0';
}

/* {"message":"…"} without its wrapping, or what else there is. */
static void message_of(const char *answer, char why[ENGINE_TEXT_SIZE])
{
    static const char key[] = "{\"message\":\"";
    const char *body = strstr(answer, "\r\n\r\n");
    int length;

    body = body == NULL ? "no answer" : body + 4;
    if (strncmp(body, key, strlen(key)) == 0) {
        body += strlen(key);
    }
    length = (int)strcspn(body, "\"\r\n");
    snprintf(why, ENGINE_TEXT_SIZE, "%.*s", length, body);
}

/* 0: the engine did it. Otherwise its HTTP status, or -1. */
static int request(const char *socket_path, const char *method, const char *path, const char *body,
                   char why[ENGINE_TEXT_SIZE])
{
    char *answer = malloc(ANSWER_SIZE);
    char *head = malloc(ANSWER_SIZE);
    int fd = connect_to(socket_path);
    int status = -1;

    snprintf(why, ENGINE_TEXT_SIZE, "cannot talk to the engine at %s", socket_path);
    if (answer != NULL && head != NULL && fd >= 0) {
        snprintf(head, ANSWER_SIZE,
                 "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 method, path, strlen(body), body);
        if (write_all(fd, head, strlen(head)) == 0) {
            read_all(fd, answer);
            if (strncmp(answer, "HTTP/1.", 7) == 0 && strlen(answer) > 12) {
                status = (int)strtol(answer + 9, NULL, 10);
                message_of(answer, why);
            }
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    free(head);
    free(answer);
    return status >= 200 && status < 300 ? 0 : status;
}

int engine_run(const char *socket, const char *name, const char *image, char why[ENGINE_TEXT_SIZE])
{
    char path[512];
    char body[512];
    char ignored[ENGINE_TEXT_SIZE];
    int status;

    snprintf(path, sizeof path, "/containers/create?name=%s", name);
    snprintf(body, sizeof body, "{\"Image\":\"%s\",\"HostConfig\":{\"NetworkMode\":\"none\"}}",
             image);
    status = request(socket, "POST", path, body, why);
    if (status == 0) {
        snprintf(path, sizeof path, "/containers/%s/start", name);
        status = request(socket, "POST", path, "", why);
        if (status != 0) {
            (void)engine_remove(socket, name, ignored);
        }
    }
    return status;
}

int engine_remove(const char *socket, const char *name, char why[ENGINE_TEXT_SIZE])
{
    char path[512];
    int status;

    snprintf(path, sizeof path, "/containers/%s?force=1", name);
    status = request(socket, "DELETE", path, "", why);
    return status == 404 ? 0 : status;
}
